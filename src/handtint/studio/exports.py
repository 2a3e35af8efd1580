"""Exports: a document at full size, written by a process of its own.

The pictures are those of ``handtint colorize``: the same grid, the same numbers.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from handtint import io, pipeline
from handtint.color import reduce_chroma
from handtint.errors import HandtintError, NoStrokes, OptionError
from handtint.hints import LayeredStrokes, MaskHints, StrokeDocument
from handtint.hints.document import stroke_to_json
from handtint.io.openraster import Layer, write_openraster
from handtint.io.write import with_opacity
from handtint.pipeline.grids import shape_of
from handtint.pipeline.project import ProjectData, write_project
from handtint.pipeline.result import BAND_ROWS
from handtint.studio.messages import Job
from handtint.studio.spawning import sheltered
from handtint.studio.wording import renamed, said

_PICTURES: Final = {
    "png": (".png",),
    "jpeg": (".jpg", ".jpeg"),
    "webp": (".webp",),
    "tiff": (".tif", ".tiff"),
}
FORMATS: Final = (*_PICTURES, "mask", "chroma", "ora", "strokes", "project")
"""What can be exported."""

_CONTEXT: Final = get_context("spawn")
_NICE: Final = 10
_FLAT: Final = 60.0
"""Lightness of the colour-only layer, in percent of white, wherever the colour exists there."""
_BISECTIONS: Final = 6


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exported.

    Parameters
    ----------
    job : Job
        The document.
    format : str
        One of `FORMATS`.
    source : Path
        The photograph.
    base : Path or None
        The mask below the strokes.
    target : Path
        Where to; an older file is replaced. Its suffix is that of the format.
    name : str
        Name of the photo's file.
    """

    job: Job
    format: str
    source: Path
    base: Path | None
    target: Path
    name: str


class Export:
    """An export under way, in a process that yields to others.

    Parameters
    ----------
    order : Order
        What to write.
    """

    def __init__(self, order: Order) -> None:
        self.future: Future[Path] = Future()
        self.future.set_running_or_notify_cancel()
        ours, theirs = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(
            target=main, args=(theirs, order), name="handtint export", daemon=True
        )
        with sheltered():
            self._process.start()
        theirs.close()
        threading.Thread(
            target=self._wait, args=(ours,), name="handtint export", daemon=True
        ).start()

    def stop(self) -> None:
        """End the process; the future gets an error."""
        self._process.kill()

    def _wait(self, connection: Connection) -> None:
        try:
            with connection:
                outcome = connection.recv()
        except (EOFError, OSError):
            outcome = HandtintError(said("export_stopped"))
        self._process.join()
        if isinstance(outcome, Path):
            self.future.set_result(outcome)
        else:
            self.future.set_exception(outcome)


