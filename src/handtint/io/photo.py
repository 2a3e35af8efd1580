"""A photograph as it was read, and how file names are shown in messages."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from handtint.color.srgb import Bits, Codes

Format: TypeAlias = Literal["PNG", "JPEG", "WEBP", "TIFF", "BMP"]
"""The formats that are read."""

DEFAULT_MAX_PIXELS: Final = 200_000_000
"""Largest picture that is decoded unless the caller says otherwise, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photograph in grey, upright, with what belongs to its file.

    Parameters
    ----------
    path : Path
        Where it was read.
    format : {"PNG", "JPEG", "WEBP", "TIFF", "BMP"}
        Format of the file, whatever its name says.
    gray : ndarray, shape (H, W), uint8 or uint16
        sRGB-encoded grey code values, 0 = black, the EXIF orientation already applied.
    bits : {8, 16}
        Depth of the code values.
    sha256 : str
        SHA-256 of the whole file, in hexadecimal digits.
    alpha : ndarray, shape (H, W), same dtype as ``gray``, optional
        Opacity, 0 = transparent, not premultiplied; None where the file has none.
    exif : bytes, optional
        EXIF data as a TIFF structure (without the ``Exif`` marker), orientation set to 1.
    dpi : (float, float), optional
        Horizontal and vertical resolution of the upright picture, in pixels an inch.
    warnings : tuple of str
        What could not be taken from the file as it stands, one line each.
    """

    path: Path
    format: Format
    gray: Codes
    bits: Bits
    sha256: str
    alpha: Codes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    warnings: tuple[str, ...] = ()


def shown(path: str | os.PathLike[str]) -> str:
    """``path`` on one printable line: quoted and escaped where its characters ask for it."""
    text = os.fspath(path)
    return text if text.isprintable() and text.strip() else repr(text)


@dataclass(slots=True)
class Metadata:
    """What goes into a written picture besides its pixels.

    Parameters
    ----------
    exif : bytes, optional
        EXIF data as a TIFF structure, orientation 1.
    dpi : (float, float), optional
        Horizontal and vertical resolution, in pixels an inch.
    xmp : bytes, optional
        XMP packet, UTF-8.
    warnings : list of str
        Receives what the format could not hold.
    """

    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    xmp: bytes | None = None
    warnings: list[str] = field(default_factory=list)
