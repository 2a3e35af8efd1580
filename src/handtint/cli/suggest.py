"""``handtint suggest``: where one more stroke on a photograph would help most."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handtint.cli.arguments import note, saying_when_compiling

if TYPE_CHECKING:
    from handtint.pipeline import Spot

FILE = click.Path(path_type=Path)


@click.command(no_args_is_help=True)
@click.argument("photo", type=FILE)
@click.option(
    "--strokes",
    type=FILE,
    help="Strokes that are there: a mask, the photo with strokes on it, or a document.",
)
@click.option(
    "--count", type=click.IntRange(1, 50), default=5, show_default=True, help="How many spots."
)
@click.option("--out", type=FILE, help="Draw the spots and their palettes into this picture.")
@click.option("--json", "json_file", type=FILE, help="Write the list here, too.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
def suggest(
    photo: Path,
    strokes: Path | None,
    count: int,
    out: Path | None,
    json_file: Path | None,
    force: bool,
) -> None:
    """Tell where more strokes on PHOTO would help most, and which colours are likely there.

    A line a spot, the most helpful first: its place in pixels of the photo, the share of the
    expected error that a stroke there takes away, and likely colours with their shares. What the
    networks think likely is a guess from photographs of today.
    """
    from handtint import io, pipeline

    sources = [p for p in (photo, strokes) if p]
    if out is not None:
        io.check_output(out, sources=sources, force=force)
    if json_file is not None:
        io.check_output(json_file, sources=sources, force=force, suffixes=(".json",))
    with saying_when_compiling():
        source = io.read_photo(photo)
        for warning in source.warnings:
            note(f"{photo.name}: {warning}")
        drawn = None if strokes is None else pipeline.read_strokes(strokes, source)
        spots = pipeline.suggest(source, drawn, count=count)
        if out is not None:
            picture = pipeline.annotated(source, drawn, spots)
            io.write_picture(out, [picture], shape=picture.shape[:2], bits=8, force=force)
    if json_file is not None:
        height, width = source.gray.shape
        _write(json_file, {"photo": photo.name, "width": width, "height": height}, spots, force)
    for number, spot in enumerate(spots, start=1):
        colours = "  ".join(f"{c.hex} {c.share:.0%}" for c in spot.colours)
        click.echo(f"{number:2}  x {spot.x:.0f}  y {spot.y:.0f}  -{spot.gain:.1%}  {colours}")
    if len(spots) < count:
        note(f"there is room for {len(spots)} spots only")


def _write(path: Path, about: dict[str, object], spots: Sequence[Spot], force: bool) -> None:
    from handtint.io.atomic import replacing

    about["spots"] = [
        {
            "x": round(spot.x, 1),
            "y": round(spot.y, 1),
            "gain": round(spot.gain, 4),
            "colours": [{"rgb": c.hex, "share": round(c.share, 4)} for c in spot.colours],
        }
        for spot in spots
    ]
    with replacing(path, force=force) as file:
        file.write(f"{json.dumps(about, indent=1, ensure_ascii=False)}\n".encode())
