"""Learning edge weights: the adjoint, and gradients through the solver."""

import dense
import models
import numpy as np
import pytest

from handtint.color import space
from handtint.solvers.affinities import EdgeLaw, laplace
from handtint.solvers.diffusion import HARD, adjoint, diffuse
from handtint.solvers.features import EDGE_FEATURES
from handtint.solvers.grid import clear_outer_edges
from handtint.solvers.learned import HIGHEST, LOWEST, laplace_start, to_weights
from handtint.train import edges
from handtint.train.edges import EdgeExample, weight_gradient
from handtint.train.examples import Example, loss
from handtint.train.perceptron import initial

SHAPE = (7, 9)
WIDE = EdgeLaw(floor=0.05, scale=10)


def matrix(weights, hints):
    """Dense A of `adjoint`, with unit rows and no couplings where a pixel is held; and who is."""
    k = hints.weight.astype(np.float64).ravel()
    held = k >= HARD
    a = dense.laplacian(weights, hints.shape) + np.diag(np.where(held, 0, k / (1 - k + held)))
    a[held] = a[:, held] = 0
    a[held, held] = 1
    return a, held


def test_the_adjoint_solves_the_transposed_problem(make_scene, make_hints, rng):
    weights, hints = laplace(make_scene(SHAPE), WIDE), make_hints(SHAPE)
    slope = rng.normal(size=(*SHAPE, 2)).astype(np.float32)
    v = adjoint(weights, hints, slope, tol=1e-7, max_iter=500)
    a, held = matrix(weights, hints)
    assert np.array_equal(a, a.T)
    right = np.where(held[:, None], 0, slope.reshape(-1, 2))
    np.testing.assert_allclose(v.reshape(-1, 2), np.linalg.solve(a, right), rtol=1e-3, atol=1e-4)
    assert not v.reshape(-1, 2)[held].any()


def test_the_adjoint_identity(make_scene, make_hints, rng):
    weights, hints = laplace(make_scene(SHAPE), WIDE), make_hints(SHAPE)
    slope, u = rng.normal(size=(2, *SHAPE, 2)).astype(np.float32)
    a, held = matrix(weights, hints)
    u.reshape(-1, 2)[held] = 0
    v = adjoint(weights, hints, slope, tol=1e-7, max_iter=500)
    image = (a @ u.reshape(-1, 2)).reshape(u.shape)
    assert (v * image).sum() == pytest.approx((slope * u).sum(), rel=1e-3, abs=1e-3)


def test_barriers_and_ignored_pixels_count_in_the_adjoint(make_scene, rng, make_hints):
    weights, hints = laplace(make_scene(SHAPE), WIDE), make_hints(SHAPE)
    hints.barrier[:, 4] = True
    hints.weight[:, 4] = 0
    slope = np.zeros((*SHAPE, 2), np.float32)
    slope[3, 8] = 1
    hints.weight[:, 5:] = 0
    hints.weight[0, 8] = 0.5
    v = adjoint(weights, hints, slope, tol=1e-7, max_iter=500)
    assert np.abs(v[3, 8]).min() > 0
    assert not v[:, :5].any()


def test_the_weight_gradient_equals_finite_differences(make_scene, make_hints, rng):
    weights, hints = laplace(make_scene(SHAPE), WIDE), make_hints(SHAPE)
    truth = rng.normal(0, 20, (*SHAPE, 2)).astype(np.float32)
    chroma, _ = diffuse(weights, hints, tol=1e-7, max_iter=500)
    dual = adjoint(weights, hints, loss(chroma, truth)[1], tol=1e-7, max_iter=500)
    found = weight_gradient(chroma, dual)
    inside = clear_outer_edges(np.ones_like(weights), SHAPE)[:, 1:8, 1:10] > 0
    for k, y, x in rng.permutation(np.argwhere(inside))[:30]:
        values = []
        for step in (1e-5, -1e-5):
            changed = weights.astype(np.float64)
            changed[k, y + 1, x + 1] += step
            values.append(loss(dense.diffuse(changed, hints), truth)[0])
        expected = (values[0] - values[1]) / 2e-5
        assert found[k, y, x] == pytest.approx(expected, rel=0.01, abs=2e-4)


@pytest.fixture
def item(rng):
    rgb = rng.integers(60, 200, (*SHAPE, 3), np.uint8)
    smooth = (rgb // 16 + 120).astype(np.uint8)
    return EdgeExample.of(Example("a.png", smooth, *space("lab").from_codes(smooth)))


def slow_loss(model, item, hints):
    features = item.features.astype(np.float64)
    logs = models.perceptron(model, features.reshape(len(features), -1))
    logs = logs.reshape(features.shape[1:]) + laplace_start(features)
    weights = np.zeros(to_weights(logs.astype(np.float32)).shape)
    h, w = SHAPE
    weights[:, 1 : h + 1, 1 : w + 1] = np.exp(np.clip(logs, float(LOWEST), float(HIGHEST)))
    weights[2:] /= np.sqrt(2)
    clear_outer_edges(weights, SHAPE)
    return loss(dense.diffuse(weights, hints), item.example.chroma)[0]


def test_the_gradient_of_a_step_equals_finite_differences(item, make_hints, rng):
    hints = make_hints(SHAPE)
    samples = item.features.reshape(len(EDGE_FEATURES), -1).astype(np.float32)
    model = initial(samples, (4, 1), rng, output=0.3)
    value, found = edges.step(model, item, hints)
    assert value == pytest.approx(slow_loss(model, item, hints), abs=0.01)
    places = models.places_of(model, rng, 40)
    expected = models.by_differences(model, lambda m: slow_loss(m, item, hints), places)
    reached = np.array([found[layer][part][where] for layer, part, where in places])
    # A step solves both systems loosely, so this is about direction and length.
    scale = np.linalg.norm(expected)
    assert scale > 1e-4
    assert np.linalg.norm(reached - expected) < 0.05 * scale


def test_weights_at_their_bounds_get_no_gradient(item, make_hints, rng):
    samples = item.features.reshape(len(EDGE_FEATURES), -1).astype(np.float32)
    model = initial(samples, (1,), rng, output=0)
    for bias in (99, -99):
        model.layers[0][1][:] = bias
        _, ((by_weight, by_bias),) = edges.step(model, item, make_hints(SHAPE))
        assert not by_weight.any()
        assert not by_bias.any()


def test_the_loss_has_the_gradient_it_says(rng):
    chroma, truth = rng.normal(0, 25, (2, 5, 6, 2))
    value, slope = loss(chroma, truth)
    assert slope.shape == chroma.shape
    for y, x, c in np.ndindex(chroma.shape):
        values = []
        for step in (1e-4, -1e-4):
            changed = chroma.copy()
            changed[y, x, c] += step
            values.append(loss(changed, truth)[0])
        assert slope[y, x, c] == pytest.approx((values[0] - values[1]) / 2e-4, rel=1e-3, abs=1e-8)
    assert loss(truth, truth)[0] < value
    assert not loss(truth, truth)[1].any()
