"""The 8-neighbour graph of a picture, and how it is stored.

A picture of ``(h, w)`` pixels is stored in planes of ``(hp, wp)``: one ring of zeros around it,
both sides rounded up to even before. With the ring no kernel needs a branch at the border, and
with even sides every pair of rows can be visited together.

The graph is undirected, so half of the edges are stored. ``weights[k, y, x]`` belongs to the edge
from the pixel stored at ``(y, x)`` to its neighbour at ``(y, x) + OFFSETS[k]``; edges that would
leave the picture have weight 0.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

OFFSETS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""(row, column) steps of the four stored edges: right, down, down-right, down-left."""

DIAGONAL = np.float32(1 / math.sqrt(2))
"""Factor of the weights of diagonal edges, which are longer."""

EdgeWeights: TypeAlias = NDArray[np.float32]
"""``(4, hp, wp)`` float32, at least 0: weights of the edges, in padded storage."""


def padded_shape(shape: tuple[int, int]) -> tuple[int, int]:
    """Shape of the padded planes of a picture of ``shape``."""
    h, w = shape
    return h + (h & 1) + 2, w + (w & 1) + 2


def pad(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Padded copy of a plane ``(h, w)``, or of two channels ``(h, w, 2)`` as ``(2, hp, wp)``."""
    h, w = plane.shape[:2]
    if plane.ndim == 2:
        out = np.zeros(padded_shape((h, w)), np.float32)
        out[1 : h + 1, 1 : w + 1] = plane
        return out
    out = np.zeros((2, *padded_shape((h, w))), np.float32)
    for channel in range(2):
        out[channel, 1 : h + 1, 1 : w + 1] = plane[..., channel]
    return out


def crop(padded: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Picture ``(h, w, 2)`` of two padded channels; the inverse of `pad`."""
    h, w = shape
    out = np.empty((h, w, 2), np.float32)
    for channel in range(2):
        out[..., channel] = padded[channel, 1 : h + 1, 1 : w + 1]
    return out


def clear_outer_edges(weights: EdgeWeights, shape: tuple[int, int]) -> EdgeWeights:
    """Set the edges that leave a picture of ``shape`` to zero, in place."""
    h, w = shape
    for k, (dy, dx) in enumerate(OFFSETS):
        weights[k, :1] = 0
        weights[k, h + 1 - dy :] = 0
        weights[k, :, : 1 + (dx < 0)] = 0
        weights[k, :, w + 1 - max(dx, 0) :] = 0
    return weights
