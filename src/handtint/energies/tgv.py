"""Total generalised variation of second order: piecewise linear colour, with jumps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from handtint.energies.balls import into_balls, sum_of_norms, sum_of_squares
from handtint.energies.term import Coupling, Planes
from handtint.energies.total_variation import TotalVariation
from handtint.jit import kernel
from handtint.solvers.grid import EdgeWeights


@dataclass(frozen=True, slots=True)
class TGV:
    """The gradient less a slope v, and the change of that slope; see `handtint.energies.term`.

    v is minimised over together with u. It lives on a staggered grid: v_x on the edges to the
    right, v_y on those downwards, so that the entries of its symmetrised gradient

        e_xx = v_x - v_x(left),  e_yy = v_y - v_y(above)                    at pixels,
        e_xy = 1/2 (v_x(below) - v_x + v_y(right) - v_y)                     at cells of 2 x 2

    commute with turning the picture. An entry counts with the root of the smallest weight of the
    edges that it is taken from, so the slope may change where the lightness has an edge, and it is
    free at the border. Both channels are under one norm, which is that of
    `handtint.energies.total_variation` for the gradient, the Euclidean one of (e_xx, e_yy) at
    pixels and sqrt(2) |e_xy| at cells.

    The chroma is passed with the slope: planes 0 and 1 are u, 2 and 3 are v_x, 4 and 5 are v_y.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights w, in the storage of `handtint.solvers.grid`; diagonal edges are not used.
    strength : float
        The factor b > 0.
    second : float
        The weight r > 0 of the change of the slope, in pixels. As r grows, only a slope that is
        the same everywhere is left: total variation but for a linear field.
    epsilon : float
        Length below which the norms are rounded off, in the unit of chroma.
    """

    formula: ClassVar[str] = (
        "b min_v sum huber(|grad_w u - v|) + r (sum huber(|(e_xx, e_yy)(v)|) + "
        "sum huber(sqrt(2) |e_xy(v)|)), e(v) = 1/2 (grad v + grad v^T)"
    )
    reference: ClassVar[str] = (
        "K. Bredies, K. Kunisch, T. Pock, Total generalized variation, SIAM Journal on Imaging "
        "Sciences 3(3), 2010, doi:10.1137/090769521"
    )
    coupling: ClassVar[Coupling] = "euclidean"

    weights: EdgeWeights
    strength: float = 1.0
    second: float = 2.0
    epsilon: float = 0.0
    _first: TotalVariation = field(init=False, repr=False, compare=False)
    _roots: Planes = field(init=False, repr=False, compare=False)
    _bends: Planes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        roots = np.float32(self.strength) * np.sqrt(np.float32(0.5) * self.weights[:2])
        bends = np.zeros((3, *roots.shape[1:]), np.float32)
        _fill_bends(roots, np.float32(np.sqrt(2) * self.second), bends)
        object.__setattr__(
            self, "_first", TotalVariation(self.weights, self.strength, self.epsilon)
        )
        object.__setattr__(self, "_roots", roots)
        object.__setattr__(self, "_bends", bends)

    def value(self, x: Planes, /) -> float:
        """Value at u and v, float32 of shape (6, hp, wp), without the minimum over v."""
        y = np.zeros((14, *x.shape[1:]), np.float32)
        self.forward(x, y)
        first, second = self._roundings
        groups = ((y[:8], first), (y[8:12], second), (y[12:], second))
        return float(sum(sum_of_norms(g, e) for g, e in groups))

    @property
    def _roundings(self) -> tuple[float, float]:
        """Epsilon times the factors that are in K, for the two norms."""
        return self.strength * self.epsilon, self.strength * self.second * self.epsilon

    @property
    def primal(self) -> int:
        """See `handtint.solvers.primal_dual.Saddle`: u and v."""
        return 6

    @property
    def dual(self) -> int:
        """Eight planes as for total variation, two for e_xx, two for e_yy, two for e_xy."""
        return 14

    def forward(self, x: Planes, out: Planes, /) -> None:
        """``out = K x``; see `handtint.solvers.primal_dual.Saddle`."""
        self._first.forward(x[:2], out[:8])
        _forward(self._roots, self._bends, x, out)

    def adjoint_add(self, y: Planes, out: Planes, /) -> None:
        """``out += K^T y``; see `handtint.solvers.primal_dual.Saddle`."""
        self._first.adjoint_add(y[:8], out[:2])
        _adjoint_add(self._roots, self._bends, y, out)

    def sums(self, scale: Planes, rows: Planes, columns: Planes, /) -> None:
        """Sums of |K|; see `handtint.solvers.primal_dual.Saddle`."""
        self._first.sums(scale, rows[:8], columns[:2])
        rows[:8] *= 1 + 0.5 * scale[2:].max() / scale[:2].max()
        _sums(self._bends, self._roots, scale[2:].max(), rows, columns)

    def resolve(self, y: Planes, sigma: Planes, /) -> None:
        """Proximal map of sigma F*: shrunk by the rounding, then into the unit balls."""
        if self.epsilon:
            first, second = self._roundings
            y[:8] /= 1 + sigma[:8] * np.float32(first)
            y[8:] /= 1 + sigma[8:] * np.float32(second)
        into_balls(y[:8], 8)
        into_balls(y[8:12], 4)
        into_balls(y[12:], 2)

    def conjugate(self, y: Planes, /) -> float:
        """F*(y) = b epsilon / 2 |p|^2 + b r epsilon / 2 |q|^2, y = (p, q)."""
        first, second = self._roundings
        return 0.5 * float(first * sum_of_squares(y[:8]) + second * sum_of_squares(y[8:]))


@kernel()
def _fill_bends(roots: Planes, factor: np.float32, bends: Planes) -> None:
    """Weights of e_xx, e_yy and e_xy: ``roots`` are b sqrt(w / 2), ``factor`` is sqrt(2) r."""
    _, hp, wp = roots.shape
    for y in range(1, hp - 1):
        for x in range(1, wp - 1):
            bends[0, y, x] = factor * min(roots[0, y, x - 1], roots[0, y, x])
            bends[1, y, x] = factor * min(roots[1, y - 1, x], roots[1, y, x])
            across = min(roots[0, y, x], roots[0, y + 1, x])
            down = min(roots[1, y, x], roots[1, y, x + 1])
            bends[2, y, x] = factor * min(across, down) * np.float32(np.sqrt(0.5))


@kernel()
def _forward(roots: Planes, bends: Planes, x: Planes, out: Planes) -> None:
    _, hp, wp = roots.shape
    for c in range(2):
        h, v = 2 + c, 4 + c
        for q in range(hp - 1):
            for p in range(wp - 1):
                out[c, q, p] -= roots[0, q, p] * x[h, q, p]
                out[2 + c, q, p] -= roots[0, q + 1, p] * x[h, q + 1, p]
                out[4 + c, q, p] -= roots[1, q, p] * x[v, q, p]
                out[6 + c, q, p] -= roots[1, q, p + 1] * x[v, q, p + 1]
        for q in range(1, hp - 1):
            for p in range(1, wp - 1):
                out[8 + c, q, p] = bends[0, q, p] * (x[h, q, p] - x[h, q, p - 1])
                out[10 + c, q, p] = bends[1, q, p] * (x[v, q, p] - x[v, q - 1, p])
                out[12 + c, q, p] = bends[2, q, p] * (
                    x[h, q + 1, p] - x[h, q, p] + x[v, q, p + 1] - x[v, q, p]
                )


@kernel()
def _adjoint_add(roots: Planes, bends: Planes, y: Planes, out: Planes) -> None:
    _, hp, wp = roots.shape
    for c in range(2):
        h, v = 2 + c, 4 + c
        for q in range(1, hp - 1):
            for p in range(1, wp - 1):
                shear = bends[2, q, p] * y[12 + c, q, p]
                out[h, q, p] += (
                    bends[0, q, p] * y[8 + c, q, p]
                    - bends[0, q, p + 1] * y[8 + c, q, p + 1]
                    + bends[2, q - 1, p] * y[12 + c, q - 1, p]
                    - shear
                    - roots[0, q, p] * (y[c, q, p] + y[2 + c, q - 1, p])
                )
                out[v, q, p] += (
                    bends[1, q, p] * y[10 + c, q, p]
                    - bends[1, q + 1, p] * y[10 + c, q + 1, p]
                    + bends[2, q, p - 1] * y[12 + c, q, p - 1]
                    - shear
                    - roots[1, q, p] * (y[4 + c, q, p] + y[6 + c, q, p - 1])
                )


@kernel()
def _sums(bends: Planes, roots: Planes, scale: np.float32, rows: Planes, columns: Planes) -> None:
    """The rows of the change of the slope, and what the columns of v have."""
    _, hp, wp = roots.shape
    for q in range(1, hp - 1):
        for p in range(1, wp - 1):
            bend = 2 * scale * max(bends[0, q, p], bends[1, q, p])
            for c in range(2):
                for n in range(8, 12):
                    rows[n, q, p] = bend
                rows[12 + c, q, p] = 4 * scale * bends[2, q, p]
                columns[2 + c, q, p] += (
                    2 * roots[0, q, p]
                    + bends[0, q, p]
                    + bends[0, q, p + 1]
                    + bends[2, q - 1, p]
                    + bends[2, q, p]
                )
                columns[4 + c, q, p] += (
                    2 * roots[1, q, p]
                    + bends[1, q, p]
                    + bends[1, q + 1, p]
                    + bends[2, q, p - 1]
                    + bends[2, q, p]
                )
