"""What terms share that are norms of several planes: their sum, and the conjugate's projection."""

from __future__ import annotations

import numpy as np

from handtint.energies.term import Planes
from handtint.jit import kernel


@kernel()
def sum_of_norms(y: Planes, epsilon: float) -> float:
    """Sum over the pixels of the norm over all planes of ``y``, a parabola below ``epsilon``."""
    n, hp, wp = y.shape
    total = 0.0
    for q in range(hp):
        for p in range(wp):
            square = np.float32(0)
            for c in range(n):
                square += y[c, q, p] * y[c, q, p]
            d = np.sqrt(float(square))
            if d > epsilon:
                total += d - epsilon / 2
            elif d > 0:
                total += d * d / (2 * epsilon)
    return total


@kernel()
def sum_of_squares(y: Planes) -> float:
    """Sum of the squares of all values, in double precision."""
    n, hp, wp = y.shape
    total = 0.0
    for c in range(n):
        for q in range(hp):
            for p in range(wp):
                total += float(y[c, q, p]) ** 2
    return total


@kernel()
def into_balls(y: Planes, group: int) -> None:
    """Project, at every pixel, each ``group`` successive planes of ``y`` into the unit ball.

    The proximal map of the conjugate of a norm, whatever the step.
    """
    n, hp, wp = y.shape
    for first in range(0, n, group):
        for q in range(hp):
            for p in range(wp):
                square = y[first, q, p] * y[first, q, p]
                for c in range(first + 1, first + group):
                    square += y[c, q, p] * y[c, q, p]
                if square > 1:
                    scale = 1 / np.sqrt(square)
                    for c in range(first, first + group):
                        y[c, q, p] *= scale
