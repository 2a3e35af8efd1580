"""What every method does with strokes of each kind: hard, neutral, barrier, ignore."""

import dataclasses

import numpy as np
import pytest
from registered import (
    GUIDED,
    HOLDING,
    MARKED,
    PROPOSING,
    USING_HINTS,
    accurate,
    colour,
    info,
    paint,
)
from registered import photo as make_photo
from registered import strokes as make_strokes

from handtint import registry
from handtint.types import HintMap

SMALL, LARGE = (48, 61), (150, 222)


def default(name):
    return registry.load(name)()


def overshoot(chroma, hints):
    """How far each pixel is beyond the range of the hints and grey, in parts of the range."""
    hard = hints.weight == 1
    low = np.minimum(hints.chroma[hard].min(0), 0)
    high = np.maximum(hints.chroma[hard].max(0), 0)
    beyond = np.maximum(low - chroma, chroma - high) / (high - low)
    return np.maximum(beyond.max(axis=2), 0)


@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize("name", HOLDING)
def test_hard_strokes_are_exact_on_the_working_grid(name, shape, rng):
    hints = make_strokes(shape, rng, 12)
    found = colour(default(name), make_photo(shape, rng), hints)
    hard = hints.weight == 1
    assert np.abs(found - hints.chroma)[hard].max() < 1e-4


@pytest.mark.parametrize("name", USING_HINTS)
def test_two_hundred_strokes(name, rng):
    shape = (130, 160)
    hints = make_strokes(shape, rng, 200)
    found = colour(default(name), make_photo(shape, rng), hints)
    assert np.isfinite(found).all()
    if info(name).proposes:
        return
    beyond = overshoot(found, hints)
    if info(name).overshoots:
        # Where strokes of opposite colours lie side by side, fourth-order terms swing far between
        # them (`biharmonic` here by 0.6 of the range), but hardly anywhere else.
        assert beyond.max() < 1
        assert np.quantile(beyond, 0.99) < 0.05
    else:
        assert beyond.max() < 0.005


@pytest.mark.parametrize("name", HOLDING)
def test_a_neutral_stroke_has_no_colour_and_a_neutral_surrounding(name, rng):
    light = np.full(SMALL, 40, np.float32)
    light[15:33, 20:41] = 75
    hints = HintMap.empty(SMALL)
    for rows in (slice(2, 5), slice(43, 46)):
        paint(hints, np.s_[rows, 4:57], (35, 25))
    paint(hints, np.s_[22:26, 24:37], (0, 0))
    found = np.hypot(*np.moveaxis(colour(default(name), light, hints), 2, 0))
    assert found[22:26, 24:37].max() < 1e-4
    assert found[20:28, 23:38].mean() < 5
    assert found[3, 4:57].min() > 40


