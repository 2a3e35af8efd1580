import numpy as np
import painted
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from handtint.color import space
from handtint.errors import HintError
from handtint.hints import MaskHints, Strokes, detect_kind, resize_nearest

EIGHT = np.ones((3, 3), bool)
GRAY = painted.photo(1)


def overlap(pixels, cells):
    """Slow twin: length, in cells, that each cell (row) shares with each pixel (column)."""
    shared = np.zeros((cells, pixels))
    for cell in range(cells):
        for pixel in range(pixels):
            low = max(cell, pixel * cells / pixels)
            high = min(cell + 1, (pixel + 1) * cells / pixels)
            shared[cell, pixel] = max(high - low, 0)
    return shared


def from_mask(mask):
    return MaskHints.from_picture(mask, np.zeros(mask.shape[:2], np.uint8), "mask")


def random_mask(seed, shape, density):
    rng = np.random.default_rng(seed)
    mask = rng.integers(1, 256, (*shape, 3)).astype(np.uint8)
    mask[rng.uniform(size=shape) > density] = 0
    mask[rng.integers(shape[0]), rng.integers(shape[1])] = (1, 1, 1)
    return mask


@given(
    st.integers(0, 999),
    st.integers(1, 25),
    st.integers(1, 25),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from([0.02, 0.2, 1]),
)
def test_cells_have_the_mean_chroma_by_area(seed, height, width, rows, columns, density):
    mask = random_mask(seed, (height, width), density)
    h, w = 1 + int(rows * (height - 1)), 1 + int(columns * (width - 1))
    hints = from_mask(mask).hint_map((h, w), "lab")
    drawn = mask.any(axis=2)
    _, chroma = space("lab").from_codes(mask)
    down, across = overlap(height, h), overlap(width, w)
    coverage = down @ drawn @ across.T
    kept = hints.weight > 0
    assert kept[coverage > 0.2502].all()
    assert not kept[coverage < 1e-6].any()
    for channel in range(2):
        total = down @ (chroma[..., channel] * drawn) @ across.T
        np.testing.assert_allclose(
            hints.chroma[kept, channel], total[kept] / coverage[kept], rtol=1e-4, atol=1e-3
        )
    assert not hints.chroma[~kept].any()
    # No stroke vanishes: each connected part of the touched cells keeps one.
    parts, count = ndimage.label(coverage > 1e-6, EIGHT)
    assert set(range(1, count + 1)) == set(parts[kept])


@pytest.mark.parametrize("slope", [0, 0.2, 0.5, 1])
@pytest.mark.parametrize("factor", [2, 3, 5.3, 8])
def test_hairline_has_no_long_gap(slope, factor):
    mask = np.zeros((160, 160, 3), np.uint8)
    rows = np.arange(160)
    mask[rows, (slope * rows).astype(int)] = (250, 10, 10)
    grid = round(160 / factor)
    drawn = (from_mask(mask).hint_map((grid, grid), "lab").weight > 0).any(axis=1)
    assert drawn[0]
    assert drawn[-1]
    assert (drawn[1:] | drawn[:-1]).all()


@given(st.integers(0, 99), st.integers(1, 40), st.integers(1, 40))
def test_upsampling_is_by_nearest(seed, rows, columns):
    mask = random_mask(seed, (7, 9), 0.5)
    fine = from_mask(mask).hint_map((7 * rows, 9 * columns), "yuv")
    same = from_mask(mask).hint_map((7, 9), "yuv")
    for a, b in ((fine.chroma, same.chroma), (fine.weight, same.weight)):
        np.testing.assert_array_equal(a, np.repeat(np.repeat(b, rows, 0), columns, 1))


@pytest.mark.parametrize("grid", [(60, 80), (77, 203), (480, 640), (500, 100)])
def test_scaling_does_not_shift(grid):
    mask = painted.mask(3)
    hints = from_mask(mask)
    full = np.argwhere(hints.drawn)
    there = np.argwhere(hints.hint_map(grid, "lab").weight > 0)
    middle = [(p + 0.5).mean(axis=0) / s for p, s in ((full, hints.shape), (there, grid))]
    assert (np.abs(middle[0] - middle[1]) * np.minimum(hints.shape, grid) < 0.5).all()


