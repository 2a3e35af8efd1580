"""Conjugate gradients for both chroma channels at once, preconditioned by multigrid.

References
----------
M. R. Hestenes, E. Stiefel, "Methods of conjugate gradients for solving linear systems", Journal of
Research of the National Bureau of Standards 49(6), 1952, doi:10.6028/jres.049.044.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from handtint.colorizer import Progress, check_cancelled
from handtint.solvers import stencil
from handtint.solvers.coarsening import prolong_add, restrict
from handtint.solvers.grid import EdgeWeights
from handtint.solvers.multigrid import Multigrid
from handtint.types import Chroma, SolveReport

Planes = NDArray[np.float32]

NESTED_TOL = 1e-3
"""Relative residual of the coarse solves of a nested start."""

NESTED_MAX_ITER = 30


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
    multigrid: Multigrid | None = None,
    nested: bool = False,
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
    multigrid : Multigrid, optional
        A hierarchy of exactly this A, or of what stands in for it; made here if not given.
    nested : bool
        Whether to improve the start by nested iteration: the equation for its error is solved on
        the coarser levels first, each from the result of the next coarser one. It pays for a
        start that knows nothing of the solution, the more the larger the picture is.
    progress : Progress, optional
        Told the done fraction (of the orders of magnitude); asked for cancellation.
    on_iteration : callable, optional
        Called with the iteration and the present padded ``x``.
    picture : callable, optional
        Makes the chroma, shape (h, w, 2), from the present padded ``x``; ``progress`` is shown it.

    Returns
    -------
    SolveReport
        ``residual`` is the larger one of ``||r|| / ||b||`` of the two channels; iterations on
        coarser levels do not count.

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
    if multigrid is None:
        multigrid = Multigrid(*_preconditioned(weights, diagonal, beyond), shape)
    check_cancelled(progress)
    operator = _Operator(weights, diagonal, beyond)
    scratch = multigrid.levels[0].ap
    operator.subtract(b, x, scratch)
    if nested and (np.sqrt(stencil.dot(b, b)) > tol * b_norm).any():
        error = _nested(multigrid, b, progress)
        x += error
        operator.subtract(b, error, scratch)
    first = 0.0

    def tell(iteration: int, residual: float) -> None:
        nonlocal first
        first = first or residual
        if progress is not None and iteration and residual > 0:
            progress.report(_done(first, residual, tol), None if picture is None else picture(x))
        if on_iteration is not None and iteration:
            on_iteration(iteration, x)

    iterations, residual = _iterate(
        multigrid, 0, operator, b, x, b_norm, tol, max_iter, progress, tell
    )
    return SolveReport(iterations, residual, residual <= tol, time.perf_counter() - start)


@dataclass(frozen=True, slots=True)
class _Operator:
    """A = diag(diagonal) - W + Q on one level."""

    weights: EdgeWeights
    diagonal: Planes
    beyond: Quadratic | None = None

    def multiply(self, x: Planes, out: Planes) -> NDArray[np.float64]:
        """``out = A x``; returns x . A x of both channels."""
        along: NDArray[np.float64] = stencil.multiply(self.weights, self.diagonal, x, out)
        if self.beyond is None:
            return along
        self.beyond.multiply_add(x, out)
        out *= self.diagonal > 0
        product: NDArray[np.float64] = stencil.dot(x, out)
        return product

    def subtract(self, b: Planes, x: Planes, scratch: Planes) -> None:
        """``b -= A x``, in place."""
        if self.beyond is None:
            stencil.residual(self.weights, self.diagonal, b, x, scratch)
            b[...] = scratch
        else:
            self.multiply(x, scratch)
            b -= scratch


def _iterate(
    multigrid: Multigrid,
    index: int,
    operator: _Operator,
    r: Planes,
    x: Planes,
    norm: NDArray[np.float64],
    tol: float,
    max_iter: int,
    progress: Progress | None,
    tell: Callable[[int, float], None] | None = None,
) -> tuple[int, float]:
    """Conjugate gradients on one level, from ``x`` with the residual ``r``; both in place."""
    level = multigrid.levels[index]
    p, ap = level.p, level.ap
    p.fill(0)
    residual = float((np.sqrt(stencil.dot(r, r)) / norm).max())
    iterations = 0
    before = np.zeros(2)
    if tell is not None:
        tell(0, residual)
    while residual > tol and iterations < max_iter:
        check_cancelled(progress)
        z = multigrid.cycle(r, index)
        rz = stencil.dot(r, z)
        stencil.turn(p, z, _ratio(rz, before))
        before = rz
        pap = operator.multiply(p, ap)
        norms = np.sqrt(stencil.step(x, r, p, ap, _ratio(rz, pap)))
        residual = float((norms / norm).max())
        iterations += 1
        if tell is not None:
            tell(iterations, residual)
    return iterations, residual


def _nested(multigrid: Multigrid, r: Planes, progress: Progress | None) -> Planes:
    """Approximate solution of ``A e = r`` from the coarser levels alone.

    On level l, from the coarsest up, ``A_l e_l = r_l`` with r_l = P^T r_{l-1} is solved to
    `NESTED_TOL` from P e_{l+1}: cascadic conjugate gradients (F. A. Bornemann, P. Deuflhard, "The
    cascadic multigrid method for elliptic problems", Numerische Mathematik 75, 1996,
    doi:10.1007/s002110050234).
    """
    levels = multigrid.levels
    rights = [r]
    for fine, coarse in pairwise(levels):
        rights.append(np.zeros_like(coarse.b))
        restrict(rights[-2], fine.up, rights[-1])
    error = multigrid.cycle(rights[-1], len(levels) - 1)
    for index in reversed(range(len(levels) - 1)):
        level, right = levels[index], rights[index]
        coarse_error, error = error, np.zeros_like(level.x)
        prolong_add(error, level.up, coarse_error, level.inverse)
        if index:
            norm = np.maximum(np.sqrt(stencil.dot(right, right)), 1e-30)
            operator = _Operator(level.weights, level.diagonal)
            operator.subtract(right, error, level.ap)
            _iterate(
                multigrid,
                index,
                operator,
                right,
                error,
                norm,
                NESTED_TOL,
                NESTED_MAX_ITER,
                progress,
            )
    return error


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


def _ratio(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float32]:
    """``a / b``, 0 for a channel that is already solved."""
    safe = np.where(b > 0, b, 1.0)
    return np.where(b > 0, a / safe, 0.0).astype(np.float32)


def _done(first: float, now: float, tol: float) -> float:
    if first <= tol:
        return 1.0
    return float(np.clip(np.log(first / now) / np.log(first / tol), 0.0, 1.0))
