"""Parts of a picture whose errors tell different things: edges, texture, far from hints.

==========  ====================================================  =================================
Region      Pixels                                                What an error there says
==========  ====================================================  =================================
`edges`     within 4 pixels of a strong edge of the lightness     colour bleeds, or stops too early
`texture`   the third with the most local contrast, of the rest   colour is mottled or held up
`farthest`  the quarter that is farthest from any hint            colour does not get there
==========  ====================================================  =================================
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from handtint.types import HintMap, Mask, Plane

EDGE_BLUR: Final = 1.0
EDGE_QUANTILE: Final = 0.95
EDGE_REACH: Final = 4
TEXTURE_WINDOW: Final = 2.0
TEXTURE_SHARE: Final = 1 / 3
FAR_SHARE: Final = 0.25


def edges(lightness: Plane) -> Mask:
    """Pixels near strong edges.

    The gradient is that of Scharr's 3x3 filters after a Gaussian blur of sigma 1. Strong edges
    are the pixels where its magnitude is above its 95 % quantile; the region is what lies within
    4 pixels of one, by Euclidean distance.

    Parameters
    ----------
    lightness : ndarray, shape (H, W), float32

    Returns
    -------
    ndarray, shape (H, W), bool
        Empty where the lightness is constant.
    """
    soft = ndimage.gaussian_filter(lightness, EDGE_BLUR)
    magnitude = np.hypot(_scharr(soft, 0), _scharr(soft, 1))
    strong = magnitude > np.quantile(magnitude, EDGE_QUANTILE)
    return _within(strong, EDGE_REACH)


def texture(lightness: Plane, near_edges: Mask) -> Mask:
    """Textured pixels away from strong edges.

    Local contrast is the standard deviation of the lightness under a Gaussian window of sigma 2,
    over pixels outside ``near_edges`` alone, so that an edge is no texture to its surroundings. Of
    these pixels the region holds those whose contrast is above the two-thirds quantile.

    Parameters
    ----------
    lightness : ndarray, shape (H, W), float32
    near_edges : ndarray, shape (H, W), bool
        What `edges` found.

    Returns
    -------
    ndarray, shape (H, W), bool
        Empty where all is equally smooth.
    """
    rest = ~near_edges
    if not rest.any():
        return rest
    share = rest.astype(np.float64)
    light = np.where(rest, lightness, 0).astype(np.float64)
    total = np.maximum(_window(share), 1e-9)
    mean = _window(light) / total
    variance = np.maximum(_window(light**2) / total - mean**2, 1e-6)
    found: Mask = rest & (variance > np.quantile(variance[rest], 1 - TEXTURE_SHARE))
    return found


def farthest(hints: HintMap) -> Mask:
    """The quarter of the pixels that is farthest from any hint, by Euclidean distance.

    Returns
    -------
    ndarray, shape (H, W), bool
        Those above the three-quarters quantile of the distance; empty without hints.
    """
    drawn = hints.weight > 0
    if not drawn.any():
        return drawn
    distance = ndimage.distance_transform_edt(~drawn)
    found: Mask = distance > np.quantile(distance, 1 - FAR_SHARE)
    return found


def mean_within(values: Plane, region: Mask) -> float | None:
    """Mean over a region; None where it is empty."""
    return float(values[region].mean(dtype=np.float64)) if region.any() else None


def _window(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    soft: NDArray[np.float64] = ndimage.gaussian_filter(plane, TEXTURE_WINDOW)
    return soft


def _scharr(plane: Plane, axis: int) -> NDArray[np.float32]:
    slope = ndimage.correlate1d(plane, [-0.5, 0.0, 0.5], axis)
    smoothed: NDArray[np.float32] = ndimage.correlate1d(slope, [3 / 16, 10 / 16, 3 / 16], 1 - axis)
    return smoothed


def _within(mask: Mask, reach: float) -> Mask:
    if not mask.any():
        return mask
    near: Mask = ndimage.distance_transform_edt(~mask) <= reach
    return near
