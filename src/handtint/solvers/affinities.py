"""How strongly neighbouring pixels are coupled: edge weights from the lightness.

A law turns the lightness into one weight in (0, 1] for each edge of the 8-neighbour graph. With
the contrast of an edge

    d_ij = |L_i - L_j| + a |(G_s * L)_i - (G_s * L)_j|

where ``G_s`` is a Gaussian of standard deviation s pixels, the laws are

    laplace     w_ij = exp(-d_ij / scale) + floor
    gaussian    w_ij = exp(-d_ij^2 / (2 scale^2)) + floor
    levin       w_ij = exp(-(L_i - L_j)^2 / (2 scale^2 v_ij)) + floor
    none        w_ij = 1
    learned     a small model of what is on either side (`handtint.solvers.learned`)

and diagonal edges, which are longer, are divided by sqrt(2). ``v_ij`` is the mean of the variances
of L in the 3x3 windows around i and j, plus 0.03. The second term of the contrast sees the edges
that are wider than a pixel and overlooks grain; with a = 0 the laws are the usual ones.

References
----------
A. Levin, D. Lischinski, Y. Weiss, "Colorization using optimization", ACM Transactions on Graphics
23(3), 2004, doi:10.1145/1015706.1015780. L. Grady, "Random walks for image segmentation", IEEE
TPAMI 28(11), 2006, doi:10.1109/TPAMI.2006.233.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, uniform_filter

from handtint.coefficients import load
from handtint.jit import kernel
from handtint.solvers.features import Texture
from handtint.solvers.grid import DIAGONAL, EdgeWeights, clear_outer_edges, pad, padded_shape
from handtint.solvers.learned import weights_of
from handtint.types import Mask, Plane

LEVIN_VARIANCE_FLOOR = np.float32(0.03)
"""Keeps flat regions from being split by their quantisation, in (percent of white) squared."""


@dataclass(frozen=True, slots=True)
class EdgeLaw:
    """Parameters of a law; see the module's docstring for the formulas.

    Parameters
    ----------
    scale : float
        Contrast at which the coupling has fallen to 1/e (laplace), in percent of white.
    floor : float
        Weight that is left across the strongest edge; colour still passes where nothing stops it.
    smoothing : float
        Standard deviation s of the Gaussian of the second contrast term, in pixels.
    smoothed_share : float
        Factor a of that term; 0 leaves it out.
    coefficients : str
        File of the learned model; empty for the one in the package.
    """

    scale: float = 1.5
    floor: float = 1e-4
    smoothing: float = 1.5
    smoothed_share: float = 2.0
    coefficients: str = ""


def laplace(lightness: Plane, law: EdgeLaw) -> EdgeWeights:
    """Weights that fall exponentially with the contrast."""
    return _by_contrast(lightness, law, squared=False)


def gaussian(lightness: Plane, law: EdgeLaw) -> EdgeWeights:
    """Weights that fall as a Gaussian of the contrast."""
    return _by_contrast(lightness, law, squared=True)


def levin(lightness: Plane, law: EdgeLaw) -> EdgeWeights:
    """Weights that fall with the contrast relative to the local variance (Levin et al. 2004)."""
    mean = uniform_filter(lightness, 3, mode="reflect")
    square = uniform_filter(lightness * lightness, 3, mode="reflect")
    variance = np.maximum(square - mean * mean, 0) + LEVIN_VARIANCE_FLOOR
    weights = np.zeros((4, *padded_shape(_shape(lightness))), np.float32)
    _fill_levin(
        weights, pad(lightness), pad(variance), np.float32(law.scale), np.float32(law.floor)
    )
    return clear_outer_edges(weights, _shape(lightness))


def none(lightness: Plane, law: EdgeLaw) -> EdgeWeights:
    """Weights that ignore the lightness: plain diffusion. ``law`` is not used."""
    weights = np.ones((4, *padded_shape(_shape(lightness))), np.float32)
    weights[2:] = DIAGONAL
    return clear_outer_edges(weights, _shape(lightness))


def learned(lightness: Plane, law: EdgeLaw) -> EdgeWeights:
    """Weights by a learned model; of ``law`` only the coefficients are used."""
    return weights_of(Texture.of(lightness), load(law.coefficients).edges)


LAWS: dict[str, Callable[[Plane, EdgeLaw], EdgeWeights]] = {
    "laplace": laplace,
    "gaussian": gaussian,
    "levin": levin,
    "none": none,
    "learned": learned,
}
"""The laws by name: (lightness (h, w) in [0, 100], parameters) -> weights (4, hp, wp)."""


def with_marks(weights: EdgeWeights, barrier: Mask, ignore: Mask) -> EdgeWeights:
    """Weights after the marks of a person: cut at barriers, open where lightness is not trusted.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Weights by a law; returned unchanged, not copied, when there are no marks.
    barrier, ignore : ndarray, shape (h, w), bool
        Edges that touch a barrier get weight 0; of the others, those that touch an ignored pixel
        get the weight that they would have without any contrast.
    """
    if not (barrier.any() or ignore.any()):
        return weights
    marked = weights.copy()
    marks = np.zeros(weights.shape[1:], np.uint8)
    h, w = barrier.shape
    marks[1 : h + 1, 1 : w + 1] = np.where(barrier, 2, ignore)
    _mark_edges(marked, marks)
    return clear_outer_edges(marked, (h, w))


def _shape(plane: Plane) -> tuple[int, int]:
    h, w = plane.shape
    return h, w


def _by_contrast(lightness: Plane, law: EdgeLaw, *, squared: bool) -> EdgeWeights:
    share = np.float32(law.smoothed_share)
    smooth = lightness
    if share > 0 and law.smoothing > 0:
        smooth = gaussian_filter(lightness, law.smoothing, mode="nearest", truncate=3.0)
    weights = np.zeros((4, *padded_shape(_shape(lightness))), np.float32)
    _fill_contrast(
        weights,
        pad(lightness),
        pad(smooth),
        share,
        np.float32(law.scale),
        np.float32(law.floor),
        squared,
    )
    return clear_outer_edges(weights, _shape(lightness))


@kernel()
def _fill_contrast(
    weights: EdgeWeights,
    fine: Plane,
    smooth: Plane,
    share: np.float32,
    scale: np.float32,
    floor: np.float32,
    squared: bool,
) -> None:
    _, hp, wp = weights.shape
    for k in range(4):
        dy, dx = (0, 1, 1, 1)[k], (1, 0, 1, -1)[k]
        length = np.float32(1.0) if k < 2 else DIAGONAL
        for y in range(1, hp - 1):
            for x in range(1, wp - 1):
                d = abs(fine[y, x] - fine[y + dy, x + dx])
                d += share * abs(smooth[y, x] - smooth[y + dy, x + dx])
                d /= scale
                if squared:
                    d *= np.float32(0.5) * d
                weights[k, y, x] = length * (np.exp(-d) + floor)


@kernel()
def _fill_levin(
    weights: EdgeWeights, fine: Plane, variance: Plane, scale: np.float32, floor: np.float32
) -> None:
    _, hp, wp = weights.shape
    for k in range(4):
        dy, dx = (0, 1, 1, 1)[k], (1, 0, 1, -1)[k]
        length = np.float32(1.0) if k < 2 else DIAGONAL
        for y in range(1, hp - 1):
            for x in range(1, wp - 1):
                d = (fine[y, x] - fine[y + dy, x + dx]) / scale
                v = variance[y, x] + variance[y + dy, x + dx]
                weights[k, y, x] = length * (np.exp(-d * d / max(v, np.float32(1e-6))) + floor)


@kernel()
def _mark_edges(weights: EdgeWeights, marks: NDArray[np.uint8]) -> None:
    _, hp, wp = weights.shape
    for k in range(4):
        dy, dx = (0, 1, 1, 1)[k], (1, 0, 1, -1)[k]
        length = np.float32(1.0) if k < 2 else DIAGONAL
        for y in range(1, hp - 1):
            for x in range(1, wp - 1):
                mark = max(marks[y, x], marks[y + dy, x + dx])
                if mark == 2:
                    weights[k, y, x] = 0
                elif mark == 1:
                    weights[k, y, x] = length
