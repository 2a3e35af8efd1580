"""Strokes as the learned models see them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handtint.hints import Stroke, StrokeDocument
from handtint.resample import reduce_hints
from handtint.solvers import hint_strokes
from handtint.solvers.hint_strokes import strokes_of
from handtint.types import HintMap


def painted(*strokes):
    hints = HintMap.empty((40, 60))
    for where, chroma, weight in strokes:
        hints.chroma[where], hints.weight[where] = chroma, weight
    return hints


def test_strokes_apart_are_told_apart_whatever_their_colour():
    first, second = np.s_[2:4, 2:20], np.s_[30:33, 2:20]
    for other in ((20, 5), (-20, 5)):
        found = strokes_of(painted((first, (20, 5), 1), (second, other, 1)))
        assert sorted(p.size for p in found.pixels) == [36, 54]
    joined = strokes_of(painted((first, (20, 5), 1), (np.s_[4:6, 2:20], (20, 5), 0.5)))
    assert [p.size for p in joined.pixels] == [72]
    np.testing.assert_allclose(joined.chroma, [[20, 5]])


def test_two_colours_that_touch_are_two_strokes_and_rounding_is_none():
    touching = painted((np.s_[2:4, 2:20], (20, 5), 1), (np.s_[4:6, 2:20], (-9, 5), 1))
    assert len(strokes_of(touching).pixels) == 2
    touching.chroma[4:6] = (20 + 1e-5, 5 - 1e-5)
    assert len(strokes_of(touching).pixels) == 1


def test_faint_and_fenced_hints_are_no_strokes():
    hints = painted((np.s_[2:4, 2:20], (20, 5), 0.1), (np.s_[8:9, 2:20], (20, 5), 1))
    hints.barrier[8] = True
    found = strokes_of(hints)
    assert found.pixels == []
    assert found.chroma.shape == (0, 2)


def test_too_many_strokes_are_joined_by_colour(rng):
    hints = HintMap.empty((60, 60))
    hints.weight[::3, ::3] = 1
    hints.chroma[...] = (7, 7)
    hints.chroma[:, 30:] = (-7, 7)
    assert [p.size for p in strokes_of(hints).pixels] == [200, 200]
    hints.chroma[...] = rng.uniform(-60, 60, hints.chroma.shape)
    found = strokes_of(hints)
    assert 4 <= len(found.pixels) <= hint_strokes.MOST_GROUPS
    assert np.array_equal(
        np.sort(np.concatenate(found.pixels)), np.flatnonzero(hints.weight.ravel())
    )
    for pixels, chroma in zip(found.pixels, found.chroma, strict=True):
        np.testing.assert_allclose(
            hints.chroma.reshape(-1, 2)[pixels].mean(axis=0), chroma, atol=1e-3
        )


def crossing(seed):
    """Two strokes over each other, one mostly along the rows, one along the columns."""
    rng = np.random.default_rng(seed)
    here, there = rng.uniform(40, 120, 2), rng.uniform(280, 360, 2)
    ends = (((here[0], 40), (there[0], 460)), ((40, 100 + here[1]), (360, 60 + there[1])))
    inks = rng.choice(216, 2, replace=False)
    strokes = (
        Stroke(points=points, width=12, color=tuple(int(51 * (ink // n % 6)) for n in (1, 6, 36)))
        for points, ink in zip(ends, inks, strict=True)
    )
    return StrokeDocument((400, 500), tuple(strokes))


def numbers(strokes, shape):
    """Which stroke each pixel is of; -1 for none."""
    out = np.full(shape[0] * shape[1], -1)
    for n, pixels in enumerate(strokes.pixels):
        out[pixels] = n
    return out.reshape(shape)


@given(seed=st.integers(0, 10_000))
def test_where_two_strokes_cross_a_coarser_grid_has_no_third(seed):
    fine = crossing(seed).hint_map((320, 400), "lab")
    coarse = reduce_hints(reduce_hints(fine, (204, 256)), (179, 224))
    known, found = strokes_of(fine), strokes_of(coarse)
    assert len(found.pixels) == len(known.pixels)
    for chroma in found.chroma:
        assert np.linalg.norm(known.chroma - chroma, axis=1).min() < 0.05
    assert np.array_equal(numbers(found, coarse.shape) >= 0, coarse.weight >= hint_strokes.DRAWN)


def test_a_mixture_counts_to_the_nearer_colour():
    hints = painted((np.s_[4:8, 4:20], (20, 5), 1), (np.s_[8:12, 4:20], (-20, 5), 1))
    for column, share in ((6, 0.8), (9, 0.3), (12, 0.6)):
        hints.chroma[8, column] = share * np.float32([20, 5]) + (1 - share) * np.float32([-20, 5])
    found = strokes_of(hints)
    assert len(found.pixels) == 2
    of = numbers(found, hints.shape)
    assert of[8, 6] == of[8, 12] == of[4, 4]
    assert of[8, 9] == of[11, 4]
    np.testing.assert_allclose(sorted(found.chroma[:, 0]), [-20, 20], atol=1e-3)


@pytest.mark.parametrize(
    ("where", "chroma", "why"),
    [
        (np.s_[8, 9], (0, 12), "not between the colours of the two"),
        (np.s_[8, 9], (30, 5), "beyond one of them"),
        (np.s_[8:12, 24:26], (0, 5), "between them, but apart"),
    ],
)
def test_a_dot_with_a_colour_of_its_own_is_a_stroke(where, chroma, why):
    hints = painted((np.s_[4:8, 4:20], (20, 5), 1), (np.s_[8:12, 4:20], (-20, 5), 1))
    hints.chroma[where], hints.weight[where] = chroma, 1
    found = strokes_of(hints)
    assert len(found.pixels) == 3, why
    assert np.abs(found.chroma - np.float32(chroma)).max(axis=1).min() < 1e-3


def test_very_many_colours_are_not_searched_for_mixtures(rng, monkeypatch):
    hints = HintMap.empty((60, 60))
    hints.weight[...] = 1
    hints.chroma[...] = rng.uniform(-60, 60, hints.chroma.shape)

    def never(*_):
        raise AssertionError("searched")

    monkeypatch.setattr(hint_strokes, "_unmixed", never)
    assert sum(pixels.size for pixels in strokes_of(hints).pixels) == 3600
