"""The way up from the working grid: the picture in bands is the picture of the whole chroma."""

import numpy as np
import pytest
import tifffile
from PIL import Image

import handtint
from handtint.hints import Stroke, StrokeDocument
from handtint.pipeline.grids import climb, reduced_lightness, shapes_above
from handtint.resample import fit, reduce_area


def strokes(barrier):
    drawn = [
        Stroke(((60.0, 40.0), (90.0, 80.0)), 12.0, (200, 60, 40)),
        Stroke(((300.0, 600.0), (500.0, 650.0)), 12.0, (40, 60, 200)),
    ]
    if barrier:
        drawn.append(Stroke(((0.0, 350.0), (599.0, 370.0)), 3.0, None, "barrier"))
    document = StrokeDocument((600, 700))
    for stroke in drawn:
        document = document.with_stroke(stroke)
    return document


@pytest.mark.parametrize("barrier", [False, True])
@pytest.mark.parametrize("size", [100, 300, 600, 700])
def test_bands_are_parts_of_the_whole(tmp_path, rng, size, barrier):
    y, x = np.mgrid[:600, :700]
    gray = 20000 + 20000 * (x > 360) + 5000 * np.sin(y / 20) + rng.normal(0, 500, (600, 700))
    tifffile.imwrite(tmp_path / "p.tif", gray.astype(np.uint16))
    photo = handtint.read_photo(tmp_path / "p.tif")
    result = handtint.colorize(photo, strokes(barrier), size=size)

    lightness = result.space.lightness_table(16)[photo.gray]
    finer = [
        np.ascontiguousarray(reduce_area(lightness, s))
        for s in shapes_above(result.lightness.shape, (600, 700))
    ]
    at = (lambda s: strokes(True).hint_map(s, "lab").barrier) if barrier else None
    chroma, last = climb(result.chroma, result.lightness, finer, at)
    assert last.shape == (600, 700)
    np.testing.assert_array_equal(result.picture(), result.space.recompose(last, chroma, 16))


def test_the_way_up_ends_at_the_full_size():
    assert shapes_above((60, 80), (60, 80)) == ()
    assert shapes_above((60, 80), (600, 800)) == ((120, 160), (240, 320), (600, 800))


@pytest.mark.parametrize("side", [100, 200, 400])
def test_colour_does_not_bleed_over_a_sharp_edge(rng, side):
    """Two things that touch along a slanted edge, with grain; the true chroma goes down and up."""
    y, x = np.mgrid[:900, :1200]
    right = x + 0.37 * y > 750
    lightness = (35 + 30 * right + rng.normal(0, 1, (900, 1200))).astype(np.float32)
    truth = np.where(right[..., None], np.float32([30, -20]), np.float32([-20, 25]))
    shape = fit((900, 1200), side)
    coarse, *finer = (
        np.ascontiguousarray(reduce_area(lightness, s))
        for s in (shape, *shapes_above(shape, (900, 1200)))
    )
    found, _ = climb(np.ascontiguousarray(reduce_area(truth, shape)), coarse, finer, None)
    distance = np.linalg.norm(found - truth, axis=2) / np.linalg.norm([50, 45])
    offset = np.abs(x + 0.37 * y - 750) / np.hypot(1, 0.37)
    assert distance[offset < 4].mean() < 0.1
    assert distance[offset > 2 * 1200 / side].max() < 0.02
    plain = Image.fromarray(np.ascontiguousarray(reduce_area(truth[..., 0].copy(), shape)))
    plain = np.asarray(plain.resize((1200, 900), Image.Resampling.BILINEAR))
    bled = np.abs(plain - truth[..., 0]) / 50
    assert distance[offset < 4].mean() < 0.5 * bled[offset < 4].mean()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(37, 53), (30, 43), (19, 26), (1, 2)])
def test_lightness_is_reduced_as_the_plane_would_be(rng, dtype, shape):
    gray = rng.integers(0, np.iinfo(dtype).max, (37, 53), dtype=dtype, endpoint=True)
    table = rng.uniform(0, 100, np.iinfo(dtype).max + 1).astype(np.float32)
    np.testing.assert_array_equal(
        reduced_lightness(gray, table, shape), reduce_area(table[gray], shape)
    )
