"""The hint kernel: strokes, distances, the mixture and its gradient."""

import models
import numpy as np
import paths
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handtint.coefficients import Kernel, load
from handtint.errors import Cancelled
from handtint.solvers import hint_features as features
from handtint.solvers import hint_kernel as kernel
from handtint.solvers.features import Texture
from handtint.solvers.geodesic import distances
from handtint.solvers.hint_features import Surroundings
from handtint.solvers.hint_kernel import blend, mix
from handtint.solvers.hint_pairs import OF_PAIR, OF_PIXEL, OF_STROKE, PAIR_FEATURES, Pairs
from handtint.solvers.hint_strokes import Strokes
from handtint.solvers.hint_view import Chunk, View
from handtint.solvers.kinship import KINDRED, PLAIN, UNION, Kinship, informed
from handtint.train import kernel as training
from handtint.train.examples import loss
from handtint.train.kernel import Case
from handtint.train.perceptron import initial
from handtint.types import Proposed

SHAPE = (18, 23)


def random_models(rng, inputs=PLAIN):
    def model(names, widths):
        return initial(rng.normal(size=(len(names), 20)).astype(np.float32), widths, rng, output=1)

    return Kernel(model(inputs.pairs, (5, 2)), model(inputs.pixels, (5, len(inputs.fallbacks) + 1)))


def random_chunk(rng, n=3, count=6, inputs=PLAIN):
    more = rng.normal(size=(len(inputs.pairs) - len(PAIR_FEATURES), n, count))
    reached = rng.random((n, count)) < 0.7
    return Chunk(
        slice(0, count),
        Pairs(
            rng.normal(size=(len(OF_PAIR), n, count)).astype(np.float32),
            rng.normal(size=(len(OF_PIXEL), count)).astype(np.float32),
            rng.normal(size=(len(OF_STROKE), n)).astype(np.float32),
            more.astype(np.float16).astype(np.float32) if len(more) else None,
        ),
        rng.normal(size=(len(inputs.pixels), count)).astype(np.float32),
        rng.normal(0, 20, (len(inputs.fallbacks), count, 2)).astype(np.float32),
        reached,
    )


INPUTS = [PLAIN, KINDRED, UNION]


@settings(deadline=None)
@given(seed=st.integers(0, 500), n=st.integers(1, 5), inputs=st.sampled_from(INPUTS))
def test_the_mixture_equals_the_formula_and_stays_in_the_hull(seed, n, inputs):
    rng = np.random.default_rng(seed)
    chunk, chosen = random_chunk(rng, n, inputs=inputs), random_models(rng, inputs)
    chroma = rng.normal(0, 30, (n, 2)).astype(np.float32)
    found = mix(chunk, chroma, chosen)
    np.testing.assert_allclose(found.chroma, models.mixture(chunk, chroma, chosen), atol=2e-3)
    np.testing.assert_allclose(found.shares.sum(axis=0), 1, atol=1e-5)
    assert not found.shares[:n][~chunk.reached].any()
    assert (found.gains > 0.4).all()
    assert (found.gains < 1).all()
    candidates = np.concatenate([np.repeat(chroma[:, None], 6, axis=1), chunk.fallbacks])
    for angle in np.arange(16) * np.pi / 8:
        way = np.array([np.cos(angle), np.sin(angle)])
        # Gains below 1 draw every candidate towards grey.
        assert (found.chroma @ way <= np.maximum((candidates @ way).max(axis=0), 0) + 1e-3).all()


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("widths", [(2,), (7, 2), (7, 4, 2)])
def test_pairs_taken_apart_give_what_their_features_give(rng, widths, inputs):
    pairs = random_chunk(rng, 4, 9, inputs).pairs
    found = pairs.features()
    assert found.shape == (len(inputs.pairs), 4, 9)
    samples = rng.normal(size=(len(inputs.pairs), 20)).astype(np.float32)
    model = initial(samples, widths, rng, output=1)
    flat = found.reshape(len(inputs.pairs), -1)
    np.testing.assert_allclose(
        pairs.evaluated(model), model(flat).reshape(2, 4, 9), rtol=1e-4, atol=1e-4
    )


