"""A first paint within milliseconds: hints and their confidence, smoothed along lines."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from handtint.colorizer import MethodInfo, PreparedColorizer, Progress, check_cancelled
from handtint.options import option
from handtint.resample import fit, joint_upsample, joint_upsample_within, reduce_area, reduce_hints
from handtint.solvers.affinities import EdgeLaw, laplace, with_marks
from handtint.solvers.diffusion import hold
from handtint.solvers.grid import EdgeWeights
from handtint.solvers.separable import LineSmoother
from handtint.types import Chroma, Colorization, HintMap, Plane, SolveReport

GROWTH = 8.0
"""Ratio of the strengths of one smoothing and the one before."""

FAINTEST = np.float32(1e-30)
"""Smoothed weight below which a hint counts as out of reach: single precision ends soon after."""


@dataclass(frozen=True)
class Fast:
    """Normalised edge-aware smoothing in a cascade of growing strengths, on a small grid.

    Each step smooths what the step before left, along columns and rows, by
    `handtint.solvers.separable.LineSmoother` with the ``laplace`` weights of the lightness; the
    sum over all steps, each weighted ``decay`` times the one before, falls with the distance about
    as a power does, so that near hints prevail and far ones are still heard. Chroma times weight
    and weight go through the same sum, and their ratio is a weighted mean of the hints. Pixels that
    no hint reaches have no colour. The result is carried up to the given grid along the edges of
    its lightness, and hard strokes are put into it.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Fast preview: hints smoothed along rows and columns",
        kind="guided",
        hints="needed",
        energy=(
            "u = (S k h) / (S k), S = sum_n decay^n A_n ... A_1 A_0, A_0 = 1, "
            "A_n = (C_n R_n + R_n C_n) / 2, C_n f = argmin_u |u - f|^2 + 8^(n-1) sum w_ij "
            "|u_i - u_j|^2 along columns, R_n along rows; u = h at hard strokes"
        ),
        reference=(
            "after D. Min, S. Choi, J. Lu, B. Ham, K. Sohn, M. N. Do, Fast global image smoothing "
            "based on weighted least squares, IEEE Transactions on Image Processing 23(12), 2014, "
            "doi:10.1109/TIP.2014.2366600"
        ),
    )

    scale: float = option(
        1.5, help="contrast that stops colour, in percent of white", minimum=0.05, maximum=50
    )
    floor: float = option(
        1e-4, help="weight left across the strongest edge", minimum=1e-7, maximum=1
    )
    smoothing: float = option(
        1.5, help="blur of the second look at the contrast, in pixels", minimum=0, maximum=10
    )
    share: float = option(
        2.0, help="share of that second look; 0 looks at single pixels only", minimum=0, maximum=20
    )
    steps: int = option(
        9, help="number of smoothings, each 8 times as strong as the last", minimum=1, maximum=12
    )
    decay: float = option(
        0.3, help="weight of a smoothing beside the one before", minimum=1e-3, maximum=1
    )
    reach: int = option(
        144,
        help="long side of the small grid, in pixels; 0: the given grid",
        minimum=0,
        maximum=4096,
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Factor the tridiagonal systems."""
        return _PreparedFast(self, lightness)


class _PreparedFast:
    def __init__(self, method: Fast, lightness: Plane) -> None:
        h, w = lightness.shape
        self._method = method
        self._fine = lightness
        self._shape = fit((h, w), method.reach) if method.reach else (h, w)
        self._coarse = np.ascontiguousarray(reduce_area(lightness, self._shape))
        law = EdgeLaw(method.scale, method.floor, method.smoothing, method.share)
        self._weights = laplace(self._coarse, law)
        self._smoothers = self._cascade(self._weights)

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None = None,
        progress: Progress | None = None,
    ) -> Colorization:
        start = time.perf_counter()
        check_cancelled(progress)
        coarse = reduce_hints(hints, self._shape)
        chroma = self._smoothed(coarse)
        hold(chroma, coarse)
        if self._shape != hints.shape:
            if hints.barrier.any():
                chroma = joint_upsample_within(
                    chroma, self._coarse, self._fine, coarse.barrier, hints.barrier
                )
            else:
                chroma = joint_upsample(chroma, self._coarse, self._fine)
            hold(chroma, hints)
        seconds = time.perf_counter() - start
        return Colorization(chroma, SolveReport(0, 0.0, converged=True, seconds=seconds))

    def _cascade(self, weights: EdgeWeights) -> tuple[LineSmoother, ...]:
        return tuple(
            LineSmoother(weights, self._shape, GROWTH**n) for n in range(self._method.steps)
        )

    def _smoothed(self, hints: HintMap) -> Chroma:
        weights = with_marks(self._weights, hints.barrier, hints.ignore)
        smoothers = self._smoothers if weights is self._weights else self._cascade(weights)
        trust = np.where(hints.barrier, np.float32(0), hints.weight)
        step = np.empty((3, *self._shape), np.float32)
        np.multiply(np.moveaxis(hints.chroma, 2, 0), trust, out=step[:2])
        step[2] = trust
        total, factor = step.copy(), np.float32(1)
        for smooth in smoothers:
            step = smooth(step)
            factor *= np.float32(self._method.decay)
            total += factor * step
        chroma = np.moveaxis(total[:2] / np.maximum(total[2], FAINTEST), 0, 2)
        chroma[total[2] < FAINTEST] = 0
        return np.ascontiguousarray(chroma)
