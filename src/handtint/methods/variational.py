"""The project's exemplary model: the bilaplacian spreads colour, a total variation restrains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from handtint.colorizer import MethodInfo, PreparedColorizer, Progress
from handtint.energies.bilaplacian import Bilaplacian
from handtint.energies.dirichlet import Dirichlet
from handtint.energies.fidelity import HintFidelity
from handtint.energies.graph_tv import GraphTV
from handtint.energies.total_variation import TotalVariation
from handtint.methods.guided import Guided
from handtint.methods.pyramid import GridSolver, Pyramid
from handtint.options import option
from handtint.solvers.affinities import with_marks
from handtint.solvers.diffusion import diffuse, fill_barriers, starting_planes
from handtint.solvers.grid import EdgeWeights, crop
from handtint.solvers.irls import Model, Reweighted, minimise
from handtint.types import Chroma, HintMap, Plane, SolveReport


@dataclass(frozen=True)
class Variational(Guided):
    """A weighted sum of the bilaplacian and a regulariser, minimised on the coarsest grid.

    There the model decides where colour goes. The finer grids (see `handtint.methods.pyramid`)
    carry its result on by the quadratic problem of `handtint.methods.harmonic`: on them the
    reweighted terms gained nothing. With ``reach=0`` the model is minimised on the given grid.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Bilaplacian and graph total variation, coarse to fine",
        kind="guided",
        hints="needed",
        energy=(
            f"E(u) = bilaplacian {Bilaplacian.formula} + weight R(u) + {HintFidelity.formula}, "
            f"u = h at hard strokes; R(u) = {GraphTV.formula} (gtv)"
        ),
        reference=GraphTV.reference,
        overshoots=True,
    )

    regulariser: str = option(
        "gtv", help="the term beside the bilaplacian", choices=("gtv", "tv", "dirichlet")
    )
    weight: float = option(1.0, help="weight of the regulariser", minimum=1e-6, maximum=1e3)
    bilaplacian: float = option(
        1.0, help="weight of the bilaplacian; 0 leaves it out", minimum=0, maximum=1e3
    )
    p: float = option(1.0, help="power of the differences in gtv", minimum=0.1, maximum=2)
    epsilon: float = option(
        1.0,
        help="difference of chroma below which the regulariser is quadratic",
        minimum=1e-3,
        maximum=100,
    )
    relax: float = option(
        1.0,
        help="factor of epsilon at the first outer step; halved at each",
        minimum=1,
        maximum=1000,
    )
    steps: int = option(5, help="bound of the outer steps", minimum=1, maximum=10_000)

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the edge weights on every grid."""
        return Pyramid(lightness, self._bind, reach=self.reach, tie=self.tie)

    def _bind(self, lightness: Plane, coarsest: bool) -> GridSolver:
        weights = self.edge_weights(lightness)
        if coarsest:
            return partial(self._minimise, weights)
        return partial(diffuse, weights, tol=self.tol, max_iter=self.max_iter)

    def _minimise(
        self,
        weights: EdgeWeights,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None,
        prior: Chroma | None,
        prior_weight: float,
        progress: Progress | None,
    ) -> tuple[Chroma, SolveReport]:
        edges = with_marks(weights, hints.barrier, hints.ignore)
        model = Model(
            [REGULARISERS[self.regulariser](self, edges)],
            HintFidelity(hints, prior, prior_weight),
            Bilaplacian(edges, self.bilaplacian) if self.bilaplacian else None,
        )
        u = starting_planes(hints, initial)
        report = minimise(
            model,
            hints.shape,
            u,
            steps=self.steps,
            relax=self.relax,
            tol=self.tol,
            max_iter=self.max_iter,
            progress=progress,
        )
        chroma = crop(u, hints.shape)
        if hints.barrier.any():
            fill_barriers(chroma, hints.barrier)
        return chroma, report


REGULARISERS: dict[str, Callable[[Variational, EdgeWeights], Reweighted]] = {
    "gtv": lambda m, w: GraphTV(m.weight * w, m.p, m.epsilon),
    "tv": lambda m, w: TotalVariation(w, m.weight, m.epsilon),
    "dirichlet": lambda m, w: Dirichlet(m.weight * w),
}
"""The regularisers by name: (method, edge weights (4, hp, wp)) -> term."""
