"""Guided harmonic colour: strokes diffuse over a graph that the lightness weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from handtint.colorizer import MethodInfo, PreparedColorizer
from handtint.methods.guided import Guided
from handtint.methods.pyramid import GridSolver, Pyramid
from handtint.solvers.diffusion import Diffusion
from handtint.types import Plane


@dataclass(frozen=True)
class Harmonic(Guided):
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

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the edge weights on every grid."""
        return Pyramid(lightness, self._bind, reach=self.reach, tie=self.tie, pull=self.pull)

    def _bind(self, lightness: Plane, coarsest: bool) -> GridSolver:
        problem = Diffusion(self.edge_weights(lightness, coarsest))
        return partial(problem, tol=self.tol, max_iter=self.max_iter)
