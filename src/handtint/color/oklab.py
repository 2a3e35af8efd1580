"""Oklab, scaled to percent.

==========  ==============================  ===========================
Quantity    Meaning                         Range over the sRGB gamut
==========  ==============================  ===========================
100 L       lightness                       [0, 100]
100 a       green (-) to red (+)            [-23.4, 27.6]
100 b       blue (-) to yellow (+)          [-31.2, 19.9]
==========  ==============================  ===========================

``lms = cbrt(M1 rgb)`` with linear RGB, then ``(L, a, b) = M2 lms``. The published coefficients
have ten digits; here the middle one of each row is taken from the other two such that the rows of
M1 and the first row of M2 sum to one and the other rows of M2 to zero. That changes no coefficient
by more than 4e-8, and greys have no chroma at all.

Source: Ottosson, B. (2020), "A perceptual color space for image processing",
https://bottosson.github.io/posts/oklab/.
"""

from __future__ import annotations

import numpy as np

from handtint.color.neutral import combine, neutral_rows
from handtint.jit import inlined

_M1 = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_M1[:, 1] = 1 - _M1[:, 0] - _M1[:, 2]
_M2 = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_M2[:, 1] = np.array([1, 0, 0]) - _M2[:, 0] - _M2[:, 2]

_L, _M, _S = neutral_rows(_M1)
_R, _G, _B = neutral_rows(np.linalg.inv(_M1))
_LIGHTNESS = (float(_M2[0, 0]), float(_M2[0, 2]))
_CHROMA = tuple((float(row[0]), float(row[2])) for row in _M2[1:])
_RESPONSE = tuple((float(row[1]), float(row[2])) for row in np.linalg.inv(_M2))


@inlined()
def linear_to_oklab(r: float, g: float, b: float) -> tuple[float, float, float]:
    """Lightness and chroma, in percent, of one linear sRGB colour."""
    long = np.cbrt(combine(_L, r, g, b))
    medium = np.cbrt(combine(_M, r, g, b))
    short = np.cbrt(combine(_S, r, g, b))
    return (
        100 * combine(_LIGHTNESS, long, medium, short),
        100 * (_CHROMA[0][0] * (long - medium) + _CHROMA[0][1] * (short - medium)),
        100 * (_CHROMA[1][0] * (long - medium) + _CHROMA[1][1] * (short - medium)),
    )


@inlined()
def oklab_to_linear(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """Linear sRGB, not clipped, of one lightness and chroma in percent."""
    long = (0.01 * (lightness + _RESPONSE[0][0] * a + _RESPONSE[0][1] * b)) ** 3
    medium = (0.01 * (lightness + _RESPONSE[1][0] * a + _RESPONSE[1][1] * b)) ** 3
    short = (0.01 * (lightness + _RESPONSE[2][0] * a + _RESPONSE[2][1] * b)) ** 3
    return (
        combine(_R, long, medium, short),
        combine(_G, long, medium, short),
        combine(_B, long, medium, short),
    )
