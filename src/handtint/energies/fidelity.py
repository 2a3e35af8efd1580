"""Fidelity to the hints: hard strokes are held, soft ones pull, a coarser result pulls weakly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from handtint.energies.term import Coupling, Planes
from handtint.solvers.diffusion import HARD, hint_system
from handtint.solvers.grid import EdgeWeights, crop, pad, padded_shape
from handtint.types import Chroma, HintMap

HINTS = "1/2 sum_i c_i |u_i - h_i|^2"
"""The formula without a prior."""


@dataclass(frozen=True, slots=True)
class HintFidelity:
    """The sum of squared distances to the hints, by their trust; see `handtint.energies.term`.

    Soft hints of weight k have c = k / (1 - k); hard ones are a constraint, u = h, of value 0
    where it is kept. Barrier pixels take no part.

    Parameters
    ----------
    hints : HintMap, of shape (h, w)
        The hints h.
    prior : ndarray, shape (h, w, 2), float32, optional
        The chroma q; the zero chroma if not given.
    prior_weight : float
        Its weight m >= 0.
    """

    formula: ClassVar[str] = f"{HINTS} + m/2 sum_i |u_i - q_i|^2"
    reference: ClassVar[str] = (
        "A. Levin, D. Lischinski, Y. Weiss, Colorization using optimization, ACM Transactions on "
        "Graphics 23(3), 2004, doi:10.1145/1015706.1015780"
    )
    coupling: ClassVar[Coupling] = "none"

    hints: HintMap
    prior: Chroma | None = None
    prior_weight: float = 0.0

    def value(self, u: Planes, /) -> float:
        """Value at ``u``; infinite where a hard hint is not kept."""
        hints = self.hints
        chroma = crop(u, hints.shape).astype(np.float64)
        distance = ((chroma - hints.chroma) ** 2).sum(2)
        free = ~hints.barrier
        hard = free & (hints.weight >= HARD)
        if distance[hard].any():
            return float("inf")
        soft = free & ~hard
        k = hints.weight[soft].astype(np.float64)
        total = 0.5 * float((k / (1 - k) * distance[soft]).sum())
        if self.prior_weight:
            q = np.zeros_like(chroma) if self.prior is None else self.prior
            total += 0.5 * self.prior_weight * float(((chroma - q)[soft] ** 2).sum())
        return total

    def system(self, edges: EdgeWeights, /) -> tuple[Planes, Planes, Planes]:
        """Diagonal, right-hand side and held chroma; see `handtint.solvers.irls.Fidelity`."""
        return hint_system(edges, self.hints, self.prior, np.float32(self.prior_weight))

    def pointwise(self) -> tuple[Planes, Planes, float]:
        """Curvature, target and constant; see `handtint.solvers.primal_dual.Pointwise`."""
        hints, m = self.hints, self.prior_weight
        q = np.zeros_like(hints.chroma) if self.prior is None else self.prior
        free = ~hints.barrier
        hard = free & (hints.weight >= HARD)
        k = np.where(hard, 0, hints.weight.astype(np.float64))
        c = k / (1 - k)
        pull = np.maximum(c + m, 1e-30)[..., None]
        mean = (c[..., None] * hints.chroma + m * q) / pull
        target = np.where(hard[..., None], hints.chroma, mean)
        target[hints.barrier] = 0
        curvature = np.full(padded_shape(hints.shape), np.inf, np.float32)
        h, w = hints.shape
        curvature[1 : h + 1, 1 : w + 1] = np.where(hard | hints.barrier, np.inf, c + m)
        apart = (((hints.chroma - q) ** 2) * (c * m)[..., None] / pull)[free & ~hard]
        return curvature, pad(target.astype(np.float32)), 0.5 * float(apart.sum())
