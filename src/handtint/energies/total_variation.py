"""Vectorial total variation of the picture, on cells of two by two pixels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from handtint.energies.balls import into_balls, sum_of_squares
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
    _roots: Planes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        roots = np.float32(self.strength) * np.sqrt(np.float32(0.5) * self.weights[:2])
        object.__setattr__(self, "_roots", roots)

    def value(self, u: Planes, /) -> float:
        """Value at ``u``; see `handtint.energies.term.EnergyTerm`."""
        return self.strength * float(_value(self.weights, u, self.epsilon))

    def reweight(self, u: Planes, out: EdgeWeights, /) -> None:
        """Add the weights of the majoriser at ``u``; see `handtint.solvers.irls.Reweighted`."""
        _reweight(self.weights, u, np.float32(self.strength), np.float32(self.epsilon), out)

    @property
    def primal(self) -> int:
        """See `handtint.solvers.primal_dual.Saddle`: K u has b sqrt(w_e / 2) (u_j - u_i)."""
        return 2

    @property
    def dual(self) -> int:
        """Plane 2 e + c of a cell: channel c on its edge e: top, bottom, left, right."""
        return 8

    def forward(self, x: Planes, out: Planes, /) -> None:
        """``out = K x``; see `handtint.solvers.primal_dual.Saddle`."""
        _forward(self._roots, x, out)

    def adjoint_add(self, y: Planes, out: Planes, /) -> None:
        """``out += K^T y``; see `handtint.solvers.primal_dual.Saddle`."""
        _adjoint_add(self._roots, y, out)

    def sums(self, scale: Planes, rows: Planes, columns: Planes, /) -> None:
        """Sums of |K|; see `handtint.solvers.primal_dual.Saddle`."""
        _sums(self._roots, scale[:2].max(), rows, columns)

    def resolve(self, y: Planes, sigma: Planes, /) -> None:
        """Proximal map of sigma F*: shrunk by the rounding, then into the unit ball."""
        if self.epsilon:
            y /= 1 + sigma * np.float32(self.strength * self.epsilon)
        into_balls(y, 8)

    def conjugate(self, y: Planes, /) -> float:
        """F*(y) = b epsilon / 2 |y|^2."""
        return 0.5 * self.strength * self.epsilon * float(sum_of_squares(y))

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


@kernel()
def _forward(roots: Planes, u: Planes, out: Planes) -> None:
    _, hp, wp = roots.shape
    for c in range(2):
        for y in range(hp - 1):
            for x in range(wp - 1):
                first, right = u[c, y, x], u[c, y, x + 1]
                below, last = u[c, y + 1, x], u[c, y + 1, x + 1]
                out[c, y, x] = roots[0, y, x] * (right - first)
                out[2 + c, y, x] = roots[0, y + 1, x] * (last - below)
                out[4 + c, y, x] = roots[1, y, x] * (below - first)
                out[6 + c, y, x] = roots[1, y, x + 1] * (last - right)


@kernel()
def _adjoint_add(roots: Planes, dual: Planes, out: Planes) -> None:
    _, hp, wp = roots.shape
    for c in range(2):
        for y in range(1, hp - 1):
            for x in range(1, wp - 1):
                out[c, y, x] += (
                    roots[0, y, x - 1] * (dual[c, y, x - 1] + dual[2 + c, y - 1, x - 1])
                    - roots[0, y, x] * (dual[c, y, x] + dual[2 + c, y - 1, x])
                    + roots[1, y - 1, x] * (dual[4 + c, y - 1, x] + dual[6 + c, y - 1, x - 1])
                    - roots[1, y, x] * (dual[4 + c, y, x] + dual[6 + c, y, x - 1])
                )


@kernel()
def _sums(roots: Planes, scale: np.float32, rows: Planes, columns: Planes) -> None:
    _, hp, wp = roots.shape
    for y in range(hp - 1):
        for x in range(wp - 1):
            across = max(roots[0, y, x], roots[0, y + 1, x])
            down = max(roots[1, y, x], roots[1, y, x + 1])
            for c in range(8):
                rows[c, y, x] = 2 * scale * max(across, down)
    for y in range(1, hp - 1):
        for x in range(1, wp - 1):
            for c in range(2):
                columns[c, y, x] += 2 * (
                    roots[0, y, x - 1] + roots[0, y, x] + roots[1, y - 1, x] + roots[1, y, x]
                )
