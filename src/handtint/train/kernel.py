"""Learning the hint kernel: scores and gains of `handtint.solvers.hint_kernel`.

The chroma is a smooth function of the outputs of the two perceptrons. With the share p_k, the gain
g_k and the colour c_k of each candidate, u their mixture and l' the gradient of the loss,

    dl/ds_k = p_k (g_k c_k - u) . l',    dl/dg_k = p_k c_k . l'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from handtint.coefficients import Kernel
from handtint.coefficients.perceptron import Perceptron
from handtint.resample import reduce_area, reduce_hints
from handtint.solvers.affinities import laplace
from handtint.solvers.diffusion import diffuse
from handtint.solvers.features import Texture, edge_features
from handtint.solvers.hint_features import PLAIN_LAW, Surroundings
from handtint.solvers.hint_kernel import LEAST_GAIN, Mixture, mix
from handtint.solvers.hint_pairs import Pairs
from handtint.solvers.hint_strokes import Strokes, strokes_of
from handtint.solvers.hint_view import Chunk, View
from handtint.solvers.kinship import Kinship, informed, on_grid
from handtint.solvers.learned import PULL, clipped, log_weights, to_weights
from handtint.threads import shared
from handtint.train.examples import Example, loss
from handtint.train.perceptron import Gradients, Schedule, Training, gradients, initial
from handtint.types import HintMap, Proposed

Planes = NDArray[np.float32]

PIXELS = 300
"""Pixels of each example that are looked at."""

HIDDEN = 16
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
    found = _case(example, hints, edges, rng)
    return found[0] if found is not None and len(found[1].pixels) >= 2 else None


def informed_cases(
    example: Example,
    hints: HintMap,
    edges: Perceptron,
    distribution: Planes,
    proposals: Sequence[Proposed | None],
    rng: np.random.Generator,
) -> list[Case]:
    """The same with the inputs `KINDRED` for each proposal that is None, and `UNION` for others.

    Parameters
    ----------
    example, hints, edges, rng
        As for `case`.
    distribution : ndarray, shape (h', w', Q), float32
        What networks say of the example without hints; see `handtint.solvers.kinship.Kinship`.
    proposals : sequence of Proposed or None
        For the hints, on the grid of the example.

    Returns
    -------
    list of Case
        Of the same pixels, one for each proposal; none where there is no stroke.
    """
    found = _case(example, hints, edges, rng)
    if found is None:
        return []
    plain, strokes, shape = found
    lack = Kinship(distribution, shape).lack(strokes)
    chunks = (
        informed(plain.chunk, lack, strokes.chroma, said and on_grid(said, shape))
        for said in proposals
    )
    return [replace(plain, chunk=_halved(chunk)) for chunk in chunks]


def _case(
    example: Example, hints: HintMap, edges: Perceptron, rng: np.random.Generator
) -> tuple[Case, Strokes, tuple[int, int]] | None:
    logs = log_weights(edges, edge_features(Texture.of(example.lightness)))
    surroundings = Surroundings.of(example.lightness, clipped(logs))
    shape = surroundings.shape
    strokes = strokes_of(reduce_hints(hints, shape))
    if not strokes.pixels:
        return None
    plain, _ = diffuse(laplace(example.lightness, PLAIN_LAW), hints, tol=1e-3, max_iter=60)
    learned, _ = diffuse(to_weights(logs), hints, prior_weight=PULL, tol=1e-3, max_iter=60)
    only = rng.choice(shape[0] * shape[1], min(PIXELS, shape[0] * shape[1]), replace=False)
    view = View(
        surroundings,
        strokes,
        surroundings.log_distances(strokes, np.zeros(shape, np.bool_)),
        reduce_area(plain, shape),
        reduce_area(learned, shape),
    )
    truth = reduce_area(example.chroma, shape).reshape(-1, 2)[only]
    return Case(_halved(view.at(only)), strokes.chroma, truth), strokes, shape


def _halved(chunk: Chunk) -> Chunk:
    """With the values of its pairs in half precision."""
    pairs = chunk.pairs
    more = None if pairs.more is None else pairs.more.astype(np.float16)
    return replace(
        chunk, pairs=replace(pairs, values=pairs.values.astype(np.float16, copy=False), more=more)
    )


def train(
    cases: Sequence[Case],
    schedule: Schedule,
    rng: np.random.Generator,
    hidden: int = HIDDEN,
) -> Kernel:
    """Learn a kernel from cases that all have the same inputs; see `handtint.train.edges.train`.

    Both models have ``hidden`` units between inputs and outputs.
    """
    pairs = np.concatenate([_flat(c.chunk.pairs)[:, ::53] for c in cases], axis=1)
    pixels = np.concatenate([c.chunk.pixels for c in cases], axis=1)
    common = cases[0].chunk.fallbacks.shape[0]
    models = [initial(pairs, (hidden, 2), rng), initial(pixels, (hidden, common + 1), rng)]
    training = Training(models, RATE, schedule)
    while training.goes_on():
        chosen = [cases[int(rng.integers(len(cases)))] for _ in range(BATCH)]
        now = Kernel(*training.models)
        found = shared(partial(step, now), chosen)
        training.step([value for value, _ in found], [slopes for _, slopes in found])
    return Kernel(*training.average())


def step(models: Kernel, item: Case) -> tuple[float, list[Gradients]]:
    """Loss on one case, and its gradients for pairs and pixels."""
    mixed = mix(item.chunk, item.strokes, models)
    value, slope = loss(mixed.chroma, item.truth)
    by_pair, by_pixel = output_gradients(item.chunk, item.strokes, mixed, slope)
    return value, [
        gradients(models.pairs, _flat(item.chunk.pairs), by_pair.reshape(2, -1)),
        gradients(models.fallbacks, item.chunk.pixels, by_pixel),
    ]


def _flat(pairs: Pairs) -> Planes:
    features = pairs.features()
    return features.reshape(features.shape[0], -1)


def output_gradients(
    chunk: Chunk, strokes: Planes, mixed: Mixture, slope: Planes
) -> tuple[Planes, Planes]:
    """Gradients with respect to the outputs of the two models.

    Returns
    -------
    pairs : ndarray, shape (2, n, P), float32
    pixels : ndarray, shape (m + 1, P), float32
        With m common candidates.
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
