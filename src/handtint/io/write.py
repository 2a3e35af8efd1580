"""Writing colourised pictures, band by band, atomically, with profile and metadata."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from PIL import Image

from handtint.color.srgb import Bits, Codes
from handtint.errors import OutputError
from handtint.io.atomic import check_output, replacing
from handtint.io.conversion import to_bits
from handtint.io.exif import with_marker
from handtint.io.icc import srgb_profile
from handtint.io.photo import Metadata, Photo, shown
from handtint.io.png_write import write_png
from handtint.io.tiff_write import write_tiff

_LARGEST_SIDE: Final = {".jpg": 65500, ".jpeg": 65500, ".webp": 16383}
_LARGEST_JPEG_EXIF: Final = 65533 - len(with_marker(b""))


def write_picture(
    path: str | os.PathLike[str],
    bands: Iterable[Codes],
    *,
    shape: tuple[int, int],
    bits: Bits,
    photo: Photo | None = None,
    xmp: str | None = None,
    force: bool = False,
) -> tuple[str, ...]:
    """Write an sRGB picture in the format that the suffix names.

    ============  ==================================  =======  ========
    Suffix        Compression                         Bits     Opacity
    ============  ==================================  =======  ========
    .png          lossless                            8 or 16  kept
    .tif, .tiff   lossless (deflate with predictor)   8 or 16  kept
    .webp         lossless                            8        kept
    .jpg, .jpeg   quality 95, chroma not subsampled   8        left out
    ============  ==================================  =======  ========

    WebP and JPEG hold 8 bits whatever ``bits`` says: 16-bit bands are rounded. Either the whole
    picture is written or nothing; PNG and TIFF never have more than a few bands in memory.

    Parameters
    ----------
    path : path
        Where the picture goes; see `handtint.io.atomic.check_output` for what is refused.
    bands : iterable of ndarray, shape (h, W, C), uint8 or uint16
        sRGB code values, red, green, blue and, if C is 4, opacity (not premultiplied): the rows
        from the top, any number at a time.
    shape : (int, int)
        Height and width of the picture.
    bits : {8, 16}
        Wanted depth.
    photo : Photo, optional
        The photograph, of which EXIF data, resolution and, for bands of three channels, opacity
        are kept, and which is never overwritten.
    xmp : str, optional
        XMP packet; see `handtint.io.provenance.xmp_packet`.
    force : bool
        Whether an existing file may be replaced.

    Returns
    -------
    tuple of str
        What the format could not hold, one line each.

    Raises
    ------
    OutputError
        When the picture may not or cannot be written there, or does not fit into the format. An
        older file is intact then.
    """
    path = Path(path)
    check_output(path, sources=[photo.path] if photo else [], force=force)
    suffix = path.suffix.lower()
    limit = _LARGEST_SIDE.get(suffix)
    if limit is not None and max(shape) > limit:
        raise OutputError(
            f"{shown(path)}: {shape[1]} x {shape[0]} pixels do not fit into this format, which "
            f"ends at {limit}; use .png or .tiff"
        )
    metadata = Metadata(xmp=None if xmp is None else xmp.encode())
    opacity = None
    if photo is not None:
        metadata.exif, metadata.dpi = photo.exif, photo.dpi
        if photo.alpha is not None and photo.alpha.shape == shape:
            opacity = photo.alpha
    channels, rows = _peeked(bands if opacity is None else with_opacity(bands, opacity))
    whole = (*shape, channels)
    with replacing(path, force=force) as file:
        if suffix in {".png", ".tif", ".tiff"}:
            write = write_png if suffix == ".png" else write_tiff
            write(file, _checked(rows, whole, bits), shape=whole, bits=bits, metadata=metadata)
        else:
            if bits > 8:
                metadata.warnings.append("reduced to 8 bits; .tif and .png keep 16")
            picture = np.empty(whole, np.uint8)
            done = 0
            for band in _checked(rows, whole, 8):
                picture[done : done + len(band)] = band
                done += len(band)
            encode = _write_webp if suffix == ".webp" else _write_jpeg
            encode(file, picture, metadata)
    return tuple(metadata.warnings)


def with_opacity(bands: Iterable[Codes], opacity: Codes) -> Iterator[Codes]:
    """The bands with the opacity of their rows, where they have none of their own."""
    done = 0
    for band in bands:
        bits: Bits = 8 if band.dtype == np.uint8 else 16
        own = to_bits(opacity[done : done + len(band)], bits)[..., None]
        done += len(band)
        yield band if band.shape[2] == 4 else np.concatenate([band, own], axis=2)


def _peeked(bands: Iterable[Codes]) -> tuple[int, Iterator[Codes]]:
    """Channels of the first band, and all bands."""
    rest = iter(bands)
    first = next(rest, None)
    if first is None:
        raise ValueError("a picture has at least one band")
    return first.shape[2], chain([first], rest)


def _checked(bands: Iterator[Codes], shape: tuple[int, int, int], bits: Bits) -> Iterator[Codes]:
    """The bands at the wanted depth, once they are known to make up the picture."""
    height, width, channels = shape
    if channels not in {3, 4}:
        raise ValueError(f"a picture has 3 or 4 channels, not {channels}")
    done = 0
    for band in bands:
        done += len(band)
        if band.shape[1:] != (width, channels) or done > height:
            raise ValueError(f"a band of shape {band.shape} does not fit into {shape}")
        if len(band):
            yield to_bits(band, bits)
    if done != height:
        raise ValueError(f"the bands end after {done} of {height} rows")


def _write_jpeg(file: BinaryIO, picture: Codes, metadata: Metadata) -> None:
    options = _options(metadata)
    if picture.shape[2] == 4 and picture[..., 3].min() < 255:
        metadata.warnings.append("JPEG has no transparency; it was left out")
    if metadata.exif is not None and len(metadata.exif) > _LARGEST_JPEG_EXIF:
        del options["exif"]
        metadata.warnings.append("the EXIF data is too large for JPEG and was left out")
    if metadata.dpi is not None:
        options["dpi"] = tuple(min(round(d), 65535) for d in metadata.dpi)
    _save(file, picture[..., :3], "JPEG", quality=95, subsampling=0, **options)


def _write_webp(file: BinaryIO, picture: Codes, metadata: Metadata) -> None:
    _save(file, picture, "WEBP", lossless=True, exact=True, **_options(metadata))


def _options(metadata: Metadata) -> dict[str, object]:
    options: dict[str, object] = {"icc_profile": srgb_profile()}
    if metadata.exif is not None:
        options["exif"] = with_marker(metadata.exif)
    if metadata.xmp is not None:
        options["xmp"] = metadata.xmp
    return options


def _save(file: BinaryIO, picture: Codes, name: str, **options: object) -> None:
    # Through memory: Pillow loses the system's reason when writing to a file fails.
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, name, **options)
    file.write(buffer.getbuffer())
