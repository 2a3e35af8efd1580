"""Sets of plausible colours, calibrated so that they hold the true one as often as was asked for.

A place's set takes the likeliest bins until their probabilities sum up to a threshold, adaptive
prediction sets (Romano, Sesia and Candès 2020) without randomisation ::

    S(x) = {b : sum of p_c(x) over all bins c that are likelier than b  <  threshold},

so a larger threshold gives sets that hold the smaller ones, and no set is empty. The loss of a
photograph is the share of its cells whose true bin is not in the set. With the mean loss R of n
photographs, conformal risk control takes the least threshold with ::

    (n R(threshold) + 1) / (n + 1)  <=  1 - level.

If the n photographs and the next one are exchangeable, the expected share of its cells whose true
bin is in the set is at least the level. Cells of one photograph depend on each other; that is why
the photograph is the unit.

References
----------
A. N. Angelopoulos, S. Bates, A. Fisch, L. Lei and T. Schuster, Conformal risk control, ICLR 2024,
arXiv:2208.02814

Y. Romano, M. Sesia and E. J. Candès, Classification with valid and adaptive coverage, NeurIPS 2020,
arXiv:2006.02544
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from handtint.errors import MethodUnavailable, OptionError, PhotoError
from handtint.inference.model import SHIPPED, Model
from handtint.inference.session import Planes
from handtint.types import Plane

FORMAT = 1
"""Version of the file."""

SHIPPED_CALIBRATION = SHIPPED / "calibration.json"
"""The calibration in the package, of the networks in the package together."""

Sets: TypeAlias = NDArray[np.bool_]
"""``(h, w, Q)`` bool: which bins are plausible in each cell."""

Stratum: TypeAlias = Literal["none", "few", "many"]
"""Photographs are calibrated by their number of hints: none, up to `FEW`, more."""

STRATA: tuple[Stratum, ...] = get_args(Stratum)

FEW = 5

LEVELS = (0.5, 0.99)
"""Range of the levels that may be asked for."""

# Finer towards 1, where high levels need it.
_THRESHOLDS = 1 - (1 - np.arange(1, 257) / 256) ** 2


def stratum(hints: int) -> Stratum:
    """The stratum of a number of hints."""
    return "none" if hints == 0 else "few" if hints <= FEW else "many"


def preceding(probabilities: Planes) -> Planes:
    """Sum of the probabilities of all likelier bins; of equal ones the first counts as likelier.

    Parameters
    ----------
    probabilities : ndarray, shape (h, w, Q), float32

    Returns
    -------
    ndarray, shape (h, w, Q), float32, in [0, 1)
    """
    order = np.argsort(-probabilities, axis=2, kind="stable")
    ordered = np.take_along_axis(probabilities, order, 2)
    before: Planes = np.zeros_like(ordered)
    np.cumsum(ordered[..., :-1], axis=2, out=before[..., 1:])
    found: Planes = np.empty_like(before)
    np.put_along_axis(found, order, before, 2)
    return np.asarray(np.minimum(found, np.nextafter(np.float32(1), np.float32(0))))


def plausible(probabilities: Planes, threshold: float | Plane) -> Sets:
    """The sets of all cells.

    Parameters
    ----------
    probabilities : ndarray, shape (h, w, Q), float32
    threshold : float or ndarray, shape (h, w), in (0, 1]
    """
    return preceding(probabilities) < np.asarray(threshold, np.float32)[..., None]


def spread(sets: Sets, bins: NDArray[np.float32]) -> Plane:
    """How far apart the colours of each set lie: root mean square distance from their mean.

    Parameters
    ----------
    sets : ndarray, shape (h, w, Q), bool
        None is empty.
    bins : ndarray, shape (Q, 2), float32
        Chroma of the bins, in CIE Lab.

    Returns
    -------
    ndarray, shape (h, w), float32
        In the units of CIE Lab; 0 for a single colour.
    """
    size = sets.sum(2)
    mean = sets @ bins / size[..., None]
    square = sets @ (bins**2).sum(1) / size
    return np.asarray(np.sqrt(np.maximum(square - (mean**2).sum(2), 0)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What photographs of known colours say about the thresholds.

    Parameters
    ----------
    thresholds : ndarray, shape (K,), in (0, 1]
        Rising, the last one 1.
    risks : mapping of Stratum to ndarray, shape (K,), in [0, 1]
        Mean loss of the photographs at each threshold.
    photographs : mapping of Stratum to int
        How many photographs that is the mean of.
    models : tuple of str
        SHA-256 of the models that it is for, sorted.
    card : mapping
        What else is known: which photographs, which hints, when.
    """

    thresholds: NDArray[np.float64]
    risks: Mapping[Stratum, NDArray[np.float64]]
    photographs: Mapping[Stratum, int]
    models: tuple[str, ...]
    card: Mapping[str, Any]

    def threshold(self, level: float, which: Stratum) -> float:
        """The least threshold that is certified for a level.

        Raises
        ------
        OptionError
            When the level is out of `LEVELS`, or there are too few photographs for it.
        """
        low, high = LEVELS
        if not low <= level <= high:
            raise OptionError(f"level {level:g}: must be from {low:g} to {high:g}")
        n = self.photographs[which]
        good = np.flatnonzero(n * self.risks[which] + 1 <= (n + 1) * (1 - level) * (1 + 1e-12))
        if not good.size:
            raise OptionError(
                f"level {level:g}: {n} photographs cannot certify more than {n / (n + 1):.3f}; "
                "take a lower level, or calibrate with more of them"
            )
        return float(self.thresholds[good[0]])

    def check(self, models: Sequence[Model]) -> None:
        """Make sure that it is for these models.

        Raises
        ------
        MethodUnavailable
            When it is for others.
        """
        if self.models != _hashes(models):
            raise MethodUnavailable(
                "the calibration is for other networks than those in use; make it anew with "
                "'handtint train calibration' and give it with --calibration"
            )

    def to_json(self) -> bytes:
        """Content of its file."""
        value = {
            **self.card,
            "format": FORMAT,
            "models": list(self.models),
            "photographs": dict(self.photographs),
            "thresholds": self.thresholds.tolist(),
            "risks": {name: risks.tolist() for name, risks in self.risks.items()},
        }
        return f"{json.dumps(value, ensure_ascii=False)}\n".encode()


