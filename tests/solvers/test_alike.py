"""The graph that joins every pixel with every stroke."""

import math

import numpy as np
import pytest

from handtint.solvers.alike import mean_of_alike
from handtint.solvers.hint_strokes import Strokes

SHAPE = (7, 11)


@pytest.fixture
def features(rng):
    return rng.normal(size=(3, *SHAPE)).astype(np.float32)


@pytest.fixture
def strokes(rng):
    where = rng.choice(SHAPE[0] * SHAPE[1], 12, replace=False).reshape(4, 3)
    return Strokes(list(where), rng.normal(0, 30, (4, 2)).astype(np.float32))


def test_it_is_the_mean_of_the_docstring(features, strokes):
    mean, unlike = mean_of_alike(features, strokes, 0.2)
    flat = features.reshape(3, -1).astype(float)
    for y, x in ((0, 0), (3, 8), (6, 10)):
        energies = []
        for pixels in strokes.pixels:
            off = flat[:, y * 11 + x] - sum(flat[:, p] for p in pixels) / len(pixels)
            row, column = np.mean([divmod(p, 11) for p in pixels], axis=0)
            away = math.hypot(y - row, x - column) / 11
            energies.append(0.5 * float(off @ off) + away / 0.2)
        weights = [math.exp(-e) for e in energies]
        expected = np.array(weights) @ strokes.chroma / sum(weights)
        np.testing.assert_allclose(mean[y, x], expected, rtol=1e-4, atol=1e-3)
        assert unlike[y, x] == pytest.approx(min(energies), rel=1e-4, abs=1e-5)


def test_one_colour_is_the_mean_everywhere_and_hues_turn_with_it(features, strokes):
    same = Strokes(strokes.pixels, np.full((4, 2), (12, -7), np.float32))
    np.testing.assert_allclose(mean_of_alike(features, same, 0.1)[0] - (12, -7), 0, atol=1e-4)
    turn = np.array([[0, 1], [-1, 0]], np.float32)
    straight, unlike = mean_of_alike(features, strokes, 0.1)
    turned, again = mean_of_alike(features, Strokes(strokes.pixels, strokes.chroma @ turn), 0.1)
    np.testing.assert_allclose(turned, straight @ turn, atol=1e-4)
    np.testing.assert_array_equal(unlike, again)


def test_a_stroke_that_looks_alike_wins_over_a_nearer_one():
    features = np.zeros((1, 4, 40), np.float32)
    features[0, :, 10:20] = 6
    features[0, :, 34:] = 6
    pixels = [np.array([2]), np.array([36])]
    strokes = Strokes(pixels, np.array([[30, 0], [0, 30]], np.float32))
    mean, _ = mean_of_alike(features, strokes, 0.1)
    assert (mean[:, :8, 0] > 29).all()
    assert (mean[:, 11:19, 1] > 29).all()


def test_looks_that_are_far_off_are_no_trouble(strokes):
    features = np.full((2, *SHAPE), 1e4, np.float32)
    features[:, 3, 3] = -1e4
    mean, unlike = mean_of_alike(features, strokes, 1e-3)
    assert np.isfinite(mean).all()
    assert np.isfinite(unlike).all()
