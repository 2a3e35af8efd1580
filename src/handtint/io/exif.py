"""EXIF data: orientation, and the copy that goes into the written picture.

EXIF data is a small TIFF file inside the picture: a byte order, then linked directories of
12-byte entries (tag, type, count, value or offset). It is patched in place rather than parsed and
written anew, so that maker notes and unknown tags survive byte by byte.

Sources: CIPA DC-008-2023, "Exchangeable image file format for digital still cameras: Exif 3.0";
Adobe, "TIFF Revision 6.0", 1992.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

Array = TypeVar("Array", bound=NDArray[Any])

ORIENTATION: Final = 274
_MARKER: Final = b"Exif\x00\x00"
_BASELINE: Final = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)
_SUB_DIRECTORIES: Final = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)


def turned(plane: Array, orientation: int) -> Array:
    """The picture set upright.

    Parameters
    ----------
    plane : ndarray, shape (H, W) or (H, W, C)
        The picture as stored.
    orientation : int
        EXIF orientation: 1 upright, 2 mirrored left to right, 3 turned by 180 degrees, 4 mirrored
        top to bottom, 5 transposed, 6 to be turned by 90 degrees clockwise, 7 transposed along the
        other diagonal, 8 to be turned by 90 degrees anticlockwise. Any other value counts as 1.

    Returns
    -------
    ndarray, shape (H, W) or (H, W, C); (W, H) or (W, H, C) for orientations 5 to 8
        Contiguous.
    """
    upright: NDArray[Any] = plane
    if orientation in {5, 6, 7, 8}:
        upright = upright.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        upright = upright[::-1]
    if orientation in {2, 3, 6, 7}:
        upright = upright[:, ::-1]
    return cast("Array", np.ascontiguousarray(upright))


def upright(data: bytes) -> tuple[bytes, int]:
    """EXIF data made fit for the written picture, and the orientation that it had.

    The orientation becomes 1. The thumbnail is unlinked: it shows the picture before it was
    turned and coloured, and file browsers would prefer it to the picture.

    Parameters
    ----------
    data : bytes
        EXIF data, with or without the ``Exif`` marker.

    Returns
    -------
    bytes
        The EXIF data without the marker.
    int
        The orientation; 1 where there is none.

    Raises
    ------
    ValueError
        When the data is damaged.
    """
    patched = bytearray(data.removeprefix(_MARKER))
    order = {b"II": "<", b"MM": ">"}.get(bytes(patched[:2]))
    if order is None:
        raise ValueError("no byte order")
    orientation = 1
    try:
        (start,) = struct.unpack_from(f"{order}I", patched, 4)
        (count,) = struct.unpack_from(f"{order}H", patched, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(f"{order}HH", patched, entry)
            if tag == ORIENTATION and kind == 3:
                (orientation,) = struct.unpack_from(f"{order}H", patched, entry + 8)
                struct.pack_into(f"{order}H", patched, entry + 8, 1)
        next_directory = start + 2 + 12 * count
        if next_directory + 4 <= len(patched):
            struct.pack_into(f"{order}I", patched, next_directory, 0)
    except struct.error as error:
        raise ValueError(str(error)) from error
    return bytes(patched), orientation if orientation in range(1, 9) else 1


def from_tiff(file: BinaryIO, offset: int, *, order: str, big: bool) -> bytes | None:
    """EXIF data made from the tags of a TIFF file.

    Carried over are the description, maker, model, date, artist and copyright and the EXIF and GPS
    directories.

    Parameters
    ----------
    file : binary file
        The TIFF file.
    offset : int
        Where the directory of the page begins.
    order : {"<", ">"}
        Byte order of the file.
    big : bool
        Whether it is a BigTIFF.

    Returns
    -------
    bytes or None
        A TIFF structure; None where there is nothing to carry over.
    """

    def entries(start: int, group: int | None = None) -> dict[int, Any]:
        directory = empty_directory(big=big, order=order, group=group)
        file.seek(start)
        directory.load(file)
        return dict(directory)

    main = entries(offset)
    kept = Image.Exif()
    kept.update({tag: main[tag] for tag in _BASELINE if tag in main})
    for number in _SUB_DIRECTORIES:
        if isinstance(main.get(number), int):
            inner = entries(main[number], number)
            inner.pop(ExifTags.IFD.Interop, None)
            kept.get_ifd(number).update(inner)
    found = len(kept) or any(kept.get_ifd(number) for number in _SUB_DIRECTORIES)
    return kept.tobytes().removeprefix(_MARKER) if found else None


def empty_directory(
    *, big: bool = False, order: str = "<", group: int | None = None
) -> ImageFileDirectory_v2:
    """A TIFF directory without entries, in ``group`` (the tag that points to it)."""
    header = b"II+\0" + bytes(12) if big else b"II*\0" + bytes(4)
    return ImageFileDirectory_v2(header, prefix=b"II" if order == "<" else b"MM", group=group)


def baseline_texts(data: bytes) -> dict[int, str]:
    """The texts of EXIF data that have a place of their own in TIFF: tag number to text."""
    parsed = Image.Exif()
    parsed.load(data)
    texts: dict[int, Any] = {int(tag): parsed[tag] for tag in _BASELINE if tag in parsed}
    return {tag: text for tag, text in texts.items() if isinstance(text, str) and text}


def sub_directories(data: bytes, *, big: bool) -> dict[int, ImageFileDirectory_v2]:
    """The EXIF and GPS directories of EXIF data: tag number to directory, not yet placed.

    They are made for a little-endian TIFF or, if ``big``, BigTIFF file.

    The interoperability directory is left out: it says nothing about the picture.
    """
    parsed = Image.Exif()
    parsed.load(data)
    directories = {}
    for number in _SUB_DIRECTORIES:
        entries = parsed.get_ifd(number)
        directory = empty_directory(big=big, group=number)
        for tag, value in entries.items():
            if tag != ExifTags.IFD.Interop:
                directory[tag] = value
        if entries:
            directories[int(number)] = directory
    return directories


def with_marker(data: bytes) -> bytes:
    """EXIF data with the marker that JPEG wants in front of it."""
    return _MARKER + data
