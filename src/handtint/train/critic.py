"""A critic that tells proposals from photographs, and a network that wants to pass for one.

Who errs least in the mean proposes what is duller than any photograph. The critic D sees chroma on
a quarter of the grid (what makes a picture brown is as large as things are; grain and JPEG would
give the truth away) and what the network's own encoder found in the lightness, so that it can judge
whether a colour is likely for a thing. It sees how far colours are from the mean colour of their
picture, for that mean no one can know without hints; a critic that saw it taught a cast. Both
learn in turn:

    the critic makes small    mean max(0, 1 - D(true)) + mean max(0, 1 + D(made))
    the network adds          -adversarial mean D(made)

on samples without hints, at the temperature `handtint.inference.session.TEMPERATURE`; where hints
tell of the truth, results are vivid enough. Over the first fifth of the schedule only the critic
learns from this; in the second one the network's term rises to its full weight.

References
----------
J. H. Lim, J. C. Ye, "Geometric GAN", 2017, arXiv:1705.02894 (the losses). T. Miyato et al.,
"Spectral normalization for generative adversarial networks", 2018, arXiv:1802.05957. A. Sauer et
al., "Projected GANs converge faster", 2021, arXiv:2111.01007 (features of a trained network). P.
Isola et al., "Image-to-image translation with conditional adversarial networks", 2017,
doi:10.1109/CVPR.2017.632 (a word for each patch).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from handtint.train.ranks import Ranks

RATE = 4e-4
"""Learning rate of the critic."""

WIDTH = 64
"""Channels at stride 4; twice as many at strides 8 and 16."""

_PER_UNIT = 4.0  # so that usual chroma is about as large as lightness


class Critic(nn.Module):
    """Says of each patch how much it looks like one of a photograph.

    Parameters
    ----------
    channels : sequence of int
        Of the encoder's features at strides 4, 8 and 16.
    width : int
        See `WIDTH`.
    """

    def __init__(self, channels: Sequence[int], width: int = WIDTH) -> None:
        super().__init__()
        wide = 2 * width
        self.colour = spectral_norm(nn.Conv2d(3, width, 3, padding=1))
        self.seen = nn.ModuleList(spectral_norm(nn.Conv2d(c, width, 1)) for c in channels)
        self.down = nn.ModuleList(
            spectral_norm(nn.Conv2d(inside + width, wide, 4, stride=2, padding=1))
            for inside in (width, wide)
        )
        self.last = spectral_norm(nn.Conv2d(wide + width, wide, 3, padding=1))
        self.score = spectral_norm(nn.Conv2d(wide, 1, 1))

    def forward(self, lightness: Tensor, chroma: Tensor, features: Sequence[Tensor]) -> Tensor:
        """Judge.

        Parameters
        ----------
        lightness : Tensor, shape (B, 1, H, W), in [0, 1]
        chroma : Tensor, shape (B, 2, H, W)
            In units of 110.
        features : sequence of Tensor
            Of the encoder, at strides 4, 8 and 16.

        Returns
        -------
        Tensor, shape (B, 1, H / 16, W / 16)
            The larger, the more like a photograph.
        """
        chroma = chroma.float()
        chroma = chroma - chroma.mean((2, 3), keepdim=True)
        picture = torch.cat([lightness, chroma * _PER_UNIT], 1)
        x = _bent(self.colour(functional.avg_pool2d(picture, 4)))
        for layer, seen, found in zip([*self.down, self.last], self.seen, features, strict=True):
            x = _bent(layer(torch.cat([x, seen(_of_one_size(found))], 1)))
        word: Tensor = self.score(x)
        return word.float()


class Adversary:
    """A critic that learns beside a network.

    Parameters
    ----------
    channels : sequence of int
        See `Critic`.
    own : Ranks
        All processes' critics learn the same.
    """

    def __init__(self, channels: Sequence[int], own: Ranks) -> None:
        self.critic = Critic(channels).to(own.place)
        self._shared = own.joined(self.critic)
        self._optimiser = torch.optim.Adam(self.critic.parameters(), lr=RATE, betas=(0.0, 0.99))

    def learn(
        self,
        lightness: Tensor,
        true: Tensor,
        made: Tensor,
        features: Sequence[Tensor],
        chosen: Tensor,
    ) -> float:
        """Take one step of the critic; not, if it is not finite.

        Parameters
        ----------
        lightness, features
            As for a `Critic`.
        true, made : Tensor, shape (B, 2, H, W)
            Chroma.
        chosen : Tensor, shape (B,), bool
            The samples that count.

        Returns
        -------
        float
            Its loss: 2 when it cannot tell, 0 when it always can.
        """
        self.critic.train().requires_grad_(True)
        said = self._shared(
            torch.cat([lightness, lightness]),
            torch.cat([true, made.detach()]),
            [torch.cat([f, f]) for f in features],
        )
        real, false = said.chunk(2)
        missed = functional.relu(1 - real) + functional.relu(1 + false)
        value = _sum(missed, chosen) / chosen.sum().clamp(min=1)
        self._optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.critic.parameters(), 1.0)
        if torch.isfinite(norm):
            self._optimiser.step()
        return float(value.detach())

    def word(
        self, lightness: Tensor, made: Tensor, features: Sequence[Tensor], chosen: Tensor
    ) -> Tensor:
        """What the network is to make small, -D(made); the critic does not learn from it.

        The mean over all samples; those that are not chosen count as 0.
        """
        self.critic.eval().requires_grad_(False)
        return -_sum(self.critic(lightness, made, features), chosen) / len(chosen)

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on."""
        return {"critic": self.critic.state_dict(), "optimiser": self._optimiser.state_dict()}

    def load_state_dict(self, kept: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.critic.load_state_dict(kept["critic"])
        self._optimiser.load_state_dict(kept["optimiser"])


def strength(done: float) -> float:
    """Factor of the network's term when a part ``done``, in [0, 1], of the schedule is over."""
    return min(max((done - 0.2) / 0.2, 0.0), 1.0)


def _bent(x: Tensor) -> Tensor:
    return functional.leaky_relu(x, 0.2)


def _of_one_size(features: Tensor) -> Tensor:
    """Features with a mean square of 1 at each place: how large they are is the encoder's own."""
    return features * torch.rsqrt(features.float().square().mean(1, keepdim=True) + 1e-6)


def _sum(values: Tensor, chosen: Tensor) -> Tensor:
    """Sum over the samples that are chosen, (B,), of means over patches (B, 1, h, w)."""
    return (values.mean((1, 2, 3)) * chosen).sum()
