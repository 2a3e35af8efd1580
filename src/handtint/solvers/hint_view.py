"""What the hint kernel is given for each pixel, and for each pair of pixel and stroke.

The features of pairs (`handtint.solvers.hint_pairs`) and of pixels (`PIXEL_FEATURES`) are distances
and differences only, never positions, directions or hues. See `handtint.solvers.hint_kernel` for
what is made of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handtint.jit import inlined, kernel
from handtint.solvers.hint_features import (
    DISTANCES,
    SMALL,
    UNREACHED,
    Measured,
    Surroundings,
)
from handtint.solvers.hint_pairs import LEAST_OF, OF_PAIR, Pairs
from handtint.solvers.hint_strokes import Strokes
from handtint.types import Chroma, Plane

Planes = NDArray[np.float32]

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

_PAIRS_AT_ONCE = 104_000
_LEAST_PIXELS = 2048


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


class View:
    """What the kernel is given of a photograph with strokes, for any of its pixels.

    Parameters
    ----------
    surroundings, strokes
        The photograph and its n >= 1 strokes.
    found : Measured
        `Surroundings.log_distances`.
    laplace, learned : ndarray, shape (h, w, 2), float32
        The harmonic solutions.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        strokes: Strokes,
        found: Measured,
        laplace: Chroma,
        learned: Chroma,
    ) -> None:
        n = len(strokes.pixels)
        descriptors = surroundings.descriptors
        self.descriptors, self.found, self.chroma = descriptors, found, strokes.chroma
        self.groups = np.stack([descriptors[:, p].mean(axis=1) for p in strokes.pixels], axis=1)
        area = np.array([p.size for p in strokes.pixels], np.float32) * surroundings.scale**2
        crowd = np.full(n, np.log(min(n, 64)) - 3.5, np.float32)
        self.of_strokes = np.stack([np.log(area), crowd, SMALL * self.groups[0]])
        self.solutions = np.stack([laplace.reshape(-1, 2), learned.reshape(-1, 2)])

    def pieces(self) -> list[slice]:
        """All pixels, so many at once as the processor's cache has room for."""
        size = max(_LEAST_PIXELS, _PAIRS_AT_ONCE // len(self.found.slots))
        return [slice(n, n + size) for n in range(0, self.descriptors.shape[1], size)]

    def at(self, where: slice | NDArray[np.intp]) -> Chunk:
        """Features of some pixels, by their flat indices."""
        here = np.ascontiguousarray(self.descriptors[:, where])
        solutions = self.solutions[:, where]
        n, count = self.chroma.shape[0], here.shape[1]
        values = np.empty((len(OF_PAIR), n, count), np.float32)
        values[:DISTANCES] = np.moveaxis(self.found.at(where), 1, 0)
        _fill_all(here, self.groups, np.ascontiguousarray(solutions[1].T), self.chroma, values)
        reached = values[4] < UNREACHED
        least = np.stack([least_reached(values[k], reached, UNREACHED) for k in LEAST_OF])
        near = np.exp(2 * (least[0] - values[0]))
        near /= near.sum(axis=0)
        entropy = -(near * np.log(near + np.float32(1e-6))).sum(axis=0)
        nearest = least_reached(values[15], reached, FARTHEST)
        share = reached / np.maximum(reached.sum(axis=0), 1)
        mean = share.T.astype(np.float32) @ self.chroma
        return Chunk(
            where,
            Pairs(values, of_pixel(here, least), self.of_strokes),
            self.pixel_features(here, solutions, least, entropy, nearest),
            fallbacks_of(mean, solutions),
            reached,
        )

    def pixel_features(
        self, here: Planes, solutions: Planes, least: Planes, entropy: Plane, nearest: Plane
    ) -> Planes:
        """`PIXEL_FEATURES`, shape (len(PIXEL_FEATURES), P), float32.

        Parameters
        ----------
        here : ndarray, shape (16, P), float32
            The descriptors.
        solutions : ndarray, shape (2, P, 2), float32
            The harmonic ones.
        least : ndarray, shape (len(LEAST_OF), P), float32
        entropy, nearest : ndarray, shape (P,), float32
            The values of these features.
        """
        out = np.empty((len(PIXEL_FEATURES), here.shape[1]), np.float32)
        out[0] = least[0]
        out[1] = least[1]
        out[2] = self.of_strokes[1, 0]
        out[3] = here[3]
        out[4] = least[2]
        out[5] = entropy
        out[6] = np.log(np.sqrt(((solutions[0] - solutions[1]) ** 2).sum(axis=1)) + 1)
        out[7] = SMALL * here[0]
        out[8] = here[4]
        out[9] = nearest
        return out


def of_pixel(here: Planes, least: Planes) -> Planes:
    """`OF_PIXEL` of pixels with some descriptors and least values."""
    return np.concatenate([np.stack([SMALL * here[0], here[3]]), least])


def fallbacks_of(mean: Chroma, solutions: Planes) -> Planes:
    """`FALLBACKS` of some pixels, shape (len(FALLBACKS), P, 2)."""
    return np.stack([mean, *solutions, np.zeros_like(mean)])


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


@kernel()
def _fill_all(here: Planes, groups: Planes, learned: Planes, colours: Planes, out: Planes) -> None:
    _, n, pixels = out.shape
    values = np.empty((out.shape[0], pixels), np.float32)
    for i in range(n):
        fill_differences(here, groups, learned, colours, i, 0, pixels, values)
        out[DISTANCES:, i] = values[DISTANCES:]


@inlined()
def fill_differences(
    here: Planes,
    groups: Planes,
    learned: Planes,
    colours: Planes,
    i: int,
    start: int,
    pixels: int,
    out: Planes,
) -> None:
    """What of `OF_PAIR` are differences, of stroke i and some pixels from ``start`` on."""
    # A loop a value, so that each is done in the machine's vector units.
    small = np.float32(0.05)
    stop = start + pixels
    for d in range(3):
        row, value = here[d, start:stop], groups[d, i]
        for p in range(pixels):
            out[5 + d, p] = small * abs(row[p] - value)
    for d in range(5):
        row, value = here[3 + d, start:stop], groups[3 + d, i]
        for p in range(pixels):
            out[8 + d, p] = abs(row[p] - value)
    for p in range(pixels):
        out[13, p] = 0
    for d in range(8, 16):
        row, value = here[d, start:stop], groups[d, i]
        for p in range(pixels):
            out[13, p] += np.float32(0.125) * abs(row[p] - value)
    for p in range(pixels):
        a, b = learned[0, start + p] - colours[i, 0], learned[1, start + p] - colours[i, 1]
        out[14, p] = np.sqrt(a * a + b * b)
    for p in range(pixels):
        out[15, p] = np.log(out[14, p] + np.float32(2))
    for p in range(pixels):
        out[14, p] *= small
