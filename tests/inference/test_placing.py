"""Places for hints: where much is unknown, once a surface, never on what is there."""

import numpy as np
import pytest

from handtint.inference.bins import chroma_bins
from handtint.inference.placing import best_places
from handtint.types import HintMap

BINS = chroma_bins()
FINE = (96, 128)


def spread(centre, width):
    bump = np.exp(-((BINS - centre) ** 2).sum(axis=1) / (2 * width**2))
    return (bump / bump.sum()).astype(np.float32)


LEFT, RIGHT = spread((30, 30), 20), spread((-20, -20), 20)


def two_surfaces():
    """Distribution and lightness of a picture whose halves are unlike."""
    likely = np.empty((24, 32, len(BINS)), np.float32)
    likely[:, :16], likely[:, 16:] = LEFT, RIGHT
    light = np.full(FINE, 45, np.float32)
    light[:, 64:] = 55
    return likely, light


def with_square(hints, top, left, side=12):
    hints.weight[top : top + side, left : left + side] = 1
    hints.chroma[top : top + side, left : left + side] = (20, 10)
    return hints


def test_each_surface_gets_one_before_any_gets_two():
    likely, light = two_surfaces()
    first, second = best_places(likely, light, HintMap.empty(FINE), 2)
    assert (first.x < 0.5) != (second.x < 0.5)
    assert 0 < second.gain <= first.gain <= 1


def test_a_surface_with_a_hint_waits():
    likely, light = two_surfaces()
    for left, wanted in ((26, True), (90, False)):
        (place,) = best_places(likely, light, with_square(HintMap.empty(FINE), 42, left), 1)
        assert (place.x > 0.5) == wanted


def test_a_surface_of_which_more_is_unknown_comes_first():
    likely, light = two_surfaces()
    likely[:, :16] = spread((30, 30), 6)
    (place,) = best_places(likely, light, HintMap.empty(FINE), 1)
    assert place.x > 0.5


def test_the_larger_surface_comes_first():
    likely, light = two_surfaces()
    likely[:, 8:] = RIGHT
    likely[:, :8] = spread((20, 20), 20)
    (place,) = best_places(likely, light, HintMap.empty(FINE), 1)
    assert place.x > 0.25


def test_a_longer_list_begins_like_a_shorter_one(rng):
    likely = rng.dirichlet(np.full(len(BINS), 0.3), (20, 26)).astype(np.float32)
    light = rng.uniform(20, 80, (80, 104)).astype(np.float32)
    long = best_places(likely, light, HintMap.empty((80, 104)), 9)
    for count in (1, 4):
        assert best_places(likely, light, HintMap.empty((80, 104)), count) == long[:count]
    assert sum(place.gain for place in long) <= 1
    assert len({(place.x, place.y) for place in long}) == 9


@pytest.mark.parametrize("mark", ["weight", "barrier", "ignore"])
def test_places_are_free_and_end_when_nothing_is(mark):
    likely, light = two_surfaces()
    hints = HintMap.empty(FINE)
    plane = getattr(hints, mark)
    plane[:, :40] = 1
    plane[50:] = 1
    for place in best_places(likely, light, hints, 12):
        assert not plane[int(place.y * FINE[0]), int(place.x * FINE[1])]
    plane[:] = 1
    assert best_places(likely, light, hints, 3) == []


def test_a_hint_tells_nothing_about_what_a_barrier_keeps_apart():
    likely, light = two_surfaces()
    likely[:] = LEFT
    light[:] = 50
    hints = with_square(HintMap.empty(FINE), 42, 48)
    (without,) = best_places(likely, light, hints, 1)
    hints.barrier[:, 62:66] = True
    (place,) = best_places(likely, light, hints, 1)
    assert place.x > 0.5
    assert place.gain > 1.2 * without.gain


def test_a_place_lies_beside_a_line_not_on_it():
    likely, light = two_surfaces()
    likely[:] = LEFT
    for column in range(0, 128, 9):
        light[:, column] = 90
    (place,) = best_places(likely, light, HintMap.empty(FINE), 1)
    assert light[int(place.y * FINE[0]), int(place.x * FINE[1])] < 90


@pytest.mark.parametrize("axis", [0, 1])
def test_a_mirrored_picture_gets_mirrored_places(axis):
    likely = np.empty((24, 32, len(BINS)), np.float32)
    likely[:] = spread((0, 0), 8)
    likely[3:9, 4:12] = LEFT
    likely[14:22, 20:29] = RIGHT
    light = (40 + 20 * likely[..., 0].repeat(4, 0).repeat(4, 1)).astype(np.float32)
    found = best_places(likely, light, HintMap.empty(FINE), 2)
    flipped = best_places(
        np.flip(likely, axis).copy(), np.flip(light, axis).copy(), HintMap.empty(FINE), 2
    )
    for a, b in zip(found, flipped, strict=True):
        mirrored = (1 - a.x, a.y) if axis else (a.x, 1 - a.y)
        assert np.hypot(mirrored[0] - b.x, mirrored[1] - b.y) < 0.1


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (1, 400), (37, 23)])
def test_pictures_of_any_shape_are_looked_at(shape):
    cells = (-(-2 * shape[0] // 4), -(-2 * shape[1] // 4))
    likely = np.broadcast_to(LEFT, (*cells, len(BINS))).copy()
    (place,) = best_places(likely, np.full(shape, 50, np.float32), HintMap.empty(shape), 1)
    assert 0 < place.x < 1
    assert 0 < place.y < 1
