"""Strokes on a grid: compared with distances computed pixel by pixel, and tight as barriers."""

from itertools import pairwise

import numpy as np
import pytest
from brush import depth
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from handtint.hints import Canvas, Stroke
from handtint.hints.canvas import draw
from handtint.hints.raster import topmost

EIGHT = np.ones((3, 3), bool)


def polylines(count=6, low=-10.0, high=40.0):
    # Coordinates on a coarse raster put points on the borders and corners of grid pixels.
    coordinate = st.one_of(
        st.floats(low, high).map(lambda value: round(value, 6)),
        st.integers(int(low), int(high)).map(float),
    )
    return st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=count).map(np.array)


def centres(shape, photo_shape):
    rows = (np.arange(shape[0]) + 0.5) * photo_shape[0] / shape[0]
    columns = (np.arange(shape[1]) + 0.5) * photo_shape[1] / shape[1]
    return np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)


def segments(points):
    return [(points[0], points[0])] if len(points) == 1 else list(pairwise(points))


def distance(where, points):
    least = np.full(where.shape[:-1], np.inf)
    for p, q in segments(points):
        d = q - p
        t = np.clip(((where - p) @ d) / max(d @ d, 1e-300), 0, 1)
        least = np.minimum(least, np.linalg.norm(where - p - t[..., None] * d, axis=-1))
    return least


def touches(box, points, slack):
    """Whether a polyline meets the unit square at ``box``, widened by ``slack``."""
    for p, q in segments(points):
        low, high = 0.0, 1.0
        for axis in range(2):
            a, b = box[axis] - slack - p[axis], box[axis] + 1 + slack - p[axis]
            d = q[axis] - p[axis]
            if d == 0:
                low, high = (low, high) if a <= 0 <= b else (1.0, 0.0)
            else:
                low, high = max(low, min(a / d, b / d)), min(high, max(a / d, b / d))
        if low <= high:
            return True
    return False


# The first call compiles the kernels.
@settings(deadline=None)
@given(polylines(), st.floats(0.01, 20), st.integers(1, 40), st.integers(1, 40))
@example(np.array([[15.0, 15.0]]), 8.0, 30, 30)
@example(np.array([[5.0, -8.0], [5.0, -3.0]]), 2.0, 30, 30)
def test_marks_what_the_slow_twin_marks(points, width, h, w):
    photo_shape = (30, 31)
    drawn = topmost([points], [width], photo_shape, (h, w)) == 1
    apart = distance(centres((h, w), photo_shape), points) - width / 2
    assert drawn[apart < -1e-9].all()
    scaled = points * (h, w) / photo_shape
    for i, j in np.argwhere(drawn & (apart > 1e-9)):
        assert touches((i, j), scaled, 1e-6)


@st.composite
def tapered(draw_value):
    points = draw_value(polylines(4))
    one = st.one_of(st.floats(0.01, 20).map(lambda value: round(value, 6)), st.just(6.0))
    diameters = draw_value(st.lists(one, min_size=len(points), max_size=len(points)))
    return points, np.array(diameters)


@settings(deadline=None)
@given(tapered(), st.integers(1, 40), st.integers(1, 40))
@example((np.array([[9.0, 9.0], [10.0, 11.0]]), np.array([14.0, 3.0])), 30, 31)  # disc in disc
@example((np.array([[4.0, 4.0], [20.0, 4.0]]), np.array([0.5, 12.0])), 30, 31)
@example((np.array([[4.0, 4.0], [4.0, 9.0]]), np.array([12.0, 2.0])), 30, 31)  # just touching
def test_pressure_marks_what_the_slow_twin_marks(stroke, h, w):
    photo_shape = (30, 31)
    points, diameters = stroke
    drawn = topmost([points], [diameters], photo_shape, (h, w)) == 1
    apart = depth(centres((h, w), photo_shape), points, diameters / 2)
    assert drawn[apart < -1e-6].all()
    scaled = points * (h, w) / photo_shape
    for i, j in np.argwhere(drawn & (apart > 1e-6)):
        assert touches((i, j), scaled, 1e-6)


@given(polylines(), st.floats(0.01, 20))
def test_even_pressure_is_a_plain_brush(points, width):
    plain = topmost([points], [width], (30, 31), (25, 40))
    even = topmost([points], [np.full(len(points), width)], (30, 31), (25, 40))
    np.testing.assert_array_equal(even, plain)


@given(polylines(), st.integers(1, 40), st.integers(1, 40))
def test_hairline_has_no_gap(points, h, w):
    photo_shape = (30, 31)
    drawn = topmost([points], [0.001], photo_shape, (h, w)) == 1
    scaled = points * (h, w) / photo_shape
    for i, j in np.ndindex(h, w):
        if touches((i, j), scaled, -1e-6):
            assert drawn[i, j]


