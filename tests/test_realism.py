"""The distance of results and photographs, taken all together."""

import math

import numpy as np
import pytest

from handtint.color import space
from handtint.realism import DIRECTIONS, PATCHES, REDUCED, SIDE, distance, patches

LAB = space("lab")


def test_it_is_a_distance_of_sets(rng):
    a, b = (scale * rng.standard_normal((300, 75)).astype(np.float32) for scale in (1, 2))
    assert distance([a], [a]) == 0
    assert distance([a[:100], a[100:]], [rng.permutation(a)]) == pytest.approx(0, abs=1e-6)
    assert distance([a], [b]) == pytest.approx(distance([b], [a]), rel=1e-6)
    assert distance([a], [b]) > 0.3


def test_a_shift_is_as_far_as_its_mean_projection(rng):
    a = rng.standard_normal((200, 3)).astype(np.float32)
    # The mean of |cos| to a random direction of three dimensions is one half.
    moved = a + np.float32([3, 0, 4])
    assert distance([a], [moved]) == pytest.approx(5 / 2, rel=4 / math.sqrt(DIRECTIONS))


def test_the_duller_and_the_more_garish_the_farther(rng):
    lightness = np.full((96, 80), 55, np.float32)
    chromas = [
        rng.uniform(-20, 20, (6, 5, 2)).repeat(16, 0).repeat(16, 1).astype(np.float32)
        for _ in range(8)
    ]

    def taken(gain):
        shown = [LAB.recompose(lightness, gain * chroma) for chroma in chromas]
        return [patches(rgb, seed=n) for n, rgb in enumerate(shown)]

    truth = taken(1)
    far = [distance(taken(gain), truth) for gain in (0.0, 0.4, 0.8, 1.0, 1.4)]
    assert far[0] > far[1] > far[2] > far[3] == 0
    assert far[4] > 0.5 * far[1]
    # Whose colours they are does not matter.
    exchanged = [patches(LAB.recompose(lightness, chromas[n - 1]), seed=n) for n in range(8)]
    assert distance(exchanged, truth) < 0.3 * far[0]


def test_patches_are_those_of_the_reduced_picture_and_places_those_of_the_seed():
    lightness = np.linspace(10, 90, 256, dtype=np.float32)[:, None].repeat(192, 1)
    rgb = LAB.recompose(lightness, np.zeros((256, 192, 2), np.float32))
    found = patches(rgb, seed=3)
    assert found.shape == (PATCHES, 3 * SIDE**2)
    rows = found.reshape(PATCHES, 3, SIDE, SIDE)
    np.testing.assert_allclose(np.diff(rows[:, 0], axis=1).mean(), REDUCED * 80 / 255, rtol=0.02)
    np.testing.assert_allclose(np.diff(rows[:, 0], axis=2), 0, atol=1e-3)
    np.testing.assert_allclose(rows[:, 1:], 0, atol=0.5)
    assert np.array_equal(found, patches(rgb, seed=3))
    assert not np.array_equal(found, patches(rgb, seed=4))


def test_small_pictures_have_patches_too():
    assert patches(np.full((3, 40, 3), 90, np.uint8), seed=0).shape == (PATCHES, 3 * SIDE**2)
