"""``handtint uncertainty``: which colours are plausible where in a photograph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from handtint.cli.arguments import (
    calibrated_options,
    read_inputs,
    reading_options,
    saying_when_compiling,
)

if TYPE_CHECKING:
    from handtint.pipeline import StrokesKind

FILE = click.Path(path_type=Path)


@click.command(no_args_is_help=True)
@click.argument("photo", type=FILE)
@click.option("--strokes", type=FILE, help="Colour strokes, as for 'handtint colorize'.")
@click.option(
    "--level",
    type=click.FloatRange(0.5, 0.99),
    default=0.9,
    show_default=True,
    help="Share of places whose set shall hold the true colour, on average over photographs.",
)
@click.option("--out", type=FILE, help="Where the map goes; its suffix is the format.  "
              "[default: NAME-uncertainty.png beside the photo]")  # fmt: skip
@click.option("--data", type=FILE, help="Write the sets as numbers, too: .npz.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@calibrated_options
@reading_options
def uncertainty(
    photo: Path,
    strokes: Path | None,
    level: float,
    out: Path | None,
    data: Path | None,
    force: bool,
    model: Path | None,
    calibration: Path | None,
    strokes_kind: StrokesKind,
    resize_mask: bool,
    clean_mask: bool,
    max_megapixels: float,
) -> None:
    """Show which colours are plausible where in PHOTO, by the networks and a calibration.

    Each place gets a set of colours. On average over photographs like those of the calibration,
    the true colour is in the set at LEVEL of the places. That holds neither for a single photograph
    nor for old ones, which may be unlike them: see docs/uncertainty.md.
    """
    from handtint import io, pipeline

    target = out or photo.with_name(f"{photo.stem}-uncertainty.png")
    sources = [p for p in (photo, strokes) if p]
    io.check_output(target, sources=sources, force=force)
    if data is not None:
        io.check_output(data, sources=[*sources, target], force=force, suffixes=(".npz",))
    with saying_when_compiling():
        source, drawn = read_inputs(
            photo,
            strokes,
            strokes_kind=strokes_kind,
            resize_mask=resize_mask,
            clean_mask=clean_mask,
            max_megapixels=max_megapixels,
        )
        found = pipeline.uncertainty(
            source, drawn, level=level, model=model, calibration=calibration
        )
        found.save(target, force=force)
        if data is not None:
            found.save_data(data, force=force)
    count, bins = found.sets.sum(2).mean(), len(found.bins)
    click.echo(
        f"{target}: level {level:g}; {count:.1f} of {bins} colours are plausible at a place, "
        f"{found.spread.mean():.1f} from their mean, on average over the photo"
    )
