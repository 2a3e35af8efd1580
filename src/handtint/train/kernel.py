"""Learning the hint kernel: scores and gains of `handtint.solvers.hint_kernel`.

The chroma is a smooth function of the outputs of the two perceptrons. With the share p_k, the gain
g_k and the colour c_k of each candidate, u their mixture and l' the gradient of the loss,

    dl/ds_k = p_k (g_k c_k - u) . l',    dl/dg_k = p_k c_k . l'.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from handtint.coefficients import Coefficients
from handtint.coefficients.perceptron import Perceptron
from handtint.resample import reduce_area, reduce_hints
from handtint.solvers.affinities import laplace
from handtint.solvers.diffusion import diffuse
from handtint.solvers.features import Texture, edge_features
from handtint.solvers.hint_features import (
    FALLBACKS,
    PLAIN_LAW,
    Chunk,
    Surroundings,
    chunks,
    strokes_of,
)
from handtint.solvers.hint_kernel import LEAST_GAIN, Mixture, mix
from handtint.solvers.hint_pairs import PAIR_FEATURES, Pairs
from handtint.solvers.learned import PULL, clipped, log_weights, to_weights
from handtint.train.examples import Example, loss
from handtint.train.perceptron import Gradients, Schedule, Training, gradients, initial
from handtint.types import HintMap

Planes = NDArray[np.float32]

PIXELS = 300
"""Pixels of each example that are looked at."""

PAIR_WIDTHS = (16, 2)
PIXEL_WIDTHS = (16, len(FALLBACKS) + 1)
BATCH = 16
RATE = 0.01


@dataclass(slots=True, eq=False)
class Case:
    """Some pixels of an example with hints: the features, and the true chroma.

    Parameters
    ----------
    chunk : Chunk
        The values of its pairs are kept in half precision.
    strokes : ndarray, shape (n, 2), float32
        Chroma of the strokes.
    truth : ndarray, shape (P, 2), float32
    """

    chunk: Chunk
    strokes: Planes
    truth: Planes


def case(
    example: Example, hints: HintMap, edges: Perceptron, rng: np.random.Generator
) -> Case | None:
    """Features of random pixels of an example; None where there are fewer than two strokes."""
    logs = log_weights(edges, edge_features(Texture.of(example.lightness)))
    surroundings = Surroundings.of(example.lightness, clipped(logs))
    shape = surroundings.shape
    strokes = strokes_of(reduce_hints(hints, shape))
    if len(strokes.pixels) < 2:
        return None
    plain, _ = diffuse(laplace(example.lightness, PLAIN_LAW), hints, tol=1e-3, max_iter=60)
    learned, _ = diffuse(to_weights(logs), hints, prior_weight=PULL, tol=1e-3, max_iter=60)
    only = rng.choice(shape[0] * shape[1], min(PIXELS, shape[0] * shape[1]), replace=False)
    (chunk,) = chunks(
        surroundings,
        strokes,
        surroundings.log_distances(strokes, np.zeros(shape, np.bool_)),
        reduce_area(plain, shape),
        reduce_area(learned, shape),
        only,
    )
    pairs = replace(chunk.pairs, values=chunk.pairs.values.astype(np.float16))
    return Case(
        replace(chunk, pairs=pairs),
        strokes.chroma,
        reduce_area(example.chroma, shape).reshape(-1, 2)[only],
    )


def train(
    cases: Sequence[Case],
    edges: Perceptron,
    schedule: Schedule,
    rng: np.random.Generator,
    pool: Executor,
) -> Coefficients:
    """Learn the kernel on top of an edge model; see `handtint.train.edges.train`."""
    pairs = np.concatenate([_flat(c.chunk.pairs)[:, ::53] for c in cases], axis=1)
    pixels = np.concatenate([c.chunk.pixels for c in cases], axis=1)
    models = [
        initial(pairs, PAIR_WIDTHS, rng),
        initial(pixels, PIXEL_WIDTHS, rng),
    ]
    training = Training(models, RATE, schedule)
    while training.goes_on():
        chosen = [cases[int(rng.integers(len(cases)))] for _ in range(BATCH)]
        now = Coefficients(edges, training.models[0], training.models[1], {})
        found = list(pool.map(step, [now] * BATCH, chosen))
        training.step([value for value, _ in found], [slopes for _, slopes in found])
    kernel_models = training.average()
    return Coefficients(edges, kernel_models[0], kernel_models[1], {})


def step(models: Coefficients, item: Case) -> tuple[float, list[Gradients]]:
    """Loss on one case, and its gradients for pairs and pixels."""
    mixed = mix(item.chunk, item.strokes, models)
    value, slope = loss(mixed.chroma, item.truth)
    by_pair, by_pixel = output_gradients(item.chunk, item.strokes, mixed, slope)
    return value, [
        gradients(models.pairs, _flat(item.chunk.pairs), by_pair.reshape(2, -1)),
        gradients(models.fallbacks, item.chunk.pixels, by_pixel),
    ]


def _flat(pairs: Pairs) -> Planes:
    return pairs.features().reshape(len(PAIR_FEATURES), -1)


def output_gradients(
    chunk: Chunk, strokes: Planes, mixed: Mixture, slope: Planes
) -> tuple[Planes, Planes]:
    """Gradients with respect to the outputs of the two models.

    Returns
    -------
    pairs : ndarray, shape (2, n, P), float32
    pixels : ndarray, shape (len(FALLBACKS) + 1, P), float32
    """
    n = strokes.shape[0]
    along = strokes @ slope.T
    rest = np.einsum("kpc,pc->kp", chunk.fallbacks, slope)
    result = (mixed.chroma * slope).sum(axis=1)
    shares, gains = mixed.shares, mixed.gains
    steepness = -(gains - LEAST_GAIN) * (1 - gains) / (1 - LEAST_GAIN)
    pairs = np.stack(
        [shares[:n] * (gains[:n] * along - result), shares[:n] * along * steepness[:n]]
    )
    pixels = np.concatenate(
        [
            shares[n:] * (gains[n] * rest - result),
            ((shares[n:] * rest).sum(axis=0) * steepness[n])[None],
        ]
    )
    return pairs.astype(np.float32), pixels.astype(np.float32)
