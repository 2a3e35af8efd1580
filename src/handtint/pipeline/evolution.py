"""How the colour of a photograph came about: pictures of a running solve, as an animation."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from handtint import io
from handtint.color import space as color_space
from handtint.colorizer import Progress
from handtint.pipeline.grids import climb, shape_of, shapes_above
from handtint.pipeline.result import Result
from handtint.pipeline.strength import Strength
from handtint.resample import fit, reduce_area
from handtint.types import Chroma, Plane

LONG_SIDE = 640
"""Long side of the pictures, in pixels, unless the photograph is smaller."""

MOST_FRAMES = 48
"""Largest number of pictures that are kept of a running solve."""


class Evolution:
    """Progress that keeps a picture of each chroma that a method reports.

    The first picture is grey, the last one is the result. When there are more than `MOST_FRAMES`,
    every other one is dropped, and from then on only every second (fourth, eighth ...) report is
    looked at; so the pictures stay evenly spread. Reports that change no pixel add no picture.

    Parameters
    ----------
    photo : Photo
        The photograph.
    space : str
        Colour space in which it is coloured.
    strength : Strength, optional
        Vividness and opacity of the colour; both 1 if not given.
    inner : Progress, optional
        Receives all reports, too, and decides about cancellation.

    Examples
    --------
    >>> import handtint
    >>> from handtint.pipeline import Evolution
    >>> photo = handtint.read_photo("photo.tif")  # doctest: +SKIP
    >>> evolution = Evolution(photo)  # doctest: +SKIP
    >>> result = handtint.colorize(photo, "strokes.png", progress=evolution)  # doctest: +SKIP
    >>> evolution.save("evolution.webp", result)  # doctest: +SKIP
    """

    def __init__(
        self,
        photo: io.Photo,
        *,
        space: str = "lab",
        strength: Strength | None = None,
        inner: Progress | None = None,
    ) -> None:
        self._strength = strength or Strength()
        self._space = color_space(space)
        self._photo, self._inner = photo, inner
        lightness = self._space.lightness_table(photo.bits)[photo.gray]
        shape = fit(shape_of(photo.gray), LONG_SIDE)
        self._lightness: Plane = np.ascontiguousarray(reduce_area(lightness, shape))
        self._frames = [self._picture(np.zeros((*shape, 2), np.float32))]
        self._reports = 0
        self._stride = 1

    def report(self, fraction: float, chroma: Chroma | None = None, /) -> None:
        """Keep a picture of the chroma, if there is one."""
        if self._inner is not None:
            self._inner.report(fraction, chroma)
        if chroma is None:
            return
        self._reports += 1
        if self._reports % self._stride == 0:
            self._keep(self._picture(chroma))
        if len(self._frames) > MOST_FRAMES:
            self._frames = self._frames[::2]
            self._stride *= 2

    @property
    def cancelled(self) -> bool:
        """Whether the inner progress asks the solve to stop."""
        return self._inner is not None and self._inner.cancelled

    def frames(self, result: Result) -> list[NDArray[np.uint8]]:
        """The pictures up to the result, each of shape (h, w, 3), sRGB code values."""
        last = self._picture(result.chroma)
        different = [frame for frame in self._frames[1:] if not np.array_equal(frame, last)]
        return [self._frames[0], *different, last]

    def save(
        self,
        path: str | os.PathLike[str],
        result: Result,
        *,
        sources: Sequence[str | os.PathLike[str]] = (),
        force: bool = False,
    ) -> None:
        """Write the pictures up to the result as an animation (`handtint.io.write_animation`).

        Parameters
        ----------
        path : path
            Where to; its suffix, .webp or .gif, is the format.
        result : Result
            What the solve gave.
        sources : sequence of paths
            Files that must never be overwritten, beside the photograph.
        force : bool
            Whether a file that is there may be replaced.

        Raises
        ------
        OutputError
            When it may not or cannot be written there; what was there is intact.
        """
        io.write_animation(
            path,
            self.frames(result),
            sources=[self._photo.path, *sources],
            xmp=result.xmp,
            force=force,
        )

    def _keep(self, frame: NDArray[np.uint8]) -> None:
        if not np.array_equal(frame, self._frames[-1]):
            self._frames.append(frame)

    def _picture(self, chroma: Chroma) -> NDArray[np.uint8]:
        here = shape_of(self._lightness)
        there = shape_of(chroma)
        if there[0] >= here[0] and there[1] >= here[1]:
            fine = np.ascontiguousarray(reduce_area(chroma, here))
        else:
            coarse, *finer = (
                np.ascontiguousarray(reduce_area(self._lightness, shape))
                for shape in (there, *shapes_above(there, here))
            )
            fine, _ = climb(chroma, coarse, finer, None)
        shown = self._strength.shown(self._space, self._lightness, fine)
        return np.asarray(self._space.recompose(self._lightness, shown, 8), np.uint8)
