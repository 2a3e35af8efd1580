"""The distance of proposals and photographs, taken all together."""

import math

import numpy as np
import pytest
import torch

from handtint.train.realism import DIRECTIONS, PATCHES, REDUCED, SIDE, distance, patches


@pytest.fixture(autouse=True)
def state():
    torch.set_num_threads(1)
    torch.manual_seed(8)


def seeded(function, *args):
    torch.manual_seed(1)
    return function(*args)


def test_it_is_a_distance_of_sets():
    a, b = torch.randn(300, 75), torch.randn(300, 75) * 2
    assert distance(a, a) == 0
    assert distance(a, a[torch.randperm(300)]) == pytest.approx(0, abs=1e-6)
    assert seeded(distance, a, b) == pytest.approx(seeded(distance, b, a), rel=1e-6)
    assert seeded(distance, a, b) > 0.3


def test_a_shift_is_as_far_as_its_mean_projection():
    a, shift = torch.randn(200, 3), torch.tensor([3.0, 0.0, 4.0])
    # Mean |cos| to a random direction of three dimensions: one half; by so many directions, about.
    assert distance(a, a + shift) == pytest.approx(5 / 2, rel=4 / math.sqrt(DIRECTIONS))


def test_the_duller_the_farther_and_hues_may_change_places():
    lightness = torch.rand(4, 1, 64, 64)
    chroma = 0.3 * torch.randn(4, 2, 8, 8).repeat_interleave(8, 2).repeat_interleave(8, 3)
    truth = seeded(patches, lightness, chroma)
    found = [
        seeded(distance, seeded(patches, lightness, chroma * gain), truth)
        for gain in (0.0, 0.4, 0.8, 1.0, 1.3)
    ]
    assert found[0] > found[1] > found[2] > found[3] == 0 < found[4]
    # Whose colour it is does not matter: all pictures exchange theirs, where all are equally light.
    even = torch.full_like(lightness, 0.5)
    many = seeded(patches, even, chroma)
    exchanged = seeded(patches, even, chroma.roll(1, 0))
    assert seeded(distance, many, exchanged) < 0.4 * found[0]


def test_patches_are_those_of_the_reduced_picture():
    y = torch.arange(64.0).view(1, 1, 64, 1).expand(1, 1, 64, 48) / 100
    chroma = torch.cat([y, -y], 1) / 110 * 100
    found = patches(y, chroma)
    assert found.shape == (PATCHES, 3 * SIDE**2)
    rows = found.view(PATCHES, 3, SIDE, SIDE).numpy()
    np.testing.assert_allclose(rows[:, 0], rows[:, 1], atol=1e-4)
    np.testing.assert_allclose(rows[:, 0], -rows[:, 2], atol=1e-4)
    np.testing.assert_allclose(np.diff(rows[:, 0], axis=1), REDUCED, atol=1e-4)
