"""The way of a chroma from the working grid to the size of the photograph."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from handtint.color import Space
from handtint.colorizer import Colorizer, Progress
from handtint.errors import OptionError
from handtint.jit import kernel
from handtint.resample import carry_up, fit, grid_shapes, reduce_area, reduce_hints
from handtint.types import Chroma, Colorization, HintMap, Mask, Plane

DEFAULT_SIZE = 1024
"""Long side of the working grid unless the caller says otherwise, in pixels."""


def propagate(
    method: Colorizer,
    lightness: Plane,
    hints: HintMap,
    *,
    size: int | None = None,
    initial: Chroma | None = None,
    progress: Progress | None = None,
) -> Colorization:
    """Run a method on arrays: reduce to the working grid, colour, carry up.

    Parameters
    ----------
    method : Colorizer
        The method.
    lightness : ndarray, shape (H, W), float32, in [0, 100]
        Lightness of the picture.
    hints : HintMap, of shape (H, W)
        Strokes, in the colour space of the lightness.
    size : int, optional
        Long side of the working grid, in pixels; `DEFAULT_SIZE` if not given.
    initial : ndarray, shape (H, W, 2), float32, optional
        A chroma to start from.
    progress : Progress, optional
        Progress and cancellation.

    Returns
    -------
    Colorization
        With the chroma at (H, W).
    """
    full = shape_of(lightness)
    shape = fit(full, size or DEFAULT_SIZE)
    if initial is not None:
        initial = np.ascontiguousarray(reduce_area(initial, shape))
    coarse = np.ascontiguousarray(reduce_area(lightness, shape))
    found = method.prepare(coarse)(reduce_hints(hints, shape), initial=initial, progress=progress)
    finer = (np.ascontiguousarray(reduce_area(lightness, s)) for s in shapes_above(shape, full))
    barrier = (lambda s: reduce_hints(hints, s).barrier) if hints.barrier.any() else None
    chroma, _ = climb(found.chroma, coarse, finer, barrier)
    return Colorization(chroma, found.report)


def check_space(method: Colorizer, space: Space) -> None:
    """Make sure that a method works in a colour space; raises `OptionError` if not."""
    spaces = method.info.spaces
    if spaces and space.name not in spaces:
        raise OptionError(
            f"{method.info.title} works in {' and '.join(spaces)}, not in {space.name}; "
            "take that colour space, or another method"
        )


def reduced_lightness(
    gray: NDArray[np.uint8] | NDArray[np.uint16], table: Plane, shape: tuple[int, int]
) -> Plane:
    """Lightness of a photograph on a smaller grid: the area average of ``table[gray]``.

    The same numbers as `handtint.resample.reduce_area` gives, without a full-size plane of them.

    Parameters
    ----------
    gray : ndarray, shape (H, W), uint8 or uint16
        Grey code values.
    table : ndarray, float32
        Lightness of each code value.
    shape : (int, int)
        The grid, at most (H, W).

    Returns
    -------
    ndarray, shape (h, w), float32
    """
    if shape_of(gray) == shape:
        return table[gray]
    out = np.empty(shape, np.float32)
    _reduce_codes(gray, table, out)
    return out


def climb(
    chroma: Chroma,
    lightness: Plane,
    finer: Iterable[Plane],
    barrier: Callable[[tuple[int, int]], Mask] | None,
) -> tuple[Chroma, Plane]:
    """Carry a chroma up over grids, each guided by the lightness there.

    Parameters
    ----------
    chroma : ndarray, shape (h, w, 2), float32
        The chroma on the working grid.
    lightness : ndarray, shape (h, w), float32
        The lightness there.
    finer : iterable of ndarray
        Lightness on the finer grids, one after the other.
    barrier : callable, optional
        Gives the barrier on a grid of a shape (h, w); None where there is none.

    Returns
    -------
    chroma, lightness : ndarray
        Both on the last grid.
    """
    for fine in finer:
        chroma = carry_up(chroma, lightness, fine, barrier)
        lightness = fine
    return chroma, lightness


def shapes_above(shape: tuple[int, int], full: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Doublings of the working grid, and at last the full size; none when it is that already."""
    return () if shape == full else grid_shapes(full, 2 * max(shape))


def whole_steps(
    shape: tuple[int, int], full: tuple[int, int], *, barrier: bool
) -> tuple[tuple[int, int], ...]:
    """Those of `shapes_above` that cannot be done in bands of rows.

    All but the last; with a barrier that one too, for a barrier is looked at over several rows.
    """
    shapes = shapes_above(shape, full)
    return shapes if barrier else shapes[:-1]


def shape_of(plane: NDArray[np.generic]) -> tuple[int, int]:
    """Height and width of a plane, a chroma or a picture."""
    h, w = plane.shape[:2]
    return h, w


@kernel()
def _reduce_codes(gray: NDArray[np.uint16], table: Plane, coarse: Plane) -> None:
    height, width = gray.shape
    h, w = coarse.shape
    row = np.empty(width, np.float32)
    for y in range(h):
        top, bottom = y * height / h, (y + 1) * height / h
        row[:] = 0
        for i in range(int(top), min(math.ceil(bottom), height)):
            part = np.float32((min(bottom, i + 1.0) - max(top, float(i))) / (bottom - top))
            for j in range(width):
                row[j] += part * table[gray[i, j]]
        for x in range(w):
            left, right = x * width / w, (x + 1) * width / w
            total = 0.0
            for j in range(int(left), min(math.ceil(right), width)):
                total += (min(right, j + 1.0) - max(left, float(j))) * row[j]
            coarse[y, x] = np.float32(total / (right - left))
