"""Harmonic colour on two graphs: neighbouring pixels, and pixels that look alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from handtint.colorizer import MethodInfo, PreparedColorizer, Progress
from handtint.energies.dirichlet import Dirichlet
from handtint.energies.likeness import Likeness
from handtint.methods.guided import Guided
from handtint.methods.pyramid import GridSolver, Pyramid
from handtint.options import option
from handtint.solvers import pcg
from handtint.solvers.affinities import with_marks
from handtint.solvers.diffusion import diffuse, fill_barriers, hint_system, starting_planes
from handtint.solvers.grid import EdgeWeights, crop
from handtint.solvers.nonlocal_graph import PatchGraph, PatchLaw
from handtint.types import Chroma, HintMap, Plane, SolveReport


@dataclass(frozen=True)
class Nonlocal(Guided):
    """Harmonic colour that also jumps between pixels whose surroundings look alike.

    The non-local graph is part of the coarsest grid's problem. The finer grids are those of
    `handtint.methods.harmonic`, tied to its result.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Harmonic diffusion that also joins pixels that look alike",
        kind="guided",
        hints="needed",
        energy=(
            f"E(u) = {Dirichlet.formula} + alike {Likeness.formula} "
            "+ 1/2 sum_i c_i |u_i - h_i|^2, u = h at hard strokes; v_ij = (a_ij + a_ji) / 2, "
            "a_ij = exp(-|f_i - f_j|^2 / (2 likeness^2)) for the nearest neighbours j of i by "
            "f = (patch of lightness, place)"
        ),
        reference=f"after {Likeness.reference}",
    )

    alike: float = option(
        0.002, help="weight of the couplings of pixels that look alike", minimum=0, maximum=10
    )
    neighbours: int = option(
        5, help="pixels that each pixel is joined to for their looks", minimum=1, maximum=64
    )
    radius: int = option(
        2, help="radius of the patches that are compared, in pixels", minimum=0, maximum=8
    )
    place: float = option(
        40.0,
        help="how unlike pixels at opposite ends are for that alone, in percent of white",
        minimum=1,
        maximum=1000,
    )
    likeness: float = option(
        4.0, help="difference at which looks differ, in percent of white", minimum=0.1, maximum=100
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the edge weights on every grid, and the non-local graph on the coarsest."""
        return Pyramid(lightness, self._bind, reach=self.reach, tie=self.tie, pull=self.pull)

    def _bind(self, lightness: Plane, coarsest: bool) -> GridSolver:
        weights = self.edge_weights(lightness, coarsest)
        if not coarsest or self.alike == 0:
            return partial(diffuse, weights, tol=self.tol, max_iter=self.max_iter)
        law = PatchLaw(self.neighbours, self.radius, self.place, self.likeness, self.alike)
        graph = PatchGraph.of(lightness, law)
        return partial(diffuse_on_both, weights, graph, tol=self.tol, max_iter=self.max_iter)


def diffuse_on_both(
    weights: EdgeWeights,
    graph: PatchGraph,
    hints: HintMap,
    /,
    *,
    initial: Chroma | None = None,
    prior: Chroma | None = None,
    prior_weight: float = 0.0,
    tol: float = 1e-4,
    max_iter: int = 200,
    progress: Progress | None = None,
) -> tuple[Chroma, SolveReport]:
    """`handtint.solvers.diffusion.diffuse` with the energy of ``graph`` added.

    The preconditioner is the multigrid of the local graph with the degrees of both graphs on its
    diagonal.
    """
    edges = with_marks(weights, hints.barrier, hints.ignore)
    beyond = graph.with_marks(hints.barrier, hints.ignore)
    diagonal, b, held = hint_system(edges, hints, prior, np.float32(prior_weight))
    free = diagonal > 0
    diagonal += np.where(free, beyond.degree, np.float32(0))
    beyond.add_coupled(held, b)
    b *= free
    x = starting_planes(hints, initial)
    x *= free
    report = pcg.solve(
        edges,
        diagonal,
        hints.shape,
        b,
        x,
        tol=tol,
        max_iter=max_iter,
        beyond=Likeness(beyond),
        progress=progress,
    )
    x += held
    chroma = crop(x, hints.shape)
    if hints.barrier.any():
        fill_barriers(chroma, hints.barrier)
    return chroma, report
