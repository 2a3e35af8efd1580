"""Parts of a picture that barriers keep from each other's strokes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import label

from handtint.types import HintMap, Mask


def separated(hints: HintMap) -> list[tuple[Mask, HintMap]]:
    """Parts of the picture that barriers keep from each other's hints, with their own hints.

    Returns
    -------
    list of (mask, hints)
        Masks (H, W) are disjoint and cover the picture; the last part may have no hints. One part
        where no barrier parts the hints from anything.
    """
    everywhere = np.ones(hints.shape, np.bool_)
    drawn = replace(hints, weight=np.where(hints.barrier, np.float32(0), hints.weight))
    if not hints.barrier.any() or not drawn.count:
        return [(everywhere, drawn)]
    regions, count = label(~hints.barrier, np.ones((3, 3)))
    if count == 1:
        return [(everywhere, drawn)]
    rest = everywhere.copy()
    parts = []
    for region in np.unique(regions[drawn.weight > 0]):
        inside = regions == region
        rest &= ~inside
        weight = np.where(inside, drawn.weight, np.float32(0))
        parts.append((inside, replace(drawn, weight=weight)))
    if (rest & ~hints.barrier).any():
        parts.append((rest, HintMap.empty(hints.shape)))
    return parts