def test_features_are_sums_of_their_parts(rng):
    pairs = random_chunk(rng, 4, 9).pairs
    named = dict(zip(PAIR_FEATURES, pairs.features(), strict=True))
    np.testing.assert_allclose(
        named["signed difference of lightness"],
        named["lightness of the pixel"] - named["lightness of the stroke"],
        atol=1e-6,
    )
    name = "log distance in the plane"
    least = pairs.pixels[OF_PIXEL.index(f"least {name}")]
    np.testing.assert_allclose(named[f"{name}, less the least"], named[name] - least, atol=1e-6)
    assert (named["log number of strokes"] == pairs.strokes[1][:, None]).all()


def test_only_new_strokes_are_measured_anew(problem, monkeypatch):
    surroundings, strokes, barrier, _ = problem
    first = surroundings.log_distances(strokes, barrier).at(slice(None))
    asked = []

    def watched(costs, shape, seeds, **kwargs):
        asked.append(len(seeds))
        return distances(costs, shape, seeds, **kwargs)

    monkeypatch.setattr(features, "distances", watched)
    more = Strokes([*strokes.pixels, np.array([7])], np.zeros((5, 2), np.float32))
    second = surroundings.log_distances(more, barrier).at(slice(None))
    assert asked == [1] * 5
    assert len(second) == 5
    np.testing.assert_array_equal(second[:4], first)
    # The lightness and a fence decide, too.
    fenced = barrier.copy()
    fenced[:, 11] = True
    surroundings.log_distances(more, fenced)
    assert asked[5:] == [5] * 5


def test_gains_keep_their_bounds_and_fall():
    values = np.linspace(-1e4, 1e4, 2001, dtype=np.float32)
    found = kernel.gain(values)
    assert (found > 0.4).all()
    assert (found < 1).all()
    assert (np.diff(found) <= 0).all()


@pytest.mark.parametrize("inputs", INPUTS)
def test_the_gradient_of_a_step_equals_finite_differences(rng, inputs):
    chunk, chosen = random_chunk(rng, inputs=inputs), random_models(rng, inputs)
    chunk.pairs.values[...] = chunk.pairs.values.astype(np.float16)
    strokes = rng.normal(0, 30, (3, 2)).astype(np.float32)
    item = Case(chunk, strokes, rng.normal(0, 30, (6, 2)).astype(np.float32))
    value, (by_pair, by_pixel) = training.step(chosen, item)

    def slow(pairs, fallbacks):
        return loss(models.mixture(chunk, strokes, Kernel(pairs, fallbacks)), item.truth)[0]

    assert value == pytest.approx(slow(chosen.pairs, chosen.fallbacks), abs=1e-4)
    for found, model, one in (
        (by_pair, chosen.pairs, lambda m: slow(m, chosen.fallbacks)),
        (by_pixel, chosen.fallbacks, lambda m: slow(chosen.pairs, m)),
    ):
        places = models.places_of(model, rng, 25)
        expected = models.by_differences(model, one, places)
        reached = [found[layer][part][where] for layer, part, where in places]
        np.testing.assert_allclose(reached, expected, rtol=2e-3, atol=1e-5)


def scene(rng):
    light = rng.uniform(20, 80, SHAPE).astype(np.float32)
    logs = rng.uniform(-6, 1, (4, *SHAPE)).astype(np.float32)
    return Surroundings(Texture.of(light), logs)


def spots(rng, n):
    where = rng.choice(SHAPE[0] * SHAPE[1], 3 * n, replace=False).reshape(n, 3)
    return Strokes(list(where), rng.normal(0, 30, (n, 2)).astype(np.float32))


def test_distances_equal_dijkstras(rng):
    surroundings, strokes = scene(rng), spots(rng, 3)
    logs = surroundings.log_distances(strokes, np.zeros(SHAPE, bool)).at(slice(None))
    logs = np.moveaxis(logs, 1, 0)
    found = np.exp(logs) - np.array([0.5, 0.5, 0.5, 0.5, 1])[:, None, None]
    for index, costs in enumerate(surroundings.costs):
        for n, pixels in enumerate(strokes.pixels):
            expected = paths.distances(costs, SHAPE, pixels, minimax=index == 3).ravel()
            np.testing.assert_allclose(found[index, n], expected, rtol=1e-4, atol=1e-4)


def mixed(surroundings, strokes, barrier, harmonics, progress=None):
    return blend(surroundings, strokes, barrier, *harmonics, load().kernel, progress)


