"""Which colours are plausible where: sets, a picture and a file of numbers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handtint import io
from handtint.color import space as color_space
from handtint.hints import Strokes
from handtint.inference import plausible
from handtint.inference.bins import chroma_bins
from handtint.inference.plausible import STRATA, Calibration, Sets, Stratum
from handtint.inference.propose import Proposer
from handtint.inference.session import Planes
from handtint.io.atomic import replacing
from handtint.methods.proposing import Proposing, hint_counts
from handtint.methods.pyramid import without
from handtint.pipeline.chart import chart
from handtint.pipeline.grids import DEFAULT_SIZE, climb, reduced_lightness, shape_of, shapes_above
from handtint.pipeline.strokes import strokes_on
from handtint.resample import fit, reduce_area
from handtint.types import Plane

TOP = 50.0
"""Spread at the end of the map's scale, in CIE Lab; more looks the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """The plausible colours of a photograph, in cells of about a sixty-fourth of its side.

    Parameters
    ----------
    sets : ndarray, shape (h, w, Q), bool
        Which colours are plausible in each cell; at least one is. Cells tile the photograph.
    bins : ndarray, shape (Q, 2), float32
        Those colours: a* and b* in CIE Lab, centres of squares of 10 by 10.
    spread : ndarray, shape (h, w), float32
        How far apart the plausible colours of a cell lie: root mean square distance from their
        mean, in CIE Lab; 0 where there is only one.
    probabilities : ndarray, shape (h, w, Q), float32
        What the networks gave each colour; not calibrated.
    thresholds : ndarray, shape (h, w), float32, in (0, 1]
        Sum of probabilities up to which colours are plausible.
    level : float
        Share of cells whose set holds the true colour, in the mean over photographs like those of
        the calibration.
    calibration : Calibration
    photo : Photo
    lightness : ndarray, shape (H, W), float32
        Of the photograph, at the size of the map.
    """

    sets: Sets
    bins: NDArray[np.float32]
    spread: Plane
    probabilities: Planes
    thresholds: Plane
    level: float
    calibration: Calibration
    photo: io.Photo
    lightness: Plane

    def map(self) -> NDArray[np.uint8]:
        """The spread as colours over the photograph, with a legend: shape (H', W', 3), sRGB."""
        here, there = shape_of(self.spread), shape_of(self.lightness)
        values = np.stack([self.spread, self.spread], axis=2)
        if here[0] >= there[0] or here[1] >= there[1]:
            start = (min(here[0], there[0]), min(here[1], there[1]))
            values, here = reduce_area(values, start), start
        coarse, *finer = (
            np.ascontiguousarray(reduce_area(self.lightness, shape))
            for shape in (here, *shapes_above(here, there))
        )
        fine, _ = climb(values, coarse, finer, None)
        return chart(
            self.lightness,
            np.ascontiguousarray(fine[..., 0]),
            TOP,
            f"Plausible colours, level {100 * self.level:g} %: distance from their mean (CIE Lab)",
        )

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the map; the suffix is the format.

        Raises
        ------
        OutputError
            When it cannot be written there; what was there is intact.
        """
        picture, target = self.map(), Path(path)
        io.check_output(target, sources=[self.photo.path], force=force)
        io.write_picture(target, iter([picture]), shape=shape_of(picture), bits=8, force=force)
        return target

    def save_data(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the numbers, as .npz without pickles; docs/formats.md names the arrays.

        Raises
        ------
        OutputError
            When they cannot be written there; what was there is intact.
        """
        target = Path(path)
        io.check_output(target, sources=[self.photo.path], force=force, suffixes=(".npz",))
        with replacing(target, force=force) as file:
            np.savez_compressed(
                file,
                sets=self.sets,
                bins=self.bins,
                spread=self.spread,
                probabilities=self.probabilities.astype(np.float16),
                thresholds=self.thresholds,
                level=np.float64(self.level),
                photo_shape=np.array(shape_of(self.photo.gray)),
            )
        return target


def uncertainty(
    photo: io.Photo | str | os.PathLike[str],
    strokes: Strokes | str | os.PathLike[str] | None = None,
    *,
    level: float = 0.9,
    model: str | os.PathLike[str] | None = None,
    calibration: str | os.PathLike[str] | None = None,
) -> Uncertainty:
    """Which colours are plausible where, by the networks and at a calibrated level.

    See `handtint.inference.plausible` for the sets, and docs/uncertainty.md for what the level
    promises and what not.

    Parameters
    ----------
    photo : Photo or path
    strokes : Strokes or path, optional
        Strokes on this photograph, or a file of them.
    level : float, in [0.5, 0.99]
    model : path, optional
        Another network (.onnx) than those in the package.
    calibration : path, optional
        A file of ``handtint train calibration``; that in the package if not given.

    Returns
    -------
    Uncertainty

    Raises
    ------
    PhotoError, HintError
        When the photo or the strokes cannot be read, or are not for each other.
    OptionError
        When the level is out of range, or more than the calibration can certify.
    MethodUnavailable
        When a network or the calibration is missing, damaged, or not made for the other.

    Examples
    --------
    >>> import handtint
    >>> found = handtint.uncertainty("photo.tif", level=0.9)  # doctest: +SKIP
    >>> found.save("photo-uncertainty.png")  # doctest: +SKIP
    """
    proposing = Proposing(model=os.fspath(model or ""))
    models = proposing.models()
    table = plausible.read(calibration or plausible.SHIPPED_CALIBRATION)
    table.check(models)
    limits: dict[Stratum, float] = {name: table.threshold(level, name) for name in STRATA}
    if not isinstance(photo, io.Photo):
        photo = io.read_photo(photo)
    strokes = strokes_on(photo, strokes)
    shape = fit(shape_of(photo.gray), DEFAULT_SIZE)
    lightness = reduced_lightness(photo.gray, color_space("lab").lightness_table(photo.bits), shape)
    hints = strokes.hint_map(shape, "lab")
    seen = without(lightness, hints.ignore) if hints.ignore.any() else lightness
    probabilities = proposing.distribution(Proposer(seen), models, hints)
    counts = hint_counts(hints, shape_of(probabilities))
    by_count = [limits[plausible.stratum(n)] for n in range(int(counts.max()) + 1)]
    thresholds = np.asarray(by_count, np.float32)[counts]
    sets = plausible.plausible(probabilities, thresholds)
    bins = chroma_bins()
    return Uncertainty(
        sets,
        bins,
        plausible.spread(sets, bins),
        probabilities,
        thresholds,
        level,
        table,
        photo,
        lightness,
    )
