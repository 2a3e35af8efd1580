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

import numpy as np
from numpy.typing import NDArray

from handtint.solvers import stencil
from handtint.solvers.coarsening import galerkin, interpolation, prolong_add, restrict
from handtint.solvers.grid import OFFSETS, EdgeWeights, padded_shape

Planes = NDArray[np.float32]

COARSEST = 150
TINY = np.float32(1e-12)


@dataclass(slots=True)
class _Level:
    shape: tuple[int, int]
    weights: EdgeWeights
    diagonal: Planes
    inverse: Planes
    up: Planes | None  # interpolation from the next coarser level
    x: Planes
    r: Planes
    b: Planes | None  # right-hand side; the finest level gets it from outside


class Multigrid:
    """Approximate inverse of ``A = diag(diagonal) - W``.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights, in the storage of `handtint.solvers.grid`; kept, not copied.
    diagonal : ndarray, shape (hp, wp), float32
        Diagonal of A; 0 where there is no unknown. Must be at least the sum of the weights of the
        edges to the other unknowns.
    shape : (int, int)
        Height and width of the picture.
    """

    def __init__(self, weights: EdgeWeights, diagonal: Planes, shape: tuple[int, int]) -> None:
        self._levels: list[_Level] = []
        while True:
            h, w = shape
            last = h * w <= COARSEST
            with np.errstate(divide="ignore"):
                inverse = np.where(diagonal > TINY, 1 / diagonal, np.float32(0))
            coarse_shape = ((h + 1) // 2, (w + 1) // 2)
            up = None if last else np.zeros((8, *(n + 2 for n in coarse_shape)), np.float32)
            x, r = (np.zeros((2, *diagonal.shape), np.float32) for _ in range(2))
            b = np.zeros_like(r) if self._levels else None
            self._levels.append(_Level(shape, weights, diagonal, inverse, up, x, r, b))
            if up is None:
                break
            interpolation(weights, diagonal, up, h, w)
            coarse = padded_shape(coarse_shape)
            coarse_weights = np.zeros((4, *coarse), np.float32)
            coarse_diagonal = np.zeros(coarse, np.float32)
            galerkin(weights, diagonal, up, coarse_weights, coarse_diagonal)
            weights, diagonal, shape = coarse_weights, coarse_diagonal, coarse_shape
        self._inverse = _dense_inverse(weights, diagonal, shape)

    @property
    def scratch(self) -> Planes:
        """Plane of the finest level, free to use between cycles."""
        return self._levels[0].r

    def cycle(self, b: Planes) -> Planes:
        """One V(2,2) cycle for ``A x = b`` from zero.

        Parameters
        ----------
        b : ndarray, shape (2, hp, wp), float32
            Right-hand sides of both channels, 0 where there is no unknown.

        Returns
        -------
        ndarray, shape (2, hp, wp), float32
            Owned by the hierarchy: valid until the next cycle.
        """
        return self._visit(b, 0)

    def _visit(self, b: Planes, index: int) -> Planes:
        level = self._levels[index]
        x = level.x
        if level.up is None:
            h, w = level.shape
            flat = b[:, 1 : h + 1, 1 : w + 1].reshape(2, h * w) @ self._inverse
            x[:, 1 : h + 1, 1 : w + 1] = flat.reshape(2, h, w)
            return x
        x.fill(0)
        stencil.smooth_forward(level.weights, level.inverse, b, x)
        stencil.residual(level.weights, level.diagonal, b, x, level.r)
        below = self._levels[index + 1]
        assert below.b is not None
        restrict(level.r, level.up, below.b, *below.shape)
        prolong_add(x, level.up, self._visit(below.b, index + 1), level.inverse)
        stencil.smooth_backward(level.weights, level.inverse, b, x)
        return x


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
