"""Laws of geodesic distances, and the sweeps against Dijkstra's algorithm."""

import numpy as np
import paths
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from handtint.errors import Cancelled
from handtint.solvers.geodesic import MOST_LANES, distance_blocks, distances
from handtint.solvers.grid import OFFSETS, padded_shape


def random_costs(rng, shape, closed=0.2):
    costs = rng.random((4, *padded_shape(shape))).astype(np.float32)
    costs[rng.random(costs.shape) < closed] = np.inf
    return costs


def random_sets(rng, shape, count):
    size = shape[0] * shape[1]
    return [rng.integers(size, size=rng.integers(1, 4)) for _ in range(count)]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    h=st.integers(1, 12),
    w=st.integers(1, 12),
    count=st.integers(1, 12),
    closed=st.sampled_from([0.0, 0.3, 0.7]),
    minimax=st.booleans(),
)
def test_equals_dijkstra(seed, h, w, count, closed, minimax):
    rng = np.random.default_rng(seed)
    costs = random_costs(rng, (h, w), closed)
    sets = random_sets(rng, (h, w), count)
    found = distances(costs, (h, w), sets, minimax=minimax)
    assert found.shape == (count, h, w)
    assert found.dtype == np.float32
    for plane, pixels in zip(found, sets, strict=True):
        np.testing.assert_allclose(
            plane, paths.distances(costs, (h, w), pixels, minimax), rtol=1e-5, atol=1e-6
        )


def test_equals_scipy_on_a_photo_with_more_sets_than_lanes(rng, make_scene):
    shape = (45, 60)
    lightness = make_scene(shape) + rng.normal(size=shape) * 3
    index = np.arange(lightness.size).reshape(shape)
    costs = np.full((4, *padded_shape(shape)), np.inf, np.float32)
    rows, columns, values = [], [], []
    for k, (dy, dx) in enumerate(OFFSETS):
        y, x = np.mgrid[: shape[0] - dy, max(0, -dx) : shape[1] - max(0, dx)]
        cost = np.abs(lightness[y, x] - lightness[y + dy, x + dx]) + 0.1
        costs[k, y + 1, x + 1] = cost
        rows.append(index[y, x].ravel())
        columns.append(index[y + dy, x + dx].ravel())
        values.append(cost.ravel())
    graph = sparse.csr_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(lightness.size, lightness.size),
    )
    pixels = rng.integers(lightness.size, size=MOST_LANES + 20)
    found = distances(costs, shape, [np.array([p]) for p in pixels])
    expected = dijkstra(graph, directed=False, indices=pixels)
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-4)


def test_a_way_with_many_turns_is_followed_to_its_end():
    shape = (41, 31)
    walls = np.zeros(shape, bool)
    walls[1::4, :-1] = True
    walls[3::4, 1:] = True
    costs = np.full((4, *padded_shape(shape)), np.inf, np.float32)
    for k, (dy, dx) in enumerate(OFFSETS[:2]):
        open_edge = ~walls[: shape[0] - dy, : shape[1] - dx] & ~walls[dy:, dx:]
        costs[k, 1 : shape[0] + 1 - dy, 1 : shape[1] + 1 - dx][open_edge] = 1
    found = distances(costs, shape, [np.array([0])])[0]
    assert found[-1, 0] == 20 * 2 + 20 * (shape[1] - 1)
    assert np.isinf(found[walls]).all()


@pytest.mark.parametrize("minimax", [False, True])
def test_distances_are_symmetric_and_keep_the_triangle_inequality(rng, minimax):
    shape = (11, 13)
    sets = [np.array([i]) for i in range(shape[0] * shape[1])]
    d = distances(random_costs(rng, shape), shape, sets, minimax=minimax)
    d = d.reshape(len(sets), len(sets))
    np.testing.assert_allclose(d, d.T, rtol=1e-5)
    over = np.maximum(d[:, :, None], d[None]) if minimax else d[:, :, None] + d[None]
    assert (d <= over.min(axis=1) * 1.00001).all()


@pytest.mark.parametrize("minimax", [False, True])
def test_a_set_is_as_near_as_its_nearest_member(rng, minimax):
    shape = (17, 12)
    costs = random_costs(rng, shape)
    pixels = rng.integers(shape[0] * shape[1], size=9)
    together = distances(costs, shape, [pixels], minimax=minimax)[0]
    alone = distances(costs, shape, [np.array([p]) for p in pixels], minimax=minimax)
    assert np.array_equal(together, alone.min(axis=0))


def test_what_a_set_gets_does_not_depend_on_its_company(rng):
    shape = (23, 19)
    costs, sets = random_costs(rng, shape), random_sets(rng, shape, 11)
    together = distances(costs, shape, sets)
    for plane, pixels in zip(together, sets, strict=True):
        assert np.array_equal(plane, distances(costs, shape, [pixels])[0])


def test_edges_that_leave_the_picture_do_not_count(rng):
    shape = (6, 9)
    costs, sets = random_costs(rng, shape), random_sets(rng, shape, 3)
    before = distances(costs, shape, sets)
    costs[:, 0] = costs[:, :, 0] = costs[1:, shape[0]] = 0
    costs[(0, 2), :, shape[1]] = costs[3, :, 1] = 0
    assert np.array_equal(distances(costs, shape, sets), before)


def test_no_set_and_an_empty_set(rng):
    costs = random_costs(rng, (5, 4))
    assert distances(costs, (5, 4), []).shape == (0, 5, 4)
    assert np.isinf(distances(costs, (5, 4), [np.array([], np.intp)])).all()


def test_blocks_hold_what_the_planes_hold(rng):
    shape = (7, 8)
    costs, sets = random_costs(rng, shape), random_sets(rng, shape, MOST_LANES + 3)
    planes = distances(costs, shape, sets)
    seen = 0
    for first, block in distance_blocks(costs, shape, sets):
        inner = np.moveaxis(block[1:-1, 1:-1], 2, 0)
        count = min(len(inner), len(sets) - first)
        assert np.array_equal(inner[:count], planes[first : first + count])
        assert np.isinf(inner[count:]).all()
        seen += count
    assert seen == len(sets)


class Stop:
    cancelled = True

    def report(self, fraction, chroma=None, /):
        raise AssertionError("nothing to report after a wish to stop")


def test_it_can_be_cancelled(rng):
    with pytest.raises(Cancelled):
        distances(random_costs(rng, (5, 5)), (5, 5), [np.array([3])], progress=Stop())
