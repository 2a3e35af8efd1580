"""Vectorial total variation of the picture, on cells of two by two pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from handtint.energies.term import Coupling, Planes
from handtint.jit import inlined, kernel
from handtint.solvers.grid import EdgeWeights


@dataclass(frozen=True, slots=True)
class TotalVariation:
    """The length of the gradient, both channels under one norm; see `handtint.energies.term`.

    The gradient lives on the cells between four pixels, where all four edges meet:

        |grad u|_c = sqrt(1/2 sum_(e in c) w_e |u_i - u_j|^2), e = (i, j).

    Forward differences, the usual choice, do not commute with turning the picture; these do. Every
    edge is in two cells; cells that stick out of the picture have the edges that are there.

    Rounded off by a parabola below ``epsilon`` (Huber), the summand is a concave function of the
    square of the norm; at v its tangent makes the edge weights w_e times the mean of
    1 / max(|grad v|_c, epsilon) over the two cells of e.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights w, in the storage of `handtint.solvers.grid`; diagonal edges are not used.
    strength : float
        The factor b > 0.
    epsilon : float
        Length below which the norm is rounded off, in the unit of chroma. Must be above 0 where
        the term is reweighted.
    """

    formula: ClassVar[str] = (
        "b sum_c huber(|grad u|_c), huber(d) = d - epsilon / 2 for d > epsilon, "
        "d^2 / (2 epsilon) for d <= epsilon"
    )
    reference: ClassVar[str] = (
        "X. Bresson, T. F. Chan, Fast dual minimization of the vectorial total variation norm and "
        "applications to color image processing, Inverse Problems and Imaging 2(4), 2008, "
        "doi:10.3934/ipi.2008.2.455"
    )
    coupling: ClassVar[Coupling] = "euclidean"

    weights: EdgeWeights
    strength: float = 1.0
    epsilon: float = 0.0

    def value(self, u: Planes, /) -> float:
        """Value at ``u``; see `handtint.energies.term.EnergyTerm`."""
        return self.strength * float(_value(self.weights, u, self.epsilon))

    def reweight(self, u: Planes, out: EdgeWeights, /) -> None:
        """Add the weights of the majoriser at ``u``; see `handtint.solvers.irls.Reweighted`."""
        _reweight(self.weights, u, np.float32(self.strength), np.float32(self.epsilon), out)

    def relaxed(self, factor: float, /) -> TotalVariation:
        """The term with ``factor`` times its epsilon."""
        return replace(self, epsilon=self.epsilon * factor)


@inlined()
def _square(u: Planes, y: int, x: int, dy: int, dx: int) -> np.float32:
    a = u[0, y, x] - u[0, y + dy, x + dx]
    b = u[1, y, x] - u[1, y + dy, x + dx]
    square: np.float32 = a * a + b * b
    return square


@inlined()
def _length(weights: EdgeWeights, u: Planes, y: int, x: int) -> np.float32:
    """Length of the gradient on the cell whose first pixel is stored at (y, x)."""
    total = weights[0, y, x] * _square(u, y, x, 0, 1)
    total += weights[0, y + 1, x] * _square(u, y + 1, x, 0, 1)
    total += weights[1, y, x] * _square(u, y, x, 1, 0)
    total += weights[1, y, x + 1] * _square(u, y, x + 1, 1, 0)
    length: np.float32 = np.sqrt(np.float32(0.5) * total)
    return length


@kernel()
def _value(weights: EdgeWeights, u: Planes, epsilon: float) -> float:
    total = 0.0
    _, hp, wp = weights.shape
    for y in range(hp - 1):
        for x in range(wp - 1):
            d = float(_length(weights, u, y, x))
            if d > epsilon:
                total += d - epsilon / 2
            elif d > 0:
                total += d * d / (2 * epsilon)
    return total


@kernel()
def _reweight(
    weights: EdgeWeights, u: Planes, strength: np.float32, epsilon: np.float32, out: EdgeWeights
) -> None:
    _, hp, wp = weights.shape
    for y in range(hp - 1):
        for x in range(wp - 1):
            share = np.float32(0.5) * strength / max(_length(weights, u, y, x), epsilon)
            out[0, y, x] += share * weights[0, y, x]
            out[0, y + 1, x] += share * weights[0, y + 1, x]
            out[1, y, x] += share * weights[1, y, x]
            out[1, y, x + 1] += share * weights[1, y, x + 1]
