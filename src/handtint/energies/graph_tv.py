"""Total variation on the weighted pixel graph, and its p-powers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from handtint.energies.term import Coupling, Planes
from handtint.jit import kernel
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
                    if d > epsilon:
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
