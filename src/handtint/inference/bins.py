"""The chroma bins over which the networks predict a distribution."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from handtint.color import space
from handtint.types import Chroma

STEP = 10
"""Width of a bin, in CIE Lab."""


def chroma_bins() -> NDArray[np.float32]:
    """Centres of the bins that hold at least one 8-bit sRGB colour.

    Returns
    -------
    ndarray, shape (261, 2), float32
        a* and b* of the centres, multiples of `STEP`, sorted by a*, then b*.
    """
    return np.array(_cells(), np.float32) * STEP


@lru_cache(maxsize=1)
def _cells() -> list[tuple[int, int]]:
    """a* and b* of the centres in units of `STEP`, sorted."""
    found: set[tuple[int, int]] = set()
    # Whatever chroma a colour has, one on the surface of the cube has it, too.
    face = np.indices((256, 256), np.uint8).reshape(2, -1)
    for channel in range(3):
        for value in (0, 255):
            rgb = np.insert(face, channel, value, axis=0).T
            _, chroma = space("lab").from_codes(rgb.reshape(256, 256, 3))
            a, b = np.rint(chroma.reshape(-1, 2) / STEP).astype(int).T
            # As one number each: unique rows take longer.
            for number in np.unique(100 * a + b + 50):
                high, low = divmod(int(number), 100)
                found.add((high, low - 50))
    return sorted(found)


def nearest_bin(chroma: Chroma) -> NDArray[np.intp]:
    """Number of the bin whose centre is nearest to each colour.

    Parameters
    ----------
    chroma : ndarray, shape (h, w, 2), float32
        In CIE Lab.

    Returns
    -------
    ndarray, shape (h, w), int
    """
    bins = chroma_bins()
    return np.asarray(np.argmin((bins**2).sum(1) - 2 * (chroma @ bins.T), axis=2))
