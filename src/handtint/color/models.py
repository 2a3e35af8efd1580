"""The colour models by number, as the kernels know them.

A kernel that takes the model as an argument is compiled once for all of them, and its branch on
the model, the same at every pixel, costs next to nothing.

A model meets the RGB *cube* in the coordinates that suit it: linear values for CIELAB and Oklab,
encoded ones for YUV. A colour is inside the sRGB gamut where these lie in [0, 1], either way.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from handtint.color.cielab import lab_to_linear, linear_to_lab
from handtint.color.oklab import linear_to_oklab, oklab_to_linear
from handtint.color.yuv import BT601, BT709, rgb_to_yuv, yuv_to_rgb
from handtint.jit import kernel

Triple: TypeAlias = tuple[float, float, float]

CIELAB: Final = 0
OKLAB: Final = 1
YUV601: Final = 2
YUV709: Final = 3

LINEAR: Final = (CIELAB, OKLAB)
"""Models whose cube coordinates are linear rather than encoded values."""


@kernel()
def from_cube(model: int, r: float, g: float, b: float) -> Triple:
    """Lightness and chroma of one colour."""
    colour: Triple
    if model == CIELAB:
        colour = linear_to_lab(r, g, b)
    elif model == OKLAB:
        colour = linear_to_oklab(r, g, b)
    else:
        colour = rgb_to_yuv(BT601 if model == YUV601 else BT709, r, g, b)
    return colour


@kernel()
def to_cube(model: int, lightness: float, a: float, b: float) -> Triple:
    """Cube coordinates, not clipped, of one lightness and chroma."""
    rgb: Triple
    if model == CIELAB:
        rgb = lab_to_linear(lightness, a, b)
    elif model == OKLAB:
        rgb = oklab_to_linear(lightness, a, b)
    else:
        rgb = yuv_to_rgb(BT601 if model == YUV601 else BT709, lightness, a, b)
    return rgb
