"""Iteratively reweighted least squares: terms that are not quadratic, by ones that are.

To minimise

    E(u) = sum_t R_t(u) + 1/2 <u, Q u> + F(u),

F the fidelity to the hints, every R_t is replaced by its quadratic majoriser at the present
chroma v, a graph Laplacian with edge weights that depend on v:

    R_t(u) <= R_t(v) + 1/2 sum_ij omega_ij(v) (|u_i - u_j|^2 - |v_i - v_j|^2).

The sum is minimised by conjugate gradients (`handtint.solvers.pcg`), which start from v; the
result is the next v. E does not rise from one step to the next, whatever the accuracy of the
inner solve. It stops when

    ||u - v||_2 <= settle ||u||_2

or after a number of steps. The terms are rounded off at zero by an epsilon, so that no weight is
infinite; it begins ``relax`` times as large and is halved at each step.

References
----------
R. Wolke, H. Schwetlick, "Iteratively reweighted least squares: algorithms, convergence analysis,
and numerical comparisons", SIAM Journal on Scientific and Statistical Computing 9(5), 1988,
doi:10.1137/0909062. I. Daubechies, R. DeVore, M. Fornasier, C. S. Güntürk, "Iteratively reweighted
least squares minimization for sparse recovery", Communications on Pure and Applied Mathematics
63(1), 2010, doi:10.1002/cpa.20303.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from handtint.colorizer import Part, Progress, check_cancelled
from handtint.solvers import pcg
from handtint.solvers.grid import EdgeWeights, crop, padded_shape
from handtint.solvers.pcg import Quadratic
from handtint.types import SolveReport

Planes = NDArray[np.float32]


class Reweighted(Protocol):
    """A term with a quadratic majoriser on the edges of the pixel graph."""

    def value(self, u: Planes, /) -> float:
        """Value at the chroma ``u``, float32 of shape (2, hp, wp)."""

    def reweight(self, u: Planes, out: EdgeWeights, /) -> None:
        """Add the edge weights omega of the majoriser at ``u`` to ``out``."""

    def relaxed(self, factor: float, /) -> Reweighted:
        """The term with ``factor`` times its epsilon."""


class Valued(Quadratic, Protocol):
    """A quadratic term that tells its value."""

    def value(self, u: Planes, /) -> float:
        """Value at the chroma ``u``, float32 of shape (2, hp, wp)."""


class Fidelity(Protocol):
    """The terms that tie single pixels, and what they make of a linear system."""

    def value(self, u: Planes, /) -> float:
        """Value at the chroma ``u``, float32 of shape (2, hp, wp)."""

    def system(self, edges: EdgeWeights, /) -> tuple[Planes, Planes, Planes]:
        """Diagonal, right-hand side and held chroma; see `diffusion.hint_system`."""


@dataclass(frozen=True, slots=True)
class Model:
    """The energy E: its terms by the part that they play.

    Parameters
    ----------
    reweighted : sequence of Reweighted
        The terms R_t. Their edges decide which pixels take part.
    fidelity : Fidelity
        The term F.
    quadratic : optional
        The term 1/2 <u, Q u>.
    """

    reweighted: Sequence[Reweighted]
    fidelity: Fidelity
    quadratic: Valued | None = None

    def value(self, u: Planes) -> float:
        """E at the chroma ``u``, float32 of shape (2, hp, wp)."""
        beyond = 0.0 if self.quadratic is None else self.quadratic.value(u)
        return self.fidelity.value(u) + beyond + sum(t.value(u) for t in self.reweighted)


def minimise(
    model: Model,
    shape: tuple[int, int],
    u: Planes,
    *,
    about: Planes | None = None,
    steps: int = 5,
    relax: float = 1.0,
    settle: float = 1e-3,
    tol: float = 1e-3,
    max_iter: int = 200,
    progress: Progress | None = None,
    on_step: Callable[[Planes], None] | None = None,
) -> SolveReport:
    """Minimise E from ``u`` and in place.

    Parameters
    ----------
    model : Model
        E, on a grid of ``shape``.
    shape : (int, int)
        Height and width of the grid.
    u : ndarray, shape (2, hp, wp), float32
        Chroma to start from; overwritten by the result. Only the first inner solve starts there,
        so the result hardly depends on it.
    about : ndarray, shape (2, hp, wp), float32, optional
        Chroma at which the first majoriser is taken. If not given, a constant one: the first step
        then solves the problem whose weights are those of the terms, as for harmonic colour.
    steps : int
        Bound of the number of outer steps.
    relax : float
        Factor of the first epsilon, at least 1.
    settle : float
        Relative change of the chroma at which it stops.
    tol, max_iter
        Stopping rule of the inner solves; see `handtint.solvers.pcg.solve`.
    progress : Progress, optional
        Told the chroma at each outer step; asked for cancellation at each inner iteration.
    on_step : callable, optional
        Called with the chroma after each outer step.

    Returns
    -------
    SolveReport
        ``iterations`` counts the inner ones, ``residual`` is that of the last inner solve, and
        ``energy`` is E at the result. It counts as converged when the last inner solve is.

    Raises
    ------
    Cancelled
        When ``progress.cancelled`` became true.
    """
    start = time.perf_counter()
    iterations = 0
    v = np.zeros_like(u) if about is None else about
    for step in range(steps):
        factor = max(1.0, relax * 0.5**step)
        edges = np.zeros((4, *padded_shape(shape)), np.float32)
        for term in model.reweighted:
            term.relaxed(factor).reweight(v, edges)
            check_cancelled(progress)
        before = u.copy()
        part = None if progress is None else Part(progress, step / steps, 1 / steps)
        report = _inner(model, edges, shape, u, tol=tol, max_iter=max_iter, progress=part)
        iterations += report.iterations
        if on_step is not None:
            on_step(u)
        if progress is not None:
            progress.report((step + 1) / steps, crop(u, shape))
        if step and factor == 1 and np.linalg.norm(u - before) <= settle * np.linalg.norm(u):
            break
        v = u
    return SolveReport(
        iterations,
        report.residual,
        report.converged,
        time.perf_counter() - start,
        model.value(u),
    )


def _inner(
    model: Model,
    edges: EdgeWeights,
    shape: tuple[int, int],
    u: Planes,
    *,
    tol: float,
    max_iter: int,
    progress: Progress | None,
) -> SolveReport:
    """Minimise the majoriser with ``edges``, from ``u`` and in place."""
    diagonal, b, held = model.fidelity.system(edges)
    free = diagonal > 0
    if model.quadratic is not None:
        across = np.zeros_like(b)
        model.quadratic.multiply_add(held, across)
        b -= across * free
    u *= free
    report = pcg.solve(
        edges,
        diagonal,
        shape,
        b,
        u,
        tol=tol,
        max_iter=max_iter,
        beyond=model.quadratic,
        progress=progress,
    )
    u += held
    return report