def test_one_pixel_in_a_large_mask_is_one_cell():
    mask = np.zeros((999, 1000, 3), np.uint8)
    mask[500, 700] = (9, 200, 30)
    hints = from_mask(mask).hint_map((11, 13), "lab")
    assert np.argwhere(hints.weight).tolist() == [[500 * 11 // 999, 700 * 13 // 1000]]
    _, chroma = space("lab").from_codes(np.array([[9, 200, 30]], np.uint8))
    np.testing.assert_allclose(hints.chroma[hints.weight > 0], chroma, rtol=1e-5)


def test_painted_black_is_neutral():
    mask = np.zeros((8, 8, 3), np.uint8)
    mask[2, 2] = 1
    hints = from_mask(mask).hint_map((8, 8), "oklab")
    assert hints.count == 1
    np.testing.assert_allclose(hints.chroma, 0, atol=1e-3)


def test_alpha_decides_what_is_drawn():
    picture = np.zeros((1, 6, 4), np.uint8)
    picture[0, :, 3] = [0, 1, 127, 128, 254, 255]
    picture[0, 0, :3] = 200
    for kind in ("auto", "mask", "rgba"):
        hints = MaskHints.from_picture(picture, np.zeros((1, 6), np.uint8), kind)
        assert hints.drawn.tolist() == [[False, False, False, True, True, True]]


def test_opaque_rgba_is_an_rgb_mask():
    mask = painted.mask(4)
    picture = np.concatenate([mask, np.full((*mask.shape[:2], 1), 255, np.uint8)], axis=2)
    hints = MaskHints.from_picture(picture, GRAY)
    np.testing.assert_array_equal(hints.drawn, mask.any(axis=2))
    np.testing.assert_array_equal(
        hints.hint_map((60, 80), "lab").chroma, from_mask(mask).hint_map((60, 80), "lab").chroma
    )


def marked(gray, mask):
    return np.where(mask.any(axis=2)[..., None], mask, gray[..., None])


def test_kinds_are_told_apart():
    mask = painted.mask(5)
    clear = np.dstack([mask, 255 * mask.any(axis=2)]).astype(np.uint8)
    for gray in (GRAY, GRAY // 12, 255 - GRAY // 12):
        assert detect_kind(mask, gray) == "mask"
        assert detect_kind(painted.jpeg(mask, 80), gray) == "mask"
        assert detect_kind(clear, gray) == "rgba"
        assert detect_kind(np.full_like(mask, (200, 80, 60)), gray) == "mask"
    for gray in (GRAY, 255 - GRAY // 12):
        assert detect_kind(marked(gray, mask), gray) == "marked"
        assert detect_kind(painted.jpeg(marked(gray, mask), 80), gray) == "marked"


@pytest.mark.parametrize("kind", ["auto", "mask"])
def test_other_size_is_an_error_that_names_both(kind):
    with pytest.raises(HintError, match=r"320x240 pixels, the photo 160x120 pixels.*--resize-mask"):
        MaskHints.from_picture(painted.mask(1), GRAY[::2, ::2], kind)


def test_resized_on_demand():
    mask = painted.mask(1)
    hints = MaskHints.from_picture(mask, GRAY[::2, ::2], resize=True)
    assert hints.shape == (120, 160)
    colors = {tuple(color) for color in hints.colors[hints.drawn]}
    assert colors <= {tuple(color) for color in mask[mask.any(axis=2)]}


@pytest.mark.parametrize("resize", [False, True])
def test_a_marked_photo_is_not_resized(resize):
    with pytest.raises(HintError, match=r"320x240 pixels, the photo 160x120.*copy of this photo"):
        MaskHints.from_picture(
            marked(GRAY, painted.mask(1)), GRAY[::2, ::2], "marked", resize=resize
        )


@pytest.mark.parametrize("channels", [3, 4])
def test_nothing_drawn(channels):
    with pytest.raises(HintError, match="has no strokes"):
        MaskHints.from_picture(np.zeros((*GRAY.shape, channels), np.uint8), GRAY)


def test_nothing_marked():
    with pytest.raises(HintError, match="has no strokes"):
        MaskHints.from_picture(np.repeat(GRAY[..., None], 3, axis=2), GRAY)


def test_rgba_needs_alpha():
    with pytest.raises(HintError, match="no transparency"):
        MaskHints.from_picture(painted.mask(1), GRAY, "rgba")


@given(
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
def test_nearest_invents_nothing(shape, new):
    plane = np.arange(shape[0] * shape[1], dtype=np.int32).reshape(shape)
    resized = resize_nearest(plane, new)
    assert resized.shape == new
    for axis, (n, old) in enumerate(zip(new, shape, strict=False)):
        centre = (np.arange(n) + 0.5) * old / n
        chosen = np.take(resized, 0, axis=1 - axis) // (shape[1] if axis == 0 else 1)
        chosen = chosen if axis == 0 else chosen % shape[1]
        assert (np.abs(chosen + 0.5 - centre) <= 0.5).all()


def test_overlay_shows_the_colours():
    mask = painted.mask(2)
    picture = from_mask(mask).overlay(GRAY)
    drawn = mask.any(axis=2)
    np.testing.assert_array_equal(picture[drawn], mask[drawn])
    np.testing.assert_array_equal(picture[~drawn], np.repeat(GRAY[..., None], 3, axis=2)[~drawn])
    assert from_mask(mask).overlay(GRAY[::2, ::2]).shape == (120, 160, 3)


def test_satisfies_the_protocol():
    assert isinstance(from_mask(painted.mask(1)), Strokes)
