"""PNG, JPEG, WebP and BMP: decoded by Pillow, 16-bit PNG by `handtint.io.png_read`.

The readers of the formats are called directly rather than through ``Image.open``: nothing but
these formats is ever tried, and the size is checked against our own limit instead of Pillow's,
which is one for the whole process.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

import numpy as np
from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from handtint.errors import PhotoError
from handtint.io import exif, png_read
from handtint.io.photo import Format
from handtint.io.raster import Block, Model, Raster, check_size, noting_pillow, rows_per_block

_MODELS: Final[dict[str, Model]] = {
    "L": "grey",
    "LA": "grey",
    "I;16": "grey",
    "RGB": "rgb",
    "RGBA": "rgb",
    "CMYK": "cmyk",
}
_EXPANDED: Final = {"1": "L", "P": "RGB", "YCbCr": "RGB", "RGBX": "RGB"}


class WebpHeader(NamedTuple):
    """Size and kind of compression of a WebP file."""

    height: int
    width: int
    lossy: bool


def open_png(file: BinaryIO, max_pixels: int) -> Raster:
    """Open a PNG file; raises `PhotoError` for its size, and what Pillow raises for damage."""
    png = png_read.layout(file)
    check_size(png.height, png.width, max_pixels)
    file.seek(0)
    notes: list[str] = []
    with noting_pillow(notes):
        image = PngImageFile(file)
    if png.depth == 16 and not png.interlaced:
        channels = png_read.SAMPLES[png.colour_type]
        raster = Raster(
            format="PNG",
            shape=(png.height, png.width),
            model="grey" if channels < 3 else "rgb",
            bits=16,
            blocks=png_read.blocks_16(file, png),
            alpha=channels in {2, 4} or png.transparency is not None,
            warnings=notes,
        )
    else:
        raster = _decoded("PNG", image, notes)
        if png.depth == 16 and image.mode != "I;16":
            raster.warnings.append("its 16-bit samples are interlaced and were cut to 8 bits")
    _add_metadata(raster, image, png.exif)
    gamma = image.info.get("gamma")
    if gamma and raster.icc is None and "srgb" not in image.info and abs(gamma * 2.2 - 1) > 0.05:
        raster.warnings.append(f"its gamma of {gamma:g} is not applied; sRGB is assumed")
    return raster


def open_jpeg(file: BinaryIO, max_pixels: int) -> Raster:
    """Open a JPEG file; raises as `open_png`."""
    return _open_plain("JPEG", JpegImageFile, file, max_pixels)


def open_bmp(file: BinaryIO, max_pixels: int) -> Raster:
    """Open a BMP file; raises as `open_png`."""
    return _open_plain("BMP", BmpImageFile, file, max_pixels)


def open_webp(file: BinaryIO, max_pixels: int) -> Raster:
    """Open a WebP file, its first frame if it moves; raises as `open_png`."""
    header = webp_header(file)
    check_size(header.height, header.width, max_pixels)
    file.seek(0)
    raster = _open_plain("WEBP", WebPImageFile, file, max_pixels)
    raster.lossy = header.lossy
    return raster


def webp_header(file: BinaryIO) -> WebpHeader:
    """Read size and compression of a WebP file without decoding it.

    Source: RFC 9649, "WebP Image Format", 2024, sections 2.5 to 2.7.

    Raises
    ------
    ValueError
        When the file is cut off or holds no picture.
    """
    file.seek(0, os.SEEK_END)
    end = file.tell()
    file.seek(4)
    (size,) = struct.unpack("<I", file.read(4))
    if size + 8 > end:
        raise ValueError("it is cut off")
    canvas: tuple[int, int] | None = None
    position = 12
    while position + 8 <= size + 8:
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"VP8X":
            fields = file.read(10)
            width, height = (int.from_bytes(fields[i : i + 3], "little") + 1 for i in (4, 7))
            canvas = (height, width)
        elif name == b"VP8L":
            packed = int.from_bytes(file.read(5)[1:], "little")
            own = ((packed >> 14 & 0x3FFF) + 1, (packed & 0x3FFF) + 1)
            height, width = canvas or own
            return WebpHeader(height, width, lossy=False)
        elif name == b"VP8 ":
            width, height = struct.unpack("<HH", file.read(10)[6:])
            height, width = canvas or (height & 0x3FFF, width & 0x3FFF)
            return WebpHeader(height, width, lossy=True)
        position += 24 if name == b"ANMF" else 8 + length + length % 2
    raise ValueError("it holds no picture")


def _open_plain(
    name: Format, reader: type[ImageFile.ImageFile], file: BinaryIO, max_pixels: int
) -> Raster:
    notes: list[str] = []
    with noting_pillow(notes):
        image = reader(file)
    check_size(image.height, image.width, max_pixels)
    raster = _decoded(name, image, notes)
    raster.lossy = name == "JPEG"
    _add_metadata(raster, image, image.info.get("exif"))
    return raster


def _decoded(name: Format, image: ImageFile.ImageFile, notes: list[str]) -> Raster:
    with noting_pillow(notes):
        image.load()
    mode = _EXPANDED.get(image.mode, image.mode)
    if "transparency" in image.info and mode in {"L", "RGB"}:
        mode += "A"
    if mode not in _MODELS:
        raise PhotoError(f"its pixel format {image.mode} is not supported; convert it to TIFF")
    if getattr(image, "n_frames", 1) > 1:
        notes.append("it holds several pictures; the first one was read")
    return Raster(
        format=name,
        shape=(image.height, image.width),
        model=_MODELS[mode],
        bits=16 if mode == "I;16" else 8,
        blocks=_blocks(image, mode),
        alpha=mode in {"LA", "RGBA"},
        warnings=notes,
    )


def _blocks(image: Image.Image, mode: str) -> Iterator[Block]:
    rows = rows_per_block(Image.getmodebands(mode) * image.width)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        if band.mode != mode:
            band = band.convert(mode)
        yield Block(top, 0, np.atleast_3d(np.asarray(band)))


def _add_metadata(raster: Raster, image: Image.Image, exif_data: bytes | None) -> None:
    raster.icc = image.info.get("icc_profile") or None
    if exif_data:
        try:
            raster.exif, raster.orientation = exif.upright(exif_data)
        except ValueError:
            raster.warnings.append("its EXIF data is damaged and was left out")
    dpi = image.info.get("dpi")
    if dpi is not None and all(0 < float(d) < 1e6 for d in dpi):
        raster.dpi = (float(dpi[0]), float(dpi[1]))
