"""How near a picture is to another one, and how colourful it is.

==============  ===========================================  ==================  ==========
Function        Meaning                                      Range               Better is
==============  ===========================================  ==================  ==========
`psnr`          peak signal-to-noise ratio, dB               [0, inf]            higher
`ssim`          structural similarity                        [-1, 1]             higher
`delta_e`       mean CIEDE2000 colour difference             [0, about 119]      lower
`colourfulness` spread and strength of the opponent colours  from 0              neither
==============  ===========================================  ==================  ==========

Pictures are (H, W, 3) uint8, sRGB.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from handtint.color.spaces import space
from handtint.errors import PhotoError
from handtint.jit import inlined, kernel

Picture = NDArray[np.uint8]

_SSIM_RADIUS: Final = 5
_SSIM_SIGMA: Final = 1.5
_SSIM_C1: Final = (0.01 * 255) ** 2
_SSIM_C2: Final = (0.03 * 255) ** 2

_HALF_TURN: Final = math.pi + 1e-9
"""The formula jumps where two hues are opposite; rounding must not push such a pair across."""


def psnr(a: Picture, b: Picture) -> float:
    """Peak signal-to-noise ratio of two pictures, in dB.

    ``10 log10(255 ** 2 / mean((a - b) ** 2))``, the mean over pixels and channels.

    Parameters
    ----------
    a, b : ndarray, shape (H, W, 3), uint8

    Returns
    -------
    float
        In [0, inf]; inf for equal pictures.

    Raises
    ------
    PhotoError
        When the pictures differ in size.
    """
    _check_pair(a, b)
    difference = np.subtract(a, b, dtype=np.float32)
    error = float(np.mean(np.square(difference, out=difference), dtype=np.float64))
    return 10 * math.log10(255**2 / error) if error else math.inf


def ssim(a: Picture, b: Picture) -> float:
    """Structural similarity of two pictures, the mean over pixels and channels.

    ``(2 ma mb + C1) (2 sab + C2) / ((ma^2 + mb^2 + C1) (saa + sbb + C2))`` with the means m,
    variances and covariance s under a Gaussian window (sigma 1.5, 11 x 11 pixels) and
    C1 = (0.01 * 255)^2, C2 = (0.03 * 255)^2; over all pixels whose window is in the picture.

    Source: Wang, Z., Bovik, A. C., Sheikh, H. R. and Simoncelli, E. P. (2004), "Image quality
    assessment: from error visibility to structural similarity", IEEE Transactions on Image
    Processing 13(4), DOI 10.1109/TIP.2003.819861.

    Parameters
    ----------
    a, b : ndarray, shape (H, W, 3), uint8
        At least 11 x 11 pixels.

    Returns
    -------
    float
        In [-1, 1]; 1 for equal pictures.

    Raises
    ------
    PhotoError
        When the pictures differ in size or are too small.
    """
    _check_pair(a, b)
    height, width, _ = a.shape
    side = 2 * _SSIM_RADIUS + 1
    if min(height, width) < side:
        raise PhotoError(
            f"pictures of {width} x {height} pixels have no SSIM; it needs {side} x {side}"
        )
    offset = np.arange(-_SSIM_RADIUS, _SSIM_RADIUS + 1)
    window = np.exp(-0.5 * (offset / _SSIM_SIGMA) ** 2)
    windows: int = (height - side + 1) * (width - side + 1) * 3
    total: float = _ssim_sum(
        np.ascontiguousarray(a).reshape(height, -1),
        np.ascontiguousarray(b).reshape(height, -1),
        window / window.sum(),
    )
    return total / windows


def ciede2000(lab1: NDArray[np.float32], lab2: NDArray[np.float32]) -> NDArray[np.float32]:
    """CIEDE2000 colour difference of each pair of colours, with kL = kC = kH = 1.

    Source: ISO/CIE 11664-6:2022; in the formulation of Sharma, G., Wu, W. and Dalal, E. N.
    (2005), "The CIEDE2000 color-difference formula: implementation notes, supplementary test
    data, and mathematical observations", Color Research and Application 30(1),
    DOI 10.1002/col.20070.

    Parameters
    ----------
    lab1, lab2 : ndarray, shape (..., 3), float32
        L* in [0, 100], a*, b*.

    Returns
    -------
    ndarray, shape (...,), float32
        0 for equal colours; about 1 is just noticeable.

    Raises
    ------
    ValueError
        When the arrays differ in shape or have not three channels.
    """
    if lab1.shape != lab2.shape or lab1.shape[-1:] != (3,):
        raise ValueError(f"need two arrays (..., 3) of one shape, got {lab1.shape}, {lab2.shape}")
    difference = np.empty(lab1.shape[:-1], np.float32)
    _ciede2000(
        np.ascontiguousarray(lab1, np.float32).reshape(-1, 3),
        np.ascontiguousarray(lab2, np.float32).reshape(-1, 3),
        difference.reshape(-1),
    )
    return difference


def delta_e_map(rgb_a: Picture, rgb_b: Picture) -> NDArray[np.float32]:
    """CIEDE2000 colour difference of two pictures, pixel by pixel (`ciede2000`).

    Parameters
    ----------
    rgb_a, rgb_b : ndarray, shape (H, W, 3), uint8

    Returns
    -------
    ndarray, shape (H, W), float32

    Raises
    ------
    PhotoError
        When the pictures differ in size.
    """
    _check_pair(rgb_a, rgb_b)
    return ciede2000(_lab(rgb_a), _lab(rgb_b))


def delta_e(rgb_a: Picture, rgb_b: Picture) -> float:
    """Mean CIEDE2000 colour difference of two pictures (`delta_e_map`).

    Parameters
    ----------
    rgb_a, rgb_b : ndarray, shape (H, W, 3), uint8

    Returns
    -------
    float
        0 for equal pictures.

    Raises
    ------
    PhotoError
        When the pictures differ in size.
    """
    return float(np.mean(delta_e_map(rgb_a, rgb_b), dtype=np.float64))


def colourfulness(rgb: Picture) -> float:
    """Colourfulness of a picture as people rate it.

    ``sqrt(var(rg) + var(yb)) + 0.3 sqrt(mean(rg) ** 2 + mean(yb) ** 2)`` with rg = R - G and
    yb = (R + G) / 2 - B; the metric M3 of the source.

    Source: Hasler, D. and Suesstrunk, S. (2003), "Measuring colourfulness in natural images",
    Proc. SPIE 5007, DOI 10.1117/12.477378.

    Parameters
    ----------
    rgb : ndarray, shape (H, W, 3), uint8

    Returns
    -------
    float
        0 for grey pictures, about 15 for slightly and 60 for quite colourful ones.
    """
    _check(rgb)
    r, g, b = (rgb[..., i].astype(np.float32) for i in range(3))
    variance = square = 0.0
    for opponent in (r - g, (r + g) / 2 - b):
        mean = float(np.mean(opponent, dtype=np.float64))
        square += mean**2
        variance += float(np.mean(opponent * opponent, dtype=np.float64)) - mean**2
    return math.sqrt(max(variance, 0.0)) + 0.3 * math.sqrt(square)


def _check(picture: Picture) -> None:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(f"need (H, W, 3) uint8, got {picture.shape} {picture.dtype}")


def _check_pair(a: Picture, b: Picture) -> None:
    _check(a)
    _check(b)
    if a.shape != b.shape:
        raise PhotoError(
            f"pictures of {a.shape[1]} x {a.shape[0]} and {b.shape[1]} x {b.shape[0]} pixels "
            "cannot be compared; bring them to one size"
        )


def _lab(rgb: Picture) -> NDArray[np.float32]:
    lightness, chroma = space("lab").from_codes(rgb)
    return np.concatenate([lightness[..., None], chroma], axis=-1)


@kernel()
def _ssim_sum(a: Picture, b: Picture, window: NDArray[np.float64]) -> float:
    """Sum of the similarity over all whole windows; the channels of a row are interleaved."""
    height, width = a.shape
    reach = window.size - 1
    moments = np.empty((5, width))
    total = 0.0
    for i in range(height - reach):
        moments[:] = 0
        for k in range(window.size):
            weight = window[k]
            for j in range(width):
                p, q = np.float64(a[i + k, j]), np.float64(b[i + k, j])
                moments[0, j] += weight * p
                moments[1, j] += weight * q
                moments[2, j] += weight * p * p
                moments[3, j] += weight * q * q
                moments[4, j] += weight * p * q
        for j in range(width - 3 * reach):
            x = y = xx = yy = xy = 0.0
            for k in range(window.size):
                weight, column = window[k], j + 3 * k
                x += weight * moments[0, column]
                y += weight * moments[1, column]
                xx += weight * moments[2, column]
                yy += weight * moments[3, column]
                xy += weight * moments[4, column]
            total += (
                (2 * x * y + _SSIM_C1)
                * (2 * (xy - x * y) + _SSIM_C2)
                / ((x * x + y * y + _SSIM_C1) * (xx - x * x + yy - y * y + _SSIM_C2))
            )
    return total


@inlined()
def _length(a: float, b: float) -> float:
    return math.sqrt(a * a + b * b)


@inlined()
def _hue(a: float, b: float) -> float:
    angle = math.atan2(b, a)
    return angle if angle >= 0 else angle + 2 * math.pi


@inlined()
def _chroma_weight(chroma: float) -> float:
    power = chroma**7
    return math.sqrt(power / (power + 25.0**7))


@kernel()
def _ciede2000(
    lab1: NDArray[np.float32], lab2: NDArray[np.float32], difference: NDArray[np.float32]
) -> None:
    """The equations of Sharma, Wu and Dalal (2005), in their order and with their names."""
    for i in range(difference.size):
        L1, a1, b1 = np.float64(lab1[i, 0]), np.float64(lab1[i, 1]), np.float64(lab1[i, 2])
        L2, a2, b2 = np.float64(lab2[i, 0]), np.float64(lab2[i, 1]), np.float64(lab2[i, 2])

        stretch = 1.5 - 0.5 * _chroma_weight(0.5 * (_length(a1, b1) + _length(a2, b2)))
        a1, a2 = stretch * a1, stretch * a2
        C1, C2 = _length(a1, b1), _length(a2, b2)
        h1, h2 = _hue(a1, b1), _hue(a2, b2)

        dh = h2 - h1
        mean_h = 0.5 * (h1 + h2)
        if C1 * C2 == 0:
            dh, mean_h = 0.0, h1 + h2
        elif abs(dh) > _HALF_TURN:
            dh -= math.copysign(2 * math.pi, dh)
            mean_h += math.pi
        dL, dC, dH = L2 - L1, C2 - C1, 2 * math.sqrt(C1 * C2) * math.sin(0.5 * dh)

        mean_L, mean_C = 0.5 * (L1 + L2), 0.5 * (C1 + C2)
        T = (
            1
            - 0.17 * math.cos(mean_h - math.radians(30))
            + 0.24 * math.cos(2 * mean_h)
            + 0.32 * math.cos(3 * mean_h + math.radians(6))
            - 0.20 * math.cos(4 * mean_h - math.radians(63))
        )
        degrees = math.degrees(mean_h) % 360
        turn = math.radians(60) * math.exp(-(((degrees - 275) / 25) ** 2))
        R_T = -2 * _chroma_weight(mean_C) * math.sin(turn)
        bulge = (mean_L - 50) ** 2
        L = dL / (1 + 0.015 * bulge / math.sqrt(20 + bulge))
        C = dC / (1 + 0.045 * mean_C)
        H = dH / (1 + 0.015 * mean_C * T)
        difference[i] = math.sqrt(L * L + C * C + H * H + R_T * C * H)
