"""Geodesic distances on the pixel grid, from many sets of seeds at once.

The distance from a set of seeds S to a pixel i is the least cost of a path over the 8-neighbour
graph, where the cost of a path is either the sum or the largest of the costs c of its edges:

    sum        d(i) = min over paths from S to i of   sum c_e
    minimax    d(i) = min over paths from S to i of   max c_e

Both are the least solution of Bellman's equation d(i) = min_j (d(j) + c_ij), or max(d(j), c_ij),
with d = 0 on S. It is found by sweeps over the rows, down and up, in which a row takes what the row
before offers and then relaxes itself to the right and to the left. Sweeps go on until nothing
changes, so the result is exact up to the rounding of the sums. They end: distances only fall, and
every two sweeps settle all shortest paths with one more vertical turn.

A pixel is looked at only when one of its neighbours fell since, and several sets of seeds go
through the grid together: they are the innermost index, where the machine's vector units work.

References
----------
P. J. Toivanen, "New geodesic distance transforms for gray-scale images", Pattern Recognition
Letters 17(5), 1996, doi:10.1016/0167-8655(96)00010-4 (sweeps over the pixels). R. Bellman, "On a
routing problem", Quarterly of Applied Mathematics 16(1), 1958, doi:10.1090/qam/102435.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from handtint.colorizer import Progress, check_cancelled
from handtint.jit import inlined, kernel
from handtint.solvers.grid import OFFSETS, EdgeWeights, pad, padded_shape
from handtint.types import Mask, Plane

Distances: TypeAlias = NDArray[np.float32]
Pixels: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.uint8]

T = TypeVar("T", bound=np.generic)

MOST_LANES = 64
"""Sets of seeds that go through the grid together at most."""

BLOCK_FLOATS = 1 << 22
"""Distances that are held for them at most, unless the grid is so large that 8 sets are more."""

# States of a pixel: nothing to do; a neighbour fell; the pixel is a seed that no sweep has seen.
_REST, _OFFERED, _SEED = np.uint8(0), np.uint8(1), np.uint8(2)


@dataclass(frozen=True, slots=True)
class ContrastCost:
    """What a step over the lightness L costs.

    For an edge of length l (1, or sqrt(2) on diagonals) between the pixels i and j, ::

        c_ij = (|L_i - L_j| + share |(G L)_i - (G L)_j|)^exponent + rest l

    with G a Gaussian of standard deviation ``smoothing`` pixels.

    Parameters
    ----------
    exponent : float
        1 adds up the contrast of a path as Yatziv and Sapiro do; 2 spares soft slopes.
    rest : float
        Cost of a step without contrast, in percent of white to the power ``exponent``.
    smoothing : float
        Width of the Gaussian, in pixels.
    share : float
        Share of the blurred contrast, which sees edges wider than a pixel and overlooks grain.
    """

    exponent: float = 2.0
    rest: float = 0.1
    smoothing: float = 1.5
    share: float = 2.0

    def of(self, lightness: Plane) -> EdgeWeights:
        """Costs of all edges, shape (4, hp, wp), in the storage of `handtint.solvers.grid`.

        Parameters
        ----------
        lightness : ndarray, shape (h, w), float32, in [0, 100]
        """
        smooth = lightness
        if self.share > 0 and self.smoothing > 0:
            smooth = gaussian_filter(lightness, self.smoothing, mode="nearest", truncate=3.0)
        contrast = steps(lightness) + np.float32(self.share) * steps(smooth)
        costs: EdgeWeights = contrast ** np.float32(self.exponent)
        costs[:2] += np.float32(self.rest)
        costs[2:] += np.float32(self.rest * math.sqrt(2))
        return costs

    def with_marks(self, costs: EdgeWeights, barrier: Mask, ignore: Mask) -> EdgeWeights:
        """Costs after the marks of a person.

        Parameters
        ----------
        costs : ndarray, shape (4, hp, wp), float32
            Made by `of`; returned unchanged, not copied, when there are no marks.
        barrier, ignore : ndarray, shape (h, w), bool
            Edges that touch a barrier cost infinity; of the others, those that touch an ignored
            pixel cost what a step without contrast does.
        """
        if not (barrier.any() or ignore.any()):
            return costs
        marked = costs.copy()
        for mask, cost in ((ignore, self.rest), (barrier, math.inf)):
            changed = touched(mask)
            marked[:2][changed[:2]] = cost
            marked[2:][changed[2:]] = cost * math.sqrt(2)
        return marked


def distances(
    costs: EdgeWeights,
    shape: tuple[int, int],
    seeds: Sequence[Pixels],
    *,
    minimax: bool = False,
    progress: Progress | None = None,
) -> Distances:
    """Distance of every pixel to each of several sets of pixels.

    Parameters
    ----------
    costs : ndarray, shape (4, hp, wp), float32, at least 0
        Costs of the edges, stored as edge weights are (see `handtint.solvers.grid`); infinity
        where there is no way. Entries of edges that leave the picture are not looked at.
    shape : (int, int)
        Height h and width w of the picture.
    seeds : sequence of n ndarrays of int
        The sets: flat indices into ``shape``, row by row.
    minimax : bool
        Whether a path costs its largest edge instead of the sum.
    progress : Progress, optional
        Asked for cancellation every two sweeps.

    Returns
    -------
    ndarray, shape (n, h, w), float32
        0 at the seeds, infinity where no path leads or the set is empty.

    Raises
    ------
    Cancelled
        When ``progress.cancelled`` became true.
    """
    out = np.empty((len(seeds), *shape), np.float32)
    for first, block in distance_blocks(costs, shape, seeds, minimax=minimax, progress=progress):
        _unpack(block, out[first:])
    return out


def distance_blocks(
    costs: EdgeWeights,
    shape: tuple[int, int],
    seeds: Sequence[Pixels],
    *,
    minimax: bool = False,
    progress: Progress | None = None,
) -> Iterator[tuple[int, Distances]]:
    """The same in blocks of sets, for callers that need not keep all distances.

    Parameters are those of `distances`.

    Yields
    ------
    first : int
        Number of the block's first set.
    block : ndarray, shape (h + 2, w + 2, lanes), float32
        ``block[y + 1, x + 1, k]`` is the distance of the pixel (y, x) to set ``first + k``. Lanes
        beyond the last set hold infinity. The block is overwritten when the next one is made.
    """
    h, w = shape
    lanes = _lanes(len(seeds), (h + 2) * (w + 2))
    block = np.empty((h + 2, w + 2, lanes), np.float32)
    states = np.zeros((2, h + 2, w + 2), np.uint8)
    rows = np.zeros((2, h + 2), np.uint8)
    for first in range(0, len(seeds), lanes):
        block.fill(np.inf)
        for lane, pixels in enumerate(seeds[first : first + lanes]):
            y, x = np.divmod(pixels, w)
            block[y + 1, x + 1, lane] = 0
            states[0, y + 1, x + 1] = _SEED
            rows[0, y + 1] = 1
        while rows.any():
            check_cancelled(progress)
            _sweep(block, costs, minimax, states, rows)
        yield first, block


def steps(plane: Plane) -> EdgeWeights:
    """``|plane_i - plane_j|`` of every edge, with zeros around the picture."""
    padded = pad(plane)
    out = np.zeros((4, *padded.shape), np.float32)
    for steps, (here, there) in zip(out, _ends(padded), strict=True):
        steps[1:-1, 1:-1] = np.abs(there - here)
    return out


def touched(mask: Mask) -> NDArray[np.bool_]:
    """Which edges have an end in ``mask``."""
    h, w = mask.shape
    padded = np.zeros(padded_shape((h, w)), np.bool_)
    padded[1 : h + 1, 1 : w + 1] = mask
    out = np.zeros((4, *padded.shape), np.bool_)
    for edges, (here, there) in zip(out, _ends(padded), strict=True):
        edges[1:-1, 1:-1] = here | there
    return out


def _ends(padded: NDArray[T]) -> Iterator[tuple[NDArray[T], NDArray[T]]]:
    """Both ends of the edges of a padded plane, direction by direction."""
    hp, wp = padded.shape
    for dy, dx in OFFSETS:
        yield padded[1:-1, 1:-1], padded[1 + dy : hp - 1 + dy, 1 + dx : wp - 1 + dx]


def _lanes(sets: int, pixels: int) -> int:
    """Sets at once: few enough for the cache, and a multiple of what a vector holds."""
    most = min(max(BLOCK_FLOATS // pixels, 8), MOST_LANES, max(sets, 1))
    return most if most <= 2 else -(-most // 8) * 8


@inlined()
def _over(near: np.float32, cost: np.float32, minimax: bool) -> np.float32:
    """Cost of the way that goes on from a neighbour."""
    if minimax:
        return near if near > cost else cost
    return near + cost


@inlined()
def _keep(d: Distances, y: int, x: int, best: Distances) -> bool:
    """Take over the distances ``best`` of a pixel; whether one of them is new."""
    fell = 0
    for n in range(d.shape[2]):
        fell |= best[n] < d[y, x, n]
    if fell:
        for n in range(d.shape[2]):
            d[y, x, n] = best[n]
    return fell != 0


@inlined()
def _along(
    d: Distances, y: int, before: int, x: int, cost: np.float32, minimax: bool, best: Distances
) -> bool:
    """Relax pixel ``x`` by the pixel ``before`` in its row; whether its distances are new."""
    if d.shape[2] == 1:
        a = _over(d[y, before, 0], cost, minimax)
        if a < d[y, x, 0]:
            d[y, x, 0] = a
            return True
        return False
    for n in range(d.shape[2]):
        a = _over(d[y, before, n], cost, minimax)
        best[n] = a if a < d[y, x, n] else d[y, x, n]
    fell: bool = _keep(d, y, x, best)
    return fell


@kernel()
def _relax_row(
    d: Distances,
    costs: EdgeWeights,
    minimax: bool,
    y: int,
    step: int,
    states: Flags,
    fell: Flags,
    best: Distances,
) -> bool:
    """Relax row ``y`` by row ``y - step`` and in itself; ``fell`` tells which pixels changed."""
    near = y - step
    upper = min(y, near)
    w, lanes = d.shape[1] - 2, d.shape[2]
    # The stored edges that join a pixel to the outer two of the three in the other row.
    left, right, shift = (2, 3, 1) if step > 0 else (3, 2, 0)
    anything = False
    for x in range(1, w + 1):
        fell[x] = states[x] == _SEED
        if states[x] != _REST:
            above = costs[1, upper, x]
            above_left = costs[left, upper, x - shift]
            above_right = costs[right, upper, x + shift]
            before = costs[0, y, x - 1]
            if lanes == 1:  # without the loops, which take longer than what they do once
                a = _over(d[near, x, 0], above, minimax)
                a = min(a, _over(d[near, x - 1, 0], above_left, minimax))
                a = min(a, _over(d[near, x + 1, 0], above_right, minimax))
                a = min(a, _over(d[y, x - 1, 0], before, minimax))
                if a < d[y, x, 0]:
                    d[y, x, 0] = a
                    fell[x] = 1
            else:
                for n in range(lanes):
                    a = _over(d[near, x, n], above, minimax)
                    b = _over(d[near, x - 1, n], above_left, minimax)
                    c = _over(d[near, x + 1, n], above_right, minimax)
                    e = _over(d[y, x - 1, n], before, minimax)
                    a = b if b < a else a
                    c = e if e < c else c
                    a = c if c < a else a
                    best[n] = a if a < d[y, x, n] else d[y, x, n]
                fell[x] |= _keep(d, y, x, best)
        elif fell[x - 1]:
            fell[x] |= _along(d, y, x - 1, x, costs[0, y, x - 1], minimax, best)
        states[x] = _REST
        anything |= fell[x] != 0
    if anything:
        for x in range(w - 1, 0, -1):
            if fell[x + 1]:
                fell[x] |= _along(d, y, x + 1, x, costs[0, y, x], minimax, best)
    return anything


@kernel()
def _sweep(d: Distances, costs: EdgeWeights, minimax: bool, states: Flags, rows: Flags) -> None:
    """One sweep down and one up.

    ``states[0]`` and ``rows[0]`` say what the sweep down has to look at, ``[1]`` the one up.
    """
    h, w = d.shape[0] - 2, d.shape[1] - 2
    best = np.empty(d.shape[2], np.float32)
    fell = np.zeros(w + 2, np.uint8)
    for direction in range(2):
        step = 1 - 2 * direction
        for n in range(1, h + 1):
            y = n if direction == 0 else h + 1 - n
            if rows[direction, y] == 0:
                continue
            rows[direction, y] = 0
            if not _relax_row(d, costs, minimax, y, step, states[direction, y], fell, best):
                continue
            if y < h:
                rows[0, y + 1] = 1
                _mark(states[0, y + 1], fell)
            if y > 1:
                rows[1, y - 1] = 1
                _mark(states[1, y - 1], fell)


@inlined()
def _mark(states: Flags, fell: Flags) -> None:
    """Have the neighbours of the pixels that fell looked at."""
    for x in range(1, states.shape[0] - 1):
        if fell[x - 1] | fell[x] | fell[x + 1]:
            states[x] = max(states[x], _OFFERED)


@kernel()
def _unpack(block: Distances, out: Distances) -> None:
    """Copy a block, sets innermost, to planes."""
    _, h, w = out.shape
    lanes = min(block.shape[2], out.shape[0])
    for y in range(h):
        for n in range(lanes):
            for x in range(w):
                out[n, y, x] = block[y + 1, x + 1, n]
