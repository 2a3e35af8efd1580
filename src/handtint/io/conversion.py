"""From the samples of a file to sRGB: profiles, luminance, depth.

==========  ============================  =============================================
Samples     Profile                       How
==========  ============================  =============================================
grey        none, sRGB tones              code values unchanged
grey        tone curve                    table of 2 ** bits entries
grey        lookup tables                 littlecms ramp of 256 greys, interpolated
RGB         none, sRGB, curves + matrix   linear light, luminance, sRGB encoding
RGB, CMYK   lookup tables, 8 bits         littlecms to sRGB, then luminance
RGB         lookup tables, 16 bits        sRGB assumed, warning
CMYK        none                          R = 255 (1 - C)(1 - K) and so on, warning
any         damaged, of another space     sRGB assumed, warning
==========  ============================  =============================================

Luminance is that of Rec. ITU-R BT.709-6 (2015): Y = 0.2126 R + 0.7152 G + 0.0722 B in linear
light. It is encoded as sRGB grey, so that R = G = B keeps its code value exactly.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from handtint.color.neutral import combine
from handtint.color.srgb import RGB_TO_XYZ, Bits, Codes, encode, encode_value, linear_table
from handtint.io import icc
from handtint.io.raster import Raster
from handtint.jit import kernel

Uint8: TypeAlias = NDArray[np.uint8]
ToGrey: TypeAlias = Callable[[Codes], Codes]
"""Samples (h, w, C) to grey code values (h, w) of the same depth."""
ToRgb: TypeAlias = Callable[[Uint8], Uint8]
"""8-bit samples (h, w, C) to 8-bit sRGB (h, w, 3)."""


def to_bits(codes: Codes, bits: Bits) -> Codes:
    """Code values at another depth, rounded; from 8 to 16 bits and back changes nothing."""
    if codes.dtype == np.uint8:
        return codes if bits == 8 else codes.astype(np.uint16) * np.uint16(257)
    if bits == 16:
        return codes
    return ((codes.astype(np.uint32) + 128) // 257).astype(np.uint8)


def empty_codes(shape: tuple[int, ...], bits: Bits) -> Codes:
    """An array for code values of a depth, its content undefined."""
    return np.empty(shape, np.uint8) if bits == 8 else np.empty(shape, np.uint16)


def grey_conversion(raster: Raster) -> ToGrey:
    """How the samples of a picture become sRGB grey; see the table above.

    What cannot be honoured is added to ``raster.warnings``.
    """
    profile = _profile(raster)
    if raster.model == "grey":
        return _grey_of_grey(profile, raster, raster.bits)
    if raster.model == "rgb" and raster.bits == 16 and profile and not profile.curves:
        raster.warnings.append(
            "its RGB profile is made of lookup tables, which are not applied to 16 bits; "
            "sRGB is assumed"
        )
        profile = None
    if raster.model == "rgb" and (profile is None or profile.curves):
        return _grey_of_rgb(profile, raster.bits)
    to_rgb, to_grey = _rgb_by_littlecms(profile, raster), _grey_of_rgb(None, 8)
    return lambda samples: to_grey(to_rgb(samples.astype(np.uint8, copy=False)))


def rgb_conversion(raster: Raster) -> ToRgb:
    """How 8-bit samples of a picture become sRGB; see the table above."""
    profile = _profile(raster)
    if raster.model == "grey":
        to_grey = _grey_of_grey(profile, raster, 8)
        return lambda samples: np.repeat(
            to_grey(samples).astype(np.uint8, copy=False)[..., None], 3, axis=2
        )
    if raster.model == "rgb" and profile is None:
        return lambda samples: samples
    return _rgb_by_littlecms(profile, raster)


def _profile(raster: Raster) -> icc.Profile | None:
    """The profile of a picture; None for sRGB, and where there is none that can be used."""
    if raster.icc is None:
        return None
    try:
        profile = icc.parse(raster.icc)
    except ValueError as error:
        raster.warnings.append(f"its ICC profile is damaged ({error}); sRGB is assumed")
        return None
    if profile.space == {"grey": "GRAY", "rgb": "RGB", "cmyk": "CMYK"}[raster.model]:
        return None if profile.is_srgb() else profile
    if not profile.is_srgb():
        raster.warnings.append(
            f"its ICC profile is for {profile.space}, but the picture is {raster.model}; "
            "sRGB is assumed"
        )
    return None


def _grey_of_grey(profile: icc.Profile | None, raster: Raster, bits: Bits) -> ToGrey:
    if profile is None:
        return lambda samples: samples[..., 0]
    if profile.curves:
        table = _codes(profile.linear_tables(bits)[0], bits)
    else:
        ramp = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
        table = _grey_of_rgb(None, 8)(_rgb_by_littlecms(profile, raster)(ramp))[0]
        if bits == 16:
            between = np.interp(np.arange(1 << 16) / 257, np.arange(256), table * 257.0)
            table = np.rint(between).astype(np.uint16)
    return lambda samples: table[samples[..., 0]]


def _codes(linear: NDArray[np.float64], bits: Bits) -> Codes:
    """Code values of linear values in [0, 1]."""
    top = (1 << bits) - 1
    codes = np.rint(encode(linear.astype(np.float32)) * top)
    return codes.astype(np.uint8) if bits == 8 else codes.astype(np.uint16)


def _grey_of_rgb(profile: icc.Profile | None, bits: Bits) -> ToGrey:
    if profile is None:
        tables = np.repeat(linear_table(bits)[None], 3, axis=0)
        weights = RGB_TO_XYZ[1]
    else:
        tables = profile.linear_tables(bits).astype(np.float32)
        weights = profile.luminance_weights()
    row = (float(weights[0]), float(weights[2]))

    def to_grey(samples: Codes) -> Codes:
        codes = empty_codes(samples.shape[:2], bits)
        # One memory layout, so that the kernel is compiled once for each depth.
        _encoded_luminance(np.require(samples, None, ["C", "W"]), tables, row, codes)
        return codes

    return to_grey


@kernel()
def _encoded_luminance(
    samples: Codes, tables: NDArray[np.float32], row: tuple[float, float], codes: Codes
) -> None:
    top = tables.shape[1] - 1
    for i in range(samples.shape[0]):
        for j in range(samples.shape[1]):
            red = tables[0, samples[i, j, 0]]
            green = tables[1, samples[i, j, 1]]
            blue = tables[2, samples[i, j, 2]]
            luminance = min(max(combine(row, red, green, blue), 0.0), 1.0)
            codes[i, j] = int(encode_value(luminance) * top + 0.5)


def _rgb_by_littlecms(profile: icc.Profile | None, raster: Raster) -> ToRgb:
    mode = {"grey": "L", "rgb": "RGB", "cmyk": "CMYK"}[raster.model]
    transform = None
    if profile is not None:
        try:
            transform = ImageCms.buildTransform(
                ImageCms.ImageCmsProfile(io.BytesIO(profile.data)),
                ImageCms.ImageCmsProfile(io.BytesIO(icc.srgb_profile())),
                mode,
                "RGB",
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except (OSError, ImageCms.PyCMSError) as error:
            raster.warnings.append(f"its ICC profile is damaged ({error}); sRGB is assumed")
    elif raster.model == "cmyk":
        raster.warnings.append("its CMYK has no profile: its tones are an approximation")

    def to_rgb(samples: Uint8) -> Uint8:
        height, width = samples.shape[:2]
        image = Image.frombytes(mode, (width, height), samples.tobytes())
        if transform is None:
            return np.asarray(image.convert("RGB"))
        return np.asarray(transform.apply(image))

    return to_rgb
