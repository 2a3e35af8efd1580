"""A colour picture whose regions everybody agrees on."""

import numpy as np


def coloured_quarters(side=60, noise=4.0, seed=0):
    """Four quarters of clearly different colour, with grain."""
    rgb = np.empty((side, side, 3))
    half = side // 2
    rgb[:half, :half] = (200, 40, 40)
    rgb[:half, half:] = (40, 180, 60)
    rgb[half:, :half] = (50, 60, 200)
    rgb[half:, half:] = (220, 220, 210)
    rgb += np.random.default_rng(seed).normal(0, noise, rgb.shape)
    return rgb.clip(0, 255).astype(np.uint8)
