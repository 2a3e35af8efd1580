"""What the hint-aware networks have in common: encoder, decoder, a distribution over chroma bins.

Lightness goes through an image classifier's encoder. The decoder comes back up from stride 32 to
4, with the hints beside it at every stride, and scores 261 bins of chroma for each pixel of the
quarter-size grid: colour is ambiguous, and a mean of blue and red is neither. The softmax of the
scores over a temperature T gives an *annealed mean* (T near 0: the likeliest colour, T = 1: the
mean), which a last part at stride 2 refines and doubles. How hints travel to places far from them
is each network's own.

References
----------
R. Zhang, P. Isola, A. A. Efros, "Colorful image colorization", 2016, arXiv:1603.08511 (bins,
annealed mean). R. Zhang et al., "Real-time user-guided image colorization with learned deep
priors", 2017, doi:10.1145/3072959.3073703 (hints and their mask as input).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from handtint.inference.session import UNIT
from handtint.train.nets.encoder import STEM, Encoder, Size
from handtint.train.nets.layers import (
    ConvNormRelu,
    GridTransformer,
    below_largest,
    convex_doubling,
    enlarged,
    pooled_hints,
)


class Proposal(NamedTuple):
    """What a network gives.

    Parameters
    ----------
    chroma : Tensor, shape (B, 2, H, W)
        In units of 110.
    uncertainty : Tensor, shape (B, 1, H / 4, W / 4)
        Entropy of the distribution, 0 (sure) to 1 (uniform).
    logarithms : Tensor, shape (B, Q, H / 4, W / 4)
        The distribution over the bins: logarithms of probabilities.
    """

    chroma: Tensor
    uncertainty: Tensor
    logarithms: Tensor


class HintNet(nn.Module):
    """Base of the networks; see the module's docstring.

    Parameters
    ----------
    bins : Tensor, shape (Q, 2)
        Chroma of the bins, in units of 110.
    encoder : {"lite0", "lite1", "lite2"}
        Size of the encoder.
    width : int
        Channels at stride 2; twice as many at strides 4 and 8.
    middle : int
        Channels at stride 16.
    transformers : int
        Transformer blocks at stride 16.
    carried : tuple of int
        What the network's own way of carrying hints adds to the inputs at strides 16, 8 and 2,
        in channels.
    drop : float
        Dropout of features and depth, in training.
    """

    bins: Tensor

    def __init__(
        self,
        bins: Tensor,
        *,
        encoder: Size = "lite2",
        width: int = 64,
        middle: int = 192,
        transformers: int = 2,
        carried: tuple[int, int, int],
        drop: float = 0.0,
    ) -> None:
        super().__init__()
        self.drop = drop
        self.encoder = Encoder(encoder, drop)
        self.config = {
            "encoder": encoder,
            "width": width,
            "middle": middle,
            "transformers": transformers,
        }
        c2, c4, c8, c16, c32 = self.encoder.channels
        self.hint_stem = nn.Conv2d(3, STEM, 3, stride=2, padding=1, bias=False)
        nn.init.zeros_(self.hint_stem.weight)
        self.from_32 = ConvNormRelu((c32,), middle, 1)
        self.at_16 = ConvNormRelu((c16, middle, 3 + carried[0]), middle, 1)
        self.mixers = nn.Sequential(
            *(GridTransformer(middle, drop=drop) for _ in range(transformers))
        )
        wide = 2 * width
        self.at_8 = _Two((middle, c8, 3 + carried[1]), wide)
        self.at_4 = _Two((wide, c4, 3), wide)
        self.scores = nn.Conv2d(wide, len(bins), 1)
        self.at_2 = _Two((wide, c2 + 2 + 3 + 4 + carried[2]), width)
        self.residual = nn.Conv2d(width, 2, 3, padding=1)
        self.doubling = nn.Conv2d(width, 36, 1)
        self.register_buffer("bins", bins)

    def features(self, lightness: Tensor, hints: Tensor, mask: Tensor) -> list[Tensor]:
        """Features of the encoder at strides 2, 4, 8, 16, 32."""
        stem = self.hint_stem(torch.cat([hints * mask, mask], 1))
        found: list[Tensor] = self.encoder(lightness, stem)
        return found

    def drawn(self, chroma: Tensor, strength: Tensor) -> Tensor:
        """What draws the scores to a chroma: more, the nearer their bin is to it.

        The strength times max(0, 4 - d^2 / 2), where d is the distance in units of 10 percent of
        white.

        Parameters
        ----------
        chroma : Tensor, shape (B, 2, h, w)
        strength : Tensor, shape (B, 1, h, w)
            Not negative.

        Returns
        -------
        Tensor, shape (B, Q, h, w)
            To be added to the scores.
        """
        wanted, bins = chroma.float() * (UNIT / 10), self.bins.float() * (UNIT / 10)
        # s (4 - |w - b|^2 / 2) is linear in s |w|^2, s and s w: one convolution gives all planes.
        square = (wanted * wanted).sum(1, keepdim=True)
        moments = strength.float() * torch.cat([square, torch.ones_like(square), wanted], 1)
        squares = (bins * bins).sum(1, keepdim=True)
        weights = torch.cat([torch.full_like(squares, -0.5), 4 - 0.5 * squares, bins], 1)
        with torch.autocast(moments.device.type, enabled=False):
            return functional.relu(functional.conv2d(moments, weights[:, :, None, None]))

    def distribution(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        """Logarithms of probabilities, (B, Q, h, w), and their entropy in [0, 1], (B, 1, h, w)."""
        shifted = below_largest(scores)
        shares = shifted.exp()
        total = shares.sum(1, keepdim=True)
        logarithm = total.log()
        entropy = logarithm - (shares * shifted).sum(1, keepdim=True) / total
        return shifted - logarithm, entropy / math.log(len(self.bins))

    def annealed(self, scores: Tensor, temperature: Tensor) -> Tensor:
        """Annealed mean of the bins, (B, 2, h, w)."""
        shares = (below_largest(scores) / temperature).exp()
        bins = self.bins.float()
        moments = torch.cat([bins, torch.ones_like(bins[:, :1])], 1).t()
        sums = functional.conv2d(shares, moments[:, :, None, None])
        return sums[:, :2] / sums[:, 2:]

    def refined(self, chroma: Tensor, features: Tensor) -> Tensor:
        """Twice the size of a chroma (B, 2, h, w), along the features (B, width, h, w)."""
        return convex_doubling(chroma, self.doubling(features).float())


def half_inputs(
    up: Tensor,
    tap: Tensor,
    mean: Tensor,
    lightness: Tensor,
    hints: Tensor,
    mask: Tensor,
    *others: Tensor,
) -> list[Tensor]:
    """What the last part sees at stride 2: features, colour so far, hints, every pixel."""
    rest = [tap, mean, pooled_hints(hints, mask, 2), functional.pixel_unshuffle(lightness, 2)]
    return [enlarged(up), torch.cat([*rest, *others], 1)]


class _Two(nn.Sequential):
    """Two layers, the first of them for one or several inputs."""

    def __init__(self, inside: Sequence[int], outside: int) -> None:
        super().__init__(ConvNormRelu(inside, outside), ConvNormRelu((outside,), outside))

    def forward(self, *inputs: Tensor) -> Tensor:
        first, second = self
        out: Tensor = second(first(*inputs))
        return out
