"""Cleaning: a mask that was blurred or compressed is compared with the hard one it came from."""

import numpy as np
import painted
import pytest
from PIL import Image
from scipy import ndimage

from handtint.errors import HintError
from handtint.hints import clean, resize_nearest, stray_colours
from handtint.hints.thin import crests

RESAMPLINGS = [
    Image.Resampling.BOX,
    Image.Resampling.BILINEAR,
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
]


def resized(mask, factor, resampling):
    """The antialiased mask at another size, and the hard one."""
    shape = (round(mask.shape[0] * factor), round(mask.shape[1] * factor))
    soft = Image.fromarray(mask).resize(shape[::-1], resampling)
    return np.asarray(soft), resize_nearest(mask, shape)


def rates(cleaned, truth, tolerance):
    """Share of the strokes kept in their colour; share of what is drawn in a wrong one.

    A colour is wrong when no pixel of the true mask within 1 pixel has it.
    """
    cleaned, truth = cleaned.astype(int), truth.astype(int)
    strokes, drawn = truth.any(axis=2), cleaned.any(axis=2)
    kept = np.abs(cleaned - truth).max(axis=2) <= tolerance
    right = np.zeros(drawn.shape, bool)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            near = ndimage.shift(truth, (dy, dx, 0), order=0, mode="nearest")
            right |= (np.abs(cleaned - near).max(axis=2) <= tolerance) & near.any(axis=2)
    return kept[strokes & drawn].sum() / strokes.sum(), (drawn & ~right).sum() / drawn.sum()


@pytest.mark.parametrize("width", [(1.0, 1.0), (1.0, 3.0), (3.0, 8.0), (14.0, 26.0)])
def test_hard_mask_is_left_alone(width):
    inks = (*painted.INKS, (1, 1, 1), (2, 2, 2), (201, 80, 60), (255, 255, 255))
    for seed in range(3):
        mask = painted.mask(seed, width=width, inks=inks)
        np.testing.assert_array_equal(clean(mask), mask)
        report = stray_colours(mask)
        assert (report.pixels, report.colours, report.share) == (0, 0, 0)
        assert report.drawn == mask.any(axis=2).sum()


def test_empty_mask():
    mask = np.zeros((20, 20, 3), np.uint8)
    assert not clean(mask).any()
    assert stray_colours(mask).share == 0


@pytest.mark.parametrize("resampling", RESAMPLINGS)
@pytest.mark.parametrize("factor", [0.5, 0.73, 1.4, 2])
@pytest.mark.parametrize("seed", range(2))
def test_antialiased_mask(seed, factor, resampling):
    soft, hard = resized(painted.mask(seed), factor, resampling)
    kept, wrong = rates(clean(soft), hard, tolerance=6)
    assert kept > 0.8
    assert wrong < 0.001


@pytest.mark.parametrize("resampling", RESAMPLINGS[1:])
def test_antialiased_mask_with_painted_black(resampling):
    soft, hard = resized(painted.mask(2, inks=((1, 1, 1), *painted.INKS)), 0.6, resampling)
    cleaned = clean(soft)
    black = (hard == 1).all(axis=2)
    assert (cleaned[black] == 1).all(axis=1).mean() > 0.8
    assert {tuple(color) for color in cleaned[cleaned.any(axis=2)]} <= {
        (1, 1, 1),
        *painted.INKS,
    }


@pytest.mark.parametrize(("quality", "subsampling"), [(95, 2), (85, 2), (75, 2), (85, 0), (70, 0)])
@pytest.mark.parametrize("seed", range(3))
def test_compressed_mask(seed, quality, subsampling):
    mask = painted.mask(seed)
    kept, wrong = rates(clean(painted.jpeg(mask, quality, subsampling)), mask, tolerance=12)
    assert kept > 0.8
    assert wrong < 0.004


def antialiased(seed, width):
    """Strokes of a width, drawn at four times the size and averaged; and the hard ones."""
    big = painted.mask(seed, shape=(960, 1280), width=(4 * width, 4 * width))
    soft = Image.fromarray(big).resize((320, 240), Image.Resampling.BOX)
    return np.asarray(soft), resize_nearest(big, (240, 320))


