"""A multigrid cycle for edge-weighted graph Laplacians: the preconditioner of the solver.

Every second pixel in both directions is kept (black box multigrid). A pixel between two kept ones
is interpolated by the strengths of its own couplings towards either side, so interpolation does
not reach over an edge of the photograph; pixels in the middle of four are eliminated by their own
equation. The coarse operator is the Galerkin product

    A_c = P^T A P,

again a symmetric 9-point stencil, so that every level is stored and treated alike. The coarsest
level (at most `COARSEST` unknowns) is inverted densely. One V(2,2) cycle is a symmetric positive
definite operator, as conjugate gradients need it.

References
----------
J. E. Dendy, "Black box multigrid", Journal of Computational Physics 48(3), 1982,
doi:10.1016/0021-9991(82)90057-2.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from handtint.solvers import stencil
from handtint.solvers.coarsening import (
    TINY,
    Window,
    differing,
    galerkin,
    interpolation,
    invert,
    prolong_smooth,
    restrict_residual,
)
from handtint.solvers.grid import OFFSETS, EdgeWeights, padded_shape

Planes = NDArray[np.float32]

COARSEST = 150


@dataclass(slots=True)
class Level:
    """An operator and the planes to work with on it.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the grid.
    weights, diagonal, inverse : ndarray
        The operator, and 1 / diagonal (0 where there is no unknown).
    up : ndarray, shape (8, rows, columns), float32, or None
        Interpolation from the next coarser level; None on the coarsest.
    b, x : ndarray, shape (2, hp, wp), float32
        Right-hand side and result of a cycle; on the finest level ``b`` is free.
    p, ap : ndarray, shape (2, hp, wp), float32
        Free for a solver. Like all planes, they must keep their ring of zeros.
    """

    shape: tuple[int, int]
    weights: EdgeWeights
    diagonal: Planes
    inverse: Planes
    up: Planes | None
    b: Planes
    x: Planes
    p: Planes
    ap: Planes


class Multigrid:
    """Approximate inverse of ``A = diag(diagonal) - W``.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights, in the storage of `handtint.solvers.grid`; kept, not copied.
    diagonal : ndarray, shape (hp, wp), float32
        Diagonal of A; 0 where there is no unknown. Must be at least the sum of the weights of the
        edges to the other unknowns. Kept, not copied.
    shape : (int, int)
        Height and width of the picture.

    Attributes
    ----------
    levels : list of Level
        The finest first.
    """

    def __init__(self, weights: EdgeWeights, diagonal: Planes, shape: tuple[int, int]) -> None:
        self.levels: list[Level] = []
        while True:
            h, w = shape
            coarse_shape = ((h + 1) // 2, (w + 1) // 2)
            last = h * w <= COARSEST
            up = None if last else np.zeros((8, *(n + 2 for n in coarse_shape)), np.float32)
            b, x, p, ap = (np.zeros((2, *diagonal.shape), np.float32) for _ in range(4))
            inverse = np.zeros_like(diagonal)
            self.levels.append(Level(shape, weights, diagonal, inverse, up, b, x, p, ap))
            if last:
                break
            shape = coarse_shape
            weights = np.zeros((4, *padded_shape(shape)), np.float32)
            diagonal = np.zeros(padded_shape(shape), np.float32)
        self._fill((1, self.levels[0].shape[0] + 1, 1, self.levels[0].shape[1] + 1))

    def update(self, diagonal: Planes) -> None:
        """Change the diagonal; what depends on it is computed anew around the change only.

        Parameters
        ----------
        diagonal : ndarray, shape (hp, wp), float32
            The new diagonal. Copied.
        """
        finest = self.levels[0]
        window = differing(finest.diagonal, diagonal)
        top, bottom, left, right = window
        if top < bottom:
            finest.diagonal[top:bottom, left:right] = diagonal[top:bottom, left:right]
            self._fill(window)

    def _fill(self, window: Window) -> None:
        """Compute all levels where they depend on the finest operator inside ``window``."""
        for fine, coarse in pairwise(self.levels):
            assert fine.up is not None
            invert(fine.diagonal, fine.inverse, window)
            window = _below(window, coarse.shape)
            interpolation(fine.weights, fine.diagonal, fine.up, fine.shape, window)
            galerkin(fine.weights, fine.diagonal, fine.up, coarse.weights, coarse.diagonal, window)
        last = self.levels[-1]
        self._inverse = _dense_inverse(last.weights, last.diagonal, last.shape)

    def cycle(self, b: Planes, index: int = 0) -> Planes:
        """One V(2,2) cycle for ``A x = b`` from zero.

        Parameters
        ----------
        b : ndarray, shape (2, hp, wp), float32
            Right-hand sides of both channels, 0 where there is no unknown.
        index : int
            The level whose A it is.

        Returns
        -------
        ndarray, shape (2, hp, wp), float32
            Owned by the hierarchy: valid until the next cycle.
        """
        level = self.levels[index]
        x = level.x
        if level.up is None:
            h, w = level.shape
            flat = b[:, 1 : h + 1, 1 : w + 1].reshape(2, h * w) @ self._inverse
            x[:, 1 : h + 1, 1 : w + 1] = flat.reshape(2, h, w)
            return x
        stencil.smooth_forward(level.weights, level.inverse, b, x)
        below = self.levels[index + 1].b
        restrict_residual(level.weights, level.diagonal, b, x, level.up, below)
        error = self.cycle(below, index + 1)
        prolong_smooth(level.weights, level.inverse, b, x, level.up, error)
        return x


def _below(window: Window, shape: tuple[int, int]) -> Window:
    """Window of the next coarser level, of ``shape``, that depends on a window of the finer one.

    Interpolation weights and coarse operator stored at (i, j) depend on the fine rows from 2i - 3
    to 2i + 2 and the fine columns from 2j - 4 to 2j + 2.
    """
    top, bottom, left, right = window
    return (
        max(top // 2 - 1, 1),
        min(bottom // 2 + 3, shape[0] + 1),
        max(left // 2 - 1, 1),
        min(right // 2 + 3, shape[1] + 1),
    )


def _dense_inverse(
    weights: EdgeWeights, diagonal: Planes, shape: tuple[int, int]
) -> NDArray[np.float32]:
    h, w = shape
    n = h * w
    index = np.arange(n).reshape(shape)
    matrix = np.zeros((n, n))
    for k, (dy, dx) in enumerate(OFFSETS):
        inner = weights[k, 1 : h + 1, 1 : w + 1]
        rows, columns = np.nonzero(inner)
        i, j = index[rows, columns], index[rows + dy, columns + dx]
        matrix[i, j] = matrix[j, i] = -inner[rows, columns]
    d = diagonal[1 : h + 1, 1 : w + 1].ravel().astype(np.float64)
    free = np.flatnonzero(d > TINY)
    inverse = np.zeros((n, n), np.float32)
    # A region without hints has a singular block; the shift leaves its mean where it is.
    block = matrix[np.ix_(free, free)] + np.diag(d[free] * (1 + 1e-6))
    inverse[np.ix_(free, free)] = np.linalg.inv(block)
    return inverse
