"""Colorization using optimization, solved directly: slow and obvious, the reference to beat."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import product
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.ndimage import uniform_filter
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from handtint.colorizer import MethodInfo, PreparedColorizer, Progress, check_cancelled
from handtint.errors import MethodError
from handtint.types import Chroma, Colorization, HintMap, Mask, Plane, SolveReport

Vector: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int32]

MAX_PIXELS = 1 << 20
"""Largest grid that is accepted: the factors take about 2 kB a pixel."""

_NEIGHBOURS = tuple(step for step in product((-1, 0, 1), repeat=2) if step != (0, 0))
# The constants of the program that the authors published with the paper.
_VARIANCE_FACTOR = 0.6
_VARIANCE_FLOOR = 2e-6
# Keeps every pixel tied to all its neighbours where the exponential underflows.
_AFFINITY_FLOOR = 1e-12


@dataclass(frozen=True, slots=True)
class LevinExact:
    """Each pixel is the affinity-weighted mean of its eight neighbours, hints apart.

    With Y the lightness in [0, 1], the chroma u solves, at every pixel r, ::

        (1 - w_r) (u_r - sum_s a_rs u_s) + w_r (u_r - h_r) = 0
        a_rs = exp(-(Y_s - Y_r)^2 / max(0.6 var_r, 2e-6)) + 1e-12, scaled to sum_s a_rs = 1

    where s runs over the eight neighbours of r, var_r is the variance of Y in the 3 x 3 window
    around r (mirrored at the borders of the picture), and h and w are the chroma and the weight of
    the hints: a hard hint (w = 1) is kept exactly. The unsymmetric system is factored by sparse LU.

    A barrier pixel has affinity to no pixel, and no pixel to it; an ignored pixel has affinity 1 to
    and from all its neighbours (before scaling). Pixels that no hint can reach, such as barriers
    without a hint, or all pixels where there is no hint at all, get zero chroma. ``initial`` is not
    used: the solution does not depend on it. ``residual`` is the largest, over the two channels,
    of ``|b - A u| / |b|``.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Levin's affinities in a 3 x 3 window, solved directly (slow)",
        kind="baseline",
        hints="needed",
        energy="u_r = sum_s a_rs u_s where no hint is, a_rs ~ exp(-(Y_s - Y_r)^2 / (0.6 var_r))",
        reference=(
            "A. Levin, D. Lischinski and Y. Weiss, Colorization using optimization, "
            "ACM Transactions on Graphics 23(3), 2004, doi:10.1145/1015706.1015780"
        ),
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the affinities; see `handtint.colorizer.Colorizer.prepare`.

        Raises
        ------
        MethodError
            When the grid has more than `MAX_PIXELS` pixels.
        """
        if lightness.size > MAX_PIXELS:
            h, w = lightness.shape
            raise MethodError(
                f"levin-exact factors a matrix of one row a pixel, at about 2 kB a pixel: "
                f"{w} x {h} pixels are too many, at most {MAX_PIXELS} fit; "
                "work at a smaller size, or use the method levin"
            )
        return _PreparedLevinExact(lightness.shape, *_affinities(lightness))


@dataclass(frozen=True, slots=True)
class _PreparedLevinExact:
    shape: tuple[int, ...]
    rows: Indices
    columns: Indices
    affinities: Vector

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
        affinity = self._matrix(hints.barrier.ravel(), hints.ignore.ravel())
        degree = np.asarray(affinity.sum(axis=1)).ravel()
        mean = sparse.diags_array(1 / np.where(degree > 0, degree, 1)) @ affinity

        weight = hints.weight.ravel().astype(np.float64)
        wanted = np.where(weight[:, None] > 0, hints.chroma.reshape(-1, 2).astype(np.float64), 0)
        free = (weight < 1) & (degree > 0) & _reached(affinity, weight)
        chroma = np.where(free[:, None], 0, wanted)
        residual = 0.0
        if free.any():
            rows = (sparse.eye_array(weight.size) - sparse.diags_array(1 - weight) @ mean)[free]
            system = rows[:, free].tocsc()
            right_side = weight[free, None] * wanted[free] - rows @ chroma
            factors = splu(
                system,
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
            solution = factors.solve(right_side)
            chroma[free] = solution
            residual = _relative_residual(system @ solution, right_side)
        return Colorization(
            chroma.astype(np.float32).reshape(hints.chroma.shape),
            SolveReport(0, residual, converged=True, seconds=time.perf_counter() - start),
        )

    def _matrix(self, barrier: Mask, ignore: Mask) -> sparse.csr_array:
        rows, columns = self.rows, self.columns
        affinities = np.where(ignore[rows] | ignore[columns], 1.0, self.affinities)
        passable = ~(barrier[rows] | barrier[columns])
        return sparse.csr_array(
            (affinities[passable], (rows[passable], columns[passable])),
            shape=(barrier.size, barrier.size),
        )


def _affinities(lightness: Plane) -> tuple[Indices, Indices, Vector]:
    """Pixel r, neighbour s and their affinity before scaling, for all pairs of neighbours."""
    y = lightness.astype(np.float64) / 100
    mean = uniform_filter(y, 3, mode="mirror")
    variance = uniform_filter(y * y, 3, mode="mirror") - mean * mean
    spread = np.maximum(_VARIANCE_FACTOR * variance, _VARIANCE_FLOOR)
    index = np.arange(y.size, dtype=np.int32).reshape(y.shape)
    rows, columns, affinities = [], [], []
    for step in _NEIGHBOURS:
        here = tuple(slice(max(0, -d), n - max(0, d)) for d, n in zip(step, y.shape, strict=True))
        there = tuple(slice(max(0, d), n - max(0, -d)) for d, n in zip(step, y.shape, strict=True))
        difference = y[there] - y[here]
        rows.append(index[here].ravel())
        columns.append(index[there].ravel())
        affinities.append((np.exp(-(difference**2) / spread[here]) + _AFFINITY_FLOOR).ravel())
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(affinities)


def _reached(affinity: sparse.csr_array, weight: Vector) -> Mask:
    """Pixels that are tied, over any number of neighbours, to a pixel with a hint."""
    count, label = connected_components(affinity, directed=False)
    hinted = np.bincount(label, weights=weight, minlength=count) > 0
    reached: Mask = hinted[label]
    return reached


def _relative_residual(reached: Vector, wanted: Vector) -> float:
    scale = np.linalg.norm(wanted, axis=0)
    error = np.linalg.norm(wanted - reached, axis=0)
    return float((error / np.where(scale > 0, scale, 1)).max())
