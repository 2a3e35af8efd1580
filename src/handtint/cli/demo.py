"""``handtint demo``: the whole thing once, on a photograph that comes with the package."""

from __future__ import annotations

import time
from pathlib import Path

import click

from handtint.cli.arguments import saying_when_compiling


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("handtint-demo"),
    show_default=True,
    help="Folder for the pictures; made if it is not there.",
)
@click.option("--force", is_flag=True, help="Replace pictures of an earlier run.")
def demo(out: Path, force: bool) -> None:
    """Colour a photograph of 1865 from bundled strokes, and say what was done.

    Writes strokes.png (the strokes over the photo), result.png and side-by-side.png.
    """
    import numpy as np

    from handtint import demo as material
    from handtint import io, pipeline
    from handtint.errors import OutputError

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: cannot make this folder: {error.strerror}") from error
    targets = [out / name for name in ("strokes.png", "result.png", "side-by-side.png")]
    for target in targets:
        io.check_output(target, sources=[material.PHOTO, material.STROKES], force=force)
    with saying_when_compiling():
        photo = io.read_photo(material.PHOTO)
        strokes = pipeline.read_strokes(material.STROKES, photo)
        started = time.perf_counter()
        result = pipeline.colorize(photo, strokes)
        colour = result.picture()
        seconds = time.perf_counter() - started
        gray = np.asarray(photo.gray, np.uint8)
        over = strokes.overlay(gray)
        before = np.repeat(gray[..., None], 3, axis=2)
        beside = np.concatenate([before, over, np.asarray(colour, np.uint8)], axis=1)
        result.save(targets[1], force=force)
        for target, picture in ((targets[0], over), (targets[2], beside)):
            io.write_picture(
                target,
                iter([picture]),
                shape=picture.shape[:2],
                bits=8,
                photo=None,
                xmp=None,
                force=force,
            )
    click.echo(f"photo    {material.CREDIT}")
    method = pipeline.default_method(strokes=True)
    click.echo(
        f"method   {method} in CIE Lab, {result.report.iterations} iterations; "
        f"strokes to {gray.shape[1]}x{gray.shape[0]} colour picture in {seconds:.2f} s"
    )
    for name, target in zip(("strokes", "result", "beside"), targets, strict=True):
        click.echo(f"{name:8} {target}")
