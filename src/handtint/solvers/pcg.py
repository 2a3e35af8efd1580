"""Conjugate gradients for both chroma channels at once, preconditioned by multigrid.

References
----------
M. R. Hestenes, E. Stiefel, "Methods of conjugate gradients for solving linear systems", Journal of
Research of the National Bureau of Standards 49(6), 1952, doi:10.6028/jres.049.044.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from handtint.colorizer import Progress, check_cancelled
from handtint.solvers import stencil
from handtint.solvers.grid import EdgeWeights
from handtint.solvers.multigrid import Multigrid
from handtint.types import Chroma, SolveReport

Planes = NDArray[np.float32]


class Quadratic(Protocol):
    """A quadratic form 1/2 <x, Q x> that is no graph Laplacian, as a part of a system."""

    def multiply_add(self, x: Planes, out: Planes, /) -> None:
        """``out += Q x``, float32 of shape (2, hp, wp)."""

    def add_bound(self, out: EdgeWeights, /) -> None:
        """Add edge weights v to ``out`` whose graph Laplacian stands in for Q.

        The conjugate gradients are preconditioned with them, so they should be near Q where its
        spectrum is high.
        """


def solve(
    weights: EdgeWeights,
    diagonal: Planes,
    shape: tuple[int, int],
    b: Planes,
    x: Planes,
    *,
    tol: float,
    max_iter: int,
    beyond: Quadratic | None = None,
    progress: Progress | None = None,
    on_iteration: Callable[[int, Planes], None] | None = None,
    picture: Callable[[Planes], Chroma] | None = None,
) -> SolveReport:
    """Solve ``A x = b``, A = diag(diagonal) - W + Q, from ``x`` and in place.

    Stops when, for each channel, the residual of the recurrence satisfies

        ||b - A x||_2 <= tol ||b||_2,

    or after ``max_iter`` iterations. Where b = 0, ||diagonal x_0||_2 stands in for its norm, x_0
    the start.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights on padded planes (see `handtint.solvers.grid`).
    diagonal : ndarray, shape (hp, wp), float32
        Diagonal of A; 0 where a pixel is held or padding.
    shape : (int, int)
        Height and width of the picture.
    b : ndarray, shape (2, hp, wp), float32
        Right-hand sides, 0 where a pixel is held. Overwritten: it becomes the residual.
    x : ndarray, shape (2, hp, wp), float32
        Start, 0 where a pixel is held. Overwritten by the solution.
    tol : float
        Bound of the relative residual.
    max_iter : int
        Bound of the number of iterations.
    beyond : Quadratic, optional
        Q, on the pixels that are not held.
    progress : Progress, optional
        Told the done fraction (of the orders of magnitude); asked for cancellation.
    on_iteration : callable, optional
        Called with the iteration and the present padded ``x``.
    picture : callable, optional
        Makes the chroma, shape (h, w, 2), from the present padded ``x``; ``progress`` is shown it.

    Returns
    -------
    SolveReport
        ``residual`` is the larger one of ``||r|| / ||b||`` of the two channels.

    Raises
    ------
    Cancelled
        When ``progress.cancelled`` became true.
    """
    start = time.perf_counter()
    b_norm = np.sqrt(stencil.dot(b, b))
    if not b_norm.all():
        scaled = diagonal * x
        b_norm = np.where(b_norm > 0, b_norm, np.sqrt(stencil.dot(scaled, scaled)))
    b_norm = np.maximum(b_norm, 1e-30)
    multigrid = Multigrid(*_preconditioned(weights, diagonal, beyond), shape)
    ap = multigrid.scratch
    r = b
    stencil.residual(weights, diagonal, b, x, ap)
    if beyond is not None:
        np.negative(ap, out=ap)
        _add_beyond(beyond, diagonal, x, ap)
        np.negative(ap, out=ap)
    r[...] = ap
    norms = np.sqrt(stencil.dot(r, r))
    first = residual = float((norms / b_norm).max())
    iterations = 0
    p: Planes | None = None
    rz_before = np.ones(2)
    while residual > tol and iterations < max_iter:
        check_cancelled(progress)
        z = multigrid.cycle(r)
        rz = stencil.dot(r, z)
        if p is None:
            p = z.copy()
        else:
            stencil.turn(p, z, _ratio(rz, rz_before))
        rz_before = rz
        stencil.multiply(weights, diagonal, p, ap)
        if beyond is not None:
            _add_beyond(beyond, diagonal, p, ap)
        norms = np.sqrt(stencil.step(x, r, p, ap, _ratio(rz, stencil.dot(p, ap))))
        residual = float((norms / b_norm).max())
        iterations += 1
        if progress is not None and residual > 0:
            progress.report(_done(first, residual, tol), None if picture is None else picture(x))
        if on_iteration is not None:
            on_iteration(iterations, x)
    return SolveReport(iterations, residual, residual <= tol, time.perf_counter() - start)


def _preconditioned(
    weights: EdgeWeights, diagonal: Planes, beyond: Quadratic | None
) -> tuple[EdgeWeights, Planes]:
    """Weights and diagonal of the graph that stands in for the whole system."""
    if beyond is None:
        return weights, diagonal
    bound = np.zeros_like(weights)
    beyond.add_bound(bound)
    degree = np.zeros_like(diagonal)
    stencil.degree(bound, degree)
    return weights + bound, np.where(diagonal > 0, diagonal + degree, np.float32(0))


def _add_beyond(beyond: Quadratic, diagonal: Planes, x: Planes, out: Planes) -> None:
    beyond.multiply_add(x, out)
    out *= diagonal > 0


def _ratio(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float32]:
    """``a / b``, 0 for a channel that is already solved."""
    safe = np.where(b > 0, b, 1.0)
    return np.where(b > 0, a / safe, 0.0).astype(np.float32)


def _done(first: float, now: float, tol: float) -> float:
    if first <= tol:
        return 1.0
    return float(np.clip(np.log(first / now) / np.log(first / tol), 0.0, 1.0))
