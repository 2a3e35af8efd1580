"""Guided graph total variation: colour in patches, with their borders where lightness has edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handtint.colorizer import MethodInfo, PreparedColorizer
from handtint.energies.fidelity import HINTS
from handtint.energies.graph_tv import GraphTV
from handtint.methods.guided import Guided
from handtint.methods.variational import Variational
from handtint.options import Value, build, option
from handtint.types import Plane


@dataclass(frozen=True)
class GTV(Guided):
    """Graph total variation alone: `handtint.methods.variational` without the bilaplacian."""

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Graph total variation, coarse to fine",
        kind="guided",
        hints="needed",
        energy=f"E(u) = {GraphTV.formula} + {HINTS}, u = h at hard strokes",
        reference=GraphTV.reference,
    )

    p: float = option(
        1.0,
        help="power of the differences; 2 is harmonic, below 1 not convex",
        minimum=0.1,
        maximum=2,
    )
    epsilon: float = option(
        3.0,
        help="difference of chroma below which the term is quadratic",
        minimum=1e-3,
        maximum=100,
    )
    steps: int = option(4, help="bound of the outer steps", minimum=1, maximum=10_000)

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the edge weights on every grid."""
        own: dict[str, Value] = {
            "regulariser": "gtv",
            "bilaplacian": 0,
            "weight": 1,
            "p": self.p,
            "epsilon": self.epsilon,
            "steps": self.steps,
        }
        return build(Variational, {**self.guidance, **own}).prepare(lightness)
