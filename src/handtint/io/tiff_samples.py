"""Samples of TIFF files, of whatever depth and sign, as 8- or 16-bit code values.

=======================  ======  =========================================================
Samples                  Result  Full scale
=======================  ======  =========================================================
1 to 8 bits, unsigned    8 bits  2 ** n - 1
9 to 16 bits, unsigned   16      2 ** n - 1; 16 bits with MaxSampleValue 4095 count as 12
16 bits, all below 4096  16      4095, with a warning, if a value is over 1023
float within [0, 1]      16      1
32 bits, unsigned        16      2 ** 32 - 1 if the top bit is used
anything else            16      least to largest value, with a warning
=======================  ======  =========================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import tifffile
from numpy.typing import NDArray

from handtint.color.srgb import Bits, Codes
from handtint.io.conversion import to_bits
from handtint.io.raster import Block

Segment: TypeAlias = tuple[int, int, NDArray[Any]]
"""Row, column and samples (h, w, C) as stored."""

_MAX_SAMPLE_VALUE: Final = 281
_ASSOCIATED: Final = 1
_UNASSOCIATED: Final = 2
_WHITE_IS_ZERO: Final = 0
PALETTE: Final = 3
"""Photometric interpretation of pictures whose samples are numbers of colours."""
_CMYK: Final = 5
_TWELVE_BITS: Final = 4095


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """The samples of a page, as they are stored.

    Parameters
    ----------
    segments : callable
        Starts the decoding of its strips or tiles; may be called more than once.
    page : TiffPage
        The page.
    dtype : dtype
        Of its samples.
    colours : int
        Channels before the extra ones; 1 for a palette.
    """

    segments: Callable[[], Iterator[Segment]]
    page: tifffile.TiffPage
    dtype: np.dtype[Any]
    colours: int

    def colour_samples(self) -> Iterator[NDArray[Any]]:
        """The samples without the extra channels, segment by segment."""
        return (samples[..., : self.colours] for _, _, samples in self.segments())


@dataclass(frozen=True, slots=True)
class Scale:
    """How samples become code values: ``low`` to 0, ``high`` to the largest one."""

    low: float
    high: float
    bits: Bits

    def codes(self, samples: NDArray[Any]) -> Codes:
        """Code values of ``samples``; not-a-number counts as ``low``."""
        top = (1 << self.bits) - 1
        if samples.dtype.kind == "u" and (self.low, self.high) == (0, top):
            return _as_codes(samples, self.bits)
        work = np.float32 if samples.dtype.itemsize <= 2 or samples.dtype.kind == "f" else float
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = np.subtract(samples, self.low, dtype=work)
            if self.high > self.low:
                scaled *= top / (self.high - self.low)
        np.nan_to_num(scaled, copy=False, nan=0.0)
        return _as_codes(np.rint(np.clip(scaled, 0, top, out=scaled), out=scaled), self.bits)


def _as_codes(whole: NDArray[Any], bits: Bits) -> Codes:
    if bits == 8:
        return whole.astype(np.uint8, copy=False)
    return whole.astype(np.uint16, copy=False)


def read_samples(stored: Stored, notes: list[str]) -> tuple[Bits, bool, Iterator[Block]]:
    """How a page is to be read: depth, whether it has opacity, and its blocks.

    What cannot be taken as it stands is added to ``notes``.
    """
    page, colours = stored.page, stored.colours
    palette = _palette(page)
    scale = _scale(stored, notes) if palette is None else Scale(0, 255, 8)
    extra = page.extrasamples[0] if page.extrasamples else 0
    alpha = (
        page.samplesperpixel > colours
        and extra in {_ASSOCIATED, _UNASSOCIATED}
        and stored.dtype.kind in "bu"
        and stored.dtype.itemsize <= 2
    )
    if page.samplesperpixel > colours + alpha:
        notes.append(f"it has {page.samplesperpixel - colours - alpha} extra channels; left out")
    reduced = int(page.photometric) == _CMYK and scale.bits == 16
    if reduced:
        notes.append("its 16-bit CMYK was cut to 8 bits")
    inverted = int(page.photometric) == _WHITE_IS_ZERO

    def blocks() -> Iterator[Block]:
        for row, column, samples in stored.segments():
            colour = samples[..., :colours]
            if palette is not None:
                codes: Codes = palette[colour[..., 0]]
            else:
                codes = scale.codes(colour)
            if inverted:
                codes = np.invert(codes)
            if alpha:
                opacity = scale.codes(samples[..., colours : colours + 1])
                if extra == _ASSOCIATED:
                    codes = _unassociated(codes, opacity)
                codes = np.concatenate([codes, opacity], axis=2)
            yield Block(row, column, to_bits(codes, 8) if reduced else codes)

    return 8 if reduced else scale.bits, alpha, blocks()


def _palette(page: tifffile.TiffPage) -> NDArray[np.uint8] | None:
    """Colours of a palette, shape (n, 3); None where there is none."""
    if int(page.photometric) != PALETTE:
        return None
    if page.colormap is None or page.colormap.ndim != 2:
        raise ValueError("its palette is missing")
    table = np.asarray(page.colormap, np.uint16).T
    # The upper byte, as libtiff has it: writers store 8 bits times 257 or times 256. Some forget
    # that the entries have 16 bits.
    return (table if table.max(initial=0) < 256 else table >> 8).astype(np.uint8)


def _scale(stored: Stored, notes: list[str]) -> Scale:
    kind, depth = stored.dtype.kind, int(stored.page.bitspersample)
    if kind in "bu" and depth <= 8:
        return Scale(0, (1 << depth) - 1, 8)
    if kind == "u" and depth <= 16:
        return Scale(0, _full_scale(stored, notes), 16)
    low, high, strange = _extent(stored)
    if strange:
        notes.append(f"{strange} of its samples are no finite numbers; they were clipped")
    if kind == "f" and low >= 0 and high <= 1:
        return Scale(0, 1, 16)
    if kind == "u" and depth == 32 and high >= 2**31:
        return Scale(0, 2**32 - 1, 16)
    notes.append(f"its samples reach from {low:g} to {high:g}; they were scaled to full range")
    return Scale(low, high, 16)


def _full_scale(stored: Stored, notes: list[str]) -> int:
    if stored.page.bitspersample < 16:
        return (1 << int(stored.page.bitspersample)) - 1
    declared = stored.page.tags.valueof(_MAX_SAMPLE_VALUE)
    if declared is not None:
        largest = int(np.max(declared))
        is_depth = largest.bit_count() == largest.bit_length() and 8 < largest.bit_length() < 16
        return largest if is_depth else 65535
    largest = 0
    for samples in stored.colour_samples():
        largest = max(largest, int(samples.max(initial=0)))
        if largest > _TWELVE_BITS:
            return 65535
    if largest <= _TWELVE_BITS // 4:
        return 65535
    notes.append(f"its 16-bit samples reach only {largest}; they were taken as 12 bits")
    return _TWELVE_BITS


def _extent(stored: Stored) -> tuple[float, float, int]:
    """Least and largest finite sample, and the number of samples that are not finite."""
    low, high, strange = np.inf, -np.inf, 0
    for samples in stored.colour_samples():
        finite = samples[np.isfinite(samples)]
        strange += samples.size - finite.size
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return (low, high, strange) if low <= high else (0.0, 0.0, strange)


def _unassociated(codes: Codes, opacity: Codes) -> Codes:
    """Code values divided by their opacity, with which they were stored multiplied."""
    top = np.float32(np.iinfo(codes.dtype).max)
    divisor = np.where(opacity == 0, top, opacity).astype(np.float32)
    whole = np.rint(np.minimum(codes * (top / divisor), top))
    return _as_codes(whole, 8 if codes.dtype == np.uint8 else 16)
