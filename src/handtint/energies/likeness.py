"""Dirichlet energy on a second graph, which joins pixels that look alike wherever they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handtint.energies.term import Coupling, Planes
from handtint.solvers.grid import EdgeWeights
from handtint.solvers.nonlocal_graph import PatchGraph


@dataclass(frozen=True, slots=True)
class Likeness:
    """The sum of squared differences over pairs that look alike; see `handtint.energies.term`.

    Parameters
    ----------
    graph : PatchGraph
        The pairs and their weights v.
    """

    formula: ClassVar[str] = "1/2 sum_ij v_ij |u_i - u_j|^2"
    reference: ClassVar[str] = (
        "G. Gilboa, S. Osher, Nonlocal operators with applications to image processing, "
        "Multiscale Modeling & Simulation 7(3), 2008, doi:10.1137/070698592"
    )
    coupling: ClassVar[Coupling] = "none"

    graph: PatchGraph

    def value(self, u: Planes, /) -> float:
        """Value at ``u``; see `handtint.energies.term.EnergyTerm`."""
        return self.graph.value(u)

    def multiply_add(self, x: Planes, out: Planes, /) -> None:
        """``out -= V x``: the form without its diagonal ``graph.degree``.

        Whoever solves adds the degrees to the diagonal of the system, where they also bound these
        couplings for the preconditioner.
        """
        self.graph.add_coupled(x, out, -1.0)

    def add_bound(self, out: EdgeWeights, /) -> None:
        """Nothing to add: the degrees on the diagonal are the bound."""
