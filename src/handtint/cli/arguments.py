"""Arguments that several commands share, and what they say while they work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from handtint.hints import Strokes
    from handtint.io import Photo
    from handtint.pipeline import StrokesKind

F = TypeVar("F", bound=Callable[..., Any])

SPACES = ("lab", "yuv", "yuv709", "oklab")


def method_options(command: F) -> F:
    """Add ``-m METHOD``, ``-o NAME=VALUE`` and ``--space``."""
    command = click.option(
        "--space",
        default="lab",
        show_default=True,
        metavar="|".join(SPACES),
        help="Colour space: its lightness is the photo's, its chroma is made.",
    )(command)
    command = click.option(
        "-o",
        "--option",
        "options",
        multiple=True,
        metavar="NAME=VALUE",
        help="Option of the method; see 'handtint methods show METHOD'.",
    )(command)
    return click.option(
        "-m",
        "--method",
        metavar="METHOD",
        help="How colour is made; see 'handtint methods'.  [default: assisted; with --local or in "
        "another --space, blending]",
    )(command)


model_option = click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="Another network (.onnx, its card beside it).  [default: those in the package]",
)


def reading_options(command: F) -> F:
    """Add what `read_inputs` takes: the kind of the strokes, and what is accepted."""
    command = click.option(
        "--max-megapixels",
        type=click.FloatRange(min=0, min_open=True),
        default=200,
        show_default=True,
        help="Refuse larger pictures.",
    )(command)
    command = click.option(
        "--clean-mask", is_flag=True, help="Drop stray colours of a blurred or JPEG mask."
    )(command)
    command = click.option("--resize-mask", is_flag=True, help="Accept a mask of another size.")(
        command
    )
    return click.option(
        "--strokes-kind",
        type=click.Choice(["auto", "mask", "rgba", "marked"]),
        default="auto",
        show_default=True,
        help="What the picture with the strokes is.",
    )(command)


def read_inputs(
    photo: Path,
    strokes: Path | None,
    *,
    strokes_kind: StrokesKind,
    resize_mask: bool,
    clean_mask: bool,
    max_megapixels: float,
) -> tuple[Photo, Strokes | None]:
    """Read a photograph and its strokes, and say what is odd about them."""
    from handtint import io, pipeline

    max_pixels = int(max_megapixels * 1e6)
    source = io.read_photo(photo, max_pixels=max_pixels)
    for warning in source.warnings:
        note(f"{photo.name}: {warning}")
    if strokes is None:
        return source, None
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
    return source, drawn


def calibrated_options(command: F) -> F:
    """Add ``--model`` and ``--calibration``."""
    command = click.option(
        "--calibration",
        type=click.Path(path_type=Path),
        help="A file of 'handtint train calibration'.  [default: that in the package]",
    )(command)
    return model_option(command)


def parse_options(pairs: Sequence[str]) -> dict[str, str]:
    """Options from ``NAME=VALUE`` words; the last one wins."""
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"-o {pair}: must be NAME=VALUE")
        values[name] = value
    return values


def note(message: str) -> None:
    """Tell the person something beside the result, on standard error."""
    click.echo(f"handtint: {message}", err=True)


@contextmanager
def saying_when_compiling() -> Iterator[None]:
    """Say so when the kernels have to be compiled inside the ``with`` block."""
    from handtint.jit import notify_compilation

    with notify_compilation(
        lambda: note("preparing the solver for this machine, once (it can take a minute) ...")
    ):
        yield


def weights_at(path: Path) -> Path:
    """A file of weights, or a model in the package by its name."""
    from handtint.inference.model import shipped

    if path.exists():
        return path
    return next((own for own in shipped() if own.stem == path.name), path)
