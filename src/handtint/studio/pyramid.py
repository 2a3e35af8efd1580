"""The grey photograph at halved sizes, as files that the server maps and cuts tiles from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handtint.jit import kernel

TILE = 1024
"""Levels go on until both sides are at most this long, in pixels."""


def write_levels(gray: NDArray[np.uint8] | NDArray[np.uint16], folder: Path) -> int:
    """Write ``level-0.npy``, ``level-1.npy`` and so on: 8-bit grey code values.

    Each level has the shape ceil(side / 2) of the one before, and the rounded mean of 2 by 2 of
    its pixels (of 2 or 1 at the end of an odd side).

    Parameters
    ----------
    gray : ndarray, shape (H, W), uint8 or uint16
        Grey code values.
    folder : Path
        Where to; earlier files of these names are replaced.

    Returns
    -------
    int
        Number of levels.
    """
    level = 0
    shape = (gray.shape[0], gray.shape[1])
    codes = _eight_bits(gray)
    while True:
        _write(codes, folder / f"level-{level}.npy")
        level += 1
        if max(shape) <= TILE:
            return level
        shape = ((shape[0] + 1) // 2, (shape[1] + 1) // 2)
        half = np.empty(shape, np.uint8)
        _halve(codes, half)
        codes = half


def _eight_bits(gray: NDArray[Any]) -> NDArray[np.uint8]:
    """As `handtint.io.conversion.to_bits`, without a large array in between."""
    if gray.dtype == np.uint8:
        return gray
    codes = np.empty(gray.shape, np.uint8)
    _round(gray, codes)
    return codes


def _write(codes: NDArray[np.uint8], path: Path) -> None:
    # Not in place: the server may have the old file mapped.
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        np.save(file, codes, allow_pickle=False)
    temporary.replace(path)


@kernel()
def _round(gray: NDArray[np.uint16], codes: NDArray[np.uint8]) -> None:
    height, width = gray.shape
    for i in range(height):
        for j in range(width):
            codes[i, j] = (np.uint32(gray[i, j]) + np.uint32(128)) // np.uint32(257)


@kernel()
def _halve(fine: NDArray[np.uint8], coarse: NDArray[np.uint8]) -> None:
    height, width = fine.shape
    h, w = coarse.shape
    for i in range(h):
        # The last row or column of an odd side counts twice, which is its own mean.
        top, bottom = 2 * i, min(2 * i + 1, height - 1)
        for j in range(w):
            left, right = 2 * j, min(2 * j + 1, width - 1)
            total = np.uint32(fine[top, left]) + np.uint32(fine[top, right])
            total += np.uint32(fine[bottom, left]) + np.uint32(fine[bottom, right])
            coarse[i, j] = (total + np.uint32(2)) >> np.uint32(2)
