"""Guided harmonic colour: strokes diffuse over a graph that the lightness weights."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from handtint.colorizer import MethodInfo, Progress, check_cancelled
from handtint.options import option
from handtint.resample import fit, joint_upsample, joint_upsample_within, reduce_area, reduce_hints
from handtint.solvers.affinities import LAWS, EdgeLaw
from handtint.solvers.diffusion import diffuse
from handtint.solvers.grid import EdgeWeights
from handtint.types import Chroma, Colorization, HintMap, Plane, SolveReport


@dataclass(frozen=True)
class Harmonic:
    """Colour that is harmonic on a graph weighted by the lightness, from coarse to fine.

    On the coarsest grid (long side ``reach``) the strokes alone decide; there colour travels far,
    and it is there that the weights tell objects from texture. Each finer grid starts from the
    coarser result, carried up along the edges of the lightness, holds the strokes exactly again,
    and keeps a weak tie to where it came from. With ``reach=0`` the problem is solved once, on the
    given grid, without the tie.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Guided harmonic diffusion, coarse to fine",
        kind="guided",
        hints="needed",
        energy=(
            "E(u) = 1/2 sum_ij w_ij |u_i - u_j|^2 + 1/2 sum_i c_i |u_i - h_i|^2"
            " + tie/2 |u - up(u_coarse)|^2, u = h at hard strokes; "
            "w_ij = exp(-d_ij / scale) + floor (laplace), "
            "d_ij = |L_i - L_j| + share |(G L)_i - (G L)_j|"
        ),
        reference=(
            "after A. Levin, D. Lischinski, Y. Weiss, Colorization using optimization, "
            "ACM Transactions on Graphics 23(3), 2004, doi:10.1145/1015706.1015780"
        ),
    )

    law: str = option("laplace", help="how edge weights follow the lightness", choices=tuple(LAWS))
    scale: float = option(
        1.5,
        help="contrast that stops colour (percent of white; relative to the deviation for levin)",
        minimum=0.05,
        maximum=50,
    )
    floor: float = option(
        1e-5, help="weight left across the strongest edge", minimum=1e-7, maximum=1
    )
    smoothing: float = option(
        1.5, help="blur of the second look at the contrast, in pixels", minimum=0, maximum=10
    )
    share: float = option(
        2.0, help="share of that second look; 0 looks at single pixels only", minimum=0, maximum=20
    )
    reach: int = option(
        144, help="long side of the coarsest grid, in pixels; 0: one grid", minimum=0, maximum=4096
    )
    tie: float = option(
        0.01, help="weight of the coarser result on a finer grid", minimum=1e-6, maximum=10
    )
    tol: float = option(
        1e-4, help="relative residual at which the solver stops", minimum=1e-7, maximum=0.1
    )
    max_iter: int = option(200, help="bound of the solver's iterations", minimum=1, maximum=10_000)

    def prepare(self, lightness: Plane, /) -> PreparedHarmonic:
        """Compute the edge weights on every grid."""
        h, w = lightness.shape
        law = EdgeLaw(self.scale, self.floor, self.smoothing, self.share)
        grids = []
        for shape in grid_shapes((h, w), self.reach):
            plane = reduce_area(lightness, shape)
            grids.append(_Grid(plane, LAWS[self.law](plane, law)))
        return PreparedHarmonic(self, tuple(grids))


def grid_shapes(shape: tuple[int, int], reach: int) -> tuple[tuple[int, int], ...]:
    """Grids from a long side of ``reach`` in doublings up to ``shape``, coarsest first."""
    shapes = []
    side = reach
    while side and side * 1.4 < max(shape):
        shapes.append(fit(shape, side))
        side *= 2
    return (*shapes, shape)


@dataclass(frozen=True, slots=True)
class _Grid:
    lightness: Plane
    weights: EdgeWeights

    @property
    def shape(self) -> tuple[int, int]:
        h, w = self.lightness.shape
        return h, w


class PreparedHarmonic:
    """`Harmonic` bound to a photograph.

    It remembers what each grid added to the coarser result, and starts from there the next time.
    """

    def __init__(self, method: Harmonic, grids: tuple[_Grid, ...]) -> None:
        self._method = method
        self._grids = grids
        self._details: tuple[Chroma, ...] = ()

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None = None,
        progress: Progress | None = None,
    ) -> Colorization:
        """Minimise the energy for these hints; see `handtint.colorizer.PreparedColorizer`."""
        started = time.perf_counter()
        method = self._method
        found: list[Chroma] = []
        details: list[Chroma] = []
        iterations, residual, converged = 0, 0.0, True
        for index, grid in enumerate(self._grids):
            check_cancelled(progress)
            shape = grid.shape
            level_hints = reduce_hints(hints, shape)
            prior = self._carried(found[-1], index, hints) if found else None
            chroma, report = diffuse(
                grid.weights,
                level_hints,
                initial=self._start(index, shape, initial, prior),
                prior=prior,
                prior_weight=method.tie if prior is not None else 0.0,
                tol=method.tol,
                max_iter=method.max_iter,
                progress=progress if len(self._grids) == 1 else None,
            )
            found.append(chroma)
            details.append(chroma if prior is None else chroma - prior)
            iterations += report.iterations
            residual = max(residual, report.residual)
            converged = converged and report.converged
            if progress is not None:
                progress.report((index + 1) / len(self._grids), chroma)
        self._details = tuple(details)
        return Colorization(
            found[-1],
            SolveReport(iterations, residual, converged, time.perf_counter() - started),
        )

    def _start(
        self, index: int, shape: tuple[int, int], initial: Chroma | None, prior: Chroma | None
    ) -> Chroma | None:
        if initial is not None:
            return np.ascontiguousarray(reduce_area(initial, shape))
        if not self._details:
            return prior
        return self._details[index] if prior is None else prior + self._details[index]

    def _carried(self, coarse: Chroma, index: int, hints: HintMap) -> Chroma:
        below, here = self._grids[index - 1], self._grids[index]
        if not hints.barrier.any():
            return joint_upsample(coarse, below.lightness, here.lightness)
        barriers = (reduce_hints(hints, grid.shape).barrier for grid in (below, here))
        return joint_upsample_within(coarse, below.lightness, here.lightness, *barriers)
