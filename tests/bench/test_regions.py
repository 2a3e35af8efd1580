"""Regions of a picture: what their definitions promise, and slow twins of them."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.morphology import disk

from handtint.bench import regions
from handtint.types import HintMap


@pytest.fixture
def picture(rng):
    """A sharp edge in the middle, a rough quarter on the right, grain everywhere."""
    light = 30.0 + 40 * (np.arange(120) >= 60) + rng.normal(0, 0.2, (80, 120))
    light[40:, 80:] += rng.normal(0, 4, (40, 40))
    return light.astype(np.float32)


def test_edges_lie_around_the_step(picture):
    near = regions.edges(picture)
    assert near[:, 57:63].all()
    assert not near[:, :52].any()
    assert not near[:35, 70:].any()


def test_edges_equal_the_slow_definition(picture):
    soft = ndimage.gaussian_filter(picture.astype(np.float64), 1)
    kernel = np.outer([3, 10, 3], [-1, 0, 1]) / 32
    across, down = (ndimage.convolve(soft, k) for k in (kernel, kernel.T))
    magnitude = np.sqrt(across**2 + down**2)
    strong = magnitude > np.quantile(magnitude, 0.95)
    slow = ndimage.binary_dilation(strong, disk(4))
    assert (regions.edges(picture) != slow).mean() < 0.002


@pytest.mark.parametrize("turned", [lambda a: a[::-1], lambda a: a[:, ::-1], lambda a: a.T])
def test_regions_turn_with_the_picture(picture, turned):
    near = regions.edges(picture)
    rough = regions.texture(picture, near)
    there = regions.edges(np.ascontiguousarray(turned(picture)))
    assert (there != turned(near)).mean() < 0.001
    assert (regions.texture(turned(picture), turned(near)) != turned(rough)).mean() < 0.001


def test_brightness_and_contrast_do_not_matter(picture):
    near = regions.edges(picture)
    for other in (picture + 10, picture * np.float32(0.5)):
        assert (regions.edges(other) != near).mean() < 0.001


def test_texture_is_rough_and_away_from_edges(picture):
    near = regions.edges(picture)
    rough = regions.texture(picture, near)
    assert not (rough & near).any()
    assert rough.sum() == pytest.approx((~near).sum() / 3, abs=2)
    assert rough[45:75, 85:115][~near[45:75, 85:115]].mean() > 0.95


def test_an_edge_is_no_texture_to_its_surroundings(rng):
    """The edge is far stronger than the texture, and yet only the texture is found."""
    light = np.full((80, 120), 20, np.float32)
    light[:, 60:] = 90
    light[:, 80:] += rng.normal(0, 0.5, (80, 40))
    near = regions.edges(light)
    assert near[:, 56:64].all()
    assert not regions.texture(light, near)[:, :72].any()


def test_a_flat_picture_has_neither(rng):
    flat = np.full((20, 30), 50, np.float32)
    near = regions.edges(flat)
    assert not near.any()
    assert not regions.texture(flat, near).any()
    assert not regions.texture(flat, np.ones_like(near)).any()


def test_the_farthest_quarter(rng):
    hints = HintMap.empty((40, 60))
    for y, x in rng.integers(0, 40, (5, 2)):
        hints.weight[y, x] = rng.uniform(0.2, 1)
    far = regions.farthest(hints)
    points = np.argwhere(hints.weight > 0)
    pixels = np.argwhere(np.ones((40, 60), bool))
    distance = np.sqrt(((pixels[:, None] - points) ** 2).sum(2)).min(1).reshape(40, 60)
    assert distance[far].min() > distance[~far].max() - 1e-9
    assert 0.15 < far.mean() <= 0.25
    assert not regions.farthest(HintMap.empty((40, 60))).any()


def test_a_mean_of_nothing_is_none():
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert regions.mean_within(values, values > 3) == 4.5
    assert regions.mean_within(values, values > 9) is None
