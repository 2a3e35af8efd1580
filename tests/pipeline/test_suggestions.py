"""Suggestions for a photograph, as list and as picture."""

import numpy as np
import pytest

from handtint import demo, io
from handtint.errors import HintError, OptionError
from handtint.hints import StrokeDocument
from handtint.pipeline import Likely, Spot, annotated, suggest


@pytest.fixture(scope="module")
def photo():
    return io.read_photo(demo.PHOTO)


def test_spots_are_pixels_of_the_photo_and_avoid_what_is_painted(photo):
    h, w = photo.gray.shape
    found = suggest(photo, count=3)
    assert [s.gain > 0 for s in found] == [True] * 3
    assert all(0 < s.x < w and 0 < s.y < h for s in found)
    assert max(s.x for s in found) > w / 4
    again = suggest(demo.PHOTO, demo.STROKES, count=3)
    drawn = StrokeDocument.load(demo.STROKES).hint_map((h, w), "lab").weight > 0
    assert not any(drawn[int(s.y), int(s.x)] for s in again)
    assert again != found


def test_wrong_arguments_are_refused(photo):
    with pytest.raises(OptionError, match="count 0"):
        suggest(photo, count=0)
    with pytest.raises(HintError, match="30x20"):
        suggest(photo, StrokeDocument((20, 30)))


def test_the_picture_shows_each_spot_with_its_colours(photo):
    h, w = photo.gray.shape
    red, blue = Likely((200, 40, 40), 0.7), Likely((40, 60, 200), 0.2)
    spots = [Spot(w / 4, h / 4, 0.3, (red, blue)), Spot(w - 2.0, h - 2.0, 0.1, (red,))]
    picture = annotated(photo, None, spots)
    assert picture.shape == (h, w, 3)
    counts = [(picture == colour.rgb).all(axis=2).sum() for colour in (red, blue)]
    assert counts[0] > 1.5 * counts[1] > 150
    colourful = np.ptp(picture.astype(int), axis=2) > 60
    rows, columns = np.nonzero(colourful & (picture[..., 2] > picture[..., 0]))
    assert np.hypot(rows.mean() - h / 4, columns.mean() - w / 4) < w / 6


def test_palettes_do_not_cover_other_spots(photo):
    h, w = photo.gray.shape
    colours = tuple(Likely((250, 60 + n, 10), 0.2) for n in range(5))
    spots = [Spot(w / 2 + dx, h / 2, 0.1, colours) for dx in (0.0, 60.0, 120.0)]
    picture = annotated(photo, None, spots).astype(int)
    for spot in spots:
        y, x = int(spot.y), int(spot.x)
        assert (np.ptp(picture[y - 8 : y + 8, x - 8 : x + 8], axis=2) < 30).all()
