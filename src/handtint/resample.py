"""Between grids: area averaging down, lightness-guided interpolation up, hints along with them.

Grids cover the same picture: the pixel (y, x) of a grid of (h, w) covers the rows [y / h,
(y + 1) / h) and the columns [x / w, (x + 1) / w) of it, so nothing shifts, at any size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_cdt

from handtint.jit import inlined, kernel
from handtint.types import Chroma, HintMap, Mask, Plane

Columns: TypeAlias = NDArray[np.int32]

RANGE = np.float32(3.0)
"""Lightness difference at which `joint_upsample` gives a quarter of the weight, in percent."""

HARD_COVER = 0.25
"""Part of a pixel that hard hints must cover so that the pixel is a hard hint after reduction."""


def fit(shape: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Shape with the proportions of ``shape`` whose long side is at most ``long_side``."""
    h, w = shape
    scale = min(1.0, long_side / max(h, w))
    return max(1, round(h * scale)), max(1, round(w * scale))


def grid_shapes(shape: tuple[int, int], reach: int) -> tuple[tuple[int, int], ...]:
    """Grids from a long side of ``reach`` in doublings up to ``shape``, coarsest first.

    A last step up to 2.8 times replaces two small ones; a ``reach`` of 0 leaves ``shape`` alone.
    """
    shapes = []
    side = reach
    while side and side * 1.4 < max(shape):
        shapes.append(fit(shape, side))
        side *= 2
    return (*shapes, shape)


def reduce_area(plane: Plane, shape: tuple[int, int]) -> Plane:
    """Area average of a plane (or of each channel of a chroma) on a smaller grid.

    Parameters
    ----------
    plane : ndarray, shape (H, W) or (H, W, C), float32
        The fine grid.
    shape : (int, int)
        The coarse grid, at most (H, W).

    Returns
    -------
    ndarray, shape (h, w) or (h, w, C), float32
    """
    if plane.shape[:2] == shape:
        return plane
    if plane.ndim == 3:
        return np.stack(
            [reduce_area(np.ascontiguousarray(c), shape) for c in np.moveaxis(plane, 2, 0)], axis=2
        )
    out = np.zeros(shape, np.float32)
    _reduce(np.ascontiguousarray(plane, np.float32), out)
    return out


def reduce_hints(hints: HintMap, shape: tuple[int, int]) -> HintMap:
    """Hints on a smaller grid.

    The chroma of a pixel is the mean of the hints in it, by weight. It is a hard hint when hard
    hints cover at least a quarter of it; otherwise its weight is the mean weight, so a thin stroke
    fades instead of vanishing. A barrier stays closed: every pixel that it enters becomes one.
    """
    if hints.shape == shape:
        return hints
    chroma, weight = np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32)
    _reduce_drawn(hints.chroma, hints.weight, chroma, weight)
    return HintMap(
        chroma, weight, _reduce_any(hints.barrier, shape), _reduce_most(hints.ignore, shape)
    )


def joint_upsample(
    chroma: Chroma, coarse: Plane, fine: Plane, *, first_row: int = 0, height: int | None = None
) -> Chroma:
    """Chroma on a finer grid, guided by the lightness there.

    Each fine pixel takes a mean of the four nearest coarse ones, with bilinear weights times

        (1 + (|L_fine - L_coarse| / RANGE)^2)^-2,

    so that colour follows the edges of the fine lightness: joint bilateral upsampling (J. Kopf,
    M. F. Cohen, D. Lischinski, M. Uyttendaele, 2007, doi:10.1145/1276377.1276497) with a range
    kernel of rational form.

    Parameters
    ----------
    chroma : ndarray, shape (h, w, 2), float32
        The coarse chroma.
    coarse, fine : ndarray, shapes (h, w) and (H, W), float32
        Lightness on both grids.
    first_row, height : int, optional
        When ``fine`` is only a band of rows: its first row, and the rows of the whole picture.

    Returns
    -------
    ndarray, shape (H, W, 2), float32
    """
    out = np.empty((*fine.shape, 2), np.float32)
    _upsample(chroma, coarse, fine, first_row, fine.shape[0] if height is None else height, out)
    return out


def joint_upsample_within(
    chroma: Chroma, coarse: Plane, fine: Plane, coarse_barrier: Mask, barrier: Mask
) -> Chroma:
    """`joint_upsample` that carries nothing over a barrier.

    Near a barrier the sixteen nearest coarse pixels are candidates, and of them those count that
    are in sight: no barrier pixel lies on the line to them. A pixel that sees none gets no colour.

    Parameters
    ----------
    chroma, coarse, fine
        As for `joint_upsample`.
    coarse_barrier, barrier : ndarray, shapes (h, w) and (H, W), bool
        Barriers on both grids.

    Returns
    -------
    ndarray, shape (H, W, 2), float32
    """
    out = joint_upsample(chroma, coarse, fine)
    if barrier.any():
        ratio = max(fine.shape[0] / coarse.shape[0], fine.shape[1] / coarse.shape[1])
        near = distance_transform_cdt(~barrier, "chessboard") <= math.ceil(2 * ratio) + 1
        _upsample_in_sight(chroma, coarse, fine, coarse_barrier, barrier, near, out)
    return out


