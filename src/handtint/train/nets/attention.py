"""A network that carries hints by likeness and nearness: four heads of attention at stride 8."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from handtint.train.nets.hintnet import HintNet, Proposal, half_inputs
from handtint.train.nets.layers import enlarged, hinted_cells, pooled_hints

_HEADS, _DEPTH = 4, 32
_BOUND, _BOUND_NEAR_HINTS = 0.04, 0.12
_SOFTNESS = 0.1


class AttentionNet(HintNet):
    """Each cell looks for hinted cells that are like it and not too far away.

    Each head has its own sharpness and its own decay with the distance. The colour is the annealed
    mean, mixed with the carried hints where these are trusted, plus a residual that is bounded, so
    that it stays as vivid as the distribution says.
    """

    def __init__(self, bins: Tensor, **settings: Any) -> None:
        super().__init__(bins, carried=(0, 3 * _HEADS + 3, 3), **settings)
        inside = self.config["middle"] + self.encoder.channels[2]  # type: ignore[operator]
        self.embed = nn.Conv2d(inside, _HEADS * _DEPTH, 1)
        self.sharpness = nn.Parameter(torch.full((_HEADS,), 1.0))
        self.decay = nn.Parameter(torch.linspace(0.1, 3.0, _HEADS))
        self.threshold = nn.Parameter(torch.full((_HEADS,), 0.6))
        self.mix = nn.Conv2d(inside + _HEADS, _HEADS, 1)
        nn.init.zeros_(self.mix.weight)
        self.gates = nn.Parameter(torch.tensor([3.0, 0.5]))
        self.blend = nn.Conv2d(self.config["width"], 1, 3, padding=1)  # type: ignore[arg-type]
        nn.init.zeros_(self.blend.weight)
        nn.init.constant_(self.blend.bias, -1.0)  # type: ignore[arg-type]

    def forward(
        self,
        lightness: Tensor,
        hints: Tensor,
        mask: Tensor,
        temperature: Tensor,
        detached: bool = False,
    ) -> Proposal:
        """Propose a chroma; see `AffinityNet.forward`."""
        e2, e4, e8, e16, e32 = self.features(lightness, hints, mask)
        h16, h8, h4 = (pooled_hints(hints, mask, stride) for stride in (16, 8, 4))
        x = self.mixers(self.at_16(self._dropped(e16), enlarged(self.from_32(e32)), h16))
        up, side = enlarged(x), self._dropped(e8)
        x8 = torch.cat([up, side], 1)
        each, trusts = self._carried(x8, h8)  # (B, heads, 2, h, w), (B, heads, h, w)
        shares = torch.softmax(self.mix(torch.cat([x8, trusts], 1)).float() + 4 * trusts, 1)
        carried = (shares[:, :, None] * each).sum(1)  # (B, 2, h, w)
        trust = (shares * trusts).sum(1, keepdim=True)
        x = self.at_8(up, side, torch.cat([h8, each.flatten(1, 2), trusts, carried, trust], 1))
        x = self._dropped(self.at_4(enlarged(x), self._dropped(e4), h4))
        own, other = self.gates.clamp(min=0).unbind()
        drawn = self.drawn(h4[:, :2], own * h4[:, 2:])
        drawn = drawn + self.drawn(enlarged(carried), other * enlarged(trust))
        scores = self.scores(x).float() + drawn
        logarithms, entropy = self.distribution(scores)
        mean = enlarged(self.annealed(scores.detach() if detached else scores, temperature))
        near, known = enlarged(carried, 4), enlarged(trust, 4)
        x = self.at_2(*half_inputs(x, e2, mean, lightness, hints, mask, near, known))
        gate = torch.sigmoid(self.blend(x).float()) * known
        bound = _BOUND + _BOUND_NEAR_HINTS * known
        change = bound * torch.tanh(self.residual(x).float() / _SOFTNESS)
        chroma = (1 - gate) * mean + gate * near + change
        return Proposal(self.refined(chroma, x), entropy, logarithms)

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout2d(x, self.drop, self.training)

    def _carried(self, x: Tensor, hints: Tensor) -> tuple[Tensor, Tensor]:
        """What each head carries to every cell, (B, heads, 2, h, w), and its trust."""
        batch, _, height, width = x.shape
        raw = self.embed(x).float().reshape(batch, _HEADS, _DEPTH, height * width)
        queries = functional.normalize(raw, dim=2, eps=1e-4)  # (B, heads, D, N)
        known = hints.float().flatten(2)  # (B, 3, N)
        index, bias = hinted_cells(known[:, 2])
        keys = queries.index_select(3, index)  # (B, heads, D, K)
        sharpness = (self.sharpness * 10).clamp(1.0, 60.0).view(1, _HEADS, 1, 1)
        decay = (self.decay * 10).clamp(min=0.0).view(1, _HEADS, 1, 1)
        scores = queries.transpose(2, 3) @ keys * sharpness
        scores = scores - decay * _distances(height, width, index)
        scores = scores + bias[:, None, None]  # (B, heads, N, K)
        values = known[:, :2].index_select(2, index).transpose(1, 2)[:, None]  # (B, 1, K, 2)
        some = (known[:, 2:].amax(-1, keepdim=True) > 0).float()[..., None]  # (B, 1, 1, 1)
        carried = (torch.softmax(scores, -1) @ values).transpose(2, 3)
        carried = carried.reshape(batch, _HEADS, 2, height, width) * some[:, None]
        threshold = sharpness[..., 0] * self.threshold.view(1, _HEADS, 1)
        trust = torch.sigmoid(scores.amax(-1) - threshold)
        return carried, trust.reshape(batch, _HEADS, height, width) * some


def _distances(height: int, width: int, index: Tensor) -> Tensor:
    """Distance of all cells to some, in long sides: (N, K)."""
    rows = torch.arange(height, device=index.device).float()
    columns = torch.arange(width, device=index.device).float()
    y = rows[:, None].expand(height, width).reshape(-1)
    x = columns[None].expand(height, width).reshape(-1)
    dy = y[:, None] - y.index_select(0, index)[None]
    dx = x[:, None] - x.index_select(0, index)[None]
    # The size is a tensor while the network is traced.
    long_side = torch.maximum(torch.as_tensor(height), torch.as_tensor(width))
    return torch.sqrt(dy * dy + dx * dx) / long_side.to(dy.dtype)
