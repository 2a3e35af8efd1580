"""Strokes painted on the photo itself: what differs from the photo is a stroke."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from handtint.hints.colortable import code_counts
from handtint.hints.protocol import Codes
from handtint.jit import kernel
from handtint.types import Mask

EXACT_TOLERANCE = 3
"""Least difference, in code values, from an exact copy of the photo that makes a stroke."""

NOISY_CHROMA_TOLERANCE, NOISY_LIGHT_TOLERANCE = 8, 10
"""The same for a copy that was compressed or edited, in the chroma and in the lightness."""

_NOISE_FACTOR = 4
_SURE_FACTOR = 2
_NOISY_SHARE = 0.1
_SMALLEST_NOISY_STROKE = 25
_EIGHT = np.ones((3, 3), np.bool_)


def marked_pixels(picture: Codes, gray: Codes) -> Mask:
    """Pixels of a marked photo that were painted.

    The photo under the strokes may be toned, of other contrast, or compressed again: its look is
    first estimated as one tone curve a channel, the most frequent code value at each grey of the
    photo. Let d(x) be the difference of the picture from that look, c(x) = max d − min d over the
    channels its chroma, and l(x) = |mean d| its lightness. A pixel is painted when c or l is at
    least a tolerance, 4 times the 60 % quantile of c or l (of which strokes leave the noise in
    the majority) and no less than a floor; and when

    - its connected part reaches twice the tolerance somewhere,
    - it is no border blend: c is at least half the largest c next to it,
    - for noisy pictures, it lies in a painted square of 3 by 3 pixels.

    Parameters
    ----------
    picture : ndarray, shape (H, W, 3), uint8
        The photo with strokes on it.
    gray : ndarray, shape (H, W), uint8
        The photo.

    Returns
    -------
    ndarray, shape (H, W), bool
    """
    chroma, light = np.empty(gray.shape, np.uint8), np.empty(gray.shape, np.uint8)
    _differences(picture, gray, _tone_curves(picture, gray), chroma, light)
    larger = np.maximum(chroma, light)
    noisy = np.count_nonzero((larger >= 2) & (larger < 8)) > _NOISY_SHARE * gray.size
    del larger
    chroma_floor, light_floor = EXACT_TOLERANCE, EXACT_TOLERANCE
    if noisy:
        chroma_floor, light_floor = NOISY_CHROMA_TOLERANCE, NOISY_LIGHT_TOLERANCE
    of_chroma = max(chroma_floor, _NOISE_FACTOR * _quantile(chroma))
    of_light = max(light_floor, _NOISE_FACTOR * _quantile(light))
    sure = (chroma >= _SURE_FACTOR * of_chroma) | (light >= _SURE_FACTOR * of_light)
    # Compression smears chroma over two pixels, a soft brush over one.
    strongest = ndimage.maximum_filter(chroma, 5 if noisy else 3)
    blend = (strongest >= of_chroma) & (chroma < strongest // 2)
    painted = ((chroma >= of_chroma) | (light >= of_light)) & ~blend
    if noisy:
        painted = ndimage.binary_opening(painted, _EIGHT)
    return _parts_with(sure, painted, _SMALLEST_NOISY_STROKE if noisy else 1)


def _parts_with(sure: Mask, painted: Mask, smallest: int) -> Mask:
    """The 8-connected parts of ``painted`` of at least some size that contain a sure pixel."""
    labels, count = ndimage.label(painted, _EIGHT)
    sizes, sure_sizes = np.zeros((2, count + 1), np.int64)
    _measure_parts(labels, sure, sizes, sure_sizes)
    kept = (sizes >= smallest) & (sure_sizes > 0)
    kept[0] = False
    parts: Mask = kept[labels]
    return parts


def _quantile(codes: Codes) -> int:
    return int(np.searchsorted(np.cumsum(code_counts(codes)), 0.6 * codes.size))


def _tone_curves(picture: Codes, gray: Codes) -> NDArray[np.int32]:
    """For each channel and grey code value, the most frequent offset from the grey."""
    histogram = np.zeros((3, 256, 511), np.int32)
    _count_offsets(picture, gray, histogram)
    # Undrawn pixels have one offset over many greys; a stroke of one colour has one offset only
    # at one grey, so that smoothing along the greys tells the two apart.
    smooth = ndimage.gaussian_filter(histogram.astype(np.float32), (0, 8, 1), mode="constant")
    curves: NDArray[np.int32] = np.argmax(smooth, axis=2).astype(np.int32) - 255
    return curves


@kernel()
def _measure_parts(
    labels: NDArray[np.int32],
    sure: Mask,
    sizes: NDArray[np.int64],
    sure_sizes: NDArray[np.int64],
) -> None:
    height, width = labels.shape
    for i in range(height):
        for j in range(width):
            sizes[labels[i, j]] += 1
            sure_sizes[labels[i, j]] += sure[i, j]


@kernel()
def _count_offsets(picture: Codes, gray: Codes, histogram: NDArray[np.int32]) -> None:
    height, width = gray.shape
    for i in range(height):
        for j in range(width):
            code = np.int64(gray[i, j])
            for channel in range(3):
                histogram[channel, code, np.int64(picture[i, j, channel]) - code + 255] += 1


@kernel()
def _differences(
    picture: Codes, gray: Codes, curves: NDArray[np.int32], chroma: Codes, light: Codes
) -> None:
    height, width = gray.shape
    for i in range(height):
        for j in range(width):
            code = np.int64(gray[i, j])
            red = np.int64(picture[i, j, 0]) - code - curves[0, code]
            green = np.int64(picture[i, j, 1]) - code - curves[1, code]
            blue = np.int64(picture[i, j, 2]) - code - curves[2, code]
            spread = max(red, green, blue) - min(red, green, blue)
            chroma[i, j] = min(spread, 255)
            light[i, j] = min(abs(red + green + blue) // 3, 255)
