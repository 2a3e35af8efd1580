"""``handtint bench``: methods and solvers measured, on the user's own pictures too."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from handtint.cli.arguments import SPACES, calibrated_options, saying_when_compiling

FILE = click.Path(path_type=Path)


class Numbers(click.ParamType[tuple[float, ...]]):
    """Numbers with commas between them."""

    name = "N,N,..."

    def __init__(self, kind: type[int] | type[float], minimum: float) -> None:
        self._kind = kind
        self._minimum = minimum

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Numbers of a text; an empty text has none."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(self._kind(part) for part in str(value).split(",") if part.strip())
        except ValueError:
            self.fail(f"{value!r} is not a list of numbers like 1,10,50", param, ctx)
        if any(n < self._minimum for n in numbers):
            self.fail(f"{value!r}: every number must be at least {self._minimum:g}", param, ctx)
        return numbers


json_option = click.option(
    "--json", "json_file", type=FILE, help="Write the rows here, too; replaced if it is there."
)
repeats_option = click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Runs whose median is told.",
)
photos_option = click.option(
    "--photos",
    type=FILE,
    multiple=True,
    help="Pictures or folders of which the picture is pieced together.  [default: an invented one]",
)


def names_in(text: str) -> list[str]:
    """Names of a text with commas between them."""
    return [name.strip() for name in text.split(",") if name.strip()]


@click.group()
def bench() -> None:
    """Measure methods and the solver."""


@bench.command(no_args_is_help=True)
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH...")
@click.option(
    "--methods",
    metavar="A,B,...",
    help="Methods; options after colons: harmonic:law=levin:scale=0.5.  [default: all]",
)
@click.option(
    "--points", type=Numbers(int, 0), default="10,50", show_default=True, help="Numbers of points."
)
@click.option(
    "--strokes", type=Numbers(int, 0), default="24", show_default=True, help="Numbers of strokes."
)
@click.option(
    "--size",
    type=click.IntRange(min=16),
    default=384,
    show_default=True,
    help="Long side of the pictures, in pixels.",
)
@click.option(
    "--protocol",
    type=click.Choice(["uniform", "zhang"]),
    default="uniform",
    show_default=True,
    help="uniform: 7x7 points anywhere; zhang: 6x6 points, centred normal law.",
)
@click.option("--seed", type=click.IntRange(min=0), default=3, show_default=True)
@click.option(
    "--space",
    default="lab",
    show_default=True,
    metavar="A,B,...",
    help=f"Colour spaces, of {', '.join(SPACES)}.",
)
@click.option(
    "--working-size",
    type=click.IntRange(16, 16384),
    help="Long side of the grid on which the methods work.  [default: 1024]",
)
@click.option(
    "--split",
    type=click.Choice(["all", "apart", "tune", "test"]),
    default="all",
    show_default=True,
    help="tune: every other picture, from the first; test: the others; apart: a table for each.",
)
@click.option(
    "--model",
    type=FILE,
    help="A model (.onnx) for the methods that use one.  [default: those in the package]",
)
@json_option
def hints(
    paths: tuple[Path, ...],
    methods: str | None,
    points: tuple[int, ...],
    strokes: tuple[int, ...],
    size: int,
    protocol: str,
    seed: int,
    space: str,
    working_size: int | None,
    split: Literal["all", "apart", "tune", "test"],
    model: Path | None,
    json_file: Path | None,
) -> None:
    """Colour the colour pictures PATH... (files or folders) from simulated hints, and compare.

    Every method gets the lightness of each picture and the same hints taken from its colours; the
    table has means over the pictures, of PSNR (dB), SSIM and CIEDE2000 against the true picture,
    the latter also near strong edges, in texture away from them, and far from any hint.
    """
    from handtint import color
    from handtint.bench import report
    from handtint.bench.hints import default_methods, run_hints

    if json_file is not None:
        report.check_json(json_file, force=True)
    spaces = [color.space(name).name for name in names_in(space)]
    if not spaces:
        raise click.BadParameter("name at least one colour space", param_hint="--space")
    with saying_when_compiling():
        runs = [
            run_hints(
                paths,
                default_methods() if methods is None else names_in(methods),
                points=points,
                strokes=strokes,
                size=size,
                protocol="zhang" if protocol == "zhang" else "uniform",
                seed=seed,
                space=name,
                working_size=working_size,
                split=split if split in {"tune", "test"} else None,
                model=model,
            )
            for name in spaces
        ]
    rows = [row for run in runs for row in run]
    click.echo(report.split_tables(rows) if split == "apart" else report.hint_table(rows))
    if json_file is not None:
        report.write_json(rows, json_file, force=True)


@bench.command(no_args_is_help=True)
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH...")
@click.option(
    "--methods",
    metavar="A,B,...",
    default="assisted,neural",
    show_default=True,
    help="Methods that can do without strokes; options after colons.",
)
@click.option("--seed", type=click.IntRange(min=0), default=3, show_default=True)
@json_option
def proposals(paths: tuple[Path, ...], methods: str, seed: int, json_file: Path | None) -> None:
    """Colour the colour pictures PATH... (files or folders) without strokes and with one, at 256.

    Tells the PSNR and colourfulness of what is proposed, how unlike its colours are to true ones,
    how exactly a hint of the true colour and one of an absurd colour are met, how far the absurd
    one carries, and what another size changes.
    """
    from handtint.bench import report
    from handtint.bench.proposals import run_proposals

    if json_file is not None:
        report.check_json(json_file, force=True)
    with saying_when_compiling():
        rows = run_proposals(paths, names_in(methods), seed=seed)
    click.echo(report.proposal_table(rows))
    if json_file is not None:
        report.write_json(rows, json_file, force=True)


@bench.command(no_args_is_help=True)
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH...")
@click.option(
    "--levels",
    type=Numbers(float, 0.5),
    default="0.8,0.9,0.95",
    show_default=True,
    help="Shares of places whose set shall hold the true colour.",
)
@click.option(
    "--split",
    type=click.Choice(["all", "tune", "test"]),
    default="all",
    show_default=True,
    help="tune: every other picture, from the first; test: the others.",
)
@click.option("--seed", type=click.IntRange(min=0), default=3, show_default=True)
@calibrated_options
@json_option
def coverage(
    paths: tuple[Path, ...],
    levels: tuple[float, ...],
    split: Literal["all", "tune", "test"],
    seed: int,
    model: Path | None,
    calibration: Path | None,
    json_file: Path | None,
) -> None:
    """Check the sets of 'handtint uncertainty' on the colour pictures PATH... (files or folders).

    Tells, without hints, with 1 to 5 and with more, at how many places the set holds the true
    colour, in the mean picture and in the worst tenth, and how large the sets are.
    """
    from handtint.bench import report
    from handtint.bench.coverage import run_coverage

    if json_file is not None:
        report.check_json(json_file, force=True)
    with saying_when_compiling():
        rows = run_coverage(
            paths,
            levels,
            split=None if split == "all" else split,
            seed=seed,
            model=model,
            calibration=calibration,
        )
    click.echo(report.coverage_table(rows))
    if json_file is not None:
        report.write_json(rows, json_file, force=True)


@bench.command()
@click.option(
    "--megapixels",
    type=Numbers(float, 0.001),
    default="0.25,1,4,16",
    show_default=True,
    help="Sizes of the picture.",
)
@repeats_option
@photos_option
@json_option
def solve(
    megapixels: tuple[float, ...],
    repeats: int,
    photos: tuple[Path, ...],
    json_file: Path | None,
) -> None:
    """Measure the solver: time, iterations, residual and peak memory, beside splu and PyAMG.

    The peers solve the same system up to a megapixel; PyAMG comes with 'handtint[bench]'.
    """
    from handtint.bench import report
    from handtint.bench.solve import run_solve

    if json_file is not None:
        report.check_json(json_file, force=True)
    with saying_when_compiling():
        rows = run_solve(megapixels, photos=photos, repeats=repeats)
    click.echo(report.solve_table(rows))
    if json_file is not None:
        report.write_json(rows, json_file, force=True)


@bench.command()
@click.option(
    "--megapixels",
    type=Numbers(float, 0.01),
    default="0.26,1",
    show_default=True,
    help="Sizes of the picture.",
)
@click.option(
    "--methods",
    metavar="A,B,...",
    help="Methods; options after colons: harmonic:tol=0.001.  [default: all but baselines]",
)
@repeats_option
@photos_option
@json_option
def stroke(
    megapixels: tuple[float, ...],
    methods: str | None,
    repeats: int,
    photos: tuple[Path, ...],
    json_file: Path | None,
) -> None:
    """Time what a person waits for: once a photo, with 50 strokes, after one more stroke.

    Times are of the CPU, beside the wall-clock time of the last stage; the chroma error is the
    mean distance of the chroma after one more stroke to the converged one.
    """
    from handtint.bench import report
    from handtint.bench.hints import default_methods
    from handtint.bench.stroke import run_stroke

    if json_file is not None:
        report.check_json(json_file, force=True)
    with saying_when_compiling():
        rows = run_stroke(
            megapixels,
            default_methods(baselines=False) if methods is None else names_in(methods),
            photos=photos,
            repeats=repeats,
        )
    click.echo(report.stroke_table(rows))
    if json_file is not None:
        report.write_json(rows, json_file, force=True)


@bench.command()
@click.option("--photo", type=FILE, help="The photo to paint on.  [default: an invented megapixel]")
@click.option(
    "--strokes",
    type=click.IntRange(min=2),
    default=20,
    show_default=True,
    help="How many strokes are painted on it.",
)
@click.option(
    "--large/--no-large", default=True, help="Open a photo of 24 megapixels, too.  [default: yes]"
)
@json_option
def studio(photo: Path | None, strokes: int, large: bool, json_file: Path | None) -> None:
    """Measure the studio as a person feels it, through its page in a headless Chromium.

    Needs Playwright and Chromium; HANDTINT_CHROMIUM names one that is not on the path.
    """
    from handtint.bench import report
    from handtint.bench.studio import run_studio

    if json_file is not None:
        report.check_json(json_file, force=True)
    rows = run_studio(
        strokes=strokes,
        photo=photo,
        large=large,
        say=lambda text: click.echo(f"{text} ...", err=True),
    )
    click.echo(report.studio_table(rows))
    if json_file is not None:
        report.write_json(rows, json_file, force=True)
