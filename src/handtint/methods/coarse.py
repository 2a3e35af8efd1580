"""The options of methods whose learned models work on the coarsest grid, and the finer grids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from handtint.methods.pyramid import GridSolver
from handtint.options import option
from handtint.solvers.affinities import EdgeLaw, laplace
from handtint.solvers.diffusion import Diffusion
from handtint.solvers.grid import EdgeWeights
from handtint.types import Chroma, Plane, SolveReport


@dataclass(frozen=True)
class Coarse:
    """Methods that decide on the coarsest grid what colours there are, and carry that on."""

    reach: int = option(
        256, help="long side of the coarsest grid, in pixels", minimum=16, maximum=4096
    )
    tie: float = option(
        0.01, help="weight of the coarser result on a finer grid", minimum=1e-6, maximum=10
    )
    tol: float = option(
        1e-3, help="relative residual at which the solver stops", minimum=1e-7, maximum=0.1
    )
    max_iter: int = option(100, help="bound of the solver's iterations", minimum=1, maximum=10_000)
    coefficients: str = option(
        "", help="file of learned coefficients; empty: those shipped", file=True
    )

    def finer(self, lightness: Plane) -> GridSolver:
        """The problem on a finer grid."""
        return self.bound(laplace(lightness, EdgeLaw(floor=1e-5)))

    def bound(self, weights: EdgeWeights) -> Callable[..., tuple[Chroma, SolveReport]]:
        """The quadratic problem of some edge weights, solved as these options say."""
        return partial(Diffusion(weights), tol=self.tol, max_iter=self.max_iter)
