"""Chroma that is smooth where the lightness is: the quadratic problem behind the graph methods.

With edge weights w_ij, hints h_i of weight k_i and, optionally, a prior chroma q of weight m,

    E(u) = 1/2 sum_ij w_ij |u_i - u_j|^2  +  1/2 sum_i c_i |u_i - h_i|^2  +  m/2 sum_i |u_i - q_i|^2

is minimised over the chroma u, both channels at once. Soft hints (0 < k < 1) have
c_i = k_i / (1 - k_i), hard ones (k = 1) are held: u_i = h_i. The minimiser solves
(D - W) u = c h + m q + (couplings to held pixels), D_ii = sum_j w_ij + c_i + m.
"""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from handtint.colorizer import Progress
from handtint.jit import kernel
from handtint.solvers import pcg, stencil
from handtint.solvers.affinities import with_marks
from handtint.solvers.grid import EdgeWeights, crop, pad, padded_shape
from handtint.solvers.multigrid import Multigrid
from handtint.types import Chroma, HintMap, Mask, Plane, SolveReport

Planes = NDArray[np.float32]

HARD = np.float32(0.999)
"""Hints of at least this weight are held exactly."""


class Diffusion:
    """The problem on one photograph, for strokes that change.

    It keeps the multigrid hierarchy between calls. When hints were added, changed or taken away,
    only those coefficients are computed anew that lie around them; when barriers or ignored
    pixels changed, all of them. The result does not depend on earlier calls beyond rounding. Calls
    from several threads wait for each other.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights of the photograph by a law of `handtint.solvers.affinities`; kept, not
        copied.
    """

    def __init__(self, weights: EdgeWeights) -> None:
        self._lock = Lock()
        self._weights = weights
        self._marks: tuple[Mask, Mask] | None = None
        self._edges = weights
        self._degree: Planes | None = None
        self._multigrid: Multigrid | None = None

    def __call__(
        self,
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
        hints : HintMap, of shape (h, w)
            Strokes. Barriers cut the edges that touch them, ignored pixels open theirs.
        initial : ndarray, shape (h, w, 2), float32, optional
            A chroma to start from. Where no hint and no prior decides, it stays. If not given,
            the mean chroma of the hints, or zero when barriers may keep regions from all hints,
            improved by nested iteration.
        prior : ndarray, shape (h, w, 2), float32, optional
            The chroma q; the zero chroma when only ``prior_weight`` is given.
        prior_weight : float
            Its weight m >= 0.
        tol, max_iter
            Stopping rule of `handtint.solvers.pcg.solve`.
        progress : Progress, optional
            Progress, with the chroma of each iteration, and cancellation.

        Returns
        -------
        chroma : ndarray, shape (h, w, 2), float32
            The minimiser. Pixels of a barrier take the chroma of the nearest other pixel.
        report : SolveReport
            What the solver reached.

        Raises
        ------
        ValueError
            When the hints, the start or the prior are not of the shape of the photograph.
        Cancelled
            When ``progress.cancelled`` became true.
        """
        started = time.perf_counter()
        _check_shapes(self._weights, hints, initial, prior)
        with self._lock:
            multigrid, b = self._set_up(hints, prior, np.float32(prior_weight))
            free = multigrid.levels[0].diagonal
            x = np.zeros_like(b)
            _put(_start(hints, initial), free, x)
            report = pcg.solve(
                self._edges,
                free,
                hints.shape,
                b,
                x,
                tol=tol,
                max_iter=max_iter,
                multigrid=multigrid,
                nested=initial is None,
                progress=progress,
                picture=lambda now: _taken(now, hints),
            )
        chroma = _taken(x, hints)
        if hints.barrier.any():
            fill_barriers(chroma, hints.barrier)
        return chroma, replace(report, seconds=time.perf_counter() - started)

    def _set_up(
        self, hints: HintMap, prior: Chroma | None, prior_weight: np.float32
    ) -> tuple[Multigrid, Planes]:
        """Hierarchy and right-hand side for the hints."""
        marks = hints.barrier, hints.ignore
        if self._marks is None or not all(map(np.array_equal, marks, self._marks)):
            self._marks = (hints.barrier.copy(), hints.ignore.copy())
            self._edges = with_marks(self._weights, *marks)
            self._degree = self._multigrid = None
        size = padded_shape(hints.shape)
        if self._degree is None:
            self._degree = np.zeros(size, np.float32)
            stencil.degree(self._edges, self._degree)
        diagonal = np.zeros(size, np.float32)
        _fill_diagonal(self._degree, hints.weight, hints.barrier, prior_weight, diagonal)
        if self._multigrid is None:
            self._multigrid = Multigrid(self._edges, diagonal, hints.shape)
        else:
            self._multigrid.update(diagonal)
        b = self._multigrid.levels[0].b
        _fill_right_side(self._edges, *_anchored(hints, prior, prior_weight), diagonal, b)
        return self._multigrid, b


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
    """Minimise E once: ``Diffusion(weights)(hints, ...)``; see `Diffusion`."""
    return Diffusion(weights)(
        hints,
        initial=initial,
        prior=prior,
        prior_weight=prior_weight,
        tol=tol,
        max_iter=max_iter,
        progress=progress,
    )


def adjoint(
    weights: EdgeWeights,
    hints: HintMap,
    slope: Chroma,
    *,
    prior_weight: float = 0.0,
    tol: float,
    max_iter: int,
) -> Chroma:
    """Solution v of A v = s, where A is the matrix of `diffuse`, v = 0 where held.

    For the gradient of a function of the minimiser (`handtint.train.edges`).

    Parameters
    ----------
    weights, hints
        As for `diffuse`.
    slope : ndarray, shape (h, w, 2), float32
        The right-hand side s.
    prior_weight : float
        Weight of a prior, as for `diffuse`.
    tol, max_iter
        Stopping rule of `handtint.solvers.pcg.solve`.

    Returns
    -------
    ndarray, shape (h, w, 2), float32
    """
    edges = with_marks(weights, hints.barrier, hints.ignore)
    diagonal, _, _ = hint_system(edges, hints, None, np.float32(prior_weight))
    b = pad(slope) * (diagonal > 0)
    x = np.zeros_like(b)
    pcg.solve(edges, diagonal, hints.shape, b, x, tol=tol, max_iter=max_iter)
    return crop(x, hints.shape)


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

    Raises
    ------
    ValueError
        When hints or prior are not of the shape of the graph.
    """
    _check_shapes(edges, hints, None, prior)
    size = padded_shape(hints.shape)
    degree = np.zeros(size, np.float32)
    stencil.degree(edges, degree)
    diagonal = np.zeros(size, np.float32)
    _fill_diagonal(degree, hints.weight, hints.barrier, prior_weight, diagonal)
    b = np.zeros((2, *size), np.float32)
    _fill_right_side(edges, *_anchored(hints, prior, prior_weight), diagonal, b)
    held = pad(hints.chroma)
    held *= pad(((hints.weight >= HARD) & ~hints.barrier).astype(np.float32))
    return diagonal, b, held


def starting_planes(hints: HintMap, initial: Chroma | None) -> Planes:
    """Padded chroma to start from, (2, hp, wp): ``initial``, else as `Diffusion` says."""
    x = np.zeros((2, *padded_shape(hints.shape)), np.float32)
    inside = np.ones(hints.shape, np.float32)
    _put(_start(hints, initial), pad(inside), x)
    return x


def hold(chroma: Chroma, hints: HintMap) -> None:
    """Put the hard strokes into a chroma of any method, in place.

    Pixels of a barrier take the chroma of the nearest other pixel.
    """
    _hold(chroma, hints.chroma, hints.weight)
    if hints.barrier.any():
        fill_barriers(chroma, hints.barrier)


def _check_shapes(
    edges: EdgeWeights, hints: HintMap, initial: Chroma | None, prior: Chroma | None
) -> None:
    """Kernels write without looking where, so whatever enters them has to fit."""
    if padded_shape(hints.shape) != edges.shape[1:]:
        raise ValueError(
            f"hints of shape {hints.shape} need edge weights {padded_shape(hints.shape)}, "
            f"these are {edges.shape[1:]}"
        )
    for name, chroma in (("initial", initial), ("prior", prior)):
        if chroma is not None and chroma.shape != (*hints.shape, 2):
            raise ValueError(f"{name} has shape {chroma.shape}, the hints {hints.shape}")


def _anchored(
    hints: HintMap, prior: Chroma | None, prior_weight: np.float32
) -> tuple[Chroma, Plane, Mask, Chroma, np.float32]:
    """What the right-hand side is made of: hints, prior, and the prior's weight."""
    if prior is None:
        return hints.chroma, hints.weight, hints.barrier, hints.chroma, np.float32(0)
    return hints.chroma, hints.weight, hints.barrier, prior, prior_weight


def _start(hints: HintMap, initial: Chroma | None) -> Chroma:
    """Where the solver starts: a chroma of the picture's shape, or one pixel for all."""
    if initial is not None:
        return np.ascontiguousarray(initial, np.float32)
    if hints.barrier.any():
        return np.zeros((1, 1, 2), np.float32)
    return hints.mean_chroma[None, None]


@kernel()
def _fill_diagonal(
    degree: Planes,
    weight: Plane,
    barrier: NDArray[np.bool_],
    prior_weight: np.float32,
    diagonal: Planes,
) -> None:
    """``D_ii = sum_j w_ij + c_i + m``, 0 at held pixels and barriers."""
    h, w = weight.shape
    for y in range(h):
        for x in range(w):
            k = weight[y, x]
            soft = k / (np.float32(1) - min(k, HARD)) + prior_weight
            free = k < HARD and not barrier[y, x]
            diagonal[y + 1, x + 1] = degree[y + 1, x + 1] + soft if free else np.float32(0)


@kernel()
def _fill_right_side(
    edges: EdgeWeights,
    chroma: Chroma,
    weight: Plane,
    barrier: NDArray[np.bool_],
    prior: Chroma,
    prior_weight: np.float32,
    diagonal: Planes,
    b: Planes,
) -> None:
    """``b_i = c_i h_i + m q_i`` plus the couplings to held pixels; 0 where no unknown is."""
    h, w = weight.shape
    for y in range(h):
        for channel in range(2):
            for x in range(w):
                k = weight[y, x]
                soft = k / (np.float32(1) - min(k, HARD))
                value = soft * chroma[y, x, channel] + prior_weight * prior[y, x, channel]
                b[channel, y + 1, x + 1] = value if diagonal[y + 1, x + 1] > 0 else np.float32(0)
    for y in range(1, h + 1):
        for x in range(1, w + 1):
            if weight[y - 1, x - 1] < HARD or barrier[y - 1, x - 1]:
                continue
            for k in range(4):
                dy, dx = (0, 1, 1, 1)[k], (1, 0, 1, -1)[k]
                for channel in range(2):
                    value = chroma[y - 1, x - 1, channel]
                    if diagonal[y + dy, x + dx] > 0:
                        b[channel, y + dy, x + dx] += edges[k, y, x] * value
                    if diagonal[y - dy, x - dx] > 0:
                        b[channel, y - dy, x - dx] += edges[k, y - dy, x - dx] * value


@kernel()
def _put(start: Chroma, diagonal: Planes, x: Planes) -> None:
    """``x`` = the chroma ``start``, or its one pixel everywhere; 0 where no unknown is."""
    rows, columns, _ = start.shape
    _, hp, wp = x.shape
    for y in range(1, hp - 1):
        for channel in range(2):
            for q in range(1, wp - 1):
                value = start[min(y, rows) - 1, min(q, columns) - 1, channel]
                x[channel, y, q] = value if diagonal[y, q] > 0 else np.float32(0)


def _taken(x: Planes, hints: HintMap) -> Chroma:
    """The chroma of padded unknowns, with the held hints."""
    chroma = np.empty_like(hints.chroma)
    _take(x, hints.chroma, hints.weight, hints.barrier, chroma)
    return chroma


@kernel()
def _take(x: Planes, hints: Chroma, weight: Plane, barrier: NDArray[np.bool_], out: Chroma) -> None:
    """``out`` = the unknowns, and the hints where they are held."""
    h, w = weight.shape
    for y in range(h):
        for q in range(w):
            held = weight[y, q] >= HARD and not barrier[y, q]
            for channel in range(2):
                out[y, q, channel] = hints[y, q, channel] if held else x[channel, y + 1, q + 1]


@kernel()
def _hold(chroma: Chroma, wanted: Chroma, weight: Plane) -> None:
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
