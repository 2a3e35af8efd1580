"""A network that carries hints by likeness: one head of attention, at stride 16."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from handtint.train.nets.hintnet import HintNet, Proposal, half_inputs
from handtint.train.nets.layers import enlarged, hinted_cells, pooled_hints

_DEPTH = 64


class AffinityNet(HintNet):
    """Each cell looks for the hinted cells that are most like it, wherever they are.

    The refinement adds a free residual, so the colour may leave the bins: near the truth in the
    mean, rather pale without hints.
    """

    def __init__(self, bins: Tensor, **settings: Any) -> None:
        super().__init__(bins, carried=(3, 0, 0), **settings)
        c16 = self.encoder.channels[3]
        self.embed = nn.Conv2d(c16 + self.config["middle"], _DEPTH, 1)  # type: ignore[operator]
        self.sharpness = nn.Parameter(torch.tensor(12.0))
        # How much a hint in a cell, and one that was carried there, bends the distribution.
        self.gates = nn.Parameter(torch.tensor([3.0, 0.5]))

    def forward(
        self,
        lightness: Tensor,
        hints: Tensor,
        mask: Tensor,
        temperature: Tensor,
        detached: bool = False,
    ) -> Proposal:
        """Propose a chroma.

        Parameters
        ----------
        lightness : Tensor, shape (B, 1, H, W), in [0, 1]
            Sides are multiples of 32.
        hints : Tensor, shape (B, 2, H, W)
            Chroma of the hints, in units of 110; 0 elsewhere.
        mask : Tensor, shape (B, 1, H, W)
            1 at hints, 0 elsewhere.
        temperature : Tensor, scalar or of shape (1,)
        detached : bool
            Whether the chroma teaches the refinement alone, not the distribution.
        """
        e2, e4, e8, e16, e32 = self.features(lightness, hints, mask)
        up = enlarged(self.from_32(e32))
        h16 = pooled_hints(hints, mask, 16)
        carried, trust, some = self._carried(torch.cat([e16, up], 1), h16)
        x = self.mixers(self.at_16(e16, up, torch.cat([h16, carried * some, trust], 1)))
        x = self.at_8(enlarged(x), e8, pooled_hints(hints, mask, 8))
        h4 = pooled_hints(hints, mask, 4)
        x = self.at_4(enlarged(x), e4, h4)
        own, other = self.gates.clamp(min=0).unbind()
        drawn = self.drawn(h4[:, :2], own * h4[:, 2:])
        drawn = drawn + self.drawn(enlarged(carried, 4), other * enlarged(trust, 4))
        scores = self.scores(x).float() + drawn
        logarithms, entropy = self.distribution(scores)
        mean = enlarged(self.annealed(scores.detach() if detached else scores, temperature))
        x = self.at_2(*half_inputs(x, e2, mean, lightness, hints, mask))
        return Proposal(self.refined(mean + self.residual(x), x), entropy, logarithms)

    def _carried(self, x: Tensor, hints: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Chroma carried to every cell, (B, 2, h, w), its trust, and whether there is a hint."""
        batch, _, height, width = x.shape
        queries = functional.normalize(self.embed(x), dim=1).float().flatten(2)  # (B, D, N)
        known = hints.float().flatten(2)  # (B, 3, N)
        index, bias = hinted_cells(known[:, 2])
        keys = queries.index_select(2, index)  # (B, D, K)
        scores = queries.transpose(1, 2) @ keys * self.sharpness + bias[:, None]  # (B, N, K)
        values = known[:, :2].index_select(2, index).transpose(1, 2)  # (B, K, 2)
        carried = (torch.softmax(scores, -1) @ values).transpose(1, 2)
        some = (known[:, 2:].amax(-1, keepdim=True) > 0).float()[..., None]  # (B, 1, 1, 1)
        trust = torch.sigmoid(scores.amax(-1) - 0.6 * self.sharpness)
        return (
            carried.reshape(batch, 2, height, width),
            trust.reshape(batch, 1, height, width) * some,
            some,
        )
