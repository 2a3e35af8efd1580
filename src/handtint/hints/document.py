"""Strokes as a document: what was painted, in photo pixels, independent of any grid.

The file format is JSON Lines. The first line tells the version and the size of the photo, each
further line is a stroke; later strokes lie on top::

    {"handtint": "strokes", "version": 2, "height": 480, "width": 640}
    {"kind": "color", "color": [200, 80, 60], "width": 12.0, "points": [[40.5, 60.5], [44, 98]]}
    {"kind": "erase", "color": null, "width": 9, "points": [[4, 6], [8, 9]], "pressure": [0.5, 1]}

Version 1, which is still read, knew neither "pressure" nor the kind "erase".
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from reprlib import repr as brief
from typing import Any, NoReturn

import numpy as np

from handtint.errors import HintError, OutputError
from handtint.hints.canvas import Numbers, are, draw, hints_of
from handtint.hints.protocol import Codes
from handtint.hints.stroke import MAX_POINTS, Ink, Stroke, is_integer
from handtint.types import HintMap

VERSION = 2
"""Version of the file format that is written, and the newest that is read."""

MAX_SIDE = 1_000_000
MAX_STROKES = 100_000
MAX_BYTES = 200_000_000
"""Bounds of what is read from a file; far above what a hand paints."""

_NEUTRAL_INK = (160, 160, 160)
_STORED_BLACK = (1, 1, 1)
_OVERLAY_INKS = {"neutral": _NEUTRAL_INK, "barrier": (255, 0, 255), "ignore": (0, 255, 255)}


@dataclass(frozen=True, slots=True)
class StrokeDocument:
    """All strokes on one photo; satisfies `handtint.hints.Strokes`.

    Parameters
    ----------
    shape : tuple of int
        (H, W) of the photo in pixels.
    strokes : tuple of Stroke
        In the order in which they were painted; later ones lie on top.

    Raises
    ------
    HintError
        When the shape is not possible.
    """

    shape: tuple[int, int]
    strokes: tuple[Stroke, ...] = ()

    def __post_init__(self) -> None:
        if not all(is_integer(side) and 1 <= side <= MAX_SIDE for side in self.shape):
            h, w = (brief(side) for side in self.shape)
            raise HintError(f"photo of height {h}, width {w}; need integers from 1 to {MAX_SIDE}")

    def with_stroke(self, stroke: Stroke) -> StrokeDocument:
        """A document that has one more stroke, on top."""
        return replace(self, strokes=(*self.strokes, stroke))

    def hint_map(self, grid_shape: tuple[int, int], space_name: str) -> HintMap:
        """The strokes on a grid, drawn by the rule of `handtint.hints.raster.topmost`.

        Parameters
        ----------
        grid_shape : tuple of int
            (h, w) of the grid, which covers the whole photo.
        space_name : str
            Colour space of the chroma.

        Returns
        -------
        HintMap
            Weight 1 on "color" and "neutral" strokes; "neutral" has chroma (0, 0).
        """
        return hints_of(self.drawn(grid_shape), self.strokes, space_name)

    def drawn(self, grid_shape: tuple[int, int]) -> Numbers:
        """1 + the index of the stroke on top at each pixel of a grid; 0 for none.

        Parameters
        ----------
        grid_shape : tuple of int
            (h, w) of the grid, which covers the whole photo.

        Returns
        -------
        ndarray, shape (h, w), int32
        """
        return draw(self.strokes, self.shape, grid_shape)

    def overlay(self, gray: Codes, below: Codes | None = None) -> Codes:
        """The strokes over the grey photo: neutral in grey, barrier magenta, ignore cyan.

        Parameters
        ----------
        gray : ndarray, shape (h, w), uint8
            The photo, at any size.
        below : ndarray, shape (h, w, 3), uint8, optional
            What shows where there is no stroke; the photo unless it is given. Erased parts show
            the photo.

        Returns
        -------
        ndarray, shape (h, w, 3), uint8
        """
        top = self.drawn((gray.shape[0], gray.shape[1]))
        picture = np.repeat(gray[..., None], 3, axis=2)
        if below is not None:
            picture = np.where(top[..., None] > 0, picture, below)
        inks = [s.color or _OVERLAY_INKS.get(s.kind, (0, 0, 0)) for s in self.strokes]
        inked = (~are(self.strokes, "erase"))[top] & (top > 0)
        picture[inked] = np.array([(0, 0, 0), *inks], np.uint8)[top[inked]]
        return picture

    def to_mask(self, below: Codes | None = None) -> Codes:
        """The strokes as an RGB mask: black is undrawn, a black stroke is stored as (1, 1, 1).

        Neutral strokes become a grey. A mask cannot represent "barrier" and "ignore" strokes:
        they are left out, and what lies below them shows.

        Parameters
        ----------
        below : ndarray, shape (H, W, 3), uint8, optional
            A mask on which they lie.

        Returns
        -------
        ndarray, shape (H, W, 3), uint8
        """
        paint = tuple(s for s in self.strokes if s.kind in ("color", "neutral", "erase"))
        inks = [(0, 0, 0) if s.kind == "erase" else _mask_ink(s) for s in paint]
        top = draw(paint, self.shape, self.shape)
        mask = np.zeros((*self.shape, 3), np.uint8) if below is None else below.copy()
        covered = top > 0
        mask[covered] = np.array([(0, 0, 0), *inks], np.uint8)[top[covered]]
        return mask

    def to_rgba(self) -> Codes:
        """The strokes as an RGBA picture: `overlay` with alpha 255 where they lie; else all 0.

        Returns
        -------
        ndarray, shape (H, W, 4), uint8
        """
        top = self.drawn(self.shape)
        clear = np.zeros(self.shape, np.uint8)
        alpha = np.where(are(self.strokes, "erase")[top] | (top == 0), np.uint8(0), np.uint8(255))
        return np.dstack([self.overlay(clear), alpha])

    def to_text(self) -> str:
        """The document as its file has it."""
        height, width = self.shape
        header = {"handtint": "strokes", "version": VERSION, "height": height, "width": width}
        lines = (header, *map(stroke_to_json, self.strokes))
        return "".join(json.dumps(line) + "\n" for line in lines)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the document to a file: all of it, or nothing.

        Raises
        ------
        OutputError
            When the file cannot be written; one that was there before stays as it was.
        """
        path = Path(path)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_text(self.to_text(), encoding="utf-8", newline="\n")
            temporary.replace(path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise OutputError(f"{path}: cannot be written: {error.strerror}") from error

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> StrokeDocument:
        """Read a document from a file, which need not be trusted.

        Raises
        ------
        HintError
            When the file cannot be read, is malformed, or is of a newer version; the message
            names the line.
        """
        header, *lines = _read(Path(path)).splitlines() or [b""]
        if len(lines) > MAX_STROKES:
            raise HintError(f"{path}: {len(lines)} strokes; at most {MAX_STROKES} are read")
        with _line(path, 1):
            version, shape = _parse_header(header)
            document = cls(shape)
        strokes: list[Stroke] = []
        points = 0
        for number, line in enumerate(lines, start=2):
            with _line(path, number):
                strokes.append(_parse_stroke(line, version))
                points += len(strokes[-1].points)
                if points > MAX_POINTS:
                    raise HintError(f"more than {MAX_POINTS} points in all")
        return replace(document, strokes=tuple(strokes))


def stroke_to_json(stroke: Stroke) -> dict[str, Any]:
    """A stroke as its line of the file has it, before it is written as JSON."""
    pressure = {} if stroke.pressure is None else {"pressure": stroke.pressure}
    return {
        "kind": stroke.kind,
        "color": stroke.color,
        "width": stroke.width,
        "points": stroke.points,
        **pressure,
    }


def stroke_from_json(value: dict[str, Any]) -> Stroke:
    """The stroke of a line of the file, or of a message; it need not be trusted.

    Raises
    ------
    HintError
        When a key is missing or unknown, or a value is not allowed.
    """
    _check_keys(value, {"kind", "color", "width", "points"}, {"pressure"})
    points, color, pressure = value["points"], value["color"], value.get("pressure")
    if not (isinstance(points, list) and all(isinstance(point, list) for point in points)):
        raise HintError(f"points are {brief(points)}; must be a list of [row, column]")
    if not isinstance(pressure, list | None):
        raise HintError(f"pressure is {brief(pressure)}; must be a list of numbers")
    return Stroke(
        points=tuple(map(tuple, points)),
        width=value["width"],
        color=tuple(color) if isinstance(color, list) else color,
        kind=value["kind"],
        pressure=None if pressure is None else tuple(pressure),
    )


def is_document(path: str | os.PathLike[str]) -> bool:
    """Whether a file starts like a stroke document, whatever its name.

    Raises
    ------
    HintError
        When the file cannot be read.
    """
    start = _read(Path(path), 4096).partition(b"\n")[0]
    try:
        return _parse(start).get("handtint") == "strokes"
    except HintError:
        return False


@contextmanager
def _line(path: str | os.PathLike[str], number: int) -> Iterator[None]:
    try:
        yield
    except HintError as error:
        raise HintError(f"{path}: line {number}: {error}") from error


def _read(path: Path, size: int = MAX_BYTES) -> bytes:
    try:
        with path.open("rb") as file:
            if size == MAX_BYTES and os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise HintError(f"{path}: over {MAX_BYTES // 10**6} MB, this is no stroke document")
            return file.read(size)
    except OSError as error:
        raise HintError(f"{path}: cannot be read: {error.strerror}") from error


def _parse(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise HintError(f"not valid JSON ({error})") from error
    if not isinstance(value, dict):
        raise HintError(f"must be a JSON object, is {brief(value)}")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _parse_header(line: bytes) -> tuple[int, tuple[int, int]]:
    header = _parse(line)
    if header.get("handtint") != "strokes":
        raise HintError('not a stroke document; it must start with {"handtint": "strokes", ...}')
    version = header.get("version")
    if not is_integer(version) or version < 1:
        raise HintError(f"version is {brief(version)}; must be a whole number from 1")
    if version > VERSION:
        raise HintError(f"version {version} is newer than {VERSION}, the newest known; update")
    _check_keys(header, {"handtint", "version", "height", "width"})
    return version, (header["height"], header["width"])


def _parse_stroke(line: bytes, version: int) -> Stroke:
    stroke = stroke_from_json(_parse(line))
    if version < 2 and (stroke.kind == "erase" or stroke.pressure is not None):
        raise HintError("pressure and the kind erase need version 2 in the first line")
    return stroke


def _mask_ink(stroke: Stroke) -> Ink:
    ink = stroke.color or _NEUTRAL_INK
    return _STORED_BLACK if ink == (0, 0, 0) else ink


def _check_keys(
    value: dict[str, Any], keys: set[str], optional: frozenset[str] | set[str] = frozenset()
) -> None:
    if missing := keys - value.keys():
        raise HintError(f"{', '.join(sorted(missing))} missing")
    if unknown := value.keys() - keys - optional:
        known = ", ".join(sorted(keys | optional))
        raise HintError(f"unknown key {brief(min(unknown))}; known are {known}")
