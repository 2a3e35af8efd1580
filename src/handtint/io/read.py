"""Reading photographs, colour pictures and masks.

Every refusal is one `PhotoError` that begins with the name of the file. Partial data is never
accepted: a file that is cut off or damaged is refused.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from handtint.errors import PhotoError
from handtint.io import pillow, png_read, tiff_read
from handtint.io.conversion import empty_codes, grey_conversion, rgb_conversion, to_bits
from handtint.io.exif import turned
from handtint.io.photo import DEFAULT_MAX_PIXELS, Photo, shown
from handtint.io.raster import CHANNELS, Block, Raster

Opener = Callable[[BinaryIO, int], Raster]

_DAMAGE: Final = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
    tifffile.TiffFileError,
    Image.DecompressionBombError,
)
"""What the decoders raise for the damages that a file can have."""


@dataclass(frozen=True, slots=True, eq=False)
class MaskPicture:
    """A mask as it was read.

    Parameters
    ----------
    pixels : ndarray, shape (H, W, 3) or (H, W, 4), uint8
        RGB, or RGBA where the file has opacity; no colour was converted.
    lossy : bool
        Whether the file's compression changes colours (JPEG, lossy WebP).
    """

    pixels: NDArray[np.uint8]
    lossy: bool


def read_photo(path: str | os.PathLike[str], *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Photo:
    """Read a photograph as upright grey, with 8 or 16 bits.

    PNG, JPEG, WebP, TIFF and BMP; grey, RGB, palette and CMYK pictures, with or without opacity.
    Colours (sepia, toned prints) become luminance; see `handtint.io.conversion` for profiles and
    formulas, `handtint.io.tiff_samples` for unusual depths. Of several pages the first is read.

    Parameters
    ----------
    path : path
        The file. It is opened for reading only.
    max_pixels : int
        Largest picture that is decoded, in pixels, checked before anything is decoded.

    Returns
    -------
    Photo

    Raises
    ------
    PhotoError
        When there is no such file, it is empty, damaged, cut off, too large or not supported.
    """
    path = Path(path)
    with _opened(path, max_pixels) as (file, raster):
        to_grey = grey_conversion(raster)
        gray = empty_codes(raster.shape, raster.bits)
        alpha = empty_codes(raster.shape, raster.bits) if raster.alpha else None
        colours = CHANNELS[raster.model]
        for block in _decoded(raster):
            place = _place(block)
            gray[place] = to_grey(block.samples[..., :colours])
            if alpha is not None:
                alpha[place] = block.samples[..., colours]
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Photo(
        path=path,
        format=raster.format,
        gray=turned(gray, raster.orientation),
        bits=raster.bits,
        sha256=digest,
        alpha=None if alpha is None else turned(alpha, raster.orientation),
        exif=raster.exif,
        dpi=_turned_dpi(raster),
        warnings=tuple(dict.fromkeys(raster.warnings)),
    )


def read_rgb(
    path: str | os.PathLike[str], *, max_pixels: int = DEFAULT_MAX_PIXELS
) -> NDArray[np.uint8]:
    """Read a colour picture as upright 8-bit sRGB.

    Opacity is composited over white, in code values; 16 bits are rounded to 8.

    Parameters
    ----------
    path, max_pixels
        As for `read_photo`.

    Returns
    -------
    ndarray, shape (H, W, 3), uint8

    Raises
    ------
    PhotoError
        As for `read_photo`.
    """
    with _opened(Path(path), max_pixels) as (_, raster):
        to_rgb = rgb_conversion(raster)
        picture = np.empty((*raster.shape, 3), np.uint8)
        colours = CHANNELS[raster.model]
        for block in _decoded(raster):
            samples = np.asarray(to_bits(block.samples, 8), np.uint8)
            rgb = to_rgb(samples[..., :colours])
            if raster.alpha:
                opacity = samples[..., colours:].astype(np.uint16)
                over_white = rgb * opacity + 255 * (255 - opacity)
                rgb = ((over_white + 127) // 255).astype(np.uint8)
            picture[_place(block)] = rgb
    return turned(picture, raster.orientation)


def read_mask(path: str | os.PathLike[str], *, max_pixels: int = DEFAULT_MAX_PIXELS) -> MaskPicture:
    """Read a mask: the colours as stored, without profile or interpolation, upright.

    Parameters
    ----------
    path, max_pixels
        As for `read_photo`.

    Returns
    -------
    MaskPicture

    Raises
    ------
    PhotoError
        As for `read_photo`.
    """
    with _opened(Path(path), max_pixels) as (_, raster):
        raster.icc = None
        to_rgb = rgb_conversion(raster)
        pixels = np.empty((*raster.shape, 3 + raster.alpha), np.uint8)
        colours = CHANNELS[raster.model]
        for block in _decoded(raster):
            samples = np.asarray(to_bits(block.samples, 8), np.uint8)
            place = _place(block)
            pixels[place][..., :3] = to_rgb(samples[..., :colours])
            pixels[place][..., 3:] = samples[..., colours:]
    return MaskPicture(turned(pixels, raster.orientation), raster.lossy)


@contextmanager
def _opened(path: Path, max_pixels: int) -> Iterator[tuple[BufferedReader, Raster]]:
    """Open a picture; every `PhotoError` raised inside gets the name of the file."""
    try:
        with _file(path) as file:
            opener = _opener(file.read(16))
            file.seek(0)
            with _decoding():
                raster = opener(file, max_pixels)
            yield file, raster
    except PhotoError as error:
        raise PhotoError(f"{shown(path)}: {error}") from error.__cause__


@contextmanager
def _file(path: Path) -> Iterator[BufferedReader]:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PhotoError("this is a folder; name a picture file")
        if not stat.S_ISREG(status.st_mode):
            raise PhotoError("this is not a regular file; name a picture file")
        if status.st_size == 0:
            raise PhotoError("the file is empty; copy or scan it again")
        file = path.open("rb")
    except FileNotFoundError:
        raise PhotoError("there is no such file; check the name") from None
    except OSError as error:
        raise PhotoError(f"it cannot be opened: {error.strerror}") from error
    except ValueError as error:
        raise PhotoError(f"this cannot be the name of a file: {error}") from error
    with file:
        yield file


def _opener(start: bytes) -> Opener:
    """The reader for a file that begins with ``start``."""
    if start.startswith(png_read.SIGNATURE):
        return pillow.open_png
    if start.startswith(b"\xff\xd8\xff"):
        return pillow.open_jpeg
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return pillow.open_webp
    if start[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        return tiff_read.open_tiff
    if start.startswith(b"BM"):
        return pillow.open_bmp
    raise PhotoError("this is not a PNG, JPEG, WebP, TIFF or BMP picture; convert it to one first")


@contextmanager
def _decoding() -> Iterator[None]:
    """Turn whatever a decoder raises into a `PhotoError`."""
    try:
        yield
    except PhotoError:
        raise
    except MemoryError as error:
        raise PhotoError("there is not enough memory to decode it; make it smaller") from error
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        if "imagecodecs" in reason:
            raise PhotoError(
                "its compression or depth needs another package: pip install handtint[scan]"
            ) from error
        raise PhotoError(
            f"the file is damaged or not supported: {reason}; copy or scan it again"
        ) from error


def _decoded(raster: Raster) -> Iterator[Block]:
    """The blocks of a picture, with the errors of the decoder turned into `PhotoError`."""
    while True:
        with _decoding():
            block = next(raster.blocks, None)
        if block is None:
            return
        yield block


def _place(block: Block) -> tuple[slice, slice]:
    height, width = block.samples.shape[:2]
    return slice(block.row, block.row + height), slice(block.column, block.column + width)


def _turned_dpi(raster: Raster) -> tuple[float, float] | None:
    if raster.dpi is None or raster.orientation < 5:
        return raster.dpi
    return raster.dpi[1], raster.dpi[0]
