"""The options that every method has whose edge weights follow the lightness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from handtint.options import Value, option
from handtint.solvers.affinities import LAWS, EdgeLaw
from handtint.solvers.grid import EdgeWeights
from handtint.types import Plane


@dataclass(frozen=True)
class Guided:
    """Edge weights by a law, the way over the grids, and the accuracy of the linear solver."""

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
    pull: float = option(
        0.0,
        help="weight of grey where no stroke decides; 0: colour never fades",
        minimum=0,
        maximum=1,
    )
    tol: float = option(
        1e-4, help="relative residual at which the solver stops", minimum=1e-7, maximum=0.1
    )
    max_iter: int = option(200, help="bound of the solver's iterations", minimum=1, maximum=10_000)
    coefficients: str = option(
        "", help="file of learned coefficients; empty: those shipped", file=True
    )

    def edge_weights(self, lightness: Plane, coarsest: bool) -> EdgeWeights:
        """Weights (4, hp, wp) of the edges on the grid of ``lightness``, (h, w) in [0, 100].

        The learned law is at its best on a grid of 256 pixels, where it was trained, and costly on
        large ones: finer grids than the coarsest take the Laplace law in its place.
        """
        law = EdgeLaw(self.scale, self.floor, self.smoothing, self.share, self.coefficients)
        name = self.law if coarsest or self.law != "learned" else "laplace"
        return LAWS[name](lightness, law)

    @property
    def guidance(self) -> Mapping[str, Value]:
        """The options declared here, for a method that is made from another."""
        return {f.name: getattr(self, f.name) for f in fields(Guided)}


def retuned(name: str, default: Value) -> Any:
    """The option ``name`` of `Guided` with another default: a field of a method's dataclass."""
    (declared,) = (f for f in fields(Guided) if f.name == name)
    return field(default=default, metadata=declared.metadata)
