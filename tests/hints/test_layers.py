import numpy as np
import pytest

from handtint.errors import HintError
from handtint.hints import LayeredStrokes, MaskHints, Stroke, StrokeDocument, Strokes

SHAPE = (20, 30)


def base():
    mask = np.zeros((*SHAPE, 3), np.uint8)
    mask[2:18, 4:26] = (40, 160, 70)
    return MaskHints.from_picture(mask, np.zeros(SHAPE, np.uint8), "mask")


def line(row, kind="color", color=(200, 80, 60)):
    return Stroke(((row, 0.0), (row, 30.0)), 4.0, color if kind == "color" else None, kind)


def layered(*strokes):
    return LayeredStrokes(base(), StrokeDocument(SHAPE, strokes))


def test_without_strokes_it_is_the_mask():
    for shape in (SHAPE, (10, 15), (40, 60)):
        ours, plain = layered().hint_map(shape, "lab"), base().hint_map(shape, "lab")
        np.testing.assert_array_equal(ours.chroma, plain.chroma)
        np.testing.assert_array_equal(ours.weight, plain.weight)
    np.testing.assert_array_equal(layered().to_mask(), base().to_mask())


@pytest.mark.parametrize("kind", ["color", "neutral", "barrier", "ignore", "erase"])
def test_strokes_cover_the_mask(kind):
    hints = layered(line(10.0, kind)).hint_map(SHAPE, "lab")
    alone = StrokeDocument(SHAPE, (line(10.0, kind),)).hint_map(SHAPE, "lab")
    for name in ("chroma", "weight", "barrier", "ignore"):
        np.testing.assert_array_equal(getattr(hints, name)[8:12], getattr(alone, name)[8:12])
    below = base().hint_map(SHAPE, "lab")
    np.testing.assert_array_equal(hints.chroma[:8], below.chroma[:8])
    np.testing.assert_array_equal(hints.weight[12:], below.weight[12:])


def test_mask_and_hints_agree():
    strokes = layered(line(4.0), line(9.0, "erase"), line(14.0, color=(0, 0, 0)))
    mask = strokes.to_mask()
    through = MaskHints.from_picture(mask, np.zeros(SHAPE, np.uint8), "mask").hint_map(SHAPE, "lab")
    direct = strokes.hint_map(SHAPE, "lab")
    np.testing.assert_array_equal(through.weight, direct.weight)
    np.testing.assert_allclose(through.chroma, direct.chroma, atol=1e-4)
    assert not mask[9].any()
    assert (mask[14] == 1).all()


def test_barriers_leave_the_mask_in_the_mask():
    np.testing.assert_array_equal(
        layered(line(9.0, "barrier"), line(4.0, "ignore")).to_mask(), base().to_mask()
    )


def test_overlay_shows_the_photo_where_it_was_erased():
    gray = np.full(SHAPE, 77, np.uint8)
    picture = layered(line(9.0, "erase"), line(15.0)).overlay(gray)
    assert (picture[9] == 77).all()
    assert tuple(picture[5, 10]) == (40, 160, 70)
    assert tuple(picture[15, 10]) == (200, 80, 60)
    assert (picture[0] == 77).all()


def test_pictures_of_the_mask_keep_black():
    colors = np.zeros((*SHAPE, 3), np.uint8)
    drawn = np.zeros(SHAPE, np.bool_)
    drawn[3:6] = True
    hints = MaskHints(colors, drawn)
    assert (hints.to_mask()[3:6] == 1).all()
    assert not hints.to_mask()[6:].any()
    again = MaskHints.from_picture(hints.to_rgba(), np.zeros(SHAPE, np.uint8), "rgba")
    np.testing.assert_array_equal(again.drawn, drawn)
    np.testing.assert_array_equal(again.colors, colors)


def test_other_sizes_are_refused():
    with pytest.raises(HintError, match="the mask is 30x20 pixels, the strokes are for 31x20"):
        LayeredStrokes(base(), StrokeDocument((20, 31)))


def test_satisfies_the_protocol():
    assert isinstance(layered(), Strokes)
