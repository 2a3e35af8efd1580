"""Shortest paths by the textbook: a slow, obvious twin of the sweeps over the grid."""

import heapq

import numpy as np

from handtint.solvers.grid import OFFSETS


def neighbours(costs, shape):
    """For every pixel, by its flat index, the pairs (neighbour, cost of the edge)."""
    h, w = shape
    ways = [[] for _ in range(h * w)]
    for k, (dy, dx) in enumerate(OFFSETS):
        for y in range(h):
            for x in range(w):
                if 0 <= y + dy < h and 0 <= x + dx < w:
                    i, j = y * w + x, (y + dy) * w + x + dx
                    cost = float(costs[k, y + 1, x + 1])
                    ways[i].append((j, cost))
                    ways[j].append((i, cost))
    return ways


def distances(costs, shape, pixels, minimax=False):
    """Dijkstra's algorithm with a heap, from a set of flat indices: distances (h, w)."""
    ways = neighbours(costs, shape)
    found = np.full(shape[0] * shape[1], np.inf)
    queue = [(0.0, int(i)) for i in pixels]
    for _, i in queue:
        found[i] = 0
    while queue:
        distance, i = heapq.heappop(queue)
        if distance > found[i]:
            continue
        for j, cost in ways[i]:
            over = max(distance, cost) if minimax else distance + cost
            if over < found[j]:
                found[j] = over
                heapq.heappush(queue, (over, j))
    return found.reshape(shape)
