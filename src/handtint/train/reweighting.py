"""Learning to find weights anew: edges, pulls and shading of `handtint.solvers.reweighting`.

By the adjoint method of `handtint.train.edges`, for hard hints. With u = g v, the gradient l' of a
loss l(u) and A y = g l' for the matrix A of the energy, y = 0 at held pixels,

    dl/dm_i = -y_i . v_i,    dl/dn_i = -y_i . (v_i - a),
    dl/dlog g_i = l'_i . u_i,    at held pixels -v_i . sum_j w_ij y_j.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from handtint.coefficients import Reweighter, load
from handtint.coefficients.perceptron import Perceptron
from handtint.colorizer import Colorizer
from handtint.errors import PhotoError
from handtint.methods.harmonic import Harmonic
from handtint.methods.reweighted import Reweighted
from handtint.methods.variational import Variational
from handtint.solvers.diffusion import HARD, adjoint, diffuse
from handtint.solvers.grid import OFFSETS, EdgeWeights, pad
from handtint.solvers.learned import HIGHEST, LOWEST, PULL
from handtint.solvers.reweighting import (
    FIRM_PULL,
    LEAST_PULL,
    MOST_MEAN_PULL,
    MOST_PULL,
    MOST_SHADING,
    PIXEL_OUTPUTS,
    FirstLook,
    Ground,
    Problem,
    asking_who,
    edge_state,
    pixel_state,
    problem,
    shaded,
)
from handtint.train import photos
from handtint.train.edges import weight_gradient
from handtint.train.examples import Example, loss
from handtint.train.perceptron import Gradients, Schedule, Training, gradients, initial
from handtint.train.weights import Tell, examples_of, teaches_edges, told
from handtint.types import Chroma, HintMap

Planes = NDArray[np.float32]

HIDDEN = 24
BATCH = 6
RATE = 0.008
_BEGINNING = 60
"""Examples by which inputs are scaled before the training begins."""


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """An example and what is known of its lightness, the features in half precision."""

    example: Example
    ground: Ground

    @classmethod
    def of(cls, example: Example, edges: Perceptron) -> Item:
        """Compute the features."""
        ground = Ground.of(example.lightness, edges)
        return cls(example, replace(ground, features=ground.features.astype(np.float16)))

    def states(self, hints: HintMap) -> tuple[Planes, Planes]:
        """Inputs of the two models for some hints: (n, 4, h, w) and (m, h, w)."""
        ground = self.ground
        light = ground.texture.lightness
        values, _ = diffuse(
            ground.weights,
            shaded(hints, ground.shading),
            prior_weight=PULL,
            tol=1e-3,
            max_iter=40,
        )
        held, _ = diffuse(
            ground.weights, asking_who(hints, light), prior_weight=FIRM_PULL, tol=1e-3, max_iter=40
        )
        look = FirstLook.of(values, held, hints, light)
        edges = np.concatenate([ground.features.astype(np.float32), edge_state(look, light)])
        return edges, pixel_state(look, ground.texture)


def train(sources: Sequence[photos.Source], *, steps: int, seed: int, tell: Tell) -> Reweighter:
    """Learn both models from photographs; those that teach the edges are left out.

    Parameters
    ----------
    sources : sequence of Source
        Photographs to learn from.
    steps : int
        Steps of the training.
    seed : int
        Seed of everything random.
    tell : callable
        Told, a line each, what happens.

    Returns
    -------
    Reweighter
        With a card that has everything but the figures.

    Raises
    ------
    PhotoError
        When there are too few photographs.
    """
    sources = [source for source in sources if not teaches_edges(source.name)]
    if len(sources) < 2:
        raise PhotoError(f"only {len(sources)} photos to learn from; give more")
    rng = np.random.default_rng(seed)
    edges = load().edges
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tell(f"reading {len(sources)} photos")
        items = list(pool.map(lambda example: Item.of(example, edges), examples_of(sources, tell)))
        found = learn(items, edges, told("reweighting", steps, tell), rng, pool)
    card = {
        "made": date.today().isoformat(),
        "photos": len(items),
        "licences": photos.licences(sources),
        "seed": seed,
        "steps": steps,
    }
    return replace(found, card=card)


def learn(
    items: Sequence[Item],
    edges: Perceptron,
    schedule: Schedule,
    rng: np.random.Generator,
    pool: Executor,
) -> Reweighter:
    """Learn both models from examples, from the edges' model on; see `handtint.train.edges`."""
    looked = [item.states(item.example.random_hints(rng)) for item in items[:_BEGINNING]]
    samples = [
        np.concatenate([s[n].reshape(s[n].shape[0], -1)[:, ::31] for s in looked], axis=1)
        for n in range(2)
    ]
    training = Training(
        [
            _extended(edges, samples[0], rng),
            initial(samples[1], (HIDDEN, len(PIXEL_OUTPUTS)), rng, output=0.02),
        ],
        RATE,
        schedule,
    )
    while training.goes_on():
        chosen = [items[int(rng.integers(len(items)))] for _ in range(BATCH)]
        hints = [item.example.random_hints(rng) for item in chosen]
        edge_model, pixel_model = training.models
        model = Reweighter(edge_model, pixel_model, {})
        found = list(pool.map(step, [model] * BATCH, chosen, hints))
        training.step([value for value, _ in found], [slopes for _, slopes in found])
    edge_model, pixel_model = training.average()
    return Reweighter(edge_model, pixel_model, {})


