"""What the hint kernel knows of strokes and of the photograph before it looks at single pixels.

The distances of strokes (`handtint.solvers.hint_strokes`) to every pixel are measured, and the
looks of every pixel are described. `handtint.solvers.hint_view` makes features of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handtint.colorizer import Progress
from handtint.resample import fit, reduce_area
from handtint.solvers.affinities import EdgeLaw
from handtint.solvers.features import Texture, blur
from handtint.solvers.geodesic import distances, steps, touched
from handtint.solvers.hint_strokes import MOST_GROUPS, Strokes
from handtint.threads import shared
from handtint.types import Mask, Plane

Planes = NDArray[np.float32]

PLAIN_LAW = EdgeLaw(scale=1.0, floor=1e-5, smoothed_share=0.0)
"""Law of the first harmonic solution, with Laplace weights."""

UNREACHED = np.float32(np.log(1e6))
"""Log distance where no way leads, and the largest there is."""

DISTANCES = 5
"""Kinds of distance from a stroke to a pixel."""

SMALL = np.float32(0.05)
"""Factor of lightness and chroma among the features."""

_DESCRIPTORS = 16
_LOG_OFFSETS = np.array([0.5, 0.5, 0.5, 0.5, 1], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Logs of the distances of every pixel to n strokes.

    Parameters
    ----------
    planes : ndarray, shape (m, DISTANCES, h * w), float32
        In the order of the first values `OF_PAIR`; some are of no stroke.
    slots : ndarray, shape (n,), int
        Which of them each stroke has.
    """

    planes: Planes
    slots: NDArray[np.intp]

    def at(self, where: slice | NDArray[np.intp]) -> Planes:
        """Those of some pixels, shape (n, DISTANCES, P)."""
        return np.stack([self.planes[slot][:, where] for slot in self.slots])


KERNEL_GRID = 224
"""Long side of the grid of the kernel, in pixels."""


class Surroundings:
    """What the kernel knows of a photograph: path costs and how each pixel looks.

    Parameters
    ----------
    texture : Texture, of shape (h, w)
        Planes of the lightness on the grid of the kernel.
    log_weights : ndarray, shape (4, h, w), float32
        Logarithms of the learned edge weights, clipped, on this grid.

    Notes
    -----
    Lengths are those on a grid with a long side of 192 pixels.
    """

    def __init__(self, texture: Texture, log_weights: Planes) -> None:
        h, w = texture.lightness.shape
        self.shape = (h, w)
        self.lightness = texture.lightness
        # Logs of distances to the strokes of the last call, and in which of the planes they are.
        self._planes = np.empty((0, DISTANCES, h * w), np.float32)
        self._slots: dict[bytes, int] = {}
        self.scale = np.float32(192 / max(h, w))
        contrast = steps(texture.lightness)
        length = np.array([1, 1, np.sqrt(2), np.sqrt(2)], np.float32)[:, None, None] * self.scale
        learned = np.zeros_like(contrast)
        learned[:, 1 : h + 1, 1 : w + 1] = np.exp(-log_weights / 2) * (self.scale / 15)
        plain = np.broadcast_to(length, contrast.shape).copy()
        self.costs = (
            contrast + np.float32(0.02) * length,
            contrast * contrast * np.float32(0.2) + np.float32(0.1) * length,
            learned,
            contrast,
            plain,
        )
        wide = blur(texture.lightness, 10 * max(h, w) / 192)
        self.descriptors = np.stack(
            [
                texture.blurred[0],
                texture.blurred[2],
                wide,
                np.log(texture.near + np.float32(0.7)),
                np.log(texture.wide + np.float32(0.7)),
                texture.coherence,
                texture.variation,
                np.log(texture.laplacian + np.float32(0.3)),
                *_oriented(texture),
            ]
        ).reshape(_DESCRIPTORS, -1)

    @classmethod
    def of(cls, lightness: Plane, log_weights: Planes) -> Surroundings:
        """From a finer lightness and its log weights, clipped, shape (4, h, w)."""
        h, w = lightness.shape
        shape = fit((h, w), KERNEL_GRID)
        reduced = [reduce_area(np.ascontiguousarray(p), shape) for p in log_weights]
        return cls(Texture.of(reduce_area(lightness, shape)), np.stack(reduced))

    def log_distances(
        self, strokes: Strokes, barrier: Mask, progress: Progress | None = None
    ) -> Measured:
        """Logs of the distances of every pixel to each of n strokes.

        `UNREACHED` behind barriers. Those of strokes that were there at the last call are not
        computed again. What earlier calls gave must not be used any more.
        """
        fence = np.packbits(barrier).tobytes()
        pieces = {pixels.tobytes() + fence: pixels for pixels in strokes.pixels}
        slots = {key: slot for key, slot in self._slots.items() if key in pieces}
        fresh = [key for key in pieces if key not in slots]
        free = self._room_for(fresh, slots)
        cut = touched(barrier) if barrier.any() else None

        def fill(index: int) -> None:
            costs = self.costs[index]
            planes = distances(
                costs if cut is None else np.where(cut, np.float32(np.inf), costs),
                self.shape,
                [pieces[key] for key in fresh],
                minimax=index == 3,
                progress=progress,
            )
            for slot, plane in zip(free, planes, strict=True):
                logs = self._planes[slot, index]
                np.log(plane.ravel() + _LOG_OFFSETS[index], out=logs)
                np.minimum(logs, UNREACHED, out=logs)

        self._slots = slots
        shared(fill, range(DISTANCES))
        self._slots = slots | dict(zip(fresh, free, strict=True))
        chosen = [self._slots[pixels.tobytes() + fence] for pixels in strokes.pixels]
        return Measured(self._planes, np.array(chosen, np.intp))

    def _room_for(self, fresh: list[bytes], slots: dict[bytes, int]) -> list[int]:
        """Slots that are free, one for each of the fresh strokes."""
        size = max(MOST_GROUPS, len(fresh) + len(slots))
        if len(self._planes) < size:
            # Room for all at once: a system gives memory when it is written to.
            planes = np.empty((size, *self._planes.shape[1:]), np.float32)
            planes[: len(self._planes)] = self._planes
            self._planes = planes
        used = set(slots.values())
        return [slot for slot in range(size) if slot not in used][: len(fresh)]


def _oriented(texture: Texture) -> Iterator[Plane]:
    """Log of the blurred |derivative| in four directions, at two scales."""
    for width, (rows, columns) in ((3.0, texture.slopes[0]), (6.0, texture.slopes[1])):
        for n in range(4):
            angle = np.float32(n * np.pi / 4)
            along = columns * np.cos(angle) + rows * np.sin(angle)
            yield np.log(blur(np.abs(along), width) + np.float32(0.3))
