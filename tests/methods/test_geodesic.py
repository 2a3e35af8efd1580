"""Chrominance blending: the formula, and what is particular to it."""

import dataclasses

import numpy as np
import paths
import pytest

from handtint.methods import geodesic
from handtint.methods.geodesic import Blend, Geodesic
from handtint.solvers.geodesic import ContrastCost, distance_blocks
from handtint.solvers.grid import OFFSETS
from handtint.types import HintMap

LAW = ContrastCost()


def spots(shape, *hints):
    """A hint map from (row, column, chroma) or (row, column, chroma, weight)."""
    out = HintMap.empty(shape)
    for y, x, chroma, *weight in hints:
        out.chroma[y, x] = chroma
        out.weight[y, x] = weight[0] if weight else 1
    return out


def test_a_step_costs_what_the_formula_says(rng):
    lightness = (rng.random((6, 7)) * 100).astype(np.float32)
    costs = ContrastCost(exponent=1.5, rest=0.2, share=0).of(lightness)
    for k, (dy, dx) in enumerate(OFFSETS):
        for y in range(6 - dy):
            for x in range(max(0, -dx), 7 - max(0, dx)):
                contrast = abs(float(lightness[y, x]) - float(lightness[y + dy, x + dx]))
                expected = contrast**1.5 + 0.2 * np.hypot(dy, dx)
                assert costs[k, y + 1, x + 1] == pytest.approx(expected, rel=1e-5)


def test_equals_the_formula_with_dijkstra(make_scene):
    shape = (13, 16)
    lightness = make_scene(shape)
    hints = spots(
        shape, (2, 3, (30, -5)), (9, 14, (-20, 10)), (11, 1, (30, -5)), (5, 8, (7, 7), 0.4)
    )
    costs = LAW.of(lightness)
    found, _ = Blend(LAW, lightness, 2.5)(hints)
    total, mixed = 0, 0
    for pixels, colour, trust in (
        ((2 * 16 + 3, 11 * 16 + 1), (30, -5), 1),
        ((9 * 16 + 14,), (-20, 10), 1),
        ((5 * 16 + 8,), (7, 7), 0.4),
    ):
        v = trust * (paths.distances(costs, shape, pixels) + 0.1) ** -2.5
        total, mixed = total + v, mixed + v[..., None] * np.array(colour)
    expected = mixed / total[..., None]
    hard = hints.weight == 1
    expected[hard] = hints.chroma[hard]
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_it_blends_and_does_not_take_the_nearest_only():
    hints = spots((1, 21), (0, 0, (40, 0)), (0, 20, (-40, 0)))
    found, _ = Blend(LAW, np.full((1, 21), 50, np.float32), 2)(hints)
    line = found[0, :, 0]
    assert line[10] == pytest.approx(0, abs=1e-3)
    assert (np.diff(line) < 0).all()
    assert len(np.unique(np.round(line, 1))) > 15


def test_ignored_pixels_cost_nothing_but_the_way():
    lightness = np.full((9, 12), 50, np.float32)
    lightness[:, 6] = 100
    scratch = np.zeros((9, 12), bool)
    scratch[:, 5:8] = True
    nothing = np.zeros_like(scratch)
    law = ContrastCost(share=0)
    opened = law.with_marks(law.of(lightness), nothing, scratch)
    flat = law.of(np.full((9, 12), 50, np.float32))
    assert np.array_equal(opened[:, 1:9, 1:12], flat[:, 1:9, 1:12])


def test_a_barrier_beats_an_ignored_pixel():
    both = np.ones((4, 5), bool)
    marked = LAW.with_marks(LAW.of(np.full((4, 5), 50, np.float32)), both, both)
    assert np.isinf(marked[:, 1:5, 1:6]).all()


def test_more_colours_than_are_told_apart_are_taken_together(rng, monkeypatch):
    monkeypatch.setattr(geodesic, "MOST_COLOURS", 8)
    hints = HintMap.empty((30, 30))
    hints.chroma[...] = rng.uniform(-50, 50, size=(30, 30, 2))
    hints.weight[::3, ::3] = 1
    found, _ = Blend(LAW, np.full((30, 30), 50, np.float32), 2.5)(hints)
    hard = hints.weight == 1
    assert np.array_equal(found[hard], hints.chroma[hard])
    assert np.abs(found).max() <= 50


@pytest.mark.parametrize("most", [0, 10**6])
def test_only_changed_colours_are_looked_at_anew(make_scene, monkeypatch, most):
    asked = []

    def watched(costs, shape, seeds, **kwargs):
        asked.append(len(seeds))
        return distance_blocks(costs, shape, seeds, **kwargs)

    monkeypatch.setattr(geodesic, "distance_blocks", watched)
    monkeypatch.setattr(geodesic, "MOST_KEPT", most)
    shape = (13, 16)
    few = spots(shape, (2, 3, (30, -5)), (9, 14, (-20, 10)), (5, 8, (7, 7)))
    more = spots(shape, (2, 3, (30, -5)), (9, 14, (-20, 10)), (5, 8, (9, 9)), (11, 1, (-20, 10)))
    fenced = dataclasses.replace(more, barrier=np.eye(13, 16, dtype=bool))
    kept = Blend(LAW, make_scene(shape), 2.5)
    for hints in (few, more, fenced, few):
        fresh = Blend(LAW, make_scene(shape), 2.5)(hints)[0]
        np.testing.assert_allclose(kept(hints)[0], fresh, atol=1e-5)
    # Of the second call the colour with one more pixel; a stroke in another colour stays as near.
    anew = asked[1::2]
    assert anew == ([3, 1, 3, 3] if most else [3, 3, 3, 3])


def test_a_region_that_no_hint_reaches_has_no_colour_whatever_came_before():
    lightness = np.full((60, 60), 50, np.float32)
    hints = spots((60, 60), (5, 5, (30, 10)))
    hints.barrier[20:41, 20:41] = True
    hints.barrier[22:39, 22:39] = False
    prepared = Geodesic(reach=0).prepare(lightness)
    seen = spots((60, 60), (30, 30, (50, -50)))
    prepared(dataclasses.replace(hints, chroma=seen.chroma, weight=seen.weight))
    found = prepared(hints).chroma
    assert not found[22:39, 22:39].any()
    assert np.abs(found[:19] - (30, 10)).max() < 1e-4
