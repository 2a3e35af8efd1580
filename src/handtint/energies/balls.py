"""The projection that conjugates of norms share."""

from __future__ import annotations

import numpy as np

from handtint.energies.term import Planes
from handtint.jit import kernel


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
