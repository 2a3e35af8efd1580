"""What the hint kernel sees: strokes, how far they are from each pixel, and how alike both look.

The features of pairs (`PAIR_FEATURES`) and of pixels (`PIXEL_FEATURES`) are distances and
differences only, never positions, directions or hues. See `handtint.solvers.hint_kernel` for what
is made of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from handtint.colorizer import Progress
from handtint.jit import kernel
from handtint.resample import fit, reduce_area
from handtint.solvers.affinities import EdgeLaw
from handtint.solvers.features import Texture, blur
from handtint.solvers.geodesic import distances, steps, touched
from handtint.types import Chroma, HintMap, Mask, Plane

Planes = NDArray[np.float32]


DRAWN = np.float32(0.2)
"""Least weight of a hint that counts as a stroke here; weaker ones are left to the solver."""

PLAIN_LAW = EdgeLaw(scale=1.0, floor=1e-5, smoothed_share=0.0)
"""Law of the first harmonic solution, with Laplace weights."""

SAME = np.float32(1 / 16)
"""Colours that agree after rounding to multiples of this are one; reduction to a coarser grid
leaves rounding errors."""

MOST_GROUPS = 96
"""Strokes that are told apart at most; more are joined by colour."""

PAIR_FEATURES = (
    "log distance along the lightness",
    "log distance along its squared steps",
    "log distance along the learned costs",
    "log of the highest step on the way",
    "log distance in the plane",
    "difference of lightness, blurred by 1",
    "difference of lightness, blurred by 4",
    "difference of lightness, blurred widely",
    "difference of log deviation in 5x5",
    "difference of log deviation in 15x15",
    "difference of coherence",
    "difference of variation",
    "difference of log Laplacian",
    "mean difference of log oriented gradients",
    "log size of the stroke",
    "log number of strokes",
    "distance of its colour to the learned harmonic solution",
    "log of that",
    "lightness of the pixel",
    "lightness of the stroke",
    "signed difference of lightness",
    "first, less that of the nearest stroke",
    "third, less that of the nearest stroke",
    "fifth, less that of the nearest stroke",
    "sixth, less that of the most alike stroke",
    "log deviation in 5x5 at the pixel",
)
PIXEL_FEATURES = (
    "least log distance along the lightness",
    "least log distance along the learned costs",
    "log number of strokes",
    "log deviation in 5x5",
    "least log distance in the plane",
    "entropy of the strokes by distance",
    "log distance of the two harmonic solutions",
    "lightness",
    "log deviation in 15x15",
    "least log distance of a stroke's colour to the learned harmonic solution",
)
FALLBACKS = ("mean", "laplace", "learned", "grey")

_DISTANCES = 5
_DESCRIPTORS = 16
_FAR = np.float32(1e6)
_CHUNK = 512


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

    Where there are more than `MOST_GROUPS`, those of one colour are joined, then those of similar
    colours, in cells of the chroma plane whose side doubles from half a unit.
    """
    drawn = (hints.weight >= DRAWN) & ~hints.barrier
    rows, columns = np.nonzero(drawn)
    colours = hints.chroma[rows, columns]
    flat = (rows * drawn.shape[1] + columns).astype(np.intp)
    colour = _numbered(np.round(colours / SAME))
    parts = label(drawn, np.ones((3, 3)))[0][rows, columns]
    group = _numbered(np.column_stack([parts, colour]))
    if flat.size and group.max() >= MOST_GROUPS:
        group = colour
    cell = np.float32(0.5)
    while flat.size and group.max() >= MOST_GROUPS:
        group = _numbered(np.floor(colours / cell))
        cell *= 2
    members = [np.flatnonzero(group == n) for n in range(group.max() + 1 if flat.size else 0)]
    means = [colours[m].mean(axis=0) for m in members]
    return Strokes([flat[m] for m in members], np.array(means, np.float32).reshape(-1, 2))


def _numbered(keys: NDArray[np.generic]) -> NDArray[np.intp]:
    _, numbers = np.unique(keys, axis=0, return_inverse=True)
    return np.asarray(numbers.ravel(), np.intp)


KERNEL_GRID = 160
"""Long side of the grid of the kernel, in pixels."""


