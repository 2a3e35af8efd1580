"""A coloured photograph: from the chroma on the working grid to the full-size picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handtint import io
from handtint.color import Space
from handtint.colorizer import Colorizer, MethodInfo
from handtint.hints import Strokes
from handtint.options import Value, declared
from handtint.pipeline.grids import climb, reduced_lightness, shape_of, whole_steps
from handtint.pipeline.strength import Strength
from handtint.resample import joint_upsample
from handtint.types import Chroma, Mask, Plane, SolveReport

BAND_ROWS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """A picture that a result keeps where nothing changed.

    Parameters
    ----------
    picture : ndarray, shape (H, W, 3), uint8
        sRGB code values, at the size of the photograph.
    chroma : ndarray, shape (h, w, 2), float32
        Its chroma on the working grid.
    """

    picture: NDArray[np.uint8]
    chroma: Chroma


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A coloured photograph: what was decided on the working grid, and how to get the picture.

    Parameters
    ----------
    photo : Photo
        The photograph.
    strokes : Strokes
        The strokes.
    method : Colorizer
        The method, with its options.
    space : Space
        The colour space.
    lightness : ndarray, shape (h, w), float32
        Lightness on the working grid.
    chroma : ndarray, shape (h, w, 2), float32
        The chroma that the method made there.
    report : SolveReport
        How it was reached.
    strength : Strength
        How strongly the colour shows.
    earlier : Earlier, optional
        What a local correction started from. Only the change of the chroma is carried up then, and
        added to the chroma of that picture, which would lose its fine edges on the working grid.
    """

    photo: io.Photo
    strokes: Strokes
    method: Colorizer
    space: Space
    lightness: Plane
    chroma: Chroma
    report: SolveReport
    strength: Strength = field(default_factory=Strength)
    earlier: Earlier | None = None

    @property
    def info(self) -> MethodInfo:
        """What the method tells about itself."""
        return self.method.info

    @property
    def options(self) -> dict[str, Value]:
        """The method's options and their values."""
        return {o.name: getattr(self.method, o.name) for o in declared(type(self.method))}

    @property
    def xmp(self) -> str:
        """XMP packet that says how the picture was made."""
        return io.xmp_packet(
            method=self.info.title,
            options={**self.options, "space": self.space.name, **self.strength.changes()},
            source_sha256=self.photo.sha256,
        )

    def bands(self) -> Iterator[NDArray[np.uint8] | NDArray[np.uint16]]:
        """The full-size picture, from top to bottom.

        Yields
        ------
        ndarray, shape (rows, W, 3), uint8 or uint16
            sRGB code values of the photograph's depth. The lightness is that of the photograph.
        """
        for lightness, chroma in self.planes():
            yield self.space.recompose(lightness, chroma, self.photo.bits)

    def planes(self) -> Iterator[tuple[Plane, Chroma]]:
        """Lightness and shown chroma of the full-size picture, from top to bottom.

        Yields
        ------
        lightness : ndarray, shape (rows, W), float32
        chroma : ndarray, shape (rows, W, 2), float32
            As `Strength.shown` makes it; not yet fitted into the gamut where that left it alone.
        """
        gray, bits = self.photo.gray, self.photo.bits
        table = self.space.lightness_table(bits)
        full = shape_of(gray)
        barrier = self._barrier if self._barrier(shape_of(self.lightness)).any() else None
        whole = whole_steps(shape_of(self.lightness), full, barrier=barrier is not None)
        start = self.chroma if self.earlier is None else self.chroma - self.earlier.chroma
        chroma, coarse = climb(start, self.lightness, self._planes(table, whole), barrier)
        for top in range(0, full[0], BAND_ROWS):
            band = table[gray[top : top + BAND_ROWS]]
            if shape_of(coarse) == full:
                part = chroma[top : top + BAND_ROWS]
            else:
                part = joint_upsample(chroma, coarse, band, first_row=top, height=full[0])
            if self.earlier is not None:
                kept = self.earlier.picture[top : top + BAND_ROWS]
                part = part + self.space.from_codes(kept)[1]
            yield band, self.strength.shown(self.space, band, part)

    def picture(self) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """The full-size picture, shape (H, W, 3), uint8 or uint16: sRGB code values."""
        return np.concatenate(list(self.bands()))

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        warn: Callable[[str], None] | None = None,
    ) -> Path:
        """Write the full-size picture; the format follows from the suffix.

        Depth, resolution, EXIF and transparency of the photograph are kept where the format can;
        the file says how it was made (XMP). It appears complete or not at all.

        Parameters
        ----------
        path : path
            Where to; never the photograph itself.
        force : bool
            Whether a file that is there may be replaced.
        warn : callable, optional
            Told, a line each, what of the photograph the format could not hold.

        Returns
        -------
        Path

        Raises
        ------
        OutputError
            When it cannot be written there; what was there is intact.
        """
        target = Path(path)
        lost = io.write_picture(
            target,
            self.bands(),
            shape=shape_of(self.photo.gray),
            bits=self.photo.bits,
            photo=self.photo,
            xmp=self.xmp,
            force=force,
        )
        if warn is not None:
            for line in lost:
                warn(line)
        return target

    def _planes(self, table: Plane, shapes: Sequence[tuple[int, int]]) -> Iterator[Plane]:
        for shape in shapes:
            yield reduced_lightness(self.photo.gray, table, shape)

    def _barrier(self, shape: tuple[int, int]) -> Mask:
        return self.strokes.hint_map(shape, self.space.name).barrier
