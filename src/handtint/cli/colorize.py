"""``handtint colorize``: a photograph and strokes in, a colour photograph out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handtint.cli.arguments import method_options, note, parse_options, saying_when_compiling

if TYPE_CHECKING:
    from handtint.pipeline import StrokesKind

FILE = click.Path(path_type=Path)


@click.command(no_args_is_help=True)
@click.argument("photo", type=FILE)
@click.option(
    "--strokes",
    type=FILE,
    help="Colour strokes: a mask (black is undrawn), the photo with strokes on it, or a document.  "
    "[default: none; the program proposes colours]",
)
@method_options
@click.option("--initial", type=FILE, help="An earlier result of this photo to start from.")
@click.option(
    "--local",
    is_flag=True,
    help="Keep the --initial result but where new strokes reach.",
)
@click.option(
    "--size",
    type=click.IntRange(16, 16384),
    metavar="PIXELS",
    help="Long side of the grid on which the method works.  [default: 1024]",
)
@click.option(
    "--vividness",
    type=click.FloatRange(0, 2),
    default=1.0,
    show_default=True,
    help="Factor of the colour's strength.",
)
@click.option(
    "--opacity",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="Part of the colour that shows; 0 is the grey photo.",
)
@click.option("--out", type=FILE, help="Where to; its suffix is the format.  [default: beside]")
@click.option("--animate", type=FILE, help="Write how the colour evolved, too: .webp or .gif.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option(
    "--strokes-kind",
    type=click.Choice(["auto", "mask", "rgba", "marked"]),
    default="auto",
    show_default=True,
    help="What the picture with the strokes is.",
)
@click.option("--resize-mask", is_flag=True, help="Accept a mask of another size.")
@click.option("--clean-mask", is_flag=True, help="Drop stray colours of a blurred or JPEG mask.")
@click.option(
    "--max-megapixels",
    type=click.FloatRange(min=0, min_open=True),
    default=200,
    show_default=True,
    help="Refuse larger pictures.",
)
def colorize(
    photo: Path,
    strokes: Path | None,
    method: str | None,
    options: Sequence[str],
    space: str,
    initial: Path | None,
    local: bool,
    size: int | None,
    vividness: float,
    opacity: float,
    out: Path | None,
    animate: Path | None,
    force: bool,
    strokes_kind: StrokesKind,
    resize_mask: bool,
    clean_mask: bool,
    max_megapixels: float,
) -> None:
    """Colour PHOTO from strokes, or without any from what networks think likely.

    The result stands beside the photo as NAME-colorized.png (.tif for a TIFF) unless --out says
    otherwise. The photo itself is never written.
    """
    values = parse_options(options)
    if local and initial is None:
        raise click.UsageError("--local corrects an earlier result; give it with --initial")
    from handtint import io, pipeline, registry
    from handtint import options as method_settings

    started = time.perf_counter()
    if method is None:
        method = pipeline.default_method(strokes=strokes is not None, local=local, space=space)
        if method == pipeline.STROKES_ALONE and not local and space == "lab":
            note(
                f"the networks cannot be used, so {method} colours from the strokes alone; "
                "pip install onnxruntime adds what may be missing"
            )
    chosen = method_settings.build(registry.load(method), values)
    target = out or default_output(photo)
    sources = [p for p in (photo, strokes, initial) if p]
    io.check_output(target, sources=sources, force=force)
    if animate is not None:
        io.check_animation(animate, sources=[*sources, target], force=force)
    with saying_when_compiling():
        max_pixels = int(max_megapixels * 1e6)
        source = io.read_photo(photo, max_pixels=max_pixels)
        for warning in source.warnings:
            note(f"{photo.name}: {warning}")
        drawn = None
        if strokes is not None:
            name = strokes.name
            drawn = pipeline.read_strokes(
                strokes,
                source,
                kind=strokes_kind,
                resize=resize_mask,
                clean=clean_mask,
                max_pixels=max_pixels,
                warn=lambda message: note(f"{name}: {message}"),
            )
        start = None if initial is None else io.read_rgb(initial, max_pixels=max_pixels)
        strength = pipeline.Strength(vividness, opacity)
        evolution = None
        if animate is not None:
            evolution = pipeline.Evolution(source, space=space, strength=strength)
        result = pipeline.colorize(
            source,
            drawn,
            chosen,
            space=space,
            size=size,
            initial=start,
            local=local,
            strength=strength,
            progress=evolution,
        )
        result.save(target, force=force, warn=lambda message: note(f"{target.name}: {message}"))
        if evolution is not None and animate is not None:
            evolution.save(animate, result, sources=[*sources, target], force=force)
    if not result.report.converged:
        note(
            f"the solver stopped after {result.report.iterations} iterations, at a residual of "
            f"{result.report.residual:.1e}; a larger -o max_iter goes on"
        )
    h, w = source.gray.shape
    click.echo(
        f"{target}: {w}x{h}, {method}, {result.report.iterations} iterations, "
        f"{time.perf_counter() - started:.1f} s"
    )


def default_output(photo: Path) -> Path:
    """Where the result stands when nobody says: beside the photo, in a format without loss."""
    suffix = photo.suffix if photo.suffix.lower() in {".tif", ".tiff"} else ".png"
    return photo.with_name(f"{photo.stem}-colorized{suffix}")
