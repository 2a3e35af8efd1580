"""Chroma that is smooth where the lightness is: the quadratic problem behind the graph methods.

With edge weights w_ij, hints h_i of weight k_i and, optionally, a prior chroma q of weight m,

    E(u) = 1/2 sum_ij w_ij |u_i - u_j|^2  +  1/2 sum_i c_i |u_i - h_i|^2  +  m/2 sum_i |u_i - q_i|^2

is minimised over the chroma u, both channels at once. Soft hints (0 < k < 1) have
c_i = k_i / (1 - k_i), hard ones (k = 1) are held: u_i = h_i. The minimiser solves
(D - W) u = c h + m q + (couplings to held pixels), D_ii = sum_j w_ij + c_i + m.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from handtint.colorizer import Progress
from handtint.jit import kernel
from handtint.solvers import pcg, stencil
from handtint.solvers.affinities import with_marks
from handtint.solvers.grid import EdgeWeights, crop, pad, padded_shape
from handtint.types import Chroma, HintMap, Mask, Plane, SolveReport

Planes = NDArray[np.float32]

HARD = np.float32(0.999)
"""Hints of at least this weight are held exactly."""


def diffuse(
    weights: EdgeWeights,
    hints: HintMap,
    /,
    *,
    initial: Chroma | None = None,
    prior: Chroma | None = None,
    prior_weight: float = 0.0,
    tol: float = 1e-3,
    max_iter: int = 200,
    progress: Progress | None = None,
) -> tuple[Chroma, SolveReport]:
    """Minimise E (see above).

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights of the photograph by a law of `handtint.solvers.affinities`.
    hints : HintMap, of shape (h, w)
        Strokes. Barriers cut the edges that touch them, ignored pixels open theirs.
    initial : ndarray, shape (h, w, 2), float32, optional
        A chroma to start from. Where no hint and no prior decides, it stays. If not given, the
        mean chroma of the hints, or zero when barriers may keep regions from all hints.
    prior : ndarray, shape (h, w, 2), float32, optional
        The chroma q; the zero chroma when only ``prior_weight`` is given.
    prior_weight : float
        Its weight m >= 0.
    tol, max_iter
        Stopping rule of `handtint.solvers.pcg.solve`.
    progress : Progress, optional
        Progress and cancellation.

    Returns
    -------
    chroma : ndarray, shape (h, w, 2), float32
        The minimiser. Pixels of a barrier take the chroma of the nearest other pixel.
    report : SolveReport
        What the solver reached.
    """
    shape = hints.shape
    edges = with_marks(weights, hints.barrier, hints.ignore)
    diagonal, b, held = hint_system(edges, hints, prior, np.float32(prior_weight))
    x = starting_planes(hints, initial)
    x *= diagonal > 0
    report = pcg.solve(edges, diagonal, shape, b, x, tol=tol, max_iter=max_iter, progress=progress)
    x += held
    chroma = crop(x, shape)
    if hints.barrier.any():
        fill_barriers(chroma, hints.barrier)
    return chroma, report


def starting_planes(hints: HintMap, initial: Chroma | None) -> Planes:
    """Padded chroma to start from, (2, hp, wp): ``initial``, else as `diffuse` says."""
    if initial is None and not hints.barrier.any():
        initial = np.broadcast_to(hints.mean_chroma, hints.chroma.shape)
    if initial is None:
        return np.zeros((2, *padded_shape(hints.shape)), np.float32)
    return pad(initial)


def hint_system(
    edges: EdgeWeights, hints: HintMap, prior: Chroma | None, prior_weight: np.float32
) -> tuple[Planes, Planes, Planes]:
    """The linear system of E on a graph whose ``edges`` the marks of a person have gone into.

    Returns
    -------
    diagonal : ndarray, shape (hp, wp), float32
        D; 0 where a pixel is held, cut off by a barrier, or padding.
    b : ndarray, shape (2, hp, wp), float32
        Right-hand sides, with the couplings to held pixels; 0 where D is.
    held : ndarray, shape (2, hp, wp), float32
        Chroma of held pixels, 0 elsewhere.
    """
    size = padded_shape(hints.shape)
    diagonal = np.zeros(size, np.float32)
    b = np.zeros((2, *size), np.float32)
    held = np.zeros((2, *size), np.float32)
    stencil.degree(edges, diagonal)
    anchor = hints.chroma if prior is None else prior
    _fill_system(
        edges,
        hints.chroma,
        hints.weight,
        hints.barrier,
        anchor,
        prior_weight,
        np.float32(1 if prior is not None else 0),
        diagonal,
        b,
        held,
    )
    return diagonal, b, held


@kernel()
def _fill_system(
    edges: EdgeWeights,
    chroma: Chroma,
    weight: Plane,
    barrier: NDArray[np.bool_],
    prior: Chroma,
    prior_weight: np.float32,
    prior_share: np.float32,
    diagonal: Planes,
    b: Planes,
    held: Planes,
) -> None:
    h, w = weight.shape
    for y in range(h):
        for x in range(w):
            k = weight[y, x]
            if barrier[y, x]:
                diagonal[y + 1, x + 1] = 0
                continue
            if k >= HARD:
                diagonal[y + 1, x + 1] = 0
                held[0, y + 1, x + 1] = chroma[y, x, 0]
                held[1, y + 1, x + 1] = chroma[y, x, 1]
                continue
            c = k / (np.float32(1) - k)
            m = prior_weight * prior_share
            diagonal[y + 1, x + 1] += c + prior_weight
            for channel in range(2):
                b[channel, y + 1, x + 1] = c * chroma[y, x, channel] + m * prior[y, x, channel]
    for y in range(1, h + 1):
        for x in range(1, w + 1):
            if weight[y - 1, x - 1] < HARD or barrier[y - 1, x - 1]:
                continue
            for k in range(4):
                dy, dx = (0, 1, 1, 1)[k], (1, 0, 1, -1)[k]
                for channel in range(2):
                    value = held[channel, y, x]
                    if diagonal[y + dy, x + dx] > 0:
                        b[channel, y + dy, x + dx] += edges[k, y, x] * value
                    if diagonal[y - dy, x - dx] > 0:
                        b[channel, y - dy, x - dx] += edges[k, y - dy, x - dx] * value


def hold(chroma: Chroma, hints: HintMap) -> None:
    """Put the hard strokes into a chroma of any method, in place.

    Pixels of a barrier take the chroma of the nearest other pixel.
    """
    _put(chroma, hints.chroma, hints.weight)
    if hints.barrier.any():
        fill_barriers(chroma, hints.barrier)


@kernel()
def _put(chroma: Chroma, wanted: Chroma, weight: Plane) -> None:
    h, w = weight.shape
    for y in range(h):
        for x in range(w):
            if weight[y, x] >= HARD:
                chroma[y, x, 0] = wanted[y, x, 0]
                chroma[y, x, 1] = wanted[y, x, 1]


def fill_barriers(chroma: Chroma, barrier: Mask) -> None:
    """Give barrier pixels the chroma of the nearest other pixel, in place."""
    if barrier.all():
        return
    rows, columns = distance_transform_edt(barrier, return_distances=False, return_indices=True)
    chroma[barrier] = chroma[rows[barrier], columns[barrier]]
