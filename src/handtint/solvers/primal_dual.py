"""The primal-dual method of Chambolle and Pock, for energies that are convex and not smooth.

It minimises, over the chroma and whatever further planes the terms need, x in a box X,

    E(x) = sum_t F_t(K_t x) + G(x),

where F_t is convex, K_t linear, and G, the fidelity to the hints, acts on single pixels. From
y = 0, with the preconditioned steps of Pock and Chambolle,

    y_t <- prox_(sigma_t F_t*)(y_t + sigma_t K_t (2 x - x_before))
    x   <- prox_(tau G)(x - tau sum_t K_t^T y_t)

    tau_j = s_j / sum_i |K_ij|,  sigma_i = 1 / sum_j |K_ij| s_j

(the largest sum of what one norm couples), so that || sigma^(1/2) K tau^(1/2) || <= 1 whatever
the scales s_j > 0; they are those of the planes of x. The quadratic terms of G are in its proximal
map, and those of F_t in that of F_t*: neither costs a step size. With the primal-dual gap

    gap(x, y) = sum_t (F_t(K_t x) + F_t*(y_t)) + G(x) + G*(-K^T y)  >=  E(x) - min E  >=  0

(G* is finite because X is bounded), it stops when gap(x, y) <= tol max(E(x), 1e-6 n), n the number
of pixels.

References
----------
A. Chambolle, T. Pock, "A first-order primal-dual algorithm for convex problems with applications
to imaging", Journal of Mathematical Imaging and Vision 40, 2011, doi:10.1007/s10851-010-0251-1.
T. Pock, A. Chambolle, "Diagonal preconditioning for first order primal-dual algorithms in convex
optimization", ICCV 2011, doi:10.1109/ICCV.2011.6126441.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from handtint.colorizer import Progress, check_cancelled
from handtint.jit import kernel
from handtint.solvers.grid import crop
from handtint.types import SolveReport

Planes = NDArray[np.float32]

CHECK_EVERY = 20
"""Iterations from one look at the gap to the next; a look costs as much as one of them."""


class Saddle(Protocol):
    """A term F(K x), by its operator and the conjugate of F."""

    @property
    def primal(self) -> int:
        """Number of planes of x that the term looks at, the first ones; at least 2."""

    @property
    def dual(self) -> int:
        """Number of planes of y."""

    def value(self, x: Planes, /) -> float:
        """F(K x), for x of shape (primal, hp, wp)."""

    def forward(self, x: Planes, out: Planes, /) -> None:
        """``out = K x``, of shape (dual, hp, wp)."""

    def adjoint_add(self, y: Planes, out: Planes, /) -> None:
        """``out += K^T y``."""

    def sums(self, scale: Planes, rows: Planes, columns: Planes, /) -> None:
        """Set ``rows`` to sum_j |K_ij| s_j and add sum_i |K_ij| to ``columns``.

        ``scale`` has s, a number a plane of x. What one norm of F couples has the largest of its
        rows.
        """

    def resolve(self, y: Planes, sigma: Planes, /) -> None:
        """Proximal map of sigma F*, in place."""

    def conjugate(self, y: Planes, /) -> float:
        """F*(y), for y in its domain."""


class Pointwise(Protocol):
    """The fidelity G to the hints."""

    def pointwise(self) -> tuple[Planes, Planes, float]:
        """G(u) = sum_i C_i/2 |u_i - T_i|^2 + a constant: C, T and the constant.

        C has shape (hp, wp) and is infinite where u = T is held, and outside the picture; T has
        shape (2, hp, wp).
        """


@dataclass(frozen=True, slots=True)
class Box:
    """The set X, and how much its planes are expected to change.

    Parameters
    ----------
    low, high : ndarray, shape (n,), float32
        Bounds of each plane of x.
    scale : ndarray, shape (n,), float32, above 0
        The scales s of the planes: the larger, the longer their steps, at the cost of those of y.
    """

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    scale: NDArray[np.float32]


def minimise(
    terms: Sequence[Saddle],
    fidelity: Pointwise,
    box: Box,
    shape: tuple[int, int],
    x: Planes,
    *,
    tol: float = 1e-2,
    max_iter: int = 1000,
    progress: Progress | None = None,
    on_check: Callable[[float, float], None] | None = None,
) -> SolveReport:
    """Minimise E from ``x`` and in place.

    Parameters
    ----------
    terms : sequence of Saddle
        The terms F_t(K_t x).
    fidelity : Pointwise
        The term G.
    box : Box
        The set X, of as many planes as ``x``.
    shape : (int, int)
        Height and width of the picture.
    x : ndarray, shape (n, hp, wp), float32
        Start: the chroma, and what further planes the terms have; overwritten by the result.
    tol : float
        Bound of the normalised gap; see the module's docstring.
    max_iter : int
        Bound of the number of iterations.
    progress : Progress, optional
        Told the fraction and the chroma whenever the gap is looked at; asked for cancellation at
        each iteration.
    on_check : callable, optional
        Called with E(x) and the gap whenever the gap is looked at.

    Returns
    -------
    SolveReport
        ``residual`` is the normalised gap, ``energy`` is E at the result.

    Raises
    ------
    Cancelled
        When ``progress.cancelled`` became true.
    """
    start = time.perf_counter()
    curvature, target, constant = fidelity.pointwise()
    ys = [np.zeros((t.dual, *x.shape[1:]), np.float32) for t in terms]
    scratch = [np.zeros_like(y) for y in ys]
    sigmas = [np.zeros_like(y) for y in ys]
    tau = np.zeros_like(x)
    for term, sigma in zip(terms, sigmas, strict=True):
        term.sums(box.scale, sigma, tau)
        _invert(sigma)
        check_cancelled(progress)
    _invert(tau)
    tau *= box.scale[:, None, None]
    gradient = np.zeros_like(x)
    _descend(x, gradient, tau, curvature, target, box.low, box.high, gradient.copy())
    ahead = x.copy()
    residual, energy, iteration = np.inf, 0.0, 0
    while True:
        check_cancelled(progress)
        if iteration % CHECK_EVERY == 0 or iteration == max_iter:
            _gradient(terms, ys, gradient)
            primal, pointwise_gap = _pointwise(x, gradient, curvature, target, box.low, box.high)
            values = [term.value(x) for term in terms]
            gap = pointwise_gap + sum(values)
            gap += sum(t.conjugate(y) for t, y in zip(terms, ys, strict=True))
            energy = sum(values) + primal + constant
            residual = max(gap, 0.0) / max(energy, 1e-6 * shape[0] * shape[1])
            if on_check is not None:
                on_check(energy, gap)
            if progress is not None:
                progress.report(iteration / max_iter, crop(x[:2], shape))
            if residual <= tol or iteration == max_iter:
                break
        check_cancelled(progress)
        for term, y, sigma, kx in zip(terms, ys, sigmas, scratch, strict=True):
            term.forward(ahead, kx)
            _ascend(y, sigma, kx)
            term.resolve(y, sigma)
        _gradient(terms, ys, gradient)
        _descend(x, gradient, tau, curvature, target, box.low, box.high, ahead)
        iteration += 1
    return SolveReport(iteration, residual, residual <= tol, time.perf_counter() - start, energy)


def _gradient(terms: Sequence[Saddle], ys: Sequence[Planes], out: Planes) -> None:
    out.fill(0)
    for term, y in zip(terms, ys, strict=True):
        term.adjoint_add(y, out)


def _invert(sums: Planes) -> None:
    """1 / sums, in place; 0 where nothing is coupled."""
    np.divide(np.float32(1), sums, out=sums, where=sums > 0)


@kernel()
def _ascend(y: Planes, sigma: Planes, kx: Planes) -> None:
    n, hp, wp = y.shape
    for c in range(n):
        for q in range(hp):
            for p in range(wp):
                y[c, q, p] += sigma[c, q, p] * kx[c, q, p]


@kernel()
def _descend(
    x: Planes,
    gradient: Planes,
    tau: Planes,
    curvature: Planes,
    target: Planes,
    low: Planes,
    high: Planes,
    ahead: Planes,
) -> None:
    """One step of x, its proximal map, and ``ahead = 2 x - x_before``."""
    n, hp, wp = x.shape
    for c in range(n):
        for q in range(hp):
            for p in range(wp):
                before = x[c, q, p]
                now = before - tau[c, q, p] * gradient[c, q, p]
                if c < 2:
                    k = curvature[q, p]
                    if k == np.inf:
                        now = target[c, q, p]
                    else:
                        k *= tau[c, q, p]
                        now = (now + k * target[c, q, p]) / (np.float32(1) + k)
                        now = min(max(now, low[c]), high[c])
                else:
                    now = min(max(now, low[c]), high[c])
                x[c, q, p] = now
                ahead[c, q, p] = now + now - before


@kernel()
def _pointwise(
    x: Planes,
    gradient: Planes,
    curvature: Planes,
    target: Planes,
    low: Planes,
    high: Planes,
) -> tuple[float, float]:
    """G(x) without its constant, and G(x) + G*(-gradient)."""
    n, hp, wp = x.shape
    value, gap = 0.0, 0.0
    for c in range(n):
        for q in range(hp):
            for p in range(wp):
                z = -float(gradient[c, q, p])
                k, t = 0.0, 0.0
                if c < 2:
                    k, t = float(curvature[q, p]), float(target[c, q, p])
                if k == np.inf:
                    gap += z * t
                    continue
                here = 0.5 * k * (x[c, q, p] - t) ** 2
                best = high[c] if z > 0 else low[c]
                if k > 0:
                    best = min(max(t + z / k, low[c]), high[c])
                value += here
                gap += here + z * best - 0.5 * k * (best - t) ** 2
    return value, gap
