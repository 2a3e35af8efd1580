"""The data that passes between the layers: planes, hints, results and reports.

Pictures are indexed (row, column). A plane is ``(H, W)`` float32, a chroma ``(H, W, 2)`` float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[np.float32]
"""``(H, W)`` float32: one value a pixel."""

Chroma: TypeAlias = NDArray[np.float32]
"""``(H, W, 2)`` float32: the two chroma channels of a colour space."""

Mask: TypeAlias = NDArray[np.bool_]
"""``(H, W)`` bool: a set of pixels."""


@dataclass(frozen=True, slots=True)
class HintMap:
    """The strokes, on the grid on which a method works.

    Parameters
    ----------
    chroma : ndarray, shape (H, W, 2), float32
        Wanted chroma, in the colour space of the method; zero where there is no hint.
    weight : ndarray, shape (H, W), float32, in [0, 1]
        How much a hint is to be trusted: 1 is a hard stroke (kept exactly), 0 is no hint.
    barrier : ndarray, shape (H, W), bool
        Pixels that colour may not cross.
    ignore : ndarray, shape (H, W), bool
        Pixels whose lightness is not to be trusted (scratches, dust): colour passes them freely.
    """

    chroma: Chroma
    weight: Plane
    barrier: Mask
    ignore: Mask

    def __post_init__(self) -> None:
        h, w = self.weight.shape
        if self.chroma.shape != (h, w, 2):
            raise ValueError(f"chroma has shape {self.chroma.shape}, weight {self.weight.shape}")
        if self.barrier.shape != (h, w) or self.ignore.shape != (h, w):
            raise ValueError("barrier and ignore must have the shape of weight")

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> HintMap:
        """No hints on a grid of ``shape`` (H, W)."""
        return cls(
            chroma=np.zeros((*shape, 2), np.float32),
            weight=np.zeros(shape, np.float32),
            barrier=np.zeros(shape, np.bool_),
            ignore=np.zeros(shape, np.bool_),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the grid."""
        h, w = self.weight.shape
        return h, w

    @property
    def mean_chroma(self) -> Chroma:
        """Mean chroma of the hints by weight, shape (2,); zero when there is none."""
        drawn = self.weight != 0
        weight = self.weight[drawn].astype(np.float64)
        total = weight.sum()
        if total == 0:
            return np.zeros(2, np.float32)
        return np.asarray(weight @ self.chroma[drawn] / total, np.float32)

    @property
    def count(self) -> int:
        """Number of pixels with a hint."""
        return int(np.count_nonzero(self.weight))


@dataclass(frozen=True, slots=True)
class SolveReport:
    """What a solver reached.

    Parameters
    ----------
    iterations : int
        Iterations done.
    residual : float
        The quantity of the solver's stopping rule when it stopped; 0 for closed forms.
    converged : bool
        Whether the stopping rule was met.
    seconds : float
        Wall-clock time.
    energy : float or None
        Value of the method's energy at the result, where the method has one and computes it.
    """

    iterations: int
    residual: float
    converged: bool
    seconds: float
    energy: float | None = None


@dataclass(frozen=True, slots=True)
class Colorization:
    """What a method returns.

    Parameters
    ----------
    chroma : ndarray, shape (H, W, 2), float32
        The chroma, in the colour space of the method.
    report : SolveReport
        How it was reached.
    uncertainty : ndarray, shape (H, W), float32, in [0, 1], optional
        0 where the method is sure of the colour, 1 where it knows nothing.
    """

    chroma: Chroma
    report: SolveReport
    uncertainty: Plane | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Proposed:
    """What networks propose.

    Parameters
    ----------
    chroma : ndarray, shape (h, w, 2), float32
        In CIE Lab: the mean of their looks.
    uncertainty : ndarray, shape (h, w), float32, in [0, 1]
    spread : ndarray, shape (h, w), float32
        Root of the mean squared distance of the looks to their mean.
    """

    chroma: Chroma
    uncertainty: Plane
    spread: Plane
