"""The bilaplacian of the weighted pixel graph: colour whose slope is smooth, not its value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from handtint.energies.balls import sum_of_squares
from handtint.energies.term import Coupling, Planes
from handtint.jit import kernel
from handtint.solvers.grid import EdgeWeights

BOUND = 0.3
"""Share of the edge weights in the bound; between 0.03 and 2 it hardly matters."""


@dataclass(frozen=True, slots=True)
class Bilaplacian:
    """The squared graph Laplacian, relative to the degree; see `handtint.energies.term`.

    (L u)_i / d_i is the distance of u_i to the weighted mean of its neighbours. Its square is
    weighted with d_i, which gives the term the unit of the Dirichlet energy, and makes it at most
    twice as large (by Cauchy and Schwarz): so edge weights bound it.

    Of two opposite neighbours of i, both count in (L u)_i and d_i, or none: none where one of
    them is missing. So the slope of colour goes on at the border of the picture, and without
    guidance the term is zero for every linear field.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights w, in the storage of `handtint.solvers.grid`.
    strength : float
        The factor a > 0.
    """

    formula: ClassVar[str] = "a/2 sum_i |(L u)_i|^2 / d_i, (L u)_i = sum_j w_ij (u_i - u_j)"
    reference: ClassVar[str] = (
        "after J. Duchon, Splines minimizing rotation-invariant semi-norms in Sobolev spaces, "
        "Lecture Notes in Mathematics 571, 1977, doi:10.1007/BFb0086566"
    )
    coupling: ClassVar[Coupling] = "none"

    weights: EdgeWeights
    strength: float = 1.0
    _rows: Planes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = np.zeros((8, *self.weights.shape[1:]), np.float32)
        _fill_rows(self.weights, np.float32(self.strength), rows)
        object.__setattr__(self, "_rows", rows)

    def value(self, u: Planes, /) -> float:
        """Value at ``u``; see `handtint.energies.term.EnergyTerm`."""
        t = np.zeros_like(u)
        self.forward(u, t)
        return 0.5 * float(sum_of_squares(t))

    def forward(self, u: Planes, out: Planes, /) -> None:
        """``out = K u``: sqrt(a / d_i) (L u)_i at every pixel, both (2, hp, wp)."""
        _forward(self._rows, u, out)

    def adjoint_add(self, t: Planes, out: Planes, /) -> None:
        """``out += K^T t``, both (2, hp, wp)."""
        _adjoint_add(self._rows, t, out)

    @property
    def primal(self) -> int:
        """See `handtint.solvers.primal_dual.Saddle`: K acts on the chroma, F(y) = 1/2 |y|^2."""
        return 2

    @property
    def dual(self) -> int:
        """One plane a channel."""
        return 2

    def sums(self, scale: Planes, rows: Planes, columns: Planes, /) -> None:
        """Sums of |K|; see `handtint.solvers.primal_dual.Saddle`."""
        own = self._rows.sum(0)
        rows[...] = 2 * own * scale[:2, None, None]
        columns[:2] += own
        absolute = np.zeros_like(columns[:2])
        _adjoint_add(self._rows, np.ones_like(absolute), absolute)
        # K^T 1 holds the sums with opposite signs: degree - (coefficients of the neighbours).
        columns[:2] += own - absolute

    def resolve(self, y: Planes, sigma: Planes, /) -> None:
        """Proximal map of sigma F*, F*(y) = 1/2 |y|^2."""
        y /= 1 + sigma

    def conjugate(self, y: Planes, /) -> float:
        """F*(y) = 1/2 |y|^2."""
        return 0.5 * float(sum_of_squares(y))

    def multiply_add(self, x: Planes, out: Planes, /) -> None:
        """``out += K^T K x``; see `handtint.solvers.pcg.Quadratic`."""
        t = np.zeros_like(x)
        _forward(self._rows, x, t)
        _adjoint_add(self._rows, t, out)

    def add_bound(self, out: EdgeWeights, /) -> None:
        """Add the weights of a near graph Laplacian; see `handtint.solvers.pcg.Quadratic`."""
        out += np.float32(self.strength * BOUND) * self.weights


@kernel()
def _fill_rows(weights: EdgeWeights, strength: np.float32, rows: Planes) -> None:
    """Coefficients of K: ``rows[k]`` towards OFFSETS[k], ``rows[k + 4]`` the other way."""
    _, hp, wp = weights.shape
    for y in range(1, hp - 1):
        for x in range(1, wp - 1):
            degree = np.float32(0)
            for k in range(4):
                dy, dx = (0, 1, 1, 1)[k], (1, 0, 1, -1)[k]
                there, back = weights[k, y, x], weights[k, y - dy, x - dx]
                if there == 0 or back == 0:
                    continue
                rows[k, y, x], rows[k + 4, y, x] = there, back
                degree += there + back
            if degree > 0:
                scale = np.sqrt(strength / degree)
                for k in range(8):
                    rows[k, y, x] *= scale


@kernel()
def _forward(rows: Planes, u: Planes, out: Planes) -> None:
    _, hp, wp = rows.shape
    for y in range(1, hp - 1):
        for c in range(2):
            for x in range(1, wp - 1):
                here = u[c, y, x]
                out[c, y, x] = (
                    rows[0, y, x] * (here - u[c, y, x + 1])
                    + rows[4, y, x] * (here - u[c, y, x - 1])
                    + rows[1, y, x] * (here - u[c, y + 1, x])
                    + rows[5, y, x] * (here - u[c, y - 1, x])
                    + rows[2, y, x] * (here - u[c, y + 1, x + 1])
                    + rows[6, y, x] * (here - u[c, y - 1, x - 1])
                    + rows[3, y, x] * (here - u[c, y + 1, x - 1])
                    + rows[7, y, x] * (here - u[c, y - 1, x + 1])
                )


@kernel()
def _adjoint_add(rows: Planes, t: Planes, out: Planes) -> None:
    _, hp, wp = rows.shape
    for y in range(1, hp - 1):
        for c in range(2):
            for x in range(1, wp - 1):
                degree = (
                    rows[0, y, x]
                    + rows[1, y, x]
                    + rows[2, y, x]
                    + rows[3, y, x]
                    + rows[4, y, x]
                    + rows[5, y, x]
                    + rows[6, y, x]
                    + rows[7, y, x]
                )
                out[c, y, x] += (
                    degree * t[c, y, x]
                    - rows[4, y, x + 1] * t[c, y, x + 1]
                    - rows[0, y, x - 1] * t[c, y, x - 1]
                    - rows[5, y + 1, x] * t[c, y + 1, x]
                    - rows[1, y - 1, x] * t[c, y - 1, x]
                    - rows[6, y + 1, x + 1] * t[c, y + 1, x + 1]
                    - rows[2, y - 1, x - 1] * t[c, y - 1, x - 1]
                    - rows[7, y + 1, x - 1] * t[c, y + 1, x - 1]
                    - rows[3, y - 1, x + 1] * t[c, y - 1, x + 1]
                )
