"""Photographs looked at before a training: which can teach colour, and which are the same.

A photograph teaches nothing if its colour follows from its lightness, as in grey and toned prints:
if the best quadratics a(L), b(L) leave a root mean square of less than `TONE` of its chroma.

Whether two are the same picture, at another size, with other tones or cut by up to a tenth, is
told by the lowest 8 x 8 coefficients of the cosine transform. Those of one picture are compared
with those of the other and of nine windows in it: of a hash of 64 bits, the signs about the median,
up to `NEAR` may differ, and the coefficients without the first, each times its frequency, must
correlate by `ALIKE`. Mirrored pictures are not found.

References
----------
C. Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010 (the hash).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from handtint.color import space
from handtint.train import photos
from handtint.train.photos import Source

NEAR = 10
"""Bits by which the hashes of one picture may differ."""

ALIKE = 0.88
"""Correlation of the coefficients of one picture, at least: what the signs alone do not tell."""

TONE = 2.0
"""Chroma that the lightness leaves unexplained, in CIE Lab, at least."""

_SIDE, _WINDOW = 64, 58
_CORNERS = (0, 3, 6)
_FREQUENCY = np.hypot(*np.indices((8, 8))).ravel()
_BLOCK = 8

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Print:
    """What near-duplicates have in common, of a picture and of windows of nine tenths of its sides.

    Parameters
    ----------
    hashes : ndarray, shape (10,), uint64
    details : ndarray, shape (10, 63), float32
        Of length 1 each.
    """

    hashes: NDArray[np.uint64]
    details: NDArray[np.float32]

    @classmethod
    def of(cls, rgb: NDArray[np.uint8]) -> Print:
        """That of a picture (H, W, 3)."""
        grey = Image.fromarray(rgb).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
        plane = np.asarray(grey, np.float64)
        windows = (plane[y : y + _WINDOW, x : x + _WINDOW] for y in _CORNERS for x in _CORNERS)
        low = np.stack([_coefficients(part) for part in (plane, *windows)])
        signs = low > np.median(low, axis=1, keepdims=True)
        details = (low * _FREQUENCY)[:, 1:]
        details /= np.maximum(np.linalg.norm(details, axis=1, keepdims=True), 1e-9)
        return cls(np.packbits(signs, axis=1).view(np.uint64)[:, 0], details.astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What is known of a photograph after one look.

    Parameters
    ----------
    source : Source
    print : Print
    """

    source: Source
    print: Print


@dataclass(frozen=True, slots=True)
class Split:
    """Photographs to learn from, and those kept aside, by name."""

    learn: list[Source]
    aside: list[Source]


def look(sources: Sequence[Source], tell: Tell) -> list[Look]:
    """Look at photographs; those that are damaged or have no colour are left out.

    Raises
    ------
    PhotoError
        When an archive is missing or broken.
    """
    found = []
    for source, rgb in photos.read(sources, warn=tell):
        if unexplained_chroma(rgb) < TONE:
            tell(f"left out {source.name}: it is grey, or toned in one colour")
        else:
            found.append(Look(source, Print.of(rgb)))
    return found


def split(looks: Sequence[Look], tell: Tell) -> Split:
    """Which to learn from, and which to keep aside.

    Kept aside are those whose names say so (`Source.held_out`), unless a near-duplicate, or a
    near-duplicate of that one, and so on, is learned from.
    """
    ordered = sorted(looks, key=lambda item: item.source.name)
    by_name = np.array([item.source.held_out for item in ordered], dtype=bool)
    groups = groups_of([item.print for item in ordered])
    taught = np.bincount(groups, weights=~by_name) > 0
    aside = by_name & ~taught[groups]
    if moved := int((by_name & ~aside).sum()):
        tell(f"{moved} photos are learned from, not kept aside: near-duplicates of them are, too")
    sides: tuple[list[Source], list[Source]] = ([], [])
    for item, apart in zip(ordered, aside, strict=True):
        sides[int(apart)].append(item.source)
    return Split(*sides)


def groups_of(prints: Sequence[Print]) -> NDArray[np.intp]:
    """Number of the group of near-duplicates that each picture is in: (N,)."""
    if not prints:
        return np.zeros(0, np.intp)
    hashes = np.stack([p.hashes for p in prints])
    details = np.stack([p.details for p in prints])

    def near(start: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs of one in a block, any window of it, and any other, the whole of it."""
        block = hashes[start : start + _BLOCK, :, None]
        pairs = []
        for n in range(block.shape[1]):
            one, other = (np.bitwise_count(block[:, n] ^ hashes[:, 0]) <= NEAR).nonzero()
            alike = np.einsum("ij,ij->i", details[start + one, n], details[other, 0]) >= ALIKE
            pairs.append((start + one[alike], other[alike]))
        return _joined(pairs)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ends = _joined(list(pool.map(near, range(0, len(prints), _BLOCK))))
    links = coo_array((np.ones(len(ends[0]), bool), ends), shape=(len(prints), len(prints)))
    return np.asarray(connected_components(links, directed=False)[1], np.intp)


def unexplained_chroma(rgb: NDArray[np.uint8]) -> float:
    """Root mean square of the chroma that does not follow from the lightness, in CIE Lab."""
    small = Image.fromarray(rgb).resize((32, 32), Image.Resampling.BOX)
    lightness, chroma = space("lab").from_codes(np.asarray(small))
    powers = np.vander(lightness.ravel() / 100, 3)
    values = chroma.reshape(-1, 2)
    left = values - powers @ np.linalg.lstsq(powers, values, rcond=None)[0]
    return float(np.sqrt((left**2).sum(axis=1).mean()))


def _coefficients(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    angles = np.arange(8)[:, None] * (np.arange(len(plane)) + 0.5) * (np.pi / len(plane))
    return (np.cos(angles) @ plane @ np.cos(angles).T).ravel()


def _joined(
    pairs: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    one, other = zip(*pairs, strict=True)
    return np.concatenate(one), np.concatenate(other)
