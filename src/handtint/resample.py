"""Between grids: area averaging down, lightness-guided interpolation up, hints along with them.

Grids cover the same picture: the pixel (y, x) of a grid of (h, w) covers the rows [y / h,
(y + 1) / h) and the columns [x / w, (x + 1) / w) of it, so nothing shifts, at any size.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import distance_transform_cdt

from handtint.jit import inlined, kernel
from handtint.types import Chroma, HintMap, Mask, Plane

RANGE = np.float32(3.0)
"""Lightness difference at which `joint_upsample` gives a quarter of the weight, in percent."""

HARD_COVER = 0.25
"""Part of a pixel that hard hints must cover so that the pixel is a hard hint after reduction."""


def fit(shape: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Shape with the proportions of ``shape`` whose long side is at most ``long_side``."""
    h, w = shape
    scale = min(1.0, long_side / max(h, w))
    return max(1, round(h * scale)), max(1, round(w * scale))


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
    weighted = np.empty((3, *hints.shape), np.float32)
    _weighted_hints(hints.chroma, hints.weight, weighted)
    weight = reduce_area(hints.weight, shape)
    first, second, hard = (reduce_area(plane, shape) for plane in weighted)
    chroma = np.stack((first, second), axis=2)
    chroma /= np.maximum(weight, np.float32(1e-6))[..., None]
    return HintMap(
        chroma=chroma,
        weight=np.where(hard >= HARD_COVER, np.float32(1), np.minimum(weight, np.float32(0.9))),
        barrier=_reduce_any(hints.barrier, shape),
        ignore=_reduce_most(hints.ignore, shape),
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
def _weighted_hints(chroma: Chroma, weight: Plane, out: Chroma) -> None:
    """Chroma times weight, and 1 where a hint is hard, as three planes."""
    h, w = weight.shape
    for y in range(h):
        for x in range(w):
            out[0, y, x] = chroma[y, x, 0] * weight[y, x]
            out[1, y, x] = chroma[y, x, 1] * weight[y, x]
            out[2, y, x] = weight[y, x] >= 1


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


@inlined()
def _likeness(a: np.float32, b: np.float32) -> np.float32:
    d = (a - b) / RANGE
    q = np.float32(1) / (np.float32(1) + d * d)
    likeness: np.float32 = q * q
    return likeness


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
    for y in range(fine.shape[0]):
        position = (y + first + 0.5) * h / full - 0.5
        at = math.floor(position)
        down = np.float32(position - at)
        y0, y1 = max(at, 0), min(at + 1, h - 1)
        up = np.float32(1) - down
        for x in range(width):
            value, x0, x1 = fine[y, x], left[x], right[x]
            f1 = share[x]
            f0 = np.float32(1) - f1
            a = up * f0 * (_likeness(value, coarse[y0, x0]) + tiny)
            b = up * f1 * (_likeness(value, coarse[y0, x1]) + tiny)
            c = down * f0 * (_likeness(value, coarse[y1, x0]) + tiny)
            d = down * f1 * (_likeness(value, coarse[y1, x1]) + tiny)
            scale = np.float32(1) / (a + b + c + d)
            for k in range(2):
                out[y, x, k] = scale * (
                    a * chroma[y0, x0, k]
                    + b * chroma[y0, x1, k]
                    + c * chroma[y1, x0, k]
                    + d * chroma[y1, x1, k]
                )


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
