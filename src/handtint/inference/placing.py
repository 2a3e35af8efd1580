"""Where a hint would tell most about the colours of a photograph.

What is not known of the chroma is taken for a Gaussian field with the covariance

    K(x, y) = s(x) s(y) r(x, y),    s^2 = v^SHARPER,
    r(x, y) = ALIKE exp(-FALL |x - y|) b(x, y)^5 for x != y,    r(x, x) = 1,

v the variance of the chroma under the networks' distribution p, |x - y| in units of the square
root of the picture's area, and b(x, y) = sum_q sqrt(p_q(x) p_q(y)), which is 1 for equal
distributions: the networks expect the same of the same surface. Every factor is positive definite,
so K is. Between parts of the picture that barriers keep apart r is 0.

A hint at x, whose colour the surface there has up to NOISE v(x), takes the error

    g(x) = sum_y K(x, y)^2 / (K(x, x) + NOISE s(x)^2)

away, whatever its colour is. The place with the largest g is taken, K is replaced by the covariance
that is left, K - K(., x) K(x, .) / (K(x, x) + NOISE s(x)^2), and so on: greedy A-optimal design.
Hints that are there come first.

References
----------
A. Krause, A. Singh, C. Guestrin, "Near-optimal sensor placements in Gaussian processes", Journal of
Machine Learning Research 9, 2008 (greedy placement; they maximise mutual information). A.
Bhattacharyya, "On a measure of divergence between two statistical populations", Bulletin of the
Calcutta Mathematical Society 35, 1943 (b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, uniform_filter

from handtint.inference.bins import chroma_bins
from handtint.inference.propose import CELL, sized
from handtint.inference.session import Planes
from handtint.resample import reduce_area
from handtint.types import HintMap, Mask, Plane

POOLED = 2
"""Cells of the networks' distribution along a side of a cell of K."""

SHARPER, ALIKE, FALL, NOISE = 1.5, 0.93, 1.26, 0.07
"""See above; fitted to what the networks got wrong in 25 photographs."""

TOUCH = 6
"""Side of the square that a person touches, in pixels of the networks' view."""

COVERED = 0.1
"""Part of a cell that hints must cover for its colour to be known."""

Covariance = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Place:
    """A place for a hint.

    Parameters
    ----------
    x, y : float, in (0, 1)
        Shares of width and height.
    gain : float, in (0, 1]
        Share of the expected squared error that it takes away.
    """

    x: float
    y: float
    gain: float


def best_places(likely: Planes, lightness: Plane, hints: HintMap, count: int) -> list[Place]:
    """Places for hints, the best first.

    Parameters
    ----------
    likely : ndarray, shape (h, w, Q), float32
        Probabilities of the bins of `handtint.inference.bins`.
    lightness : ndarray, shape (H, W), float32, in [0, 100]
    hints : HintMap, of shape (H, W)
        Hints that are there.
    count : int
        How many; fewer are found where there is no room. A longer list begins like a shorter one.
    """
    h, w, _ = likely.shape
    shape = (-(-h // POOLED), -(-w // POOLED))
    pooled = reduce_area(likely, shape)
    fine = _Fine(lightness, hints, (h * CELL, w * CELL), shape)
    covariance = _covariance(pooled, _parts(hints, shape))
    scale = covariance.diagonal().copy()
    noise = np.float32(NOISE) * scale
    drawn = reduce_area((hints.weight > 0).astype(np.float32), shape) > COVERED
    given = np.flatnonzero(drawn)
    if given.size:
        known = covariance[given]
        inner = known[:, given] + np.diag(noise[given])
        covariance -= known.T @ np.linalg.solve(inner, known)
    total = float(covariance.trace())
    free = fine.open.ravel() & (scale > 0)
    free[given] = False
    found: list[Place] = []
    while len(found) < count and free.any():
        seen = np.maximum(covariance.diagonal(), 0) + noise
        gain = np.einsum("xy,xy->x", covariance, covariance)
        gain = np.where(free, gain / np.where(free, seen, 1), -1)
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        found.append(fine.place(best, min(float(gain[best]) / total, 1.0)))
        column = covariance[best] / np.sqrt(seen[best])
        covariance -= np.outer(column, column)
        free[best] = False
    return found


class _Fine:
    """The picture as the networks see it: where in a cell a hint is to lie."""

    def __init__(
        self, lightness: Plane, hints: HintMap, shape: tuple[int, int], cells: tuple[int, int]
    ) -> None:
        rows, columns = (np.arange(n) * c // n for n, c in zip(shape, cells, strict=True))
        self._cell = rows[:, None] * cells[1] + columns
        taken = (hints.weight > 0) | hints.barrier | hints.ignore
        self._free: Mask = sized(taken.astype(np.float32), shape) <= 0
        seen = sized(lightness, shape)
        mean = uniform_filter(seen, TOUCH, mode="nearest")
        square = uniform_filter(seen * seen, TOUCH, mode="nearest")
        self._rough = np.sqrt(np.maximum(square - mean * mean, 0))
        self.open = np.zeros(cells, np.bool_)
        self.open.flat[np.unique(self._cell[self._free])] = True

    def place(self, cell: int, gain: float) -> Place:
        """The flattest free place of a cell, near to its middle."""
        rows, columns = np.nonzero((self._cell == cell) & self._free)
        middle = np.argwhere(self._cell == cell).mean(axis=0)
        away = np.hypot(rows - middle[0], columns - middle[1])
        best = int(np.argmin(self._rough[rows, columns] + np.float32(0.15) * away))
        h, w = self._free.shape
        return Place((columns[best] + 0.5) / w, (rows[best] + 0.5) / h, gain)


def _covariance(likely: Planes, parts: NDArray[np.intp]) -> Covariance:
    """K of all pairs of cells, shape (n, n), float32."""
    h, w, q = likely.shape
    n = h * w
    p = likely.reshape(n, q) / np.maximum(likely.sum(axis=2).reshape(n, 1), np.float32(1e-12))
    bins = chroma_bins()
    mean = p @ bins
    variance = np.maximum(p @ (bins**2).sum(axis=1) - (mean**2).sum(axis=1), 0)
    deviation = variance ** np.float32(SHARPER / 2)
    deviation /= max(float(deviation.max()), 1e-12)
    root = np.sqrt(p)
    rows, columns = (z.ravel().astype(np.float32) for z in np.indices((h, w)))
    away = np.hypot(rows[:, None] - rows, columns[:, None] - columns) / np.float32(np.sqrt(n))
    found = np.exp(-np.float32(FALL) * away)
    found *= np.minimum(root @ root.T, 1) ** 5
    found *= np.float32(ALIKE) * deviation[:, None] * deviation
    found *= parts.reshape(n, 1) == parts.ravel()
    found[np.diag_indices(n)] = deviation**2
    return np.asarray(found, np.float32)


def _parts(hints: HintMap, shape: tuple[int, int]) -> NDArray[np.intp]:
    """Number of the part of the picture, as barriers part it, that covers most of each cell."""
    regions, count = label(~hints.barrier, np.ones((3, 3)))
    if count <= 1:
        return np.zeros(shape, np.intp)
    most = np.zeros(shape, np.float32)
    found = np.zeros(shape, np.intp)
    for region in range(1, count + 1):
        cover = reduce_area((regions == region).astype(np.float32), shape)
        found[cover > most] = region
        most = np.maximum(most, cover)
    return found
