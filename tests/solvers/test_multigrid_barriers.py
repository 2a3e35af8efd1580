"""What barriers part stays apart on every level of the multigrid."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from handtint.solvers import stencil
from handtint.solvers.affinities import EdgeLaw, laplace, with_marks
from handtint.solvers.diffusion import diffuse
from handtint.solvers.multigrid import Multigrid
from handtint.types import HintMap


def fence(shape, top, left, bottom, right):
    """A frame of one pixel."""
    mask = np.zeros(shape, bool)
    mask[top : bottom + 1, left : right + 1] = True
    mask[top + 1 : bottom, left + 1 : right] = False
    return mask


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    top=st.integers(1, 9),
    left=st.integers(1, 9),
    height=st.integers(8, 24),
    width=st.integers(8, 24),
)
def test_a_cycle_does_not_look_over_a_barrier(seed, top, left, height, width):
    rng = np.random.default_rng(seed)
    shape = (40, 43)
    barrier = fence(shape, top, left, top + height, left + width)
    regions, _ = label(~barrier, structure=np.ones((3, 3)))
    weights = laplace((rng.random(shape) * 100).astype(np.float32), EdgeLaw())
    edges = with_marks(weights, barrier, np.zeros(shape, bool))
    diagonal = np.zeros(edges.shape[1:], np.float32)
    stencil.degree(edges, diagonal)
    diagonal[rng.integers(1, 41, size=9), rng.integers(1, 44, size=9)] = 0  # held pixels
    inside = np.zeros(diagonal.shape, bool)
    inside[1:41, 1:44] = regions == regions[top + 1, left + 1]
    b = (rng.normal(size=(2, *diagonal.shape)) * ((diagonal > 0) & inside)).astype(np.float32)
    found = Multigrid(edges, diagonal, shape).cycle(b)
    assert found[:, inside].any()
    assert not found[:, ~inside].any()


@pytest.mark.parametrize("corner", [(10, 10), (11, 10), (10, 11), (11, 11), (13, 12)])
def test_a_fenced_region_without_hints_stays_without_colour(corner, make_scene):
    shape = (60, 64)
    top, left = corner
    hints = dataclasses.replace(
        HintMap.empty(shape), barrier=fence(shape, top, left, top + 24, left + 30)
    )
    hints.chroma[3, 3:20], hints.weight[3, 3:20] = (40, -20), 1
    weights = laplace(make_scene(shape), EdgeLaw())
    found, report = diffuse(weights, hints, tol=1e-6)
    assert report.converged
    assert not found[top + 1 : top + 24, left + 1 : left + 30].any()
