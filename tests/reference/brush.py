"""What a round brush covers whose diameter changes along its way, point by point."""

from itertools import pairwise

import numpy as np


def depth(where, points, radii):
    """How far each place lies outside of the brush, at least; negative inside.

    The brush at the part t of a segment is a disc around p + t (q - p) of the radius
    r + t (s - r). The distance from it is convex in t, so that thirds find the smallest.
    """
    least = np.full(where.shape[:-1], np.inf)
    ends = list(zip(points, radii, strict=True))
    for (p, r), (q, s) in pairwise(ends) if len(ends) > 1 else [(ends[0], ends[0])]:

        def outside(t, p=p, q=q, r=r, s=s):
            centre = p + t[..., None] * (q - p)
            return np.linalg.norm(where - centre, axis=-1) - (r + t * (s - r))

        low, high = np.zeros(where.shape[:-1]), np.ones(where.shape[:-1])
        for _ in range(120):
            a, b = low + (high - low) / 3, high - (high - low) / 3
            left = outside(a) < outside(b)
            low, high = np.where(left, low, a), np.where(left, b, high)
        for t in (np.zeros_like(low), (low + high) / 2, np.ones_like(low)):
            least = np.minimum(least, outside(t))
    return least
