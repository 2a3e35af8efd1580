"""An opened picture file: what it says of itself, and its samples block by block."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from handtint.color.srgb import Bits, Codes
from handtint.errors import PhotoError
from handtint.io.photo import Format

Model: TypeAlias = Literal["grey", "rgb", "cmyk"]

CHANNELS: Final[dict[Model, int]] = {"grey": 1, "rgb": 3, "cmyk": 4}
"""Colour channels of each model."""

BLOCK_SAMPLES: Final = 1 << 21
"""About how many samples a block holds where the format leaves a choice."""


class Block(NamedTuple):
    """A rectangle of samples.

    Parameters
    ----------
    row, column : int
        Place of its upper left pixel in the stored picture.
    samples : ndarray, shape (h, w, C), uint8 or uint16
        The colour channels, then opacity if the picture has it.
    """

    row: int
    column: int
    samples: Codes


@dataclass(slots=True)
class Raster:
    """A picture as its file holds it: not turned, its colours not converted.

    Parameters
    ----------
    format : {"PNG", "JPEG", "WEBP", "TIFF", "BMP"}
        Format of the file.
    shape : (int, int)
        Height and width, as stored.
    model : {"grey", "rgb", "cmyk"}
        What the colour channels are: 0 is black, in CMYK 0 is no ink.
    bits : {8, 16}
        Depth of the samples; CMYK has 8.
    blocks : iterator of Block
        The samples, decoded when asked for; the blocks tile the picture.
    alpha : bool
        Whether opacity follows the colour channels.
    icc, exif : bytes, optional
        The profile, and the EXIF data with its orientation set to 1.
    orientation : int, 1 to 8
        How the picture is to be turned.
    dpi : (float, float), optional
        Horizontal and vertical resolution as stored, in pixels an inch.
    lossy : bool
        Whether the compression changed the samples.
    warnings : list of str
        What could not be taken as it stands.
    """

    format: Format
    shape: tuple[int, int]
    model: Model
    bits: Bits
    blocks: Iterator[Block]
    alpha: bool = False
    icc: bytes | None = None
    exif: bytes | None = None
    orientation: int = 1
    dpi: tuple[float, float] | None = None
    lossy: bool = False
    warnings: list[str] = field(default_factory=list)


def check_size(height: int, width: int, max_pixels: int) -> None:
    """Refuse a picture without pixels or with more than ``max_pixels``; raises `PhotoError`."""
    if height < 1 or width < 1:
        raise PhotoError(f"the picture has no pixels ({width} x {height})")
    if height * width > max_pixels:
        raise PhotoError(
            f"{width} x {height} pixels are {height * width / 1e6:.4g} megapixels, more than the "
            f"limit of {max_pixels / 1e6:.4g}; --max-megapixels "
            f"{-(-height * width // 1_000_000)} lifts it"
        )


def rows_per_block(samples_per_row: int) -> int:
    """How many rows make a block of about `BLOCK_SAMPLES` samples."""
    return max(1, BLOCK_SAMPLES // samples_per_row)


@contextmanager
def noting_pillow(notes: list[str]) -> Iterator[None]:
    """Turn Pillow's warnings into ``notes`` of the picture."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", category=UserWarning, module="PIL")
        yield
    notes.extend(
        " ".join(str(w.message).split()) for w in caught if issubclass(w.category, UserWarning)
    )