class Surroundings:
    """What the kernel knows of a photograph: path costs and how each pixel looks.

    Parameters
    ----------
    texture : Texture, of shape (h, w)
        Planes of the lightness on the grid of the kernel.
    log_weights : ndarray, shape (4, h, w), float32
        Logarithms of the learned edge weights, clipped, on this grid.

    Notes
    -----
    Lengths are those on a grid with a long side of 192 pixels.
    """

    def __init__(self, texture: Texture, log_weights: Planes) -> None:
        h, w = texture.lightness.shape
        self.shape = (h, w)
        self.lightness = texture.lightness
        # Distances to the strokes of the last call: a new stroke leaves those of the others alone.
        self._known: dict[bytes, Planes] = {}
        self.scale = np.float32(192 / max(h, w))
        contrast = steps(texture.lightness)
        length = np.array([1, 1, np.sqrt(2), np.sqrt(2)], np.float32)[:, None, None] * self.scale
        learned = np.zeros_like(contrast)
        learned[:, 1 : h + 1, 1 : w + 1] = np.exp(-log_weights / 2) * (self.scale / 15)
        plain = np.broadcast_to(length, contrast.shape).copy()
        self.costs = (
            contrast + np.float32(0.02) * length,
            contrast * contrast * np.float32(0.2) + np.float32(0.1) * length,
            learned,
            contrast,
            plain,
        )
        wide = blur(texture.lightness, 10 * max(h, w) / 192)
        self.descriptors = np.stack(
            [
                texture.blurred[0],
                texture.blurred[2],
                wide,
                np.log(texture.near + np.float32(0.7)),
                np.log(texture.wide + np.float32(0.7)),
                texture.coherence,
                texture.variation,
                np.log(texture.laplacian + np.float32(0.3)),
                *_oriented(texture),
            ]
        ).reshape(_DESCRIPTORS, -1)

    @classmethod
    def of(cls, lightness: Plane, log_weights: Planes) -> Surroundings:
        """From a finer lightness and its log weights, clipped, shape (4, h, w)."""
        h, w = lightness.shape
        shape = fit((h, w), KERNEL_GRID)
        reduced = [reduce_area(np.ascontiguousarray(p), shape) for p in log_weights]
        return cls(Texture.of(reduce_area(lightness, shape)), np.stack(reduced))

    def distances(
        self, strokes: Strokes, barrier: Mask, progress: Progress | None = None
    ) -> Planes:
        """Distances of every pixel to every stroke, shape (5, n, h * w); infinite behind barriers.

        In the order of the first `PAIR_FEATURES`.
        """
        keys = [pixels.tobytes() + np.packbits(barrier).tobytes() for pixels in strokes.pixels]
        known = {key: self._known[key] for key in keys if key in self._known}
        fresh = {
            key: pixels
            for key, pixels in zip(keys, strokes.pixels, strict=True)
            if key not in known
        }
        size = self.shape[0] * self.shape[1]
        found = np.empty((_DISTANCES, len(fresh), size), np.float32)
        cut = touched(barrier)
        for index, costs in enumerate(self.costs):
            found[index] = distances(
                np.where(cut, np.float32(np.inf), costs) if barrier.any() else costs,
                self.shape,
                list(fresh.values()),
                minimax=index == 3,
                progress=progress,
            ).reshape(-1, size)
        known |= {key: found[:, n].copy() for n, key in enumerate(fresh)}
        self._known = known
        return np.stack([known[key] for key in keys], axis=1)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some pixels with all that the kernel's models are given for them.

    Parameters
    ----------
    where : slice or ndarray of int
        Flat indices of the P pixels.
    pairs : ndarray, shape (len(PAIR_FEATURES), n, P), float32
    pixels : ndarray, shape (len(PIXEL_FEATURES), P), float32
    fallbacks : ndarray, shape (len(FALLBACKS), P, 2), float32
        The colours that no single stroke has.
    reached : ndarray, shape (n, P), bool
        Whether a way leads from the stroke to the pixel.
    """

    where: slice | NDArray[np.intp]
    pairs: Planes
    pixels: Planes
    fallbacks: Planes
    reached: NDArray[np.bool_]


def chunks(
    surroundings: Surroundings,
    strokes: Strokes,
    found: Planes,
    laplace: Chroma,
    learned: Chroma,
    only: NDArray[np.intp] | None = None,
) -> Iterator[Chunk]:
    """Features of the pixels, a chunk at a time.

    Parameters
    ----------
    surroundings, strokes
        The photograph and its n >= 1 strokes.
    found : ndarray, shape (5, n, h * w), float32
        `Surroundings.distances`.
    laplace, learned : ndarray, shape (h, w, 2), float32
        The harmonic solutions.
    only : ndarray of int, optional
        Flat indices of the pixels that are asked for; all if not given.
    """
    total = found.shape[2] if only is None else only.size
    groups = np.stack([surroundings.descriptors[:, p].mean(axis=1) for p in strokes.pixels], axis=1)
    area = np.array([p.size for p in strokes.pixels], np.float32) * surroundings.scale**2
    crowd = np.float32(np.log(min(len(strokes.pixels), 64)) - 3.5)
    local = np.stack([laplace.reshape(-1, 2), learned.reshape(-1, 2)])
    for start in range(0, total, _CHUNK):
        where = slice(start, start + _CHUNK) if only is None else only[start : start + _CHUNK]
        reached = np.isfinite(found[4][:, where])
        logs = np.minimum(found[:, :, where], _FAR)
        logs[:4] += np.float32(0.5)
        logs[4] += 1
        np.log(logs, out=logs)
        here = surroundings.descriptors[:, where]
        solutions = local[:, where]
        pairs = np.empty((len(PAIR_FEATURES), *logs.shape[1:]), np.float32)
        _fill_pairs(
            logs,
            np.ascontiguousarray(here),
            groups,
            np.log(area),
            crowd,
            np.ascontiguousarray(solutions[1].T),
            strokes.chroma,
            pairs,
        )
        share = reached / np.maximum(reached.sum(axis=0), 1)
        mean = share.T.astype(np.float32) @ strokes.chroma
        fallbacks = np.stack([mean, *solutions, np.zeros_like(mean)])
        yield Chunk(where, pairs, _pixel_features(pairs, here, solutions), fallbacks, reached)


def _oriented(texture: Texture) -> Iterator[Plane]:
    """Log of the blurred |derivative| in four directions, at two scales."""
    for width, (rows, columns) in ((3.0, texture.slopes[0]), (6.0, texture.slopes[1])):
        for n in range(4):
            angle = np.float32(n * np.pi / 4)
            along = columns * np.cos(angle) + rows * np.sin(angle)
            yield np.log(blur(np.abs(along), width) + np.float32(0.3))


def _pixel_features(pairs: Planes, here: Planes, solutions: Planes) -> Planes:
    out = np.empty((len(PIXEL_FEATURES), pairs.shape[2]), np.float32)
    near = np.exp(-2 * pairs[21])
    near /= near.sum(axis=0)
    out[0] = pairs[0].min(axis=0)
    out[1] = pairs[2].min(axis=0)
    out[2] = pairs[15, 0]
    out[3] = here[3]
    out[4] = pairs[4].min(axis=0)
    out[5] = -(near * np.log(near + np.float32(1e-6))).sum(axis=0)
    out[6] = np.log(np.sqrt(((solutions[0] - solutions[1]) ** 2).sum(axis=1)) + 1)
    out[7] = here[0] * np.float32(0.05)
    out[8] = here[4]
    out[9] = pairs[17].min(axis=0)
    return out


@kernel()
def _fill_pairs(
    logs: Planes,
    here: Planes,
    groups: Planes,
    log_area: Planes,
    crowd: np.float32,
    learned: Planes,
    colours: Planes,
    out: Planes,
) -> None:
    # A loop a feature, so that each is done in the machine's vector units.
    _, n, pixels = out.shape
    small = np.float32(0.05)
    for i in range(n):
        out[14, i] = log_area[i]
        out[15, i] = crowd
        out[19, i] = small * groups[0, i]
        for d in range(5):
            for p in range(pixels):
                out[d, i, p] = logs[d, i, p]
        for d in range(3):
            for p in range(pixels):
                out[5 + d, i, p] = small * abs(here[d, p] - groups[d, i])
        for d in range(5):
            for p in range(pixels):
                out[8 + d, i, p] = abs(here[3 + d, p] - groups[3 + d, i])
        for p in range(pixels):
            out[13, i, p] = 0
        for d in range(8, 16):
            for p in range(pixels):
                out[13, i, p] += np.float32(0.125) * abs(here[d, p] - groups[d, i])
        for p in range(pixels):
            a, b = learned[0, p] - colours[i, 0], learned[1, p] - colours[i, 1]
            out[16, i, p] = np.sqrt(a * a + b * b)
        for p in range(pixels):
            out[17, i, p] = np.log(out[16, i, p] + np.float32(2))
        for p in range(pixels):
            out[16, i, p] *= small
            out[18, i, p] = small * here[0, p]
            out[20, i, p] = small * (here[0, p] - groups[0, i])
            out[25, i, p] = here[3, p]
    for d in range(4):
        of = (0, 2, 4, 5)[d]
        least = out[of, 0].copy()
        for i in range(1, n):
            for p in range(pixels):
                least[p] = min(least[p], out[of, i, p])
        for i in range(n):
            for p in range(pixels):
                out[21 + d, i, p] = out[of, i, p] - least[p]
