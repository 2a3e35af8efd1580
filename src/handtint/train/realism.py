"""How unlike the colours of proposals and those of photographs are, whichever belongs to which.

No proposal has to be the truth, but all of them together should look as photographs do: as vivid,
as varied, with the same colours side by side. What is compared is the distribution of small
patches, by the sliced Wasserstein distance

    W(A, B) = mean over directions u of the mean over k of |sort(A u)_k - sort(B u)_k|

where a row of A is a patch of one set, a row of B one of the other, and u a random unit vector. It
is 0 for the truth itself, and larger the duller, or the more garish, the proposals are.

References
----------
J. Rabin et al., "Wasserstein barycenter and its application to texture mixing", 2011,
doi:10.1007/978-3-642-24785-9_37. T. Karras et al., "Progressive growing of GANs", 2018,
arXiv:1710.10196, section 5 (of patches, to measure networks by).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from handtint.inference.session import UNIT

SIDE, REDUCED = 5, 4
"""Side of a patch in pixels, and how much a picture is reduced before."""

PATCHES, DIRECTIONS = 192, 256
"""Patches of a picture, and directions."""


def patches(lightness: Tensor, chroma: Tensor) -> Tensor:
    """Random patches; the same places and order whatever the chroma is, for one random state.

    Parameters
    ----------
    lightness : Tensor, shape (B, 1, H, W), in [0, 1]
    chroma : Tensor, shape (B, 2, H, W)
        In units of `handtint.inference.session.UNIT`.

    Returns
    -------
    Tensor, shape (B * PATCHES, 3 * SIDE ** 2)
        In CIE Lab.
    """
    picture = torch.cat([lightness * 100, chroma * UNIT], 1)
    found = functional.unfold(functional.avg_pool2d(picture, REDUCED), SIDE)  # (B, 3 S S, N)
    batch, length, count = found.shape
    chosen = torch.randint(count, (batch, 1, PATCHES), device=found.device)
    taken = found.gather(2, chosen.expand(batch, length, PATCHES))
    return taken.transpose(1, 2).reshape(-1, length)


def distance(a: Tensor, b: Tensor) -> float:
    """The sliced Wasserstein distance of two sets of patches, (N, D) each, in units of CIE Lab."""
    directions = functional.normalize(
        torch.randn(a.shape[1], DIRECTIONS, device=a.device, dtype=a.dtype), dim=0
    )
    apart = (a @ directions).sort(0).values - (b @ directions).sort(0).values
    return float(apart.abs().mean())
