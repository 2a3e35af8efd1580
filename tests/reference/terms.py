"""Slow, obvious twins of the energy terms: loops over edges, cells and pixels."""

import numpy as np

from handtint.solvers.grid import OFFSETS


def huber(d, epsilon, power=1.0):
    if d > epsilon:
        return d**power / power + (0.5 - 1 / power) * epsilon**power
    return epsilon ** (power - 2) * d * d / 2 if d else 0.0


def edges(weights, shape):
    """All edges as (weight, pixel, pixel)."""
    for k, (dy, dx) in enumerate(OFFSETS):
        for y in range(shape[0]):
            for x in range(shape[1]):
                if weights[k, y + 1, x + 1]:
                    yield float(weights[k, y + 1, x + 1]), (y, x), (y + dy, x + dx)


def graph_tv(weights, u, power, epsilon):
    return sum(
        w * huber(np.linalg.norm(u[i] - u[j]), epsilon, power)
        for w, i, j in edges(weights, u.shape[:2])
    )


def cells(weights, shape):
    """The four edges of each cell of two by two pixels, border cells too, as lists of edges."""
    found = {}
    for k, (dy, dx) in enumerate(OFFSETS[:2]):
        for y in range(shape[0]):
            for x in range(shape[1]):
                w = float(weights[k, y + 1, x + 1])
                if w:
                    edge = (w, (y, x), (y + dy, x + dx))
                    found.setdefault((y, x), []).append(edge)
                    found.setdefault((y - dx, x - dy), []).append(edge)
    return list(found.values())


def total_variation(weights, u, epsilon):
    return sum(
        huber(np.sqrt(0.5 * sum(w * ((u[i] - u[j]) ** 2).sum() for w, i, j in cell)), epsilon)
        for cell in cells(weights, u.shape[:2])
    )


def bilaplacian(weights, shape):
    """Dense matrix Q of the term 1/2 <u, Q u> with strength 1."""
    h, w = shape
    laplacian = np.zeros((h * w, h * w))
    degree = np.zeros(h * w)
    index = np.arange(h * w).reshape(shape)
    around = {}
    for weight, i, j in edges(weights, shape):
        around[i, j] = around[j, i] = weight
    for y in range(h):
        for x in range(w):
            for dy, dx in OFFSETS:
                there, back = (y + dy, x + dx), (y - dy, x - dx)
                if ((y, x), there) in around and ((y, x), back) in around:
                    for other in (there, back):
                        weight = around[(y, x), other]
                        laplacian[index[y, x], index[y, x]] += weight
                        laplacian[index[y, x], index[other]] -= weight
                        degree[index[y, x]] += weight
    inverse = np.where(degree > 0, 1 / np.maximum(degree, 1e-30), 0)
    return laplacian.T @ (inverse[:, None] * laplacian)
