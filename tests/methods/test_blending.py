"""Blending on whole pictures: grain, colours nobody expects, what decides."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from handtint.errors import MethodUnavailable
from handtint.methods.blending import Blending
from handtint.types import HintMap


def colour(light, hints, tol=1e-5, **kwargs):
    # Solved well, so that the law is tested and not where the solver stops: along a strong edge
    # pixels hang by edges of weight 1e-5, and at the default tolerance they are not settled. The
    # solver stops by the residual of each channel, which turns of the hues change.
    return Blending(tol=tol, max_iter=500).prepare(light)(hints, **kwargs).chroma


def halves(rng, grain):
    light = np.full((90, 120), 40, np.float32)
    light[:, 60:] = 70
    light += rng.normal(0, grain, light.shape).astype(np.float32)
    hints = HintMap.empty(light.shape)
    hints.chroma[42:48, 20:32], hints.weight[42:48, 20:32] = (40, 15), 1
    hints.chroma[42:48, 85:97], hints.weight[42:48, 85:97] = (-25, 30), 1
    return light, hints


@pytest.mark.parametrize("grain", [2, 6])
def test_grain_does_not_mottle(rng, grain):
    found = colour(*halves(rng, grain))
    for region in (found[10:80, 8:50], found[10:80, 70:112]):
        cells = region.reshape(10, 7, -1, 7, 2).std(axis=(1, 3))
        assert cells.mean() < 0.05


def test_absurd_colours_reach_as_far_as_likely_ones(rng):
    light, hints = halves(rng, 2)
    straight = colour(light, hints)
    for angle in np.deg2rad([90, 135, 180]):
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, s], [-s, c]], np.float32)
        turned = HintMap(hints.chroma @ turn, hints.weight, hints.barrier, hints.ignore)
        assert np.abs(colour(light, turned) - straight @ turn).max() < 0.3
        rough = colour(light, hints, tol=1e-3), colour(light, turned, tol=1e-3)
        distance = np.abs(rough[1] - rough[0] @ turn)
        assert distance.mean() < 0.1
        assert np.quantile(distance, 0.97) < 0.3


def test_the_initial_chroma_does_not_show(rng):
    light, hints = halves(rng, 2)
    odd = rng.normal(0, 60, (*light.shape, 2)).astype(np.float32)
    assert np.abs(colour(light, hints, initial=odd) - colour(light, hints)).max() < 0.2


def test_soft_hints_alone_colour_the_picture(rng):
    light, hints = halves(rng, 1)
    for weight in (0.1, 0.5):
        hints.weight[hints.weight > 0] = weight
        found = colour(light, hints)
        assert np.isfinite(found).all()
        assert found[44, 25, 0] > 20
        assert found[44, 90, 1] > 15


def test_a_picture_that_is_ignored_everywhere_is_coloured(rng):
    light, hints = halves(rng, 1)
    hints.ignore[...] = True
    found = colour(light, hints)
    hard = hints.weight == 1
    np.testing.assert_allclose(found[hard], hints.chroma[hard], atol=1e-3)


def test_missing_coefficients_are_one_clear_error(rng):
    with pytest.raises(MethodUnavailable, match="nowhere"):
        Blending(coefficients="nowhere.npz").prepare(np.zeros((5, 5), np.float32))


def test_calls_from_several_threads_do_not_mix(rng):
    light, _ = halves(rng, 2)
    prepared, strokes = Blending(tol=1e-5, max_iter=500).prepare(light), []
    for seed in range(8):
        hints, own = HintMap.empty(light.shape), np.random.default_rng(seed)
        for y, x in own.integers(0, 80, (5, 2)):
            hints.chroma[y : y + 6, x : x + 6] = own.uniform(-40, 40, 2)
            hints.weight[y : y + 6, x : x + 6] = 1
        strokes.append(hints)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda hints: prepared(hints).chroma, strokes))
    for hints, chroma in zip(strokes, found, strict=True):
        assert np.abs(colour(light, hints) - chroma).max() < 0.1
