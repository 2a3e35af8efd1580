"""How strongly the colour shows: after the method, before the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from reprlib import repr as brief

import numpy as np

from handtint.color import Space, reduce_chroma
from handtint.errors import OptionError
from handtint.types import Chroma, Plane

MAX_VIVIDNESS = 2.0


@dataclass(frozen=True, slots=True)
class Strength:
    """Vividness and opacity of the colour; the tones of the photograph stay as they are.

    Parameters
    ----------
    vividness : float, in [0, 2]
        Factor of the chroma, before it is fitted into the gamut.
    opacity : float, in [0, 1]
        Part of the fitted chroma that is shown: 0 is the grey photograph.

    Raises
    ------
    OptionError
        When one of them is no number in its range.
    """

    vividness: float = 1.0
    opacity: float = 1.0

    def __post_init__(self) -> None:
        for name, most in (("vividness", MAX_VIVIDNESS), ("opacity", 1.0)):
            number = as_number(getattr(self, name))
            if number is None or not 0 <= number <= most:
                value = brief(getattr(self, name))
                raise OptionError(f"{name} is {value}; must be a number from 0 to {most:g}")
            object.__setattr__(self, name, number)

    def shown(self, space: Space, lightness: Plane, chroma: Chroma) -> Chroma:
        """The chroma that is shown: opacity * fitted(lightness, vividness * chroma).

        Parameters
        ----------
        space : Space
            Colour space of both.
        lightness : ndarray, shape (h, w), float32, in [0, 100]
        chroma : ndarray, shape (h, w, 2), float32

        Returns
        -------
        ndarray, shape (h, w, 2), float32
            ``chroma`` itself where both are 1; `Space.recompose` fits that into the gamut.
        """
        if self.vividness == self.opacity == 1:
            return chroma
        vivid = chroma if self.vividness == 1 else np.float32(self.vividness) * chroma
        return np.float32(self.opacity) * reduce_chroma(space, lightness, vivid)

    def changes(self) -> dict[str, float]:
        """Those of the two that are not 1, by name."""
        both = {"vividness": self.vividness, "opacity": self.opacity}
        return {name: value for name, value in both.items() if value != 1}


def as_number(value: object) -> float | None:
    """``value`` as a float if it is a finite number, else None; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Whole numbers that no float can hold are none for us.
    return float(value) if abs(value) < 1e300 and math.isfinite(value) else None
