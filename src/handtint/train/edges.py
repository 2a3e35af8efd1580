"""Learning edge weights end to end, through the solver.

The chroma u solves A u = b, where A holds the edge weights w of the model. For a loss l(u) the
adjoint method gives the gradient without differentiating the solver: with A v = dl/du,

    dl/dw_ij = -(v_i - v_j) . (u_i - u_j),

v = 0 at held pixels. So a step costs two solves. From the weights the chain rule leads to the
parameters of the model (`handtint.train.perceptron`).

References
----------
M. B. Giles, N. A. Pierce, "An introduction to the adjoint approach to design", Flow, Turbulence
and Combustion 65, 2000, doi:10.1023/A:1011430410075.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from handtint.coefficients.perceptron import Perceptron
from handtint.solvers.diffusion import adjoint, diffuse
from handtint.solvers.features import Texture, edge_features
from handtint.solvers.grid import OFFSETS, EdgeWeights, pad
from handtint.solvers.learned import HIGHEST, LOWEST, PULL, log_weights, to_weights
from handtint.threads import shared
from handtint.train.examples import Example, loss
from handtint.train.perceptron import Gradients, Schedule, Training, gradients, initial
from handtint.types import Chroma, HintMap

Planes = NDArray[np.float32]

WIDTHS = (32, 16, 1)
BATCH = 6
RATE = 0.01


@dataclass(slots=True, eq=False)
class EdgeExample:
    """An example with its edge features, kept in half precision."""

    example: Example
    features: NDArray[np.float16]

    @classmethod
    def of(cls, example: Example) -> EdgeExample:
        """Compute the features."""
        return cls(example, edge_features(Texture.of(example.lightness)).astype(np.float16))


def step(model: Perceptron, item: EdgeExample, hints: HintMap) -> tuple[float, Gradients]:
    """Loss of a model on one example, and its gradient."""
    features = item.features.astype(np.float32)
    raw = log_weights(model, features)
    weights = to_weights(raw)
    chroma, _ = diffuse(weights, hints, prior_weight=PULL, tol=1e-3, max_iter=30)
    value, slope = loss(chroma, item.example.chroma)
    dual = adjoint(weights, hints, slope, prior_weight=PULL, tol=1e-2, max_iter=30)
    free = (raw > LOWEST) & (raw < HIGHEST)
    by_log = weight_gradient(chroma, dual) * _unpadded(weights, hints.shape) * free
    flat = features.reshape(features.shape[0], -1)
    return value, gradients(model, flat, by_log.reshape(1, -1))


def _step(model: Perceptron, given: tuple[EdgeExample, HintMap]) -> tuple[float, Gradients]:
    return step(model, *given)


def weight_gradient(chroma: Chroma, dual: Chroma) -> Planes:
    """dl/dw of each edge, shape (4, h, w); see the module's docstring."""
    h, w = chroma.shape[:2]
    u, v = pad(chroma), pad(dual)
    here = (slice(None), slice(1, h + 1), slice(1, w + 1))
    out = np.empty((4, h, w), np.float32)
    for k, (dy, dx) in enumerate(OFFSETS):
        there = (slice(None), slice(1 + dy, h + 1 + dy), slice(1 + dx, w + 1 + dx))
        out[k] = -((v[here] - v[there]) * (u[here] - u[there])).sum(axis=0)
    return out


def train(
    items: Sequence[EdgeExample],
    schedule: Schedule,
    rng: np.random.Generator,
) -> Perceptron:
    """Learn the edge model.

    Parameters
    ----------
    items : sequence of EdgeExample
        What to learn from.
    schedule : Schedule
        How long, and who is told.
    rng : numpy.random.Generator
        For the beginning, the order and the hints.
    """
    samples = np.concatenate(
        [i.features.reshape(i.features.shape[0], -1)[:, ::101] for i in items], axis=1
    )
    training = Training(
        [initial(samples.astype(np.float32), WIDTHS, rng, output=0.02)], RATE, schedule
    )
    while training.goes_on():
        chosen = [items[int(rng.integers(len(items)))] for _ in range(BATCH)]
        hints = [item.example.random_hints(rng) for item in chosen]
        model = training.models[0]
        found = shared(partial(_step, model), zip(chosen, hints, strict=True))
        training.step([value for value, _ in found], [[slope] for _, slope in found])
    return training.average()[0]


def _unpadded(weights: EdgeWeights, shape: tuple[int, int]) -> Planes:
    h, w = shape
    return weights[:, 1 : h + 1, 1 : w + 1]
