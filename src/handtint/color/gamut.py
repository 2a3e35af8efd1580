"""Mapping of colours into the sRGB gamut: lightness and hue are kept, chroma is reduced.

A colour (L, a, b) outside the RGB cube becomes (L, t a, t b) with t in [0, 1] such that it lies on
the boundary. So the tones of the photograph stay as they are, where clipping the channels would
shift both tone and hue.

The t is the largest possible, as the ray from grey crosses the boundary once. The exception is a
sliver of CIELAB next to pure yellow (L* from 92 to 98.2, hue from 97 to 107 degrees), where a ray
leaves the cube by up to 0.013 and comes back: there, t is at one of the crossings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from handtint.color.models import to_cube
from handtint.jit import inlined, kernel
from handtint.types import Chroma, Plane

if TYPE_CHECKING:
    from handtint.color.spaces import Space

_MOST_STEPS: Final = 64
"""Bound on the steps to a factor; five to ten are usual, some thirty at chroma in the thousands."""

_MARGIN: Final = 1e-7
"""A factor is good when it leaves the colour at most this far inside the boundary; a step of
16-bit code values in the deepest shadows is twelve times as long."""

FIT_SLACK: Final = 1e-6
"""Rounding of lightness and chroma to float32 moves a colour by less than this, relative to its
largest channel, so that colours on the boundary count as inside."""

_BLACK: Final = float(np.finfo(np.float32).tiny)
"""Lightness below this is black: rounding of such small numbers is not relative any more."""


@inlined()
def inside(r: float, g: float, b: float, slack: float) -> bool:
    """Whether cube coordinates are in the gamut; the slack vanishes towards black."""
    high = max(r, g, b)
    return min(r, g, b) >= -slack * high and high <= 1 + slack


@inlined()
def _excess(model: int, lightness: float, a: float, b: float) -> float:
    """How far a colour is outside the cube; negative inside."""
    colour: tuple[float, float, float] = to_cube(model, lightness, a, b)
    red, green, blue = colour
    return max(max(red, green, blue) - 1, -min(red, green, blue))


@kernel()
def chroma_factor(model: int, lightness: float, a: float, b: float) -> float:
    """Factor t in [0, 1] that brings a colour outside the gamut to its boundary.

    The root of the excess in t, by the Illinois variant of the regula falsi: Dowell, M. and
    Jarratt, P. (1971), "A modified regula falsi method for computing the root of an equation",
    BIT 11, DOI 10.1007/BF01934364. The returned t is always the inner end of the bracket.
    """
    inner, outer = 0.0, 1.0
    below = _excess(model, lightness, 0.0, 0.0)
    above = _excess(model, lightness, a, b)
    if below >= 0:
        return 0.0
    moved = 0
    for _ in range(_MOST_STEPS):
        t = inner - below * (outer - inner) / (above - below)
        excess = _excess(model, lightness, t * a, t * b)
        if excess > 0:
            outer, above = t, excess
            if moved > 0:
                below *= 0.5
            moved = 1
        else:
            inner, below = t, excess
            if excess >= -_MARGIN:
                break
            if moved < 0:
                above *= 0.5
            moved = -1
    return inner


@kernel()
def _reduce(model: int, lightness: Plane, chroma: Chroma, reduced: Chroma) -> None:
    for i in range(lightness.size):
        a, b = chroma[i]
        red, green, blue = to_cube(model, lightness[i], a, b)
        factor = 1.0
        if lightness[i] < _BLACK:
            factor = 0.0
        elif not inside(red, green, blue, FIT_SLACK):
            factor = chroma_factor(model, lightness[i], a, b)
        reduced[i, 0] = factor * a
        reduced[i, 1] = factor * b


def reduce_chroma(space: Space, lightness: Plane, chroma: Chroma) -> Chroma:
    """Chroma reduced to what the sRGB gamut can show at this lightness, with the hue kept.

    Parameters
    ----------
    space : Space
        The colour space of lightness and chroma.
    lightness : ndarray, shape (...,), float32, in [0, 100]
        Lightness; where it is 0 or outside its range, no chroma is left.
    chroma : ndarray, shape (..., 2), float32
        Wanted chroma, finite.

    Returns
    -------
    ndarray, shape (..., 2), float32
        ``t`` times ``chroma``, with the largest t in [0, 1] that is in the gamut. Colours inside
        the gamut are returned as they are.

    Raises
    ------
    ValueError
        When the shapes do not fit.
    """
    lightness, chroma = space.checked(lightness, chroma)
    reduced = np.empty_like(chroma)
    _reduce(space.model, lightness.reshape(-1), chroma.reshape(-1, 2), reduced.reshape(-1, 2))
    return reduced
