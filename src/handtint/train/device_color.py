"""Colour on the device of the training: batches of sRGB to CIE Lab and back.

The same formulas as `handtint.color.cielab`, for tensors; lightness is in [0, 1] here, chroma in
units of `handtint.inference.session.UNIT`, as the networks take them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from handtint.color.srgb import RGB_TO_XYZ, WHITE_XYZ, XYZ_TO_RGB
from handtint.inference.session import UNIT

_KNEE = 6 / 29


def linear(rgb: Tensor) -> Tensor:
    """Linear light of sRGB values in [0, 1]."""
    return torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055).clamp(min=1e-8) ** 2.4, rgb / 12.92)


def lightness_of(luminance: Tensor) -> Tensor:
    """Lightness in [0, 1] of a luminance relative to white."""
    return 1.16 * _compressed(luminance) - 0.16


def lab_of(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """Lightness (B, 1, H, W) and chroma (B, 2, H, W) of sRGB values (B, 3, H, W) in [0, 1]."""
    matrix = torch.as_tensor(RGB_TO_XYZ / WHITE_XYZ[:, None], dtype=rgb.dtype, device=rgb.device)
    x, y, z = _compressed(torch.einsum("ij,bjhw->bihw", matrix, linear(rgb))).unbind(1)
    chroma = torch.stack([500 * (x - y), 200 * (y - z)], 1) / UNIT
    return (1.16 * y - 0.16)[:, None], chroma


def rgb_of(lightness: Tensor, chroma: Tensor) -> Tensor:
    """SRGB values in [0, 1], (B, 3, H, W), clipped to the gamut."""
    y = (lightness[:, 0] + 0.16) / 1.16
    a, b = (chroma * UNIT).unbind(1)
    f = torch.stack([y + a / 500, y, y - b / 200], 1)
    xyz = torch.where(f > _KNEE, f**3, (f - 16 / 116) * 3 * _KNEE**2)
    matrix = torch.as_tensor(XYZ_TO_RGB * WHITE_XYZ, dtype=xyz.dtype, device=xyz.device)
    light = torch.einsum("ij,bjhw->bihw", matrix, xyz)
    bright = 1.055 * light.clamp(min=1e-8) ** (1 / 2.4) - 0.055
    return torch.where(light > 0.0031308, bright, 12.92 * light).clamp(0, 1)


def _compressed(t: Tensor) -> Tensor:
    return torch.where(t > _KNEE**3, t.clamp(min=1e-8) ** (1 / 3), t / (3 * _KNEE**2) + 16 / 116)
