"""What a network in training does with photographs that are kept aside: figures, and a sheet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from handtint import metrics, realism
from handtint.inference.session import TEMPERATURE
from handtint.train.device_color import lab_of, rgb_of
from handtint.train.device_hints import points
from handtint.train.nets.hintnet import HintNet
from handtint.train.samples import SIDE, Squares

HINTS = 10
"""Points that each photograph gets; the same ones at each validation."""

ROWS = 8
"""Photographs on the sheet, at most."""

_GAP, _PAPER = 6, 128


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """Means over photographs kept aside, and a look at some.

    Parameters
    ----------
    psnr, hinted_psnr : float
        Of the proposals without hints and with `HINTS` points, in dB.
    colourfulness, true_colourfulness : float
        Of the proposals without hints, and of the photographs (`handtint.metrics.colourfulness`).
    unlike : float
        How unlike the colours of the proposals without hints are to those of the photographs, all
        together (`handtint.realism`).
    sheet : ndarray, shape (H, W, 3), uint8
        A photograph a row: lightness with hints, proposal without, proposal with, truth.
    """

    psnr: float
    hinted_psnr: float
    colourfulness: float
    true_colourfulness: float
    unlike: float
    sheet: NDArray[np.uint8]

    def __str__(self) -> str:
        return (
            f"kept aside: PSNR {self.psnr:.2f} dB without hints, {self.hinted_psnr:.2f} dB with "
            f"{HINTS}; colourfulness {self.colourfulness:.1f} of {self.true_colourfulness:.1f}, "
            f"patches unlike by {self.unlike:.2f}"
        )


def validate(network: HintNet, squares: Squares) -> Validation:
    """Let a network colour photographs kept aside; random numbers of a training go on after it."""
    place = squares.pixels.device
    with torch.random.fork_rng([place] if place.type == "cuda" else []), torch.no_grad():
        torch.manual_seed(1)
        parts = [_pictures(network, pixels) for pixels in torch.split(squares.pixels, 16)]
    shown, free, hinted, truth = (np.concatenate(kind) for kind in zip(*parts, strict=True))
    return Validation(
        float(np.mean([metrics.psnr(a, b) for a, b in zip(free, truth, strict=True)])),
        float(np.mean([metrics.psnr(a, b) for a, b in zip(hinted, truth, strict=True)])),
        float(np.mean([metrics.colourfulness(a) for a in free])),
        float(np.mean([metrics.colourfulness(b) for b in truth])),
        _unlike(free, truth),
        _sheet((shown, free, hinted, truth), squares.proportions[:ROWS].tolist()),
    )


def _pictures(network: HintNet, pixels: Tensor) -> list[NDArray[np.uint8]]:
    """Four pictures of each photograph (B, 3, H, W): each (B, H, W, 3)."""
    rgb = pixels.float() / 255
    lightness, chroma = lab_of(rgb)
    hints, mask = points(chroma, HINTS)
    told = torch.tensor(TEMPERATURE, device=pixels.device)
    free, hinted = (
        network(lightness, hints * given, mask * given, told).chroma for given in (0.0, 1.0)
    )
    found = [rgb_of(lightness, c) for c in (hints, free, hinted)]
    codes = [(x * 255).round().to(torch.uint8) for x in found] + [pixels]
    return [x.permute(0, 2, 3, 1).cpu().numpy() for x in codes]


def _unlike(made: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    one, other = (
        [realism.patches(rgb, seed=n) for n, rgb in enumerate(pictures)]
        for pictures in (made, truth)
    )
    return realism.distance(one, other)


def _sheet(columns: tuple[NDArray[np.uint8], ...], proportions: list[float]) -> NDArray[np.uint8]:
    """Pictures side by side, in their own proportions, a row for each of ``proportions``."""
    step = SIDE + _GAP
    size = (step * len(columns) + _GAP, step * len(proportions) + _GAP)
    sheet = Image.new("RGB", size, (_PAPER,) * 3)
    for row, proportion in enumerate(proportions):
        width = round(SIDE * min(1, proportion))
        height = round(SIDE * min(1, 1 / proportion))
        for column, pictures in enumerate(columns):
            picture = Image.fromarray(pictures[row]).resize((max(1, width), max(1, height)))
            sheet.paste(picture, (_GAP + step * column, _GAP + step * row))
    return np.asarray(sheet)
