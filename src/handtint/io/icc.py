"""ICC profiles: the tone curves and the primaries of grey and RGB profiles.

A profile of this kind maps code values to light through one curve for each channel, and RGB to
the connection space through a matrix. Reading them here keeps 16 bits; profiles made of lookup
tables are left to littlecms, which works in 8 bits (see `handtint.io.conversion`).

Source: International Color Consortium, "Specification ICC.1:2022 (Profile version 4.4)",
sections 7.2 (header), 8.3 (required tags), 10.6 (curveType), 10.18 (parametricCurveType).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

from handtint.color.srgb import RGB_TO_XYZ, Bits, encode

Space = Literal["GRAY", "RGB", "CMYK"]
Float64 = NDArray[np.float64]

_SPACES: Final[dict[bytes, Space]] = {b"GRAY": "GRAY", b"RGB ": "RGB", b"CMYK": "CMYK"}
_PARAMETERS: Final = (1, 3, 4, 5, 7)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A parsed profile.

    Parameters
    ----------
    space : {"GRAY", "RGB", "CMYK"}
        What its code values are.
    data : bytes
        The profile itself.
    curves : tuple of bytes
        The curve elements of its channels; empty for a profile made of lookup tables.
    primaries : ndarray, shape (3, 3), float64, optional
        XYZ of its red, green and blue, relative to D50, in the columns.
    lab : bool
        Whether the curve of a grey profile gives lightness L* instead of luminance Y.
    """

    space: Space
    data: bytes
    curves: tuple[bytes, ...] = ()
    primaries: Float64 | None = None
    lab: bool = False

    def linear_tables(self, bits: Bits) -> Float64:
        """Linear value of every code value of every channel.

        Parameters
        ----------
        bits : {8, 16}
            Depth of the code values.

        Returns
        -------
        ndarray, shape (channels, 2 ** bits), float64, in [0, 1]
        """
        x = np.arange(1 << bits) / ((1 << bits) - 1)
        tables = np.clip([_evaluate(curve, x) for curve in self.curves], 0, 1)
        return _luminance_of_lightness(tables) if self.lab else tables

    def luminance_weights(self) -> Float64:
        """Weights of linear red, green and blue in the Rec. 709 luminance.

        The colour is taken to linear sRGB without clipping, of which the luminance is the Y;
        the weights sum to one, so that greys keep their value exactly.

        Returns
        -------
        ndarray, shape (3,), float64
        """
        if self.primaries is None:
            raise ValueError("the profile has no primaries")
        weights = RGB_TO_XYZ[1] @ np.linalg.solve(_srgb_primaries(), self.primaries)
        return np.asarray(weights / weights.sum(), np.float64)

    def is_srgb(self) -> bool:
        """Whether code values mean the same as in sRGB, within half an 8-bit code value."""
        if not self.curves:
            return False
        meant = encode(self.linear_tables(8).astype(np.float32))
        same_tones = bool(np.max(np.abs(meant - np.arange(256) / 255)) <= 0.5 / 255)
        if self.primaries is None:
            return same_tones
        return same_tones and bool(np.allclose(self.primaries, _srgb_primaries(), atol=2e-3))


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """The sRGB profile that is embedded in written pictures.

    Its date of creation is fixed, so that equal pictures make equal files.
    """
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    return bytes(data)


@lru_cache(maxsize=1)
def _srgb_primaries() -> Float64:
    return np.array(parse(srgb_profile()).primaries, np.float64)


def parse(data: bytes) -> Profile:
    """Parse a profile.

    Parameters
    ----------
    data : bytes
        The profile.

    Returns
    -------
    Profile
        Without curves when it is made of lookup tables.

    Raises
    ------
    ValueError
        When the profile is damaged or of another space than grey, RGB and CMYK.
    """
    try:
        return _parse(data)
    except struct.error as error:
        raise ValueError("it is cut off") from error


def _parse(data: bytes) -> Profile:
    if data[36:40] != b"acsp":
        raise ValueError("it has no ICC signature")
    space = _SPACES.get(data[16:20])
    if space is None:
        raise ValueError(f"its colour space {data[16:20]!r} is not known")
    tags = _tags(data)
    if space == "CMYK" or b"A2B0" in tags:
        return Profile(space, data)
    if space == "GRAY":
        return Profile(space, data, (_checked(tags, b"kTRC"),), lab=data[20:24] == b"Lab ")
    curves = tuple(_checked(tags, name) for name in (b"rTRC", b"gTRC", b"bTRC"))
    columns = [_xyz(tags, name) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    primaries = np.array(columns, np.float64).T
    if abs(np.linalg.det(primaries)) < 1e-4:
        raise ValueError("its primaries lie on one line")
    return Profile(space, data, curves, primaries)


def _tags(data: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", data, 128)
    tags = {}
    for index in range(min(count, 1000)):
        name, offset, size = struct.unpack_from(">4sII", data, 132 + 12 * index)
        if offset + size > len(data):
            raise ValueError(f"its tag {name!r} lies beyond its end")
        tags[name] = data[offset : offset + size]
    return tags


def _checked(tags: dict[bytes, bytes], name: bytes) -> bytes:
    if name not in tags:
        raise ValueError(f"it has no tag {name!r}")
    _evaluate(tags[name], np.zeros(1))
    return tags[name]


def _xyz(tags: dict[bytes, bytes], name: bytes) -> tuple[float, float, float]:
    if tags.get(name, b"")[:4] != b"XYZ ":
        raise ValueError(f"it has no tag {name!r}")
    x, y, z = struct.unpack_from(">3i", tags[name], 8)
    return x / 65536, y / 65536, z / 65536


def _evaluate(curve: bytes, x: Float64) -> Float64:
    """Values of a curveType or parametricCurveType element at ``x`` in [0, 1]."""
    if curve[:4] == b"para":
        return _parametric(curve, x)
    if curve[:4] != b"curv":
        raise ValueError(f"its curve type {curve[:4]!r} is not known")
    (count,) = struct.unpack_from(">I", curve, 8)
    if count == 0:
        return x
    if 12 + 2 * count > len(curve):
        raise ValueError("a tone curve is cut off")
    values = np.frombuffer(curve, ">u2", count, 12).astype(np.float64)
    if count == 1:
        return np.asarray(x ** (values[0] / 256), np.float64)
    return np.interp(x, np.linspace(0, 1, count), values / 65535)


def _parametric(curve: bytes, x: Float64) -> Float64:
    (kind,) = struct.unpack_from(">H", curve, 8)
    if kind >= len(_PARAMETERS):
        raise ValueError(f"its parametric curve {kind} is not known")
    given = struct.unpack_from(f">{_PARAMETERS[kind]}i", curve, 12)
    g, a, b, c, d, e, f = [v / 65536 for v in given] + [0.0] * (7 - len(given))
    if kind == 0:
        a, d = 1.0, 0.0
    elif kind in {1, 2}:
        if a == 0:
            raise ValueError("a tone curve divides by zero")
        d, e, f, c = -b / a, c, c, 0.0
    if g <= 0:
        raise ValueError(f"a tone curve has the exponent {g:g}")
    base = np.maximum(a * x + b, 0)
    with np.errstate(over="ignore"):
        values: Float64 = np.where(x >= d, base**g + e, c * x + f)
    return values


def _luminance_of_lightness(tables: Float64) -> Float64:
    """CIE 1976 luminance of lightness, both in [0, 1]."""
    root = (100 * tables + 16) / 116
    luminance: Float64 = np.where(root > 6 / 29, root**3, (root - 4 / 29) * 3 * (6 / 29) ** 2)
    return luminance
