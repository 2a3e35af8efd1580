"""Likely colours of a place, as a person can choose among them.

A distribution over 261 chroma bins is no palette: neighbouring bins look the same, and what a
place of this lightness cannot show looks like something else. So bins are brought into the gamut
first, and then taken together around the likeliest colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from handtint.color import space
from handtint.color.gamut import reduce_chroma
from handtint.inference.bins import chroma_bins
from handtint.types import Chroma

MOST = 5
"""Colours in a palette at most."""

APART = 15.0
"""Chroma distance, in CIE Lab, within which bins count as one colour."""

LEAST = 0.03
"""Share below which a colour is left out."""


@dataclass(frozen=True, slots=True)
class Likely:
    """A colour that a place may have.

    Parameters
    ----------
    rgb : tuple of int
        8-bit sRGB, with the lightness of the place.
    share : float, in (0, 1]
        How likely it is, by the networks.
    """

    rgb: tuple[int, int, int]
    share: float

    @property
    def hex(self) -> str:
        """The colour as ``#rrggbb``."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


def likely_colours(probabilities: NDArray[np.float32], lightness: float) -> tuple[Likely, ...]:
    """A palette of a distribution.

    The bins are brought into the gamut at this lightness. The bin that has most probability within
    `APART` of it gathers all that is there, and gives way to their mean; so on with the rest.

    Parameters
    ----------
    probabilities : ndarray, shape (Q,), float32
        Of the bins of `handtint.inference.bins`; the sum is 1.
    lightness : float, in [0, 100]
        L* of the place.

    Returns
    -------
    tuple of Likely
        At least one and at most `MOST`, the likeliest first, no two alike. The shares add up to at
        most 1; what is missing are colours of less than `LEAST` each.
    """
    lab = space("lab")
    bins = _bins()
    shown = reduce_chroma(lab, np.full(len(bins), lightness, np.float32), bins)
    near = np.linalg.norm(shown[:, None] - shown, axis=2) <= APART
    left = np.array(probabilities, np.float64)
    found: list[Likely] = []
    while len(found) < MOST:
        gathered = near @ left
        centre = int(np.argmax(gathered))
        share = float(gathered[centre])
        if share <= 0 or (found and share < LEAST):
            break
        weight = np.where(near[centre], left, 0)
        chroma = (weight @ shown / share).astype(np.float32)
        codes = lab.recompose(np.full((1, 1), lightness, np.float32), chroma[None, None])
        red, green, blue = (int(c) for c in codes[0, 0])
        left -= weight
        if all(colour.rgb != (red, green, blue) for colour in found):
            found.append(Likely((red, green, blue), min(share, 1.0)))
    return tuple(sorted(found, key=lambda colour: -colour.share))


@lru_cache(maxsize=1)
def _bins() -> Chroma:
    return chroma_bins()
