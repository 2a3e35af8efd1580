"""Networks that teach another one: what they say, in the mean, is learned beside the truth.

They see the samples `LARGER` than the network in training does, which helps where hints are many,
and the mean of several is better than each. A network that has learned to say the same in one look
at the usual size is the cheaper one.

References
----------
G. Hinton, O. Vinyals, J. Dean, "Distilling the knowledge in a neural network", 2015,
arXiv:1503.02531.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from handtint.inference.session import STRIDE
from handtint.train.nets.convert import network, read_state
from handtint.train.samples import Batch

LARGER = 1.5
"""How much larger the teachers' samples are, up to the next side that a network takes."""


class Taught(NamedTuple):
    """What teachers say of samples.

    Parameters
    ----------
    shares : Tensor, shape (B, Q, H / 4, W / 4)
        Probabilities of the bins.
    chroma : Tensor, shape (B, 2, H, W)
        In units of 110.
    """

    shares: Tensor
    chroma: Tensor


class Teachers:
    """Networks that are done with learning.

    Parameters
    ----------
    files : sequence of Path
        Checkpoints or models, at least one.
    place : torch.device

    Raises
    ------
    MethodUnavailable
        When one cannot be read.
    """

    def __init__(self, files: Sequence[Path], place: torch.device) -> None:
        self._networks = [network(read_state(file)).to(place).eval() for file in files]
        for own in self._networks:
            own.requires_grad_(False)

    def __call__(self, batch: Batch, temperature: Tensor) -> Taught:
        """Say what the samples' colours may be.

        Parameters
        ----------
        batch : Batch
        temperature : Tensor, scalar
        """
        side = batch.lightness.shape[-1]
        larger = STRIDE * math.ceil(LARGER * side / STRIDE)
        lightness = functional.interpolate(
            batch.lightness, larger, mode="bilinear", align_corners=False
        )
        hints, mask = (
            functional.interpolate(x, larger, mode="nearest-exact")
            for x in (batch.hints, batch.mask)
        )
        with torch.no_grad():
            said = [own(lightness, hints, mask, temperature) for own in self._networks]
        shares = torch.stack([p.logarithms.float().exp() for p in said]).mean(0)
        chroma = torch.stack([p.chroma.float() for p in said]).mean(0)
        return Taught(
            functional.adaptive_avg_pool2d(shares, side // 4),
            functional.adaptive_avg_pool2d(chroma, side),
        )
