"""How unlike the colours of results and those of photographs are, whichever belongs to which.

No proposal has to be the truth, but all of them together should look as photographs do: as vivid,
as varied, with the same colours side by side. What is compared is the distribution of small
patches, by the sliced Wasserstein distance

    W(A, B) = mean over directions u of the mean over k of |sort(A u)_k - sort(B u)_k|

where a row of A is a patch of one set, a row of B one of the other, and u a random unit vector. It
is 0 for the truth itself, and larger the duller, or the more garish, the results are.

References
----------
J. Rabin et al., "Wasserstein barycenter and its application to texture mixing", 2011,
doi:10.1007/978-3-642-24785-9_37. T. Karras et al., "Progressive growing of GANs", 2018,
arXiv:1710.10196, section 5 (of patches, to measure networks by).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from handtint.color import space
from handtint.resample import reduce_area

SIDE: Final = 5
"""Side of a patch, in pixels of the reduced picture."""

REDUCED: Final = 4
"""How much pictures are reduced: grain and JPEG shall not count."""

PATCHES: Final = 192
"""Patches of a picture."""

DIRECTIONS: Final = 256

Patches = NDArray[np.float32]


def patches(rgb: NDArray[np.uint8], seed: int) -> Patches:
    """Random patches of a picture.

    Parameters
    ----------
    rgb : ndarray, shape (H, W, 3), uint8
    seed : int
        The same one gives the same places, so two pictures of one lightness differ in chroma alone.

    Returns
    -------
    ndarray, shape (PATCHES, 3 * SIDE ** 2), float32
        In CIE Lab.
    """
    lightness, chroma = space("lab").from_codes(rgb)
    lab = np.dstack([lightness, chroma]).astype(np.float32)
    h, w = (max(SIDE, round(n / REDUCED)) for n in lightness.shape)
    windows = sliding_window_view(reduce_area(lab, (h, w)), (SIDE, SIDE), axis=(0, 1))
    places = windows.reshape(-1, 3 * SIDE**2)
    return places[np.random.default_rng(seed).integers(len(places), size=PATCHES)]


def distance(a: Sequence[Patches], b: Sequence[Patches]) -> float:
    """The sliced Wasserstein distance of the patches of two sets of pictures.

    Parameters
    ----------
    a, b : sequence of ndarray, each of shape (N, D), float32
        As many in both.

    Returns
    -------
    float
        In units of CIE Lab.
    """
    one, other = np.concatenate(a), np.concatenate(b)
    directions = np.random.default_rng(0).standard_normal((one.shape[1], DIRECTIONS))
    directions = (directions / np.linalg.norm(directions, axis=0)).astype(np.float32)
    apart = np.sort(one @ directions, axis=0) - np.sort(other @ directions, axis=0)
    return float(np.abs(apart).mean(dtype=np.float64))
