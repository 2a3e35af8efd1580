"""What the hint kernel sees: strokes, how far they are from each pixel, and how alike both look.

The features of pairs (`handtint.solvers.hint_pairs`) and of pixels (`PIXEL_FEATURES`) are distances
and differences only, never positions, directions or hues. See `handtint.solvers.hint_kernel` for
what is made of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from handtint.solvers.hint_pairs import LEAST_OF, OF_PAIR, Pairs
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

UNREACHED = np.float32(np.log(1e6))
"""Log distance where no way leads, and the largest there is."""

FARTHEST = np.float32(np.log(402))
"""Largest log distance of two colours, and that of a pixel that no stroke reaches."""

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
_LOG_OFFSETS = np.array([0.5, 0.5, 0.5, 0.5, 1], np.float32)
_SMALL = np.float32(0.05)
_PAIRS_AT_ONCE = 26_000
_LEAST_PIXELS = 512


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


KERNEL_GRID = 224
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
        # Logs of distances to the strokes of the last call.
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

    def log_distances(
        self, strokes: Strokes, barrier: Mask, progress: Progress | None = None
    ) -> list[Planes]:
        """Logs of the distances of every pixel to each of n strokes: n of shape (5, h * w).

        In the order of the first values `OF_PAIR`; `UNREACHED` behind barriers. Those of strokes
        that were there at the last call are not computed again.
        """
        fence = np.packbits(barrier).tobytes()
        keys = [pixels.tobytes() + fence for pixels in strokes.pixels]
        known = {key: self._known[key] for key in keys if key in self._known}
        fresh = {
            key: pixels
            for key, pixels in zip(keys, strokes.pixels, strict=True)
            if key not in known
        }
        size = self.shape[0] * self.shape[1]
        found = [np.empty((_DISTANCES, size), np.float32) for _ in fresh]
        cut = touched(barrier)
        for index, costs in enumerate(self.costs):
            planes = distances(
                np.where(cut, np.float32(np.inf), costs) if barrier.any() else costs,
                self.shape,
                list(fresh.values()),
                minimax=index == 3,
                progress=progress,
            )
            for logs, plane in zip(found, planes, strict=True):
                np.log(plane.ravel() + _LOG_OFFSETS[index], out=logs[index])
                np.minimum(logs[index], UNREACHED, out=logs[index])
        known |= dict(zip(fresh, found, strict=True))
        self._known = known
        return [known[key] for key in keys]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some pixels with all that the kernel's models are given for them.

    Parameters
    ----------
    where : slice or ndarray of int
        Flat indices of the P pixels.
    pairs : Pairs
        Of n strokes and the P pixels.
    pixels : ndarray, shape (len(PIXEL_FEATURES), P), float32
    fallbacks : ndarray, shape (len(FALLBACKS), P, 2), float32
        The colours that no single stroke has.
    reached : ndarray, shape (n, P), bool
        Whether a way leads from the stroke to the pixel.
    """

    where: slice | NDArray[np.intp]
    pairs: Pairs
    pixels: Planes
    fallbacks: Planes
    reached: NDArray[np.bool_]


