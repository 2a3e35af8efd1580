"""TIFF: tifffile decodes the strips and tiles, after a check that the file is whole.

tifffile skips tags that it cannot read and returns empty arrays for cut directories; so the
directory and the places of all strips and tiles are checked against the size of the file first.
One strip or tile is decoded at a time, an uncompressed one a band of rows at a time.

Source: Adobe, "TIFF Revision 6.0", 1992, sections 2 (structure), 8 (baseline tags), 15 (tiles),
18 (associated alpha); BigTIFF as implemented by libtiff.
"""

from __future__ import annotations

import logging
import math
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

import numpy as np
import tifffile

from handtint.errors import PhotoError
from handtint.io import exif
from handtint.io.raster import CHANNELS, Model, Raster, check_size, noting_pillow, rows_per_block
from handtint.io.tiff_samples import PALETTE, Segment, Stored, read_samples

_MODELS: Final[dict[int, Model]] = {0: "grey", 1: "grey", 2: "rgb", 3: "rgb", 5: "cmyk"}
_YCBCR: Final = 6
_JPEG: Final = frozenset({6, 7, 33007, 34892})
_LOSSY: Final = _JPEG | {33003, 33005, 34712, 50001, 50002}
_FIELD_SIZES: Final = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)


def open_tiff(file: BinaryIO, max_pixels: int) -> Raster:
    """Open a TIFF file, its first page.

    Raises
    ------
    PhotoError
        For its size and for kinds of TIFF that are not supported.
    Exception
        What tifffile raises for damage.
    """
    notes: list[str] = []
    with _noting(notes):
        tiff = tifffile.TiffFile(file)
        _check_directory(file, tiff)
        page = tiff.pages.first
        check_size(page.imagelength, page.imagewidth, max_pixels)
        _check_segments(file, page, max_pixels)
        if len(tiff.pages) > 1:
            notes.append(f"it has {len(tiff.pages)} pages; the first one was read")
        model, dtype = _model(page), _dtype(page)
        colours = 1 if int(page.photometric) == PALETTE else CHANNELS[model]
        if page.samplesperpixel < colours:
            raise ValueError(f"it has {page.samplesperpixel} of {colours} channels")
        bits, alpha, blocks = read_samples(
            Stored(lambda: _segments(file, page, dtype), page, dtype, colours), notes
        )
        orientation = page.tags.valueof(exif.ORIENTATION, 1)
        return Raster(
            format="TIFF",
            shape=(page.imagelength, page.imagewidth),
            model=model,
            bits=bits,
            blocks=blocks,
            alpha=alpha,
            icc=page.tags.valueof(34675) or None,
            exif=_exif(file, tiff, notes),
            orientation=orientation if orientation in range(1, 9) else 1,
            dpi=_resolution(page),
            lossy=page.compression in _LOSSY,
            warnings=notes,
        )


@contextmanager
def _noting(notes: list[str]) -> Iterator[None]:
    """Turn what tifffile logs in this thread into ``notes`` of the picture."""
    thread = threading.get_ident()

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == thread:
                notes.append(" ".join(record.getMessage().split()))

    handler = Collector(logging.WARNING)
    logger = logging.getLogger("tifffile")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _check_directory(file: BinaryIO, tiff: tifffile.TiffFile) -> None:
    """Refuse a file of which the first directory, or a value that it points to, is cut off."""
    end = file.seek(0, os.SEEK_END)
    form = tiff.tiff
    file.seek(tiff.pages.first.offset)
    (count,) = struct.unpack(form.tagnoformat, file.read(form.tagnosize))
    entries = file.read(count * form.tagsize)
    following = file.read(form.offsetsize)
    if len(entries) < count * form.tagsize or len(following) < form.offsetsize:
        raise ValueError("its directory is cut off")
    for start in range(0, len(entries), form.tagsize):
        code, kind = struct.unpack_from(f"{form.byteorder}HH", entries, start)
        number, offset = struct.unpack_from(
            f"{form.byteorder}{form.offsetformat[-1] * 2}", entries, start + 4
        )
        size = number * (_FIELD_SIZES[kind] if kind < len(_FIELD_SIZES) else 0)
        if size > form.tagoffsetthreshold and offset + size > end:
            raise ValueError(f"its tag {code} lies beyond the end of the file")
    (next_page,) = struct.unpack(form.offsetformat, following)
    if next_page >= end:
        raise ValueError("its next page lies beyond the end of the file")


