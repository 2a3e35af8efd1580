"""The Dirichlet energy of the weighted pixel graph: what harmonic colour minimises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handtint.energies.graph_tv import GraphTV
from handtint.energies.term import Coupling, Planes
from handtint.solvers.grid import EdgeWeights


@dataclass(frozen=True, slots=True)
class Dirichlet:
    """The sum of squared differences over the edges of the graph; see `handtint.energies.term`.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights w, in the storage of `handtint.solvers.grid`.
    """

    formula: ClassVar[str] = "1/2 sum_ij w_ij |u_i - u_j|^2"
    reference: ClassVar[str] = (
        "L. Grady, Random walks for image segmentation, IEEE TPAMI 28(11), 2006, "
        "doi:10.1109/TPAMI.2006.233"
    )
    coupling: ClassVar[Coupling] = "none"

    weights: EdgeWeights

    def value(self, u: Planes, /) -> float:
        """Value at ``u``; see `handtint.energies.term.EnergyTerm`."""
        return GraphTV(self.weights, power=2, epsilon=0).value(u)

    def reweight(self, u: Planes, out: EdgeWeights, /) -> None:
        """Add the weights of the majoriser; the term is its own."""
        out += self.weights

    def relaxed(self, factor: float, /) -> Dirichlet:
        """The term itself: there is nothing to smooth."""
        return self
