"""Guided biharmonic colour: smooth slopes instead of smooth values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handtint.colorizer import MethodInfo, PreparedColorizer
from handtint.energies.bilaplacian import Bilaplacian
from handtint.energies.dirichlet import Dirichlet
from handtint.energies.fidelity import HINTS
from handtint.methods.guided import Guided
from handtint.methods.variational import Variational
from handtint.options import Value, build, option
from handtint.types import Plane


@dataclass(frozen=True)
class Biharmonic(Guided):
    """The bilaplacian with a little of the Dirichlet energy: `handtint.methods.variational`."""

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Guided biharmonic colour, coarse to fine",
        kind="guided",
        hints="needed",
        energy=(
            f"E(u) = {Bilaplacian.formula} + dirichlet {Dirichlet.formula} + "
            f"{HINTS}, a = 1, u = h at hard strokes"
        ),
        reference=Bilaplacian.reference,
        overshoots=True,
    )

    dirichlet: float = option(
        0.05,
        help="weight of the Dirichlet energy, which damps the slopes",
        minimum=1e-6,
        maximum=10,
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute the edge weights on every grid."""
        own: dict[str, Value] = {
            "regulariser": "dirichlet",
            "bilaplacian": 1,
            "weight": self.dirichlet,
            "steps": 1,
        }
        return build(Variational, {**self.guidance, **own}).prepare(lightness)
