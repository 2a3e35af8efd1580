"""What a term of an energy is.

A term is a frozen dataclass: its fields are its weights and parameters, bound to one grid. It can
say its value at a chroma, and it offers what the solvers need to minimise it, at least one of

* `handtint.solvers.irls.Reweighted`: a quadratic majoriser, as edge weights of the pixel graph;
* `handtint.solvers.pcg.Quadratic`: a quadratic form of its own, with a bound by edge weights;
* `handtint.solvers.primal_dual.Saddle`: a linear operator, its adjoint, and the proximal map of
  the conjugate.

Chroma is passed on padded planes (see `handtint.solvers.grid`), as float32 ``(2, hp, wp)``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.float32]

Coupling = Literal["none", "euclidean"]
"""How the two chroma channels meet: not at all, or under one Euclidean norm.

Both commute with permuting the channels. Under one norm the channels change at the same places,
so colours do not get fringes of another hue.
"""


class EnergyTerm(Protocol):
    """A term, bound to the weights of one grid.

    Attributes
    ----------
    formula : str
        The term as a formula in plain text.
    reference : str
        Where it comes from: authors, title, year, DOI.
    coupling : {"none", "euclidean"}
        How its two channels are coupled.
    """

    formula: ClassVar[str]
    reference: ClassVar[str]
    coupling: ClassVar[Coupling]

    def value(self, u: Planes, /) -> float:
        """Value at the chroma ``u``, float32 of shape (2, hp, wp), padded."""
