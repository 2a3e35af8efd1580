"""CIELAB (CIE 1976 L*a*b*), under D65.

==========  ==============================  ===========================
Quantity    Meaning                         Range over the sRGB gamut
==========  ==============================  ===========================
L*          lightness                       [0, 100]
a*          green (-) to red (+)            [-86.2, 98.3]
b*          blue (-) to yellow (+)          [-107.9, 94.5]
==========  ==============================  ===========================

::

    f(t) = cbrt(t)              for t > (6/29)^3
           (k t + 16) / 116     otherwise,            k = (29/3)^3
    L* = 116 f(Y/Yn) - 16,   a* = 500 (f(X/Xn) - f(Y/Yn)),   b* = 200 (f(Y/Yn) - f(Z/Zn))

The white (Xn, Yn, Zn) is that of the sRGB matrix, so that greys have no chroma at all. Tables that
print (0.95047, 1, 1.08883) differ from it in the fifth digit.

Source: CIE 15:2018, "Colorimetry", DOI 10.25039/TR.015.2018; ISO/CIE 11664-4:2019.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from handtint.color.neutral import combine, neutral_rows
from handtint.color.srgb import RGB_TO_XYZ, WHITE_XYZ, XYZ_TO_RGB
from handtint.jit import inlined

_X, _Y, _Z = neutral_rows(RGB_TO_XYZ / WHITE_XYZ[:, None])
_R, _G, _B = neutral_rows(XYZ_TO_RGB * WHITE_XYZ)

_KNEE: Final = 6 / 29
_SLOPE: Final = (29 / 3) ** 3 / 116
_OFFSET: Final = 16 / 116


@inlined()
def _compress(t: float) -> float:
    """f(t) - 16 / 116, which is 0 at 0, so that black is black to the last bit."""
    return np.cbrt(t) - _OFFSET if t > _KNEE**3 else _SLOPE * t


@inlined()
def _expand(f: float) -> float:
    return (f + _OFFSET) ** 3 if f > _KNEE - _OFFSET else f / _SLOPE


@inlined()
def linear_to_lab(r: float, g: float, b: float) -> tuple[float, float, float]:
    """L*, a*, b* of one linear sRGB colour."""
    x = _compress(combine(_X, r, g, b))
    y = _compress(combine(_Y, r, g, b))
    z = _compress(combine(_Z, r, g, b))
    return 116 * y, 500 * (x - y), 200 * (y - z)


@inlined()
def lab_to_linear(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """Linear sRGB, not clipped, of one L*, a*, b*."""
    f = lightness / 116
    x = _expand(f + a / 500)
    y = _expand(f)
    z = _expand(f - b / 200)
    return combine(_R, x, y, z), combine(_G, x, y, z), combine(_B, x, y, z)
