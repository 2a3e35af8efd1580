"""Lightness with the statistics of photographs, in any size, and strokes on it, for timing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from handtint import color
from handtint.errors import OptionError
from handtint.io import read_rgb
from handtint.simulate import pictures
from handtint.types import HintMap, Plane

TILE = 512
"""Side of one tile of a mosaic, in pixels."""

_SHAPES = 100
_HINTS = 50


def invented_tiles() -> Iterator[Plane]:
    """Endless tiles: eight invented photographs (`invent`), over and over."""
    return cycle(invent(TILE, seed) for seed in range(8))


def photo_tiles(paths: Iterable[Path]) -> Iterator[Plane]:
    """Endless tiles: the middle of each photograph, in turn, at its own resolution.

    Photographs with a short side below `TILE` are enlarged to it.

    Raises
    ------
    PhotoError
        When a picture is missing or cannot be read, or a folder holds none.
    """
    return cycle([_middle(path) for path in pictures.find(paths)])


def mosaic(tiles: Iterable[Plane], side: int) -> Plane:
    """Square of ``side`` pixels filled with tiles, row by row, cut at the right and the bottom."""
    lightness = np.empty((side, side), np.float32)
    source = iter(tiles)
    for top in range(0, side, TILE):
        for left in range(0, side, TILE):
            space = lightness[top : top + TILE, left : left + TILE]
            space[...] = next(source)[: space.shape[0], : space.shape[1]]
    return lightness


def invent(side: int, seed: int) -> Plane:
    """Lightness of an invented photograph: soft and sharp shapes, texture, shading and grain.

    Over a shaded ground lie half-planes and ellipses, the later ones in front, each with a
    lightness, a slope, a texture of its own scale and an edge between sharp and four pixels wide;
    over all lies grain with a standard deviation of 0.8.

    Parameters
    ----------
    side : int
        Height and width, in pixels.
    seed : int
        The same seed gives the same picture.

    Returns
    -------
    ndarray, shape (side, side), float32, in [0, 100]
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    textures = [_noise(rng, side, scale) for scale in (1.0, 2.5, 6.0, 20.0)]
    lightness = 55 + 30 * y + 8 * textures[-1]
    for i in range(_SHAPES):
        angle = rng.uniform(0, 2 * np.pi)
        along = np.cos(angle) * (x - rng.uniform(-0.5, 0.5)) + np.sin(angle) * (
            y - rng.uniform(-0.5, 0.5)
        )
        across = np.cos(angle) * y - np.sin(angle) * x + rng.uniform(-0.5, 0.5)
        radius = 0.4 / (1 + 0.2 * i)
        inside = -along if i < 3 else radius - np.hypot(along, across / rng.uniform(0.3, 1))
        edge = rng.uniform(0.5, 4) / side
        cover = np.clip(inside / edge + 0.5, 0, 1)
        texture = textures[rng.integers(len(textures))]
        surface = rng.uniform(5, 95) + rng.uniform(-40, 40) * along + rng.gamma(0.5, 8.0) * texture
        lightness += cover * (surface - lightness)
    lightness += rng.normal(0, 0.8, lightness.shape)
    clipped: Plane = np.clip(lightness, 0, 100).astype(np.float32)
    return clipped


def random_hints(shape: tuple[int, int]) -> HintMap:
    """50 hard squares of random chroma; they grow with the picture, as strokes on a photo do.

    The chroma has a standard deviation of 10, that of the Kodak photographs in CIELAB.
    """
    rng = np.random.default_rng(0)
    hints = HintMap.empty(shape)
    size = min(max(1, round(0.014 * max(shape))), *shape)
    for _ in range(_HINTS):
        row, column = rng.integers(0, np.array(shape) - size + 1)
        square = (slice(row, row + size), slice(column, column + size))
        hints.chroma[square] = rng.normal(0, 10, 2)
        hints.weight[square] = 1
    return hints


def one_more_stroke(hints: HintMap) -> HintMap:
    """The hints and a level stroke, 3 x 60 pixels, in the middle of the picture."""
    chroma, weight = hints.chroma.copy(), hints.weight.copy()
    row, column = hints.shape[0] // 2, hints.shape[1] // 2
    stroke = (slice(row - 1, row + 2), slice(column - 30, column + 30))
    chroma[stroke] = (15, -15)
    weight[stroke] = 1
    return dataclasses.replace(hints, chroma=chroma, weight=weight)


def check_megapixels(megapixels: Iterable[float]) -> None:
    """Make sure that pictures of these sizes can be made.

    Raises
    ------
    OptionError
        When one of them is not in [0.01, 100].
    """
    for size in megapixels:
        if not 0.01 <= size <= 100:
            raise OptionError(f"megapixels {size:g}: must lie in [0.01, 100]")


def _noise(rng: np.random.Generator, side: int, scale: float) -> Plane:
    noise = gaussian_filter(rng.normal(size=(side, side)).astype(np.float32), scale, mode="wrap")
    normal: Plane = noise / noise.std()
    return normal


def _middle(path: Path) -> Plane:
    rgb = read_rgb(path)
    height, width, _ = rgb.shape
    if min(height, width) < TILE:
        rgb = pictures.resize(rgb, -(-TILE * max(height, width) // min(height, width)))
        height, width, _ = rgb.shape
    top, left = (height - TILE) // 2, (width - TILE) // 2
    lightness, _ = color.space("lab").from_codes(rgb[top : top + TILE, left : left + TILE])
    return lightness
