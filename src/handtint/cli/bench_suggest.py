"""``handtint bench suggest``: suggested places for strokes against random ones."""

from __future__ import annotations

from pathlib import Path

import click

from handtint.cli.arguments import saying_when_compiling
from handtint.cli.bench import FILE, Numbers, json_option


@click.command(no_args_is_help=True)
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH...")
@click.option(
    "--points",
    type=Numbers(int, 0),
    default="0,1,2,5",
    show_default=True,
    help="Numbers of points.",
)
@click.option(
    "--size",
    type=click.IntRange(min=16),
    default=256,
    show_default=True,
    help="Long side of the pictures, in pixels.",
)
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Only each so many-th picture.",
)
@click.option(
    "--first",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Number of the first picture, from 0.",
)
@click.option("--seed", type=click.IntRange(min=0), default=3, show_default=True)
@json_option
def suggest(
    paths: tuple[Path, ...],
    points: tuple[int, ...],
    size: int,
    every: int,
    first: int,
    seed: int,
    json_file: Path | None,
) -> None:
    """Colour pictures PATH... from points at suggested and at random places, and compare.

    Points are 6x6 pixels with the true mean chroma, the method is assisted. The places are those
    that 'handtint suggest' gives for the photo without strokes, any (uniform), and near the centre,
    where people tend to click (zhang).
    """
    from handtint.bench import report
    from handtint.bench.suggest import run_suggest

    if json_file is not None:
        report.check_json(json_file, force=True)
    with saying_when_compiling():
        rows = run_suggest(paths, points=points, size=size, every=every, first=first, seed=seed)
    click.echo(report.suggest_table(rows))
    if json_file is not None:
        report.write_json(rows, json_file, force=True)
