"""Suggested places against random ones: what the same number of hints is worth there."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from handtint import color, metrics
from handtint.colorizer import Progress, check_cancelled
from handtint.errors import OptionError
from handtint.io import read_rgb
from handtint.methods.advising import Adviser
from handtint.methods.assisted import Assisted
from handtint.simulate import pictures
from handtint.simulate.hints import points_at, uniform_points, zhang_points
from handtint.types import Chroma, HintMap, Plane

Placement: TypeAlias = Literal["suggested", "uniform", "zhang"]

POINT = 6
"""Side of a point, in pixels."""


@dataclass(frozen=True, slots=True)
class SuggestRow:
    """One picture with one set of points.

    Parameters
    ----------
    image : str
        Name of the picture's file.
    height, width : int
        Size at which it was coloured and compared, in pixels.
    placement : {"suggested", "uniform", "zhang"}
        How the points were placed: as `handtint.methods.advising.Adviser` suggests when there is no
        hint yet, or as `handtint.simulate.hints.uniform_points` or `zhang_points` do.
    points : int
        How many.
    seed : int
        Seed of the random places.
    psnr : float
        Peak signal-to-noise ratio of the 8-bit RGB picture, in dB.
    delta_e : float
        Mean CIEDE2000 distance to the true picture.
    """

    image: str
    height: int
    width: int
    placement: Placement
    points: int
    seed: int
    psnr: float
    delta_e: float


def run_suggest(
    paths: Sequence[Path],
    *,
    points: Sequence[int] = (0, 1, 2, 5),
    size: int = 256,
    every: int = 1,
    first: int = 0,
    seed: int = 3,
    progress: Progress | None = None,
) -> list[SuggestRow]:
    """Colour photographs by `Assisted` from points at suggested and at random places.

    Points are squares of `POINT` pixels with the true mean chroma below them, whatever their
    place, on pictures brought to ``size``. Without points all placements are the same.

    Parameters
    ----------
    paths : sequence of Path
        Colour pictures, and folders of them.
    points : sequence of int
        Numbers of points.
    size : int
        Long side of the pictures, in pixels, at least 16.
    every, first : int
        Only each so many-th picture, from the one of this number on, which counts from 0.
    seed : int
        Seed of the random places, not negative.
    progress : Progress, optional
        Receives the progress and carries the cancellation.

    Returns
    -------
    list of SuggestRow
        By picture, then by number of points, then by placement.

    Raises
    ------
    PhotoError
        When a picture is missing or cannot be read, or a folder holds none.
    OptionError
        When an argument is not valid, or no picture is left.
    MethodUnavailable
        When the networks cannot be loaded.
    Cancelled
        When ``progress.cancelled`` became true.
    """
    for name, least, value in (
        ("points", 0, min(points, default=-1)),
        ("size", 16, size),
        ("every", 1, every),
        ("first", 0, first),
        ("seed", 0, seed),
    ):
        if value < least:
            raise OptionError(f"{name} {value}: must be at least {least}")
    found = pictures.find(paths)
    files = found[first::every]
    if not files:
        raise OptionError(f"first {first}: there are {len(found)} pictures; take a smaller one")
    lab = color.space("lab")
    rows: list[SuggestRow] = []
    for n, file in enumerate(files):
        rgb = pictures.resize(read_rgb(file), size)
        lightness, chroma = lab.from_codes(rgb)
        places = _placements(lightness, chroma, max(points), seed, file.name)
        colour = Assisted().prepare(lightness)
        for count in dict.fromkeys(points):
            check_cancelled(progress)
            scores: tuple[float, float] | None = None
            for placement, place in places.items():
                if count or scores is None:
                    shown = np.asarray(lab.recompose(lightness, colour(place(count)).chroma), "u1")
                    difference = metrics.delta_e_map(shown, rgb)
                    scores = metrics.psnr(shown, rgb), float(difference.mean(dtype=np.float64))
                height, width = lightness.shape
                rows.append(SuggestRow(file.name, height, width, placement, count, seed, *scores))
        if progress is not None:
            progress.report((n + 1) / len(files))
    return rows


def _placements(
    lightness: Plane, chroma: Chroma, most: int, seed: int, name: str
) -> dict[Placement, Callable[[int], HintMap]]:
    """For each placement, hints at so many places."""
    h, w = lightness.shape
    spots = Adviser(lightness).spots(HintMap.empty((h, w)), most) if most else []
    centres = [(spot.y * h, spot.x * w) for spot in spots]

    def drawn_by(law: Callable[..., HintMap]) -> Callable[[int], HintMap]:
        key = zlib.crc32(f"{name}/{law.__name__}".encode())
        return lambda count: law(chroma, count, np.random.default_rng([seed, key]), POINT)

    return {
        "suggested": lambda count: points_at(chroma, centres[:count], POINT),
        "uniform": drawn_by(uniform_points),
        "zhang": drawn_by(zhang_points),
    }
