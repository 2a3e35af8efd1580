"""The solver's linear system for general sparse solvers: SuperLU (scipy) and PyAMG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import cg, splu

from handtint.errors import MethodUnavailable
from handtint.solvers.grid import OFFSETS, EdgeWeights
from handtint.types import HintMap

Vectors: TypeAlias = NDArray[np.float64]
"""``(n, 2)`` float64: both chroma channels of n unknowns."""

Window: TypeAlias = tuple[slice, slice]
"""Rows and columns of a plane."""

_MAX_ITERATIONS = 3000


@dataclass(frozen=True, slots=True)
class System:
    """``matrix @ u = right_side`` for the chroma u of the pixels without a hint.

    Parameters
    ----------
    matrix : csr_array, shape (n, n), float64
        Symmetric positive definite: degree minus weights.
    right_side : ndarray, shape (n, 2), float64
        What the held hints contribute.
    """

    matrix: sparse.csr_array
    right_side: Vectors


def assemble(weights: EdgeWeights, hints: HintMap) -> System:
    """The sparse system of padded edge weights (`handtint.solvers.grid`) and hard hints."""
    h, w = hints.shape
    index = np.arange(h * w, dtype=np.int32).reshape(h, w)
    edges = list(_edges(weights, hints.shape))
    starts = np.concatenate([index[here].ravel() for _, here, _ in edges])
    ends = np.concatenate([index[there].ravel() for _, _, there in edges])
    values = np.concatenate([weight.ravel() for weight, _, _ in edges])
    half = sparse.csr_array((values, (starts, ends)), shape=(h * w, h * w))
    coupling = half + half.T
    laplacian = (sparse.diags_array(coupling.sum(axis=1)) - coupling).tocsr()
    free = hints.weight.ravel() == 0
    rows = laplacian[free]
    held_chroma = hints.chroma.reshape(-1, 2)[~free].astype(np.float64)
    return System(rows[:, free].tocsr(), -(rows[:, ~free] @ held_chroma))


def relative_residual(weights: EdgeWeights, hints: HintMap, solution: Vectors) -> float:
    """``|b - A u|_2 / |b|_2`` in double precision, the larger one of the two channels.

    The system is that of `assemble`, but no matrix is made.

    Parameters
    ----------
    weights : ndarray, shape (4, hp, wp), float32
        Padded edge weights.
    hints : HintMap, of shape (H, W)
        Hard hints.
    solution : ndarray, shape (n, 2)
        Chroma of the pixels without a hint, in the order of rows.
    """
    free = hints.weight == 0
    worst = 0.0
    for channel in range(2):
        u = hints.chroma[..., channel].astype(np.float64)
        held = np.where(free, 0, u)
        u[free] = solution[:, channel]
        right_side, error = np.zeros_like(u), np.zeros_like(u)
        for weight, here, there in _edges(weights, hints.shape):
            flow = weight * (u[there] - u[here])
            error[here] += flow
            error[there] -= flow
            right_side[here] += weight * held[there]
            right_side[there] += weight * held[here]
        worst = max(worst, float(np.linalg.norm(error[free]) / np.linalg.norm(right_side[free])))
    return worst


def _edges(
    weights: EdgeWeights, shape: tuple[int, int]
) -> Iterator[tuple[NDArray[np.float64], Window, Window]]:
    """For each of the four directions: weights, and where their edges start and end."""
    h, w = shape
    for plane, (dy, dx) in zip(weights, OFFSETS, strict=True):
        here = (slice(0, h - dy), slice(max(0, -dx), w - max(0, dx)))
        there = (slice(dy, h), slice(max(0, dx), w - max(0, -dx)))
        yield plane[1 : h + 1, 1 : w + 1][here].astype(np.float64), here, there


def solve_splu(system: System) -> tuple[Vectors, int]:
    """Solution by sparse LU of SuperLU, ordered for symmetric matrices; no iterations."""
    factors = splu(
        system.matrix.tocsc(),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return factors.solve(system.right_side), 0


def solve_pyamg(system: System, tolerance: float) -> tuple[Vectors, int]:
    """Solution by conjugate gradients with PyAMG's Ruge-Stüben V-cycle, channel by channel.

    Stops, for each channel, when ``|b - A u| <= tolerance |b|``; returns the larger number of
    iterations.

    Raises
    ------
    MethodUnavailable
        When PyAMG is not installed.
    """
    try:
        pyamg = import_module("pyamg")
    except ImportError:
        raise MethodUnavailable(
            "PyAMG is not installed; pip install 'handtint[bench]' adds it"
        ) from None
    # PyAMG takes the older matrix class only.
    hierarchy = pyamg.ruge_stuben_solver(sparse.csr_matrix(system.matrix), max_coarse=500)
    preconditioner = hierarchy.aspreconditioner()
    solution = np.empty_like(system.right_side)
    iterations = [0, 0]
    for channel in range(2):

        def count(_: Vectors, channel: int = channel) -> None:
            iterations[channel] += 1

        solution[:, channel], _ = cg(
            system.matrix,
            system.right_side[:, channel],
            rtol=tolerance,
            maxiter=_MAX_ITERATIONS,
            M=preconditioner,
            callback=count,
        )
    return solution, max(iterations)
