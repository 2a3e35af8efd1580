"""Photographs for the tests of the page, made where they are needed."""

from pathlib import Path

import numpy as np
from PIL import Image

EDGE = 0.5
"""Where, as a fraction of the width, the dark left region meets the bright right one."""

LEFT, RIGHT = 90, 180


def grain(shape, amount=2.0, seed=1):
    return np.random.default_rng(seed).normal(0, amount, shape)


def save(codes, path: Path) -> Path:
    Image.fromarray(np.clip(np.round(codes), 0, 255).astype(np.uint8)).save(path)
    return path


def two_regions(path, height=240, width=320):
    """A dark region at the left and a bright one at the right, with a little grain."""
    codes = np.where(np.arange(width) < EDGE * width, LEFT, RIGHT) + grain((height, width))
    return save(codes, path)


def one_region(path, height=240, width=320):
    """One even region with a little grain: nothing but a barrier parts it."""
    return save(128 + grain((height, width)), path)


def squares(path, height, width, side):
    """A chess board whose squares have known codes, so that a wrong tile or shift is seen."""
    row, column = np.arange(height) // side, np.arange(width) // side
    return save(square_code(row[:, None], column[None, :]) + 0.0, path)


def square_code(row, column):
    """Code of the square in this row and column of squares."""
    return 60 + (37 * row + 53 * column) % 140
