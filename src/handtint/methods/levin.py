"""Levin's affinities with our solver: the classic, on one grid, at any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handtint.colorizer import MethodInfo, PreparedColorizer
from handtint.methods.harmonic import Harmonic
from handtint.options import option
from handtint.types import Plane


@dataclass(frozen=True)
class Levin:
    """Harmonic colour with variance-normalised affinities, solved once on the given grid."""

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Colorization using optimization, symmetric, by multigrid",
        kind="guided",
        hints="needed",
        energy=(
            "E(u) = 1/2 sum_ij w_ij |u_i - u_j|^2 + 1/2 sum_i c_i |u_i - h_i|^2, u = h at hard "
            "strokes; w_ij = exp(-(L_i - L_j)^2 / (2 scale^2 v_ij)) + floor, v_ij the local "
            "variance of the lightness"
        ),
        reference=(
            "A. Levin, D. Lischinski, Y. Weiss, Colorization using optimization, "
            "ACM Transactions on Graphics 23(3), 2004, doi:10.1145/1015706.1015780"
        ),
    )

    scale: float = option(
        0.4, help="contrast that stops colour, in local deviations", minimum=0.05, maximum=50
    )
    floor: float = option(
        1e-4, help="weight left across the strongest edge", minimum=1e-7, maximum=1
    )
    tol: float = option(
        1e-4, help="relative residual at which the solver stops", minimum=1e-7, maximum=0.1
    )
    max_iter: int = option(200, help="bound of the solver's iterations", minimum=1, maximum=10_000)

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the edge weights."""
        return Harmonic(
            law="levin",
            scale=self.scale,
            floor=self.floor,
            reach=0,
            tol=self.tol,
            max_iter=self.max_iter,
        ).prepare(lightness)
