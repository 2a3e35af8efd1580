"""The grey photograph at halved sizes, as files that the server maps and cuts tiles from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from handtint.jit import kernel

TILE: Final = 1024
"""Side of a tile, in pixels; levels go on until the whole photograph is one."""


def write_levels(gray: NDArray[np.uint8] | NDArray[np.uint16], folder: Path) -> int:
    """Write ``level-0.gray``, ``level-1.gray`` and so on: 8-bit grey code values, row by row.

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
        _write(codes, _path(folder, level))
        level += 1
        if max(shape) <= TILE:
            return level
        shape = ((shape[0] + 1) // 2, (shape[1] + 1) // 2)
        half = np.empty(shape, np.uint8)
        _halve(codes, half)
        codes = half


def read_tile(
    folder: Path, shape: tuple[int, int], level: int, row: int, column: int
) -> bytes | None:
    """A tile of a level that `write_levels` wrote; may be called from many threads at once.

    Parameters
    ----------
    folder : Path
        Where the levels are.
    shape : (int, int)
        Height and width of the photograph, in pixels.
    level, row, column : int
        Which level, and which tile of it, from 0.

    Returns
    -------
    bytes or None
        Grey code values, row by row, of at most `TILE` rows and columns; None when there is no
        such tile.

    Raises
    ------
    OSError
        When the levels are gone.
    """
    height, width = shape
    for _ in range(level):
        if max(height, width) <= TILE:
            return None
        height, width = (height + 1) // 2, (width + 1) // 2
    if level < 0 or not (0 <= row * TILE < height and 0 <= column * TILE < width):
        return None
    # Mapped: only the pages of this tile are read. Not as .npy, whose header is parsed as Python:
    # before 3.11.8 that fails now and then in several threads at once (CPython, gh-106905).
    gray = np.memmap(_path(folder, level), np.uint8, "r", shape=(height, width))
    part = gray[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]
    data: bytes = part.tobytes()
    return data


def _path(folder: Path, level: int) -> Path:
    return folder / f"level-{level}.gray"


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
        file.write(np.ascontiguousarray(codes).data)
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
