"""From the pixels of a mask to the cells of a coarser grid, by area."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from handtint.color import Space
from handtint.hints.colortable import color_index, distinct_colors, packed, unpacked
from handtint.hints.protocol import Codes
from handtint.jit import kernel
from handtint.types import Chroma, Mask, Plane

LEAST_COVERAGE = 0.25
"""Share of a cell's area that has to be drawn to make the cell drawn."""

_ROUNDING = 1e-4


def mean_chroma(
    colors: Codes, drawn: Mask, grid_shape: tuple[int, int], space: Space
) -> tuple[Chroma, Mask]:
    """Mean chroma of the drawn pixels in each cell of a grid, weighted by their shared area.

    A cell is drawn when drawn pixels cover at least a quarter of its area. So that thin strokes
    never vanish, a cell is also drawn when none of the cells in its 3 by 3 neighbourhood is, and
    its coverage is above 0 and the largest of three in its row or of three in its column. Every
    8-connected part of the touched cells therefore keeps at least one cell, its most covered.

    Parameters
    ----------
    colors : ndarray, shape (H, W, 3), uint8
        sRGB code values.
    drawn : ndarray, shape (H, W), bool
        Pixels that count.
    grid_shape : tuple of int
        (h, w) with h ≤ H and w ≤ W; the grid covers the same picture.
    space : Space
        Colour space of the chroma.

    Returns
    -------
    chroma : ndarray, shape (h, w, 2), float32
        Zero where the cell is not drawn.
    drawn : ndarray, shape (h, w), bool
    """
    palette = distinct_colors(colors, drawn)
    _, chroma_of = space.from_codes(unpacked(palette))
    coverage, chroma = np.zeros(grid_shape, np.float32), np.zeros((*grid_shape, 2), np.float32)
    _accumulate(
        colors,
        drawn,
        color_index(palette),
        chroma_of,
        *_shares(drawn.shape[0], grid_shape[0]),
        *_shares(drawn.shape[1], grid_shape[1]),
        coverage,
        chroma,
    )
    kept = _drawn_cells(coverage)
    chroma[~kept] = 0
    chroma[kept] /= coverage[kept, None]
    return chroma, kept


def _drawn_cells(coverage: Plane) -> Mask:
    solid = coverage >= LEAST_COVERAGE - _ROUNDING
    alone = ~ndimage.binary_dilation(solid, np.ones((3, 3), np.bool_))
    crest = coverage >= ndimage.maximum_filter1d(coverage, 3, axis=0)
    crest |= coverage >= ndimage.maximum_filter1d(coverage, 3, axis=1)
    kept: Mask = solid | (alone & crest & (coverage > 0))
    return kept


def _shares(pixels: int, cells: int) -> tuple[NDArray[np.int64], Plane, Plane]:
    """For each pixel along an axis, the first cell that it meets, its share of it and of the next.

    Shares are parts of a cell's length; positions are whole numbers, so that nothing drifts.
    """
    start = np.arange(pixels) * cells
    cell = start // pixels
    border = (cell + 1) * pixels
    first = np.minimum(start + cells, border) - start
    return cell, (first / pixels).astype(np.float32), ((cells - first) / pixels).astype(np.float32)


@kernel()
def _accumulate(
    colors: Codes,
    drawn: Mask,
    index: NDArray[np.int32],
    chroma_of: Chroma,
    cell_row: NDArray[np.int64],
    this_row: Plane,
    next_row: Plane,
    cell_column: NDArray[np.int64],
    this_column: Plane,
    next_column: Plane,
    coverage: Plane,
    chroma: Chroma,
) -> None:
    height, width = drawn.shape
    last, a, b = -1, np.float32(0), np.float32(0)
    for i in range(height):
        for j in range(width):
            if not drawn[i, j]:
                continue
            code = packed(colors, i, j)
            if code != last:
                k = index[code]
                last, a, b = code, chroma_of[k, 0], chroma_of[k, 1]
            for row, row_share in ((cell_row[i], this_row[i]), (cell_row[i] + 1, next_row[i])):
                if row_share == 0:
                    continue
                for column, column_share in (
                    (cell_column[j], this_column[j]),
                    (cell_column[j] + 1, next_column[j]),
                ):
                    if column_share > 0:
                        area = row_share * column_share
                        coverage[row, column] += area
                        chroma[row, column, 0] += area * a
                        chroma[row, column, 1] += area * b
