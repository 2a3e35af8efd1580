"""Layers that the networks share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from handtint.train.nets.encoder import drop_path


class ConvNormRelu(nn.Sequential):
    """Convolution of one or several inputs, normalisation over the batch, ReLU; keeps the size.

    Several inputs count as one, their channels one after the other. Unless it learns, each is
    convolved by itself and the results are added: so they are never copied into one.

    Parameters
    ----------
    inside : sequence of int
        Channels of the inputs.
    outside : int
    kernel : int
    """

    def __init__(self, inside: Sequence[int], outside: int, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv2d(sum(inside), outside, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
        )
        self._inside = list(inside)

    def forward(self, *inputs: Tensor) -> Tensor:
        """(B, inside[n], H, W) of each input to (B, outside, H, W)."""
        layers: list[Any] = list(self)
        conv, norm, relu = layers
        if self.training or len(inputs) == 1:
            out: Tensor = relu(norm(conv(torch.cat(inputs, 1))))
            return out
        factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        offset = norm.bias - norm.running_mean * factor
        weights = (conv.weight * factor[:, None, None, None]).split(self._inside, 1)
        total = functional.conv2d(inputs[0], weights[0], offset, padding=conv.padding)
        for x, weight in zip(inputs[1:], weights[1:], strict=True):
            total = functional.conv2d(x, weight, padding=conv.padding) + total
        return functional.relu(total)


def pooled_hints(hints: Tensor, mask: Tensor, stride: int) -> Tensor:
    """Hints on a grid that is ``stride`` times coarser.

    Parameters
    ----------
    hints : Tensor, shape (B, 2, H, W)
    mask : Tensor, shape (B, 1, H, W)

    Returns
    -------
    Tensor, shape (B, 3, H / stride, W / stride)
        The mean chroma of the hints in a cell, and how much of it they cover: min(1, stride
        times the share), so that a line across a cell counts fully.
    """
    cover = functional.avg_pool2d(mask, stride)
    mean = functional.avg_pool2d(hints * mask, stride) / (cover + 1e-4)
    return torch.cat([mean, (cover * stride).clamp(max=1.0)], 1)


def enlarged(x: Tensor, factor: int = 2) -> Tensor:
    """Bilinear enlargement."""
    return functional.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def hinted_cells(mask: Tensor) -> tuple[Tensor, Tensor]:
    """Cells that a hint of any sample of the batch touches.

    Attention to these alone is attention to all with the others masked, at a fraction of the cost;
    without hints one masked cell is left, so that nothing is empty.

    Parameters
    ----------
    mask : Tensor, shape (B, N)
        Above 0 where a sample has a hint.

    Returns
    -------
    index : Tensor, shape (K,), int64
    bias : Tensor, shape (B, K)
        0 where the sample has a hint, -1e4 elsewhere: to be added to the scores.
    """
    hinted = (mask > 0).to(mask.dtype)
    touched = torch.nonzero(hinted.amax(0))[:, 0]
    index = torch.cat([torch.zeros(1, dtype=torch.long, device=mask.device), touched])
    bias = (hinted.index_select(1, index) - 1) * 1e4
    first = torch.full_like(bias[:, :1], -1e4)
    return index, torch.cat([first, bias[:, 1:]], 1)


def below_largest(scores: Tensor) -> Tensor:
    """Scores less the largest of each place, (B, N, ...): what a softmax may safely raise e to.

    The large softmaxes over channels are written out: ONNX Runtime transposes the planes for one of
    its own, which takes several times as long.
    """
    return scores - scores.amax(1, keepdim=True).detach()


def convex_doubling(x: Tensor, scores: Tensor) -> Tensor:
    """Twice the size: every fine pixel is a convex combination of nine coarse ones.

    Parameters
    ----------
    x : Tensor, shape (B, C, H, W)
    scores : Tensor, shape (B, 36, H, W)
        For each of nine neighbours and four fine pixels; softmax over the neighbours.

    Returns
    -------
    Tensor, shape (B, C, 2 H, 2 W)

    References
    ----------
    Z. Teed, J. Deng, "RAFT: recurrent all-pairs field transforms for optical flow", 2020,
    arXiv:2003.12039.
    """
    batch, channels, height, width = x.shape
    weights = below_largest(scores.reshape(batch, 9, 4, height, width)).exp()
    wide = functional.pad(x, (1, 1, 1, 1), mode="replicate")
    near = torch.stack(
        [wide[:, :, i : i + height, j : j + width] for i in range(3) for j in range(3)], 1
    )  # (B, 9, C, H, W)
    fine = (weights[:, :, None] * near[:, :, :, None]).sum(1)  # (B, C, 4, H, W)
    fine = fine / weights.sum(1)[:, None]
    return functional.pixel_shuffle(fine.reshape(batch, 4 * channels, height, width), 2)


class GridTransformer(nn.Module):
    """A transformer block on a grid of any size.

    A depthwise convolution tells places apart (X. Chu et al., "Conditional positional encodings
    for vision transformers", 2021, arXiv:2102.10882).
    """

    def __init__(self, channels: int, heads: int = 4, widening: int = 2, drop: float = 0.0) -> None:
        super().__init__()
        self.heads, self.drop = heads, drop
        self.place = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.attend_norm = nn.LayerNorm(channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        self.feed_norm = nn.LayerNorm(channels)
        self.feed = nn.Sequential(
            nn.Linear(channels, widening * channels),
            nn.GELU(),
            nn.Linear(widening * channels, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        x = x + self.place(x)
        batch, channels, height, width = x.shape
        drop = self.drop if self.training else 0.0
        tokens = x.flatten(2).transpose(1, 2)  # (B, N, C)
        split = self.qkv(self.attend_norm(tokens)).reshape(
            batch, height * width, 3, self.heads, channels // self.heads
        )
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)  # (B, heads, N, C / heads)
        found = functional.scaled_dot_product_attention(query, key, value, dropout_p=drop)
        found = self.out(found.transpose(1, 2).reshape(batch, height * width, channels))
        tokens = tokens + drop_path(found, drop)
        fed = functional.dropout(self.feed(self.feed_norm(tokens)), drop, self.training)
        tokens = tokens + drop_path(fed, drop)
        return tokens.transpose(1, 2).reshape(batch, channels, height, width)
