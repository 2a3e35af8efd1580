"""Edge-aware smoothing by lines: tridiagonal systems along columns and rows.

Along a line with couplings c_i between the pixels i and i + 1, the smoothed u of f minimises

    sum_i (u_i - f_i)^2 + strength sum_i c_i (u_i - u_{i+1})^2,

a tridiagonal system that one way down and one way back solve exactly. Its inverse has no negative
entry and rows that add up to 1: every u_i is a weighted mean of the f of its line. Where c_i = 0,
nothing passes.

References
----------
D. Min, S. Choi, J. Lu, B. Ham, K. Sohn, M. N. Do, "Fast global image smoothing based on weighted
least squares", IEEE Transactions on Image Processing 23(12), 2014, doi:10.1109/TIP.2014.2366600.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from handtint.jit import kernel
from handtint.solvers.grid import EdgeWeights
from handtint.types import Plane

Planes: TypeAlias = NDArray[np.float32]


class LineSmoother:
    """Smoothing of one strength along the columns and along the rows of a picture.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights in the storage of `handtint.solvers.grid`; the diagonal ones are not used.
    shape : (int, int)
        Height h and width w of the picture.
    strength : float
        Factor of the couplings, greater than 0: in even regions, where the weights are 1, colour
        travels about ``sqrt(strength)`` pixels.
    """

    def __init__(self, weights: EdgeWeights, shape: tuple[int, int], strength: float) -> None:
        h, w = shape
        down = np.float32(strength) * weights[1, 1 : h + 1, 1 : w + 1]
        right = np.float32(strength) * weights[0, 1 : h + 1, 1 : w + 1]
        self._columns = _factors(down)
        self._rows = _factors(np.ascontiguousarray(right.T))

    def __call__(self, planes: Planes) -> Planes:
        """Mean of columns before rows and rows before columns, so that neither comes first.

        Parameters
        ----------
        planes : ndarray, shape (n, h, w), float32

        Returns
        -------
        ndarray, shape (n, h, w), float32
        """
        columns_first = planes.copy()
        _solve(columns_first, self._columns)
        columns_first = _turned(columns_first)
        _solve(columns_first, self._rows)
        rows_first = _turned(planes)
        _solve(rows_first, self._rows)
        rows_first = _turned(rows_first)
        _solve(rows_first, self._columns)
        rows_first += columns_first.swapaxes(1, 2)
        rows_first *= np.float32(0.5)
        return rows_first


def _turned(planes: Planes) -> Planes:
    # ascontiguousarray would not copy where a side is 1, and the systems are solved in place.
    return planes.swapaxes(1, 2).copy()


def _factors(coupling: Plane) -> Planes:
    out = np.empty((3, *coupling.shape), np.float32)
    _factorise(coupling, out)
    return out


@kernel()
def _factorise(coupling: Plane, factors: Planes) -> None:
    """Factor the systems of all columns: shares of the pixel before, its own, the one after.

    The pivot ``1 + after + before (1 - share)`` is written without a difference of large numbers,
    so that it stays above 1 for any strength.
    """
    h, w = coupling.shape
    one, zero = np.float32(1), np.float32(0)
    for y in range(h):
        for x in range(w):
            before = coupling[y - 1, x] if y > 0 else zero
            after = coupling[y, x] if y < h - 1 else zero
            share = factors[2, y - 1, x] if y > 0 else zero
            own = one / (one + after + before * (one - share))
            factors[0, y, x] = before * own
            factors[1, y, x] = own
            factors[2, y, x] = after * own


@kernel()
def _solve(planes: Planes, factors: Planes) -> None:
    """Solve the systems of all columns, in place."""
    n, h, w = planes.shape
    for k in range(n):
        for x in range(w):
            planes[k, 0, x] *= factors[1, 0, x]
        for y in range(1, h):
            for x in range(w):
                own = factors[1, y, x] * planes[k, y, x]
                planes[k, y, x] = own + factors[0, y, x] * planes[k, y - 1, x]
        for y in range(h - 2, -1, -1):
            for x in range(w):
                planes[k, y, x] += factors[2, y, x] * planes[k, y + 1, x]
