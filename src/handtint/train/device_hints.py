"""Hints as a person might give them, on the device of the training."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

_MOST_FEW, _MOST_MANY = 24.0, 256.0
_FEW = 0.6


def random_hints(chroma: Tensor, none: float) -> tuple[Tensor, Tensor]:
    """Points and lines with the mean of the true colours around them, a little wrong.

    Parameters
    ----------
    chroma : Tensor, shape (B, 2, H, W)
        The true chroma, in units of 110.
    none : float
        Share of the samples that get no hints; of the others six in ten get up to 24.

    Returns
    -------
    hints : Tensor, shape (B, 2, H, W)
    mask : Tensor, shape (B, 1, H, W)
    """
    batch, _, height, width = chroma.shape
    device = chroma.device
    u, v = torch.rand(batch, device=device), torch.rand(batch, device=device)
    few = torch.where(u < none + _FEW * (1 - none), _MOST_FEW, _MOST_MANY)
    count = torch.where(u < none, 0.0, torch.exp(v * torch.log(few)))
    seeds = torch.rand(batch, 1, height, width, device=device)
    mask = (seeds < (count / (height * width)).view(batch, 1, 1, 1)).float()
    if torch.rand(()) < 0.25:
        length = int(torch.randint(8, 40, ()))
        level = bool(torch.rand(()) < 0.5)
        kernel = (1, 2 * length + 1) if level else (2 * length + 1, 1)
        mask = functional.max_pool2d(mask, kernel, 1, (kernel[0] // 2, kernel[1] // 2))
    mean, mask = _widened(chroma, mask, int(torch.randint(0, 5, ())))
    wrong = 0.008 * torch.randn(batch, 2, 1, 1, device=device)
    return (mean + wrong) * mask, mask


def points(chroma: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Hints of ``count`` squares of 7 pixels anywhere in each sample; see `random_hints`."""
    batch, _, height, width = chroma.shape
    places = torch.rand(batch, height * width, device=chroma.device).topk(count).indices
    mask = torch.zeros(batch, height * width, device=chroma.device).scatter(1, places, 1.0)
    mean, mask = _widened(chroma, mask.view(batch, 1, height, width), 3)
    return mean * mask, mask


def turned(chroma: Tensor, angle: Tensor) -> Tensor:
    """Chroma (B, 2, H, W) with its hue turned by angles (B,)."""
    cosine, sine = (f(angle).view(-1, 1, 1) for f in (torch.cos, torch.sin))
    a, b = chroma.unbind(1)
    return torch.stack([a * cosine - b * sine, a * sine + b * cosine], 1)


def one_region(lightness: Tensor) -> Tensor:
    """A part of each picture: pixels in an ellipse that are about as light as its centre.

    Returns
    -------
    Tensor, shape (B, 1, H, W), in [0, 1], with soft edges
    """
    batch, _, height, width = lightness.shape
    device = lightness.device
    y = torch.linspace(-1, 1, height, device=device)[:, None]
    x = torch.linspace(-1, 1, width, device=device)[None]
    cy, cx = (torch.rand(2, batch, 1, 1, device=device) * 1.4 - 0.7).unbind(0)
    ry, rx = (torch.rand(2, batch, 1, 1, device=device) * 0.7 + 0.2).unbind(0)
    rows = ((cy[:, 0, 0] + 1) / 2 * (height - 1)).long()
    columns = ((cx[:, 0, 0] + 1) / 2 * (width - 1)).long()
    smooth = functional.avg_pool2d(lightness, 9, 1, 4, count_include_pad=False)
    centre = smooth[torch.arange(batch, device=device), 0, rows, columns].view(batch, 1, 1)
    near = functional.avg_pool2d(lightness, 5, 1, 2, count_include_pad=False)[:, 0]
    inside = (((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 < 1) & ((near - centre).abs() < 0.18)
    wide = functional.max_pool2d(inside.float()[:, None], 5, 1, 2)
    return functional.avg_pool2d(wide, 3, 1, 1, count_include_pad=False)


def recoloured_part(
    chroma: Tensor, hints: Tensor, mask: Tensor, lightness: Tensor, share: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Turn the hue of one region, in truth and hints alike, so that any colour is obeyed.

    Only where hints lie in the region: nothing else could tell.

    Returns
    -------
    chroma, hints : Tensor
    changed : Tensor, shape (B,), bool
    """
    batch = len(chroma)
    angle = (torch.rand(batch, device=chroma.device) * 2 - 1) * math.pi
    region = one_region(lightness)
    told = (mask * region).sum((1, 2, 3)) > 4
    changed = told & (torch.rand(batch, device=chroma.device) < share)
    part = region * changed.view(batch, 1, 1, 1)
    chroma = torch.lerp(chroma, turned(chroma, angle), part)
    hints = torch.lerp(hints, turned(hints, angle), part) * mask
    return chroma, hints, changed


def _widened(chroma: Tensor, mask: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """The mean chroma of the square around each pixel, and the mask grown to such squares."""
    size = 2 * radius + 1
    mean = functional.avg_pool2d(chroma, size, 1, radius, count_include_pad=False)
    return mean, functional.max_pool2d(mask, size, 1, radius)
