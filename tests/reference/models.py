"""Slow, obvious twins of the learned models, in double precision."""

import numpy as np
from scipy.special import expit

from handtint.coefficients.perceptron import LEAK, Perceptron


def perceptron(model, inputs):
    """Outputs (m, N) for inputs (n, N), input by input."""
    columns = []
    for column in np.asarray(inputs, np.float64).T:
        values = (column - model.mean) / model.deviation
        for n, (w, b) in enumerate(model.layers):
            values = w @ values + b
            if n + 1 < len(model.layers):
                values = np.where(values > 0, values, float(LEAK) * values)
        columns.append(values)
    return np.stack(columns, axis=1)


def mixture(chunk, chroma, models):
    """Colours (P, 2) of the hint kernel, pixel by pixel and candidate by candidate."""
    features = chunk.pairs.features()
    _, n, count = features.shape
    out = np.zeros((count, 2))
    by_pixel = perceptron(models.fallbacks, chunk.pixels)
    for p in range(count):
        scores, gains = perceptron(models.pairs, features[:, :, p])
        candidates = []
        for k in range(n):
            if chunk.reached[k, p]:
                candidates.append((scores[k], gains[k], chroma[k]))
        for k, colours in enumerate(chunk.fallbacks):
            candidates.append((by_pixel[k, p], by_pixel[-1, p], colours[p]))
        total = sum(np.exp(s) for s, _, _ in candidates)
        for s, g, colour in candidates:
            out[p] += np.exp(s) / total * (0.4 + 0.6 * expit(1 - g)) * np.asarray(colour, float)
    return out


def with_change(model, layer, part, where, amount):
    """A model in double precision, one parameter of which is changed."""
    layers = [[np.array(a, np.float64) for a in pair] for pair in model.layers]
    layers[layer][part][where] += amount
    return Perceptron(model.mean, model.deviation, tuple(map(tuple, layers)))


def by_differences(model, value, places, step=1e-4):
    """Central differences of ``value(model)`` at some (layer, part, index)."""
    return np.array(
        [
            (value(with_change(model, *p, step)) - value(with_change(model, *p, -step)))
            / (2 * step)
            for p in places
        ]
    )


def places_of(model, rng, count):
    """Some parameters of a model as (layer, part, index)."""
    found = []
    for _ in range(count):
        layer, part = int(rng.integers(len(model.layers))), int(rng.integers(2))
        shape = model.layers[layer][part].shape
        found.append((layer, part, tuple(int(rng.integers(s)) for s in shape)))
    return found
