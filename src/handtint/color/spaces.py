"""Colour spaces with one lightness and two chroma channels, and their conversions.

In every space lightness runs from 0 (black) to 100 (white), chroma is measured in the same
percent-like unit, and greys have chroma (0, 0). All arithmetic inside the kernels is in double
precision, all arrays are float32.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from handtint.color import models
from handtint.color.gamut import FIT_SLACK, chroma_factor, inside
from handtint.color.srgb import (
    Bits,
    Codes,
    Float32,
    decode_value,
    encode_fast,
    encode_value,
    encoded_table,
    encoding_table,
    linear_table,
)
from handtint.errors import OptionError
from handtint.jit import kernel
from handtint.types import Chroma, Plane


@kernel()
def _split_codes(
    model: int, table: Float32, codes: Codes, lightness: Plane, chroma: Chroma
) -> None:
    for i in range(lightness.size):
        lightness[i], chroma[i, 0], chroma[i, 1] = models.from_cube(
            model, table[codes[i, 0]], table[codes[i, 1]], table[codes[i, 2]]
        )


@kernel()
def _split(model: int, rgb: Float32, lightness: Plane, chroma: Chroma) -> None:
    linear = model in models.LINEAR
    for i in range(lightness.size):
        r, g, b = np.float64(rgb[i, 0]), np.float64(rgb[i, 1]), np.float64(rgb[i, 2])
        if linear:
            r, g, b = decode_value(r), decode_value(g), decode_value(b)
        lightness[i], chroma[i, 0], chroma[i, 1] = models.from_cube(model, r, g, b)


@kernel()
def _merge(model: int, lightness: Plane, chroma: Chroma, rgb: Float32) -> None:
    linear = model in models.LINEAR
    for i in range(lightness.size):
        r, g, b = models.to_cube(model, lightness[i], chroma[i, 0], chroma[i, 1])
        if linear:
            r, g, b = encode_value(r), encode_value(g), encode_value(b)
        rgb[i, 0], rgb[i, 1], rgb[i, 2] = r, g, b


@kernel()
def _recompose(
    model: int, table: Float32, lightness: Plane, chroma: Chroma, top: float, codes: Codes
) -> None:
    linear = model in models.LINEAR
    for i in range(lightness.size):
        light, a, b = lightness[i], chroma[i, 0], chroma[i, 1]
        cube = models.to_cube(model, light, a, b)
        if not inside(cube[0], cube[1], cube[2], FIT_SLACK):
            t = chroma_factor(model, light, a, b)
            cube = models.to_cube(model, light, t * a, t * b)
        for channel in range(3):
            value = min(max(cube[channel], 0.0), 1.0)
            if linear:
                value = encode_fast(value, table)
            codes[i, channel] = np.int32(top * value + 0.5)


@dataclass(frozen=True, slots=True)
class Space:
    """A colour space of one lightness and two chroma channels; get one with `space`.

    Parameters
    ----------
    name : str
        Name under which `space` finds it.
    title : str
        Name in words.
    model : int
        Number of its colour model in the kernels (`handtint.color.models`).
    """

    name: str
    title: str
    model: int

    def from_codes(self, rgb: Codes) -> tuple[Plane, Chroma]:
        """Lightness and chroma of sRGB code values.

        Parameters
        ----------
        rgb : ndarray, shape (..., 3), uint8 or uint16
            Code values.

        Returns
        -------
        lightness : ndarray, shape (...,), float32, in [0, 100]
        chroma : ndarray, shape (..., 2), float32

        Raises
        ------
        ValueError
            When ``rgb`` has another shape or dtype.
        """
        if rgb.dtype not in (np.uint8, np.uint16) or rgb.shape[-1:] != (3,):
            raise ValueError(f"need (..., 3) uint8 or uint16, got {rgb.shape} {rgb.dtype}")
        bits: Bits = 8 if rgb.dtype == np.uint8 else 16
        lightness, chroma = _planes(rgb.shape[:-1])
        _split_codes(
            self.model,
            linear_table(bits) if self.model in models.LINEAR else encoded_table(bits),
            np.ascontiguousarray(rgb).reshape(-1, 3),
            lightness.reshape(-1),
            chroma.reshape(-1, 2),
        )
        return lightness, chroma

    def from_rgb(self, rgb: Float32) -> tuple[Plane, Chroma]:
        """Lightness and chroma of encoded sRGB values.

        Parameters
        ----------
        rgb : ndarray, shape (..., 3), float32
            Encoded values, nominally in [0, 1].

        Returns
        -------
        lightness : ndarray, shape (...,), float32
            In [0, 100] for colours inside the gamut.
        chroma : ndarray, shape (..., 2), float32

        Raises
        ------
        ValueError
            When ``rgb`` has another shape.
        """
        if rgb.shape[-1:] != (3,):
            raise ValueError(f"need (..., 3), got {rgb.shape}")
        lightness, chroma = _planes(rgb.shape[:-1])
        _split(
            self.model,
            np.ascontiguousarray(rgb, np.float32).reshape(-1, 3),
            lightness.reshape(-1),
            chroma.reshape(-1, 2),
        )
        return lightness, chroma

    def lightness_table(self, bits: Bits) -> Plane:
        """Lightness of every grey code value: that of a grey picture is ``table[codes]``.

        Parameters
        ----------
        bits : {8, 16}
            Depth of the code values.

        Returns
        -------
        ndarray, shape (2 ** bits,), float32, in [0, 100]
            Shared and read-only; rises from 0 to 100.
        """
        return _lightness_table(self, bits)

    def to_rgb(self, lightness: Plane, chroma: Chroma) -> Float32:
        """Encoded sRGB values, not clipped: colours outside the gamut stay outside [0, 1].

        Parameters
        ----------
        lightness : ndarray, shape (...,), float32, in [0, 100]
        chroma : ndarray, shape (..., 2), float32

        Returns
        -------
        ndarray, shape (..., 3), float32

        Raises
        ------
        ValueError
            When the shapes do not fit.
        """
        lightness, chroma = self.checked(lightness, chroma)
        rgb = np.empty((*lightness.shape, 3), np.float32)
        _merge(self.model, lightness.reshape(-1), chroma.reshape(-1, 2), rgb.reshape(-1, 3))
        return rgb

    def recompose(
        self, lightness: Plane, chroma: Chroma, bits: Bits = 8, out: Codes | None = None
    ) -> Codes:
        """Code values of the picture, its colours mapped into the gamut (`reduce_chroma`).

        Where the chroma is zero, the grey code value of `lightness_table` comes back exactly.

        Parameters
        ----------
        lightness : ndarray, shape (H, W), float32, in [0, 100]
            Values outside the range become black or white.
        chroma : ndarray, shape (H, W, 2), float32
            Finite.
        bits : {8, 16}
            Depth of the code values.
        out : ndarray, shape (H, W, 3), uint8 or uint16 according to ``bits``, optional
            C-contiguous array to write to, for instance a band of rows of a larger picture.

        Returns
        -------
        ndarray, shape (H, W, 3), uint8 or uint16
            ``out``, or a new array. Rounded to the nearest code value.

        Raises
        ------
        ValueError
            When the shapes do not fit, or ``out`` has another dtype or is not contiguous.
        """
        lightness, chroma = self.checked(lightness, chroma)
        shape, dtype = (*lightness.shape, 3), np.dtype(f"uint{bits}")
        if out is None:
            out = np.empty(shape, dtype)
        elif out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
            raise ValueError(
                f"out must be C-contiguous {shape} {dtype}, got {out.shape} {out.dtype}"
            )
        _recompose(
            self.model,
            encoding_table(),
            lightness.reshape(-1),
            chroma.reshape(-1, 2),
            float((1 << bits) - 1),
            out.reshape(-1, 3),
        )
        return out

    def checked(self, lightness: Plane, chroma: Chroma) -> tuple[Plane, Chroma]:
        """The two as contiguous float32; raises ValueError when their shapes do not fit."""
        if chroma.shape != (*lightness.shape, 2):
            raise ValueError(f"chroma has shape {chroma.shape}, lightness {lightness.shape}")
        return np.ascontiguousarray(lightness, np.float32), np.ascontiguousarray(chroma, np.float32)


_SPACES: Final = {
    s.name: s
    for s in (
        Space("lab", "CIELAB", models.CIELAB),
        Space("oklab", "Oklab, in percent", models.OKLAB),
        Space("yuv", "YUV of ITU-R BT.601, in percent", models.YUV601),
        Space("yuv709", "YUV of ITU-R BT.709, in percent", models.YUV709),
    )
}


def names() -> tuple[str, ...]:
    """Names of all colour spaces."""
    return tuple(_SPACES)


def space(name: str) -> Space:
    """Colour space of this name: lab, oklab, yuv (BT.601) or yuv709.

    Raises
    ------
    OptionError
        When no colour space has this name; near names are suggested.
    """
    try:
        return _SPACES[name]
    except KeyError:
        near = difflib.get_close_matches(name, _SPACES, n=2, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise OptionError(
            f"unknown colour space {name!r}; known are {', '.join(_SPACES)}{hint}"
        ) from None


def _planes(shape: tuple[int, ...]) -> tuple[Plane, Chroma]:
    return np.empty(shape, np.float32), np.empty((*shape, 2), np.float32)


@lru_cache(maxsize=2 * len(_SPACES))
def _lightness_table(space: Space, bits: Bits) -> Plane:
    codes = np.arange(1 << bits, dtype=f"uint{bits}")
    table, _ = space.from_codes(np.repeat(codes[:, None], 3, axis=1))
    table.setflags(write=False)
    return table
