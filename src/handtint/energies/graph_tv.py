"""Total variation on the weighted pixel graph, and its p-powers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from handtint.energies.balls import into_balls
from handtint.energies.term import Coupling, Planes
from handtint.jit import kernel
from handtint.solvers import stencil
from handtint.solvers.grid import EdgeWeights


@dataclass(frozen=True, slots=True)
class GraphTV:
    """The sum of the differences over the edges of the graph; see `handtint.energies.term`.

    With p = 1 and epsilon = 0 it is graph total variation, with p = 2 the Dirichlet energy; below
    1 it is not convex. Below ``epsilon`` the norm is rounded off by a parabola (Huber).

    As a function of |u_i - u_j|^2 the summand is concave, so its tangent lies above it: at v, the
    edge weights w_ij max(|v_i - v_j|, epsilon)^(p - 2) make a quadratic majoriser.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights w, in the storage of `handtint.solvers.grid`.
    power : float, in (0, 2]
        The power p.
    epsilon : float
        Difference below which the norm is rounded off, in the unit of chroma. Must be above 0
        where the term is reweighted with p < 2.
    """

    formula: ClassVar[str] = (
        "sum_ij w_ij phi(|u_i - u_j|), phi(d) = d^p / p + (1/2 - 1/p) epsilon^p for d > epsilon, "
        "epsilon^(p - 2) d^2 / 2 for d <= epsilon"
    )
    reference: ClassVar[str] = (
        "A. Elmoataz, O. Lezoray, S. Bougleux, Nonlocal discrete regularization on weighted "
        "graphs, IEEE Transactions on Image Processing 17(7), 2008, doi:10.1109/TIP.2008.924284"
    )
    coupling: ClassVar[Coupling] = "euclidean"

    weights: EdgeWeights
    power: float = 1.0
    epsilon: float = 0.0

    def value(self, u: Planes, /) -> float:
        """Value at ``u``; see `handtint.energies.term.EnergyTerm`."""
        return float(_value(self.weights, u, self.power, self.epsilon))

    def reweight(self, u: Planes, out: EdgeWeights, /) -> None:
        """Add the weights of the majoriser at ``u``; see `handtint.solvers.irls.Reweighted`."""
        _reweight(self.weights, u, np.float32(self.power), np.float32(self.epsilon), out)

    @property
    def primal(self) -> int:
        """See `handtint.solvers.primal_dual.Saddle`: (K u)_e = w_e (u_j - u_i); only for p = 1."""
        return 2

    @property
    def dual(self) -> int:
        """Four edges of two channels: plane 2 k + c has edges k of channel c."""
        return 8

    def forward(self, x: Planes, out: Planes, /) -> None:
        """``out = K x``; see `handtint.solvers.primal_dual.Saddle`."""
        _forward(self.weights, x, out)

    def adjoint_add(self, y: Planes, out: Planes, /) -> None:
        """``out += K^T y``; see `handtint.solvers.primal_dual.Saddle`."""
        _adjoint_add(self.weights, y, out)

    def sums(self, scale: Planes, rows: Planes, columns: Planes, /) -> None:
        """Sums of |K|; see `handtint.solvers.primal_dual.Saddle`."""
        rows[...] = np.repeat(2 * scale[:2].max() * self.weights, 2, axis=0)
        degree = np.zeros(self.weights.shape[1:], np.float32)
        stencil.degree(self.weights, degree)
        columns[:2] += degree

    def resolve(self, y: Planes, sigma: Planes, /) -> None:
        """Proximal map of sigma F*: shrunk by the rounding, then into the unit ball."""
        if self.epsilon:
            y /= 1 + sigma * (self.epsilon * np.repeat(self.weights, 2, axis=0))
        into_balls(y, 2)

    def conjugate(self, y: Planes, /) -> float:
        """F*(y) = sum_e w_e epsilon / 2 |y_e|^2."""
        edges = y.reshape(4, 2, *y.shape[1:])
        total = np.einsum("kcyx,kcyx,kyx->", edges, edges, self.weights, dtype=np.float64)
        return 0.5 * self.epsilon * float(total)

    def relaxed(self, factor: float, /) -> GraphTV:
        """The term with ``factor`` times its epsilon."""
        return replace(self, epsilon=self.epsilon * factor)


@kernel()
def _value(weights: EdgeWeights, u: Planes, power: float, epsilon: float) -> float:
    total = 0.0
    _, hp, wp = weights.shape
    for k in range(4):
        dy, dx = (0, 1, 1, 1)[k], (1, 0, 1, -1)[k]
        for y in range(1, hp - 1):
            for x in range(1, wp - 1):
                w = weights[k, y, x]
                if w > 0:
                    a = u[0, y, x] - u[0, y + dy, x + dx]
                    b = u[1, y, x] - u[1, y + dy, x + dx]
                    d = math.sqrt(a * a + b * b)
                    if d > epsilon and power == 1:
                        total += w * (d - epsilon / 2)
                    elif d > epsilon:
                        total += w * (d**power / power + (0.5 - 1 / power) * epsilon**power)
                    elif d > 0:
                        total += w * epsilon ** (power - 2) * d * d / 2
    return total


@kernel()
def _reweight(
    weights: EdgeWeights, u: Planes, power: np.float32, epsilon: np.float32, out: EdgeWeights
) -> None:
    _, hp, wp = weights.shape
    for k in range(4):
        dy, dx = (0, 1, 1, 1)[k], (1, 0, 1, -1)[k]
        for y in range(1, hp - 1):
            for x in range(1, wp - 1):
                a = u[0, y, x] - u[0, y + dy, x + dx]
                b = u[1, y, x] - u[1, y + dy, x + dx]
                d = max(np.sqrt(a * a + b * b), epsilon)
                # A general power costs ten times a division, and p = 1 is the usual case.
                if power == np.float32(1):
                    out[k, y, x] += weights[k, y, x] / d
                else:
                    out[k, y, x] += weights[k, y, x] * d ** (power - np.float32(2))


@kernel()
def _forward(weights: EdgeWeights, u: Planes, out: Planes) -> None:
    _, hp, wp = weights.shape
    for k in range(4):
        dy, dx = (0, 1, 1, 1)[k], (1, 0, 1, -1)[k]
        for c in range(2):
            for y in range(1, hp - 1):
                for x in range(1, wp - 1):
                    out[2 * k + c, y, x] = weights[k, y, x] * (u[c, y + dy, x + dx] - u[c, y, x])


@kernel()
def _adjoint_add(weights: EdgeWeights, dual: Planes, out: Planes) -> None:
    _, hp, wp = weights.shape
    for k in range(4):
        dy, dx = (0, 1, 1, 1)[k], (1, 0, 1, -1)[k]
        for c in range(2):
            for y in range(1, hp - 1):
                for x in range(1, wp - 1):
                    out[c, y, x] += (
                        weights[k, y - dy, x - dx] * dual[2 * k + c, y - dy, x - dx]
                        - weights[k, y, x] * dual[2 * k + c, y, x]
                    )
