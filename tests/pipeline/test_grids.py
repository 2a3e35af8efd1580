"""The way up from the working grid: the picture in bands is the picture of the whole chroma."""

import numpy as np
import pytest
import tifffile

import handtint
from handtint.hints import Stroke, StrokeDocument
from handtint.pipeline.grids import climb, shapes_above
from handtint.resample import reduce_area


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
