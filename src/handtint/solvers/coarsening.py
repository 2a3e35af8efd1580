"""Kernels between two multigrid levels: interpolation weights, Galerkin product, transfer.

The fine pixel (2I, 2J) is the coarse pixel (I, J). ``up[n, I, J]`` is the weight with which the
coarse pixel enters its n-th fine neighbour: 0 north, 1 south, 2 west, 3 east, 4 north-west,
5 north-east, 6 south-west, 7 south-east. All planes are padded by one ring; see `multigrid` for
the method.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from handtint.jit import inlined, kernel
from handtint.solvers.stencil import relax_row, residual_row

Planes = NDArray[np.float32]

TINY = np.float32(1e-12)
"""A diagonal of at most this much is none: the pixel has no coupling and no hint."""


Window: TypeAlias = tuple[int, int, int, int]
"""Rows [top, bottom) and columns [left, right) of padded planes: (top, bottom, left, right)."""


@kernel()
def differing(old: Planes, new: Planes) -> Window:
    """The smallest window outside which two planes are equal; an empty one if they are."""
    hp, wp = old.shape
    top, bottom, left, right = hp, 0, wp, 0
    for y in range(hp):
        count = 0
        for x in range(wp):
            count += old[y, x] != new[y, x]
        if count == 0:
            continue
        top, bottom = min(top, y), y + 1
        for x in range(wp):
            if old[y, x] != new[y, x]:
                left, right = min(left, x), max(right, x + 1)
    return top, bottom, left, right


@kernel()
def invert(diagonal: Planes, inverse: Planes, window: Window) -> None:
    """``inverse = 1 / diagonal`` in a window, 0 where there is no unknown."""
    top, bottom, left, right = window
    for y in range(top, bottom):
        for x in range(left, right):
            d = diagonal[y, x]
            inverse[y, x] = np.float32(1) / d if d > TINY else np.float32(0)


@inlined()
def _between(
    towards: np.float32,
    away: np.float32,
    beside: np.float32,
    first: np.float32,
    here: np.float32,
    second: np.float32,
) -> tuple[np.float32, np.float32]:
    """Weights of two kept pixels in the one between them, from its couplings and the diagonals."""
    zero = np.float32(0)
    total = towards + away + max(here - towards - away - beside, zero)
    scale = np.float32(1) / total if here > 0 and total > TINY else zero
    return towards * scale if first > 0 else zero, away * scale if second > 0 else zero


@inlined()
def _middle(value: np.float32, diagonal: np.float32) -> np.float32:
    kept: np.float32 = value if diagonal > 0 else np.float32(0)
    return kept


@kernel()
def interpolation(
    weights: Planes, diagonal: Planes, up: Planes, shape: tuple[int, int], window: Window
) -> None:
    """Fill ``up`` in a window, from a fine operator of ``shape`` pixels.

    A pixel between two kept ones in a row: its couplings are added up over the column,
    ``p_west = sum of w to the west / (sum west + sum east + rest)``, where the rest is what the
    diagonal holds beyond all couplings (hints); likewise in a column. A pixel in the middle of
    four takes the values that its own equation gives it. A held pixel has no error to interpolate:
    its weights are 0. Filled are the weights of the fine pixels to the east, south and south-east
    of the coarse pixels in the window.
    """
    h, w = shape
    top, bottom, left, right = window
    for i in range(top, bottom):
        y = 2 * i - 1
        for j in range(left, right):
            x = 2 * j - 1
            if x < w:
                up[3, i, j], up[2, i, j + 1] = _between(
                    weights[0, y, x] + weights[2, y - 1, x] + weights[3, y, x + 1],
                    weights[0, y, x + 1] + weights[2, y, x + 1] + weights[3, y - 1, x + 2],
                    weights[1, y - 1, x + 1] + weights[1, y, x + 1],
                    diagonal[y, x],
                    diagonal[y, x + 1],
                    diagonal[y, x + 2],
                )
            if y < h:
                up[1, i, j], up[0, i + 1, j] = _between(
                    weights[1, y, x] + weights[2, y, x - 1] + weights[3, y, x + 1],
                    weights[1, y + 1, x] + weights[2, y + 1, x] + weights[3, y + 1, x],
                    weights[0, y + 1, x - 1] + weights[0, y + 1, x],
                    diagonal[y, x],
                    diagonal[y + 1, x],
                    diagonal[y + 2, x],
                )
    for i in range(top, bottom):
        y = 2 * i
        for j in range(left, right):
            x = 2 * j
            d = diagonal[y, x]
            scale = np.float32(1) / d if y <= h and x <= w and d > 0 else np.float32(0)
            north, south = weights[1, y - 1, x], weights[1, y, x]
            west, east = weights[0, y, x - 1], weights[0, y, x]
            up[7, i, j] = _middle(
                scale * (weights[2, y - 1, x - 1] + north * up[3, i, j] + west * up[1, i, j]),
                diagonal[y - 1, x - 1],
            )
            up[6, i, j + 1] = _middle(
                scale
                * (weights[3, y - 1, x + 1] + north * up[2, i, j + 1] + east * up[1, i, j + 1]),
                diagonal[y - 1, x + 1],
            )
            up[5, i + 1, j] = _middle(
                scale * (weights[3, y, x] + south * up[3, i + 1, j] + west * up[0, i + 1, j]),
                diagonal[y + 1, x - 1],
            )
            up[4, i + 1, j + 1] = _middle(
                scale
                * (weights[2, y, x] + south * up[2, i + 1, j + 1] + east * up[0, i + 1, j + 1]),
                diagonal[y + 1, x + 1],
            )


@kernel()
def galerkin(
    weights: Planes,
    diagonal: Planes,
    up: Planes,
    coarse_weights: Planes,
    coarse_diagonal: Planes,
    window: Window,
) -> None:
    """Coarse operator ``P^T A P``, in a window of the coarse planes.

    For each coarse pixel its column of P (3x3 fine pixels) is multiplied by A (5x5 fine pixels),
    then by the columns of the coarse pixel itself and of its four later neighbours.
    """
    zero, one = np.float32(0), np.float32(1)
    hp, wp = diagonal.shape
    rows, columns = up.shape[1] - 2, up.shape[2] - 2
    p = np.zeros((3, 3), np.float32)
    v = np.zeros((5, 5), np.float32)
    top, bottom, left, right = window
    for i in range(top, bottom):
        for j in range(left, right):
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


@inlined()
def _restrict_row(
    above: Planes, here: Planes, below: Planes, up: Planes, coarse: Planes, channel: int, i: int
) -> None:
    """Row i of ``P^T fine``, from the three rows of one channel that it needs."""
    for j in range(1, up.shape[2] - 1):
        x = 2 * j - 1
        coarse[channel, i, j] = (
            here[x]
            + up[0, i, j] * above[x]
            + up[1, i, j] * below[x]
            + up[2, i, j] * here[x - 1]
            + up[3, i, j] * here[x + 1]
            + up[4, i, j] * above[x - 1]
            + up[5, i, j] * above[x + 1]
            + up[6, i, j] * below[x - 1]
            + up[7, i, j] * below[x + 1]
        )


@kernel()
def restrict(fine: Planes, up: Planes, coarse: Planes) -> None:
    """``coarse = P^T fine``, both channels; held pixels of ``fine`` must be 0."""
    for i in range(1, up.shape[1] - 1):
        for channel in range(2):
            above, here, below = (
                fine[channel, 2 * i - 2],
                fine[channel, 2 * i - 1],
                fine[channel, 2 * i],
            )
            _restrict_row(above, here, below, up, coarse, channel, i)


@kernel()
def restrict_residual(
    weights: Planes, diagonal: Planes, b: Planes, x: Planes, up: Planes, coarse: Planes
) -> None:
    """``coarse = P^T (b - A x)``; the residual itself never goes to memory."""
    rows = np.zeros((2, 3, diagonal.shape[1]), np.float32)
    for i in range(1, up.shape[1] - 1):
        for channel in range(2):
            above, here, below = rows[channel, 0], rows[channel, 1], rows[channel, 2]
            above[:] = below
            residual_row(weights, diagonal, b, x, channel, 2 * i - 1, here)
            residual_row(weights, diagonal, b, x, channel, 2 * i, below)
            _restrict_row(above, here, below, up, coarse, channel, i)


@inlined()
def _prolong_row(fine: Planes, up: Planes, coarse: Planes, inverse: Planes, i: int) -> None:
    """Add row i of the coarse pixels and what lies between it and the next to ``fine``."""
    y = 2 * i - 1
    for channel in range(2):
        for j in range(1, up.shape[2] - 1):
            x = 2 * j - 1
            here, right = coarse[channel, i, j], coarse[channel, i, j + 1]
            kept = here if inverse[y, x] > 0 else np.float32(0)
            fine[channel, y, x] += kept
            fine[channel, y, x + 1] += up[3, i, j] * here + up[2, i, j + 1] * right
        for j in range(1, up.shape[2] - 1):
            x = 2 * j - 1
            here, right = coarse[channel, i, j], coarse[channel, i, j + 1]
            low, low_right = coarse[channel, i + 1, j], coarse[channel, i + 1, j + 1]
            fine[channel, y + 1, x] += up[1, i, j] * here + up[0, i + 1, j] * low
            fine[channel, y + 1, x + 1] += (
                up[7, i, j] * here
                + up[6, i, j + 1] * right
                + up[5, i + 1, j] * low
                + up[4, i + 1, j + 1] * low_right
            )


@kernel()
def prolong_add(fine: Planes, up: Planes, coarse: Planes, inverse: Planes) -> None:
    """``fine += P coarse``, both channels; held pixels (``inverse`` 0) stay as they are."""
    for i in range(1, up.shape[1] - 1):
        _prolong_row(fine, up, coarse, inverse, i)


@kernel()
def prolong_smooth(
    weights: Planes, inverse: Planes, b: Planes, x: Planes, up: Planes, coarse: Planes
) -> None:
    """``x += P coarse``, then two sweeps in place, even storage rows before odd ones.

    The sweeps are the adjoint of `handtint.solvers.stencil.smooth_forward`. A row is relaxed as
    soon as the rows around it are interpolated.
    """
    hp, wp = inverse.shape
    row = np.empty(wp, np.float32)
    _prolong_row(x, up, coarse, inverse, 1)
    for y in range(2, hp + 2, 2):
        if y < hp - 2:
            _prolong_row(x, up, coarse, inverse, y // 2 + 1)
        for sweep in range(2):
            top = y - 2 * sweep
            if 2 <= top <= hp - 2:
                relax_row(weights, inverse, b, x, top, row)
                relax_row(weights, inverse, b, x, top - 1, row)
