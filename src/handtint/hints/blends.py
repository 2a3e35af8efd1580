"""Which pixels of a mask are blends of their neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from handtint.hints.colortable import packed
from handtint.hints.protocol import Codes
from handtint.jit import inlined, kernel

UNDRAWN, BLEND, CORE, SOLID = 0, 1, 2, 3
"""Classes of pixels: black; on a ramp of colours; not on one; in a 3 by 3 patch of one colour."""

NOISE = 24
"""Largest difference, in code values of any channel, that noise makes inside a stroke."""

SLACK = 8
"""Largest difference that does not count against a ramp or a mixture."""

_STEP = 16
"""Least difference of a blend from both ends of its ramp, and of two pixels at an edge."""


def mixed_of(
    color: NDArray[np.int16], ends: NDArray[np.int16], slack: float
) -> list[tuple[int, int]]:
    """Pairs of ``ends``, by index, between which a colour lies, up to ``slack`` code values.

    Parameters
    ----------
    color : ndarray, shape (3,), int16
    ends : ndarray, shape (n, 3), int16
    slack : float
        Largest difference from the line between two ends, in any channel.
    """
    pairs = []
    for k in range(len(ends)):
        for m in range(k):
            step = (ends[m] - ends[k]).astype(np.float64)
            t = np.dot(color - ends[k], step) / max(np.dot(step, step), 1.0)
            if 0 < t < 1 and np.abs(ends[k] + t * step - color).max() <= slack:
                pairs.append((k, m))
    return pairs


@inlined()
def _apart(mask: Codes, i: int, j: int, k: int, m: int) -> np.int64:
    """Largest difference between two pixels over the channels."""
    red = abs(np.int64(mask[i, j, 0]) - np.int64(mask[k, m, 0]))
    green = abs(np.int64(mask[i, j, 1]) - np.int64(mask[k, m, 1]))
    blue = abs(np.int64(mask[i, j, 2]) - np.int64(mask[k, m, 2]))
    return max(red, green, blue)


@inlined()
def _on_ramp(mask: Codes, i: int, j: int, dy: int, dx: int, reach: int) -> bool:
    """Whether colours run evenly through a pixel, up to ``reach`` steps to both sides."""
    height, width = mask.shape[:2]
    down, right = reach * dy, reach * dx
    if i < down or i + down >= height or j < abs(right) or j + abs(right) >= width:
        return False
    if _apart(mask, i, j, i - down, j - right) <= _STEP:
        return False
    if _apart(mask, i, j, i + down, j + right) <= _STEP:
        return False
    for channel in range(3):
        rise = fall = np.int64(0)
        for k in range(-reach, reach):
            here = np.int64(mask[i + k * dy, j + k * dx, channel])
            following = np.int64(mask[i + (k + 1) * dy, j + (k + 1) * dx, channel])
            rise, fall = max(rise, following - here), max(fall, here - following)
        if min(rise, fall) > SLACK:
            return False
    return True


@kernel()
def classify(mask: Codes, classes: NDArray[np.uint8]) -> tuple[int, int]:
    """Fill in the classes of the drawn pixels; count those at edges, and the blends."""
    height, width = classes.shape
    edges = blends = 0
    for i in range(height):
        for j in range(width):
            if packed(mask, i, j) == 0:
                continue
            alike, at_edge = 0, False
            for k in range(max(i - 1, 0), min(i + 2, height)):
                for m in range(max(j - 1, 0), min(j + 2, width)):
                    apart = _apart(mask, i, j, k, m)
                    alike += apart <= NOISE and packed(mask, k, m) != 0
                    at_edge |= apart > _STEP and (k == i or m == j)
            blend = False
            for reach in (1, 2):
                for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
                    blend = blend or _on_ramp(mask, i, j, dy, dx, reach)
            edges += at_edge
            blends += blend
            if blend:
                classes[i, j] = BLEND
            else:
                classes[i, j] = SOLID if alike == 9 else CORE
    return edges, blends
