"""``handtint train``: coefficients, networks and their calibration, made from photographs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from handtint.cli.arguments import F, model_option, note, saying_when_compiling, weights_at
from handtint.options import Option, declared
from handtint.train.recipe import Recipe, files_of, read_settings, recipe_of

if TYPE_CHECKING:
    from handtint.colorizer import Colorizer
    from handtint.train.photos import Licence
    from handtint.train.survey import Split
    from handtint.train.weights import Figures, Learned

FILE = click.Path(path_type=Path)

DATA = "A folder of photographs, or of tar archives with a manifest.csv."


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
        help=DATA,
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

    One photograph in ten is kept aside by its name, unless a near-duplicate is learned from; on
    those the new coefficients are compared with the ones in the package. Use them with
    '-o coefficients=FILE'.
    """
    from handtint.io.atomic import check_output
    from handtint.train import weights as learn

    check_output(out, force=force, suffixes=(".npz",))
    check_output(out.with_suffix(".json"), force=force, suffixes=(".json",))
    settings = learn.Settings(licence, photos, edge_steps, kernel_steps, seed)
    with saying_when_compiling():
        chosen = learn.choose(data, settings, note)
        found = learn.train(chosen.learn, settings, note)
        _save_and_compare(found, out, chosen, learn.methods_of, seed)
    click.echo(f"{out}: {out.stat().st_size} bytes; use it with -o coefficients={out}")


