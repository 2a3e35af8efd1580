"""Regions of a colour photograph, so that a simulated stroke stays on one thing."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from handtint.jit import inlined, kernel

Labels: TypeAlias = NDArray[np.int32]
"""``(H, W)`` int32: the number of the region of each pixel."""

# Half of the eight neighbours: each pair of pixels makes one edge.
_FORWARD = ((0, 1), (1, 0), (1, 1), (1, -1))


def segment(
    rgb: NDArray[np.uint8], *, scale: float = 300.0, sigma: float = 1.0, min_size: int = 150
) -> Labels:
    """Divide a picture into regions of similar colour.

    Efficient graph-based segmentation: over the edges between neighbouring pixels, weighted by
    their distance in RGB, from the weakest to the strongest, two regions A and B are joined by an
    edge of weight w when ::

        w <= min(int(A) + scale / |A|, int(B) + scale / |B|)

    where int is the strongest edge inside a region so far (0 for a single pixel) and ``|.|`` its
    number of pixels. Regions that remain smaller than ``min_size`` are then joined to the
    neighbour behind their weakest edge.

    Parameters
    ----------
    rgb : ndarray, shape (H, W, 3), uint8
        The picture.
    scale : float
        Preference for large regions, in units of 8-bit colour differences.
    sigma : float
        Standard deviation of the Gaussian that smooths the picture first, in pixels.
    min_size : int
        No region is smaller, in pixels, unless the picture is.

    Returns
    -------
    ndarray, shape (H, W), int32
        Number of the region of each pixel, from 0, without gaps.

    References
    ----------
    P. F. Felzenszwalb and D. P. Huttenlocher, Efficient graph-based image segmentation,
    International Journal of Computer Vision 59, 2004, doi:10.1023/B:VISI.0000022288.19776.77
    """
    smooth = gaussian_filter(rgb.astype(np.float64), (sigma, sigma, 0))
    index = np.arange(smooth.shape[0] * smooth.shape[1]).reshape(smooth.shape[:2])
    starts, ends, weights = [], [], []
    for dy, dx in _FORWARD:
        here, there = _overlap(smooth.shape[0], dy), _overlap(smooth.shape[1], dx)
        a, b = (here[0], there[0]), (here[1], there[1])
        starts.append(index[a].ravel())
        ends.append(index[b].ravel())
        weights.append(np.sqrt(((smooth[a] - smooth[b]) ** 2).sum(axis=2)).ravel())
    weight = np.concatenate(weights)
    # Stable, so that the regions are the same on every machine.
    order = np.argsort(weight, kind="stable")
    roots = _join(
        index.size,
        np.concatenate(starts)[order],
        np.concatenate(ends)[order],
        weight[order],
        float(scale),
        min_size,
    )
    _, labels = np.unique(roots, return_inverse=True)
    return labels.astype(np.int32).reshape(index.shape)


def _overlap(length: int, step: int) -> tuple[slice, slice]:
    """Positions along an axis that have a neighbour ``step`` further, and those neighbours."""
    return (
        slice(max(0, -step), length - max(0, step)),
        slice(max(0, step), length - max(0, -step)),
    )


@inlined()
def _find(parent: NDArray[np.int64], node: int) -> int:
    """Root of the tree of ``node``; halves the path to it on the way."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel()
def _join(
    pixels: int,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    weights: NDArray[np.float64],
    scale: float,
    min_size: int,
) -> NDArray[np.int64]:
    """Root of each pixel's region; the edges are sorted by weight."""
    parent = np.arange(pixels)
    size = np.ones(pixels, np.int64)
    # int(A) + scale / |A| of the region at each root.
    limit = np.full(pixels, scale, np.float64)
    for removes_small in (False, True):
        for edge in range(starts.size):
            a = _find(parent, starts[edge])
            b = _find(parent, ends[edge])
            if a == b:
                continue
            if removes_small:
                join = min(size[a], size[b]) < min_size
            else:
                join = weights[edge] <= min(limit[a], limit[b])
            if join:
                parent[b] = a
                size[a] += size[b]
                # The edges come sorted: this one is the strongest of the union.
                limit[a] = weights[edge] + scale / size[a]
    for node in range(pixels):
        parent[node] = _find(parent, node)
    return parent