def fenced(shape):
    """A closed fence of one pixel, and the pixels inside and outside."""
    h, w = shape
    inside = np.zeros(shape, bool)
    inside[h // 4 : 3 * h // 4, w // 4 : 3 * w // 4] = True
    fence = np.zeros(shape, bool)
    fence[h // 4 - 1 : 3 * h // 4 + 1, w // 4 - 1 : 3 * w // 4 + 1] = True
    fence &= ~inside
    return fence, inside, ~inside & ~fence


@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize("name", [n for n in MARKED if n in PROPOSING])
def test_a_stroke_changes_nothing_beyond_a_closed_barrier(name, shape, rng):
    fence, inside, outside = fenced(shape)
    h, w = shape
    light, found = make_photo(shape, rng), []
    for within, beyond in (((50, 0), (0, -40)), ((50, 0), (-30, 50)), ((-20, 20), (0, -40))):
        hints = dataclasses.replace(HintMap.empty(shape), barrier=fence)
        paint(hints, np.s_[h // 2 - 3 : h // 2 + 3, w // 2 - 6 : w // 2 + 6], within)
        paint(hints, np.s_[2:5, 4 : w - 4], beyond)
        # The parts share the solver's residual.
        found.append(colour(accurate(name, 1e-7), light, hints))
    assert np.abs(found[0] - found[1])[inside].max() < 0.1
    assert np.abs(found[0] - found[2])[outside].max() < 0.1
    assert np.abs(found[0] - found[1])[outside].max() > 10
    assert np.abs(found[0] - found[2])[inside].max() > 10


@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize("name", [n for n in MARKED if n not in PROPOSING])
def test_nothing_crosses_a_closed_barrier(name, shape, rng):
    fence, inside, outside = fenced(shape)
    hints = dataclasses.replace(HintMap.empty(shape), barrier=fence)
    h, w = shape
    paint(hints, np.s_[h // 2 - 3 : h // 2 + 3, w // 2 - 6 : w // 2 + 6], (50, 0))
    paint(hints, np.s_[2:5, 4 : w - 4], (0, -40))
    found = colour(default(name), make_photo(shape, rng), hints)
    # Each colour has a channel of its own, so that a trace of the other shows.
    assert np.abs(found[inside][:, 1]).max() < 0.01
    assert np.abs(found[outside][:, 0]).max() < 0.01
    assert found[inside][:, 0].max() > 49
    assert found[outside][:, 1].min() < -39


@pytest.mark.parametrize("name", [n for n in MARKED if n not in PROPOSING])
def test_a_fenced_region_without_a_stroke_has_no_colour(name, rng):
    fence, inside, _ = fenced(SMALL)
    hints = dataclasses.replace(HintMap.empty(SMALL), barrier=fence)
    paint(hints, np.s_[2:5, 4:50], (30, -40))
    assert np.abs(colour(default(name), make_photo(SMALL, rng), hints)[inside]).max() < 0.01


@pytest.mark.parametrize("name", [n for n in USING_HINTS if n not in PROPOSING])
def test_erased_strokes_leave_nothing_behind(name, rng):
    fence, inside, _ = fenced(SMALL)
    prepared = default(name).prepare(make_photo(SMALL, rng))
    first = dataclasses.replace(HintMap.empty(SMALL), barrier=fence)
    paint(first, np.s_[20:26, 25:35], (50, 0))
    second = dataclasses.replace(HintMap.empty(SMALL), barrier=fence)
    paint(second, np.s_[2:5, 4:50], (0, -40))
    prepared(first)
    found = prepared(second).chroma
    if info(name).honours_marks:
        assert np.abs(found[inside]).max() < 0.01
    assert np.abs(found[..., 0]).max() < 0.01
    assert np.abs(prepared(HintMap.empty(SMALL)).chroma).max() < 0.01


@pytest.mark.parametrize("name", PROPOSING)
def test_erased_strokes_leave_the_proposal(name, rng):
    light = make_photo(SMALL, rng)
    prepared = default(name).prepare(light)
    before = prepared(HintMap.empty(SMALL)).chroma
    prepared(make_strokes(SMALL, rng, 5))
    assert np.abs(prepared(HintMap.empty(SMALL)).chroma - before).max() < 0.05


@pytest.mark.parametrize("name", PROPOSING)
def test_proposals_do_not_look_at_ignored_pixels(name, rng):
    light = make_photo(SMALL, rng)
    hints = dataclasses.replace(make_strokes(SMALL, rng, 3), ignore=np.zeros(SMALL, bool))
    hints.ignore[:, 20:26] = True
    scratched = light.copy()
    scratched[:, 21:25] = 97
    found = colour(default(name), scratched, hints)
    assert np.array_equal(found, colour(default(name), light, hints))


@pytest.mark.parametrize("name", USING_HINTS)
def test_a_later_call_finds_what_a_first_one_would(name, rng):
    shape = (90, 120)
    light, method = make_photo(shape, rng), accurate(name)
    prepared = method.prepare(light)
    for count in (4, 9):
        prepared(make_strokes(shape, rng, count))
    hints = make_strokes(shape, rng, 8)
    again, fresh = prepared(hints).chroma, method.prepare(light)(hints).chroma
    assert np.abs(again - fresh).max() < 0.5


def scratched(width):
    """An even photo, one with a scratch across it, a mark over the scratch, and two strokes."""
    clean = np.full((40, width), 45, np.float32)
    scratched = clean.copy()
    scratched[:, 20:22] = 95
    mark = np.zeros(clean.shape, bool)
    mark[:, 14:28] = True  # as wide as a person's brush
    hints = HintMap.empty(clean.shape)
    paint(hints, np.s_[10:30, 4:7], (40, 10))
    paint(hints, np.s_[10:30, width - 7 : width - 4], (-40, 10))
    return clean, scratched, mark, hints


@pytest.mark.parametrize("name", MARKED)
def test_colour_passes_an_ignored_scratch_as_if_it_were_not_there(name):
    clean, scratch, mark, hints = scratched(70)
    ignoring = dataclasses.replace(hints, ignore=mark)
    method = accurate(name)
    assert np.abs(colour(method, scratch, ignoring) - colour(method, clean, hints)).max() < 0.5


@pytest.mark.parametrize("name", GUIDED)
def test_a_scratch_that_is_not_ignored_stops_colour(name):
    clean, scratch, _, hints = scratched(70)
    method = accurate(name)
    behind = np.s_[10:30, 26:30, 0]
    stopped = colour(method, scratch, hints)[behind].mean()
    assert stopped < colour(method, clean, hints)[behind].mean() - 10