def _check_segments(file: BinaryIO, page: tifffile.TiffPage, max_pixels: int) -> None:
    """Refuse a page of which a strip or tile is missing, cut off or absurdly large."""
    end = file.seek(0, os.SEEK_END)
    expected = math.prod(page.chunked)
    if not len(page.dataoffsets) == len(page.databytecounts) == expected:
        raise ValueError(f"it has {len(page.dataoffsets)} of {expected} strips or tiles")
    height, width = page.chunks[:2]
    check_size(height, width, max(max_pixels, 1 << 24))
    for offset, size in zip(page.dataoffsets, page.databytecounts, strict=True):
        if size == 0 or offset == 0:
            raise ValueError("a strip or tile is missing")
        if offset + size > end:
            raise ValueError("it is cut off")


def _model(page: tifffile.TiffPage) -> Model:
    kind = int(page.photometric)
    if kind == _YCBCR and page.compression in _JPEG:
        return "rgb"
    if kind not in _MODELS:
        raise PhotoError(
            f"TIFF pictures of the kind {getattr(page.photometric, 'name', kind)} are not "
            "supported; save it as grey or RGB"
        )
    if page.imagedepth != 1:
        raise PhotoError("it is a volume, not a picture; save one of its planes")
    return _MODELS[kind]


def _dtype(page: tifffile.TiffPage) -> np.dtype[Any]:
    whole = isinstance(page.bitspersample, int)
    if not whole or page.dtype is None or page.dtype.kind not in "buif":
        raise PhotoError(
            f"TIFF samples of {page.bitspersample} bits and format {int(page.sampleformat)} are "
            "not supported; save it with 8 or 16 bits"
        )
    return page.dtype


def _segments(file: BinaryIO, page: tifffile.TiffPage, dtype: np.dtype[Any]) -> Iterator[Segment]:
    """Decode strips or tiles one after the other."""
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    if page.is_final and not page.is_tiled and planes == 1:
        yield from _plain_rows(file, page, dtype)
        return
    each = len(page.dataoffsets) // planes
    # Looked up before seeking: each of these may read from the file.
    decode, tables, header = page.decode, page.jpegtables, page.jpegheader
    for first in range(each):
        parts = []
        for index in range(first, first + planes * each, each):
            file.seek(page.dataoffsets[index])
            data = file.read(page.databytecounts[index])
            decoded, place, _ = decode(data, index, jpegtables=tables, jpegheader=header)
            if decoded is None:
                raise ValueError("a strip or tile is missing")
            parts.append(decoded[0])
        row, column = place[2:4]
        samples = parts[0] if planes == 1 else np.concatenate(parts, axis=2)
        yield (
            row,
            column,
            samples[: page.imagelength - row, : page.imagewidth - column],
        )


def _plain_rows(file: BinaryIO, page: tifffile.TiffPage, dtype: np.dtype[Any]) -> Iterator[Segment]:
    """Read uncompressed strips, which may be as large as the picture, in bands of rows."""
    stored = dtype.newbyteorder(page.parent.byteorder)
    shape = (page.imagewidth, page.samplesperpixel)
    row_size = math.prod(shape) * dtype.itemsize
    step = rows_per_block(math.prod(shape))
    for strip, offset in enumerate(page.dataoffsets):
        top = strip * page.rowsperstrip
        bottom = min(top + page.rowsperstrip, page.imagelength)
        for row in range(top, bottom, step):
            count = min(step, bottom - row)
            file.seek(offset + (row - top) * row_size)
            band = np.frombuffer(file.read(count * row_size), stored)
            yield row, 0, band.reshape(count, *shape).astype(dtype, copy=False)


def _exif(file: BinaryIO, tiff: tifffile.TiffFile, notes: list[str]) -> bytes | None:
    try:
        with noting_pillow(notes):
            return exif.from_tiff(
                file, tiff.pages.first.offset, order=tiff.byteorder, big=tiff.is_bigtiff
            )
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error):
        notes.append("its EXIF data is damaged and was left out")
        return None


def _resolution(page: tifffile.TiffPage) -> tuple[float, float] | None:
    per_inch = {2: 1.0, 3: 2.54}.get(int(page.tags.valueof(296, 2)))
    ratios = [page.tags.valueof(tag) for tag in (282, 283)]
    if per_inch is None or not all(r and r[0] > 0 and r[1] > 0 for r in ratios):
        return None
    horizontal, vertical = (per_inch * r[0] / r[1] for r in ratios)
    return horizontal, vertical
