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
from handtint.jit import kernel

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
        weights, bias = model.first()
        _, n, count = self.values.shape
        usual, rest = weights[:, : len(PAIR_FEATURES)], weights[:, len(PAIR_FEATURES) :]
        flat = self.values.reshape(len(OF_PAIR), -1).astype(np.float32, copy=False)
        sums = np.asarray((usual @ _A) @ flat, np.float32)
        if self.more is not None:
            sums += rest @ self.more.reshape(rest.shape[1], -1).astype(np.float32, copy=False)
        sums = sums.reshape(-1, n, count)
        by_pixel = (usual @ _B) @ self.pixels + bias[:, None]
        _activate(sums, by_pixel, (usual @ _C) @ self.strokes, model.leak)
        return model.after_first(sums.reshape(-1, n * count)).reshape(-1, n, count)


@kernel()
def _activate(sums: Planes, by_pixel: Planes, by_stroke: Planes, leak: np.float32) -> None:
    """Add what depends on the pixel or the stroke alone, and apply the activation, in place."""
    layer, n, pixels = sums.shape
    for j in range(layer):
        for i in range(n):
            for p in range(pixels):
                value = sums[j, i, p] + by_pixel[j, p] + by_stroke[j, i]
                sums[j, i, p] = max(value, leak * value)
