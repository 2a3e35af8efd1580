"""Laws of the smoothing along lines, and its sweeps against dense systems."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handtint.solvers.affinities import EdgeLaw, laplace, with_marks
from handtint.solvers.separable import LineSmoother


def random_weights(rng, shape):
    return laplace((rng.random(shape) * 100).astype(np.float32), EdgeLaw(scale=20, floor=1e-3))


def dense_line(couplings):
    """I + the Laplacian of a path."""
    n = len(couplings) + 1
    matrix = np.eye(n)
    for i, c in enumerate(couplings):
        matrix[i, i] += c
        matrix[i + 1, i + 1] += c
        matrix[i, i + 1] -= c
        matrix[i + 1, i] -= c
    return matrix


def dense_columns(weights, plane, strength):
    h, w = plane.shape
    out = np.empty_like(plane)
    for x in range(w):
        couplings = strength * weights[1, 1:h, x + 1].astype(float)
        out[:, x] = np.linalg.solve(dense_line(couplings), plane[:, x])
    return out


def dense_rows(weights, plane, strength):
    h, w = plane.shape
    out = np.empty_like(plane)
    for y in range(h):
        couplings = strength * weights[0, y + 1, 1:w].astype(float)
        out[y] = np.linalg.solve(dense_line(couplings), plane[y])
    return out


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    h=st.integers(1, 15),
    w=st.integers(1, 15),
    strength=st.sampled_from([0.1, 1.0, 100.0]),
)
def test_equals_dense_systems(seed, h, w, strength):
    rng = np.random.default_rng(seed)
    weights = random_weights(rng, (h, w))
    planes = rng.normal(size=(3, h, w)).astype(np.float32)
    found = LineSmoother(weights, (h, w), strength)(planes)
    for plane, smooth in zip(planes.astype(float), found, strict=True):
        one = dense_rows(weights, dense_columns(weights, plane, strength), strength)
        other = dense_columns(weights, dense_rows(weights, plane, strength), strength)
        np.testing.assert_allclose(smooth, (one + other) / 2, atol=1e-4)


@pytest.mark.parametrize("strength", [1.0, 1e4, 1e9])
def test_every_value_is_a_weighted_mean_at_any_strength(rng, strength):
    shape = (40, 33)
    smooth = LineSmoother(random_weights(rng, shape), shape, strength)
    spikes = np.zeros((5, *shape), np.float32)
    for plane in spikes:
        plane[rng.integers(40), rng.integers(33)] = 1
    assert (smooth(spikes) >= 0).all()
    assert (smooth(spikes) <= 1.0001).all()


def test_constants_stay_and_nothing_is_lost(rng):
    shape = (21, 30)
    smooth = LineSmoother(random_weights(rng, shape), shape, 50.0)
    assert np.abs(smooth(np.full((1, *shape), 7, np.float32)) - 7).max() < 1e-3
    planes = rng.random((2, *shape)).astype(np.float32)
    np.testing.assert_allclose(smooth(planes).sum((1, 2)), planes.sum((1, 2)), rtol=1e-4)


def test_it_is_symmetric(rng):
    shape = (14, 17)
    smooth = LineSmoother(random_weights(rng, shape), shape, 30.0)
    a, b = rng.normal(size=(2, 1, *shape)).astype(np.float32)
    assert float((smooth(a) * b).sum()) == pytest.approx(float((a * smooth(b)).sum()), abs=1e-3)


def test_a_quarter_turn_commutes(rng):
    shape = (18, 25)
    lightness = (rng.random(shape) * 100).astype(np.float32)
    planes = rng.random((2, *shape)).astype(np.float32)
    law = EdgeLaw(scale=20, smoothed_share=0)
    straight = LineSmoother(laplace(lightness, law), shape, 200.0)(planes)
    turned = LineSmoother(laplace(np.rot90(lightness).copy(), law), (25, 18), 200.0)(
        np.rot90(planes, axes=(1, 2)).copy()
    )
    np.testing.assert_allclose(np.rot90(straight, axes=(1, 2)), turned, atol=1e-5)


def test_not_even_a_corner_of_a_barrier_is_passed():
    shape = (12, 12)
    barrier = np.eye(12, dtype=bool)
    weights = laplace(np.full(shape, 50, np.float32), EdgeLaw())
    weights = with_marks(weights, barrier, np.zeros(shape, bool))
    below = np.tril(np.ones(shape, np.float32), -1)[None]
    planes = below
    for strength in (1.0, 1e3, 1e6):
        planes = LineSmoother(weights, shape, strength)(planes)
    assert not planes[0][np.triu_indices(12)].any()
