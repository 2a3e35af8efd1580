"""Laws of the segmentation, and its likeness to scikit-image's."""

import numpy as np
import pytest
from quarters import coloured_quarters
from scipy.ndimage import gaussian_filter
from scipy.ndimage import label as connected
from skimage.segmentation import felzenszwalb

from handtint.simulate.segmentation import segment


def clouds(shape=(80, 90), seed=1):
    """A picture without any clear border."""
    noise = np.random.default_rng(seed).normal(size=(*shape, 3))
    smooth = gaussian_filter(noise, (5, 5, 0))
    return (128 + 60 * smooth / smooth.std()).clip(0, 255).astype(np.uint8)


def test_clear_borders_are_found():
    labels = segment(coloured_quarters(), min_size=300)
    assert labels.max() == 3
    # The smoothing blurs the border itself; inside, each quarter is one region of its own.
    for rows in (slice(0, 27), slice(33, 60)):
        for columns in (slice(0, 27), slice(33, 60)):
            assert len(np.unique(labels[rows, columns])) == 1
    assert len({labels[5, 5], labels[5, 55], labels[55, 5], labels[55, 55]}) == 4


@pytest.mark.parametrize("rgb", [coloured_quarters(), clouds()], ids=["quarters", "clouds"])
def test_regions_are_connected_numbered_and_large(rgb):
    labels = segment(rgb, min_size=40)
    assert labels.dtype == np.int32
    sizes = np.bincount(labels.ravel())
    assert sizes.min() >= 40
    for region in range(len(sizes)):
        assert connected(labels == region, np.ones((3, 3)))[1] == 1


def test_a_larger_scale_gives_fewer_regions():
    counts = [segment(clouds(), scale=scale, min_size=1).max() for scale in (30, 300, 3000)]
    assert counts[0] > counts[1] > counts[2]


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (12, 12)])
def test_small_pictures_are_one_region(shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert not segment(rgb, min_size=150).any()


@pytest.mark.parametrize("rgb", [coloured_quarters(noise=12), clouds()], ids=["quarters", "clouds"])
@pytest.mark.parametrize(("scale", "min_size"), [(300, 150), (100, 20)])
def test_like_scikit_image(rgb, scale, min_size):
    """As many regions within a tenth, and nearly all pairs of pixels judged alike."""
    ours = segment(rgb, scale=scale, sigma=1.0, min_size=min_size)
    theirs = felzenszwalb(rgb, scale=scale, sigma=1.0, min_size=min_size)
    assert ours.max() + 1 == pytest.approx(theirs.max() + 1, rel=0.1)

    def pairs(labels):
        counts = np.unique(labels, return_counts=True)[1].astype(np.float64)
        return (counts * (counts - 1)).sum()

    both = pairs(ours.astype(np.int64) * (theirs.max() + 1) + theirs)
    differing = pairs(ours) + pairs(theirs) - 2 * both
    assert differing / (rgb[..., 0].size * (rgb[..., 0].size - 1)) < 0.01
