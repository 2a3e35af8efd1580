"""A photograph with the spots where strokes would help, and a palette beside each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from handtint import io
from handtint.hints import Strokes
from handtint.methods.advising import Spot

SMALLEST, LARGEST = 900, 1600
"""Long side of the picture in pixels, at least and at most."""

_FINER = 2
_PAPER, _INK, _LINE = (255, 255, 255, 235), (28, 28, 30, 255), (28, 28, 30, 120)


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Lengths on the finer canvas, in pixels."""

    radius: float
    swatch: float
    gap: float
    bar: float

    @classmethod
    def of(cls, long_side: int) -> _Sizes:
        unit = long_side / 100
        return cls(radius=1.5 * unit, swatch=2.6 * unit, gap=0.5 * unit, bar=0.45 * unit)


# Where a palette may stand around its spot, the best first, and how far away it may go for room.
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_RINGS = 4

Box = tuple[float, float, float, float]


def annotated(photo: io.Photo, strokes: Strokes | None, spots: Sequence[Spot]) -> NDArray[np.uint8]:
    """The grey photo with its strokes, numbered spots, and the likely colours of each.

    Below each colour stands a bar as long as the colour is likely.

    Parameters
    ----------
    photo : Photo
    strokes : Strokes, optional
        Strokes that are there.
    spots : sequence of Spot
        As `handtint.pipeline.suggest` gives them.

    Returns
    -------
    ndarray, shape (h, w, 3), uint8
        The long side has between `SMALLEST` and `LARGEST` pixels.
    """
    height, width = photo.gray.shape
    scale = min(max(height, width, SMALLEST), LARGEST) / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    gray = Image.fromarray((photo.gray >> (photo.bits - 8)).astype(np.uint8)).resize(size)
    below = np.asarray(gray)
    rgb = np.repeat(below[..., None], 3, axis=2) if strokes is None else strokes.overlay(below)
    canvas = Image.new("RGBA", (size[0] * _FINER, size[1] * _FINER), (0, 0, 0, 0))
    sizes = _Sizes.of(max(canvas.size))
    draw = ImageDraw.Draw(canvas)
    r = 1.2 * sizes.radius
    centres = [
        (
            _within(s.x * scale * _FINER, r, canvas.width),
            _within(s.y * scale * _FINER, r, canvas.height),
        )
        for s in spots
    ]
    taken: list[Box] = [(x - r, y - r, x + r, y + r) for x, y in centres]
    boxes = []
    for spot, centre in zip(spots, centres, strict=True):
        box = _room(centre, len(spot.colours), sizes, canvas.size, taken)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        draw.line((*centre, *middle), fill=_PAPER, width=2 * _FINER)
        taken.append(box)
        boxes.append(box)
    for number, (spot, centre, box) in enumerate(zip(spots, centres, boxes, strict=True), start=1):
        _palette(draw, spot, box, sizes)
        _marker(draw, number, centre, sizes)
    over = canvas.resize(size, Image.Resampling.BOX)
    whole = Image.alpha_composite(Image.fromarray(rgb).convert("RGBA"), over)
    return np.asarray(whole.convert("RGB"))


def _room(
    centre: tuple[float, float],
    colours: int,
    sizes: _Sizes,
    canvas: tuple[int, int],
    taken: Sequence[Box],
) -> Box:
    """Where a palette covers least of what is drawn already, near its spot and inside."""
    x, y = centre
    width = colours * sizes.swatch + (colours + 1) * sizes.gap
    height = sizes.swatch + sizes.bar + 3 * sizes.gap
    boxes = []
    for ring in range(_RINGS):
        off = sizes.radius + sizes.gap + ring * height
        for aside, down in _SIDES:
            left = x + aside * (off + width / 2) - width / 2
            top = y + down * (off + height / 2) - height / 2
            left = _within(left, sizes.gap, canvas[0] - width)
            top = _within(top, sizes.gap, canvas[1] - height)
            boxes.append((left, top, left + width, top + height))
    return min(boxes, key=lambda box: sum(_common(box, other) for other in taken))


def _within(at: float, margin: float, length: float) -> float:
    """The position moved to ``margin`` from either end of a length."""
    return max(min(at, length - margin), min(margin, length / 2))


def _common(a: Box, b: Box) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0)


def _palette(draw: ImageDraw.ImageDraw, spot: Spot, box: Box, sizes: _Sizes) -> None:
    gap, side = sizes.gap, sizes.swatch
    draw.rounded_rectangle(box, gap * 1.5, fill=_PAPER, outline=_LINE, width=_FINER)
    left, top = box[0] + gap, box[1] + gap
    for colour in spot.colours:
        swatch = (left, top, left + side, top + side)
        draw.rounded_rectangle(swatch, gap, fill=(*colour.rgb, 255))
        bar = top + side + gap
        draw.rectangle((left, bar, left + side * colour.share, bar + sizes.bar), fill=_INK)
        left += side + gap


def _marker(
    draw: ImageDraw.ImageDraw, number: int, centre: tuple[float, float], sizes: _Sizes
) -> None:
    (x, y), r = centre, sizes.radius
    draw.ellipse((x - r, y - r, x + r, y + r), fill=_PAPER, outline=_INK, width=2 * _FINER)
    font = ImageFont.load_default(1.35 * r if number < 10 else r)
    draw.text((x, y), f"{number}", fill=_INK, font=font, anchor="mm")
