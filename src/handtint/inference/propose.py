"""What networks propose for a photograph: several looks at it, at sizes of their own, averaged.

A network sees the picture at about the size of its training, whatever the size of the photograph,
so what it proposes does not depend on that. With many hints a somewhat larger size is better, for
each then covers more of the network's cells. Unlike networks, and unlike sizes, err differently:
their mean is nearer to the truth than any of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import label

from handtint.colorizer import Progress, check_cancelled
from handtint.inference.session import STRIDE, TEMPERATURE, Network, Planes
from handtint.resample import grid_shapes, joint_upsample, reduce_area, reduce_hints
from handtint.types import Chroma, HintMap, Plane, Proposed

DISTRIBUTION_SIZE = 256
"""Side of the square of as many pixels as the networks see when asked for distributions."""

CELL = 4
"""A distribution is for cells of so many pixels' side, of those that the networks see."""

MOST_ENLARGED = 2.0
"""Small pictures are enlarged by at most this for a network."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a network at the picture.

    Parameters
    ----------
    network : Network
    size : int
        Side of the square that has as many pixels as the network sees.
    share : float
        Weight in the mean.
    """

    network: Network
    size: int
    share: float = 1.0


class Proposer:
    """A photograph to be looked at; keeps it at the sizes that were asked for.

    Parameters
    ----------
    lightness : ndarray, shape (H, W), float32, in [0, 100]
    """

    def __init__(self, lightness: Plane) -> None:
        self._lightness = lightness
        self._sized: dict[tuple[int, int], Plane] = {}

    def __call__(
        self,
        looks: Sequence[Look],
        hints: HintMap,
        shape: tuple[int, int],
        *,
        temperature: float = TEMPERATURE,
        progress: Progress | None = None,
    ) -> Proposed:
        """Propose colours.

        Parameters
        ----------
        looks : sequence of Look
            At least one.
        hints : HintMap, of shape (H, W)
            Hints of any weight count fully; marks are not looked at.
        shape : tuple of int
            (h, w) of the result, at most (H, W).
        temperature : float
            See `handtint.inference.session.TEMPERATURE`.
        progress : Progress, optional
            Told after each look; cancellation.

        Raises
        ------
        Cancelled
            When ``progress.cancelled`` became true.
        """
        chroma = np.zeros((*shape, 2), np.float32)
        squares, uncertainty = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        total = math.fsum(look.share for look in looks)
        for n, look in enumerate(looks):
            check_cancelled(progress)
            share = np.float32(look.share / total)
            found, doubt = self._look(look, hints, shape, temperature)
            chroma += share * found
            squares += share * (found * found).sum(axis=2)
            uncertainty += share * doubt
            if progress is not None:
                progress.report((n + 1) / len(looks))
        variance = np.maximum(squares - (chroma * chroma).sum(axis=2), 0)
        return Proposed(chroma, np.clip(uncertainty, 0, 1), np.sqrt(variance))

    def distribution(self, networks: Sequence[Network], hints: HintMap) -> Planes:
        """How likely each colour is, by the mean of the networks.

        Parameters
        ----------
        networks : sequence of Network
            At least one; each looks at the picture at `DISTRIBUTION_SIZE`.
        hints : HintMap, of shape (H, W)
            As for a call.

        Returns
        -------
        ndarray, shape (h, w, Q), float32, in [0, 1]
            Probabilities of the bins of `handtint.inference.bins`, on a quarter of the grid
            ``seen_shape((H, W), DISTRIBUTION_SIZE)``, rounded up.
        """
        seen = seen_shape(hints.shape, DISTRIBUTION_SIZE)
        padded, _ = self._inputs(seen, hints)
        found = [network.distribution(*padded) for network in networks]
        mean = np.asarray(np.mean(found, axis=0, dtype=np.float32))
        h, w = -(-seen[0] // CELL), -(-seen[1] // CELL)
        return np.ascontiguousarray(mean[:h, :w])

    def _look(
        self, look: Look, hints: HintMap, shape: tuple[int, int], temperature: float
    ) -> tuple[Chroma, Plane]:
        h, w = seen = seen_shape(hints.shape, look.size)
        padded, sides = self._inputs(seen, hints)
        found = look.network(*padded, temperature)
        doubt = _resized(found.uncertainty, sides, Image.Resampling.BILINEAR)[:h, :w]
        chroma = np.ascontiguousarray(found.chroma[:h, :w])
        return self._carried(chroma, self._at(seen), shape), sized(doubt, shape)

    def _inputs(
        self, seen: tuple[int, int], hints: HintMap
    ) -> tuple[tuple[Plane, Chroma, Plane], tuple[int, int]]:
        """Lightness, hints and their mask on a grid, mirrored to full strides; its shape."""
        wanted, mask = _hints_at(hints, seen)
        margin = ((0, -seen[0] % STRIDE), (0, -seen[1] % STRIDE))
        padded = (
            np.pad(self._at(seen), margin, mode="reflect"),
            np.pad(wanted, (*margin, (0, 0)), mode="reflect"),
            np.pad(mask, margin, mode="reflect"),
        )
        return padded, padded[2].shape

    def _at(self, shape: tuple[int, int]) -> Plane:
        if shape not in self._sized:
            self._sized[shape] = np.clip(sized(self._lightness, shape), 0, 100)
        return self._sized[shape]

    def _carried(self, chroma: Chroma, lightness: Plane, shape: tuple[int, int]) -> Chroma:
        """A chroma on the grid of ``shape``, along the edges of the lightness where finer."""
        h, w, _ = chroma.shape
        if h >= shape[0] and w >= shape[1]:
            return reduce_area(chroma, shape)
        for finer in grid_shapes(shape, 2 * max(h, w)):
            fine = self._at(finer)
            chroma = joint_upsample(chroma, lightness, fine)
            lightness = fine
        return chroma


def seen_shape(shape: tuple[int, int], size: int) -> tuple[int, int]:
    """Shape of the proportions of ``shape`` with about ``size`` squared pixels.

    At most `MOST_ENLARGED` times as high and wide.
    """
    h, w = shape
    scale = min(size / math.sqrt(h * w), MOST_ENLARGED)
    return max(1, round(h * scale)), max(1, round(w * scale))


def cell_means(plane: Plane) -> Plane:
    """Means of a plane (or of each channel of a chroma) over the cells of `Proposer.distribution`.

    Parameters
    ----------
    plane : ndarray, shape (H, W) or (H, W, C), float32

    Returns
    -------
    ndarray, shape (h, w) or (h, w, C), float32
    """
    if plane.ndim == 3:
        return np.stack([cell_means(channel) for channel in np.moveaxis(plane, 2, 0)], axis=2)
    seen = seen_shape((plane.shape[0], plane.shape[1]), DISTRIBUTION_SIZE)
    margin = ((0, -seen[0] % CELL), (0, -seen[1] % CELL))
    whole = np.pad(sized(plane, seen), margin, mode="reflect")
    h, w = whole.shape[0] // CELL, whole.shape[1] // CELL
    return np.asarray(whole.reshape(h, CELL, w, CELL).mean((1, 3), dtype=np.float32))


def hint_count(hints: HintMap) -> int:
    """How many separate hints there are; touching ones count as one."""
    _, count = label(hints.weight > 0, np.ones((3, 3)))
    return int(count)


def sized(plane: Plane, shape: tuple[int, int]) -> Plane:
    """A plane on another grid: means over areas where smaller, bicubic where larger."""
    h, w = plane.shape
    smaller = (min(h, shape[0]), min(w, shape[1]))
    plane = reduce_area(np.ascontiguousarray(plane), smaller)
    return plane if smaller == shape else _resized(plane, shape, Image.Resampling.BICUBIC)


def _hints_at(hints: HintMap, shape: tuple[int, int]) -> tuple[Chroma, Plane]:
    """Chroma (h, w, 2) and mask (h, w) of the hints on another grid; nothing is interpolated."""
    h, w = hints.shape
    smaller = (min(h, shape[0]), min(w, shape[1]))
    reduced = reduce_hints(hints, smaller)
    planes = [reduced.chroma[..., 0], reduced.chroma[..., 1], reduced.weight]
    if smaller != shape:
        planes = [_resized(p, shape, Image.Resampling.NEAREST) for p in planes]
    return np.stack(planes[:2], axis=2), (planes[2] > 0).astype(np.float32)


def _resized(plane: Plane, shape: tuple[int, int], how: Image.Resampling) -> Plane:
    picture = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(picture.resize((shape[1], shape[0]), how), np.float32)
