"""What old film and paper do to a photograph, on the device of the training.

Emulsions saw other colours than the eye: panchromatic film nearly the same, orthochromatic film no
red, the first plates blue alone; so a red dress or a blue sky have not the lightness that the
colour photograph has. Beside that: tone curves, blur, grain, and the frames of film and mounts,
which have no colour.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from handtint.train.device_color import lightness_of, linear

_RESPONSES = ((0.2126, 0.7152, 0.0722), (0.06, 0.54, 0.40), (0.01, 0.14, 0.85))
_CUMULATED = (0.65, 0.92)


def on_film(rgb: Tensor, lightness: Tensor, share: float) -> Tensor:
    """Lightness as old film would have it, for a share of the samples.

    Parameters
    ----------
    rgb : Tensor, shape (B, 3, H, W), in [0, 1]
    lightness : Tensor, shape (B, 1, H, W), in [0, 1]
        That of the colour photograph; the other samples keep it.
    share : float
        Probability of film.

    Returns
    -------
    Tensor, shape (B, 1, H, W), in [0, 1]
    """
    weights = _response(len(rgb), rgb.device)
    film = lightness_of((linear(rgb) * weights[:, :, None, None]).sum(1, keepdim=True))
    seen = torch.where(_some(rgb, share), film, lightness)
    toned = (seen.clamp(1e-4, 1) ** torch.exp(0.18 * _normal(rgb)) - 0.5) * (
        1 + 0.12 * _normal(rgb)
    ) + (0.5 + 0.04 * _normal(rgb))
    seen = torch.where(_some(rgb, 0.5), toned, seen)
    if torch.rand(()) < 0.3:
        seen = _blurred(seen, float(torch.rand(()) * 1.3 + 0.3))
    grain = torch.randn_like(seen)
    if torch.rand(()) < 0.5:
        grain = 2 * functional.avg_pool2d(grain, 3, 1, 1)
    strength = 0.07 * torch.rand(len(rgb), 1, 1, 1, device=rgb.device) ** 3
    return (seen + strength * grain).clamp(0, 1)


def frames(batch: int, height: int, width: int, share: float, device: torch.device) -> Tensor:
    """Where film borders and mounts are, for a share of the samples: (B, 1, H, W), bool."""
    y = (torch.arange(height, device=device) + 0.5)[:, None] / height
    x = (torch.arange(width, device=device) + 0.5)[None] / width
    sides = torch.rand(batch, 4, 1, 1, device=device) * 0.16
    top, bottom, left, right = (sides * (torch.rand_like(sides) < 0.75)).unbind(1)
    outside = (y < top) | (y > 1 - bottom) | (x < left) | (x > 1 - right)
    chosen = torch.rand(batch, 1, 1, device=device) < share
    return (outside & chosen)[:, None]


def framed(lightness: Tensor, frame: Tensor) -> Tensor:
    """Lightness with dark, grey or light frames."""
    batch, device = len(lightness), lightness.device
    dark = torch.rand(batch, 1, 1, 1, device=device) * 0.12
    light = 0.35 + torch.rand(batch, 1, 1, 1, device=device) * 0.65
    level = torch.where(torch.rand(batch, 1, 1, 1, device=device) < 0.55, dark, light)
    return torch.where(frame, level + 0.012 * torch.randn_like(lightness), lightness).clamp(0, 1)


def _response(batch: int, device: torch.device) -> Tensor:
    u = torch.rand(batch, device=device)
    kind = (u > _CUMULATED[0]).long() + (u > _CUMULATED[1]).long()
    weights = torch.tensor(_RESPONSES, device=device)[kind]
    weights = (weights * (1 + 0.15 * torch.randn_like(weights))).clamp(min=0)
    return weights / weights.sum(1, keepdim=True).clamp(min=1e-3)


def _blurred(x: Tensor, sigma: float) -> Tensor:
    offsets = torch.arange(-3, 4, device=x.device)
    kernel = torch.exp(-(offsets**2) / (2 * sigma * sigma))
    kernel = kernel / kernel.sum()
    wide = functional.pad(x, (3, 3, 3, 3), mode="reflect")
    rows = functional.conv2d(wide, kernel.view(1, 1, 1, -1))
    return functional.conv2d(rows, kernel.view(1, 1, -1, 1))


def _normal(like: Tensor) -> Tensor:
    return torch.randn(len(like), 1, 1, 1, device=like.device)


def _some(like: Tensor, share: float) -> Tensor:
    return torch.rand(len(like), 1, 1, 1, device=like.device) < share