@pytest.mark.parametrize("width", [2.0, 3.0, 5.0])
@pytest.mark.parametrize("seed", range(3))
def test_thin_antialiased_strokes_keep_their_core(seed, width):
    soft, hard = antialiased(seed, width)
    cleaned = clean(soft)
    kept, wrong = rates(cleaned, hard, tolerance=6)
    assert kept > 0.7
    assert wrong < 0.002
    assert {tuple(color) for color in cleaned[cleaned.any(axis=2)]} <= set(painted.INKS)


@pytest.mark.parametrize(("quality", "subsampling"), [(95, 2), (85, 2), (85, 0)])
@pytest.mark.parametrize("width", [3.0, 5.0])
@pytest.mark.parametrize("seed", range(3))
def test_thin_compressed_strokes_keep_their_core(seed, width, quality, subsampling):
    """Compression blends the chroma of a thin stroke with black, so colours hold roughly."""
    mask = painted.mask(seed, width=(width, width))
    cleaned = clean(painted.jpeg(mask, quality, subsampling))
    kept, wrong = rates(cleaned, mask, tolerance=32)
    assert kept > 0.85
    assert wrong < 0.004
    assert len({tuple(color) for color in cleaned[cleaned.any(axis=2)]}) == len(painted.INKS)


def test_a_thin_stroke_among_wide_ones():
    mask = painted.mask(0)
    free = ~ndimage.binary_dilation(mask.any(axis=2), np.ones((9, 9)))
    row = 10 + int(np.argmax(free[10:-10].sum(axis=1)))
    thin = np.zeros_like(free)
    thin[row - 1 : row + 2] = free[row]
    mask[thin] = (230, 60, 200)
    cleaned = clean(painted.jpeg(mask, 85))
    near = np.abs(cleaned.astype(int) - (230, 60, 200)).max(axis=2) <= 32
    assert (near & thin).sum() > 0.8 * thin.sum()
    assert not (near & ~ndimage.binary_dilation(thin, np.ones((3, 3)))).any()


def test_crests_are_the_middle_of_thin_strokes_alone():
    mask = np.zeros((60, 80, 3), np.uint8)
    mask[10:13, 5:75] = (200, 30, 20)
    mask[30:50, 10:70] = (30, 200, 20)
    found = crests(mask)
    assert found[11, 10:70].all()
    # Of a wide stroke only the corners are crests, along a diagonal.
    assert not found[30:50, 14:66].any()
    assert not found[34:46].any()
    assert not found[mask.max(axis=2) == 0].any()
    np.testing.assert_array_equal(crests(np.ascontiguousarray(mask[::-1])), found[::-1])
    turned = np.ascontiguousarray(mask.transpose(1, 0, 2))
    np.testing.assert_array_equal(crests(turned), found.T)


def test_no_colour_is_invented():
    mask = painted.mask(1)
    for soft in (resized(mask, 0.7, Image.Resampling.LANCZOS)[0], painted.jpeg(mask, 80)):
        cleaned = clean(soft)
        kept = {tuple(color) for color in cleaned[cleaned.any(axis=2)]}
        assert kept <= {tuple(color) for color in soft.reshape(-1, 3)}
        assert len(kept) == len(painted.INKS)
        assert not (cleaned.any(axis=2) & ~soft.any(axis=2)).any()


def test_report_counts_what_cleaning_changes():
    soft = painted.jpeg(painted.mask(1), 80)
    report = stray_colours(soft)
    changed = (clean(soft) != soft).any(axis=2)
    assert report.pixels == changed.sum()
    assert report.colours == len({tuple(color) for color in soft[changed]}) > 100
    assert report.drawn == soft.any(axis=2).sum()
    assert report.share == report.pixels / report.drawn


def test_cleaning_twice_changes_little():
    once = clean(resized(painted.mask(1), 0.7, Image.Resampling.BICUBIC)[0])
    assert stray_colours(once).share < 0.02


def test_blends_only():
    y, x = np.mgrid[-20:21, -20:21]
    mask = np.zeros((41, 41, 3), np.uint8)
    mask[..., 0] = np.clip(250 - 20 * np.hypot(y, x), 0, 255)
    with pytest.raises(HintError, match="hard brush"):
        clean(mask)
