"""Coarse to fine: the driver that methods share which solve a problem on several grids.

On the coarsest grid (long side ``reach``) the strokes alone decide; there colour travels far, and
it is there that edge weights tell objects from texture. Each finer grid (doublings, up to the
working grid) starts from the coarser result, carried up along the edges of its lightness, and is
tied to it: its energy gains the term

    tie/2 |u - up(u_coarse)|^2.

What is solved on each grid is the method's own business: a `GridSolver`.

Where the lightness is not to be trusted, it is not looked at: ignored pixels take the lightness of
the nearest others before anything is computed from it, so that a scratch is not seen by blurred
planes beside it either.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.ndimage import distance_transform_edt, label

from handtint.colorizer import Part, Progress, check_cancelled
from handtint.resample import carry_up, grid_shapes, reduce_area, reduce_hints
from handtint.types import Chroma, Colorization, HintMap, Mask, Plane, SolveReport


class GridSolver(Protocol):
    """The problem of a method on one grid, bound to the lightness there."""

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
        """Minimise the energy plus prior_weight/2 |u - prior|^2 on this grid.

        Parameters
        ----------
        hints : HintMap, of shape (h, w)
            Strokes on this grid.
        initial : ndarray, shape (h, w, 2), float32, optional
            A chroma to start from.
        prior : ndarray, shape (h, w, 2), float32, optional
            The coarser result; None, for grey, on the coarsest grid.
        prior_weight : float
            Its weight.
        progress : Progress, optional
            Fractions of the whole run, with the chroma so far; cancellation.
        """


@dataclass(frozen=True, slots=True)
class _Grid:
    lightness: Plane
    solve: GridSolver

    @property
    def shape(self) -> tuple[int, int]:
        h, w = self.lightness.shape
        return h, w


class Pyramid:
    """A prepared method that works coarse to fine.

    It remembers what each grid added to the coarser result, and starts from there the next time.

    Parameters
    ----------
    lightness : ndarray, shape (H, W), float32, in [0, 100]
        Lightness of the photograph on the working grid.
    solver : callable
        ``solver(lightness, coarsest)`` binds the method's problem to the lightness of one grid.
    reach : int
        Long side of the coarsest grid, in pixels; 0: only the working grid, without the tie.
    tie : float
        Weight of the coarser result on a finer grid.
    pull : float
        Weight of grey, the chroma 0, on the coarsest grid.
    """

    def __init__(
        self,
        lightness: Plane,
        solver: Callable[[Plane, bool], GridSolver],
        *,
        reach: int,
        tie: float,
        pull: float = 0.0,
    ) -> None:
        h, w = lightness.shape
        planes = [
            np.ascontiguousarray(reduce_area(lightness, shape))
            for shape in grid_shapes((h, w), reach)
        ]
        self._grids = tuple(_Grid(p, solver(p, n == 0)) for n, p in enumerate(planes))
        self._lightness, self._solver = lightness, solver
        self._reach, self._tie, self._pull = reach, tie, pull
        self._filled: tuple[Mask, Pyramid] | None = None
        self._details: tuple[Chroma, ...] = ()

    @property
    def coarsest(self) -> tuple[int, int]:
        """Shape of the coarsest grid."""
        return self._grids[0].shape

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None = None,
        progress: Progress | None = None,
    ) -> Colorization:
        """Solve grid after grid; see `handtint.colorizer.PreparedColorizer`.

        The report counts the iterations of all grids and has the largest residual.
        """
        if hints.ignore.any():
            trusted = replace(hints, ignore=np.zeros_like(hints.ignore))
            return self._without(hints.ignore)(trusted, initial=initial, progress=progress)
        started = time.perf_counter()
        total = sum(g.lightness.size for g in self._grids)
        done = 0
        found: list[Chroma] = []
        details: list[Chroma] = []
        iterations, residual, converged = 0, 0.0, True
        for index, grid in enumerate(self._grids):
            check_cancelled(progress)
            share = grid.lightness.size / total
            prior = self._carried(found[-1], index, hints) if found else None
            if prior is not None and progress is not None:
                # The first word of a finer grid: whoever shows the coarser result need not wait.
                progress.report(done / total, prior)
            reduced = reduce_hints(hints, grid.shape)
            chroma, report = grid.solve(
                reduced,
                initial=self._start(index, reduced, initial, prior),
                prior=prior,
                prior_weight=self._pull if prior is None else self._tie,
                progress=None if progress is None else Part(progress, done / total, share),
            )
            found.append(chroma)
            details.append(chroma if prior is None else chroma - prior)
            iterations += report.iterations
            residual = max(residual, report.residual)
            converged = converged and report.converged
            done += grid.lightness.size
            if progress is not None:
                progress.report(done / total, chroma)
        self._details = tuple(details)
        return Colorization(
            found[-1],
            SolveReport(iterations, residual, converged, time.perf_counter() - started),
        )

    def _without(self, ignored: Mask) -> Pyramid:
        """The same for the photograph with its ignored pixels filled in."""
        if self._filled is None or not np.array_equal(self._filled[0], ignored):
            inside = Pyramid(
                without(self._lightness, ignored),
                self._solver,
                reach=self._reach,
                tie=self._tie,
                pull=self._pull,
            )
            self._filled = (ignored.copy(), inside)
        return self._filled[1]

    def _start(
        self, index: int, hints: HintMap, initial: Chroma | None, prior: Chroma | None
    ) -> Chroma | None:
        if initial is not None:
            return np.ascontiguousarray(reduce_area(initial, hints.shape))
        if not self._details:
            return prior
        if prior is None:
            return self._details[index] * _reached(hints)[..., None]
        return prior + self._details[index]

    def _carried(self, coarse: Chroma, index: int, hints: HintMap) -> Chroma:
        below, here = self._grids[index - 1], self._grids[index]
        barrier = (lambda s: reduce_hints(hints, s).barrier) if hints.barrier.any() else None
        return carry_up(coarse, below.lightness, here.lightness, barrier)


def without(lightness: Plane, ignored: Mask) -> Plane:
    """Lightness with the ignored pixels filled in from the nearest others."""
    if ignored.all():
        return np.full_like(lightness, 50)
    rows, columns = distance_transform_edt(ignored, return_distances=False, return_indices=True)
    return np.ascontiguousarray(lightness[rows, columns])


def _reached(hints: HintMap) -> Mask:
    """Pixels that no barrier parts from all hints: where none decides, what was there stays."""
    drawn = (hints.weight > 0) & ~hints.barrier
    if not hints.barrier.any():
        return np.full(hints.shape, drawn.any())
    region, count = label(~hints.barrier, structure=np.ones((3, 3), np.int8))
    hinted = np.bincount(region[drawn], minlength=count + 1) > 0
    return np.asarray(hinted[region])
