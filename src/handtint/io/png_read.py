"""PNG: the check that a file is whole, and the decoding of 16-bit pictures.

Pillow cuts 16-bit colour to 8 bits and accepts files without their end; so every file is walked
here first, and 16-bit samples are decoded here, a band of rows at a time.

Source: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", 2025, sections 5
(datastream structure), 9 (filtering) and 11.3.1.1 (tRNS).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from handtint.io.raster import Block, rows_per_block
from handtint.jit import kernel

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel of each colour type."""
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a PNG file lie.

    Parameters
    ----------
    width, height, depth, colour_type : int
        As in the header.
    interlaced : bool
        Whether the rows come in seven passes.
    data : tuple of (int, int)
        Offset and size of the image data chunks.
    exif, transparency : bytes, optional
        Content of the chunks eXIf and tRNS.
    """

    width: int
    height: int
    depth: int
    colour_type: int
    interlaced: bool
    data: tuple[tuple[int, int], ...]
    exif: bytes | None
    transparency: bytes | None


def layout(file: BinaryIO) -> Layout:
    """Walk all chunks of a PNG file and check them.

    Raises
    ------
    ValueError
        When the file is cut off, a chunk that matters has a wrong checksum, or the header is
        missing.
    """
    file.seek(len(SIGNATURE))
    header, exif, transparency, data = b"", None, None, []
    name = b""
    while name != b"IEND":
        start = file.read(8)
        if len(start) < 8:
            raise ValueError("it ends before its last chunk")
        size, name = struct.unpack(">I4s", start)
        offset = file.tell()
        kept = name in {b"IHDR", b"eXIf", b"tRNS"}
        content, checksum = _content(file, name, size, kept=kept)
        if name[:1].isupper() and file.read(4) != struct.pack(">I", checksum):
            raise ValueError(f"its chunk {name!r} has a wrong checksum")
        if name == b"IHDR":
            header = content
        elif name == b"eXIf":
            exif = content
        elif name == b"tRNS":
            transparency = content
        elif name == b"IDAT":
            data.append((offset, size))
        file.seek(offset + size + 4)
    if len(header) != 13:
        raise ValueError("it has no header")
    width, height, depth, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", header)
    if colour_type not in SAMPLES:
        raise ValueError(f"its colour type {colour_type} is not known")
    return Layout(
        width, height, depth, colour_type, interlace != 0, tuple(data), exif, transparency
    )


def _content(file: BinaryIO, name: bytes, size: int, *, kept: bool) -> tuple[bytes, int]:
    """Content of a chunk if it is to be ``kept``, and its checksum."""
    checksum, content = zlib.crc32(name), b""
    while size:
        piece = file.read(min(size, _PIECE))
        if not piece:
            raise ValueError(f"it is cut off within its chunk {name!r}")
        size -= len(piece)
        checksum = zlib.crc32(piece, checksum)
        if kept:
            content += piece
    return content, checksum


def blocks_16(file: BinaryIO, png: Layout) -> Iterator[Block]:
    """Decode a 16-bit picture that is not interlaced, a band of rows at a time.

    Parameters
    ----------
    file : binary file
        The PNG file.
    png : Layout
        Its layout, of depth 16.

    Yields
    ------
    Block
        Samples uint16; a transparent colour (tRNS) becomes a channel of opacity.

    Raises
    ------
    ValueError, zlib.error
        When the image data is damaged.
    """
    samples = SAMPLES[png.colour_type]
    stride = 2 * samples * png.width
    rows = rows_per_block(samples * png.width)
    above = np.zeros(stride, np.uint8)
    pieces = _inflated(file, png)
    buffer = bytearray()
    for top in range(0, png.height, rows):
        count = min(rows, png.height - top)
        needed = count * (stride + 1)
        while len(buffer) < needed:
            piece = next(pieces, None)
            if piece is None:
                raise ValueError("its image data ends too early")
            buffer += piece
        filtered = np.frombuffer(bytes(buffer[:needed]), np.uint8).reshape(count, stride + 1)
        del buffer[:needed]
        plain = np.empty((count, stride), np.uint8)
        if not _unfilter(filtered, above, 2 * samples, plain):
            raise ValueError("it uses a filter that PNG does not have")
        above = plain[-1]
        band = plain.view(">u2").astype(np.uint16).reshape(count, png.width, samples)
        yield Block(top, 0, _with_opacity(band, png.transparency))


def _inflated(file: BinaryIO, png: Layout) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    for offset, size in png.data:
        file.seek(offset)
        for done in range(0, size, _PIECE):
            compressed = file.read(min(size - done, _PIECE))
            while compressed:
                yield inflater.decompress(compressed, _PIECE)
                compressed = inflater.unconsumed_tail
    yield inflater.flush()


def _with_opacity(band: NDArray[np.uint16], transparency: bytes | None) -> NDArray[np.uint16]:
    if transparency is None or band.shape[2] not in {1, 3}:
        return band
    key = np.frombuffer(transparency, ">u2", band.shape[2])
    opacity = np.where((band == key).all(axis=2), 0, 65535).astype(np.uint16)
    return np.dstack([band, opacity])


@kernel()
def _unfilter(
    filtered: NDArray[np.uint8], above: NDArray[np.uint8], step: int, plain: NDArray[np.uint8]
) -> bool:
    """Undo the filters of PNG (section 9.2); false when a row has an unknown one."""
    for i in range(plain.shape[0]):
        kind = filtered[i, 0]
        if kind > 4:
            return False
        for j in range(plain.shape[1]):
            left = int(plain[i, j - step]) if j >= step else 0
            up = int(above[j])
            corner = int(above[j - step]) if j >= step else 0
            guess = 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            elif kind == 4:
                by_left, by_up = abs(up - corner), abs(left - corner)
                by_corner = abs(left + up - 2 * corner)
                if by_left <= by_up and by_left <= by_corner:
                    guess = left
                elif by_up <= by_corner:
                    guess = up
                else:
                    guess = corner
            plain[i, j] = (filtered[i, j + 1] + guess) & 255
        above = plain[i]
    return True
