"""Kernels between two multigrid levels: interpolation weights, Galerkin product, transfer.

The fine pixel (2I, 2J) is the coarse pixel (I, J). ``up[n, I, J]`` is the weight with which the
coarse pixel enters its n-th fine neighbour: 0 north, 1 south, 2 west, 3 east, 4 north-west,
5 north-east, 6 south-west, 7 south-east. All planes are padded by one ring; see `multigrid` for
the method.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from handtint.jit import kernel

Planes = NDArray[np.float32]


@kernel()
def interpolation(weights: Planes, diagonal: Planes, up: Planes, h: int, w: int) -> None:
    """Fill ``up`` from a fine operator of ``(h, w)`` pixels.

    A pixel between two kept ones in a row: its couplings are added up over the column,
    ``p_west = sum of w to the west / (sum west + sum east + rest)``, where the rest is what the
    diagonal holds beyond all couplings (hints); likewise in a column. A side without a coupling in
    the row itself counts for nothing: a barrier may be there, and what barriers part has to stay
    apart on all levels, or a region without hints gets errors that nothing can take back. A pixel
    in the middle of four takes the values that its own equation gives it. A held pixel has no error
    to interpolate: its weights are 0.
    """
    tiny = np.float32(1e-12)
    zero = np.float32(0)
    rows, columns = up.shape[1] - 2, up.shape[2] - 2
    for i in range(rows):
        y = 2 * i + 1
        for j in range(columns):
            x = 2 * j + 1
            q = x + 1
            d = diagonal[y, q]
            if 2 * j + 1 < w and d > 0:
                west = weights[0, y, q - 1] + weights[2, y - 1, q - 1] + weights[3, y, q]
                east = weights[0, y, q] + weights[2, y, q] + weights[3, y - 1, q + 1]
                rest = d - west - east - weights[1, y - 1, q] - weights[1, y, q]
                west = west if weights[0, y, q - 1] != 0 else zero
                east = east if weights[0, y, q] != 0 else zero
                total = west + east + max(rest, zero)
                if total > tiny:
                    up[3, i + 1, j + 1] = west / total if diagonal[y, x] > 0 else zero
                    up[2, i + 1, j + 2] = east / total if diagonal[y, q + 1] > 0 else zero
            q = y + 1
            d = diagonal[q, x]
            if 2 * i + 1 < h and d > 0:
                north = weights[1, q - 1, x] + weights[2, q - 1, x - 1] + weights[3, q - 1, x + 1]
                south = weights[1, q, x] + weights[2, q, x] + weights[3, q, x]
                rest = d - north - south - weights[0, q, x - 1] - weights[0, q, x]
                north = north if weights[1, q - 1, x] != 0 else zero
                south = south if weights[1, q, x] != 0 else zero
                total = north + south + max(rest, zero)
                if total > tiny:
                    up[1, i + 1, j + 1] = north / total if diagonal[y, x] > 0 else zero
                    up[0, i + 2, j + 1] = south / total if diagonal[q + 1, x] > 0 else zero
    for i in range(rows):
        y = 2 * i + 2
        for j in range(columns):
            x = 2 * j + 2
            d = diagonal[y, x]
            if 2 * i + 1 >= h or 2 * j + 1 >= w or d <= 0:
                continue
            north, south = weights[1, y - 1, x], weights[1, y, x]
            west, east = weights[0, y, x - 1], weights[0, y, x]
            if diagonal[y - 1, x - 1] > 0:
                up[7, i + 1, j + 1] = (
                    weights[2, y - 1, x - 1]
                    + north * up[3, i + 1, j + 1]
                    + west * up[1, i + 1, j + 1]
                ) / d
            if diagonal[y - 1, x + 1] > 0:
                up[6, i + 1, j + 2] = (
                    weights[3, y - 1, x + 1]
                    + north * up[2, i + 1, j + 2]
                    + east * up[1, i + 1, j + 2]
                ) / d
            if diagonal[y + 1, x - 1] > 0:
                up[5, i + 2, j + 1] = (
                    weights[3, y, x] + south * up[3, i + 2, j + 1] + west * up[0, i + 2, j + 1]
                ) / d
            if diagonal[y + 1, x + 1] > 0:
                up[4, i + 2, j + 2] = (
                    weights[2, y, x] + south * up[2, i + 2, j + 2] + east * up[0, i + 2, j + 2]
                ) / d


@kernel()
def galerkin(
    weights: Planes,
    diagonal: Planes,
    up: Planes,
    coarse_weights: Planes,
    coarse_diagonal: Planes,
) -> None:
    """Coarse operator ``P^T A P``.

    For each coarse pixel its column of P (3x3 fine pixels) is multiplied by A (5x5 fine pixels),
    then by the columns of the coarse pixel itself and of its four later neighbours.
    """
    zero, one = np.float32(0), np.float32(1)
    hp, wp = diagonal.shape
    rows, columns = up.shape[1] - 2, up.shape[2] - 2
    p = np.zeros((3, 3), np.float32)
    v = np.zeros((5, 5), np.float32)
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            y0, x0 = 2 * i - 2, 2 * j - 2
            p[1, 1] = one if diagonal[y0 + 1, x0 + 1] > 0 else zero
            p[0, 1], p[2, 1] = up[0, i, j], up[1, i, j]
            p[1, 0], p[1, 2] = up[2, i, j], up[3, i, j]
            p[0, 0], p[0, 2] = up[4, i, j], up[5, i, j]
            p[2, 0], p[2, 2] = up[6, i, j], up[7, i, j]
            v[:] = 0
            for a in range(3):
                y = y0 + a
                if y < 1 or y >= hp - 1:
                    continue
                for b in range(3):
                    x = x0 + b
                    g = p[a, b]
                    if g == 0 or x < 1 or x >= wp - 1:
                        continue
                    v[a + 1, b + 1] += diagonal[y, x] * g
                    v[a + 1, b + 2] -= weights[0, y, x] * g
                    v[a + 1, b] -= weights[0, y, x - 1] * g
                    v[a + 2, b + 1] -= weights[1, y, x] * g
                    v[a, b + 1] -= weights[1, y - 1, x] * g
                    v[a + 2, b + 2] -= weights[2, y, x] * g
                    v[a, b] -= weights[2, y - 1, x - 1] * g
                    v[a + 2, b] -= weights[3, y, x] * g
                    v[a, b + 2] -= weights[3, y - 1, x + 1] * g
            total = zero
            for a in range(3):
                for b in range(3):
                    total += p[a, b] * v[a + 1, b + 1]
            coarse_diagonal[i, j] = total
            if j < columns:
                centre = one if diagonal[y0 + 1, x0 + 3] > 0 else zero
                coarse_weights[0, i, j] = -(
                    centre * v[2, 4]
                    + up[0, i, j + 1] * v[1, 4]
                    + up[1, i, j + 1] * v[3, 4]
                    + up[2, i, j + 1] * v[2, 3]
                    + up[4, i, j + 1] * v[1, 3]
                    + up[6, i, j + 1] * v[3, 3]
                )
            if i == rows:
                continue
            centre = one if diagonal[y0 + 3, x0 + 1] > 0 else zero
            coarse_weights[1, i, j] = -(
                centre * v[4, 2]
                + up[2, i + 1, j] * v[4, 1]
                + up[3, i + 1, j] * v[4, 3]
                + up[0, i + 1, j] * v[3, 2]
                + up[4, i + 1, j] * v[3, 1]
                + up[5, i + 1, j] * v[3, 3]
            )
            if j < columns:
                centre = one if diagonal[y0 + 3, x0 + 3] > 0 else zero
                coarse_weights[2, i, j] = -(
                    centre * v[4, 4]
                    + up[0, i + 1, j + 1] * v[3, 4]
                    + up[2, i + 1, j + 1] * v[4, 3]
                    + up[4, i + 1, j + 1] * v[3, 3]
                )
            if j > 1:
                centre = one if diagonal[y0 + 3, x0 - 1] > 0 else zero
                coarse_weights[3, i, j] = -(
                    centre * v[4, 0]
                    + up[0, i + 1, j - 1] * v[3, 0]
                    + up[3, i + 1, j - 1] * v[4, 1]
                    + up[5, i + 1, j - 1] * v[3, 1]
                )


@kernel()
def restrict(fine: Planes, up: Planes, coarse: Planes, rows: int, columns: int) -> None:
    """``coarse = P^T fine``, both channels; held pixels of ``fine`` must be 0."""
    for channel in range(2):
        for i in range(1, rows + 1):
            y = 2 * i - 1
            for j in range(1, columns + 1):
                x = 2 * j - 1
                coarse[channel, i, j] = (
                    fine[channel, y, x]
                    + up[0, i, j] * fine[channel, y - 1, x]
                    + up[1, i, j] * fine[channel, y + 1, x]
                    + up[2, i, j] * fine[channel, y, x - 1]
                    + up[3, i, j] * fine[channel, y, x + 1]
                    + up[4, i, j] * fine[channel, y - 1, x - 1]
                    + up[5, i, j] * fine[channel, y - 1, x + 1]
                    + up[6, i, j] * fine[channel, y + 1, x - 1]
                    + up[7, i, j] * fine[channel, y + 1, x + 1]
                )


@kernel()
def prolong_add(fine: Planes, up: Planes, coarse: Planes, inverse: Planes) -> None:
    """``fine += P coarse``, both channels; held pixels (``inverse`` 0) stay as they are."""
    rows, columns = up.shape[1] - 2, up.shape[2] - 2
    for channel in range(2):
        for i in range(1, rows + 1):
            y = 2 * i - 1
            for j in range(1, columns + 1):
                x = 2 * j - 1
                here = coarse[channel, i, j]
                if inverse[y, x] > 0:
                    fine[channel, y, x] += here
                fine[channel, y, x + 1] += up[3, i, j] * here + (
                    up[2, i, j + 1] * coarse[channel, i, j + 1]
                )
                fine[channel, y + 1, x] += up[1, i, j] * here + (
                    up[0, i + 1, j] * coarse[channel, i + 1, j]
                )
                fine[channel, y + 1, x + 1] += (
                    up[7, i, j] * here
                    + up[6, i, j + 1] * coarse[channel, i, j + 1]
                    + up[5, i + 1, j] * coarse[channel, i + 1, j]
                    + up[4, i + 1, j + 1] * coarse[channel, i + 1, j + 1]
                )
