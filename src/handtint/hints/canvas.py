"""Strokes drawn on a grid: which one lies on top where, and the hints that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_

import numpy as np
from numpy.typing import NDArray

from handtint.color import space
from handtint.hints.raster import topmost
from handtint.hints.stroke import Stroke, StrokeKind
from handtint.types import HintMap

Numbers = NDArray[np.int32]
"""``(h, w)`` int32: 1 + the index of the stroke on top of each pixel; 0 for none."""


class Canvas:
    """Strokes on one grid, drawn once: new strokes are laid on what was drawn before.

    Adding a stroke, and taking the last ones back, costs next to nothing however many there are.

    Parameters
    ----------
    shape : tuple of int
        (H, W) of the photo in pixels.
    grid_shape : tuple of int
        (h, w) of the grid, which covers the whole photo.
    remembered : int
        Number of drawings that are kept.
    """

    def __init__(
        self, shape: tuple[int, int], grid_shape: tuple[int, int], *, remembered: int = 6
    ) -> None:
        self._shape, self._grid_shape, self._remembered = shape, grid_shape, remembered
        self._drawn: list[tuple[tuple[Stroke, ...], Numbers]] = []

    def draw(self, strokes: tuple[Stroke, ...]) -> Numbers:
        """Which of the strokes lies on top at each pixel; not to be written to.

        Parameters
        ----------
        strokes : tuple of Stroke
            In paint order. Those which are the very objects of an earlier call are not drawn
            again, as long as none below them has changed.
        """
        below = max(
            (entry for entry in self._drawn if _begins(strokes, entry[0])),
            key=lambda entry: len(entry[0]),
            default=None,
        )
        if below is None:
            grid = draw(strokes, self._shape, self._grid_shape)
        elif len(below[0]) == len(strokes):
            self._drawn = [entry for entry in self._drawn if entry is not below]
            grid = below[1]
        else:
            count = len(below[0])
            grid = draw(
                strokes[count:], self._shape, self._grid_shape, below=below[1], first=count + 1
            )
        self._drawn = [*self._drawn[-self._remembered + 1 :], (strokes, grid)]
        return grid


def draw(
    strokes: Sequence[Stroke],
    shape: tuple[int, int],
    grid_shape: tuple[int, int],
    *,
    below: Numbers | None = None,
    first: int = 1,
) -> Numbers:
    """Which stroke lies on top at each pixel of a grid: `topmost` for `Stroke` objects.

    Parameters
    ----------
    strokes : sequence of Stroke
        In paint order.
    shape, grid_shape : tuple of int
        (H, W) of the photo and (h, w) of the grid.
    below, first
        What was drawn before, and the number of the first of these strokes.

    Returns
    -------
    ndarray, shape (h, w), int32
    """
    polylines = [np.array(stroke.points, np.float64) for stroke in strokes]
    diameters = [stroke.diameters for stroke in strokes]
    return topmost(polylines, diameters, shape, grid_shape, below=below, first=first)


def hints_of(top: Numbers, strokes: Sequence[Stroke], space_name: str) -> HintMap:
    """The hints that strokes give where they lie on top.

    Parameters
    ----------
    top : ndarray, shape (h, w), int32
        From `draw` or `Canvas`.
    strokes : sequence of Stroke
        The strokes that were drawn.
    space_name : str
        Colour space of the chroma.

    Returns
    -------
    HintMap
        Weight 1 on "color" and "neutral" strokes; "neutral" has chroma (0, 0).
    """
    inks = np.array([(0, 0, 0), *(s.color or (0, 0, 0) for s in strokes)], np.uint8)
    _, chroma = space(space_name).from_codes(inks)
    return HintMap(
        chroma=np.take(chroma, top, axis=0),
        weight=np.take(are(strokes, "color", "neutral").astype(np.float32), top),
        barrier=np.take(are(strokes, "barrier"), top),
        ignore=np.take(are(strokes, "ignore"), top),
    )


def are(strokes: Sequence[Stroke], *kinds: StrokeKind) -> NDArray[np.bool_]:
    """Whether each stroke, counted from 1, is of one of ``kinds``; 0 is no stroke."""
    return np.array([False, *(stroke.kind in kinds for stroke in strokes)])


def _begins(strokes: tuple[Stroke, ...], start: tuple[Stroke, ...]) -> bool:
    return len(start) <= len(strokes) and all(map(is_, start, strokes))
