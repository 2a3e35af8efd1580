"""One stroke, as it was painted, in photo pixels."""

from __future__ import annotations

from dataclasses import dataclass
from reprlib import repr as brief
from typing import Literal, TypeAlias, TypeGuard, get_args

import numpy as np
from numpy.typing import NDArray

from handtint.errors import HintError

MAX_COORDINATE = 10_000_000
MAX_POINTS = 2_000_000
"""Bounds of a stroke; far above what a hand paints."""

StrokeKind: TypeAlias = Literal["color", "neutral", "barrier", "ignore", "erase"]
"""A colour to take; grey to keep; a line that colour may not cross; lightness not to trust; an
eraser, which leaves nothing of what lies below it."""

Ink: TypeAlias = tuple[int, int, int]
"""sRGB code values in [0, 255]."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke of a round brush along a polyline.

    Parameters
    ----------
    points : tuple of (float, float)
        Points (row, column) in photo pixels: continuous coordinates, the centre of the first
        pixel is (0.5, 0.5). At least one; what lies outside the photo is clipped when drawn.
    width : float
        Diameter of the brush in photo pixels, above 0.
    color : (int, int, int) or None
        sRGB code values in [0, 255] of a "color" stroke; None for all other kinds.
    kind : {"color", "neutral", "barrier", "ignore", "erase"}
        What the stroke asks for (see `handtint.types.HintMap`); "erase" lies on top as any stroke
        does, and asks for nothing there.
    pressure : tuple of float, optional
        One a point, in (0, 1]: the diameter of the brush there is ``width`` times it, and runs
        evenly from point to point. 1 everywhere where not given.

    Raises
    ------
    HintError
        When a value is of the wrong type or out of range.
    """

    points: tuple[tuple[float, float], ...]
    width: float
    color: Ink | None = None
    kind: StrokeKind = "color"
    pressure: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(StrokeKind):
            kinds = ", ".join(get_args(StrokeKind))
            raise HintError(f"unknown kind of stroke {brief(self.kind)}; known are {kinds}")
        if not (_is_coordinate(self.width) and self.width > 0):
            raise HintError(
                f"width is {brief(self.width)}; must be above 0 and at most {MAX_COORDINATE}"
            )
        if self.kind == "color":
            if not _is_ink(self.color):
                raise HintError(f"color is {brief(self.color)}; must be 3 integers in [0, 255]")
        elif self.color is not None:
            raise HintError(f"a stroke of kind {self.kind} has no color, got {brief(self.color)}")
        if not 1 <= len(self.points) <= MAX_POINTS:
            raise HintError(f"{len(self.points)} points; a stroke has 1 to {MAX_POINTS}")
        for point in self.points:
            if not (len(point) == 2 and _is_coordinate(point[0]) and _is_coordinate(point[1])):
                raise HintError(
                    f"point {brief(point)}; must be two numbers in ±{MAX_COORDINATE} (row, column)"
                )
        if self.pressure is not None:
            if len(self.pressure) != len(self.points):
                raise HintError(
                    f"{len(self.pressure)} values of pressure; must be one for each of the "
                    f"{len(self.points)} points"
                )
            for value in self.pressure:
                if not (_is_coordinate(value) and 0 < value <= 1):
                    raise HintError(
                        f"pressure is {brief(value)}; must be above 0 and at most 1 at each point"
                    )

    @property
    def diameters(self) -> NDArray[np.float64]:
        """Diameter of the brush at each point, in photo pixels."""
        return np.full(len(self.points), float(self.width)) * (
            1.0 if self.pressure is None else np.array(self.pressure, np.float64)
        )


def is_integer(value: object) -> TypeGuard[int]:
    """Whether ``value`` is a whole number; True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_coordinate(value: object) -> bool:
    # NaN fails the comparison.
    return (is_integer(value) or isinstance(value, float)) and abs(value) <= MAX_COORDINATE


def _is_ink(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 3
        and all(is_integer(code) and 0 <= code <= 255 for code in value)
    )
