"""Guided vectorial total variation: colour in patches whose borders are short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handtint.colorizer import MethodInfo, PreparedColorizer
from handtint.energies.fidelity import HINTS
from handtint.energies.total_variation import TotalVariation
from handtint.methods.guided import Guided
from handtint.methods.variational import Variational
from handtint.options import Value, build, option
from handtint.types import Plane


@dataclass(frozen=True)
class TV(Guided):
    """Total variation alone: `handtint.methods.variational` without the bilaplacian."""

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Vectorial total variation, coarse to fine",
        kind="guided",
        hints="needed",
        energy=(
            f"E(u) = {TotalVariation.formula} + {HINTS}, b = 1, u = h at hard "
            "strokes, |grad u|_c = sqrt(1/2 sum_(e in c) w_e |u_i - u_j|^2) on cells of 2 x 2"
        ),
        reference=TotalVariation.reference,
    )

    epsilon: float = option(
        1.0,
        help="length of the gradient below which the term is quadratic",
        minimum=1e-3,
        maximum=100,
    )
    solver: str = option("irls", help="how it is minimised", choices=("irls", "primal-dual"))
    steps: int = option(4, help="bound of the outer steps of irls", minimum=1, maximum=10_000)
    rounds: int = option(
        400, help="bound of the iterations of primal-dual", minimum=1, maximum=1_000_000
    )
    gap: float = option(
        0.02, help="normalised gap at which primal-dual stops", minimum=1e-7, maximum=1
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the edge weights on every grid."""
        own: dict[str, Value] = {
            "regulariser": "tv",
            "bilaplacian": 0,
            "weight": 1,
            "epsilon": self.epsilon,
            "solver": self.solver,
            "steps": self.steps,
            "rounds": self.rounds,
            "gap": self.gap,
        }
        return build(Variational, {**self.guidance, **own}).prepare(lightness)
