"""The union: networks propose, strokes decide, a solve joins them along the edges."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import ClassVar

import numpy as np

from handtint.coefficients import load_informed
from handtint.colorizer import MethodInfo, Part, PreparedColorizer, Progress
from handtint.inference.propose import Proposer
from handtint.methods.blending import Mixing
from handtint.methods.coarse import Coarse
from handtint.methods.neural import REFERENCE
from handtint.methods.proposing import Proposing, confidence
from handtint.methods.pyramid import GridSolver, Pyramid, without
from handtint.methods.semantic import Informed
from handtint.options import option
from handtint.solvers.diffusion import HARD
from handtint.types import Chroma, Colorization, HintMap, Mask, Plane, Proposed, SolveReport


@dataclass(frozen=True)
class Assisted(Coarse, Proposing, Informed):
    """What networks propose and strokes say as a prior of the harmonic problem with learned edges.

    On the coarsest grid the proposal is one more candidate of the mixture of
    `handtint.methods.semantic`; strokes are held, and a part of the prior's gradients is kept, so
    that detail which the networks saw is not smoothed away. Finer grids carry the result on, as
    `handtint.methods.pyramid` tells. Without strokes it is the proposal, cleaned at the edges.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Networks propose, strokes decide, a solve keeps edges",
        kind="union",
        hints="used",
        energy=(
            "E(u) = 1/2 sum_ij w_ij |(u - detail q)_i - (u - detail q)_j|^2"
            " + proposal/2 sum_i k_i |u_i - q_i|^2 + 1/2 sum_i c_i |u_i - h_i|^2, u = h at hard "
            "strokes; q = mixture of strokes and network, k = 1; without strokes q = network, "
            "k its confidence; w learned"
        ),
        reference=REFERENCE,
        overshoots=True,
        proposes=True,
        turns=False,
        spaces=("lab",),
    )

    proposal: float = option(
        0.1, help="weight of what networks and strokes propose", minimum=1e-5, maximum=100
    )
    detail: float = option(
        0.3, help="part of the proposal's gradients that is kept", minimum=0, maximum=1
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Load the networks, and compute edge weights and features on every grid."""
        return _Prepared(self, lightness)


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """What is proposed for the present strokes, and how many there are around a pixel."""

    proposed: Proposed
    counts: Plane


class _Prepared:
    """The networks, the solver and a photograph."""

    def __init__(self, method: Assisted, lightness: Plane) -> None:
        self._method, self._lightness = method, lightness
        self._models = method.models()
        self._lock = Lock()
        self._wanted: list[_Wanted] = []
        self._bind(np.zeros(lightness.shape, np.bool_))

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None = None,
        progress: Progress | None = None,
    ) -> Colorization:
        """Propose and solve; ``initial`` changes nothing."""
        started = time.perf_counter()
        with self._lock:
            if not np.array_equal(self._ignored, hints.ignore):
                self._bind(hints.ignore)
            hints = replace(hints, ignore=np.zeros_like(hints.ignore))
            proposed, counts = self._method.propose(
                self._proposer,
                self._models,
                hints,
                self._pyramid.coarsest,
                _part(progress, 0.0, 0.6),
            )
            self._wanted[:] = [_Wanted(proposed, counts)]
            found = self._pyramid(hints, progress=_part(progress, 0.6, 0.4))
        report = replace(found.report, seconds=time.perf_counter() - started)
        return Colorization(found.chroma, report)

    def _bind(self, ignored: Mask) -> None:
        """Set up for a lightness that is not to be trusted somewhere."""
        self._ignored = ignored.copy()
        lightness = without(self._lightness, ignored) if ignored.any() else self._lightness
        self._proposer = Proposer(lightness)
        method = self._method

        def solver(plane: Plane, coarsest: bool) -> GridSolver:
            if not coarsest:
                return method.finer(plane)
            kernel = load_informed(method.informed).union
            seen = partial(method.unhinted, plane)
            return _Union(method, Mixing(method, plane, kernel, seen), lambda: self._wanted[0])

        self._pyramid = Pyramid(lightness, solver, reach=method.reach, tie=method.tie)


class _Union:
    """The problem on the coarsest grid."""

    def __init__(self, method: Assisted, mixing: Mixing, wanted: Callable[[], _Wanted]) -> None:
        self._method, self._mixing, self._wanted = method, mixing, wanted

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None,
        prior: Chroma | None,
        prior_weight: float,
        progress: Progress | None,
    ) -> tuple[Chroma, SolveReport]:
        proposed, counts = self._wanted().proposed, self._wanted().counts
        wanted = proposed.chroma
        trust = np.float32(self._method.proposal) * confidence(proposed.uncertainty)
        mixture = self._mixing.mixture(hints, _part(progress, 0.0, 0.7), proposed)
        if mixture is not None:
            wanted = np.where(counts[..., None] > 0, mixture, wanted)
            trust = np.where(counts > 0, np.float32(self._method.proposal), trust)
        kept = np.float32(self._method.detail) * wanted
        hints = with_prior(hints, wanted, trust)
        found, report = self._mixing.learned(
            replace(hints, chroma=hints.chroma - kept),
            initial=wanted - kept,
            progress=_part(progress, 0.7, 0.3),
        )
        return found + kept, report


def with_prior(hints: HintMap, prior: Chroma, weight: Plane) -> HintMap:
    """Hints with a prior chroma as further soft hints.

    Parameters
    ----------
    hints : HintMap, of shape (h, w)
        Hard hints stay; soft ones of weight k and the prior become one soft hint, in proportion
        to k / (1 - k) and ``weight``.
    prior : ndarray, shape (h, w, 2), float32
    weight : ndarray, shape (h, w), float32
        The factor c of c/2 |u - prior|^2.
    """
    soft = np.minimum(hints.weight, HARD)
    given = soft / (1 - soft)
    total = given + weight
    chroma = (given[..., None] * hints.chroma + weight[..., None] * prior) / total[..., None]
    held = hints.weight >= HARD
    return replace(
        hints,
        chroma=np.where(held[..., None], hints.chroma, chroma),
        weight=np.where(held, hints.weight, np.minimum(total / (1 + total), 0.99 * HARD)),
    )


def _part(progress: Progress | None, first: float, share: float) -> Progress | None:
    return None if progress is None else Part(progress, first, share)
