"""What methods propose without strokes, and how they answer to a single one."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handtint import color, metrics
from handtint.bench.hints import parse_method
from handtint.colorizer import Colorizer, Progress, check_cancelled
from handtint.errors import HandtintError, MethodError, OptionError
from handtint.io import read_rgb
from handtint.pipeline import check_space, propagate
from handtint.realism import Patches, distance, patches
from handtint.simulate import pictures
from handtint.simulate.hints import zhang_points
from handtint.types import Chroma, HintMap, Plane

SIZE = 256
"""Long side of the pictures, in pixels; the other size is twice that."""

_ABSURD = 50.0
_MOVED = 2.0


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One method on one picture.

    Parameters
    ----------
    image, method : str
        As in `handtint.bench.hints.HintRow`.
    psnr : float
        Of what is proposed without strokes, in dB.
    psnr_grey : float
        Of the grey picture.
    psnr_tinted, psnr_flat : float
        The same two where the true mean chroma of the picture is known: it replaces the mean of the
        proposed chroma, and it is laid over the grey picture.
    colourfulness, true_colourfulness : float
        Of what is proposed and of the true picture.
    unlike : float
        How unlike the colours of what the method proposes for all the pictures are to the true
        ones, together (`handtint.realism`); the same in all rows of a method.
    met : float
        Mean CIEDE2000 in a square of 6 x 6 pixels, between the true mean colour that was given
        there as the only hint and what the method made of it.
    met_absurd : float
        The same for a colour of the opposite hue and a chroma of 50.
    moved : float
        Part of the picture, in [0, 1], that this absurd hint moves by more than 2 in CIEDE2000.
    resized : float
        Mean CIEDE2000 between what is proposed at `SIZE` and at twice that, reduced to `SIZE`.
    """

    image: str
    method: str
    psnr: float
    psnr_grey: float
    psnr_tinted: float
    psnr_flat: float
    colourfulness: float
    true_colourfulness: float
    unlike: float
    met: float
    met_absurd: float
    moved: float
    resized: float


def run_proposals(
    paths: Sequence[Path],
    methods: Sequence[str],
    *,
    seed: int = 3,
    progress: Progress | None = None,
) -> list[ProposalRow]:
    """Colour photographs without strokes and with a single one, and compare.

    Parameters
    ----------
    paths : sequence of Path
        Colour pictures, and folders of them; brought to a long side of `SIZE`.
    methods : sequence of str
        Names of methods that can do without strokes, with options after colons as for
        `handtint.bench.hints.run_hints`.
    seed : int
        Seed of the hint's place, which follows `handtint.simulate.hints.zhang_points`.
    progress : Progress, optional
        Receives the progress and carries the cancellation.

    Raises
    ------
    PhotoError
        When a picture is missing or cannot be read, or a folder holds none.
    OptionError, UnknownMethod, MethodUnavailable
        When a method or one of its options is not valid, or a method needs strokes.
    MethodError
        When a method fails; says which one, and on what.
    Cancelled
        When ``progress.cancelled`` became true.
    """
    if not methods:
        raise OptionError("no method to measure; name at least one")
    colorizers = {text: parse_method(text) for text in methods}
    for text, method in colorizers.items():
        check_space(method, color.space("lab"))
        if method.info.hints == "needed":
            raise OptionError(f"{text} needs strokes, so it proposes nothing; name another method")
    files = pictures.find(paths)
    rows: list[ProposalRow] = []
    made: dict[str, list[Patches]] = {text: [] for text in colorizers}
    true: list[Patches] = []
    for n, file in enumerate(files):
        picture = read_rgb(file)
        rgb, large = (pictures.resize(picture, size) for size in (SIZE, 2 * SIZE))
        true.append(patches(rgb, seed=n))
        for text, method in colorizers.items():
            check_cancelled(progress)
            try:
                row, shown = _measure(text, method, file.name, rgb, large, seed)
            except HandtintError as error:
                raise MethodError(f"{text} on {file.name}: {error}") from error
            rows.append(row)
            made[text].append(patches(shown, seed=n))
            if progress is not None:
                progress.report(len(rows) / (len(files) * len(colorizers)))
    unlike = {text: distance(found, true) for text, found in made.items()}
    return [replace(row, unlike=unlike[row.method]) for row in rows]


def _measure(
    text: str,
    method: Colorizer,
    name: str,
    rgb: NDArray[np.uint8],
    twice: NDArray[np.uint8],
    seed: int,
) -> tuple[ProposalRow, NDArray[np.uint8]]:
    """The row, all but `ProposalRow.unlike`, and what is proposed."""
    lab = color.space("lab")
    lightness, chroma = lab.from_codes(rgb)
    none = HintMap.empty(lightness.shape)
    proposed = propagate(method, lightness, none).chroma
    shown = _picture(lightness, proposed)
    tint = chroma.mean((0, 1))
    large, _ = lab.from_codes(twice)
    other = _picture(large, propagate(method, large, HintMap.empty(large.shape)).chroma)
    h, w = lightness.shape
    other = np.asarray(Image.fromarray(other).resize((w, h), Image.Resampling.BOX))

    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    hints = zhang_points(chroma, 1, rng)
    answered = propagate(method, lightness, hints).chroma
    absurd = HintMap.empty(lightness.shape)
    absurd.weight[:] = hints.weight
    absurd.chroma[hints.weight > 0] = _opposite(hints.chroma[hints.weight > 0].mean(0))
    turned = propagate(method, lightness, absurd).chroma
    moved = metrics.delta_e_map(shown, _picture(lightness, turned)) > _MOVED
    row = ProposalRow(
        image=name,
        method=text,
        psnr=metrics.psnr(shown, rgb),
        psnr_grey=metrics.psnr(_picture(lightness, np.zeros_like(chroma)), rgb),
        psnr_tinted=metrics.psnr(_picture(lightness, proposed - proposed.mean((0, 1)) + tint), rgb),
        psnr_flat=metrics.psnr(_picture(lightness, np.zeros_like(chroma) + tint), rgb),
        colourfulness=metrics.colourfulness(shown),
        true_colourfulness=metrics.colourfulness(rgb),
        unlike=math.nan,
        met=_distance(lightness, hints, answered),
        met_absurd=_distance(lightness, absurd, turned),
        moved=float(moved.mean()),
        resized=metrics.delta_e(shown, other),
    )
    return row, shown


def _picture(lightness: Plane, chroma: Chroma) -> NDArray[np.uint8]:
    return np.asarray(color.space("lab").recompose(lightness, chroma), np.uint8)


def _distance(lightness: Plane, hints: HintMap, answered: Chroma) -> float:
    """Mean CIEDE2000 at the hint between what was wanted and what came, both as displayed."""
    wanted, came = _picture(lightness, hints.chroma), _picture(lightness, answered)
    at = metrics.delta_e_map(wanted, came)[hints.weight > 0]
    return float(at.mean(dtype=np.float64))


def _opposite(chroma: NDArray[np.float32]) -> NDArray[np.float32]:
    """The opposite hue, with a chroma of 50; for grey, a purple."""
    length = float(np.hypot(*chroma))
    hue = -chroma / length if length > 1 else np.array([0.8, -0.6], np.float32)
    return np.asarray(_ABSURD * hue, np.float32)
