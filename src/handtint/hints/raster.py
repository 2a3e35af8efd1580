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
    diameters: Sequence[float | NDArray[np.float64]],
    photo_shape: tuple[int, int],
    grid_shape: tuple[int, int],
    *,
    below: NDArray[np.int32] | None = None,
    first: int = 1,
) -> NDArray[np.int32]:
    """Which stroke lies on top at each pixel of a grid.

    Pixel (i, j) of the grid has its centre at ((i + ½) H / h, (j + ½) W / w) in photo pixels. It
    belongs to a stroke when its centre lies in the stroke, or when the polyline passes through the
    pixel. A stroke is what a round brush covers whose diameter runs evenly from point to point:
    for each segment the convex hull of the discs at its two ends. The second rule keeps hairlines
    whole at any scale: the pixels along a polyline are 4-connected, so that no 8-connected path
    crosses it.

    Parameters
    ----------
    polylines : sequence of ndarray, shape (n, 2), float64
        Points (row, column) in photo pixels, the centre of the first pixel being (½, ½); n ≥ 1.
        They may lie outside the photo, and are clipped.
    diameters : sequence of float or ndarray, shape (n,), float64
        Diameter of the brush in photo pixels, for each stroke or at each of its points.
    photo_shape, grid_shape : tuple of int
        (H, W) of the photo and (h, w) of the grid.
    below : ndarray, shape (h, w), int32, optional
        What was drawn before, on which these strokes are to lie; it is not changed.
    first : int
        Number of the first of these strokes.

    Returns
    -------
    ndarray, shape (h, w), int32
        The number of the stroke on top, the last one that covers the pixel; 0 for none.

    Notes
    -----
    The pixels along a segment are found by the traversal of J. Amanatides and A. Woo, "A Fast
    Voxel Traversal Algorithm for Ray Tracing", Eurographics 1987, doi:10.2312/egtp.19871000.
    """
    grid = np.zeros(grid_shape, np.int32) if below is None else below.copy()
    if polylines:
        points = np.concatenate(polylines)
        # Scaled once: where two segments meet, both must see the very same point.
        scaled = points * np.array(grid_shape) / np.array(photo_shape)
        ends = np.cumsum([len(polyline) for polyline in polylines])
        radii = np.concatenate(
            [np.broadcast_to(d, len(p)) for p, d in zip(polylines, diameters, strict=True)]
        )
        _draw(grid, points, scaled, ends, radii / 2, first, *photo_shape)
    return grid


@kernel()
def _draw(
    grid: NDArray[np.int32],
    points: Points,
    scaled: Points,
    ends: NDArray[np.int64],
    radii: NDArray[np.float64],
    first: int,
    photo_height: int,
    photo_width: int,
) -> None:
    start = 0
    for stroke in range(len(ends)):
        end = ends[stroke]
        # A single point is a segment to itself.
        for k in range(start, max(end - 1, start + 1)):
            m = min(k + 1, end - 1)
            _fill_hull(
                grid,
                first + stroke,
                (points[k, 0], points[k, 1], radii[k]),
                (points[m, 0], points[m, 1], radii[m]),
                photo_height,
                photo_width,
            )
            _trace_segment(
                grid, first + stroke, (scaled[k, 0], scaled[k, 1]), (scaled[m, 0], scaled[m, 1])
            )
        start = end


@inlined()
def _fill_hull(
    grid: NDArray[np.int32],
    value: int,
    p: tuple[float, float, float],
    q: tuple[float, float, float],
    photo_height: int,
    photo_width: int,
) -> None:
    """Mark the pixels whose centre lies in the convex hull of two discs (row, column, radius).

    The hull is the discs and the quadrilateral between the points at which both common tangents
    touch them; it is convex, so that it meets each row of the grid in one interval.
    """
    height, width = grid.shape
    rows, columns = height / photo_height, width / photo_width
    dy, dx = q[0] - p[0], q[1] - p[1]
    length = math.sqrt(dy * dy + dx * dx)
    taper = p[2] - q[2]
    # Within the larger disc the smaller one adds nothing, and there are no tangents.
    apart = length > abs(taper)
    corners = np.empty((4, 2))
    if apart:
        along, across = taper / length, math.sqrt(1 - (taper / length) ** 2)
        for side in range(2):
            sign = 1 - 2 * side
            normal_y = (along * dy - sign * across * dx) / length
            normal_x = (along * dx + sign * across * dy) / length
            # In the order of a walk around the quadrilateral.
            corners[3 * side, 0] = p[0] + p[2] * normal_y
            corners[3 * side, 1] = p[1] + p[2] * normal_x
            corners[1 + side, 0] = q[0] + q[2] * normal_y
            corners[1 + side, 1] = q[1] + q[2] * normal_x
    first = max(math.ceil(min(p[0] - p[2], q[0] - q[2]) * rows - 0.5), 0)
    last = min(math.floor(max(p[0] + p[2], q[0] + q[2]) * rows - 0.5), height - 1)
    for i in range(first, last + 1):
        y = (i + 0.5) / rows
        low, high = np.inf, -np.inf
        for disc in (p, q):
            half2 = disc[2] * disc[2] - (y - disc[0]) ** 2
            if half2 >= 0:
                low = min(low, disc[1] - math.sqrt(half2))
                high = max(high, disc[1] + math.sqrt(half2))
        if apart:
            for k in range(4):
                from_y, from_x = corners[k, 0], corners[k, 1]
                to_y, to_x = corners[(k + 1) % 4, 0], corners[(k + 1) % 4, 1]
                if min(from_y, to_y) <= y <= max(from_y, to_y):
                    # A level side counts by its first end here, by its second as the next one's.
                    t = (y - from_y) / (to_y - from_y) if to_y != from_y else 0.0
                    x = from_x + t * (to_x - from_x)
                    low, high = min(low, x), max(high, x)
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
