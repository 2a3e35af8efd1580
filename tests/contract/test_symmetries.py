"""What every method commutes with: turns, mirrors, and the names and signs of the chroma axes."""

import numpy as np
import pytest
from registered import BUILT_IN, CLASSICAL, TURNING, accurate, colour
from registered import photo as make_photo
from registered import strokes as make_strokes

from handtint.types import HintMap

TURNS = {
    "mirror": lambda a: a[:, ::-1],
    "quarter turn": np.rot90,
    "transposition": lambda a: np.swapaxes(a, 0, 1),
}


def turned(hints, turn):
    planes = (hints.chroma, hints.weight, hints.barrier, hints.ignore)
    return HintMap(*(np.ascontiguousarray(turn(p)) for p in planes))


def recoloured(hints, matrix):
    chroma = np.ascontiguousarray(hints.chroma @ np.array(matrix, np.float32))
    return HintMap(chroma, hints.weight, hints.barrier, hints.ignore)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("shape", [(37, 48), (110, 167)])
@pytest.mark.parametrize("name", TURNING)
def test_turning_the_photo_turns_the_colour(name, shape, turn, rng):
    light, hints = make_photo(shape, rng), make_strokes(shape, rng, 8)
    method, turn = accurate(name), TURNS[turn]
    straight = turn(colour(method, light, hints))
    found = colour(method, np.ascontiguousarray(turn(light)), turned(hints, turn))
    # The solvers visit rows in order, so their rounding and what they leave over differ.
    difference = np.abs(found - straight)
    if name in BUILT_IN:
        assert difference.max() < 0.3
    # A plugin may take one of two hints that are equally near; so all but 3 in 100 pixels.
    assert np.quantile(difference, 0.97) < 0.1


@pytest.mark.parametrize(
    "matrix",
    [[[0, 1], [1, 0]], [[-1, 0], [0, -1]], [[0, 1], [-1, 0]]],
    ids=["channels swapped", "opposite colours", "quarter turn of the hues"],
)
@pytest.mark.parametrize("name", CLASSICAL)
def test_any_colour_goes_as_far_as_any_other(name, matrix, rng):
    shape = (60, 77)
    light, hints = make_photo(shape, rng), make_strokes(shape, rng, 8)
    method = accurate(name)
    expected = colour(method, light, hints) @ np.array(matrix, np.float32)
    found = colour(method, light, recoloured(hints, matrix))
    assert np.abs(found - expected).max() < 0.1
