"""Laws of the graph of pixels that look alike, and the operator against dense matrices."""

import numpy as np
import pytest

from handtint.solvers.grid import crop, pad
from handtint.solvers.nonlocal_graph import COMPONENTS, PatchGraph, PatchLaw, patch_features

SHAPE = (15, 18)
LAW = PatchLaw(neighbours=4, radius=1, place=20, likeness=10, share=0.3)


@pytest.fixture
def lightness(rng, make_scene):
    return (make_scene(SHAPE) + rng.normal(size=SHAPE) * 2).clip(0, 100).astype(np.float32)


@pytest.fixture
def graph(lightness):
    return PatchGraph.of(lightness, LAW)


def planes(rng, shape=SHAPE):
    return pad(rng.normal(size=(*shape, 2)).astype(np.float32))


def test_weights_are_those_of_the_formula_over_all_pairs(lightness, graph):
    features = patch_features(lightness, LAW.radius, LAW.place).astype(float)
    squared = ((features[:, None] - features[None]) ** 2).sum(2)
    np.fill_diagonal(squared, np.inf)
    ranks = squared.argsort(1).argsort(1)
    one_way = np.where(ranks < LAW.neighbours, np.exp(-squared / (2 * LAW.likeness**2)), 0)
    expected = LAW.share * (one_way + one_way.T) / 2
    np.testing.assert_allclose(graph.matrix.toarray(), expected, atol=1e-6)


def test_features_measure_patches_and_places(lightness):
    features = patch_features(lightness, 1, 30.0).astype(float)
    assert features.shape == (lightness.size, COMPONENTS + 2)
    window = np.exp(-(np.arange(-1, 2) ** 2) / 1.0)
    weight = np.outer(window, window) / window.sum() ** 2
    padded = np.pad(lightness.astype(float), 1, mode="symmetric")

    def patch(y, x):
        return padded[y : y + 3, x : x + 3]

    for (a, b), (c, d) in (((2, 3), (9, 14)), ((0, 0), (14, 17)), ((5, 5), (5, 6))):
        by_looks = (weight * (patch(a, b) - patch(c, d)) ** 2).sum()
        by_place = (30 / 18) ** 2 * ((a - c) ** 2 + (b - d) ** 2)
        found = ((features[a * 18 + b] - features[c * 18 + d]) ** 2).sum()
        # The components that are left out can only shorten the distance.
        assert found <= by_looks + by_place + 1e-3
        assert found >= 0.6 * by_looks + by_place - 1e-3


def test_the_operator_is_the_laplacian_of_the_weights(rng, graph):
    matrix = graph.matrix.toarray()
    laplacian = np.diag(matrix.sum(1)) - matrix
    u = planes(rng)
    flat = crop(u, SHAPE).reshape(-1, 2).astype(float)
    applied = crop(graph.apply(u), SHAPE).reshape(-1, 2)
    np.testing.assert_allclose(applied, laplacian @ flat, atol=1e-5)
    energy = 0.5 * sum(flat[:, c] @ laplacian @ flat[:, c] for c in range(2))
    assert graph.value(u) == pytest.approx(energy, rel=1e-5)


def test_apply_is_the_gradient_of_value_and_self_adjoint(rng, graph):
    u, v = planes(rng), planes(rng)
    step = 1e-2
    slope = (graph.value(u + step * v) - graph.value(u - step * v)) / (2 * step)
    assert slope == pytest.approx(float((graph.apply(u) * v).sum()), rel=1e-3, abs=1e-3)
    left, right = (graph.apply(u) * v).sum(), (u * graph.apply(v)).sum()
    assert float(left) == pytest.approx(float(right), rel=1e-4, abs=1e-4)
    assert graph.value(u) >= 0


def test_a_constant_costs_nothing_and_padding_stays_zero(graph):
    u = pad(np.full((*SHAPE, 2), 9, np.float32))
    applied = graph.apply(u)
    assert np.abs(applied).max() < 1e-5
    assert not applied[:, 0].any()
    assert not applied[:, :, 0].any()
    assert not applied[:, SHAPE[0] + 1 :].any()


def test_marks_cut_what_they_should_and_no_more(graph):
    barrier = np.zeros(SHAPE, bool)
    barrier[:, 9] = True
    ignore = np.zeros(SHAPE, bool)
    ignore[3, 3] = True
    before = graph.matrix.toarray()
    after = graph.with_marks(barrier, ignore).matrix.toarray()
    side = np.broadcast_to(np.sign(np.arange(18) - 9), SHAPE).copy()
    side[ignore] = 0
    side = side.ravel()
    same = (side[:, None] == side[None]) & (side[:, None] != 0)
    assert before[~same].any()
    assert np.array_equal(after, np.where(same, before, 0))


def test_without_marks_the_graph_stays_itself(graph):
    nothing = np.zeros(SHAPE, bool)
    assert graph.with_marks(nothing, nothing) is graph


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (3, 2)])
def test_fewer_pixels_than_neighbours(shape):
    graph = PatchGraph.of(np.full(shape, 50, np.float32), PatchLaw(20, 2, 10, 5, 0.1))
    assert graph.matrix.shape == (shape[0] * shape[1],) * 2
    assert np.abs(graph.apply(pad(np.ones((*shape, 2), np.float32)))).max() < 1e-5
