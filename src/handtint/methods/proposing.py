"""The options of methods that ask the networks, and how they ask.

The networks know nothing of barriers. Where barriers part the picture, they are asked once for each
part that has hints, with these alone, and once without any for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handtint.colorizer import Part, Progress
from handtint.errors import MethodUnavailable
from handtint.inference.model import Model, load, shipped
from handtint.inference.propose import Look, Proposer, hint_count
from handtint.inference.session import Planes
from handtint.methods.parts import separated
from handtint.options import option
from handtint.resample import reduce_area
from handtint.types import Chroma, HintMap, Mask, Plane, Proposed

MANY = 4
"""From so many hints on, the network that carries hints farther counts more."""

ENOUGH = 16
"""From so many hints on, one look of each network is as good as two."""

FARTHEST = 12.0
"""In units of chroma; by how much a colour moves at a vividness of 1, at most."""

# Sizes of the looks, and the shares of each network with few and with many hints.
_TWO_SIZES = {"attention": (256, 384), "affinity": (256, 320)}
_ONE_SIZE = (384,)
_SHARES = {"attention": (1.5, 3.0), "affinity": (1.0, 1.0)}


@dataclass(frozen=True)
class Asking:
    """Which networks look at the picture."""

    networks: str = option(
        "both",
        help="of those in the package: attention is the more vivid, affinity the safer one",
        choices=("both", "attention", "affinity"),
    )
    model: str = option("", help="file of another model (.onnx, its card beside it)", file=True)

    def models(self) -> tuple[Model, ...]:
        """The networks, loaded.

        Raises
        ------
        MethodUnavailable
            When there is none, one is damaged, or ONNX Runtime is missing.
        """
        if self.model:
            return (load(self.model),)
        paths = [p for p in shipped() if self.networks in {"both", p.stem}]
        if not paths:
            raise MethodUnavailable(
                "the package holds no network; reinstall it, or give one with -o model=FILE"
            )
        return tuple(load(Path(p)) for p in paths)

    def unhinted(self, lightness: Plane) -> Planes:
        """How likely each colour is without any hint; see `Proposer.distribution`."""
        networks = [model.network for model in self.models()]
        return Proposer(lightness).distribution(networks, HintMap.empty(lightness.shape))


@dataclass(frozen=True)
class Proposing(Asking):
    """Which networks look at the picture, and how."""

    size: int = option(
        0,
        help=(
            "side of the square of as many pixels as a network sees; 0: two sizes, with many "
            "hints 384"
        ),
        minimum=0,
        maximum=1024,
    )
    vividness: float = option(
        0.5,
        help="0: what errs least, often pale; more: farther from the mean colour of the picture",
        minimum=0,
        maximum=2,
    )
    temperature: float = option(
        0.2,
        help="1: the mean of all colours that a network thinks likely; less: of the likeliest",
        minimum=0.03,
        maximum=1,
    )

    def looks(self, models: tuple[Model, ...], hints: HintMap) -> list[Look]:
        """How the networks look at a picture with these hints."""
        count = hint_count(hints)
        many = count >= MANY
        found = []
        for model in models:
            kind = model.card["network"]["kind"]
            usual = _ONE_SIZE if count >= ENOUGH else _TWO_SIZES[kind]
            sizes = (self.size,) if self.size else usual
            found += [Look(model.network, size, _SHARES[kind][many]) for size in sizes]
        return found

    def propose(
        self,
        proposer: Proposer,
        models: tuple[Model, ...],
        hints: HintMap,
        shape: tuple[int, int],
        progress: Progress | None,
    ) -> tuple[Proposed, Plane]:
        """What the networks propose; nothing of a hint crosses a closed barrier.

        Parameters
        ----------
        proposer : Proposer
            The photograph, of (H, W).
        models : tuple of Model
        hints : HintMap, of shape (H, W)
        shape : tuple of int
            (h, w) of the result.
        progress : Progress, optional

        Returns
        -------
        Proposed
        counts : ndarray, shape (h, w), float32
            How many hints there are in the part of the picture that a pixel belongs to.
        """
        parts = separated(hints)
        found, counts = [], []
        for n, (_, drawn) in enumerate(parts):
            one = proposer(
                self.looks(models, drawn),
                drawn,
                shape,
                temperature=self.temperature,
                progress=progress and Part(progress, n / len(parts), 1 / len(parts)),
            )
            found.append(replace(one, chroma=enlivened(one, self.vividness)))
            counts.append(hint_count(drawn))
        if len(parts) == 1:
            return found[0], np.full(shape, counts[0], np.float32)
        chosen = _part_of_each([mask for mask, _ in parts], shape)
        whole = Proposed(*(plane.copy() for plane in _planes(found[0])))
        for n, one in enumerate(found):
            for plane, part in zip(_planes(whole), _planes(one), strict=True):
                plane[chosen == n] = part[chosen == n]
        return whole, np.asarray(np.take(counts, chosen), np.float32)

    def distribution(self, proposer: Proposer, models: tuple[Model, ...], hints: HintMap) -> Planes:
        """How likely each colour is; see `Proposer.distribution` and `propose`."""
        networks = [model.network for model in models]
        parts = separated(hints)
        found = [proposer.distribution(networks, drawn) for _, drawn in parts]
        chosen = _part_of_each([mask for mask, _ in parts], found[0].shape[:2])
        for n, one in enumerate(found):
            found[0][chosen == n] = one[chosen == n]
        return found[0]


def confidence(uncertainty: Plane) -> Plane:
    """How much a proposal is to be trusted, in (0, 1].

    It falls as the inverse square of the error that goes with an uncertainty. On 134 openly
    licensed photographs that no network was trained on, without hints and with up to 160, the root
    of the mean squared error in chroma was about 5 exp(5 (uncertainty - 0.38)): 5 at 0.38, 10 at
    0.5, 18 at 0.6, 26 at 0.71.
    """
    trust = np.exp(-10 * (uncertainty - np.float32(0.38)))
    return np.asarray(np.clip(trust, 0.02, 1), np.float32)


def enlivened(proposed: Proposed, vividness: float) -> Chroma:
    """A proposal whose colours are farther apart.

    Who errs least in the mean is pale where in doubt, but pale about the mean colour of the
    picture, not about grey: more chroma everywhere would make brown pictures browner. So each
    colour u moves away from the mean m,

        u + vividness (1 - confidence)^3 min(|u|, |u - m|, FARTHEST) (u - m) / |u - m|

    Where hints make sure, nothing moves; nor does what is grey, and what is vivid moves little. Up
    to a vividness of 1 no hue turns by more than a right angle.

    Parameters
    ----------
    proposed : Proposed, of shape (h, w)
    vividness : float
        From 0, the proposal itself.

    Returns
    -------
    ndarray, shape (h, w, 2), float32
    """
    chroma = proposed.chroma
    away = chroma - chroma.mean((0, 1), dtype=np.float64).astype(np.float32)
    far, length = (np.sqrt((x * x).sum(axis=2)) for x in (away, chroma))
    step = np.minimum(np.minimum(length, far), np.float32(FARTHEST))
    step *= np.float32(vividness) * (1 - confidence(proposed.uncertainty)) ** 3
    return np.asarray(chroma + (step / np.maximum(far, np.float32(1e-6)))[..., None] * away)


def _planes(proposed: Proposed) -> tuple[Planes, Planes, Planes]:
    return proposed.chroma, proposed.uncertainty, proposed.spread


def hint_counts(hints: HintMap, shape: tuple[int, int]) -> NDArray[np.intp]:
    """How many hints there are in the part of the picture that each pixel of ``shape`` is in."""
    masks, drawn = zip(*separated(hints), strict=True)
    counts = [hint_count(one) for one in drawn]
    return np.asarray(np.take(counts, _part_of_each(list(masks), shape)))


def _part_of_each(masks: list[Mask], shape: tuple[int, int]) -> NDArray[np.intp]:
    """Number of the part that covers most of each pixel of a coarser grid."""
    covers = [reduce_area(mask.astype(np.float32), shape) for mask in masks]
    return np.asarray(np.argmax(covers, axis=0))
