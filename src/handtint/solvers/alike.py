"""Which strokes a pixel looks like: a graph that joins every pixel with every stroke.

The weight of pixel i and stroke k falls with how unlike they look, by d features f of the lightness
(the mean ones of the stroke), and with their distance on the picture, in parts of its long side:

    n_ik = exp(-e_ik),   e_ik = 1/2 sum_d ((f_d(i) - f_d(k)) / s_d)^2 + |x_i - x_k| / r.

The energy sum_k n_ik |v_i - c_k|^2 / sum_k n_ik pulls a pixel to the mean of the strokes' colours c
that is weighted so.

References
----------
After G. Gilboa, S. Osher, "Nonlocal operators with applications to image processing", Multiscale
Modeling & Simulation 7(3), 2008, doi:10.1137/070698592.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from handtint.jit import kernel
from handtint.solvers.hint_strokes import Strokes
from handtint.threads import shared
from handtint.types import Chroma, Plane

Planes = NDArray[np.float32]

_ROWS = 16


def mean_of_alike(features: Planes, strokes: Strokes, reach: float) -> tuple[Chroma, Plane]:
    """The mean of the strokes' colours for every pixel, and the least e of its strokes.

    Parameters
    ----------
    features : ndarray, shape (d, h, w), float32
        f / s.
    strokes : Strokes
        At least one.
    reach : float
        r, in parts of the long side.

    Returns
    -------
    mean : ndarray, shape (h, w, 2), float32
    unlike : ndarray, shape (h, w), float32, at least 0
    """
    d, h, w = features.shape
    flat = features.reshape(d, -1)
    groups = np.stack([flat[:, p].mean(axis=1) for p in strokes.pixels])
    places = np.array([[np.mean(p // w), np.mean(p % w)] for p in strokes.pixels], np.float32)
    mean, unlike = np.empty((h, w, 2), np.float32), np.empty((h, w), np.float32)
    near = np.float32(1 / (reach * max(h, w)))

    def fill(first: int) -> None:
        rows = slice(first, first + _ROWS)
        _fill(features, groups, places, strokes.chroma, near, first, mean[rows], unlike[rows])

    shared(fill, range(0, h, _ROWS))
    return mean, unlike


@kernel()
def _fill(
    features: Planes,
    groups: Planes,
    places: Planes,
    colours: Planes,
    near: np.float32,
    first: int,
    mean: Chroma,
    unlike: Plane,
) -> None:
    d, (rows, w), n = features.shape[0], unlike.shape, groups.shape[0]
    energies = np.empty((n, w), np.float32)
    total = np.empty(w, np.float32)
    for y in range(rows):
        least = unlike[y]
        least[:] = np.inf
        for k in range(n):
            energy = energies[k]
            down, across = y + first - places[k, 0], places[k, 1]
            for x in range(w):
                energy[x] = near * np.sqrt(down * down + (x - across) * (x - across))
            for m in range(d):
                look, group = features[m, y + first], groups[k, m]
                for x in range(w):
                    energy[x] += np.float32(0.5) * (look[x] - group) * (look[x] - group)
            for x in range(w):
                least[x] = min(least[x], energy[x])
        total[:] = 0
        mean[y] = 0
        for k in range(n):
            for x in range(w):
                share = np.exp(least[x] - energies[k, x])
                total[x] += share
                mean[y, x, 0] += share * colours[k, 0]
                mean[y, x, 1] += share * colours[k, 1]
        for x in range(w):
            mean[y, x] /= total[x]
