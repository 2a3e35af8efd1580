"""What every registered method keeps, whoever wrote it."""

import dataclasses

import numpy as np
import pytest

from handtint import options, registry
from handtint.color import space
from handtint.color.spaces import names as space_names
from handtint.errors import Cancelled, OptionError
from handtint.pipeline import propagate
from handtint.types import HintMap

METHODS = registry.names()
GUIDED = [n for n in METHODS if registry.load(n).info.hints != "ignored"]
PROPOSING = [n for n in METHODS if registry.load(n).info.proposes]
SPREADING = [n for n in GUIDED if n not in PROPOSING]


@pytest.fixture
def picture(make_scene):
    return make_scene((37, 48))


@pytest.fixture
def hints(make_hints):
    return make_hints((37, 48), soft=0)


def run(name, lightness, hints, **kwargs):
    return registry.load(name)().prepare(lightness)(hints, **kwargs)


@pytest.mark.parametrize("name", METHODS)
def test_it_tells_what_it_is(name):
    method = registry.load(name)
    assert dataclasses.is_dataclass(method)
    assert method.__dataclass_params__.frozen
    assert method.info.title and method.info.energy and method.info.reference
    for o in options.declared(method):
        assert o.help
        assert o.check(o.default) == o.default
        assert o.parse(str(o.default)) == o.default


@pytest.mark.parametrize("name", METHODS)
def test_chroma_has_the_shape_and_is_finite(name, picture, hints):
    found = run(name, picture, hints)
    assert found.chroma.shape == (37, 48, 2)
    assert found.chroma.dtype == np.float32
    assert np.isfinite(found.chroma).all()
    assert found.report.iterations >= 0
    assert found.report.seconds >= 0


@pytest.mark.parametrize("name", METHODS)
def test_the_same_again_gives_the_same(name, picture, hints):
    assert np.array_equal(run(name, picture, hints).chroma, run(name, picture, hints).chroma)


@pytest.mark.parametrize("name", METHODS)
def test_inputs_are_left_alone(name, picture, hints):
    before = picture.copy(), hints.chroma.copy(), hints.weight.copy()
    run(name, picture, hints)
    for old, new in zip(before, (picture, hints.chroma, hints.weight), strict=True):
        assert np.array_equal(old, new)


@pytest.mark.parametrize("name", [n for n in METHODS if n not in PROPOSING])
def test_without_hints_there_is_no_colour(name, picture):
    assert not run(name, picture, HintMap.empty((37, 48))).chroma.any()


@pytest.mark.parametrize("name", PROPOSING)
def test_or_a_method_makes_its_own(name, picture):
    found = run(name, picture, HintMap.empty((37, 48))).chroma
    assert found.any()
    assert np.hypot(*np.moveaxis(found, 2, 0)).max() < 120


@pytest.mark.parametrize("name", PROPOSING)
@pytest.mark.parametrize("colour", [(45, 20), (-40, 30), (10, -50)])
def test_colours_that_a_method_makes_follow_the_hints(name, colour):
    flat = np.full((96, 128), 60, np.float32)
    hints = HintMap.empty(flat.shape)
    for y, x in ((20, 20), (48, 64), (76, 108)):
        hints.chroma[y - 3 : y + 3, x - 3 : x + 3] = colour
        hints.weight[y - 3 : y + 3, x - 3 : x + 3] = 1
    found = run(name, flat, hints).chroma
    drawn = hints.weight > 0
    assert np.abs(found[drawn] - colour).mean() < 5
    # They reach the rest of an even picture, too.
    assert np.linalg.norm(found - np.array(colour), axis=2).mean() < np.linalg.norm(colour) / 2


@pytest.mark.parametrize("name", SPREADING)
def test_one_colour_fills_the_picture(name, picture):
    hints = HintMap.empty((37, 48))
    hints.chroma[5:30, 5:40] = (25, -12)
    hints.weight[5:30, 5:40] = 1
    found = run(name, picture, hints)
    assert np.abs(found.chroma[5:30, 5:40] - (25, -12)).max() < 0.05
    far = found.chroma[18, :]
    assert (far[:, 0] > -1).all()
    # Who shades may make it stronger by a quarter where the surface is lighter.
    assert (far[:, 0] < (31 if registry.load(name).info.shades else 25.1)).all()


@pytest.mark.parametrize("name", SPREADING)
def test_the_maximum_principle_holds_or_is_broken_by_little(name, picture, hints):
    chroma = run(name, picture, hints).chroma
    hard = hints.weight == 1
    low, high = hints.chroma[hard].min(0), hints.chroma[hard].max(0)
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    # Who may overshoot may do so by a quarter of the range.
    slack = (high - low) / 4 if registry.load(name).info.overshoots else 0.5
    assert (chroma >= low - slack).all()
    assert (chroma <= high + slack).all()


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 300)])
@pytest.mark.parametrize("value", [0.0, 50.0, 100.0])
def test_tiny_thin_and_flat_pictures(name, shape, value):
    hints = HintMap.empty(shape)
    hints.chroma[0, 0], hints.weight[0, 0] = (20, 10), 1
    found = run(name, np.full(shape, value, np.float32), hints)
    assert found.chroma.shape == (*shape, 2)
    assert np.isfinite(found.chroma).all()


class Cancel:
    cancelled = True

    def report(self, fraction, chroma=None, /):
        raise AssertionError("a cancelled solve goes on")


@pytest.mark.parametrize("name", METHODS)
def test_a_cancelled_solve_stops(name, picture, hints):
    with pytest.raises(Cancelled):
        run(name, picture, hints, progress=Cancel())


@pytest.mark.parametrize("name", GUIDED)
@pytest.mark.parametrize("model", space_names())
def test_every_space_colours_a_picture_and_keeps_its_lightness(name, model, make_scene, make_hints):
    lightness, hints = make_scene((37, 48)), make_hints((37, 48), soft=0)
    chroma = propagate(registry.load(name)(), lightness, hints).chroma
    codes = space(model).recompose(lightness, chroma, 16)
    back, _ = space(model).from_codes(codes)
    assert np.abs(back - lightness).max() < 0.02


@pytest.mark.parametrize("name", METHODS)
def test_unknown_options_are_refused(name):
    with pytest.raises(OptionError, match="unknown option 'tolx'"):
        options.build(registry.load(name), {"tolx": "1"})
