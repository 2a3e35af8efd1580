"""Photographs for the tests of the page, made where they are needed."""

import zlib

import numpy as np
from PIL import Image

LEFT, RIGHT = 90, 180
"""Codes of the dark left region and of the bright right one, which meet in the middle."""


def grain(path, shape):
    """A little noise, another one for each test: a photo that was open before is recognised."""
    return np.random.default_rng(zlib.crc32(path.parent.name.encode())).normal(0, 2, shape)


def save(codes, path):
    Image.fromarray(np.clip(np.round(codes), 0, 255).astype(np.uint8)).save(path)
    return path


def two_regions(path, height=240, width=320):
    """A dark region at the left and a bright one at the right."""
    codes = np.where(np.arange(width) < width / 2, LEFT, RIGHT)
    return save(codes + grain(path, (height, width)), path)


def one_region(path, height=240, width=320):
    """One even region: nothing but a barrier parts it."""
    return save(128 + grain(path, (height, width)), path)


def squares(path, height, width, side):
    """A chess board whose squares have known codes, so that a wrong tile or shift is seen."""
    row, column = np.arange(height) // side, np.arange(width) // side
    return save(square_code(row[:, None], column[None, :]) + 0.0, path)


def square_code(row, column):
    """Code of the square in this row and column of squares."""
    return 60 + (37 * row + 53 * column) % 140
