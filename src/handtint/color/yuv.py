"""YUV: luma and colour differences of encoded RGB, full range, scaled to percent.

==========  =======================================  ===========
Quantity    Meaning                                  Range
==========  =======================================  ===========
Y           luma                                     [0, 100]
U           (B - Y) / (2 (1 - Kb)), also named Cb    [-50, 50]
V           (R - Y) / (2 (1 - Kr)), also named Cr    [-50, 50]
==========  =======================================  ===========

``Y = Kr R + Kg G + Kb B`` with R, G, B gamma-encoded, in percent, and Kr + Kg + Kb = 1.

Source: ITU-R BT.601-7 (2011), Kr = 0.299, Kb = 0.114; ITU-R BT.709-6 (2015), Kr = 0.2126,
Kb = 0.0722. Full range as in ITU-T T.871 (2011), without its offset of the differences.
"""

from __future__ import annotations

from typing import Final

from handtint.color.neutral import Row, combine
from handtint.jit import inlined

BT601: Final[Row] = (0.299, 0.114)
"""Kr and Kb of ITU-R BT.601."""

BT709: Final[Row] = (0.2126, 0.0722)
"""Kr and Kb of ITU-R BT.709."""


@inlined()
def rgb_to_yuv(weights: Row, r: float, g: float, b: float) -> tuple[float, float, float]:
    """Luma and colour differences, in percent, of one encoded RGB colour."""
    y = combine(weights, r, g, b)
    return 100 * y, 50 * (b - y) / (1 - weights[1]), 50 * (r - y) / (1 - weights[0])


@inlined()
def yuv_to_rgb(weights: Row, y: float, u: float, v: float) -> tuple[float, float, float]:
    """Encoded RGB, not clipped, of one luma and its colour differences in percent."""
    kr, kb = weights
    red = (1 - kr) * v / 50
    blue = (1 - kb) * u / 50
    green = (kr * red + kb * blue) / (1 - kr - kb)
    return y / 100 + red, y / 100 - green, y / 100 + blue
