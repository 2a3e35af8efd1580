"""Samples for the networks: photographs on the device, random crops, film, hints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from handtint.errors import PhotoError
from handtint.train import photos
from handtint.train.device_color import lab_of
from handtint.train.device_hints import random_hints, recoloured_part, turned
from handtint.train.film import framed, frames, on_film
from handtint.train.recipe import Recipe

SIDE = 256
"""Photographs are kept as squares of this side, with their proportions beside them."""


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """Photographs on the device: uint8 (N, 3, SIDE, SIDE), and width / height (N,)."""

    pixels: Tensor
    proportions: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Samples: what the network sees, and what it should say."""

    lightness: Tensor  # (B, 1, S, S)
    hints: Tensor  # (B, 2, S, S)
    mask: Tensor  # (B, 1, S, S)
    chroma: Tensor  # (B, 2, S, S), the truth
    changed: Tensor  # (B,), whether a region has another hue


def load(
    sources: Sequence[photos.Source], place: torch.device, tell: Callable[[str], None]
) -> Squares:
    """Read photographs onto the device.

    Raises
    ------
    PhotoError
        When none can be read.
    """
    pixels, proportions = [], []
    for _, rgb in photos.read(sources, warn=tell):
        h, w, _ = rgb.shape
        square = Image.fromarray(rgb).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        pixels.append(np.asarray(square).transpose(2, 0, 1))
        proportions.append(w / h)
    if not pixels:
        raise PhotoError("no photo could be read; give others")
    stacked = torch.from_numpy(np.stack(pixels))
    return Squares(stacked.to(place), torch.tensor(proportions, device=place))


def make_batch(squares: Squares, recipe: Recipe) -> Batch:
    """Random samples."""
    count, device = recipe.batch, squares.pixels.device
    rgb = crops(squares, count, recipe.size)
    lightness, chroma = lab_of(rgb)
    vivid = torch.rand(count, 1, 1, 1, device=device)
    gain = torch.where(vivid < 0.7, 0.85 + 0.45 * vivid / 0.7, 1.0)
    chroma = turned(chroma * gain, 0.04 * torch.randn(count, device=device))
    seen = on_film(rgb, lightness, recipe.film)
    hints, mask = random_hints(chroma, recipe.no_hints)
    chroma, hints, changed = recoloured_part(chroma, hints, mask, seen, recipe.recoloured)
    frame = frames(count, recipe.size, recipe.size, recipe.frames, device)
    mask = mask * ~frame
    return Batch(framed(seen, frame), hints * mask, mask, chroma * ~frame, changed)


def crops(squares: Squares, count: int, size: int) -> Tensor:
    """Random crops, sometimes a little turned, half of them mirrored: (count, 3, size, size)."""
    device = squares.pixels.device
    chosen = torch.randint(len(squares.pixels), (count,), device=device)
    proportion = squares.proportions[chosen]

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(count, device=device) * (high - low) + low

    # In heights of the photograph: area, proportions, height, width and centre of the crop.
    area, ratio = uniform(0.35, 1) * proportion, torch.exp(uniform(-0.2877, 0.2877))
    height = torch.sqrt(area / ratio).clamp(max=1)
    width = torch.minimum(height * ratio, proportion)
    x = width / 2 + torch.rand(count, device=device) * (proportion - width)
    y = height / 2 + torch.rand(count, device=device) * (1 - height)
    angle = 0.07 * torch.randn(count, device=device) * (torch.rand(count, device=device) < 0.4)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    mirrored = torch.where(torch.rand(count, device=device) < 0.5, -1.0, 1.0)
    rows = [
        [mirrored * cosine * width / proportion, -sine * height / proportion,
         2 * x / proportion - 1],
        [mirrored * sine * width, cosine * height, 2 * y - 1],
    ]  # fmt: skip
    turn = torch.stack([torch.stack(row, 1) for row in rows], 1)
    grid = functional.affine_grid(turn, [count, 3, size, size], align_corners=False)
    found = functional.grid_sample(
        squares.pixels[chosen].float() / 255,
        grid,
        padding_mode="reflection",
        align_corners=False,
    )
    return found.clamp(0, 1)
