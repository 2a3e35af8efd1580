"""What networks add to the hint kernel: which places are of one kind, and what they propose.

The kinship of a pixel and a stroke is how much the distributions over colours overlap that networks
give at both places without any hint (the coefficient of Bhattacharyya),

    k(x, y) = sum_q sqrt(p_q(x) p_q(y)),   in [0, 1].

It tells grass from a coat of the same grey. Strokes have no part in p, so it is found once for a
photograph, and an absurd colour reaches as far as a likely one. What the networks propose for the
strokes themselves is one more candidate of the mixture.

References
----------
A. Bhattacharyya, "On a measure of divergence between two statistical populations defined by their
probability distributions", Bulletin of the Calcutta Mathematical Society 35, 1943.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handtint.resample import reduce_area
from handtint.solvers.hint_features import SMALL
from handtint.solvers.hint_pairs import PAIR_FEATURES
from handtint.solvers.hint_strokes import Strokes
from handtint.solvers.hint_view import FALLBACKS, FARTHEST, PIXEL_FEATURES, Chunk, least_reached
from handtint.threads import shared
from handtint.types import Chroma, Plane, Proposed

Planes = NDArray[np.float32]

KINSHIP_PAIR = ("lack of kinship", "lack of kinship, less the least")
KINSHIP_PIXEL = ("least lack of kinship",)
PROPOSAL_PAIR = ("distance of its colour to the proposal", "log of that")
PROPOSAL_PIXEL = (
    "uncertainty of the networks",
    "log spread of their looks",
    "log distance of the proposal to the learned harmonic solution",
    "log distance of the proposal to that with Laplace weights",
    "least log distance of a stroke's colour to the proposal",
    "chroma of the proposal",
)
"""What the kernel's models are given beyond `PAIR_FEATURES` and `PIXEL_FEATURES`."""

_LEAST = np.float32(0.02)
MOST_LACK = np.float32(-np.log(_LEAST))
"""The largest lack of kinship."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Names of what the models of one kind of kernel are given, and of its common candidates."""

    pairs: tuple[str, ...] = PAIR_FEATURES
    pixels: tuple[str, ...] = PIXEL_FEATURES
    fallbacks: tuple[str, ...] = FALLBACKS


PLAIN = Inputs()
KINDRED = Inputs(PLAIN.pairs + KINSHIP_PAIR, PLAIN.pixels + KINSHIP_PIXEL)
UNION = Inputs(
    KINDRED.pairs + PROPOSAL_PAIR, KINDRED.pixels + PROPOSAL_PIXEL, (*FALLBACKS, "proposal")
)


class Kinship:
    """Kinship of the pixels of a grid with strokes on it.

    Parameters
    ----------
    distribution : ndarray, shape (h', w', Q), float32, in [0, 1]
        Probabilities of Q colours on a coarser grid, without any hint.
    shape : (int, int)
        Height and width (h, w) of the grid.
    """

    def __init__(self, distribution: Planes, shape: tuple[int, int]) -> None:
        self._cells = (distribution.shape[0], distribution.shape[1])
        self._distribution = distribution.reshape(-1, distribution.shape[2])
        self._roots = np.sqrt(self._distribution)
        self._shape = shape
        self._known: dict[bytes, Planes] = {}

    def lack(self, strokes: Strokes) -> Planes:
        """-log(k + 0.02) of n strokes and every pixel: shape (n, h * w), float32.

        A stroke has the mean of the distributions of its pixels.
        """
        keys = [pixels.tobytes() for pixels in strokes.pixels]
        pieces = dict(zip(keys, strokes.pixels, strict=True))
        fresh = [key for key in pieces if key not in self._known]
        found = shared(lambda key: self._found(pieces[key]), fresh)
        known = self._known | dict(zip(fresh, found, strict=True))
        self._known = {key: known[key] for key in pieces}
        return np.stack([known[key] for key in keys])

    def _found(self, pixels: NDArray[np.intp]) -> Planes:
        (h, w), (rows, columns) = self._shape, self._cells
        y, x = np.divmod(pixels, w)
        cells = (y * rows // h) * columns + x * columns // w
        kinship = self._roots @ np.sqrt(self._distribution[cells].mean(axis=0))
        coarse = Image.fromarray(kinship.reshape(rows, columns).astype(np.float32))
        fine = np.asarray(coarse.resize((w, h), Image.Resampling.BILINEAR), np.float32)
        return np.asarray(-np.log(np.clip(fine.ravel(), 0, 1) + _LEAST), np.float32)


def on_grid(proposed: Proposed, shape: tuple[int, int]) -> Proposed:
    """The same on a coarser grid."""
    planes = (proposed.chroma, proposed.uncertainty, proposed.spread)
    return Proposed(*(reduce_area(np.ascontiguousarray(plane), shape) for plane in planes))


def informed(chunk: Chunk, lack: Planes, strokes: Chroma, proposed: Proposed | None) -> Chunk:
    """A chunk with what networks know added.

    Parameters
    ----------
    chunk : Chunk
    lack : ndarray, shape (n, h * w), float32
        `Kinship.lack`, on the grid of the chunk.
    strokes : ndarray, shape (n, 2), float32
        Chroma of the strokes.
    proposed : Proposed, optional
        For the strokes, on the grid of the kernel. Without it the inputs are those of `KINDRED`,
        with it those of `UNION`.
    """
    here = lack[:, chunk.where]
    least = least_reached(here, chunk.reached, MOST_LACK)
    pairs, nearest = [here, here - least], least
    if proposed is not None:
        proposal = proposed.chroma.reshape(-1, 2)[chunk.where]
        off = np.linalg.norm(proposal - strokes[:, None], axis=2)
        pairs += [SMALL * off, np.log(off + 2)]
        nearest = least_reached(pairs[-1], chunk.reached, FARTHEST)
    pixels, fallbacks = of_networks(chunk.where, least, nearest, chunk.fallbacks, proposed)
    return replace(
        chunk,
        pairs=replace(chunk.pairs, more=np.stack(pairs).astype(np.float32)),
        pixels=np.concatenate([chunk.pixels, pixels]),
        fallbacks=fallbacks,
    )


def of_networks(
    where: slice | NDArray[np.intp],
    lack: Plane,
    nearest: Plane,
    fallbacks: Planes,
    proposed: Proposed | None,
) -> tuple[Planes, Planes]:
    """What networks add to what is known of P pixels: features, and all common candidates.

    Parameters
    ----------
    where : slice or ndarray of int
        Flat indices of the pixels.
    lack, nearest : ndarray, shape (P,), float32
        The least lack of kinship, and the least log distance of a stroke's colour to the proposal.
    fallbacks : ndarray, shape (len(FALLBACKS), P, 2), float32
    proposed : Proposed, optional
    """
    if proposed is None:
        return lack[None], fallbacks
    proposal = proposed.chroma.reshape(-1, 2)[where]
    # In the order of `FALLBACKS`.
    laplace, learned = (np.linalg.norm(proposal - fallbacks[n], axis=1) for n in (1, 2))
    pixels = [
        lack,
        proposed.uncertainty.ravel()[where],
        np.log(proposed.spread.ravel()[where] + 1),
        np.log(learned + 1),
        np.log(laplace + 1),
        nearest,
        SMALL * np.linalg.norm(proposal, axis=1),
    ]
    return np.stack(pixels).astype(np.float32), np.concatenate([fallbacks, proposal[None]])
