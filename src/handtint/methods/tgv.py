"""Guided total generalised variation of second order: colour in patches with slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handtint.colorizer import MethodInfo, PreparedColorizer
from handtint.energies import tgv
from handtint.energies.fidelity import HINTS
from handtint.methods.guided import Guided
from handtint.methods.variational import Variational
from handtint.options import Value, build, option
from handtint.types import Plane


@dataclass(frozen=True)
class TGV(Guided):
    """Total generalised variation alone: `handtint.methods.variational` without bilaplacian."""

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Second-order total generalised variation, coarse to fine",
        kind="guided",
        hints="needed",
        energy=f"E(u) = {tgv.TGV.formula} + {HINTS}, b = 1, u = h at hard strokes",
        reference=tgv.TGV.reference,
        overshoots=True,
    )

    second: float = option(
        0.5, help="weight of the change of the slope, in pixels", minimum=1e-3, maximum=1e3
    )
    epsilon: float = option(
        2.0,
        help="length below which the norms are quadratic",
        minimum=1e-3,
        maximum=100,
    )
    rounds: int = option(
        400, help="bound of the primal-dual iterations", minimum=1, maximum=1_000_000
    )
    gap: float = option(
        0.02, help="normalised primal-dual gap at which it stops", minimum=1e-7, maximum=1
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the edge weights on every grid."""
        own: dict[str, Value] = {
            "regulariser": "tgv",
            "bilaplacian": 0,
            "weight": 1,
            "second": self.second,
            "epsilon": self.epsilon,
            "rounds": self.rounds,
            "gap": self.gap,
        }
        return build(Variational, {**self.guidance, **own}).prepare(lightness)
