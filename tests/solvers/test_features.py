"""Features of edges: symmetries, exact cases, slow twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from handtint.coefficients.perceptron import Perceptron
from handtint.solvers import features
from handtint.solvers.affinities import EdgeLaw, learned
from handtint.solvers.features import EDGE_FEATURES, Texture, edge_features
from handtint.solvers.grid import OFFSETS, clear_outer_edges
from handtint.solvers.learned import HIGHEST, LOWEST, weights_of

TURNS = {
    "mirror": lambda a: a[:, ::-1],
    "flip": lambda a: a[::-1],
    "quarter turn": np.rot90,
    "half turn, which swaps the ends": lambda a: a[::-1, ::-1],
    "transposition": lambda a: a.T,
}


def photo(rng, shape):
    y, x = np.mgrid[: shape[0], : shape[1]]
    light = 40 + 30 * (x > shape[1] / 3 + y / 4) + rng.normal(0, 4, shape)
    return np.clip(light, 0, 100).astype(np.float32)


def edges_of(numbers):
    """The edges of a picture of pixel numbers: frozen pairs of them -> (k, y, x)."""
    h, w = numbers.shape
    return {
        frozenset((numbers[y, x], numbers[y + dy, x + dx])): (k, y, x)
        for k, (dy, dx) in enumerate(OFFSETS)
        for y in range(h - dy)
        for x in range(max(0, -dx), w - max(0, dx))
    }


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("shape", [(23, 30), (1, 9), (4, 3)])
def test_turning_the_picture_turns_the_features(rng, turn, shape):
    light, turn = photo(rng, shape), TURNS[turn]
    numbers = np.arange(light.size).reshape(shape)
    straight = edge_features(Texture.of(light))
    turned = edge_features(Texture.of(np.ascontiguousarray(turn(light))))
    before, after = edges_of(numbers), edges_of(turn(numbers))
    assert before.keys() == after.keys()
    for ends, there in after.items():
        np.testing.assert_allclose(
            turned[:, *there], straight[:, *before[ends]], atol=5e-3, err_msg=str(ends)
        )


@given(
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    kind=st.sampled_from(["black", "grey", "white", "noise", "extremes"]),
)
def test_features_are_finite(height, width, kind):
    rng = np.random.default_rng(height * 13 + width)
    light = {
        "black": np.zeros((height, width)),
        "grey": np.full((height, width), 47.3),
        "white": np.full((height, width), 100),
        "noise": rng.uniform(0, 100, (height, width)),
        "extremes": 100 * rng.integers(0, 2, (height, width)),
    }[kind].astype(np.float32)
    found = edge_features(Texture.of(light))
    assert found.shape == (len(EDGE_FEATURES), 4, height, width)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    weights = learned(light, EdgeLaw())
    assert np.isfinite(weights).all()


def test_a_flat_picture_has_no_steps():
    flat = Texture.of(np.full((20, 17), 63, np.float32))
    found = edge_features(flat)
    for n, name in enumerate(EDGE_FEATURES):
        if name.startswith(("step", "gradient", "distance", "range", "coherence")):
            steps = found[n] - found[n, 0, 0, 0]
            np.testing.assert_allclose(steps, 0, atol=1e-3, err_msg=name)
    assert max(g.max() for g in flat.gradients) < 1e-3
    assert flat.near.max() < 0.05
    assert flat.coherence.max() < 0.01


@given(rise=st.floats(-2, 2), run=st.floats(-2, 2))
def test_slopes_of_ramps_are_exact(rise, run):
    y, x = np.mgrid[:9, :11]
    rows, columns = features._slopes((50 + rise * y + run * x).astype(np.float32))
    np.testing.assert_allclose(rows[1:-1, 1:-1], rise, atol=2e-5)
    np.testing.assert_allclose(columns[1:-1, 1:-1], run, atol=2e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (8, 1), (2, 2)])
def test_slopes_of_thin_pictures_stay_inside(shape, rng):
    plane = rng.uniform(0, 100, shape).astype(np.float32)
    rows, columns = features._slopes(plane)
    assert rows.shape == columns.shape == shape
    if shape[0] == 1:
        assert not rows.any()
    if shape[1] == 1:
        assert not columns.any()


@pytest.mark.parametrize("size", [5, 15])
def test_deviations_equal_those_of_windows(rng, size):
    light = photo(rng, (19, 22))
    mirrored = np.pad(light.astype(np.float64), size // 2, mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(mirrored, (size, size))
    texture = Texture.of(light)
    found = texture.near if size == 5 else texture.wide
    np.testing.assert_allclose(found, windows.std(axis=(2, 3)), atol=0.01)


def test_coherence_and_variation_tell_edges_from_texture(rng):
    step = np.full((40, 40), 30, np.float32)
    step[:, 20:] = 70
    grain = rng.normal(50, 8, (40, 40)).astype(np.float32)
    edge, rough = Texture.of(step), Texture.of(grain)
    assert edge.coherence[20, 20] > 0.95
    assert edge.variation[20, 20] > 0.95
    assert np.median(rough.coherence) < 0.6
    assert np.median(rough.variation) < 0.6
    for t in (edge, rough):
        for plane in (t.coherence, t.variation):
            assert plane.min() >= -1e-6
            assert plane.max() <= 1 + 1e-6


def test_histograms_sum_to_one(rng):
    shares = features._histograms(rng.uniform(0, 100, (9, 12)).astype(np.float32))
    np.testing.assert_allclose(shares.sum(axis=0), 1, atol=1e-5)
    assert shares.min() > -1e-6


def silent():
    """A model whose output is always 0."""
    n = len(EDGE_FEATURES)
    zero = np.zeros((1, n), np.float32), np.zeros(1, np.float32)
    return Perceptron(np.zeros(n, np.float32), np.ones(n, np.float32), (zero,))


def test_without_a_model_the_weights_are_those_of_the_laplace_start(rng):
    light = photo(rng, (14, 17))
    blurred = gaussian_filter(light.astype(np.float64), 1, mode="reflect", truncate=3)
    found = weights_of(Texture.of(light), silent())
    for k, y, x in edges_of(np.arange(light.size).reshape(light.shape)).values():
        dy, dx = OFFSETS[k]
        there = y + dy, x + dx
        d = abs(float(light[y, x]) - float(light[there]))
        d += 2 * abs(blurred[y, x] - blurred[there])
        expected = np.exp(max(-d / 1.5, -11.5)) / np.hypot(dy, dx)
        assert found[k, y + 1, x + 1] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("shape", [(14, 17), (1, 1), (1, 6), (5, 1)])
def test_learned_weights_keep_their_bounds_inside_and_are_zero_outside(rng, shape):
    light = photo(rng, shape)
    found = learned(light, EdgeLaw())
    inside = np.zeros(found.shape, bool)
    for k, y, x in edges_of(np.arange(light.size).reshape(shape)).values():
        inside[k, y + 1, x + 1] = True
    assert not found[~inside].any()
    assert np.array_equal(clear_outer_edges(found.copy(), shape), found)
    straight = np.where(np.arange(4) < 2, 1, 1 / np.sqrt(2))[:, None, None]
    log = np.log(np.where(inside, found / straight, 1))
    assert log[inside].min(initial=0) >= LOWEST - 1e-4
    assert log[inside].max(initial=0) <= HIGHEST + 1e-4


def test_a_strong_edge_couples_less_than_flat_ground():
    light = np.full((30, 40), 25, np.float32)
    light[:, 20:] = 80
    found = learned(light, EdgeLaw())
    across, beside = found[0, 5:26, 20], found[0, 5:26, 6:12]
    assert across.max() < 0.1 * beside.min()
