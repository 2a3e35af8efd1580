"""Matrices under which greys stay exactly grey.

The rows of such a matrix sum to one. Written as ``q + m0 (p - q) + m2 (r - q)``, a row maps three
equal numbers to that same number to the last bit, where the usual sum of products leaves a colour
cast in the size of the rounding. Scanned greys come back as the very code values that they were.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from handtint.jit import inlined

Row: TypeAlias = tuple[float, float]
"""First and last coefficient of a row that sums to one."""


def neutral_rows(matrix: NDArray[np.float64]) -> tuple[Row, Row, Row]:
    """First and last column of a (3, 3) matrix, after its rows were scaled to sum to one."""
    first, second, third = matrix / matrix.sum(axis=1, keepdims=True)
    return (
        (float(first[0]), float(first[2])),
        (float(second[0]), float(second[2])),
        (float(third[0]), float(third[2])),
    )


@inlined()
def combine(row: Row, p: float, q: float, r: float) -> float:
    """Product of a row with the column (p, q, r)."""
    return q + row[0] * (p - q) + row[1] * (r - q)
