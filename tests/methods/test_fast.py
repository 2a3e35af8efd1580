"""The fast preview: what is particular to it."""

import numpy as np
import pytest

from handtint.methods.fast import Fast
from handtint.types import HintMap


def test_far_from_the_only_hint_there_is_still_its_colour():
    hints = HintMap.empty((1200, 6))
    hints.chroma[2, 3], hints.weight[2, 3] = (31, -8), 1
    light = np.tile(np.float32([[0], [100]]), (600, 6))
    found = Fast(reach=0).prepare(light)(hints).chroma
    assert np.abs(found - (31, -8)).max() < 0.01


def test_nearer_and_across_no_edge_counts_for_more():
    light = np.full((40, 60), 40, np.float32)
    light[:, 30:] = 80
    hints = HintMap.empty((40, 60))
    hints.chroma[20, 5], hints.weight[20, 5] = (40, 0), 1
    hints.chroma[20, 54], hints.weight[20, 54] = (-40, 0), 1
    found = Fast().prepare(light)(hints).chroma[20, :, 0]
    assert found[10] > 38
    assert found[26] > 35
    assert found[33] < -35
    even = Fast().prepare(np.full((40, 60), 40, np.float32))(hints).chroma[20, :, 0]
    assert (np.diff(even[5:55]) <= 1e-4).all()
    assert abs(even[29] + even[30]) < 1e-3


@pytest.mark.parametrize("steps", [1, 12])
@pytest.mark.parametrize("decay", [1e-3, 1.0])
@pytest.mark.parametrize("floor", [1e-7, 1.0])
def test_it_mixes_only_what_there_is_whatever_the_options(
    make_scene, make_hints, steps, decay, floor
):
    hints = make_hints((70, 50))
    found = Fast(steps=steps, decay=decay, floor=floor).prepare(make_scene((70, 50)))(hints).chroma
    drawn = hints.chroma[hints.weight > 0]
    assert (found >= np.minimum(drawn.min(0), 0) - 1e-3).all()
    assert (found <= np.maximum(drawn.max(0), 0) + 1e-3).all()


def test_a_soft_hint_counts_for_less_than_a_hard_one():
    hints = HintMap.empty((1, 31))
    hints.chroma[0, 0], hints.weight[0, 0] = (30, 0), 1
    hints.chroma[0, 30], hints.weight[0, 30] = (-30, 0), 0.1
    found = Fast().prepare(np.full((1, 31), 50, np.float32))(hints).chroma
    assert found[0, 15, 0] > 10


def test_the_small_grid_holds_strokes_of_the_given_one():
    light = np.full((300, 400), 50, np.float32)
    hints = HintMap.empty((300, 400))
    hints.chroma[100, 20:380], hints.weight[100, 20:380] = (25, 5), 1
    found = Fast().prepare(light)(hints).chroma
    assert np.array_equal(found[100, 20:380], hints.chroma[100, 20:380])
