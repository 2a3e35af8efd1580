"""Marked photos: exact copies, copies of another tone, copies that JPEG went over."""

import numpy as np
import painted
import pytest
from scipy import ndimage

from handtint.hints import MaskHints
from handtint.hints.marked import marked_pixels

EIGHT = np.ones((3, 3), bool)
SEPIA = [
    np.interp(np.arange(256), [0, 128, 255], tones)
    for tones in ((20, 150, 255), (10, 125, 240), (0, 95, 200))
]


@pytest.fixture(params=range(3))
def pair(request):
    """A photo, and strokes for it that are visible on it everywhere."""
    gray = np.clip(painted.photo(request.param), 20, 250)
    return gray, painted.mask(request.param + 10)


def paint(look, mask):
    return np.where(mask.any(axis=2)[..., None], mask, look).astype(np.uint8)


def toned(gray):
    return np.stack([curve[gray] for curve in SEPIA], axis=2).astype(np.uint8)


def rates(found, truth):
    """Share of the strokes' inner pixels that were found; share of the rest that was."""
    inner = ndimage.binary_erosion(truth, EIGHT, iterations=2)
    outer = ~ndimage.binary_dilation(truth, EIGHT, iterations=2)
    return found[inner].mean(), found[outer].mean()


def test_exact_copy(pair):
    gray, mask = pair
    found = marked_pixels(paint(gray[..., None], mask), gray)
    truth = mask.any(axis=2)
    assert not (found & ~truth).any()
    assert (found & truth).sum() > 0.99 * truth.sum()


def test_hairline_on_an_exact_copy():
    gray = painted.photo(1)
    picture = np.repeat(gray[..., None], 3, axis=2)
    picture[100, 20:200] = (250, 20, 20)
    found = marked_pixels(picture, gray)
    np.testing.assert_array_equal(np.argwhere(found), [(100, x) for x in range(20, 200)])


def test_strokes_that_keep_the_lightness(pair):
    gray, mask = pair
    truth = mask.any(axis=2)
    tint = np.array([25, -10, -15])
    picture = np.where(truth[..., None], gray[..., None] + tint, gray[..., None])
    np.testing.assert_array_equal(
        marked_pixels(np.clip(picture, 0, 255).astype(np.uint8), gray), truth
    )


def test_toned_copy(pair):
    gray, mask = pair
    found, outside = rates(marked_pixels(paint(toned(gray), mask), gray), mask.any(axis=2))
    assert found > 0.97
    assert outside == 0


@pytest.mark.parametrize("quality", [95, 85, 75])
@pytest.mark.parametrize("look", [lambda gray: gray[..., None], toned])
def test_compressed_copy(pair, look, quality):
    gray, mask = pair
    picture = painted.jpeg(paint(look(gray), mask), quality)
    found, outside = rates(marked_pixels(picture, gray), mask.any(axis=2))
    assert found > 0.9
    assert outside < 0.003


@pytest.mark.parametrize("look", [lambda gray: gray[..., None], toned])
@pytest.mark.parametrize("quality", [90, 75])
def test_compressed_photo_without_strokes(look, quality):
    gray = painted.photo(1)
    picture = painted.jpeg(np.broadcast_to(look(gray), (*gray.shape, 3)).astype(np.uint8), quality)
    assert marked_pixels(picture, gray).mean() < 0.003


def test_soft_border_is_no_stroke(pair):
    gray, mask = pair
    truth = mask.any(axis=2)
    opacity = ndimage.gaussian_filter(truth.astype(float), 0.7)[..., None]
    nearest = ndimage.distance_transform_edt(~truth, return_distances=False, return_indices=True)
    picture = opacity * mask[tuple(nearest)] + (1 - opacity) * gray[..., None]
    found = marked_pixels(picture.round().astype(np.uint8), gray)
    assert opacity[found].min() > 0.3
    assert found[ndimage.binary_erosion(truth, EIGHT, iterations=3)].mean() > 0.99


def test_hints_have_the_colours_that_were_painted(pair):
    gray, mask = pair
    hints = MaskHints.from_picture(paint(gray[..., None], mask), gray)
    np.testing.assert_array_equal(hints.colors[hints.drawn], mask[hints.drawn])
