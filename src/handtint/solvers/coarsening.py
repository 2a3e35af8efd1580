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
    direct: tuple[np.float32, np.float32],
    towards: np.float32,
    away: np.float32,
    beside: np.float32,
    first: np.float32,
    here: np.float32,
    second: np.float32,
) -> tuple[np.float32, np.float32]:
    """Weights of two kept pixels in the one between them, from its couplings and the diagonals."""
    zero = np.float32(0)
    rest = max(here - towards - away - beside, zero)
    # No coupling in the line itself: a barrier may be there, and has to part all levels.
    towards = towards if direct[0] != 0 else zero
    away = away if direct[1] != 0 else zero
    total = towards + away + rest
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
    for i in range(max(top, 1), bottom):
        y = 2 * i - 1
        for j in range(max(left, 1), right):
            x = 2 * j - 1
            if x < w:
                up[3, i, j], up[2, i, j + 1] = _between(
                    (weights[0, y, x], weights[0, y, x + 1]),
                    weights[0, y, x] + weights[2, y - 1, x] + weights[3, y, x + 1],
                    weights[0, y, x + 1] + weights[2, y, x + 1] + weights[3, y - 1, x + 2],
                    weights[1, y - 1, x + 1] + weights[1, y, x + 1],
                    diagonal[y, x],
                    diagonal[y, x + 1],
                    diagonal[y, x + 2],
                )
            if y < h:
                up[1, i, j], up[0, i + 1, j] = _between(
                    (weights[1, y, x], weights[1, y + 1, x]),
                    weights[1, y, x] + weights[2, y, x - 1] + weights[3, y, x + 1],
                    weights[1, y + 1, x] + weights[2, y + 1, x] + weights[3, y + 1, x],
                    weights[0, y + 1, x - 1] + weights[0, y + 1, x],
                    diagonal[y, x],
                    diagonal[y + 1, x],
                    diagonal[y + 2, x],
                )
    for i in range(max(top, 1), bottom):
        y = 2 * i
        for j in range(max(left, 1), right):
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

    For each coarse pixel its column of P (3x3 fine pixels: ``c`` in the middle, ``n``, ``ne``, ...
    around it) is multiplied by A, and the product ``u`` (5x5 fine pixels) by the columns of the
    coarse pixel itself and of its four later neighbours. In the pixels in the middle of four
    ``u`` is 0, for that is how their interpolation weights are made; they are left out.
    """
    zero, one = np.float32(0), np.float32(1)
    top, bottom, left, right = window
    for i in range(max(top, 1), bottom):
        y = 2 * i - 1
        for j in range(max(left, 1), right):
            x = 2 * j - 1
            far = max(x - 2, 0)  # in the ring of zeros on the left side of the picture
            c = one if diagonal[y, x] > 0 else zero
            n, s, w, e = up[0, i, j], up[1, i, j], up[2, i, j], up[3, i, j]
            nw, ne, sw, se = up[4, i, j], up[5, i, j], up[6, i, j], up[7, i, j]
            u_c = (
                diagonal[y, x] * c
                - (weights[0, y, x] * e + weights[0, y, x - 1] * w)
                - (weights[1, y, x] * s + weights[1, y - 1, x] * n)
                - (weights[2, y, x] * se + weights[2, y - 1, x - 1] * nw)
                - (weights[3, y, x] * sw + weights[3, y - 1, x + 1] * ne)
            )
            u_n = diagonal[y - 1, x] * n - (
                weights[0, y - 1, x] * ne
                + weights[0, y - 1, x - 1] * nw
                + weights[1, y - 1, x] * c
                + weights[2, y - 1, x] * e
                + weights[3, y - 1, x] * w
            )
            u_s = diagonal[y + 1, x] * s - (
                weights[0, y + 1, x] * se
                + weights[0, y + 1, x - 1] * sw
                + weights[1, y, x] * c
                + weights[2, y, x - 1] * w
                + weights[3, y, x + 1] * e
            )
            u_w = diagonal[y, x - 1] * w - (
                weights[0, y, x - 1] * c
                + weights[1, y, x - 1] * sw
                + weights[1, y - 1, x - 1] * nw
                + weights[2, y, x - 1] * s
                + weights[3, y - 1, x] * n
            )
            u_e = diagonal[y, x + 1] * e - (
                weights[0, y, x] * c
                + weights[1, y, x + 1] * se
                + weights[1, y - 1, x + 1] * ne
                + weights[2, y - 1, x] * n
                + weights[3, y, x + 1] * s
            )
            coarse_diagonal[i, j] = c * u_c + n * u_n + s * u_s + w * u_w + e * u_e
            # From here on -u, in the pixels that only the neighbours' columns share with it.
            v_s = weights[1, y + 1, x] * s + weights[2, y + 1, x - 1] * sw
            v_s += weights[3, y + 1, x + 1] * se
            v_sw = weights[1, y + 1, x - 1] * sw + weights[3, y + 1, x] * s
            v_se = weights[1, y + 1, x + 1] * se + weights[2, y + 1, x] * s
            v_e = weights[0, y, x + 1] * e + weights[2, y - 1, x + 1] * ne
            v_e += weights[3, y, x + 2] * se
            v_ne = weights[0, y - 1, x + 1] * ne + weights[3, y - 1, x + 2] * e
            v_es = weights[0, y + 1, x + 1] * se + weights[2, y, x + 1] * e
            v_ws = weights[0, y + 1, far] * sw + weights[3, y, x - 1] * w
            east = one if diagonal[y, x + 2] > 0 else zero
            south = one if diagonal[y + 2, x] > 0 else zero
            south_east = one if diagonal[y + 2, x + 2] > 0 else zero
            south_west = one if diagonal[y + 2, far] > 0 else zero
            coarse_weights[0, i, j] = (
                east * v_e + up[0, i, j + 1] * v_ne + up[1, i, j + 1] * v_es - up[2, i, j + 1] * u_e
            )
            coarse_weights[1, i, j] = (
                south * v_s
                + up[2, i + 1, j] * v_sw
                + up[3, i + 1, j] * v_se
                - up[0, i + 1, j] * u_s
            )
            coarse_weights[2, i, j] = (
                south_east * weights[2, y + 1, x + 1] * se
                + up[0, i + 1, j + 1] * v_es
                + up[2, i + 1, j + 1] * v_se
            )
            coarse_weights[3, i, j] = (
                south_west * weights[3, y + 1, x - 1] * sw
                + up[0, i + 1, j - 1] * v_ws
                + up[3, i + 1, j - 1] * v_sw
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
    for y in range(0, hp + 2, 2):
        if y < hp - 2:
            _prolong_row(x, up, coarse, inverse, y // 2 + 1)
        for top in (y, y - 2):
            if not 2 <= top <= hp - 2:
                continue
            for at in (top, top - 1):
                relax_row(weights, inverse, b, x, at, row)
