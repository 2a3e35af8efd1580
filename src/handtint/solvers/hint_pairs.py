"""Features of pairs of pixel and stroke, kept apart by what they depend on.

Every feature is a sum of values of the pair, of the pixel alone and of the stroke alone:

    f = A a(pixel, stroke) + B b(pixel) + C c(stroke),

with matrices of 0, 1 and -1. There are far more pairs than pixels or strokes, so only the values a
are stored for every pair, and the first layer of a perceptron, W f, is taken apart in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handtint.coefficients.perceptron import Perceptron

Planes = NDArray[np.float32]

OF_PAIR = (
    "log distance along the lightness",
    "log distance along its squared steps",
    "log distance along the learned costs",
    "log of the highest step on the way",
    "log distance in the plane",
    "difference of lightness, blurred by 1",
    "difference of lightness, blurred by 4",
    "difference of lightness, blurred widely",
    "difference of log deviation in 5x5",
    "difference of log deviation in 15x15",
    "difference of coherence",
    "difference of variation",
    "difference of log Laplacian",
    "mean difference of log oriented gradients",
    "distance of its colour to the learned harmonic solution",
    "log of that",
)
LEAST_OF = (0, 2, 4, 5)
"""Values of the pair whose least among the strokes is one of the pixel."""

OF_PIXEL = (
    "lightness of the pixel",
    "log deviation in 5x5 at the pixel",
    *(f"least {OF_PAIR[n]}" for n in LEAST_OF),
)
OF_STROKE = ("log size of the stroke", "log number of strokes", "lightness of the stroke")

_SUMS = {
    "signed difference of lightness": {OF_PIXEL[0]: 1, OF_STROKE[2]: -1},
    **{
        f"{OF_PAIR[n]}, less the least": {OF_PAIR[n]: 1, f"least {OF_PAIR[n]}": -1}
        for n in LEAST_OF
    },
}
PAIR_FEATURES = (
    *OF_PAIR[:14],
    *OF_STROKE[:2],
    *OF_PAIR[14:],
    OF_PIXEL[0],
    OF_STROKE[2],
    *_SUMS,
    OF_PIXEL[1],
)
"""What the models are given of each pair, in this order."""


def _matrix(parts: tuple[str, ...]) -> Planes:
    sums = [_SUMS.get(name, {name: 1}) for name in PAIR_FEATURES]
    return np.array([[terms.get(part, 0) for part in parts] for terms in sums], np.float32)


_A, _B, _C = _matrix(OF_PAIR), _matrix(OF_PIXEL), _matrix(OF_STROKE)


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is known of n strokes at P pixels.

    Parameters
    ----------
    values : ndarray, shape (len(OF_PAIR), n, P), float32 or float16
    pixels : ndarray, shape (len(OF_PIXEL), P), float32
    strokes : ndarray, shape (len(OF_STROKE), n), float32
    more : ndarray, shape (e, n, P), float32 or float16, optional
        Further features of the pairs (`handtint.solvers.kinship`).
    """

    values: NDArray[np.floating[Any]]
    pixels: Planes
    strokes: Planes
    more: NDArray[np.floating[Any]] | None = None

    def features(self) -> Planes:
        """All `PAIR_FEATURES` and those in ``more``, shape (N, n, P), float32."""
        found = np.tensordot(_A, self.values.astype(np.float32), 1)
        found += (_B @ self.pixels)[:, None]
        found += (_C @ self.strokes)[:, :, None]
        if self.more is not None:
            found = np.concatenate([found, self.more])
        return np.asarray(found, np.float32)

    def evaluated(self, model: Perceptron) -> Planes:
        """``model(features)``, shape (m, n, P)."""
        by_pair, by_pixel, by_stroke = taken_apart(model, self.pixels, self.strokes)
        values = self.values if self.more is None else np.concatenate([self.values, self.more])
        _, n, count = values.shape
        sums = np.tensordot(by_pair, values.astype(np.float32, copy=False), 1)
        sums += by_pixel[:, None] + by_stroke[:, :, None]
        np.maximum(sums, model.leak * sums, out=sums)
        return model.after_first(sums.reshape(-1, n * count)).reshape(-1, n, count)


def taken_apart(
    model: Perceptron, pixels: Planes, strokes: Planes
) -> tuple[Planes, Planes, Planes]:
    """The first layer of a model, by what its sums depend on.

    Parameters
    ----------
    model : Perceptron
        With m units in the first layer, for `PAIR_FEATURES` and e more.
    pixels : ndarray, shape (len(OF_PIXEL), P), float32
    strokes : ndarray, shape (len(OF_STROKE), n), float32

    Returns
    -------
    by_pair : ndarray, shape (m, len(OF_PAIR) + e), float32
        Weights of the values of the pair.
    by_pixel, by_stroke : ndarray, shapes (m, P) and (m, n), float32
        Sums over those of the pixel, with the bias, and of the stroke.
    """
    weights, bias = model.first()
    usual, rest = weights[:, : len(PAIR_FEATURES)], weights[:, len(PAIR_FEATURES) :]
    by_pixel = np.asarray((usual @ _B) @ pixels + bias[:, None], np.float32)
    by_stroke = np.asarray((usual @ _C) @ strokes, np.float32)
    return np.concatenate([usual @ _A, rest], axis=1), by_pixel, by_stroke
