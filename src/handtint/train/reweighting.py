"""Learning to find weights anew: edges, pulls and shading of `handtint.solvers.reweighting`.

By the adjoint method of `handtint.train.edges`, for hard hints. With u = g v, the gradient l' of a
loss l(u) and A y = g l' for the matrix A of the energy, y = 0 at held pixels,

    dl/dm_i = -y_i . v_i,    dl/dn_i = -y_i . (v_i - a_i),
    dl/dlog g_i = l'_i . u_i,    at held pixels -v_i . sum_j w_ij y_j.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    MOST_ALIKE_PULL,
    MOST_PULL,
    MOST_SHADING,
    PIXEL_OUTPUTS,
    FirstLook,
    Ground,
    Problem,
    asking_who,
    problem,
    shaded,
)
from handtint.threads import shared
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

POINTS = (1, 80)
"""Numbers of the points that are learned from; of strokes, as many as for the edges."""

_BEGINNING = 60
"""Examples by which inputs are scaled before the training begins."""


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """An example and what is known of its lightness."""

    example: Example
    ground: Ground

    @classmethod
    def of(cls, example: Example, edges: Perceptron) -> Item:
        """Compute what is known."""
        return cls(example, Ground.of(example.lightness, edges))

    def first_look(self, hints: HintMap) -> FirstLook:
        """The first look for some hints."""
        ground = self.ground
        values, _ = diffuse(
            ground.weights, shaded(hints, ground.shading), prior_weight=PULL, tol=1e-3, max_iter=40
        )
        held = [
            diffuse(ground.weights, asked, prior_weight=FIRM_PULL, tol=1e-3, max_iter=40)[0]
            for asked in asking_who(hints, ground.looks)
        ]
        return FirstLook.of(values, held, hints, ground)


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
    tell(f"reading {len(sources)} photos")
    examples = list(examples_of(sources, tell))
    found = learn(examples, edges, told("reweighting", steps, tell), rng)
    card = {
        "made": date.today().isoformat(),
        "photos": len(examples),
        "licences": photos.licences(sources),
        "seed": seed,
        "steps": steps,
    }
    return replace(found, card=card)


def learn(
    examples: Sequence[Example],
    edges: Perceptron,
    schedule: Schedule,
    rng: np.random.Generator,
) -> Reweighter:
    """Learn both models from examples, from the edges' model on; see `handtint.train.edges`."""
    samples = _samples([Item.of(e, edges) for e in examples[:_BEGINNING]], rng)
    training = Training(
        [
            _extended(edges, samples[0], rng),
            initial(samples[1], (HIDDEN, len(PIXEL_OUTPUTS)), rng, output=0.02),
        ],
        RATE,
        schedule,
    )

    def taken(given: tuple[Example, HintMap]) -> tuple[float, list[Gradients]]:
        example, hints = given
        # What is known of a lightness is computed anew: it has more than 100 numbers a pixel.
        edge_model, pixel_model = training.models
        return step(Reweighter(edge_model, pixel_model, {}), Item.of(example, edges), hints)

    while training.goes_on():
        chosen = [examples[int(rng.integers(len(examples)))] for _ in range(BATCH)]
        hints = [example.random_hints(rng, POINTS) for example in chosen]
        found = shared(taken, zip(chosen, hints, strict=True))
        training.step([value for value, _ in found], [slopes for _, slopes in found])
    edge_model, pixel_model = training.average()
    return Reweighter(edge_model, pixel_model, {})


def _samples(items: Sequence[Item], rng: np.random.Generator) -> tuple[Planes, Planes]:
    """Inputs of both models: (n, N) and (m, N')."""
    looks = [item.first_look(item.example.random_hints(rng, POINTS)) for item in items]
    inputs = [i.ground.inputs(look) for i, look in zip(items, looks, strict=True)]
    edges, pixels = zip(*inputs, strict=True)
    return _flat(edges), _flat(pixels)


def _flat(planes: Sequence[Planes]) -> Planes:
    return np.concatenate([p.reshape(p.shape[0], -1)[:, ::31] for p in planes], axis=1)


def step(model: Reweighter, item: Item, hints: HintMap) -> tuple[float, list[Gradients]]:
    """Loss of a model on one example, and its gradients for edges and pixels."""
    asked = problem(model, item.ground, item.first_look(hints), hints)
    values, _ = diffuse(asked.weights, asked.hints, tol=1e-3, max_iter=40)
    gain = asked.shading[..., None]
    value, slope = loss(values * gain, item.example.chroma)
    dual = adjoint(asked.weights, asked.hints, gain * slope, tol=2e-3, max_iter=40)
    by_edge, by_pixel = output_gradients(asked, values, slope, dual)
    return value, [
        gradients(
            model.edges, asked.edges.reshape(asked.edges.shape[0], -1), by_edge.reshape(1, -1)
        ),
        gradients(
            model.pixels,
            asked.pixels.reshape(asked.pixels.shape[0], -1),
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
    alike_pull = -(dual * (values - asked.alike)).sum(axis=2) * asked.alike_pull
    flux = (values * _coupled(asked.weights, dual)).sum(axis=2)
    shading = np.where(held, -flux, (slope * values).sum(axis=2) * asked.shading)
    pixels = np.stack(
        [
            np.where(held, 0, pull) * ((outputs[0] > LEAST_PULL) & (outputs[0] < MOST_PULL)),
            shading * (np.abs(outputs[1]) < MOST_SHADING),
            np.where(held, 0, alike_pull) * (np.abs(outputs[2]) < MOST_ALIKE_PULL),
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
