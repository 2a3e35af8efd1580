"""Two baselines in closed form: what every method has to beat.

Neither looks at the lightness, so barriers and ignored pixels mean nothing to them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from handtint.colorizer import MethodInfo, PreparedColorizer, Progress, check_cancelled
from handtint.types import Chroma, Colorization, HintMap, Plane, SolveReport


@dataclass(frozen=True, slots=True)
class Grey:
    """No colour: the chroma is zero, whatever the hints say."""

    info: ClassVar[MethodInfo] = MethodInfo(
        title="No colour: the photograph as it is",
        kind="baseline",
        hints="ignored",
        energy="u = 0",
        reference="the photograph itself",
        holds_strokes=False,
        honours_marks=False,
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Nothing to prepare; see `handtint.colorizer.Colorizer.prepare`."""
        return _grey


@dataclass(frozen=True, slots=True)
class FlatTint:
    """One colour everywhere: the mean chroma of the hints, weighted by their trust."""

    info: ClassVar[MethodInfo] = MethodInfo(
        title="One flat tint: the mean colour of the hints everywhere",
        kind="baseline",
        hints="needed",
        energy="u = sum_x w(x) h(x) / sum_x w(x), the same at every pixel",
        reference="toning a print with one colour",
        holds_strokes=False,
        honours_marks=False,
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Nothing to prepare; see `handtint.colorizer.Colorizer.prepare`."""
        return _flat_tint


def _grey(
    hints: HintMap, /, *, initial: Chroma | None = None, progress: Progress | None = None
) -> Colorization:
    return _constant(hints.shape, np.zeros(2), progress)


def _flat_tint(
    hints: HintMap, /, *, initial: Chroma | None = None, progress: Progress | None = None
) -> Colorization:
    if not hints.count:
        return _constant(hints.shape, np.zeros(2), progress)
    weight = hints.weight.astype(np.float64).ravel()
    mean = weight @ hints.chroma.astype(np.float64).reshape(-1, 2) / weight.sum()
    return _constant(hints.shape, mean, progress)


def _constant(
    shape: tuple[int, int], value: NDArray[np.float64], progress: Progress | None
) -> Colorization:
    check_cancelled(progress)
    start = time.perf_counter()
    chroma = np.empty((*shape, 2), np.float32)
    chroma[...] = value
    report = SolveReport(0, 0.0, converged=True, seconds=time.perf_counter() - start)
    return Colorization(chroma, report)
