"""The sRGB colour encoding: transfer function, primaries and code values.

=============  =========================================  ==================
Quantity       Meaning                                    Range
=============  =========================================  ==================
code value     what a file stores: uint8 or uint16        0 to 255 or 65535
encoded        code value / largest code value            [0, 1]
linear         proportional to light                      [0, 1]
XYZ            CIE 1931 tristimulus values                Y of white is 1
=============  =========================================  ==================

Source: IEC 61966-2-1:1999, "Colour management: default RGB colour space: sRGB". The primaries are
those of ITU-R BT.709, the white is D65 with x = 0.3127, y = 0.3290; the matrices are derived from
these in double precision rather than taken from the standard's four digits, so that they are
inverse to each other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from handtint.jit import inlined, kernel

Bits: TypeAlias = Literal[8, 16]
"""Depth of a code value."""

Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""Code values of either depth."""

Float32: TypeAlias = NDArray[np.float32]

_PRIMARIES: Final = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
_WHITE: Final = (0.3127, 0.3290)


def _rgb_to_xyz() -> NDArray[np.float64]:
    columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in _PRIMARIES]).T
    x, y = _WHITE
    scale = np.linalg.solve(columns, np.array([x / y, 1, (1 - x - y) / y]))
    return np.asarray(columns * scale, np.float64)


RGB_TO_XYZ: Final = _rgb_to_xyz()
"""(3, 3) float64: XYZ from linear RGB."""

XYZ_TO_RGB: Final = np.asarray(np.linalg.inv(RGB_TO_XYZ), np.float64)
"""(3, 3) float64: linear RGB from XYZ."""

WHITE_XYZ: Final = np.asarray(RGB_TO_XYZ.sum(axis=1), np.float64)
"""(3,) float64: XYZ of (1, 1, 1)."""

ENCODING_KNOTS: Final = 4096
"""Intervals of `encoding_table`; the error of its interpolation is below 1/8 of a 16-bit code."""


@inlined()
def decode_value(encoded: float) -> float:
    """Linear value of one encoded value, odd in its argument."""
    size = abs(encoded)
    linear = size / 12.92 if size <= 0.04045 else ((size + 0.055) / 1.055) ** 2.4
    return linear if encoded >= 0 else -linear


@inlined()
def encode_value(linear: float) -> float:
    """Encoded value of one linear value, odd in its argument."""
    size = abs(linear)
    encoded = size * 12.92 if size <= 0.0031308 else 1.055 * size ** (1 / 2.4) - 0.055
    return encoded if linear >= 0 else -encoded


@kernel()
def _decode(encoded: Float32, linear: Float32) -> None:
    for i in range(encoded.size):
        linear[i] = decode_value(encoded[i])


@kernel()
def _encode(linear: Float32, encoded: Float32) -> None:
    for i in range(linear.size):
        encoded[i] = encode_value(linear[i])


def decode(encoded: Float32) -> Float32:
    """Linear from encoded values.

    ``linear = e / 12.92`` for e <= 0.04045, else ``((e + 0.055) / 1.055) ** 2.4``; values below 0
    are mapped as ``-decode(-e)``, so that colours outside the gamut stay distinct.

    Parameters
    ----------
    encoded : ndarray, any shape, float32
        Nominally in [0, 1].

    Returns
    -------
    ndarray of the same shape, float32
        Nominally in [0, 1].
    """
    encoded = np.ascontiguousarray(encoded, np.float32)
    linear = np.empty_like(encoded)
    _decode(encoded.reshape(-1), linear.reshape(-1))
    return linear


def encode(linear: Float32) -> Float32:
    """Encoded from linear values; the inverse of `decode`.

    ``encoded = 12.92 v`` for v <= 0.0031308, else ``1.055 v ** (1 / 2.4) - 0.055``; odd in v.

    Parameters
    ----------
    linear : ndarray, any shape, float32
        Nominally in [0, 1].

    Returns
    -------
    ndarray of the same shape, float32
        Nominally in [0, 1].
    """
    linear = np.ascontiguousarray(linear, np.float32)
    encoded = np.empty_like(linear)
    _encode(linear.reshape(-1), encoded.reshape(-1))
    return encoded


def linear_to_xyz(rgb: Float32) -> Float32:
    """XYZ from linear RGB.

    Parameters
    ----------
    rgb : ndarray, shape (..., 3), float32
        Nominally in [0, 1].

    Returns
    -------
    ndarray, shape (..., 3), float32
        XYZ, with Y = 1 for white.
    """
    return rgb @ RGB_TO_XYZ.T.astype(np.float32)


def xyz_to_linear(xyz: Float32) -> Float32:
    """Linear RGB from XYZ; the inverse of `linear_to_xyz`.

    Parameters
    ----------
    xyz : ndarray, shape (..., 3), float32
        XYZ, with Y = 1 for white.

    Returns
    -------
    ndarray, shape (..., 3), float32
        In [0, 1] for colours inside the gamut, not clipped.
    """
    return xyz @ XYZ_TO_RGB.T.astype(np.float32)


@lru_cache(maxsize=2)
def encoded_table(bits: Bits) -> Float32:
    """Encoded value of every code value: ``v / (2 ** bits - 1)``.

    Parameters
    ----------
    bits : {8, 16}
        Depth of the code values.

    Returns
    -------
    ndarray, shape (2 ** bits,), float32, in [0, 1]
        Shared and read-only.
    """
    return _frozen((np.arange(1 << bits) / ((1 << bits) - 1)).astype(np.float32))


@lru_cache(maxsize=2)
def linear_table(bits: Bits) -> Float32:
    """Linear value of every code value.

    Parameters
    ----------
    bits : {8, 16}
        Depth of the code values.

    Returns
    -------
    ndarray, shape (2 ** bits,), float32, in [0, 1]
        Shared and read-only.
    """
    return _frozen(decode(encoded_table(bits).copy()))


@lru_cache(maxsize=1)
def encoding_table() -> Float32:
    """Table of `encode` over the square root of the linear value, for `encode_fast`.

    Over the root, the curve bends little (its second derivative stays below 26), so that short
    straight pieces follow it closely, also in the shadows.

    Returns
    -------
    ndarray, shape (ENCODING_KNOTS + 2,), float32
        Entry k belongs to the linear value ``(k / ENCODING_KNOTS) ** 2``; the last one lets
        white be interpolated like all others. Shared and read-only.
    """
    root = np.arange(ENCODING_KNOTS + 2) / ENCODING_KNOTS
    return _frozen(encode((root * root).astype(np.float32)))


@inlined()
def encode_fast(linear: float, table: Float32) -> float:
    """Encoded value of a linear value in [0, 1], interpolated in `encoding_table`."""
    position: float = np.sqrt(np.float32(linear)) * np.float32(ENCODING_KNOTS)
    knot = np.intp(position)
    below: float = table[knot]
    above: float = table[knot + 1]
    return below + (position - knot) * (above - below)


def _frozen(table: Float32) -> Float32:
    table.setflags(write=False)
    return table
