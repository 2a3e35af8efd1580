"""Learned edge weights: a small model sees each edge and says how much it couples.

    log w_ij = clip(-(d_ij + 2 d'_ij) / 1.5 + m(f_ij), LOWEST, HIGHEST)

d and d' are the steps of the lightness across the edge and of the lightness blurred by one pixel,
f are the features of `handtint.solvers.features`, m is a perceptron. With m = 0 this is the Laplace
law; training (`handtint.train.edges`) moved m through the solver, so that the chroma that comes out
is near the true one. It was trained on grids of a long side of 256 pixels and is at its best there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from handtint.coefficients.perceptron import Perceptron
from handtint.solvers.features import Texture, edge_features
from handtint.solvers.grid import DIAGONAL, EdgeWeights, clear_outer_edges, padded_shape

Planes = NDArray[np.float32]

LOWEST, HIGHEST = np.float32(-11.5), np.float32(1.5)


PULL = 1e-4
"""Weight of the term m/2 |u|^2 with which the model was trained: far from strokes, or behind weak
edges, chroma fades to grey rather than to a colour that is not its own."""


def log_weights(model: Perceptron, features: Planes) -> Planes:
    """Log w before it is clipped, shape (4, h, w), of edge features (n, 4, h, w)."""
    flat = features.reshape(features.shape[0], -1)
    logarithms: Planes = model(flat).reshape(features.shape[1:])
    logarithms += laplace_start(features)
    return logarithms


def laplace_start(features: Planes) -> Planes:
    """The part that is not learned: -(d + 2 d') / 1.5."""
    step, blurred = np.exp(features[:2])
    start: Planes = (np.float32(0.6) - step - 2 * blurred) / np.float32(1.5)
    return start


def clipped(logarithms: Planes) -> Planes:
    """Log w within its bounds."""
    return np.asarray(np.clip(logarithms, LOWEST, HIGHEST), np.float32)


def to_weights(logarithms: Planes) -> EdgeWeights:
    """Edge weights in padded storage from log w (4, h, w), clipped; diagonals divided by sqrt 2."""
    h, w = logarithms.shape[1:]
    weights = np.zeros((4, *padded_shape((h, w))), np.float32)
    weights[:, 1 : h + 1, 1 : w + 1] = np.exp(clipped(logarithms))
    weights[2:] *= DIAGONAL
    return clear_outer_edges(weights, (h, w))


def weights_of(texture: Texture, model: Perceptron) -> EdgeWeights:
    """Edge weights of a lightness by a model."""
    return to_weights(log_weights(model, edge_features(texture)))
