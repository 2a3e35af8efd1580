"""Kernels of the operator A = D - W on padded planes: product, residual, smoothing.

``A`` is symmetric positive semi-definite. Rows where the diagonal is 0 are not unknowns (hints
that are held, padding): the kernels keep them at zero, so a held pixel needs no other treatment.
Both chroma channels go through together, because the weights, not the unknowns, are what has to
be fetched from memory.

The smoother visits the rows as red-black Gauss-Seidel does, even rows and then odd ones, with
damped Jacobi inside a row. So it is a Gauss-Seidel method for two thirds of the couplings and
still has no dependency along the row, where the machine's vector units work.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from handtint.jit import inlined, kernel

DAMPING = np.float32(0.9)

Planes = NDArray[np.float32]


@inlined()
def _coupling(weights: Planes, x: Planes, channel: int, y: int, q: int) -> np.float32:
    total: np.float32 = (
        weights[0, y, q] * x[channel, y, q + 1]
        + weights[0, y, q - 1] * x[channel, y, q - 1]
        + weights[1, y, q] * x[channel, y + 1, q]
        + weights[1, y - 1, q] * x[channel, y - 1, q]
        + weights[2, y, q] * x[channel, y + 1, q + 1]
        + weights[2, y - 1, q - 1] * x[channel, y - 1, q - 1]
        + weights[3, y, q] * x[channel, y + 1, q - 1]
        + weights[3, y - 1, q + 1] * x[channel, y - 1, q + 1]
    )
    return total


@kernel()
def multiply(weights: Planes, diagonal: Planes, x: Planes, out: Planes) -> NDArray[np.float64]:
    """``out = A x``, both channels; returns ``x . A x``, summed in double precision."""
    _, hp, wp = weights.shape
    total = np.zeros(2, np.float64)
    for y in range(1, hp - 1):
        for channel in range(2):
            for q in range(1, wp - 1):
                free = diagonal[y, q] > 0
                value = diagonal[y, q] * x[channel, y, q] - _coupling(weights, x, channel, y, q)
                out[channel, y, q] = value if free else np.float32(0)
            row = np.float32(0)
            for q in range(1, wp - 1):
                row += x[channel, y, q] * out[channel, y, q]
            total[channel] += row
    return total


@inlined()
def residual_row(
    weights: Planes, diagonal: Planes, b: Planes, x: Planes, channel: int, y: int, row: Planes
) -> None:
    """``row`` = row y of one channel of ``b - A x``."""
    for q in range(1, diagonal.shape[1] - 1):
        free = diagonal[y, q] > 0
        value = (
            b[channel, y, q]
            - diagonal[y, q] * x[channel, y, q]
            + _coupling(weights, x, channel, y, q)
        )
        row[q] = value if free else np.float32(0)


@kernel()
def residual(weights: Planes, diagonal: Planes, b: Planes, x: Planes, out: Planes) -> None:
    """``out = b - A x``, both channels."""
    for y in range(1, diagonal.shape[0] - 1):
        for channel in range(2):
            residual_row(weights, diagonal, b, x, channel, y, out[channel, y])


@inlined()
def relax_row(weights: Planes, inverse: Planes, b: Planes, x: Planes, y: int, row: Planes) -> None:
    """One damped Jacobi step inside row y, in place.

    The new row stands in ``row`` first, whose separate storage lets the compiler vectorise.
    """
    wp = inverse.shape[1]
    for channel in range(2):
        for q in range(1, wp - 1):
            target = inverse[y, q] * (b[channel, y, q] + _coupling(weights, x, channel, y, q))
            row[q] = x[channel, y, q] + DAMPING * (target - x[channel, y, q])
        for q in range(1, wp - 1):
            x[channel, y, q] = row[q]


@inlined()
def _first_row(weights: Planes, inverse: Planes, b: Planes, x: Planes, y: int, row: Planes) -> None:
    """`relax_row` where row y of ``x`` counts as zero: its upper and lower neighbours remain."""
    wp = inverse.shape[1]
    for channel in range(2):
        for q in range(1, wp - 1):
            across = (
                weights[1, y, q] * x[channel, y + 1, q]
                + weights[1, y - 1, q] * x[channel, y - 1, q]
                + weights[2, y, q] * x[channel, y + 1, q + 1]
                + weights[2, y - 1, q - 1] * x[channel, y - 1, q - 1]
                + weights[3, y, q] * x[channel, y + 1, q - 1]
                + weights[3, y - 1, q + 1] * x[channel, y - 1, q + 1]
            )
            row[q] = DAMPING * inverse[y, q] * (b[channel, y, q] + across)
        for q in range(1, wp - 1):
            x[channel, y, q] = row[q]


@kernel()
def smooth_forward(weights: Planes, inverse: Planes, b: Planes, x: Planes) -> None:
    """Two sweeps from zero, each over the odd storage rows and then the even ones.

    What ``x`` holds inside its ring of zeros is not read. ``inverse`` is 1 / diagonal, 0 where
    there is no unknown; there ``x`` becomes 0. Row y - 1 is relaxed as soon as rows y - 2 and y
    are, and the second sweep follows two rows behind the first: the same result as four passes
    over the picture, for one pass through memory.
    """
    hp, wp = inverse.shape
    row = np.empty(wp, np.float32)
    for y in range(1, hp + 2, 2):
        if y <= hp - 2:
            for channel in range(2):
                for q in range(1, wp - 1):
                    x[channel, y, q] = DAMPING * inverse[y, q] * b[channel, y, q]
        if 2 <= y - 1 <= hp - 2:
            _first_row(weights, inverse, b, x, y - 1, row)
        for top in (y - 2, y - 3):
            if 1 <= top <= hp - 2:
                relax_row(weights, inverse, b, x, top, row)


@kernel()
def degree(weights: Planes, out: Planes) -> None:
    """``out`` = sum of the weights of the edges at each pixel, on padded planes."""
    _, hp, wp = weights.shape
    for y in range(1, hp - 1):
        for x in range(1, wp - 1):
            out[y, x] = (
                weights[0, y, x]
                + weights[0, y, x - 1]
                + weights[1, y, x]
                + weights[1, y - 1, x]
                + weights[2, y, x]
                + weights[2, y - 1, x - 1]
                + weights[3, y, x]
                + weights[3, y - 1, x + 1]
            )


@kernel()
def dot(a: Planes, b: Planes) -> NDArray[np.float64]:
    """Scalar products of two pairs of channels: two numbers, summed in double precision."""
    _, hp, wp = a.shape
    total = np.zeros(2, np.float64)
    for channel in range(2):
        for y in range(hp):
            row = np.float32(0)
            for q in range(wp):
                row += a[channel, y, q] * b[channel, y, q]
            total[channel] += row
    return total


@kernel()
def step(x: Planes, r: Planes, p: Planes, ap: Planes, alpha: Planes) -> NDArray[np.float64]:
    """``x += alpha p`` and ``r -= alpha A p`` in one pass; returns the new ``r . r``."""
    _, hp, wp = x.shape
    total = np.zeros(2, np.float64)
    for channel in range(2):
        a = alpha[channel]
        for y in range(hp):
            row = np.float32(0)
            for q in range(wp):
                x[channel, y, q] += a * p[channel, y, q]
                value = r[channel, y, q] - a * ap[channel, y, q]
                r[channel, y, q] = value
                row += value * value
            total[channel] += row
    return total


@kernel()
def turn(p: Planes, z: Planes, beta: Planes) -> None:
    """``p = z + beta p``: the next search direction."""
    _, hp, wp = p.shape
    for channel in range(2):
        for y in range(hp):
            for q in range(wp):
                p[channel, y, q] = z[channel, y, q] + beta[channel] * p[channel, y, q]