def step(model: Reweighter, item: Item, hints: HintMap) -> tuple[float, list[Gradients]]:
    """Loss of a model on one example, and its gradients for edges and pixels."""
    edges, pixels = item.states(hints)
    asked = problem(model, item.ground, edges, pixels, hints)
    values, _ = diffuse(asked.weights, asked.hints, tol=1e-3, max_iter=40)
    gain = asked.shading[..., None]
    value, slope = loss(values * gain, item.example.chroma)
    dual = adjoint(asked.weights, asked.hints, gain * slope, tol=2e-3, max_iter=40)
    by_edge, by_pixel = output_gradients(asked, values, slope, dual)
    return value, [
        gradients(model.edges, edges.reshape(edges.shape[0], -1), by_edge.reshape(1, -1)),
        gradients(
            model.pixels,
            pixels.reshape(pixels.shape[0], -1),
            by_pixel.reshape(len(PIXEL_OUTPUTS), -1),
        ),
    ]


def output_gradients(
    asked: Problem, values: Chroma, slope: Chroma, dual: Chroma
) -> tuple[Planes, Planes]:
    """Gradients with respect to the outputs of the two models.

    Parameters
    ----------
    asked : Problem, of shape (h, w)
    values, slope, dual : ndarray, shape (h, w, 2), float32
        v, l' and y of the module's docstring.

    Returns
    -------
    edges : ndarray, shape (4, h, w), float32
    pixels : ndarray, shape (3, h, w), float32
    """
    h, w = asked.pull.shape
    logs, outputs = asked.logarithms, asked.outputs
    weights = asked.weights[:, 1 : h + 1, 1 : w + 1]
    edges = weight_gradient(values, dual) * weights * ((logs > LOWEST) & (logs < HIGHEST))
    held = asked.hints.weight >= HARD
    pull = -(dual * values).sum(axis=2) * asked.pull
    mean_pull = -(dual * (values - asked.mean)).sum(axis=2) * asked.mean_pull
    flux = (values * _coupled(asked.weights, dual)).sum(axis=2)
    shading = np.where(held, -flux, (slope * values).sum(axis=2) * asked.shading)
    pixels = np.stack(
        [
            np.where(held, 0, pull) * ((outputs[0] > LEAST_PULL) & (outputs[0] < MOST_PULL)),
            shading * (np.abs(outputs[1]) < MOST_SHADING),
            np.where(held, 0, mean_pull) * (np.abs(outputs[2]) < MOST_MEAN_PULL),
        ]
    )
    return edges, pixels.astype(np.float32)


def _coupled(weights: EdgeWeights, chroma: Chroma) -> Chroma:
    """Sum over the neighbours of each pixel of weight times chroma, shape (h, w, 2)."""
    h, w = chroma.shape[:2]
    padded = pad(chroma)
    out = np.zeros_like(padded)
    here = np.s_[:, 1 : h + 1, 1 : w + 1]
    for k, (dy, dx) in enumerate(OFFSETS):
        there = np.s_[:, 1 + dy : h + 1 + dy, 1 + dx : w + 1 + dx]
        own = weights[k, 1 : h + 1, 1 : w + 1]
        out[here] += own * padded[there]
        out[there] += own * padded[here]
    return np.moveaxis(out[here], 0, 2)


def _extended(model: Perceptron, samples: Planes, rng: np.random.Generator) -> Perceptron:
    """A model that takes more inputs, hardly minding them; it has their mean and deviation."""
    known = model.mean.size
    weights, bias = model.layers[0]
    more = rng.normal(size=(weights.shape[0], samples.shape[0] - known)) * 0.02
    first = np.concatenate([weights, more.astype(np.float32)], axis=1)
    fresh = samples[known:]
    return Perceptron(
        np.concatenate([model.mean, fresh.mean(axis=1)]),
        np.concatenate([model.deviation, np.maximum(fresh.std(axis=1), 1e-3)]),
        ((first, bias), *model.layers[1:]),
    )


def methods_of(path: str) -> dict[str, Colorizer]:
    """The method that uses the models, and those that it is to be better than."""
    return {
        "harmonic, learned weights": Harmonic(law="learned"),
        "variational": Variational(),
        "reweighted": Reweighted(reweighting=path),
    }
