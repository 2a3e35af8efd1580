"""OpenRaster: a picture in layers that other painting programs open.

Sources: OpenRaster, "File Layout Specification" and "Layer Stack Specification" (baseline),
https://www.openraster.org; W3C, "Compositing and Blending Level 1", for the operators.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, Literal, cast
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handtint.color.srgb import Bits, Codes
from handtint.io.atomic import check_output, replacing
from handtint.io.icc import srgb_profile
from handtint.io.photo import Metadata
from handtint.io.png_write import write_png

THUMBNAIL_SIDE: Final = 256
_VERSION: Final = "0.0.3"
_LARGEST: Final = 1 << 31
"""Entries that may grow above this are written with the 64-bit extension of the archive."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer, as large as the picture.

    Parameters
    ----------
    name : str
        What it is called in the program that opens it.
    bands : iterable of ndarray, shape (h, W, 3) or (h, W, 4), uint8 or uint16
        sRGB code values and, with 4 channels, opacity: the rows from the top, taken once.
    composite : {"svg:src-over", "svg:color"}
        How it is laid over those below.
    opacity : float, in [0, 1]
        How much of it is laid over.
    visible : bool
        Whether it shows.
    """

    name: str
    bands: Iterable[Codes]
    composite: Literal["svg:src-over", "svg:color"] = "svg:src-over"
    opacity: float = 1.0
    visible: bool = True


def write_openraster(
    path: str | os.PathLike[str],
    layers: Sequence[Layer],
    merged: Iterable[Codes],
    *,
    shape: tuple[int, int],
    dpi: tuple[float, float] | None = None,
    xmp: str | None = None,
    force: bool = False,
) -> None:
    """Write an OpenRaster file: all of it or nothing.

    Parameters
    ----------
    path : path
        Where to; its suffix is .ora.
    layers : sequence of Layer
        The topmost first.
    merged : iterable of ndarray
        The picture that the layers make, in bands like theirs.
    shape : (int, int)
        Height and width of the picture.
    dpi : (float, float), optional
        Horizontal and vertical resolution, in pixels an inch.
    xmp : str, optional
        XMP packet for the merged picture.
    force : bool
        Whether an existing file may be replaced.

    Raises
    ------
    OutputError
        When it may not or cannot be written there; an older file is intact then.
    """
    path = Path(path)
    check_output(path, force=force, suffixes=(".ora",))
    sources = [f"data/layer{index}.png" for index in range(len(layers))]
    thumbnail = _Thumbnail(shape)
    with replacing(path, force=force) as file, zipfile.ZipFile(file, "w") as archive:
        # The first entry, not compressed: the type of the file stands at a fixed place.
        archive.writestr(_info("mimetype"), b"image/openraster")
        stack = _stack(layers, sources, shape, dpi)
        archive.writestr(_info("stack.xml", zipfile.ZIP_DEFLATED), stack)
        for layer, source in zip(layers, sources, strict=True):
            _write_png(archive, source, layer.bands, shape, Metadata(dpi=dpi))
        metadata = Metadata(dpi=dpi, xmp=None if xmp is None else xmp.encode())
        _write_png(archive, "mergedimage.png", thumbnail.watching(merged), shape, metadata)
        archive.writestr(_info("Thumbnails/thumbnail.png"), thumbnail.png())


def _info(name: str, method: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    # The time of the archive's format's beginning: the same layers give the same bytes.
    info = zipfile.ZipInfo(name)
    info.compress_type = method
    info.external_attr = 0o644 << 16
    info.create_system = 3
    return info


def _stack(
    layers: Sequence[Layer],
    sources: Sequence[str],
    shape: tuple[int, int],
    dpi: tuple[float, float] | None,
) -> bytes:
    resolution = "" if dpi is None else f' xres="{round(dpi[0])}" yres="{round(dpi[1])}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<image version="{_VERSION}" w="{shape[1]}" h="{shape[0]}"{resolution}>',
        " <stack>",
    ]
    for layer, source in zip(layers, sources, strict=True):
        visibility = "visible" if layer.visible else "hidden"
        lines.append(
            f'  <layer name={quoteattr(layer.name)} src="{source}" x="0" y="0" '
            f'opacity="{layer.opacity:g}" visibility="{visibility}" '
            f'composite-op="{layer.composite}"/>'
        )
    return "\n".join([*lines, " </stack>", "</image>", ""]).encode()


def _write_png(
    archive: zipfile.ZipFile,
    name: str,
    bands: Iterable[Codes],
    shape: tuple[int, int],
    metadata: Metadata,
) -> None:
    rest = iter(bands)
    first = next(rest)
    bits: Bits = 8 if first.dtype == np.uint8 else 16
    whole = (*shape, first.shape[2])
    large = int(np.prod(whole)) * bits // 8 > _LARGEST
    # PNG is compressed already.
    with archive.open(_info(name), "w", force_zip64=large) as file:
        write_png(
            cast("BinaryIO", file), chain([first], rest), shape=whole, bits=bits, metadata=metadata
        )


class _Thumbnail:
    """A small picture, made from the bands of a large one while they pass."""

    def __init__(self, shape: tuple[int, int]) -> None:
        h, w = shape
        scale = min(1.0, THUMBNAIL_SIDE / max(shape))
        self._shape = max(1, round(h * scale)), max(1, round(w * scale))
        self._full = shape
        self._rows: list[NDArray[np.uint8]] = []
        self._done = 0

    def watching(self, bands: Iterable[Codes]) -> Iterator[Codes]:
        """The bands; on their way, rows are picked and averaged."""
        step = max(1, self._full[0] // (4 * self._shape[0]))
        for band in bands:
            eight = band if band.dtype == np.uint8 else (band >> 8).astype(np.uint8)
            self._rows.extend(np.array(row) for row in eight[-self._done % step :: step])
            self._done += len(band)
            yield band

    def png(self) -> bytes:
        """The thumbnail as a PNG file."""
        small = Image.fromarray(np.stack(self._rows)).resize(
            (self._shape[1], self._shape[0]), Image.Resampling.BOX
        )
        buffer = BytesIO()
        small.save(buffer, "PNG", icc_profile=srgb_profile())
        return buffer.getvalue()
