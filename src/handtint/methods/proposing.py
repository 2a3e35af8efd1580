"""The options of methods that ask the networks, and what they ask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from handtint.errors import MethodUnavailable
from handtint.inference.model import Model, load, shipped
from handtint.inference.propose import Look, hint_count
from handtint.options import option
from handtint.types import HintMap

MANY = 4
"""From so many hints on, the networks look more closely, and the one that carries hints farther
counts more."""

# Sizes of the looks, and the shares of each network with few and with many hints.
_SIZES = {"attention": (256, 384), "affinity": (256, 320)}
_SHARES = {"attention": (0.75, 2.0), "affinity": (1.0, 1.0)}


@dataclass(frozen=True)
class Proposing:
    """Which networks look at the picture, and how."""

    networks: str = option(
        "both",
        help="of those in the package: attention is the more vivid, affinity the safer one",
        choices=("both", "attention", "affinity"),
    )
    size: int = option(
        0,
        help="side of the square of as many pixels as a network sees; 0: two sizes",
        minimum=0,
        maximum=1024,
    )
    vividness: float = option(
        0.42,
        help="0: the mean of the likely colours; 1: nearly the likeliest (temperature 10^-v)",
        minimum=0,
        maximum=1.5,
    )
    model: str = option("", help="file of another model (.onnx, its card beside it)")

    @property
    def temperature(self) -> float:
        """Temperature of the networks' distribution."""
        return float(10.0**-self.vividness)

    def models(self) -> tuple[Model, ...]:
        """The networks, loaded.

        Raises
        ------
        MethodUnavailable
            When there is none, one is damaged, or ONNX Runtime is missing.
        """
        if self.model:
            return (load(self.model),)
        paths = [p for p in shipped() if self.networks in {"both", p.stem}]
        if not paths:
            raise MethodUnavailable(
                "the package holds no network; reinstall it, or give one with -o model=FILE"
            )
        return tuple(load(Path(p)) for p in paths)

    def looks(self, models: tuple[Model, ...], hints: HintMap) -> list[Look]:
        """How the networks look at a picture with these hints."""
        many = hint_count(hints) >= MANY
        found = []
        for model in models:
            kind = model.card["network"]["kind"]
            sizes = (self.size,) if self.size else _SIZES[kind]
            found += [Look(model.network, size, _SHARES[kind][many]) for size in sizes]
        return found
