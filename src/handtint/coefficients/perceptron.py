"""A small multilayer perceptron, evaluated for many inputs at once.

    a_0 = (x - mean) / deviation,  a_n = max(z_n, leak z_n),  z_n = W_n a_{n-1} + b_n

with the last layer left linear. Inputs are columns, so that each layer is one matrix product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handtint.threads import shared

Matrix = NDArray[np.float32]

LEAK = np.float32(0.1)
CHUNK = 2048
"""Columns taken at once, so that the layers of a chunk stay in the cache."""


@dataclass(frozen=True, slots=True)
class Perceptron:
    """Parameters of a perceptron.

    Parameters
    ----------
    mean, deviation : ndarray, shape (n,), float32
        Of the inputs, where it was trained.
    layers : tuple of (ndarray, ndarray)
        Weights (m, n) and biases (m,) of each layer.
    """

    mean: Matrix
    deviation: Matrix
    layers: tuple[tuple[Matrix, Matrix], ...]

    def __call__(self, inputs: Matrix) -> Matrix:
        """Outputs (m, N) for inputs (n, N), both float32."""
        weights, bias = self.first()
        out = np.empty((self.layers[-1][1].size, inputs.shape[1]), np.float32)

        def fill(start: int) -> None:
            values: Matrix = weights @ inputs[:, start : start + CHUNK]
            values += bias[:, None]
            np.maximum(values, self.leak * values, out=values)
            out[:, start : start + CHUNK] = self.after_first(values)

        shared(fill, range(0, inputs.shape[1], CHUNK))
        return out

    @property
    def leak(self) -> np.float32:
        """Slope of the first layer's activation below zero."""
        return LEAK if len(self.layers) > 1 else np.float32(1)

    def first(self) -> tuple[Matrix, Matrix]:
        """Weights and biases of the first layer for inputs that are not scaled."""
        weights, bias = self.layers[0]
        scaled: Matrix = weights / self.deviation
        return scaled, bias - scaled @ self.mean

    def after_first(self, values: Matrix) -> Matrix:
        """Outputs (m, N) for the activations a_1 of the first layer."""
        for n, (weights, bias) in enumerate(self.layers[1:], 2):
            values = weights @ values
            values += bias[:, None]
            if n < len(self.layers):
                np.maximum(values, LEAK * values, out=values)
        return values

    def to_arrays(self, name: str) -> dict[str, Matrix]:
        """Parameters as named arrays, to be stored."""
        arrays = {f"{name}.mean": self.mean, f"{name}.deviation": self.deviation}
        for n, (w, b) in enumerate(self.layers):
            arrays |= {f"{name}.{n}.weight": w, f"{name}.{n}.bias": b}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Matrix], name: str) -> Perceptron:
        """The perceptron stored as ``name`` by `to_arrays`.

        Raises
        ------
        KeyError
            When there is none.
        """
        layers = [(arrays[f"{name}.0.weight"], arrays[f"{name}.0.bias"])]
        while f"{name}.{len(layers)}.weight" in arrays:
            n = len(layers)
            layers.append((arrays[f"{name}.{n}.weight"], arrays[f"{name}.{n}.bias"]))
        return cls(arrays[f"{name}.mean"], arrays[f"{name}.deviation"], tuple(layers))
