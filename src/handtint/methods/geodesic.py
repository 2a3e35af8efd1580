"""Chrominance blending: every pixel mixes the colours of the strokes by their geodesic distance."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from handtint.colorizer import MethodInfo, PreparedColorizer, Progress
from handtint.methods.pyramid import GridSolver, Pyramid
from handtint.options import option
from handtint.solvers.affinities import LAWS, EdgeLaw
from handtint.solvers.diffusion import diffuse, hold
from handtint.solvers.geodesic import ContrastCost, Pixels, distance_blocks
from handtint.types import Chroma, HintMap, Plane, SolveReport

MOST_COLOURS = 256
"""Colours that are told apart; with more in the strokes, near ones are taken together."""

MOST_KEPT = 8_000_000
"""Values of nearness that are kept between calls at most: pixels times colours."""

Nearness: TypeAlias = NDArray[np.float64]

# Added to the distances: keeps the weight at a stroke finite.
_NEAREST = 0.1


@dataclass(frozen=True)
class Geodesic:
    """Colours blended by inverse powers of their geodesic distances on the coarsest grid.

    Hints of the same colour (rounded to 1 percent, more coarsely where there would be more than
    `MOST_COLOURS`) are one set S_n, with their mean chroma h_n and the largest k_n of their
    weights; d_n is the distance to it by `handtint.solvers.geodesic`. The finer grids are those of
    `handtint.methods.harmonic` with its default weights: they hold the strokes and keep to the
    blend. With ``reach=0`` the blend is made on the given grid, and hard strokes are put into it.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Chrominance blending by geodesic distances, coarse to fine",
        kind="guided",
        hints="needed",
        energy=(
            "u(x) = sum_n v_n h_n / sum_n v_n, v_n = k_n (d_n(x) + 0.1)^-power, d_n(x) the least "
            "sum over a path from x to the hints of colour h_n of "
            "(|L_i - L_j| + share |(G L)_i - (G L)_j|)^exponent + rest |i - j|; u = h at hard "
            "strokes"
        ),
        reference=(
            "after L. Yatziv, G. Sapiro, Fast image and video colorization using chrominance "
            "blending, IEEE Transactions on Image Processing 15(5), 2006, "
            "doi:10.1109/TIP.2005.864231"
        ),
    )

    power: float = option(
        2.5, help="how fast a colour fades with its distance", minimum=0.5, maximum=8
    )
    exponent: float = option(
        2.0, help="power of the contrast in the cost of a step", minimum=0.25, maximum=4
    )
    rest: float = option(
        0.1, help="cost of a step without contrast, at least this", minimum=1e-4, maximum=100
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
        1e-4, help="relative residual at which finer grids stop", minimum=1e-7, maximum=0.1
    )
    max_iter: int = option(200, help="bound of their iterations", minimum=1, maximum=10_000)

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the costs of the steps, and the edge weights of the finer grids."""
        return Pyramid(lightness, self._bind, reach=self.reach, tie=self.tie)

    def _bind(self, lightness: Plane, coarsest: bool) -> GridSolver:
        if not coarsest:
            weights = LAWS["laplace"](lightness, EdgeLaw(floor=1e-5))
            return partial(diffuse, weights, tol=self.tol, max_iter=self.max_iter)
        law = ContrastCost(self.exponent, self.rest, self.smoothing, self.share)
        return Blend(law, lightness, self.power)


class Blend:
    """The blend on one photograph, for strokes that change.

    It keeps how near each colour is to each pixel, v_n / k_n; when strokes were added, changed or
    taken away, only the colours whose pixels changed are looked at anew.

    Parameters
    ----------
    law : ContrastCost
        What a step costs.
    lightness : ndarray, shape (h, w), float32, in [0, 100]
        Lightness of the photograph.
    power : float
        How fast a colour fades with its distance.
    """

    def __init__(self, law: ContrastCost, lightness: Plane, power: float) -> None:
        self._law, self._power = law, power
        self._costs = law.of(lightness)
        self._known: dict[bytes, Nearness] = {}

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None = None,
        prior: Chroma | None = None,
        prior_weight: float = 0.0,
        progress: Progress | None = None,
    ) -> tuple[Chroma, SolveReport]:
        """Blend the colours of the hints by their distances.

        Parameters
        ----------
        hints : HintMap, of shape (h, w)
            Strokes.
        initial, prior, prior_weight
            Not used: a closed form does not depend on a start, and there is no coarser grid.
        progress : Progress, optional
            Cancellation.

        Returns
        -------
        chroma : ndarray, shape (h, w, 2), float32
            A convex combination of the hints' colours at every pixel that one of them reaches,
            zero elsewhere. Pixels of a barrier take the chroma of the nearest other pixel.
        report : SolveReport
            Of a closed form.
        """
        started = time.perf_counter()
        sets, colours, trust = _by_colour(hints)
        sums = np.zeros((3, *hints.shape))
        for n, nearness in self._nearnesses(hints, sets, progress):
            for total, factor in zip(sums, (*colours[n], 1.0), strict=True):
                total += (trust[n] * factor) * nearness
        total = np.where(sums[2] > 0, sums[2], 1)[..., None]
        chroma = np.asarray(np.moveaxis(sums[:2], 0, 2) / total, np.float32)
        hold(chroma, hints)
        return chroma, SolveReport(0, 0.0, converged=True, seconds=time.perf_counter() - started)

    def _nearnesses(
        self, hints: HintMap, sets: list[Pixels], progress: Progress | None
    ) -> Iterator[tuple[int, Nearness]]:
        """Number of each set and (d_n + 0.1)^-power, shape (h, w), in any order."""
        marks = np.packbits([hints.barrier, hints.ignore]).tobytes()
        keys = [pixels.tobytes() + marks for pixels in sets]
        known = {key: self._known[key] for key in keys if key in self._known}
        kept = len(sets) * hints.weight.size <= MOST_KEPT
        fresh = [n for n, key in enumerate(keys) if key not in known]
        yield from ((n, known[key]) for n, key in enumerate(keys) if key in known)
        edges = self._law.with_marks(self._costs, hints.barrier, hints.ignore)
        blocks = distance_blocks(edges, hints.shape, [sets[n] for n in fresh], progress=progress)
        for first, block in blocks:
            for lane, n in enumerate(fresh[first : first + block.shape[2]]):
                near = block[1:-1, 1:-1, lane].astype(np.float64) + _NEAREST
                np.power(near, -self._power, out=near)
                if kept:
                    known[keys[n]] = near
                yield n, near
        self._known = known if kept else {}


def _by_colour(hints: HintMap) -> tuple[list[Pixels], NDArray[np.float64], NDArray[np.float64]]:
    """Hints of like colour: their pixels, mean chroma (n, 2) and largest weight (n,)."""
    pixels = np.flatnonzero((hints.weight > 0) & ~hints.barrier)
    if not pixels.size:
        return [], np.zeros((0, 2)), np.zeros(0)
    chroma = hints.chroma.reshape(-1, 2)[pixels].astype(np.float64)
    step = 1.0
    while True:
        found, label = np.unique(np.rint(chroma / step), axis=0, return_inverse=True)
        if len(found) <= MOST_COLOURS:
            break
        step *= 2
    label = label.ravel()
    counts = np.bincount(label)
    sums = np.stack([np.bincount(label, c) for c in chroma.T], axis=1)
    trust = np.zeros(len(found))
    np.maximum.at(trust, label, hints.weight.ravel()[pixels])
    order = np.argsort(label, kind="stable")
    sets = np.split(pixels[order], np.cumsum(counts)[:-1])
    return sets, sums / counts[:, None], trust