def chunks(
    surroundings: Surroundings,
    strokes: Strokes,
    found: Sequence[Planes],
    laplace: Chroma,
    learned: Chroma,
    only: NDArray[np.intp] | None = None,
) -> Iterator[Chunk]:
    """Features of the pixels, a chunk at a time.

    Parameters
    ----------
    surroundings, strokes
        The photograph and its n >= 1 strokes.
    found : sequence of n ndarrays, shape (5, h * w), float32
        `Surroundings.log_distances`.
    laplace, learned : ndarray, shape (h, w, 2), float32
        The harmonic solutions.
    only : ndarray of int, optional
        Flat indices of the pixels that are asked for; all if not given.
    """
    total = found[0].shape[1] if only is None else only.size
    n = len(strokes.pixels)
    groups = np.stack([surroundings.descriptors[:, p].mean(axis=1) for p in strokes.pixels], axis=1)
    area = np.array([p.size for p in strokes.pixels], np.float32) * surroundings.scale**2
    crowd = np.full(n, np.log(min(n, 64)) - 3.5, np.float32)
    of_strokes = np.stack([np.log(area), crowd, _SMALL * groups[0]])
    local = np.stack([laplace.reshape(-1, 2), learned.reshape(-1, 2)])
    size = max(_LEAST_PIXELS, _PAIRS_AT_ONCE // n)
    for start in range(0, total, size):
        where = slice(start, start + size) if only is None else only[start : start + size]
        here = np.ascontiguousarray(surroundings.descriptors[:, where])
        solutions = local[:, where]
        values = np.empty((len(OF_PAIR), n, here.shape[1]), np.float32)
        for k, logs in enumerate(found):
            values[:_DISTANCES, k] = logs[:, where]
        _fill_differences(
            here, groups, np.ascontiguousarray(solutions[1].T), strokes.chroma, values
        )
        reached = values[4] < UNREACHED
        least = (least_reached(values[k], reached, UNREACHED) for k in LEAST_OF)
        pairs = Pairs(values, np.stack([_SMALL * here[0], here[3], *least]), of_strokes)
        share = reached / np.maximum(reached.sum(axis=0), 1)
        mean = share.T.astype(np.float32) @ strokes.chroma
        fallbacks = np.stack([mean, *solutions, np.zeros_like(mean)])
        features = _pixel_features(pairs, here, solutions, reached)
        yield Chunk(where, pairs, features, fallbacks, reached)


def least_reached(values: Planes, reached: NDArray[np.bool_], most: np.float32) -> Planes:
    """Least of the values of the strokes that reach a pixel; ``most`` where none does.

    What cannot reach a pixel must not be told from it either.

    Parameters
    ----------
    values : ndarray, shape (n, P), float32
        At most ``most``.
    reached : ndarray, shape (n, P), bool
    most : float32
    """
    if reached.all():
        return np.asarray(values.min(axis=0))
    return np.asarray(values.min(axis=0, where=reached, initial=most))


def _oriented(texture: Texture) -> Iterator[Plane]:
    """Log of the blurred |derivative| in four directions, at two scales."""
    for width, (rows, columns) in ((3.0, texture.slopes[0]), (6.0, texture.slopes[1])):
        for n in range(4):
            angle = np.float32(n * np.pi / 4)
            along = columns * np.cos(angle) + rows * np.sin(angle)
            yield np.log(blur(np.abs(along), width) + np.float32(0.3))


def _pixel_features(
    pairs: Pairs, here: Planes, solutions: Planes, reached: NDArray[np.bool_]
) -> Planes:
    out = np.empty((len(PIXEL_FEATURES), here.shape[1]), np.float32)
    least = pairs.pixels[2:]
    near = np.exp(2 * (least[0] - pairs.values[0]))
    near /= near.sum(axis=0)
    out[0] = least[0]
    out[1] = least[1]
    out[2] = pairs.strokes[1, 0]
    out[3] = here[3]
    out[4] = least[2]
    out[5] = -(near * np.log(near + np.float32(1e-6))).sum(axis=0)
    out[6] = np.log(np.sqrt(((solutions[0] - solutions[1]) ** 2).sum(axis=1)) + 1)
    out[7] = pairs.pixels[0]
    out[8] = here[4]
    out[9] = least_reached(pairs.values[15], reached, FARTHEST)
    return out


@kernel()
def _fill_differences(
    here: Planes, groups: Planes, learned: Planes, colours: Planes, out: Planes
) -> None:
    # A loop a value, so that each is done in the machine's vector units.
    _, n, pixels = out.shape
    small = np.float32(0.05)
    for i in range(n):
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
            out[14, i, p] = np.sqrt(a * a + b * b)
        for p in range(pixels):
            out[15, i, p] = np.log(out[14, i, p] + np.float32(2))
        for p in range(pixels):
            out[14, i, p] *= small