def main(connection: Connection, order: Order) -> None:
    """Entry of the process: write, and send back the path or the error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICE)
    outcome: Path | Exception
    try:
        outcome = write(order)
    except HandtintError as error:
        outcome = error
    except Exception as error:
        traceback.print_exc()
        outcome = RuntimeError(f"the export failed: {type(error).__name__}: {error}")
    connection.send(outcome)


def write(order: Order) -> Path:
    """Write an export in this process.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    HandtintError
        When there is nothing to export, or it cannot be written.
    """
    if order.format not in FORMATS:
        raise OptionError(f"unknown format {order.format}; known are {', '.join(FORMATS)}")
    suffixes = _PICTURES.get(order.format)
    if suffixes is not None and order.target.suffix.lower() not in suffixes:
        raise OptionError(f"{order.target.name}: {order.format} needs the suffix {suffixes[0]}")
    try:
        photo = io.read_photo(order.source)
    except HandtintError as error:
        raise renamed(error, {str(order.source): order.name}) from error
    document = StrokeDocument(shape_of(photo.gray), order.job.strokes)
    strokes: StrokeDocument | LayeredStrokes = document
    if order.base is not None:
        base = pipeline.read_strokes(order.base, photo)
        if isinstance(base, MaskHints | StrokeDocument):
            strokes = LayeredStrokes(base, document)
    if order.format == "strokes":
        document.save(order.target)
    elif order.format == "project":
        _write_project(order, photo, document)
    elif order.format == "mask":
        mask = strokes.to_mask()
        io.write_picture(order.target, [mask], shape=document.shape, bits=8, force=True)
    else:
        settings = order.job.settings
        try:
            result = pipeline.colorize(
                photo,
                strokes,
                settings.colorizer(),
                space=settings.space,
                strength=settings.strength,
            )
        except NoStrokes as error:
            raise NoStrokes(said("unpainted", method=settings.method)) from error
        writers: dict[str, Callable[[pipeline.Result, Path], object]] = {
            "chroma": write_chroma,
            "ora": write_layers,
            "tiff": write_deep,
        }
        writers.get(order.format, _write_picture)(result, order.target)
    return order.target


def write_chroma(result: pipeline.Result, target: Path) -> None:
    """Write the colour alone, to be laid over the grey photograph in colour mode.

    All of it has one middle lightness, but where a colour does not exist at that lightness: there
    it is as near to it as the colour allows.

    Parameters
    ----------
    result : Result
        The coloured photograph.
    target : Path
        A .png file.
    """
    io.write_picture(
        target,
        _flat_bands(result),
        shape=shape_of(result.photo.gray),
        bits=8,
        photo=result.photo,
        xmp=result.xmp,
        force=True,
    )


def write_layers(result: pipeline.Result, target: Path) -> None:
    """Write an OpenRaster file: the strokes (hidden), the colours in colour mode, the photo.

    The opacity of the colour is that of its layer. The picture of all layers together is the
    exported one.

    Parameters
    ----------
    result : Result
        The coloured photograph.
    target : Path
        An .ora file.
    """
    photo = result.photo
    strength = pipeline.Strength(result.strength.vividness)
    colours = pipeline.Result(
        photo,
        result.strokes,
        result.method,
        result.space,
        result.lightness,
        result.chroma,
        result.report,
        strength,
    )

    def whole(bands: Iterator[NDArray[Any]]) -> Iterator[NDArray[Any]]:
        return bands if photo.alpha is None else with_opacity(bands, photo.alpha)

    write_openraster(
        target,
        [
            Layer("strokes", _stroke_bands(result), visible=False),
            Layer("colour", whole(colours.bands()), "svg:color", opacity=result.strength.opacity),
            Layer("photograph", whole(_grey_bands(photo))),
        ],
        whole(result.bands()),
        shape=shape_of(photo.gray),
        dpi=photo.dpi,
        xmp=result.xmp,
        force=True,
    )


def write_deep(result: pipeline.Result, target: Path) -> None:
    """Write the picture with 16 bits, whatever the photograph has: the colour is finer than 8.

    Parameters
    ----------
    result : Result
        The coloured photograph.
    target : Path
        A .tif or .tiff file.
    """
    io.write_picture(
        target,
        (result.space.recompose(light, chroma, 16) for light, chroma in result.planes()),
        shape=shape_of(result.photo.gray),
        bits=16,
        photo=result.photo,
        xmp=result.xmp,
        force=True,
    )


def _write_picture(result: pipeline.Result, target: Path) -> None:
    result.save(target, force=True)


def _write_project(order: Order, photo: io.Photo, document: StrokeDocument) -> None:
    """A project whose history begins with the strokes as they are."""
    log: list[dict[str, Any]] = []
    base = None if order.base is None else order.base.read_bytes()
    log.append({"op": "settings", "settings": order.job.settings.to_json()})
    for number, stroke in enumerate(document.strokes, start=1):
        log.append({"op": "add", "stroke": {"id": f"s{number}", **stroke_to_json(stroke)}})
    data = ProjectData(order.source.read_bytes(), order.name, photo.sha256, tuple(log), base)
    write_project(order.target, data, document=document)


def _grey_bands(photo: io.Photo) -> Iterator[NDArray[Any]]:
    for top in range(0, photo.gray.shape[0], BAND_ROWS):
        band = photo.gray[top : top + BAND_ROWS]
        yield np.repeat(band[..., None], 3, axis=2)


def _stroke_bands(result: pipeline.Result) -> Iterator[NDArray[np.uint8]]:
    strokes = result.strokes
    if not isinstance(strokes, StrokeDocument | LayeredStrokes):
        raise OptionError("strokes of this kind cannot be a layer")
    yield strokes.to_rgba()


def _flat_bands(result: pipeline.Result) -> Iterator[NDArray[Any]]:
    """The shown chroma at a lightness as near to `_FLAT` as the gamut allows."""
    for lightness, chroma in result.planes():
        shown = reduce_chroma(result.space, lightness, chroma)
        flat = np.full_like(lightness, _FLAT)
        # Part of the way from the flat lightness to the photo's: too short, and far enough.
        short, enough = np.zeros_like(lightness), np.ones_like(lightness)
        for step in range(_BISECTIONS):
            t = (short + enough) / 2 if step else short
            fitted = reduce_chroma(result.space, flat + t * (lightness - flat), shown)
            fits = np.abs(fitted - shown).max(axis=2) <= 0.01 * np.abs(shown).max(axis=2)
            enough, short = np.where(fits, t, enough), np.where(fits, short, t)
        yield result.space.recompose(flat + enough * (lightness - flat), shown, 8)
