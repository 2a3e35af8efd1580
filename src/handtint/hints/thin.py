"""Thin strokes in blurred or compressed masks, which have no patch of one colour to be told by."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from handtint.hints.blends import NOISE, mixed_of
from handtint.hints.protocol import Codes
from handtint.jit import kernel
from handtint.types import Mask

_REACH = 4
"""Steps within which the brightness falls to half on both sides of a crest."""

_LEAST_BRIGHTNESS = 48
_LEAST_PIXELS = 9
_FRINGE_SHARE = 0.25
_MOST_INKS = 64
_MOST_PIXELS = 3000


def crests(mask: Codes) -> Mask:
    """Pixels along the middle of thin, bright strokes.

    The brightness of a pixel is its largest channel. A pixel is on a crest when, along a row, a
    column or a diagonal, none within 2 steps is brighter, and on both sides one within 4 steps
    has at most half its brightness.

    Parameters
    ----------
    mask : ndarray, shape (H, W, 3), uint8

    Returns
    -------
    ndarray, shape (H, W), bool
    """
    found = np.zeros(mask.shape[:2], np.bool_)
    _find_crests(mask.max(axis=2), found)
    return found


def thin_inks(
    pixels: NDArray[np.uint8], known: NDArray[np.int16], spread: int
) -> NDArray[np.int16]:
    """Colours of thin strokes, from the pixels along their middle.

    Again and again the most crowded colour (with most pixels within 24 code values) gathers the
    pixels within ``spread`` of it, and makes a stroke colour, unless it has fewer than 9 pixels.
    It is passed over, too, with fewer than a quarter of the pixels of another stroke colour within
    twice the ``spread``, or of both colours (black is one) of which it is a mixture.

    Compression washes thin strokes out. So the stroke colour is the one that is nearest to the
    median of the more saturated half of the pixels.

    Parameters
    ----------
    pixels : ndarray, shape (n, 3), uint8
        Colours along the crests; of very many, an even part is looked at.
    known : ndarray, shape (m, 3), int16
        Stroke colours that are known already; pixels near them are passed over.
    spread : int
        Largest difference of a stroke's pixels from its colour, in code values of any channel.

    Returns
    -------
    ndarray, shape (k, 3), int16
    """
    pixels = pixels[:: max(1, len(pixels) // _MOST_PIXELS)]
    colors, counts = np.unique(pixels.astype(np.int16), axis=0, return_counts=True)
    centers = np.concatenate([np.zeros((1, 3), np.int16), known])
    sizes = [math.inf] * len(centers)
    left = np.ones(len(colors), np.bool_)
    for ink in known:
        left &= ~_near(colors, ink, spread)
    inks: list[NDArray[np.int16]] = []
    while left.any() and len(inks) < _MOST_INKS:
        here, weight = colors[left], counts[left]
        crowd = np.array([weight[_near(here, color, NOISE)].sum() for color in here])
        center = here[int(np.argmax(crowd))]
        members = left & _near(colors, center, spread)
        size = int(counts[members].sum())
        left &= ~members
        rivals = [sizes[k] for k in np.flatnonzero(_near(centers, center, 2 * spread)) if k]
        rivals += [min(sizes[k], sizes[m]) for k, m in mixed_of(center, centers, NOISE)]
        if size < max(_LEAST_PIXELS, _FRINGE_SHARE * max(rivals, default=0)):
            continue
        inks.append(_saturated_median(colors[members], counts[members]))
        centers = np.concatenate([centers, center[None]])
        sizes.append(size)
    return np.array(inks, np.int16).reshape(-1, 3)


def _near(colors: NDArray[np.int16], color: NDArray[np.int16], reach: int) -> Mask:
    near: Mask = np.abs(colors - color).max(axis=1) <= reach
    return near


def _saturated_median(colors: NDArray[np.int16], counts: NDArray[np.int64]) -> NDArray[np.int16]:
    every = np.repeat(colors, counts, axis=0)
    saturation = every.max(axis=1) - every.min(axis=1)
    vivid = every[saturation >= np.median(saturation)]
    nearest: NDArray[np.int16] = vivid[
        int(np.argmin(np.abs(vivid - np.median(vivid, axis=0)).max(axis=1)))
    ]
    return nearest


@kernel()
def _find_crests(brightness: NDArray[np.uint8], found: Mask) -> None:
    height, width = brightness.shape
    for i in range(height):
        for j in range(width):
            value = np.int64(brightness[i, j])
            if value < _LEAST_BRIGHTNESS:
                continue
            for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
                top = True
                fallen = 0
                for side in (-1, 1):
                    low = False
                    for k in range(1, _REACH + 1):
                        y, x = i + side * k * dy, j + side * k * dx
                        if 0 <= y < height and 0 <= x < width:
                            there = np.int64(brightness[y, x])
                            top &= bool(k > 2 or there <= value)
                            low |= bool(2 * there <= value)
                    fallen += low
                if top and fallen == 2:
                    found[i, j] = True
