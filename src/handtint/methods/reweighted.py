"""A harmonic solve whose weights, pulls and shading a learned model finds from a first one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from handtint.coefficients import load, load_reweighter
from handtint.colorizer import MethodInfo, Part, PreparedColorizer, Progress
from handtint.methods.coarse import Coarse
from handtint.methods.parts import separated
from handtint.methods.pyramid import GridSolver, Pyramid
from handtint.options import option
from handtint.solvers.diffusion import hold
from handtint.solvers.learned import PULL
from handtint.solvers.reweighting import (
    FIRM_PULL,
    FirstLook,
    Ground,
    asking_who,
    problem,
    shaded,
)
from handtint.types import Chroma, HintMap, Plane, SolveReport


@dataclass(frozen=True)
class Reweighted(Coarse):
    """Two harmonic solves on the coarsest grid: the first tells what the second should weigh.

    See `handtint.solvers.reweighting`. Finer grids carry the result on, as
    `handtint.methods.pyramid` tells. Parts of the picture that barriers divide are solved one by
    one, for the models look across barriers.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Learned reweighting of edges, pulls and shading",
        kind="guided",
        hints="needed",
        energy=(
            "E(v) = 1/2 sum_ij w_ij |v_i - v_j|^2 + 1/2 sum_i c_i |v_i - h_i / g_i|^2"
            " + 1/2 sum_i m_i |v_i|^2 + 1/2 sum_i n_i |v_i - a_i|^2, u = g v, u = h at "
            "hard strokes; a the colours of strokes that look alike; w, m, n, g learned, from the "
            "lightness and a first solution"
        ),
        reference=(
            "after P. W. Holland, R. E. Welsch, Robust regression using iteratively reweighted "
            "least-squares, Communications in Statistics 6(9), 1977, "
            "doi:10.1080/03610927708827533"
        ),
        overshoots=True,
        shades=True,
    )

    reweighting: str = option(
        "", help="file of the models that find weights anew; empty: those shipped", file=True
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute edge weights and features on every grid."""
        return Pyramid(lightness, self._bind, reach=self.reach, tie=self.tie)

    def _bind(self, lightness: Plane, coarsest: bool) -> GridSolver:
        return _Twice(self, lightness) if coarsest else self.finer(lightness)


class _Twice:
    """The problem on the coarsest grid, bound to a photograph."""

    def __init__(self, method: Reweighted, lightness: Plane) -> None:
        self._method = method
        self._model = load_reweighter(method.reweighting)
        self._ground = Ground.of(lightness, load(method.coefficients).edges)
        # Two, each of which keeps its hierarchy between calls.
        self._first, self._firm = (method.bound(self._ground.weights) for _ in range(2))

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None,
        prior: Chroma | None,
        prior_weight: float,
        progress: Progress | None,
    ) -> tuple[Chroma, SolveReport]:
        """Solve, find weights, and solve again, in each part that has hints."""
        parts = [(mask, own) for mask, own in separated(hints) if own.count]
        if not parts:
            return self._first(hints, initial=initial, progress=progress)
        chroma = np.zeros_like(hints.chroma) if initial is None else initial.copy()
        reports = []
        for n, (mask, own) in enumerate(parts):
            share = progress and Part(progress, n / len(parts), 1 / len(parts))
            found, report = self._solved(own, initial, share)
            chroma[mask] = found[mask]
            reports.append(report)
        hold(chroma, hints)
        return chroma, _joined(reports)

    def _solved(
        self, hints: HintMap, initial: Chroma | None, progress: Progress | None
    ) -> tuple[Chroma, SolveReport]:
        ground = self._ground
        values, first = self._first(
            shaded(hints, ground.shading),
            prior_weight=PULL,
            progress=progress and _Stage(progress, 0, 0.3, ground.shading),
        )
        asking = asking_who(hints, ground.looks)
        held, others = zip(
            *(
                self._firm(
                    asked,
                    prior_weight=FIRM_PULL,
                    progress=progress and _Stage(progress, 0.3 + 0.1 * n, 0.1),
                )
                for n, asked in enumerate(asking)
            ),
            strict=True,
        )
        look = FirstLook.of(values, held, hints, ground)
        asked = problem(self._model, ground, look, hints)
        shading = asked.shading[..., None]
        found, last = self._method.bound(asked.weights)(
            asked.hints,
            initial=values if initial is None else initial / shading,
            progress=progress and _Stage(progress, 0.6, 0.4, asked.shading),
        )
        return found * shading, _joined([first, *others, last])


class _Stage(Part):
    """Progress of one of the solves, which does not see chroma but chroma divided by a shading.

    Parameters
    ----------
    whole, first, share
        As for `Part`.
    shading : ndarray, shape (h, w), float32, optional
        Without it the solve has nothing to show.
    """

    def __init__(
        self, whole: Progress, first: float, share: float, shading: Plane | None = None
    ) -> None:
        super().__init__(whole, first, share)
        self._shading = shading

    def report(self, fraction: float, chroma: Chroma | None = None, /) -> None:
        """Pass on the fraction, and the picture with its shading."""
        if chroma is not None:
            chroma = None if self._shading is None else chroma * self._shading[..., None]
        super().report(fraction, chroma)


def _joined(reports: Sequence[SolveReport]) -> SolveReport:
    """What several solves reached together."""
    return SolveReport(
        sum(r.iterations for r in reports),
        max(r.residual for r in reports),
        all(r.converged for r in reports),
        sum(r.seconds for r in reports),
    )
