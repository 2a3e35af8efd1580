"""What a picture with strokes is, and which of its pixels are drawn."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from handtint.hints.colortable import code_counts
from handtint.hints.protocol import Codes
from handtint.jit import kernel
from handtint.types import Mask

PictureKind: TypeAlias = Literal["mask", "rgba", "marked"]
"""An RGB mask, black where nothing is drawn; an RGBA mask, clear there; a marked photo."""

OPAQUE = 128
"""Least alpha of a drawn pixel: soft brushes fade out, but a hint is all or nothing."""


def detect_kind(picture: Codes, gray: Codes) -> PictureKind:
    """What a picture with strokes is.

    With clear pixels (alpha below 128) it is an RGBA mask. Otherwise it is a marked photo if,
    among the pixels where the photo is not dark, more look like the photo than are black, and at
    least 40 % do: strokes seldom cover more than the rest. Else it is an RGB mask.

    Parameters
    ----------
    picture : ndarray, shape (H, W, 3) or (H, W, 4), uint8
    gray : ndarray, shape (H, W), uint8
        The grey photo.

    Returns
    -------
    {"mask", "rgba", "marked"}
    """
    if has_clear_pixels(picture):
        return "rgba"
    # A photo may be dark nearly everywhere; its brighter pixels still tell.
    levels = np.cumsum(code_counts(gray))
    threshold = min(32, int(np.searchsorted(levels, 0.9 * gray.size)))
    bright, black, alike = _count_alike(picture, gray, threshold)
    return "marked" if alike > black and alike >= 0.4 * bright else "mask"


def has_clear_pixels(picture: Codes) -> bool:
    """Whether a picture has an alpha channel, and uses it."""
    return picture.shape[2] == 4 and bool(picture[..., 3].min() < OPAQUE)


def opaque_pixels(picture: Codes) -> Mask:
    """Drawn pixels of an RGBA mask: those of alpha 128 and above."""
    drawn: Mask = picture[..., 3] >= OPAQUE
    return drawn


def painted_pixels(mask: Codes) -> Mask:
    """Drawn pixels of an RGB mask: those that are not pure black."""
    drawn: Mask = (mask[..., 0] | mask[..., 1] | mask[..., 2]) > 0
    return drawn


@kernel()
def _count_alike(picture: Codes, gray: Codes, threshold: int) -> tuple[int, int, int]:
    """Of the pixels at least as bright as ``threshold``: all, the black ones, those alike."""
    bright = black = alike = 0
    height, width = gray.shape
    for i in range(height):
        for j in range(width):
            if gray[i, j] < threshold:
                continue
            bright += 1
            red, green, blue = picture[i, j, 0], picture[i, j, 1], picture[i, j, 2]
            luma = 0.299 * red + 0.587 * green + 0.114 * blue
            if max(red, green, blue) <= 16:
                black += 1
            elif abs(luma - gray[i, j]) <= 12:
                alike += 1
    return bright, black, alike
