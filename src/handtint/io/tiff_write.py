"""TIFF, written strip by strip with 8 or 16 bits, deflated with the horizontal predictor.

The strips are packed here, two at a time, and handed to tifffile one after the other, so that
only a few of them are ever in memory.

Sources: Adobe, "TIFF Revision 6.0", 1992, sections 2 (structure) and 14 (predictor); Adobe
Photoshop TIFF Technical Notes, 2002 (deflate).
"""

from __future__ import annotations

import math
import os
import struct
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO, Final

import numpy as np
import tifffile
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from handtint.color.srgb import Bits, Codes
from handtint.io.exif import baseline_texts, sub_directories
from handtint.io.icc import srgb_profile
from handtint.io.photo import Metadata

_LEVEL: Final = 1
"""Of zlib; on 16-bit photographs level 6 takes twice the time and saves one percent."""
_WORKERS: Final = 2
_PENDING: Final = 4
_STRIP_SAMPLES: Final = 1 << 19
_BIG: Final = 0xF000_0000
"""Size of the pixels above which offsets of 32 bits may not suffice."""
_MAX_SAMPLE_VALUE: Final = 281
_XMP: Final = 700
_BYTE, _ASCII, _SHORT, _LONG, _LONG8 = 1, 2, 3, 4, 16


def write_tiff(
    file: BinaryIO,
    bands: Iterator[Codes],
    *,
    shape: tuple[int, int, int],
    bits: Bits,
    metadata: Metadata,
) -> None:
    """Write a TIFF file; the parameters are those of `handtint.io.png_write.write_png`.

    EXIF data that cannot be read is left out, which is added to ``metadata.warnings``.
    """
    height, width, channels = shape
    rows = min(height, max(1, _STRIP_SAMPLES // (width * channels)))
    big = math.prod(shape) * bits // 8 > _BIG
    texts, directories = _exif(metadata, big=big)
    # The depth is declared, lest a dark picture be taken for one of 12 bits.
    tags: list[tuple[int, int, int, Any, bool]] = [
        (_MAX_SAMPLE_VALUE, _SHORT, channels, ((1 << bits) - 1,) * channels, True)
    ]
    for tag, text in texts.items():
        encoded = text.encode() + b"\0"
        tags.append((tag, _ASCII, len(encoded), encoded, True))
    if metadata.xmp is not None:
        tags.append((_XMP, _BYTE, len(metadata.xmp), metadata.xmp, True))
    with tifffile.TiffWriter(file, bigtiff=big, byteorder="<") as writer:
        writer.write(
            _packed(_strips(bands, rows)),
            shape=shape,
            dtype=np.uint8 if bits == 8 else np.uint16,
            photometric="rgb",
            planarconfig="contig",
            extrasamples=["unassalpha"] if channels == 4 else None,
            rowsperstrip=rows,
            compression="zlib",
            predictor=True,
            resolution=metadata.dpi,
            resolutionunit=None if metadata.dpi is None else 2,
            iccprofile=srgb_profile(),
            extratags=tags,
            software=False,
            metadata=None,
        )
    if directories:
        _append_directories(file, directories, big=big)


def _exif(
    metadata: Metadata, *, big: bool
) -> tuple[dict[int, str], dict[int, ImageFileDirectory_v2]]:
    if metadata.exif is None:
        return {}, {}
    try:
        directories = sub_directories(metadata.exif, big=big)
        for directory in directories.values():
            directory.tobytes()
        return baseline_texts(metadata.exif), directories
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error) as error:
        metadata.warnings.append(f"the EXIF data is damaged and was left out ({error})")
        return {}, {}


def _strips(bands: Iterator[Codes], rows: int) -> Iterator[Codes]:
    """The same rows in strips of equal height, but for the last one."""
    strip: Codes = np.empty(0, np.uint8)
    filled = 0
    for band in bands:
        taken = 0
        while taken < len(band):
            if filled == 0:
                strip = np.empty_like(band, shape=(rows, *band.shape[1:]))
            part = band[taken : taken + rows - filled]
            strip[filled : filled + len(part)] = part
            taken, filled = taken + len(part), filled + len(part)
            if filled == rows:
                yield strip
                filled = 0
    if filled:
        yield strip[:filled]


def _packed(strips: Iterator[Codes]) -> Iterator[bytes]:
    """Pack strips on a few threads, in order, looking ahead no further than needed."""
    pending: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(_WORKERS) as pool:
        for strip in strips:
            pending.append(pool.submit(_pack, strip))
            if len(pending) == _PENDING:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _pack(strip: Codes) -> bytes:
    differences = strip.astype(f"<u{strip.itemsize}")
    differences[:, 1:] -= strip[:, :-1]
    return zlib.compress(differences.tobytes(), _LEVEL)


def _append_directories(
    file: BinaryIO, directories: dict[int, ImageFileDirectory_v2], *, big: bool
) -> None:
    """Append EXIF directories, which tifffile does not write, and point to them.

    The main directory is copied to the end with the pointers added; its entries stay valid there,
    as they refer to the file as a whole. The old one is left behind unused.
    """
    place, word = (8, "Q") if big else (4, "I")
    entry = struct.Struct(f"<HH{word}{word}")
    count = struct.Struct("<Q" if big else "<H")
    pointers = []
    for tag, directory in directories.items():
        offset = _even_end(file)
        file.write(directory.tobytes(offset))
        pointers.append(entry.pack(tag, _LONG8 if big else _LONG, 1, offset))
    file.seek(place)
    (start,) = struct.unpack(f"<{word}", file.read(place))
    file.seek(start)
    (number,) = count.unpack(file.read(count.size))
    entries = [file.read(entry.size) for _ in range(number)] + pointers
    entries.sort(key=lambda packed: int.from_bytes(packed[:2], "little"))
    offset = _even_end(file)
    file.write(count.pack(len(entries)) + b"".join(entries) + bytes(place))
    file.seek(place)
    file.write(struct.pack(f"<{word}", offset))


def _even_end(file: BinaryIO) -> int:
    """Go to the end of the file, which directories want to be even."""
    end = file.seek(0, os.SEEK_END)
    return end + file.write(bytes(end % 2))
