"""Whether the sets of plausible colours hold the true ones as often as their level says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from handtint.colorizer import Progress, check_cancelled
from handtint.errors import OptionError
from handtint.inference import plausible
from handtint.inference.bins import chroma_bins
from handtint.inference.plausible import STRATA, Stratum
from handtint.methods.proposing import Proposing
from handtint.simulate import pictures
from handtint.simulate.pictures import Split
from handtint.simulate.trials import trials

LIVELY = 30.0
"""Chroma from which on a colour counts as lively, in CIE Lab."""


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One level on one picture with one set of hints.

    Parameters
    ----------
    image : str
        Name of the picture's file.
    split : {"tune", "test"}
        Half of the pictures that it belongs to (`handtint.simulate.pictures.halves`).
    stratum : {"none", "few", "many"}
        How many hints there were (`handtint.inference.plausible.stratum`).
    level : float
        That was asked for.
    coverage : float, in [0, 1]
        Share of the cells whose set holds the true bin.
    coverage_lively : float or None, in [0, 1]
        The same of the cells whose true bin has a chroma of `LIVELY` or more; None without any.
    size : float
        Mean number of bins in a set.
    spread : float
        Mean of `handtint.inference.plausible.spread`.
    """

    image: str
    split: Split
    stratum: Stratum
    level: float
    coverage: float
    coverage_lively: float | None
    size: float
    spread: float


def run_coverage(
    paths: Sequence[Path],
    levels: Sequence[float],
    *,
    split: Split | None = None,
    seed: int = 3,
    model: str | os.PathLike[str] | None = None,
    calibration: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> list[CoverageRow]:
    """Compare the sets of colour photographs with their true colours.

    Parameters
    ----------
    paths : sequence of Path
        Colour pictures, and folders of them.
    levels : sequence of float, in [0.5, 0.99]
    split : {"tune", "test"}, optional
        Half of the pictures to be measured; a calibration flatters those that it was made on.
    seed : int
        Of the hints (`handtint.simulate.trials`).
    model, calibration : path, optional
        As for `handtint.uncertainty`.
    progress : Progress, optional
        Receives the progress and carries the cancellation.

    Raises
    ------
    PhotoError
        When a picture is missing or cannot be read, or a folder holds none.
    OptionError
        When there is no level, or one cannot be certified.
    MethodUnavailable
        When a network or the calibration is missing, damaged, or not made for the other.
    Cancelled
        When ``progress.cancelled`` became true.
    """
    if not levels:
        raise OptionError("no level to check; give at least one")
    models = Proposing(model=os.fspath(model or "")).models()
    table = plausible.read(calibration or plausible.SHIPPED_CALIBRATION)
    table.check(models)
    thresholds = {(lv, name): table.threshold(lv, name) for lv in levels for name in STRATA}
    networks, bins = [m.network for m in models], chroma_bins()
    files = pictures.halves(paths, split)
    rows: list[CoverageRow] = []
    for n, (file, half) in enumerate(files):
        for trial in trials(file, networks, seed):
            check_cancelled(progress)
            before = plausible.preceding(trial.probabilities)
            lively = np.hypot(*bins[trial.truth].transpose(2, 0, 1)) >= LIVELY
            for level in levels:
                sets = before < np.float32(thresholds[level, trial.stratum])
                held = np.take_along_axis(sets, trial.truth[..., None], 2)[..., 0]
                rows.append(
                    CoverageRow(
                        file.name,
                        half,
                        trial.stratum,
                        level,
                        float(held.mean()),
                        float(held[lively].mean()) if lively.any() else None,
                        float(sets.sum(2).mean()),
                        float(plausible.spread(sets, bins).mean()),
                    )
                )
        if progress is not None:
            progress.report((n + 1) / len(files))
    return rows
