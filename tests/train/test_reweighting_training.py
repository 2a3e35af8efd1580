"""Learning to find weights anew: gradients through the second solve."""

import dense
import models
import numpy as np
import pytest

from handtint.coefficients import Reweighter, load
from handtint.color import space
from handtint.solvers.grid import clear_outer_edges
from handtint.solvers.learned import HIGHEST, LOWEST, laplace_start, to_weights
from handtint.solvers.reweighting import ALIKE_PULL, PULL
from handtint.train import reweighting
from handtint.train.examples import Example, loss
from handtint.train.perceptron import initial
from handtint.types import HintMap

SHAPE = (7, 9)


@pytest.fixture
def item(rng):
    rgb = rng.integers(60, 200, (*SHAPE, 3), np.uint8)
    smooth = (rgb // 16 + 120).astype(np.uint8)
    example = Example("a.png", smooth, *space("lab").from_codes(smooth))
    return reweighting.Item.of(example, load().edges)


def slow_loss(edge_model, pixel_model, item, hints):
    """The loss by a dense solve in double precision, each term as its formula says."""
    look = item.first_look(hints)
    edges, pixels = (s.astype(np.float64) for s in item.ground.inputs(look))
    logs = models.perceptron(edge_model, edges.reshape(len(edges), -1)).reshape(edges.shape[1:])
    logs += laplace_start(edges)
    weights = np.zeros(to_weights(logs.astype(np.float32)).shape)
    h, w = SHAPE
    weights[:, 1 : h + 1, 1 : w + 1] = np.exp(np.clip(logs, float(LOWEST), float(HIGHEST)))
    weights[2:] /= np.sqrt(2)
    clear_outer_edges(weights, SHAPE)
    found = models.perceptron(pixel_model, pixels.reshape(len(pixels), -1)).reshape(3, h, w)
    shading = item.ground.shading[..., None].astype(np.float64)
    pull, gain = PULL * np.exp(found[0]), shading * np.exp(found[1])[..., None]
    alike_pull = float(ALIKE_PULL) * np.exp(found[2])
    hard = hints.weight == 1
    total = pull + alike_pull
    wanted = HintMap.empty(SHAPE)
    wanted.chroma[...] = (alike_pull / total)[..., None] * look.alike
    wanted.chroma[hard] = (hints.chroma / gain)[hard]
    wanted.weight[...] = np.where(hard, 1, total / (1 + total))
    return loss(dense.diffuse(weights, wanted) * gain, item.example.chroma)[0]


def test_the_gradients_of_a_step_equal_finite_differences(item, make_hints, rng):
    hints = make_hints(SHAPE, soft=0)
    states = [s.reshape(len(s), -1) for s in item.ground.inputs(item.first_look(hints))]
    pair = [
        initial(inputs, (4, outputs), rng, output=0.3)
        for inputs, outputs in zip(states, (1, 3), strict=True)
    ]
    value, found = reweighting.step(Reweighter(*pair, {}), item, hints)
    assert value == pytest.approx(slow_loss(*pair, item, hints), abs=0.01)
    for n, model in enumerate(pair):
        places = models.places_of(model, rng, 40)

        def changed(other, n=n):
            both = list(pair)
            both[n] = other
            return slow_loss(*both, item, hints)

        expected = models.by_differences(model, changed, places)
        reached = np.array([found[n][layer][part][where] for layer, part, where in places])
        # A step solves its systems loosely, so this is about direction and length.
        scale = np.linalg.norm(expected)
        assert scale > 1e-4
        assert np.linalg.norm(reached - expected) < 0.05 * scale


def test_outputs_at_their_bounds_get_no_gradient(item, make_hints, rng):
    hints = make_hints(SHAPE, soft=0)
    states = [s.reshape(len(s), -1) for s in item.ground.inputs(item.first_look(hints))]
    pair = [
        initial(inputs, (outputs,), rng, output=0)
        for inputs, outputs in zip(states, (1, 3), strict=True)
    ]
    for bias in (99, -99):
        for model in pair:
            model.layers[0][1][:] = bias
        _, found = reweighting.step(Reweighter(*pair, {}), item, hints)
        for ((by_weight, by_bias),) in found:
            assert not by_weight.any()
            assert not by_bias.any()
