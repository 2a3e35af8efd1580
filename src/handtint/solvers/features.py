"""What the lightness looks like at a pixel and across an edge: input of the learned models.

`Texture` holds planes that are computed once a photo: blurred lightness, gradients, local
deviations, coherence. `edge_features` describes each edge of the 8-neighbour graph by them: how
strong the step is at several scales, what stands on either side of it, how it compares with its
neighbourhood. All are symmetric under mirroring and turning the picture, and under swapping the
two ends of an edge.

References
----------
L. Xu, Q. Yan, Y. Xia, J. Jia, "Structure extraction from texture via relative total variation",
ACM Transactions on Graphics 31(6), 2012, doi:10.1145/2366145.2366158 (``variation``). W. Förstner,
E. Gülch, "A fast operator for detection and precise location of distinct points", 1987
(``coherence``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter, uniform_filter

from handtint.jit import kernel
from handtint.solvers.grid import OFFSETS
from handtint.types import Plane

Planes = NDArray[np.float32]

MARGIN = 5
"""Ring, in pixels, by which planes are extended before edges look past their ends."""

BINS = 8
"""Lightness bins of the local histograms."""

EDGE_FEATURES = (
    *(f"step of the lightness, blurred by {s}" for s in (0, 1, 2, 4)),
    *(f"gradient of the lightness, blurred by {s}" for s in (0, 1, 2, 4)),
    "deviation in 5x5",
    "deviation in 15x15",
    "step between 5x5 boxes on either side",
    "the same relative to their deviation",
    "difference of their log deviations",
    "step between 7x7 boxes farther away",
    "distance of their histograms",
    "lightness of the darker end",
    "lightness of the lighter end",
    "range in 3x3",
    "Laplacian",
    "coherence",
    "variation",
    "step compared with the steps before and after",
    "step along the edge by the gradient, blurred by 2",
    "gradient, blurred by 4, relative to its mean in the picture",
    "mean gradient of the picture",
    "diagonal",
)
"""What each row of `edge_features` is, before its logarithm is taken."""

_OFFSETS_OF_LOG = np.array(
    [0.2] * 4
    + [0.2] * 4
    + [0.3, 0.3, 0.3, 0.1, 0.1, 0.3, 0.02, 5, 5, 0.3, 0.2, 0.2, 0.2, 0.1]
    + [0.1, 0.1, 0.1, 1.0],
    np.float32,
)


@dataclass(frozen=True, slots=True)
class Texture:
    """Planes ``(h, w)`` float32 of a lightness in percent of white.

    Parameters
    ----------
    lightness : ndarray
        The lightness itself.
    blurred : tuple of ndarray
        It, blurred by Gaussians of standard deviation 1, 2 and 4 pixels.
    slopes : tuple of (ndarray, ndarray)
        Row and column derivative of the lightness and of each blurred one, a pixel.
    gradients : tuple of ndarray
        Their magnitudes.
    near, wide : ndarray
        Standard deviation in 5x5 and 15x15 pixels.
    laplacian : ndarray
        Mean in 5x5 of the distance to the mean in 3x3.
    coherence : ndarray, in [0, 1]
        (e1 - e2) / (e1 + e2) of the structure tensor's eigenvalues: 1 at straight edges, 0 in
        texture without direction.
    variation : ndarray, in [0, 1]
        |mean derivative| / mean |derivative|: 1 at an edge of an object, 0 in texture.
    """

    lightness: Plane
    blurred: tuple[Plane, ...]
    slopes: tuple[tuple[Plane, Plane], ...]
    gradients: tuple[Plane, ...]
    near: Plane
    wide: Plane
    laplacian: Plane
    coherence: Plane
    variation: Plane

    @classmethod
    def of(cls, lightness: Plane) -> Texture:
        """Compute the planes."""
        plane = np.ascontiguousarray(lightness, np.float32)
        blurred = tuple(blur(plane, s) for s in (1.0, 2.0, 4.0))
        slopes = tuple(_slopes(p) for p in (plane, *blurred))
        rows, columns = slopes[0]
        j_rr, j_cc, j_rc = (blur(p, 2.0) for p in (rows * rows, columns * columns, rows * columns))
        coherence = np.sqrt((j_cc - j_rr) ** 2 + 4 * j_rc * j_rc) / (j_rr + j_cc + 0.02)
        mean = np.abs(blur(rows, 2.0)) + np.abs(blur(columns, 2.0))
        total = blur(np.abs(rows), 2.0) + blur(np.abs(columns), 2.0)
        return cls(
            lightness=plane,
            blurred=blurred,
            slopes=slopes,
            gradients=tuple(np.hypot(r, c) for r, c in slopes),
            near=_deviation(plane, 5),
            wide=_deviation(plane, 15),
            laplacian=box(np.abs(box(plane, 3) - plane), 5),
            coherence=coherence,
            variation=mean / (total + np.float32(0.05)),
        )


def edge_features(texture: Texture) -> Planes:
    """Features of the edges of the 8-neighbour graph.

    Parameters
    ----------
    texture : Texture, of shape (h, w)
        Planes of the lightness.

    Returns
    -------
    ndarray, shape (len(EDGE_FEATURES), 4, h, w), float32
        Row n is log(f_n + c_n) of the n-th feature f_n >= 0. The edge ``[:, k, y, x]`` leads from
        the pixel (y, x) to (y, x) + OFFSETS[k]; where that leaves the picture, the nearest pixel
        inside stands in.
    """
    t = texture
    h, w = t.lightness.shape
    lightness = t.lightness
    planes = np.stack(
        [
            np.pad(p, MARGIN, mode="edge")
            for p in (
                lightness,
                *t.blurred,
                *t.gradients,
                t.near,
                t.wide,
                box(lightness, 5),
                box(lightness, 7),
                maximum_filter(lightness, 3, mode="nearest"),
                minimum_filter(lightness, 3, mode="nearest"),
                t.laplacian,
                t.coherence,
                t.variation,
                *t.slopes[2],
            )
        ]
    )
    histograms = np.pad(_histograms(lightness), ((0, 0), *[(MARGIN, MARGIN)] * 2), mode="edge")
    features = np.empty((len(EDGE_FEATURES), 4, h, w), np.float32)
    mean_gradient = np.float32(t.gradients[1].mean() + 0.05)
    for k, (dy, dx) in enumerate(OFFSETS):
        _fill(planes, histograms, dy, dx, mean_gradient, features[:, k])
    features += _OFFSETS_OF_LOG[:, None, None, None]
    return np.log(features, out=features)


def blur(plane: Plane, sigma: float) -> Plane:
    """Gaussian blur with mirrored borders."""
    blurred: Plane = gaussian_filter(plane, sigma, mode="reflect", truncate=3.0)
    return blurred


def box(plane: Plane, size: int) -> Plane:
    """Mean in a square of ``size`` pixels, with mirrored borders."""
    mean: Plane = uniform_filter(plane, size, mode="reflect")
    return mean


def _slopes(plane: Plane) -> tuple[Plane, Plane]:
    """Row and column derivative by the Scharr stencil, for a pixel."""
    p = np.pad(plane, 1, mode="reflect" if min(plane.shape) > 1 else "edge")
    down, right = p[2:] - p[:-2], p[:, 2:] - p[:, :-2]
    rows = (3 * (down[:, :-2] + down[:, 2:]) + 10 * down[:, 1:-1]) / np.float32(32)
    columns = (3 * (right[:-2] + right[2:]) + 10 * right[1:-1]) / np.float32(32)
    return rows, columns


def _deviation(plane: Plane, size: int) -> Plane:
    mean = box(plane, size)
    return np.sqrt(np.maximum(box(plane * plane, size) - mean * mean, 0))


def _histograms(lightness: Plane) -> Planes:
    """Soft histograms of the lightness in 7x7 pixels, shape (BINS, h, w), each sums to 1."""
    position = np.clip(lightness / 100 * BINS - 0.5, 0, BINS - 1)
    centres = np.arange(BINS, dtype=np.float32)[:, None, None]
    share = np.maximum(1 - np.abs(position - centres), 0)
    mean: Planes = uniform_filter(share, (0, 7, 7), mode="reflect")
    return mean


@kernel()
def _fill(
    planes: Planes, histograms: Planes, dy: int, dx: int, mean_gradient: np.float32, out: Planes
) -> None:
    half, one = np.float32(0.5), np.float32(1)
    _, h, w = out.shape
    diagonal = abs(dy) + abs(dx) == 2
    length = np.float32(0.70710678) if diagonal else one
    near, far = (1, 3) if diagonal else (2, 4)
    for y in range(h):
        i = y + MARGIN
        for x in range(w):
            j = x + MARGIN
            p, q = i + dy, j + dx
            for s in range(4):
                out[s, y, x] = abs(planes[s, i, j] - planes[s, p, q])
                out[4 + s, y, x] = half * (planes[4 + s, i, j] + planes[4 + s, p, q])
            out[8, y, x] = half * (planes[8, i, j] + planes[8, p, q])
            out[9, y, x] = half * (planes[9, i, j] + planes[9, p, q])
            i0, j0, p0, q0 = i - near * dy, j - near * dx, p + near * dy, q + near * dx
            a, b = planes[8, i0, j0], planes[8, p0, q0]
            step = abs(planes[10, i0, j0] - planes[10, p0, q0])
            out[10, y, x] = step
            out[11, y, x] = step / (one + half * (a + b))
            out[12, y, x] = abs(np.log((a + half) / (b + half)))
            i1, j1, p1, q1 = i - far * dy, j - far * dx, p + far * dy, q + far * dx
            out[13, y, x] = abs(planes[11, i1, j1] - planes[11, p1, q1])
            out[15, y, x] = min(planes[1, i, j], planes[1, p, q])
            out[16, y, x] = max(planes[1, i, j], planes[1, p, q])
            high = max(planes[12, i, j], planes[12, p, q])
            out[17, y, x] = high - min(planes[13, i, j], planes[13, p, q])
            for s in range(3):
                out[18 + s, y, x] = half * (planes[14 + s, i, j] + planes[14 + s, p, q])
            before = abs(planes[1, i - dy, j - dx] - planes[1, i, j])
            after = abs(planes[1, p, q] - planes[1, p + dy, q + dx])
            out[21, y, x] = (out[1, y, x] + np.float32(0.05)) / (
                max(before, after) + np.float32(0.05)
            )
            along = dy * (planes[17, i, j] + planes[17, p, q])
            along += dx * (planes[18, i, j] + planes[18, p, q])
            out[22, y, x] = half * length * abs(along)
            out[23, y, x] = out[7, y, x] / mean_gradient
            out[24, y, x] = mean_gradient
            out[25, y, x] = one if diagonal else np.float32(0)
        for x in range(w):
            j = x + MARGIN
            distance = np.float32(0)
            for n in range(BINS):
                a = histograms[n, i - far * dy, j - far * dx]
                b = histograms[n, i + (far + 1) * dy, j + (far + 1) * dx]
                distance += (a - b) * (a - b) / (a + b + np.float32(1e-3))
            out[14, y, x] = half * distance
