"""Blending that knows from networks which places are of one kind, and nothing of their colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handtint.coefficients import load_informed
from handtint.colorizer import MethodInfo
from handtint.methods.blending import Blending, Mixing
from handtint.methods.proposing import Asking
from handtint.options import option
from handtint.types import Plane


@dataclass(frozen=True)
class Informed(Asking):
    """Methods whose hint kernel asks networks, too."""

    informed: str = option(
        "", help="file of learned kernels that ask networks; empty: those shipped", file=True
    )


@dataclass(frozen=True)
class Semantic(Informed, Blending):
    """Each pixel mixes the colours of the strokes on places of its kind; a solve makes them exact.

    As `handtint.methods.blending`, with the kinship of pixel and stroke
    (`handtint.solvers.kinship`) among what the scores see. The networks look once at the
    photograph, without its strokes, so a further stroke costs no look.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Chrominance blending along what networks see as one kind",
        kind="guided",
        hints="needed",
        energy=Blending.info.energy.replace("learned scores", "learned scores of kinship, too"),
        reference=Blending.info.reference,
        turns=False,
        spaces=("lab",),
    )

    def mixing(self, lightness: Plane) -> Mixing:
        """What mixes the colours of the strokes on the coarsest grid."""
        seen = self.unhinted(lightness)
        return Mixing(self, lightness, load_informed(self.informed).kindred, lambda: seen)
