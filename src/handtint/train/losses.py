"""What the networks are to make small; the formula is in `handtint.train.network`."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from handtint.inference.session import UNIT
from handtint.train.device_color import lab_of
from handtint.train.nets.hintnet import Proposal
from handtint.train.samples import Batch, Squares
from handtint.train.teachers import Taught


def bin_counts(squares: Squares, bins: Tensor) -> Tensor:
    """How often each bin's chroma occurs in photographs, blurred: (Q,)."""
    counts = torch.zeros(len(bins), device=bins.device)
    for pixels in torch.split(_some_of(squares.pixels, 6000), 64):
        _, chroma = lab_of(pixels.float() / 255)
        coarse = functional.avg_pool2d(chroma, 8).permute(0, 2, 3, 1).reshape(-1, 2)
        nearest = torch.cdist(coarse, bins).argmin(1)
        counts += torch.bincount(nearest, minlength=len(bins))
    return counts


def bin_weights(counts: Tensor, rebalance: float) -> Tensor:
    """How much each bin counts in the loss: (Q,), with the mean 1 over the photographs."""
    prior = counts / counts.sum()
    weights = 1 / ((1 - rebalance) * prior + rebalance / len(counts))
    return weights / (weights * prior).sum()


def loss(
    found: Proposal,
    batch: Batch,
    bins: Tensor,
    weights: Tensor,
    taught: Taught | None = None,
    share: float = 0.0,
) -> Tensor:
    """The sum of the three terms; of the first two, a share is learned from what was taught."""
    count = len(batch.chroma)
    counts = torch.where(batch.changed, 0.5, 1.0)
    truth = functional.avg_pool2d(batch.chroma, 4).permute(0, 2, 3, 1).reshape(-1, 2)
    distance, nearest = torch.cdist(truth, bins).topk(5, largest=False)
    near = torch.exp(-((distance * UNIT) ** 2) / 50) + 1e-8
    near = near / near.sum(1, keepdim=True)
    logarithms = found.logarithms.float().permute(0, 2, 3, 1).reshape(-1, len(bins))
    missed = -(near * logarithms.gather(1, nearest)).sum(1) * weights[nearest[:, 0]]
    by_bins = missed.view(count, -1).mean(1)
    said, true = found.chroma.float() * UNIT, batch.chroma * UNIT
    sure = known(batch.mask)
    by_chroma = (_smooth(said, true) * sure).mean((1, 2, 3))
    if taught is not None:
        otherwise = -(taught.shares * found.logarithms.float()).sum(1).mean((1, 2))
        by_bins = torch.lerp(by_bins, otherwise, share)
        off = (_smooth(said, taught.chroma * UNIT) * sure).mean((1, 2, 3))
        by_chroma = torch.lerp(by_chroma, off, share)
    at_hints = ((said - batch.hints * UNIT).abs() * batch.mask).sum() / (2 * batch.mask.sum() + 1)
    return ((by_bins + 0.2 * by_chroma) * counts).mean() + 0.1 * at_hints


def known(mask: Tensor) -> Tensor:
    """How much a pixel's colour can be known from the hints: 1 near them, less far away."""
    cells = functional.max_pool2d(mask, 8)
    near = sum((functional.max_pool2d(cells, k, 1, k // 2) for k in (3, 7, 13)), cells * 0) / 3
    near = functional.interpolate(near, scale_factor=8, mode="bilinear", align_corners=False)
    some = (mask.sum((1, 2, 3), keepdim=True) > 0).float()
    return torch.maximum(0.15 + 0.85 * near, 0.35 * some)


def _smooth(said: Tensor, wanted: Tensor) -> Tensor:
    return functional.smooth_l1_loss(said, wanted, beta=10.0, reduction="none")


def _some_of(pixels: Tensor, most: int) -> Tensor:
    return pixels[:: max(1, len(pixels) // most)]
