"""Slow, obvious twins of the fast code: dense matrices, loops over pixels."""

import numpy as np

from handtint.solvers.diffusion import HARD
from handtint.solvers.grid import OFFSETS


def laplacian(weights, shape):
    """Dense D - W of the graph whose edges are stored in ``weights``."""
    h, w = shape
    index = np.arange(h * w).reshape(shape)
    matrix = np.zeros((h * w, h * w))
    for k, (dy, dx) in enumerate(OFFSETS):
        for y in range(h):
            for x in range(w):
                value = weights[k, y + 1, x + 1]
                if value:
                    i, j = index[y, x], index[y + dy, x + dx]
                    matrix[i, j] -= value
                    matrix[j, i] -= value
                    matrix[i, i] += value
                    matrix[j, j] += value
    return matrix


def diffuse(weights, hints, prior=None, prior_weight=0.0):
    """The minimiser of the quadratic problem, by a dense solve."""
    h, w = hints.shape
    matrix = laplacian(weights, hints.shape)
    b = np.zeros((h * w, 2))
    for i in range(h * w):
        y, x = divmod(i, w)
        k = float(hints.weight[y, x])
        if k >= HARD:
            matrix[i] = 0
            matrix[i, i] = 1
            b[i] = hints.chroma[y, x]
            continue
        soft = k / (1 - k)
        matrix[i, i] += soft + prior_weight
        b[i] = soft * hints.chroma[y, x]
        if prior is not None:
            b[i] += prior_weight * prior[y, x]
    return np.linalg.solve(matrix, b).reshape(h, w, 2)


def reduce_area(plane, shape):
    """Area average by the overlap of every pair of pixels."""

    def overlaps(n, m):
        return np.array(
            [
                [max(0.0, min((i + 1) * n / m, j + 1) - max(i * n / m, j)) for j in range(n)]
                for i in range(m)
            ]
        ) / (n / m)

    return overlaps(plane.shape[0], shape[0]) @ plane @ overlaps(plane.shape[1], shape[1]).T
