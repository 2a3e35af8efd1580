"""A picture of a spread of colours over a photograph, with a legend that tells what it means.

The scale goes from dark blue over grey to light yellow, evenly in lightness: so it is in order for
people who do not see all hues, and on paper without colour. The photograph's own light and dark
areas would be mistaken for it; therefore only its fine detail is laid over the scale.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from handtint.color import space
from handtint.types import Chroma, Plane

_LAB = space("lab")

# a* and b* at even steps of the scale, and lightness at its ends.
_CHROMA = np.array([(10, -38), (2, -24), (0, -6), (-1, 16), (-2, 40), (-4, 66)], np.float32)
_LIGHTNESS = (24.0, 92.0)

# Most that the photograph may change the lightness, and the part of the long side that is fine.
_DETAIL = np.float32(16)
_COARSE = 1 / 20

_TICKS = 6
_LEAST_WIDTH = 480
_PAPER = 255
_INK = (32, 32, 32)


def chart(lightness: Plane, spread: Plane, top: float, title: str) -> NDArray[np.uint8]:
    """The spread as colours over the photograph, and a legend below.

    Parameters
    ----------
    lightness, spread : ndarray, shape (H, W), float32
        The photograph, and the root mean square distance of colours from their mean, in CIE Lab.
    top : float
        Spread at the end of the scale.
    title : str
        One line that stands above the legend.

    Returns
    -------
    ndarray, shape (H', max(W, 480), 3), uint8
        sRGB code values.
    """
    _, width = spread.shape
    detail = lightness - gaussian_filter(lightness, max(spread.shape) * _COARSE)
    picture = _scale(spread / np.float32(top), _DETAIL * np.tanh(detail / (1.4 * _DETAIL)))
    legend = _legend(max(width, _LEAST_WIDTH), top, title)
    margin = legend.shape[1] - width
    sides = ((0, 0), (margin // 2, margin - margin // 2), (0, 0))
    return np.concatenate([np.pad(picture, sides, constant_values=_PAPER), legend])


def _scale(position: Plane, detail: Plane | float = 0.0) -> NDArray[np.uint8]:
    """Colours at positions of the scale, of which 0 and 1 are the ends."""
    position = np.clip(position, 0, 1)
    low, high = _LIGHTNESS
    at = np.linspace(0, 1, len(_CHROMA))
    chroma = np.stack([np.interp(position, at, channel) for channel in _CHROMA.T], axis=2)
    return _codes(np.clip(low + (high - low) * position + detail, 0, 100), chroma)


def _legend(width: int, top: float, title: str) -> NDArray[np.uint8]:
    """Title, bar with numbers, and discs of colours that lie as far apart as the numbers say."""
    em = min(max(width // 48, 13), 24)
    margin, bar, disc = 2 * em, int(1.4 * em), 4 * em
    tops = np.cumsum([em, 2 * em, bar + em // 2, int(1.6 * em), disc + em // 2])
    whole = Image.new("RGB", (width, int(tops[-1]) + 2 * em), (_PAPER,) * 3)
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(em)
    draw.text((margin, tops[0]), title, _INK, font)
    length = width - 2 * margin
    steps = np.linspace(0, 1, length, dtype=np.float32)
    whole.paste(Image.fromarray(_scale(np.tile(steps, (bar, 1)))), (margin, int(tops[1])))
    for n in range(_TICKS):
        share = n / (_TICKS - 1)
        x = margin + round(share * (length - 1))
        draw.line((x, tops[1], x, tops[1] + bar + em // 4), _INK)
        more = " or more" if n == _TICKS - 1 else ""
        anchor = {0: "la", _TICKS - 1: "ra"}.get(n, "ma")
        draw.text((x, tops[2]), f"{share * top:g}{more}", _INK, font, anchor)
        left = min(max(x - disc // 2, margin), width - margin - disc)
        colours, inside = _disc(disc, share * top)
        whole.paste(Image.fromarray(colours), (left, int(tops[3])), Image.fromarray(inside))
    draw.text((margin, tops[4]), "one colour is plausible", _INK, font)
    draw.text((width - margin, tops[4]), "nearly any hue is", _INK, font, "ra")
    return np.asarray(whole)


def _disc(side: int, spread: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A disc of colours of a spread, around grey, and where it is (255)."""
    y, x = (np.indices((side, side), np.float32) - (side - 1) / 2) * (2 / side)
    # Points spread evenly over a disc of radius 1 have a root mean square radius of 1 / sqrt 2.
    chroma = np.stack([x, -y], axis=2) * np.float32(spread * np.sqrt(2))
    inside = np.clip((1 - np.hypot(x, y)) * side / 2, 0, 1) * 255
    return _codes(np.full((side, side), 66, np.float32), chroma), inside.astype(np.uint8)


def _codes(lightness: Plane, chroma: Chroma) -> NDArray[np.uint8]:
    plane, colour = np.asarray(lightness, np.float32), np.asarray(chroma, np.float32)
    return np.asarray(_LAB.recompose(plane, colour, 8), np.uint8)
