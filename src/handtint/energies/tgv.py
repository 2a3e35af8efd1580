"""Total generalised variation of second order: piecewise linear colour, with jumps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from handtint.energies.balls import into_balls
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
    """

    formula: ClassVar[str] = (
        "b min_v sum |grad_w u - v| + r (sum |(e_xx, e_yy)(v)| + sum sqrt(2) |e_xy(v)|), "
        "e(v) = 1/2 (grad v + grad v^T)"
    )
    reference: ClassVar[str] = (
        "K. Bredies, K. Kunisch, T. Pock, Total generalized variation, SIAM Journal on Imaging "
        "Sciences 3(3), 2010, doi:10.1137/090769521"
    )
    coupling: ClassVar[Coupling] = "euclidean"

    weights: EdgeWeights
    strength: float = 1.0
    second: float = 2.0
    _first: TotalVariation = field(init=False, repr=False, compare=False)
    _roots: Planes = field(init=False, repr=False, compare=False)
    _bends: Planes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        roots = np.float32(self.strength) * np.sqrt(np.float32(0.5) * self.weights[:2])
        bends = np.zeros((3, *roots.shape[1:]), np.float32)
        _fill_bends(roots, np.float32(np.sqrt(2) * self.second), bends)
        object.__setattr__(self, "_first", TotalVariation(self.weights, self.strength))
        object.__setattr__(self, "_roots", roots)
        object.__setattr__(self, "_bends", bends)

    def value(self, x: Planes, /) -> float:
        """Value at u and v, float32 of shape (6, hp, wp), without the minimum over v."""
        y = np.zeros((14, *x.shape[1:]), np.float32)
        self.forward(x, y)
        groups = (y[:8], y[8:12], y[12:])
        squares = [np.square(g, dtype=np.float64).sum(0) for g in groups]
        return float(sum(np.sqrt(s).sum() for s in squares))

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

    def sums(self, rows: Planes, columns: Planes, /) -> None:
        """Sums of |K|; see `handtint.solvers.primal_dual.Saddle`."""
        self._first.sums(rows[:8], columns[:2])
        _sums(self._roots, self._bends, rows, columns)

    def resolve(self, y: Planes, sigma: Planes, /) -> None:
        """Proximal map of sigma F*: into the unit balls."""
        into_balls(y[:8], 8)
        into_balls(y[8:12], 4)
        into_balls(y[12:], 2)

    def conjugate(self, y: Planes, /) -> float:
        """F*(y) = 0 in the unit balls."""
        return 0.0


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
def _sums(roots: Planes, bends: Planes, rows: Planes, columns: Planes) -> None:
    """Add what v brings to the sums; a row of the first eight has one coefficient of v."""
    _, hp, wp = roots.shape
    for q in range(hp - 1):
        for p in range(wp - 1):
            for c in range(8):
                rows[c, q, p] *= np.float32(1.5)
    for q in range(1, hp - 1):
        for p in range(1, wp - 1):
            bend = 2 * max(bends[0, q, p], bends[1, q, p])
            for c in range(2):
                for n in range(8, 12):
                    rows[n, q, p] = bend
                rows[12 + c, q, p] = 4 * bends[2, q, p]
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
