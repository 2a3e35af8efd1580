"""Strokes as the learned models see them: sets of pixels with one colour each.

A hint map has colours, not strokes. Those are told apart by colour and by where they are connected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from handtint.jit import inlined, kernel
from handtint.types import HintMap

Planes = NDArray[np.float32]

DRAWN = np.float32(0.2)
"""Least weight of a hint that counts as a stroke here; weaker ones are left to the solver."""

SAME = np.float32(1 / 16)
"""Colours that agree after rounding to multiples of this are one; reduction to a coarser grid
leaves rounding errors."""

MOST_GROUPS = 96
"""Strokes that are told apart at most; more are joined by colour."""

MOST_MIXED = 512
"""Groups among which mixtures of others are looked for at most: more are no strokes of a hand."""

_RIM = 3


@dataclass(frozen=True, slots=True)
class Strokes:
    """Strokes as the kernel sees them: sets of pixels with one colour each.

    Parameters
    ----------
    pixels : list of n ndarrays of int
        Flat indices.
    chroma : ndarray, shape (n, 2), float32
    """

    pixels: list[NDArray[np.intp]]
    chroma: Planes


def strokes_of(hints: HintMap) -> Strokes:
    """Strokes of a hint map: the pixels of one colour in one connected set of drawn pixels.

    Where strokes of two colours meet, the coarser grid has mixtures of both, another in each pixel:
    these count to the nearer colour. Where there are more than `MOST_GROUPS` strokes, those of one
    colour are joined, then those of similar colours, in cells of the chroma plane whose side
    doubles from half a unit.
    """
    drawn = (hints.weight >= DRAWN) & ~hints.barrier
    rows, columns = np.nonzero(drawn)
    colours = hints.chroma[rows, columns]
    flat = (rows * drawn.shape[1] + columns).astype(np.intp)
    parts = label(drawn, np.ones((3, 3)))[0][rows, columns]
    group = _grouped(parts, colours)
    if flat.size and group.max() < MOST_MIXED:
        pure = _unmixed(group, colours, flat, drawn.shape)
        colours, group = colours[pure], _grouped(parts, colours[pure])
    if flat.size and group.max() >= MOST_GROUPS:
        group = _grouped(np.zeros_like(parts), colours)
    cell = np.float32(0.5)
    while flat.size and group.max() >= MOST_GROUPS:
        group = _numbered(_cells(colours, cell))
        cell *= 2
    members = [np.flatnonzero(group == n) for n in range(group.max() + 1 if flat.size else 0)]
    means = [colours[m].mean(axis=0) for m in members]
    return Strokes([flat[m] for m in members], np.array(means, np.float32).reshape(-1, 2))


def _grouped(parts: NDArray[np.int32], colours: Planes) -> NDArray[np.intp]:
    """Number of the group of each pixel: those of one part and one colour."""
    return _numbered(parts + 1j * _numbered(_cells(colours, SAME)))


def _cells(colours: Planes, side: np.float32) -> NDArray[np.complexfloating[Any]]:
    """The cell of the chroma plane, of a grid with this side, that each colour is in."""
    cells = np.round(colours / side)
    return np.asarray(cells[:, 0] + 1j * cells[:, 1])


def _numbered(keys: NDArray[np.complexfloating[Any]]) -> NDArray[np.intp]:
    _, numbers = np.unique(keys, return_inverse=True)
    return np.asarray(numbers, np.intp)


def _unmixed(
    group: NDArray[np.intp], colours: Planes, flat: NDArray[np.intp], shape: tuple[int, int]
) -> NDArray[np.intp]:
    """For each of P pixels, one of them that has its colour unmixed: mostly itself.

    A group is a mixture if its colour lies between those of two larger groups that are none, both
    near it, or of which a mixture near it is.
    """
    numbers = np.full((shape[0] + 2 * _RIM, shape[1] + 2 * _RIM), -1, np.intp)
    rows, columns = np.divmod(flat, shape[1])
    numbers[rows + _RIM, columns + _RIM] = group
    size = np.bincount(group)
    first = np.unique(group, return_index=True)[1]
    meet = np.zeros((size.size, size.size), np.bool_)
    _fill_meet(numbers, meet)
    parts = np.full((size.size, 2), -1, np.intp)
    _find_parts(meet, size, colours[first], np.argsort(-size, kind="stable"), parts)
    taken = np.where(parts[:, 0] < 0, np.arange(size.size), parts[:, 0])
    while not np.array_equal(taken, taken[taken]):
        taken = taken[taken]
    return first[taken][group]


@kernel()
def _fill_meet(numbers: NDArray[np.intp], meet: NDArray[np.bool_]) -> None:
    """Which groups have pixels within `_RIM` of each other; ``numbers`` has a margin of that."""
    for y in range(_RIM, numbers.shape[0] - _RIM):
        for x in range(_RIM, numbers.shape[1] - _RIM):
            here = numbers[y, x]
            if here < 0:
                continue
            for v in range(y - _RIM, y + _RIM + 1):
                for u in range(x - _RIM, x + _RIM + 1):
                    if numbers[v, u] >= 0:
                        meet[here, numbers[v, u]] = True


@kernel()
def _find_parts(
    meet: NDArray[np.bool_],
    size: NDArray[np.intp],
    colour: Planes,
    order: NDArray[np.intp],
    parts: NDArray[np.intp],
) -> None:
    """Of which two groups each is a mixture, the nearer one first; -1 where it is none."""
    around = np.empty(size.size, np.intp)
    changed = True
    while changed:
        changed = False
        for n in order:
            if parts[n, 0] >= 0:
                continue
            seen = np.zeros(size.size, np.bool_)
            for m in range(size.size):
                if meet[n, m] and parts[m, 0] < 0:
                    seen[m] = True
                elif meet[n, m]:
                    seen[parts[m, 0]] = seen[parts[m, 1]] = True
            count = 0
            for m in range(size.size):
                if seen[m] and parts[m, 0] < 0 and size[m] > size[n]:
                    around[count] = m
                    count += 1
            least = 4 * SAME
            for i in range(count):
                for j in range(i):
                    one, other = around[i], around[j]
                    share, off = _between(colour[n], colour[one], colour[other])
                    if 0 < share < 1 and off < least:
                        least, changed = off, True
                        parts[n, 0] = one if share <= 0.5 else other
                        parts[n, 1] = other if share <= 0.5 else one


@inlined()
def _between(colour: Planes, one: Planes, other: Planes) -> tuple[np.float32, np.float32]:
    """How far on the way from one to the other a colour is, and how far off it."""
    a, b = other[0] - one[0], other[1] - one[1]
    c, d = colour[0] - one[0], colour[1] - one[1]
    share = (a * c + b * d) / max(a * a + b * b, SAME)
    return share, np.hypot(c - share * a, d - share * b)
