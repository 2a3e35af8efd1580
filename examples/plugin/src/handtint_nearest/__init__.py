"""A third-party method for handtint: every pixel takes the colour of the nearest hint."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.ndimage import distance_transform_edt

from handtint.colorizer import MethodInfo, PreparedColorizer, Progress, check_cancelled
from handtint.options import option
from handtint.types import Chroma, Colorization, HintMap, Plane, SolveReport

__all__ = ["Nearest"]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The chroma of the nearest hint, by Euclidean distance, however weak the hint is.

    Pixels farther than ``reach`` from any hint stay grey. Barriers and ignored pixels make no
    difference, nor does the lightness.
    """

    reach: float = option(
        100.0, help="how far a hint reaches, in percent of the diagonal", minimum=0, maximum=100
    )

    info: ClassVar[MethodInfo] = MethodInfo(
        title="The colour of the nearest hint",
        kind="guided",
        hints="needed",
        energy="u(x) = h(argmin_y |x - y|), y with a hint",
        reference="Voronoi diagram of the hints",
        honours_marks=False,
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Remember the distance that hints reach in this photograph."""
        return _PreparedNearest(float(np.hypot(*lightness.shape)) * self.reach / 100)


@dataclass(frozen=True, slots=True)
class _PreparedNearest:
    reach: float  # in pixels

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None = None,
        progress: Progress | None = None,
    ) -> Colorization:
        check_cancelled(progress)
        start = time.perf_counter()
        chroma = np.zeros_like(hints.chroma)
        if hints.count:
            distance, (rows, columns) = distance_transform_edt(
                hints.weight == 0, return_indices=True
            )
            near = distance <= self.reach
            chroma[near] = hints.chroma[rows[near], columns[near]]
        report = SolveReport(0, 0.0, converged=True, seconds=time.perf_counter() - start)
        return Colorization(chroma, report)
