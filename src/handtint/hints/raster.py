"""Strokes drawn on a grid of any shape, without a shift and without a gap."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from handtint.jit import inlined, kernel

Points = NDArray[np.float64]
"""``(n, 2)`` float64: a polyline of n points (row, column), in photo pixels."""


def topmost(
    polylines: Sequence[Points],
    widths: Sequence[float],
    photo_shape: tuple[int, int],
    grid_shape: tuple[int, int],
) -> NDArray[np.int32]:
    """Which stroke lies on top at each pixel of a grid.

    Pixel (i, j) of the grid has its centre at ((i + ½) H / h, (j + ½) W / w) in photo pixels. It
    belongs to a stroke when its centre lies within half the stroke's width of the polyline, or
    when the polyline passes through the pixel. The second rule keeps hairlines whole at any
    scale: the pixels along a polyline are 4-connected, so that no 8-connected path crosses it.

    Parameters
    ----------
    polylines : sequence of ndarray, shape (n, 2), float64
        Points (row, column) in photo pixels, the centre of the first pixel being (½, ½); n ≥ 1.
        They may lie outside the photo, and are clipped.
    widths : sequence of float
        Width of each stroke, in photo pixels.
    photo_shape, grid_shape : tuple of int
        (H, W) of the photo and (h, w) of the grid.

    Returns
    -------
    ndarray, shape (h, w), int32
        1 + the index of the stroke on top, the last one that covers the pixel; 0 for none.

    Notes
    -----
    The pixels along a segment are found by the traversal of J. Amanatides and A. Woo, "A Fast
    Voxel Traversal Algorithm for Ray Tracing", Eurographics 1987, doi:10.2312/egtp.19871000.
    """
    grid = np.zeros(grid_shape, np.int32)
    if polylines:
        points = np.concatenate(polylines)
        # Scaled once: where two segments meet, both must see the very same point.
        scaled = points * np.array(grid_shape) / np.array(photo_shape)
        ends = np.cumsum([len(polyline) for polyline in polylines])
        _draw(grid, points, scaled, ends, np.asarray(widths, np.float64), *photo_shape)
    return grid


@kernel()
def _draw(
    grid: NDArray[np.int32],
    points: Points,
    scaled: Points,
    ends: NDArray[np.int64],
    widths: NDArray[np.float64],
    photo_height: int,
    photo_width: int,
) -> None:
    start = 0
    for stroke in range(len(ends)):
        end = ends[stroke]
        # A single point is a segment to itself.
        for k in range(start, max(end - 1, start + 1)):
            m = min(k + 1, end - 1)
            _fill_capsule(
                grid,
                stroke + 1,
                (points[k, 0], points[k, 1]),
                (points[m, 0], points[m, 1]),
                widths[stroke] / 2,
                photo_height,
                photo_width,
            )
            _trace_segment(
                grid, stroke + 1, (scaled[k, 0], scaled[k, 1]), (scaled[m, 0], scaled[m, 1])
            )
        start = end


@inlined()
def _fill_capsule(
    grid: NDArray[np.int32],
    value: int,
    p: tuple[float, float],
    q: tuple[float, float],
    radius: float,
    photo_height: int,
    photo_width: int,
) -> None:
    """Mark the pixels whose centre lies within ``radius`` of the segment.

    A capsule is convex, so that it meets each row of the grid in one interval.
    """
    height, width = grid.shape
    rows, columns = height / photo_height, width / photo_width
    dy, dx = q[0] - p[0], q[1] - p[1]
    length2 = dy * dy + dx * dx
    reach = radius * math.sqrt(length2)
    first = max(math.ceil((min(p[0], q[0]) - radius) * rows - 0.5), 0)
    last = min(math.floor((max(p[0], q[0]) + radius) * rows - 0.5), height - 1)
    for i in range(first, last + 1):
        y = (i + 0.5) / rows
        low, high = np.inf, -np.inf
        for end in (p, q):
            half2 = radius * radius - (y - end[0]) ** 2
            if half2 >= 0:
                low = min(low, end[1] - math.sqrt(half2))
                high = max(high, end[1] + math.sqrt(half2))
        # The rectangle between the round caps: |cross| ≤ reach and 0 ≤ dot ≤ length².
        left, right = -np.inf, np.inf
        along, across = (y - p[0]) * dy, (y - p[0]) * dx
        if dy != 0:
            a, b = (across - reach) / dy, (across + reach) / dy
            left, right = min(a, b), max(a, b)
        if dx != 0:
            a, b = -along / dx, (length2 - along) / dx
            left, right = max(left, min(a, b)), min(right, max(a, b))
        inside = (dy != 0 or abs(across) <= reach) and (dx != 0 or 0 <= along <= length2)
        if inside and length2 > 0 and left <= right:
            low, high = min(low, p[1] + left), max(high, p[1] + right)
        if low <= high:
            start = max(math.ceil(low * columns - 0.5), 0)
            stop = min(math.floor(high * columns - 0.5), width - 1)
            for j in range(start, stop + 1):
                grid[i, j] = value


@inlined()
def _trace_segment(
    grid: NDArray[np.int32], value: int, p: tuple[float, float], q: tuple[float, float]
) -> None:
    """Mark the 4-connected pixels that a segment, given in grid coordinates, passes through."""
    height, width = grid.shape
    dy, dx = q[0] - p[0], q[1] - p[1]
    enter, leave = 0.0, 1.0
    for origin, step, size in ((p[0], dy, height), (p[1], dx, width)):
        if step == 0:
            if origin < 0 or origin > size:
                return
        else:
            a, b = -origin / step, (size - origin) / step
            enter, leave = max(enter, min(a, b)), min(leave, max(a, b))
    if enter > leave:
        return
    first = p if enter == 0 else (p[0] + enter * dy, p[1] + enter * dx)
    last = q if leave == 1 else (p[0] + leave * dy, p[1] + leave * dx)
    i = min(max(math.floor(first[0]), 0), height - 1)
    j = min(max(math.floor(first[1]), 0), width - 1)
    rows_left = min(max(math.floor(last[0]), 0), height - 1) - i
    columns_left = min(max(math.floor(last[1]), 0), width - 1) - j
    down, right = (1 if rows_left > 0 else -1), (1 if columns_left > 0 else -1)
    rows_left, columns_left = abs(rows_left), abs(columns_left)
    grid[i, j] = value
    # Counting the steps makes the path end in the right pixel whatever the rounding.
    while rows_left + columns_left > 0:
        to_row = (i + (down > 0) - p[0]) / dy if rows_left > 0 else np.inf
        to_column = (j + (right > 0) - p[1]) / dx if columns_left > 0 else np.inf
        if to_row <= to_column:
            i += down
            rows_left -= 1
        else:
            j += right
            columns_left -= 1
        grid[i, j] = value
