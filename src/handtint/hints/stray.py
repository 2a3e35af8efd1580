"""Stray colours: what soft brushes, resampling and JPEG make of a hard-edged RGB mask.

A hard-edged mask has few colours, each of them meant. Blurring puts blends between them, JPEG
adds noise; as hints, both are wrong colours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handtint.errors import HintError
from handtint.hints.blends import BLEND, CORE, NOISE, SLACK, SOLID, UNDRAWN, classify, mixed_of
from handtint.hints.colortable import color_index, distinct_colors, packed, unpacked
from handtint.hints.detect import painted_pixels
from handtint.hints.protocol import Codes
from handtint.hints.thin import crests, thin_inks
from handtint.jit import kernel
from handtint.types import Mask

SNAP = 48
"""Largest difference from a stroke colour that is still taken for it, next to its stroke."""

_DARK = 24
_HARD_SHARE = 0.08
_LEAST_PIXELS = 9
_MOST_INKS, _MOST_CANDIDATES = 64, 128


@dataclass(frozen=True, slots=True)
class StrayColours:
    """How much of a mask is stray, that is, would be changed by `clean`.

    Parameters
    ----------
    pixels : int
        Number of stray pixels.
    colours : int
        Number of different colours that these have.
    drawn : int
        Number of drawn pixels, stray or not.
    """

    pixels: int
    colours: int
    drawn: int

    @property
    def share(self) -> float:
        """Stray part of the drawn pixels, in [0, 1]; 0 for an empty mask."""
        return self.pixels / max(self.drawn, 1)


def stray_colours(mask: Codes) -> StrayColours:
    """Count the pixels and colours of an RGB mask that `clean` would change.

    Parameters
    ----------
    mask : ndarray, shape (H, W, 3), uint8
        Black is undrawn.

    Returns
    -------
    StrayColours
        No pixels and no colours for a hard-edged mask.
    """
    drawn = painted_pixels(mask)
    stray = drawn & (_cleaned(mask) != mask).any(axis=2)
    return StrayColours(
        pixels=int(np.count_nonzero(stray)),
        colours=distinct_colors(mask, stray).size,
        drawn=int(np.count_nonzero(drawn)),
    )


def clean(mask: Codes) -> Codes:
    """A mask of the dominant stroke colours alone.

    1. A drawn pixel is a *blend* when, along a line through it, each channel rises or falls
       evenly over 3 or over 5 pixels, and the colour differs from those at both ends; else it
       belongs to the *core*. The mask is hard-edged, and returned as it is, when at most 8 % of
       the pixels at edges are blends.
    2. The most frequent colours of the core become the stroke colours, each with the colours
       within 24 code values as its noise; unless they are mostly blends, or neither fill solid
       patches nor repeat one exact colour that is no mixture of others. Where bright, thin strokes
       have other colours along their middle (`handtint.hints.thin`), these are added, and the
       middle belongs to the core.
    3. Core pixels take the nearest stroke colour within 48 code values, unless black is nearer.
       Blends do so only next to a core pixel of this colour. All others become undrawn.
    4. Twice: a drawn pixel takes the stroke colour of at least five of its eight neighbours, and
       becomes undrawn when fewer than two have its own, or more have another one.

    Parameters
    ----------
    mask : ndarray, shape (H, W, 3), uint8
        Black is undrawn.

    Returns
    -------
    ndarray, shape (H, W, 3), uint8
        No pixel is drawn that was not.

    Raises
    ------
    HintError
        When no stroke colour can be told from the blends.
    """
    cleaned = _cleaned(mask)
    if painted_pixels(mask).any() and not painted_pixels(cleaned).any():
        raise HintError(
            "the mask has blended colours only; paint with a hard brush, without antialiasing, "
            "and save as PNG"
        )
    return cleaned


def _cleaned(mask: Codes) -> Codes:
    classes = np.zeros(mask.shape[:2], np.uint8)
    edges, blends = classify(mask, classes)
    if blends <= _HARD_SHARE * edges:
        return mask
    codes = distinct_colors(mask, classes > UNDRAWN)
    index = color_index(codes)
    counts = np.zeros((codes.size, 4), np.int64)
    _count(mask, classes, index, counts)
    colors = unpacked(codes).astype(np.int16)
    inks = _stroke_colors(colors, counts, int(np.count_nonzero(classes == UNDRAWN)))
    middle = crests(mask)
    thin = thin_inks(mask[middle], inks, SNAP)
    if len(thin):
        inks = np.concatenate([inks, thin])[:_MOST_INKS]
        classes[middle & (classes == BLEND)] = CORE
    labels = np.zeros(mask.shape[:2], np.uint8)
    _label(mask, classes, index, _nearest_ink(colors, inks), labels)
    for _ in range(2):
        labels = _settled(labels, classes)
    return np.concatenate([np.zeros((1, 3), np.uint8), inks.astype(np.uint8)])[labels]


def _stroke_colors(
    colors: NDArray[np.int16], counts: NDArray[np.int64], undrawn: int
) -> NDArray[np.int16]:
    """The dominant colours among ``colors``, given how often each is undrawn, blend, core, solid.

    Solid pixels are those of the core in a patch of 3 by 3 of one colour.
    """
    solid, core = counts[:, SOLID], counts[:, CORE] + counts[:, SOLID]
    dark = colors.max(axis=1) <= _DARK
    inks: list[NDArray[np.int16]] = []
    patches = exact = 0
    left = ~dark & (core > 0)
    for _ in range(_MOST_CANDIDATES):
        if not left.any() or len(inks) >= _MOST_INKS:
            break
        top = int(np.argmax(np.where(left, core, 0)))
        near = _distance(colors, colors[top]) <= NOISE
        members = near & left
        left &= ~near
        weight = core[members].sum()
        if weight < max(_LEAST_PIXELS, 0.4 * counts[near].sum()):
            continue
        is_solid = solid[members].sum() >= max(_LEAST_PIXELS, 0.25 * weight)
        # Thin strokes have no solid patch, but noise and blends seldom repeat a colour.
        is_repeated = core[top] >= max(_LEAST_PIXELS, 0.1 * weight)
        if is_solid or (is_repeated and not _is_mixture(colors[top], inks)):
            found = [top, *_twins(colors, solid, core, members, top)]
            inks.extend(colors[found])
            exact += solid[found].sum()
            patches += solid[members].sum()
    # Painted black, (1, 1, 1), is told from black that noise made brighter by its single colour,
    # by strokes without noise, and by pure black in the rest of the mask.
    dark_solid = np.where(dark, solid, 0)
    black = int(np.argmax(dark_solid))
    alone = dark_solid[black] >= max(_LEAST_PIXELS, 0.8 * dark_solid.sum())
    if alone and exact >= 0.7 * patches and core[black] <= undrawn:
        inks.append(colors[black])
    return np.array(inks[:_MOST_INKS], np.int16).reshape(-1, 3)


def _twins(
    colors: NDArray[np.int16],
    solid: NDArray[np.int64],
    core: NDArray[np.int64],
    members: Mask,
    top: int,
) -> list[int]:
    """Indices of colours that are as near to a stroke colour as its noise, but too frequent."""
    often = members & (solid >= _LEAST_PIXELS) & (core >= 0.1 * core[top])
    often[top] = False
    twins: list[int] = []
    for twin in np.flatnonzero(often):
        around = _distance(colors, colors[twin]) <= SLACK
        if core[twin] >= 0.5 * core[around].sum():
            twins.append(int(twin))
    return twins


def _is_mixture(color: NDArray[np.int16], inks: list[NDArray[np.int16]]) -> bool:
    """Whether a colour lies between two inks, or between an ink and black."""
    return bool(mixed_of(color, np.array([np.zeros(3), *inks], np.int16), 1.5 * SLACK))


def _nearest_ink(colors: NDArray[np.int16], inks: NDArray[np.int16]) -> NDArray[np.uint8]:
    """For each colour, 1 + the index of its ink; 0 if there is none, or black is nearer."""
    brightest = colors.max(axis=1)
    least = np.minimum(brightest, SNAP + 1)
    label = np.zeros(len(colors), np.uint8)
    for number, ink in enumerate(inks, start=1):
        distance = _distance(colors, ink)
        nearer = distance < least
        least[nearer], label[nearer] = distance[nearer], number
    label[(brightest <= _DARK) & (least > 0)] = 0
    return label


def _distance(colors: NDArray[np.int16], color: NDArray[np.int16]) -> NDArray[np.int16]:
    distance: NDArray[np.int16] = np.abs(colors - color).max(axis=1)
    return distance


@kernel()
def _count(
    mask: Codes, classes: NDArray[np.uint8], index: NDArray[np.int32], counts: NDArray[np.int64]
) -> None:
    height, width = classes.shape
    for i in range(height):
        for j in range(width):
            if classes[i, j] != UNDRAWN:
                counts[index[packed(mask, i, j)], classes[i, j]] += 1


@kernel()
def _label(
    mask: Codes,
    classes: NDArray[np.uint8],
    index: NDArray[np.int32],
    ink_of: NDArray[np.uint8],
    labels: NDArray[np.uint8],
) -> None:
    """Label the core by the nearest ink, then the blends that touch their ink's core."""
    height, width = classes.shape
    for i in range(height):
        for j in range(width):
            if classes[i, j] >= CORE:
                labels[i, j] = ink_of[index[packed(mask, i, j)]]
    for i in range(height):
        for j in range(width):
            if classes[i, j] == BLEND:
                ink = ink_of[index[packed(mask, i, j)]]
                for k in range(max(i - 1, 0), min(i + 2, height)):
                    for m in range(max(j - 1, 0), min(j + 2, width)):
                        if classes[k, m] >= CORE and labels[k, m] == ink:
                            labels[i, j] = ink


@kernel()
def _settled(labels: NDArray[np.uint8], classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One pass of the majority rule over the drawn pixels."""
    height, width = labels.shape
    settled = labels.copy()
    votes = np.zeros(256, np.int64)
    for i in range(height):
        for j in range(width):
            if classes[i, j] == UNDRAWN:
                continue
            own = labels[i, j]
            rows = (max(i - 1, 0), min(i + 2, height))
            columns = (max(j - 1, 0), min(j + 2, width))
            for k in range(rows[0], rows[1]):
                for m in range(columns[0], columns[1]):
                    votes[labels[k, m]] += 1
            votes[own] -= 1
            votes[UNDRAWN] = 0
            first = own
            for k in range(rows[0], rows[1]):
                for m in range(columns[0], columns[1]):
                    if votes[labels[k, m]] > votes[first]:
                        first = labels[k, m]
            if votes[first] >= 5:
                settled[i, j] = first
            elif own != first or votes[own] < 2:
                settled[i, j] = 0
            for k in range(rows[0], rows[1]):
                for m in range(columns[0], columns[1]):
                    votes[labels[k, m]] = 0
    return settled
