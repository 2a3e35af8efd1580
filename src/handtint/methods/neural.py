"""The networks alone: colours that are likely, and hints obeyed as they learned to."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from handtint.colorizer import MethodInfo, PreparedColorizer, Progress
from handtint.inference.model import Model
from handtint.inference.propose import Proposer
from handtint.methods.proposing import Proposing
from handtint.methods.pyramid import without
from handtint.solvers.diffusion import fill_barriers
from handtint.types import Chroma, Colorization, HintMap, Mask, Plane, SolveReport

REFERENCE = (
    "after R. Zhang, J.-Y. Zhu, P. Isola, X. Geng, A. S. Lin, T. Yu, A. A. Efros, Real-time "
    "user-guided image colorization with learned deep priors, ACM Transactions on Graphics 36(4), "
    "2017, doi:10.1145/3072959.3073703"
)


@dataclass(frozen=True)
class Neural(Proposing):
    """What the networks propose, carried up along the edges of the lightness.

    See `handtint.train.nets` for the networks and `handtint.inference.propose` for the looks.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Networks that propose likely colours and follow hints",
        kind="learned",
        hints="used",
        energy=(
            "u = q + vividness (1 - k)^3 min(|q|, |q - m|, 12) (q - m) / |q - m|; q(x) = mean over "
            "looks of r(sum_b c_b p_b(x)^(1/T) / sum_b p_b(x)^(1/T)), p a distribution over 261 "
            "chroma bins c by a network that sees lightness and hints, r a learned refinement, T "
            "the temperature; m the mean of q, k its confidence"
        ),
        reference=REFERENCE,
        overshoots=True,
        holds_strokes=False,
        proposes=True,
        turns=False,
        spaces=("lab",),
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Load the networks."""
        return _Prepared(self, self.models(), lightness)


class _Prepared:
    """The networks and a photograph."""

    def __init__(self, method: Neural, models: tuple[Model, ...], lightness: Plane) -> None:
        self._method, self._models, self._lightness = method, models, lightness
        self._filled: tuple[Mask, Proposer] = (
            np.zeros(lightness.shape, np.bool_),
            Proposer(lightness),
        )

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None = None,
        progress: Progress | None = None,
    ) -> Colorization:
        """Ask the networks; ``initial`` changes nothing."""
        started = time.perf_counter()
        if not np.array_equal(self._filled[0], hints.ignore):
            trusted = without(self._lightness, hints.ignore) if hints.ignore.any() else None
            proposer = Proposer(self._lightness if trusted is None else trusted)
            self._filled = (hints.ignore.copy(), proposer)
        found, _ = self._method.propose(self._filled[1], self._models, hints, hints.shape, progress)
        if hints.barrier.any():
            fill_barriers(found.chroma, hints.barrier)
        return Colorization(
            found.chroma,
            SolveReport(0, 0.0, converged=True, seconds=time.perf_counter() - started),
            found.uncertainty,
        )
