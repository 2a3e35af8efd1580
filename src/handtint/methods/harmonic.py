"""Guided harmonic colour: strokes diffuse over a graph that the lightness weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from handtint.colorizer import MethodInfo, PreparedColorizer
from handtint.methods.pyramid import GridSolver, Pyramid
from handtint.options import option
from handtint.solvers.affinities import LAWS, EdgeLaw
from handtint.solvers.diffusion import Diffusion
from handtint.types import Plane


@dataclass(frozen=True)
class Harmonic:
    """Colour that is harmonic on a graph weighted by the lightness, from coarse to fine.

    See `handtint.methods.pyramid` for the way over the grids. With ``reach=0`` the problem is
    solved once, on the given grid, without the tie.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Guided harmonic diffusion, coarse to fine",
        kind="guided",
        hints="needed",
        energy=(
            "E(u) = 1/2 sum_ij w_ij |u_i - u_j|^2 + 1/2 sum_i c_i |u_i - h_i|^2"
            " + tie/2 |u - up(u_coarse)|^2, u = h at hard strokes; "
            "w_ij = exp(-d_ij / scale) + floor (laplace), "
            "d_ij = |L_i - L_j| + share |(G L)_i - (G L)_j|"
        ),
        reference=(
            "after A. Levin, D. Lischinski, Y. Weiss, Colorization using optimization, "
            "ACM Transactions on Graphics 23(3), 2004, doi:10.1145/1015706.1015780"
        ),
    )

    law: str = option("laplace", help="how edge weights follow the lightness", choices=tuple(LAWS))
    scale: float = option(
        1.5,
        help="contrast that stops colour (percent of white; relative to the deviation for levin)",
        minimum=0.05,
        maximum=50,
    )
    floor: float = option(
        1e-5, help="weight left across the strongest edge", minimum=1e-7, maximum=1
    )
    smoothing: float = option(
        1.5, help="blur of the second look at the contrast, in pixels", minimum=0, maximum=10
    )
    share: float = option(
        2.0, help="share of that second look; 0 looks at single pixels only", minimum=0, maximum=20
    )
    reach: int = option(
        144, help="long side of the coarsest grid, in pixels; 0: one grid", minimum=0, maximum=4096
    )
    tie: float = option(
        0.01, help="weight of the coarser result on a finer grid", minimum=1e-6, maximum=10
    )
    tol: float = option(
        1e-4, help="relative residual at which the solver stops", minimum=1e-7, maximum=0.1
    )
    max_iter: int = option(200, help="bound of the solver's iterations", minimum=1, maximum=10_000)

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the edge weights on every grid."""
        return Pyramid(lightness, self._bind, reach=self.reach, tie=self.tie)

    def _bind(self, lightness: Plane, coarsest: bool) -> GridSolver:
        law = EdgeLaw(self.scale, self.floor, self.smoothing, self.share)
        problem = Diffusion(LAWS[self.law](lightness, law))
        return partial(problem, tol=self.tol, max_iter=self.max_iter)