@pytest.fixture
def problem(rng):
    harmonics = rng.normal(0, 20, (2, *SHAPE, 2)).astype(np.float32)
    return scene(rng), spots(rng, 4), np.zeros(SHAPE, bool), harmonics


def test_turning_the_hues_turns_the_mixture(problem):
    surroundings, strokes, barrier, harmonics = problem
    straight = mixed(*problem)
    for angle in (0.7, np.pi / 2, np.pi):
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, s], [-s, c]], np.float32)
        turned = Strokes(strokes.pixels, strokes.chroma @ turn)
        found = mixed(surroundings, turned, barrier, harmonics @ turn)
        np.testing.assert_allclose(found, straight @ turn, atol=5e-3)


def test_the_order_of_strokes_does_not_matter(problem):
    surroundings, strokes, barrier, harmonics = problem
    order = [2, 0, 3, 1]
    other = Strokes([strokes.pixels[n] for n in order], strokes.chroma[order])
    found = mixed(surroundings, other, barrier, harmonics)
    np.testing.assert_allclose(found, mixed(*problem), atol=2e-3)


def test_the_mean_is_that_of_strokes_that_reach(rng):
    surroundings, barrier = scene(rng), np.zeros(SHAPE, bool)
    barrier[:, 11] = True
    left, right = np.array([0, 24]), np.array([20, 43])
    strokes = Strokes([left, right], np.array([[40, 0], [0, 30]], np.float32))
    found = surroundings.log_distances(strokes, barrier)
    grey = np.zeros((*SHAPE, 2), np.float32)
    view = View(surroundings, strokes, found, grey, grey)
    for chunk in map(view.at, view.pieces()):
        mean = np.zeros((*SHAPE, 2))
        mean.reshape(-1, 2)[chunk.where] = chunk.fallbacks[0]
        assert np.isfinite(chunk.pairs.features()).all()
        assert np.isfinite(chunk.pixels).all()
    assert (mean[:, :11] == (40, 0)).all()
    assert (mean[:, 12:] == (0, 30)).all()
    colours = mixed(surroundings, strokes, barrier, (grey, grey))
    assert not colours[:, :11, 1].any()
    assert not colours[:, 12:, 0].any()


def test_some_pixels_look_as_they_do_among_all(problem, rng):
    surroundings, strokes, barrier, harmonics = problem
    found = surroundings.log_distances(strokes, barrier)
    view = View(surroundings, strokes, found, *harmonics)
    whole = view.at(slice(None))
    only = rng.choice(SHAPE[0] * SHAPE[1], 30, replace=False)
    part = view.at(only)
    np.testing.assert_allclose(part.pairs.features(), whole.pairs.features()[:, :, only], atol=1e-5)
    np.testing.assert_allclose(part.pixels, whole.pixels[:, only], atol=1e-5)


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("fenced", [False, True])
def test_rows_of_pixels_give_what_listed_features_give(problem, rng, inputs, fenced):
    surroundings, strokes, barrier, (plain, learned) = problem
    if fenced:
        barrier[:, 11] = True
        strokes.pixels[0] = np.array([20])
    chosen = random_models(rng, inputs)
    lack = proposed = kinship = None
    if inputs is not PLAIN:
        seen = rng.gamma(0.5, size=(5, 6, 7)).astype(np.float32)
        kinship = Kinship(seen / seen.sum(axis=2, keepdims=True), SHAPE)
        lack = kinship.lack(strokes)
    if inputs is UNION:
        planes = rng.random((2, *SHAPE), np.float32)
        proposed = Proposed(rng.normal(0, 20, (*SHAPE, 2)).astype(np.float32), *planes)
    found = surroundings.log_distances(strokes, barrier)
    listed = View(surroundings, strokes, found, plain, learned).at(slice(None))
    if lack is not None:
        listed = informed(listed, lack, strokes.chroma, proposed)
    expected = mix(listed, strokes.chroma, chosen).chroma.reshape(*SHAPE, 2)
    mixture = blend(
        surroundings,
        strokes,
        barrier,
        plain,
        learned,
        chosen,
        kinship=kinship,
        proposed=proposed,
    )
    np.testing.assert_allclose(mixture, expected, atol=0.01)


class Cancelling:
    cancelled = True

    def report(self, fraction, chroma=None, /):
        raise AssertionError("a cancelled blend goes on")


def test_a_blend_can_be_cancelled(problem):
    with pytest.raises(Cancelled):
        mixed(*problem, Cancelling())