def carry_up(
    chroma: Chroma,
    coarse: Plane,
    fine: Plane,
    barrier: Callable[[tuple[int, int]], Mask] | None = None,
) -> Chroma:
    """Chroma on a finer grid, over no barrier.

    Parameters
    ----------
    chroma, coarse, fine
        As for `joint_upsample`.
    barrier : callable, optional
        Gives the barrier on a grid of a shape (h, w); None where there is none.

    Returns
    -------
    ndarray, shape (H, W, 2), float32
    """
    if barrier is None:
        return joint_upsample(chroma, coarse, fine)
    shapes = [(p.shape[0], p.shape[1]) for p in (coarse, fine)]
    return joint_upsample_within(chroma, coarse, fine, *map(barrier, shapes))


def _reduce_any(mask: Mask, shape: tuple[int, int]) -> Mask:
    if not mask.any():
        return np.zeros(shape, np.bool_)
    h, w = mask.shape
    rows, columns = np.nonzero(mask)
    out = np.zeros(shape, np.bool_)
    for r in ((rows * shape[0]) // h, ((rows + 1) * shape[0] - 1) // h):
        for c in ((columns * shape[1]) // w, ((columns + 1) * shape[1] - 1) // w):
            out[r, c] = True
    return out


def _reduce_most(mask: Mask, shape: tuple[int, int]) -> Mask:
    if not mask.any():
        return np.zeros(shape, np.bool_)
    return np.asarray(reduce_area(mask.astype(np.float32), shape) >= 0.5)


@kernel()
def _reduce(fine: Plane, coarse: Plane) -> None:
    height, width = fine.shape
    h, w = coarse.shape
    row = np.empty(width, np.float32)
    for y in range(h):
        top, bottom = y * height / h, (y + 1) * height / h
        row[:] = 0
        for i in range(int(top), min(math.ceil(bottom), height)):
            part = np.float32((min(bottom, i + 1.0) - max(top, float(i))) / (bottom - top))
            for j in range(width):
                row[j] += part * fine[i, j]
        for x in range(w):
            left, right = x * width / w, (x + 1) * width / w
            total = 0.0
            for j in range(int(left), min(math.ceil(right), width)):
                total += (min(right, j + 1.0) - max(left, float(j))) * row[j]
            coarse[y, x] = np.float32(total / (right - left))


@kernel()
def _reduce_drawn(chroma: Chroma, weight: Plane, coarse_chroma: Chroma, coarse: Plane) -> None:
    """Both planes of `reduce_hints`, into zeros; looks at drawn pixels only."""
    height, width = weight.shape
    h, w = coarse.shape
    hard = np.zeros((h, w), np.float32)
    for y in range(height):
        for x in range(width):
            k = weight[y, x]
            if k == 0:
                continue
            for i in range(y * h // height, ((y + 1) * h - 1) // height + 1):
                for j in range(x * w // width, ((x + 1) * w - 1) // width + 1):
                    # Part of the coarse pixel that this one covers, exact for whole ratios.
                    rows = min((i + 1) * height, (y + 1) * h) - max(i * height, y * h)
                    columns = min((j + 1) * width, (x + 1) * w) - max(j * width, x * w)
                    part = np.float32(rows / height * columns / width)
                    coarse[i, j] += part * k
                    coarse_chroma[i, j, 0] += part * k * chroma[y, x, 0]
                    coarse_chroma[i, j, 1] += part * k * chroma[y, x, 1]
                    if k >= 1:
                        hard[i, j] += part
    for i in range(h):
        for j in range(w):
            k = coarse[i, j]
            if k == 0:
                continue
            scale = np.float32(1) / max(k, np.float32(1e-6))
            coarse_chroma[i, j, 0] *= scale
            coarse_chroma[i, j, 1] *= scale
            full = hard[i, j] >= np.float32(HARD_COVER - 1e-6)  # short of it by rounding only
            coarse[i, j] = np.float32(1) if full else min(k, np.float32(0.9))


@inlined()
def _likeness(a: np.float32, b: np.float32) -> np.float32:
    d = (a - b) / RANGE
    q = np.float32(1) / (np.float32(1) + d * d)
    likeness: np.float32 = q * q
    return likeness


@kernel()
def _spread(
    chroma: Chroma, coarse: Plane, y: int, left: Columns, right: Columns, out: NDArray[np.float32]
) -> None:
    """Row y of the coarse grid at the width of the fine one, in six planes.

    Lightness, first and second chroma of the pixel to the left, then the same to the right.
    """
    for side in range(2):
        at = left if side == 0 else right
        for x in range(at.size):
            out[3 * side, x] = coarse[y, at[x]]
            out[3 * side + 1, x] = chroma[y, at[x], 0]
            out[3 * side + 2, x] = chroma[y, at[x], 1]


@kernel()
def _upsample(
    chroma: Chroma, coarse: Plane, fine: Plane, first: int, full: int, out: Chroma
) -> None:
    h, w = coarse.shape
    width = fine.shape[1]
    left = np.empty(width, np.int32)
    right = np.empty(width, np.int32)
    share = np.empty(width, np.float32)
    for x in range(width):
        position = (x + 0.5) * w / width - 0.5
        at = math.floor(position)
        share[x] = position - at
        left[x], right[x] = max(at, 0), min(at + 1, w - 1)
    tiny = np.float32(1e-6)
    # Coarse rows are spread once and serve all fine rows between them; the loop over the columns
    # then reads plain rows, which the compiler vectorises.
    rows = np.empty((2, 6, width), np.float32)
    mixed = np.empty((2, width), np.float32)
    have = np.full(2, -1)
    for y in range(fine.shape[0]):
        position = (y + first + 0.5) * h / full - 0.5
        at = math.floor(position)
        down = np.float32(position - at)
        for side in range(2):
            need = min(max(at + side, 0), h - 1)
            if have[need % 2] != need:
                _spread(chroma, coarse, need, left, right, rows[need % 2])
                have[need % 2] = need
        y0, y1 = max(at, 0) % 2, min(at + 1, h - 1) % 2
        up = np.float32(1) - down
        for x in range(width):
            value, f1 = fine[y, x], share[x]
            f0 = np.float32(1) - f1
            a = up * f0 * (_likeness(value, rows[y0, 0, x]) + tiny)
            b = up * f1 * (_likeness(value, rows[y0, 3, x]) + tiny)
            c = down * f0 * (_likeness(value, rows[y1, 0, x]) + tiny)
            d = down * f1 * (_likeness(value, rows[y1, 3, x]) + tiny)
            scale = np.float32(1) / (a + b + c + d)
            for k in range(2):
                mixed[k, x] = scale * (
                    a * rows[y0, k + 1, x]
                    + b * rows[y0, k + 4, x]
                    + c * rows[y1, k + 1, x]
                    + d * rows[y1, k + 4, x]
                )
        for x in range(width):
            out[y, x, 0] = mixed[0, x]
            out[y, x, 1] = mixed[1, x]


@inlined()
def _in_sight(barrier: Mask, y: float, x: float, to_y: float, to_x: float) -> bool:
    """Whether no barrier pixel lies on the line, looked at every half pixel."""
    steps = int(2 * max(abs(to_y - y), abs(to_x - x))) + 1
    for n in range(steps + 1):
        i = min(max(math.floor(y + (to_y - y) * n / steps), 0), barrier.shape[0] - 1)
        j = min(max(math.floor(x + (to_x - x) * n / steps), 0), barrier.shape[1] - 1)
        if barrier[i, j]:
            return False
    return True


@kernel()
def _upsample_in_sight(
    chroma: Chroma,
    coarse: Plane,
    fine: Plane,
    coarse_barrier: Mask,
    barrier: Mask,
    near: Mask,
    out: Chroma,
) -> None:
    h, w = coarse.shape
    height, width = fine.shape
    for y in range(height):
        for x in range(width):
            if not near[y, x] or barrier[y, x]:
                continue
            cy, cx = (y + 0.5) * h / height - 0.5, (x + 0.5) * w / width - 0.5
            total, a, b = 0.0, 0.0, 0.0
            for j in range(max(math.floor(cy) - 1, 0), min(math.floor(cy) + 3, h)):
                for i in range(max(math.floor(cx) - 1, 0), min(math.floor(cx) + 3, w)):
                    to_y, to_x = (j + 0.5) * height / h, (i + 0.5) * width / w
                    if coarse_barrier[j, i] or not _in_sight(barrier, y + 0.5, x + 0.5, to_y, to_x):
                        continue
                    part = (1 - abs(j - cy) / 2) * (1 - abs(i - cx) / 2)
                    part = (part * part + 1e-9) * (_likeness(fine[y, x], coarse[j, i]) + 1e-6)
                    total += part
                    a += part * chroma[j, i, 0]
                    b += part * chroma[j, i, 1]
            out[y, x, 0] = a / total if total > 0 else 0.0
            out[y, x, 1] = b / total if total > 0 else 0.0
