"""Slow, obvious twins of the fast code: dense matrices, loops over pixels."""

import numpy as np

from handtint.resample import HARD_COVER, RANGE
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


def reduce_hints(chroma, weight, shape):
    """Chroma and weight of hints on a coarser grid, by area averages of whole planes."""
    mean = reduce_area(weight, shape)
    hard = reduce_area(weight >= 1, shape)
    weighted = np.stack([reduce_area(chroma[..., c] * weight, shape) for c in range(2)], axis=2)
    coarse = weighted / np.maximum(mean, 1e-6)[..., None]
    return coarse, np.where(hard >= HARD_COVER - 1e-6, 1, np.minimum(mean, 0.9))


def joint_upsample(chroma, coarse, fine):
    """Mean of the four nearest coarse pixels by distance and likeness, pixel by pixel."""
    (h, w), (height, width) = coarse.shape, fine.shape
    out = np.zeros((height, width, 2))
    for y in range(height):
        for x in range(width):
            cy, cx = (y + 0.5) * h / height - 0.5, (x + 0.5) * w / width - 0.5
            total = 0.0
            for i in (int(np.floor(cy)), int(np.floor(cy)) + 1):
                for j in (int(np.floor(cx)), int(np.floor(cx)) + 1):
                    at = min(max(i, 0), h - 1), min(max(j, 0), w - 1)
                    likeness = (1 + ((fine[y, x] - coarse[at]) / RANGE) ** 2) ** -2
                    part = (1 - abs(i - cy)) * (1 - abs(j - cx)) * (likeness + 1e-6)
                    total += part
                    out[y, x] += part * chroma[at]
            out[y, x] /= total
    return out
