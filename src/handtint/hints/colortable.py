"""The distinct colours of a picture, by tables over all 2²⁴ of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from handtint.hints.protocol import Codes
from handtint.jit import inlined, kernel
from handtint.types import Mask


def distinct_colors(colors: Codes, drawn: Mask) -> NDArray[np.int32]:
    """The colours of the drawn pixels, each once, packed as 0xRRGGBB, in rising order."""
    seen = np.zeros(1 << 21, np.uint8)
    _mark_seen(colors, drawn, seen)
    groups = np.flatnonzero(seen).astype(np.int32)
    bits = np.unpackbits(seen[groups, None], axis=1, bitorder="little").astype(np.bool_)
    codes = np.add.outer(8 * groups, np.arange(8, dtype=np.int32))[bits]
    return codes.astype(np.int32, copy=False)


def unpacked(codes: NDArray[np.int32]) -> Codes:
    """Packed colours as an ``(n, 3)`` uint8 array."""
    return np.stack([codes >> 16, (codes >> 8) & 255, codes & 255], axis=1).astype(np.uint8)


def color_index(palette: NDArray[np.int32]) -> NDArray[np.int32]:
    """Position of each colour in a palette; undefined for colours that are not in it."""
    # Only the pages that are written to become real memory.
    index = np.empty(1 << 24, np.int32)
    index[palette] = np.arange(palette.size)
    return index


@inlined()
def packed(colors: Codes, i: int, j: int) -> np.int64:
    """Colour of a pixel as 0xRRGGBB; for use inside kernels."""
    red, green, blue = colors[i, j, 0], colors[i, j, 1], colors[i, j, 2]
    return (np.int64(red) << 16) | (np.int64(green) << 8) | np.int64(blue)


@kernel()
def _mark_seen(colors: Codes, drawn: Mask, seen: NDArray[np.uint8]) -> None:
    height, width = drawn.shape
    last = -1
    for i in range(height):
        for j in range(width):
            if drawn[i, j]:
                code = packed(colors, i, j)
                if code != last:
                    seen[code >> 3] |= np.uint8(1 << (code & 7))
                    last = code


@kernel()
def code_counts(plane: Codes) -> NDArray[np.int64]:
    """How often each of the 256 code values occurs in an ``(H, W)`` plane."""
    counts = np.zeros(256, np.int64)
    height, width = plane.shape
    for i in range(height):
        for j in range(width):
            counts[plane[i, j]] += 1
    return counts
