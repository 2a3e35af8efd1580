"""Laws of the simulated hints: repeatable, true to the picture, placed as they should be."""

import numpy as np
import pytest
from quarters import coloured_quarters
from scipy.ndimage import binary_dilation, label

from handtint.errors import HintError
from handtint.simulate.hints import (
    points_at,
    simulate,
    strokes,
    strokes_within,
    uniform_points,
    zhang_points,
)
from handtint.simulate.segmentation import segment

RGB = coloured_quarters(120, noise=2)
CHROMA = (RGB[..., :2].astype(np.float32) - 128) / 2


def rng(seed=0):
    return np.random.default_rng(seed)


def same(a, b):
    return np.array_equal(a.chroma, b.chroma) and np.array_equal(a.weight, b.weight)


def simulated(kind, count, protocol="uniform", seed=3, name="a.png"):
    return simulate(kind, count, RGB, CHROMA, protocol=protocol, seed=seed, name=name)


CASES = [("points", "uniform"), ("points", "zhang"), ("strokes", "uniform")]


@pytest.mark.parametrize(("kind", "protocol"), CASES)
def test_hints_depend_on_seed_and_name_only(kind, protocol):
    hints = simulated(kind, 8, protocol)
    simulated(kind, 5, protocol)  # what ran before does not matter
    assert same(hints, simulated(kind, 8, protocol))
    assert not same(hints, simulated(kind, 8, protocol, seed=4))
    assert not same(hints, simulated(kind, 8, protocol, name="b.png"))


@pytest.mark.parametrize(("kind", "protocol"), CASES)
def test_no_hints(kind, protocol):
    hints = simulated(kind, 0, protocol)
    assert hints.count == 0
    assert not hints.chroma.any()


@pytest.mark.parametrize(("kind", "protocol"), CASES)
def test_hints_are_hard_and_zero_elsewhere(kind, protocol):
    hints = simulated(kind, 20, protocol)
    assert hints.shape == RGB.shape[:2]
    assert set(np.unique(hints.weight)) == {0, 1}
    assert not hints.chroma[hints.weight == 0].any()
    assert not hints.barrier.any()
    assert not hints.ignore.any()


@pytest.mark.parametrize(("points", "size"), [(uniform_points, 7), (zhang_points, 6)])
def test_a_point_is_a_square_with_the_mean_chroma(points, size):
    for seed in range(20):
        hints = points(CHROMA, 1, rng(seed))
        rows, columns = np.nonzero(hints.weight)
        square = (
            slice(rows.min(), rows.min() + size),
            slice(columns.min(), columns.min() + size),
        )
        assert hints.count == size * size
        assert (hints.weight[square] == 1).all()
        assert np.allclose(hints.chroma[square], CHROMA[square].mean((0, 1)), atol=1e-4)


@pytest.mark.parametrize("points", [uniform_points, zhang_points])
@pytest.mark.parametrize("shape", [(3, 9), (9, 2), (1, 1)])
def test_points_fit_into_small_pictures(points, shape):
    chroma = rng(1).normal(size=(*shape, 2)).astype(np.float32)
    hints = points(chroma, 3, rng())
    assert 1 <= hints.count <= 3 * min(shape) ** 2


def corners(points, shape, n):
    chroma = np.zeros((*shape, 2), np.float32)
    drawn = [np.argwhere(points(chroma, 1, rng(seed)).weight)[0] for seed in range(n)]
    return np.array(drawn)


def test_uniform_points_are_uniform():
    shape, n = (27, 47), 4000  # free range: 21 x 41 positions
    rows, columns = corners(uniform_points, shape, n).T
    for position, positions in ((rows, 21), (columns, 41)):
        counts = np.bincount(position, minlength=positions)
        assert len(counts) == positions
        # Chi-squared: mean positions - 1, standard deviation sqrt(2 (positions - 1)).
        chi = ((counts - n / positions) ** 2 / (n / positions)).sum()
        assert chi < positions - 1 + 4 * np.sqrt(2 * (positions - 1))


def test_zhang_points_follow_the_clipped_normal_law():
    shape, n = (206, 406), 4000  # free range: 200 and 400
    for position, free in zip(corners(zhang_points, shape, n).T, (200, 400), strict=True):
        # A normal law cut at two standard deviations keeps 0.9205 of its variance.
        expected = np.sqrt(0.9205) * free / 4
        assert position.mean() == pytest.approx(free / 2, abs=4 * expected / np.sqrt(n))
        assert position.std() == pytest.approx(expected, rel=0.05)
        assert position.min() == 0
        assert position.max() == free
        assert np.mean(position == 0) == pytest.approx(0.0228, abs=0.01)


def test_a_stroke_stays_inside_one_region_and_has_its_median_chroma():
    regions = segment(RGB)
    for seed in range(20):
        hints = strokes(RGB, CHROMA, 1, rng(seed))
        stroke = hints.weight > 0
        assert label(stroke, np.ones((3, 3)))[1] == 1
        assert len(np.unique(regions[stroke])) == 1
        assert len(np.unique(regions[binary_dilation(stroke)])) == 1
        assert np.allclose(hints.chroma[stroke], np.median(CHROMA[stroke], axis=0))


def test_strokes_are_three_pixels_wide():
    """A stroke can be covered by squares of 3 x 3 that it fills nearly, but not of 5 x 5."""
    flat = np.full((200, 200, 3), 128, np.uint8)
    for seed in range(10):
        stroke = strokes(flat, np.zeros((200, 200, 2), np.float32), 1, rng(seed)).weight
        # Width = area / length; the length lies between 18 and 54 pixels, plus the round ends.
        assert 3 * 18 * 0.7 < stroke.sum() < 3 * (54 + 3) * 1.3
        filled = np.lib.stride_tricks.sliding_window_view(stroke, (5, 5)).min((2, 3))
        assert filled.mean() < 1e-3


def test_number_of_strokes():
    """Each stroke adds paint, until strokes overlap."""
    one = strokes(RGB, CHROMA, 1, rng()).count
    many = strokes(RGB, CHROMA, 24, rng())
    assert one >= 25
    assert many.count >= 10 * 25
    assert 12 <= len(np.unique(many.chroma[many.weight > 0], axis=0)) <= 24


def test_small_regions_get_the_largest_stroke_that_fits():
    rgb = coloured_quarters(8, noise=0)
    hints = strokes(rgb, np.ones((8, 8, 2), np.float32), 2, rng())
    assert 0 < hints.count < 25 * 2


def test_no_room_for_strokes(monkeypatch):
    checkers = np.indices((30, 30)).sum(0).astype(np.int32)
    monkeypatch.setattr("handtint.simulate.hints.segment", lambda rgb: checkers)
    with pytest.raises(HintError, match="30 x 30"):
        strokes(np.zeros((30, 30, 3), np.uint8), np.zeros((30, 30, 2), np.float32), 1, rng())


def test_strokes_in_known_regions_are_those_of_the_picture():
    hints = strokes(RGB, CHROMA, 6, rng(3), 4.0)
    assert hints.weight.any()
    assert same(strokes_within(segment(RGB), CHROMA, 6, rng(3), 4.0), hints)


def test_points_lie_where_they_were_wanted_with_the_colour_there():
    hints = points_at(CHROMA, [(20, 30), (0, 119)], 6)
    assert hints.count == 72
    assert (hints.weight[17:23, 27:33] == 1).all()
    assert (hints.weight[:6, 114:] == 1).all()
    mean = CHROMA[17:23, 27:33].mean((0, 1))
    np.testing.assert_allclose(hints.chroma[20, 30], mean, rtol=1e-4)
