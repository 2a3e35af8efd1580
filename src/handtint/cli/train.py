"""``handtint train``: coefficients, networks and their calibration, made from photographs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from handtint.cli.arguments import F, model_option, note, saying_when_compiling

if TYPE_CHECKING:
    from handtint.train.nets.encoder import Size
    from handtint.train.photos import Licence
    from handtint.train.weights import Figures

FILE = click.Path(path_type=Path)


def from_photographs(command: F) -> F:
    """Add ``--data`` and ``--licence``."""
    command = click.option(
        "--licence",
        type=click.Choice(["any", "open"]),
        default="any",
        show_default=True,
        help="open: only photographs that the manifest says are openly licensed.",
    )(command)
    return click.option(
        "--data",
        type=FILE,
        required=True,
        help="A folder of photographs, or of tar archives with a manifest.csv.",
    )(command)


@click.group()
def train() -> None:
    """Learn from colour photographs."""


@train.command(no_args_is_help=True)
@from_photographs
@click.option("--out", type=FILE, required=True, help="Where to (.npz); the card stands beside it.")
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
@click.option(
    "--photos",
    type=click.IntRange(min=8),
    default=2000,
    show_default=True,
    help="Photographs that are taken at most; 2000 need about 7 GB of memory.",
)
@click.option("--edge-steps", type=click.IntRange(min=1), default=800, show_default=True)
@click.option("--kernel-steps", type=click.IntRange(min=1), default=800, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def weights(
    data: Path,
    out: Path,
    force: bool,
    licence: Licence,
    photos: int,
    edge_steps: int,
    kernel_steps: int,
    seed: int,
) -> None:
    """Make the coefficients of the learned edge weights and of the hint kernel.

    One photograph in ten is kept aside by its name; on those the new coefficients are compared
    with the ones in the package. Use them with '-o coefficients=FILE'.
    """
    from handtint.io.atomic import check_output
    from handtint.train import weights as learn

    check_output(out, force=force, suffixes=(".npz",))
    check_output(out.with_suffix(".json"), force=force, suffixes=(".json",))
    settings = learn.Settings(licence, photos, edge_steps, kernel_steps, seed)
    with saying_when_compiling():
        found = learn.train(data, settings, note)
        learn.save(found, out)
        examples = learn.held_out(data, settings, note)
        if not examples:
            note("no photograph was kept aside, so nothing is compared")
            return
        note(f"comparing on {len(examples)} photos that were kept aside")
        new = learn.figures(str(out), examples, seed)
        shipped = learn.figures("", examples, seed)
        learn.save(learn.with_figures(found, new, len(examples)), out)
    click.echo(_table(new, shipped))
    click.echo(f"{out}: {out.stat().st_size} bytes; use it with -o coefficients={out}")


@train.command(no_args_is_help=True)
@from_photographs
@click.option("--out", type=FILE, required=True, help="Where to (.pt): the checkpoint.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option(
    "--photos",
    type=click.IntRange(min=8),
    default=100_000,
    show_default=True,
    help="Photographs that are taken at most; each takes 0.2 MB of the device's memory.",
)
@click.option("--steps", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0),
    default=0,
    help="End this part of the schedule after so long; --resume goes on.  [default: no end]",
)
@click.option("--batch", type=click.IntRange(min=2), default=160, show_default=True)
@click.option(
    "--size",
    type=click.IntRange(min=64),
    default=192,
    show_default=True,
    help="Side of the samples, in pixels, a multiple of 32.",
)
@click.option(
    "--encoder",
    type=click.Choice(["lite0", "lite1", "lite2"]),
    default="lite2",
    show_default=True,
    help="EfficientNet of the encoder.",
)
@click.option("--width", type=click.IntRange(min=4), default=64, show_default=True)
@click.option("--resume", type=FILE, help="A checkpoint of this command to go on from.")
@click.option("--start", type=FILE, help="Weights to begin with.")
@click.option("--device", default="", help="Of PyTorch.  [default: a GPU if there is one]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def network(
    data: Path,
    out: Path,
    force: bool,
    licence: Licence,
    photos: int,
    steps: int,
    minutes: float,
    batch: int,
    size: int,
    encoder: Size,
    width: int,
    resume: Path | None,
    start: Path | None,
    device: str,
    seed: int,
) -> None:
    """Train a network that proposes colours and follows hints.

    One photograph in ten is kept aside by its name; on some of those the network is measured at
    every tenth of the schedule, when the checkpoint is written, too. 'handtint export' makes a
    model of it. Needs PyTorch: pip install 'handtint[train]'.
    """
    from handtint.errors import MethodUnavailable
    from handtint.io.atomic import check_output

    again = resume is not None and resume.absolute() == out.absolute()
    check_output(out, force=force or again, suffixes=(".pt",))
    try:
        from handtint.train import network as learn
        from handtint.train.recipe import Recipe
    except ImportError as error:
        raise MethodUnavailable(
            f"training needs PyTorch ({error}); pip install 'handtint[train]' adds it"
        ) from error
    recipe = Recipe(
        licence=licence,
        photos=photos,
        steps=steps,
        minutes=minutes,
        batch=batch,
        size=size,
        encoder=encoder,
        width=width,
        seed=seed,
    )
    learn.train(data, recipe, out, note, resume=resume, start=start, device=device)
    click.echo(f"{out}: {out.stat().st_size} bytes; 'handtint export {out}' makes a model of it")


@train.command(no_args_is_help=True)
@click.option(
    "--data",
    type=FILE,
    multiple=True,
    required=True,
    help="Colour photographs that the networks did not learn from: a file or a folder; repeatable.",
)
@click.option("--out", type=FILE, required=True, help="Where to (.json).")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option(
    "--split",
    type=click.Choice(["all", "tune", "test"]),
    default="all",
    show_default=True,
    help="tune: every other photograph, from the first; test: the others.",
)
@click.option("--about", default="", help="What the photographs are, for the file.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@model_option
def calibration(
    data: tuple[Path, ...],
    out: Path,
    force: bool,
    split: Literal["all", "tune", "test"],
    about: str,
    seed: int,
    model: Path | None,
) -> None:
    """Make the table that 'handtint uncertainty' needs for its levels.

    The networks look at each photograph without hints, with a few and with many that are simulated,
    and the table says how large sets of likely colours must be to hold the true ones. n photographs
    can certify levels up to n / (n + 1).
    """
    from handtint.io.atomic import check_output, replacing
    from handtint.methods.proposing import Proposing
    from handtint.train.calibration import calibration as calibrated

    check_output(out, sources=data, force=force, suffixes=(".json",))
    models = Proposing(model=str(model or "")).models()
    with saying_when_compiling():
        found = calibrated(
            data, models, split=None if split == "all" else split, seed=seed, about=about, say=note
        )
    with replacing(out, force=force) as file:
        file.write(found.to_json())
    counts = ", ".join(f"{name}: {n}" for name, n in found.photographs.items())
    click.echo(f"{out}: photographs by their number of hints ({counts}); use it with --calibration")


def _table(new: Sequence[Figures], shipped: Sequence[Figures]) -> str:
    lines = [f"{'hints':12}{'method':28}{'PSNR dB':>18}{'CIEDE2000':>18}"]
    for a, b in zip(new, shipped, strict=True):
        psnr, delta_e = f"{a.psnr:.2f} ({a.psnr - b.psnr:+.2f})", f"{a.delta_e - b.delta_e:+.2f}"
        lines.append(f"{a.hints:12}{a.method:28}{psnr:>18}{f'{a.delta_e:.2f} ({delta_e})':>18}")
    return "\n".join([*lines, "In brackets: the difference to the coefficients in the package."])
