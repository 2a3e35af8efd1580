"""Calibrating sets of plausible colours on photographs that the networks did not learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handtint.inference.model import Model
from handtint.inference.plausible import FEW, STRATA, Calibration, Stratum, calibrate, preceding
from handtint.simulate import pictures
from handtint.simulate.pictures import Split
from handtint.simulate.trials import MOST, SIZE, trials

_TOLD = 25


def calibration(
    paths: Sequence[Path],
    models: Sequence[Model],
    *,
    split: Split | None = None,
    seed: int = 0,
    about: str = "",
    say: Callable[[str], None],
) -> Calibration:
    """Calibrate networks on photographs.

    Parameters
    ----------
    paths : sequence of Path
        Colour photographs, and folders of them.
    models : sequence of Model
        The networks; what is calibrated is their mean.
    split : {"tune", "test"}, optional
        Half of the photographs to be taken (`handtint.simulate.pictures.halves`).
    seed : int
        Of the hints (`handtint.simulate.trials`).
    about : str
        What the photographs are, for the card.
    say : callable
        Told, in one line, how far it is.

    Raises
    ------
    PhotoError
        When a photograph is missing or cannot be read.
    """
    files = [file for file, _ in pictures.halves(paths, split)]
    networks = [model.network for model in models]
    losses: dict[Stratum, list[NDArray[np.float32]]] = {name: [] for name in STRATA}
    for n, file in enumerate(files):
        found: dict[Stratum, list[NDArray[np.float32]]] = {}
        for trial in trials(file, networks, seed):
            before = preceding(trial.probabilities)
            true = np.take_along_axis(before, trial.truth[..., None], 2)
            found.setdefault(trial.stratum, []).append(true.ravel())
        for name, parts in found.items():
            losses[name].append(np.concatenate(parts))
        if (n + 1) % _TOLD == 0:
            say(f"{n + 1} of {len(files)} photographs")
    card: dict[str, Any] = {
        "data": [path.name for path in paths],
        "split": split or "all",
        "about": about,
        "made": datetime.now(UTC).date().isoformat(),
        "seed": seed,
        "long_side": SIZE,
        "hints": f"none; 1 to {FEW}; {FEW + 1} to {MOST}; points or strokes (simulate.trials)",
        "lightness": "of the colour photographs as they are; no film was simulated",
    }
    return calibrate(losses, models, card)
