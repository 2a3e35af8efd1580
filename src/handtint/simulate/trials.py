"""Distributions of networks beside the true colours, with simulated hints of every stratum.

Each photograph is looked at three times: without hints, with 1 to `FEW` hints (all numbers are
equally probable), and with 6 to `MOST` (their logarithms are). By the toss of a coin the hints are
all squares of 6 x 6 pixels (`handtint.simulate.hints.zhang_points`) or all strokes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handtint import color
from handtint.inference.bins import nearest_bin
from handtint.inference.plausible import FEW, Stratum, stratum
from handtint.inference.propose import Proposer, cell_means, hint_count
from handtint.inference.session import Network, Planes
from handtint.io import read_rgb
from handtint.simulate import pictures
from handtint.simulate.hints import HintKind, simulate

SIZE = 256
"""Long side of the photographs, in pixels."""

MOST = 60
"""Largest number of hints."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One look at a photograph.

    Parameters
    ----------
    stratum : Stratum
        Of the hints that there are: some of those drawn may lie over each other.
    probabilities : ndarray, shape (h, w, Q), float32
        See `handtint.inference.propose.Proposer.distribution`.
    truth : ndarray, shape (h, w), int
        The bin nearest to the mean of the true chroma in each cell.
    """

    stratum: Stratum
    probabilities: Planes
    truth: NDArray[np.intp]


def trials(file: Path, networks: Sequence[Network], seed: int) -> Iterator[Trial]:
    """The three looks at a photograph, fixed by the seed and its name.

    Parameters
    ----------
    file : Path
        A colour photograph, brought to a long side of `SIZE`.
    networks : sequence of Network
    seed : int

    Raises
    ------
    PhotoError
        When the photograph cannot be read.
    HintError
        When it is too small for strokes.
    """
    rgb = pictures.resize(read_rgb(file), SIZE)
    lightness, chroma = color.space("lab").from_codes(rgb)
    proposer, truth = Proposer(lightness), nearest_bin(cell_means(chroma))
    rng = np.random.default_rng([seed, zlib.crc32(file.name.encode())])
    few = int(rng.integers(1, FEW + 1))
    many = round(float(np.exp(rng.uniform(np.log(FEW + 1), np.log(MOST)))))
    for count in (0, few, many):
        kind: HintKind = "points" if rng.random() < 0.5 else "strokes"
        hints = simulate(kind, count, rgb, chroma, protocol="zhang", seed=seed, name=file.name)
        yield Trial(stratum(hint_count(hints)), proposer.distribution(networks, hints), truth)
