"""What a network is trained on, and how."""

from __future__ import annotations

from dataclasses import dataclass

from handtint.train import photos
from handtint.train.nets.encoder import Size


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is trained, on what, and how.

    Parameters
    ----------
    licence : {"any", "open"}
        Which photographs are taken.
    photos : int
        Photographs to learn from, at most.
    steps : int
        Steps of the whole schedule.
    minutes : float
        After so many minutes this part of the schedule ends; 0 for no end.
    batch, size : int
        Samples of a step, and their side in pixels.
    rate, encoder_rate : float
        Largest learning rate, and the factor of the encoder's.
    decay : float
        Weight decay.
    rebalance : float
        How little rare colours count more: 1 not at all.
    drop : float
        Dropout of features and depth.
    no_hints, film, frames, recoloured : float
        Shares of the samples without hints, on old film, in frames, and with a region of another
        hue.
    encoder : {"lite0", "lite1", "lite2"}
    width : int
        Channels of the decoder.
    seed : int
    """

    licence: photos.Licence = "any"
    photos: int = 100_000
    steps: int = 10_000
    minutes: float = 0.0
    batch: int = 160
    size: int = 192
    rate: float = 8e-4
    encoder_rate: float = 0.15
    decay: float = 0.05
    rebalance: float = 0.3
    drop: float = 0.1
    no_hints: float = 0.35
    film: float = 0.5
    frames: float = 0.15
    recoloured: float = 0.2
    encoder: Size = "lite2"
    width: int = 64
    seed: int = 0