def inside(where, polygon):
    """Even-odd rule."""
    odd = np.zeros(where.shape[:-1], bool)
    y, x = where[..., 0], where[..., 1]
    for p, q in zip(polygon, np.roll(polygon, -1, axis=0), strict=False):
        crosses = (p[0] > y) != (q[0] > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            odd ^= crosses & (x < p[1] + (y - p[0]) * (q[1] - p[1]) / (q[0] - p[0]))
    return odd


@given(polylines(8), st.integers(1, 60), st.integers(1, 60), st.floats(0.01, 3))
def test_nothing_slips_through_a_closed_barrier(polygon, h, w, width):
    photo_shape = (30, 31)
    closed = np.concatenate([polygon, polygon[:1]])
    free = topmost([closed], [width], photo_shape, (h, w)) == 0
    parts, count = ndimage.label(free, EIGHT)
    is_inside = inside(centres((h, w), photo_shape), polygon)
    for part in range(1, count + 1):
        sides = is_inside[parts == part]
        assert sides.all() or not sides.any()


@pytest.mark.parametrize("factor", [0.5, 2, 0.31])
def test_scaling_does_not_shift(factor, rng):
    photo_shape = (200, 300)
    shape = (round(200 * factor), round(300 * factor))
    for _ in range(10):
        points = rng.uniform(0.2, 0.8, (5, 2)) * photo_shape
        full = topmost([points], [25.0], photo_shape, photo_shape)
        other = topmost([points], [25.0], photo_shape, shape)
        assert other.mean() == pytest.approx(full.mean(), rel=0.02)
        middle = np.array([(np.argwhere(g) + 0.5).mean(axis=0) / g.shape for g in (full, other)])
        coarsest = np.minimum(photo_shape, shape)
        assert (np.abs(middle[0] - middle[1]) * coarsest < 0.5).all()


def test_axes_scale_independently():
    points = np.array([[10.0, 10.0], [30.0, 50.0]])
    square = topmost([points], [8.0], (40, 60), (40, 60))
    tall = topmost([points], [8.0], (40, 60), (80, 30))
    middle = np.array([(np.argwhere(g) + 0.5).mean(axis=0) / g.shape for g in (square, tall)])
    np.testing.assert_allclose(middle[0], middle[1], atol=0.5 / 30)


def test_later_strokes_win(rng):
    lines = [rng.uniform(0, 50, (3, 2)) for _ in range(5)]
    widths = [12.0] * 5
    together = topmost(lines, widths, (50, 50), (50, 50))
    expected = np.zeros((50, 50), np.int32)
    for number, line in enumerate(lines, start=1):
        expected[topmost([line], [12.0], (50, 50), (50, 50)) == 1] = number
    np.testing.assert_array_equal(together, expected)


def test_no_strokes():
    assert not topmost([], [], (10, 10), (4, 5)).any()


def test_far_outside_marks_nothing():
    lines = [np.array([[-9e6, -9e6], [-9e6, 9e6]]), np.array([[5.0, -9e6], [5.0, -3.0]])]
    assert not topmost(lines, [1.0, 1.0], (10, 10), (10, 10)).any()


def stroke_at(row, kind="color"):
    return Stroke(((row, 3.0), (row, 37.0)), 5.0, (9, 9, 9) if kind == "color" else None, kind)


def test_canvas_draws_what_is_drawn_at_once(rng):
    shape, grid = (40, 40), (25, 30)
    canvas = Canvas(shape, grid, remembered=3)
    known = [stroke_at(float(row)) for row in range(2, 38, 3)]
    now = ()
    for _ in range(60):
        step = rng.integers(4)
        if step == 0:
            now = now[: rng.integers(len(now) + 1)]
        elif step == 1 and now:
            at = rng.integers(len(now))
            now = (*now[:at], *now[at + 1 :])
        else:
            now = (*now, known[rng.integers(len(known))])
        np.testing.assert_array_equal(canvas.draw(now), draw(now, shape, grid))


def test_canvas_draws_only_what_is_new(monkeypatch):
    drawn = []

    def counting(strokes, *args, **kwargs):
        drawn.append(len(strokes))
        return draw(strokes, *args, **kwargs)

    monkeypatch.setattr("handtint.hints.canvas.draw", counting)
    canvas = Canvas((40, 40), (40, 40))
    first = tuple(stroke_at(float(row)) for row in (4, 8, 12))
    for strokes in (first, (*first, stroke_at(20.0)), first, (*first, stroke_at(24.0))):
        canvas.draw(strokes)
    assert drawn == [3, 1, 1]


def test_canvas_tells_equal_strokes_apart_by_their_identity():
    first = Stroke(((1.0, 1.0), (5.0, 5.0)), 2.0, (1, 2, 3))
    again = Stroke(((1.0, 1.0), (5.0, 5.0)), 2.0, (1, 2, 3))
    canvas = Canvas((10, 10), (10, 10))
    drawn = [canvas.draw(strokes) for strokes in [(first,), (again,), (again,)]]
    assert all((grid == drawn[0]).all() for grid in drawn)
