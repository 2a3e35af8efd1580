"""Colour: sRGB, the lightness-chroma spaces, and the mapping of colours into the gamut."""

from handtint.color.gamut import reduce_chroma
from handtint.color.spaces import Space, names, space

__all__ = ["Space", "names", "reduce_chroma", "space"]
