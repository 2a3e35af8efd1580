"""The project's exemplary model: the bilaplacian spreads colour, a total variation restrains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from handtint.colorizer import MethodInfo, Part, PreparedColorizer, Progress
from handtint.energies.bilaplacian import Bilaplacian
from handtint.energies.dirichlet import Dirichlet
from handtint.energies.fidelity import HINTS, HintFidelity
from handtint.energies.graph_tv import GraphTV
from handtint.energies.tgv import TGV
from handtint.energies.total_variation import TotalVariation
from handtint.errors import OptionError
from handtint.methods.guided import Guided, retuned
from handtint.methods.pyramid import GridSolver, Pyramid
from handtint.options import option
from handtint.solvers import irls, primal_dual
from handtint.solvers.affinities import with_marks
from handtint.solvers.diffusion import diffuse, fill_barriers, starting_planes
from handtint.solvers.grid import EdgeWeights, crop, pad
from handtint.types import Chroma, HintMap, Plane, SolveReport


@dataclass(frozen=True)
class Variational(Guided):
    """A weighted sum of the bilaplacian and a regulariser, minimised on the coarsest grid.

    There the model decides where colour goes. The finer grids (see `handtint.methods.pyramid`)
    carry its result on by the quadratic problem of `handtint.methods.harmonic`: on them the
    reweighted terms gained nothing. With ``reach=0`` the model is minimised on the given grid.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Bilaplacian and a total variation, coarse to fine",
        kind="guided",
        hints="needed",
        energy=(
            f"E(u) = bilaplacian [{Bilaplacian.formula}] + weight R(u) + {HINTS}, "
            f"a = 1, u = h at hard strokes; R(u) = {GraphTV.formula} (gtv), "
            f"{TotalVariation.formula} (tv), {TGV.formula} (tgv), or {Dirichlet.formula} "
            "(dirichlet), b = 1"
        ),
        reference=f"{GraphTV.reference}; {TGV.reference}; {Bilaplacian.reference}",
        overshoots=True,
    )

    law: str = retuned("law", "learned")
    reach: int = retuned("reach", 256)
    pull: float = retuned("pull", 7e-5)
    tol: float = retuned("tol", 1e-3)
    regulariser: str = option(
        "gtv", help="the term beside the bilaplacian", choices=("gtv", "tv", "tgv", "dirichlet")
    )
    weight: float = option(1.0, help="weight of the regulariser", minimum=1e-6, maximum=1e3)
    bilaplacian: float = option(
        0.1, help="weight of the bilaplacian; 0 leaves it out", minimum=0, maximum=1e3
    )
    p: float = option(1.8, help="power of the differences in gtv", minimum=0.1, maximum=2)
    epsilon: float = option(
        2.0,
        help="difference of chroma below which gtv and tv are quadratic",
        minimum=1e-3,
        maximum=100,
    )
    second: float = option(
        0.5, help="weight of the change of the slope in tgv, in pixels", minimum=1e-3, maximum=1e3
    )
    solver: str = option(
        "auto",
        help="auto: irls, but primal-dual for tgv",
        choices=("auto", "irls", "primal-dual"),
    )
    steps: int = option(5, help="bound of the outer steps of irls", minimum=1, maximum=10_000)
    relax: float = option(
        1.0,
        help="factor of epsilon at the first outer step of irls; halved at each",
        minimum=1,
        maximum=1000,
    )
    rounds: int = option(
        400, help="bound of the iterations of primal-dual", minimum=1, maximum=1_000_000
    )
    gap: float = option(
        0.02, help="normalised gap at which primal-dual stops", minimum=1e-7, maximum=1
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the edge weights on every grid.

        Raises
        ------
        OptionError
            When the solver cannot minimise the regulariser.
        """
        able = DUALS if self._solver == "primal-dual" else MAJORISED
        if self.regulariser not in able:
            raise OptionError(
                f"solver={self.solver} has no way to minimise {self.regulariser}; "
                f"it can {', '.join(able)}"
            )
        if self._solver == "primal-dual" and self.regulariser == "gtv" and self.p != 1:
            raise OptionError(f"solver=primal-dual needs p=1, got p={self.p:g}; use solver=irls")
        return Pyramid(lightness, self._bind, reach=self.reach, tie=self.tie, pull=self.pull)

    @property
    def _solver(self) -> str:
        if self.solver != "auto":
            return self.solver
        return "irls" if self.regulariser in MAJORISED else "primal-dual"

    def _bind(self, lightness: Plane, coarsest: bool) -> GridSolver:
        weights = self.edge_weights(lightness, coarsest)
        if coarsest:
            solve = self._by_duality if self._solver == "primal-dual" else self._by_reweighting
            return partial(solve, weights)
        return partial(diffuse, weights, tol=self.tol, max_iter=self.max_iter)

    def _by_reweighting(
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
        model = irls.Model(
            [MAJORISED[self.regulariser](self, edges)],
            HintFidelity(hints, prior, prior_weight),
            Bilaplacian(edges, self.bilaplacian) if self.bilaplacian else None,
        )
        u = starting_planes(hints, initial)
        report = irls.minimise(
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

    def _by_duality(
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
        terms = [DUALS[self.regulariser](self, edges)]
        if self.bilaplacian:
            terms.append(Bilaplacian(edges, self.bilaplacian))
        planes = max(term.primal for term in terms)
        # Harmonic colour is a far better start than any constant, at the price of a few rounds.
        u, _ = diffuse(
            weights,
            hints,
            initial=initial,
            prior=prior,
            prior_weight=prior_weight,
            tol=self.tol,
            max_iter=self.max_iter,
            progress=None if progress is None else Part(progress, 0, 0.1),
        )
        x = np.zeros((planes, *edges.shape[1:]), np.float32)
        x[:2] = pad(u)
        report = primal_dual.minimise(
            terms,
            HintFidelity(hints, prior, prior_weight),
            _box(hints, planes, overshoots=self.regulariser == "tgv" or self.bilaplacian > 0),
            hints.shape,
            x,
            tol=self.gap,
            max_iter=self.rounds,
            progress=None if progress is None else Part(progress, 0.1, 0.9),
        )
        chroma = crop(x[:2], hints.shape)
        if hints.barrier.any():
            fill_barriers(chroma, hints.barrier)
        return chroma, report


def _box(hints: HintMap, planes: int, *, overshoots: bool) -> primal_dual.Box:
    """Where the minimiser is looked for: in the range of the hints, or a quarter as far again.

    A slope of more than a quarter of the range a pixel is a jump, so slopes are bounded, too.
    """
    used = hints.chroma[hints.weight > 0]
    if hints.barrier.any() or not len(used):
        # What no hint reaches stays without colour.
        used = np.concatenate([used, np.zeros((1, 2), np.float32)])
    low, high = used.min(0), used.max(0)
    width = high - low
    if overshoots:
        low, high = low - width / 4, high + width / 4
    slopes = np.tile(width / 4, (planes - 2) // 2)
    # Found on photographs: there the gap falls fastest.
    scale = np.full(planes, max(2 * float(width.max()), 1e-3), np.float32)
    scale[2:] *= 0.3
    return primal_dual.Box(np.concatenate([low, -slopes]), np.concatenate([high, slopes]), scale)


def _gtv(method: Variational, weights: EdgeWeights) -> GraphTV:
    return GraphTV(method.weight * weights, method.p, method.epsilon)


def _tv(method: Variational, weights: EdgeWeights) -> TotalVariation:
    return TotalVariation(weights, method.weight, method.epsilon)


def _tgv(method: Variational, weights: EdgeWeights) -> TGV:
    return TGV(weights, method.weight, method.second, method.epsilon)


def _dirichlet(method: Variational, weights: EdgeWeights) -> Dirichlet:
    return Dirichlet(method.weight * weights)


MAJORISED: dict[str, Callable[[Variational, EdgeWeights], irls.Reweighted]] = {
    "gtv": _gtv,
    "tv": _tv,
    "dirichlet": _dirichlet,
}
"""Regularisers that reweighting minimises: (method, edge weights (4, hp, wp)) -> term."""

DUALS: dict[str, Callable[[Variational, EdgeWeights], primal_dual.Saddle]] = {
    "gtv": _gtv,
    "tv": _tv,
    "tgv": _tgv,
}
"""Regularisers that the primal-dual method minimises."""