def calibrate(
    losses: Mapping[Stratum, Sequence[NDArray[np.float32]]],
    models: Sequence[Model],
    card: Mapping[str, Any],
) -> Calibration:
    """A calibration of photographs whose true colours are known.

    Parameters
    ----------
    losses : mapping of Stratum to sequence of ndarray, in [0, 1)
        For each photograph `preceding` of the true bin of each of its cells.
    models : sequence of Model
        The networks, whose mean the probabilities were.
    card : mapping
        What is to be known of it.

    Raises
    ------
    PhotoError
        When a stratum has no photograph.
    """
    if missing := [name for name in STRATA if not losses.get(name)]:
        raise PhotoError(
            f"no photograph with {' and '.join(missing)} of the hints; calibrate with more of them"
        )
    return Calibration(
        _THRESHOLDS,
        {name: _risks(losses[name]) for name in STRATA},
        {name: len(losses[name]) for name in STRATA},
        _hashes(models),
        dict(card),
    )


def read(path: str | os.PathLike[str] = SHIPPED_CALIBRATION) -> Calibration:
    """Read and check a calibration.

    Raises
    ------
    MethodUnavailable
        When it is missing, damaged, or of another version.
    """
    try:
        return _from_json(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise MethodUnavailable(
            f"calibration {path} cannot be read: {type(error).__name__}: {error}; make it anew "
            "with 'handtint train calibration'"
        ) from error


def _from_json(value: dict[str, Any]) -> Calibration:
    known = {"format", "models", "photographs", "thresholds", "risks"}
    if value["format"] != FORMAT:
        raise ValueError(f"format {value['format']}, this version reads {FORMAT}")
    thresholds = np.array(value["thresholds"], np.float64)
    if not (np.diff(thresholds, prepend=0) > 0).all() or thresholds[-1] != 1:
        raise ValueError("the thresholds do not rise from 0 to 1")
    risks = {name: np.array(value["risks"][name], np.float64) for name in STRATA}
    photographs = {name: int(value["photographs"][name]) for name in STRATA}
    for name in STRATA:
        falls = (np.diff(risks[name], prepend=1, append=0) <= 0).all()
        if risks[name].shape != thresholds.shape or not falls or photographs[name] < 1:
            raise ValueError(f"the figures for {name} of the hints are damaged")
    card = {key: fact for key, fact in value.items() if key not in known}
    return Calibration(thresholds, risks, photographs, tuple(value["models"]), card)


def _risks(losses: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Mean over the photographs of the share of cells that each threshold leaves out."""
    limits = _THRESHOLDS.astype(np.float32)
    out = [1 - np.searchsorted(np.sort(x.ravel()), limits, side="left") / x.size for x in losses]
    # Rounded up, so that a file of few digits promises no more than the figures do.
    return np.asarray(np.ceil(np.round(np.mean(out, axis=0) * 1e6, 3)) / 1e6)


def _hashes(models: Sequence[Model]) -> tuple[str, ...]:
    return tuple(sorted(model.card["sha256"] for model in models))