@train.command(no_args_is_help=True)
@from_photographs
@click.option("--out", type=FILE, required=True, help="Where to (.npz); the card stands beside it.")
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
@click.option(
    "--only",
    default="",
    metavar="PATTERNS",
    help="Only archives, or pictures, with such names: those that no network learned from.",
)
@click.option(
    "--photos",
    type=click.IntRange(min=8),
    default=3000,
    show_default=True,
    help="Photographs that are taken at most.",
)
@click.option(
    "--method",
    type=click.Choice(("semantic", "assisted")),
    help="Only the kernel of this method; the other one is that in the package.",
)
@click.option("--steps", type=click.IntRange(min=1), default=12_000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@model_option
def kernels(
    data: Path,
    out: Path,
    force: bool,
    only: str,
    licence: Licence,
    photos: int,
    method: str | None,
    steps: int,
    seed: int,
    model: Path | None,
) -> None:
    """Make the hint kernels of semantic and assisted, which ask networks, too.

    The photographs should be ones that the networks did not learn from. One in ten is kept aside by
    its name, unless a near-duplicate is learned from; on those the new kernels are compared with
    the ones in the package. Use them with '-o informed=FILE'.
    """
    from handtint.io.atomic import check_output
    from handtint.methods.proposing import Proposing
    from handtint.train import informed as learn
    from handtint.train.weights import Settings, choose

    check_output(out, force=force, suffixes=(".npz",))
    check_output(out.with_suffix(".json"), force=force, suffixes=(".json",))
    asking = Proposing(model=str(model or ""))
    asking.models()
    with saying_when_compiling():
        chosen = choose(data, Settings(licence, photos, seed=seed), note, only=only)
        wanted = [learn.KERNELS[method]] if method else list(learn.KERNELS.values())
        found = learn.train(chosen.learn, asking, wanted=wanted, steps=steps, seed=seed, tell=note)
        _save_and_compare(
            found, out, chosen, partial(learn.methods_of, model=str(model or "")), seed
        )
    click.echo(f"{out}: {out.stat().st_size} bytes; use it with -o informed={out}")


@train.command(no_args_is_help=True)
@from_photographs
@click.option("--out", type=FILE, required=True, help="Where to (.npz); the card stands beside it.")
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
@click.option(
    "--photos",
    type=click.IntRange(min=8),
    default=3000,
    show_default=True,
    help="Photographs that are taken at most.",
)
@click.option("--steps", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def reweighting(
    data: Path, out: Path, force: bool, licence: Licence, photos: int, steps: int, seed: int
) -> None:
    """Make the models of reweighted, which find weights anew from a first result.

    One photograph in ten is kept aside by its name, unless a near-duplicate is learned from; on
    those the new models are compared with the ones in the package. Use them with
    '-o reweighting=FILE'.
    """
    from handtint.io.atomic import check_output
    from handtint.train import reweighting as learn
    from handtint.train.weights import Settings, choose

    check_output(out, force=force, suffixes=(".npz",))
    check_output(out.with_suffix(".json"), force=force, suffixes=(".json",))
    with saying_when_compiling():
        chosen = choose(data, Settings(licence, photos, seed=seed), note)
        found = learn.train(chosen.learn, steps=steps, seed=seed, tell=note)
        _save_and_compare(found, out, chosen, learn.methods_of, seed)
    click.echo(f"{out}: {out.stat().st_size} bytes; use it with -o reweighting={out}")


def _type_of(option: Option) -> click.ParamType[Any]:
    if option.choices:
        return click.Choice(option.choices)
    if option.type is str:
        return click.STRING
    if option.type is float:
        return click.FloatRange(option.minimum, option.maximum)
    low, high = (None if end is None else int(end) for end in (option.minimum, option.maximum))
    return click.IntRange(low, high)


def _of_recipe(command: F) -> F:
    """Add an option for each setting of a recipe, without a default: a file may have its own."""
    for o in reversed(declared(Recipe)):
        words = o.help if o.default == "" else f"{o.help}  [default: {o.default}]"
        name = f"--{o.name.replace('_', '-')}"
        command = click.option(name, type=_type_of(o), help=words)(command)
    return command


@train.command(no_args_is_help=True)
@click.argument("config", required=False, type=FILE)
@click.option(
    "--data", type=FILE, help="A folder of photographs, or of tar archives with a manifest.csv."
)
@click.option("--out", type=FILE, help="Where to (.pt): the checkpoint.")
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
@_of_recipe
@click.option("--resume", type=FILE, help="A checkpoint of this command to go on from.")
@click.option(
    "--start",
    type=FILE,
    help="Weights to begin with: a checkpoint, a model, or attention or affinity, those in the "
    "package.",
)
@click.option(
    "--teachers",
    metavar="FILES",
    help="Networks to learn from, too: checkpoints, models, or those in the package, with commas "
    "between them; --distillation says how much.",
)
@click.option("--log", type=FILE, help="A folder for TensorBoard.")
@click.option("--device", help="Of PyTorch.  [default: a GPU if there is one]")
def network(config: Path | None, force: bool, **given: Any) -> None:
    """Train a network that proposes colours and follows hints.

    CONFIG is a TOML file with the settings below, underscores for hyphens, paths relative to the
    file; what is given here counts more. --data and --out are needed, here or there.

    One photograph in ten is kept aside by its name, unless a near-duplicate is learned from; on
    some of those the network is measured at every tenth of the schedule, when the checkpoint and,
    beside it, a sheet of pictures are written. 'handtint export' makes a model of it.
    'torchrun --nproc-per-node N -m -- handtint train network ...' takes N GPUs. Needs PyTorch:
    pip install 'handtint[train]'.
    """
    from handtint.errors import MethodUnavailable, OptionError
    from handtint.io.atomic import check_output

    settings = read_settings(config) if config is not None else {}
    if given["teachers"] is not None:
        given["teachers"] = files_of(given["teachers"], Path())
    settings |= {name: value for name, value in given.items() if value is not None}
    for name in ("data", "out"):
        if name not in settings:
            raise OptionError(f"{name} is missing; give --{name}, or {name} = '...' in a CONFIG")
    recipe, out, resume = recipe_of(settings), settings["out"], settings.get("resume")
    start = settings.get("start")
    again = resume is not None and resume.absolute() == out.absolute()
    check_output(out, force=force or again, suffixes=(".pt",))
    try:
        from handtint.train import network as learn
    except ImportError as error:
        raise MethodUnavailable(
            f"training needs PyTorch ({error}); pip install 'handtint[train]' adds it"
        ) from error
    check_output(learn.sheet_of(out), force=force or again)
    writes = learn.train(
        settings["data"],
        recipe,
        out,
        note,
        resume=resume,
        start=None if start is None else weights_at(start),
        teachers=[weights_at(path) for path in settings.get("teachers", [])],
        device=settings.get("device", ""),
        log=settings.get("log"),
    )
    if writes:
        size = out.stat().st_size
        click.echo(f"{out}: {size} bytes; 'handtint export {out}' makes a model of it")


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


def _save_and_compare(
    found: Learned,
    out: Path,
    chosen: Split,
    methods_of: Callable[[str], dict[str, Colorizer]],
    seed: int,
) -> None:
    """Write what was learned, and its figures on photographs kept aside beside the shipped ones."""
    from handtint.train import weights as learn

    learn.save(found, out)
    examples = learn.held_out(chosen.aside, note)
    if not examples:
        note("no photograph was kept aside, so nothing is compared")
        return
    note(f"comparing on {len(examples)} photos that were kept aside")
    new = learn.figures(methods_of(str(out)), examples, seed)
    shipped = learn.figures(methods_of(""), examples, seed)
    learn.save(learn.with_figures(found, new, len(examples)), out)
    click.echo(_table(new, shipped))


def _table(new: Sequence[Figures], shipped: Sequence[Figures]) -> str:
    lines = [f"{'hints':12}{'method':28}{'PSNR dB':>18}{'CIEDE2000':>18}"]
    for a, b in zip(new, shipped, strict=True):
        psnr, delta_e = f"{a.psnr:.2f} ({a.psnr - b.psnr:+.2f})", f"{a.delta_e - b.delta_e:+.2f}"
        lines.append(f"{a.hints:12}{a.method:28}{psnr:>18}{f'{a.delta_e:.2f} ({delta_e})':>18}")
    return "\n".join([*lines, "In brackets: the difference to the coefficients in the package."])
