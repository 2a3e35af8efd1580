"""Local correction: near the new stroke the colour changes, far from it nothing does."""

import numpy as np
import pytest
from PIL import Image

import handtint
from handtint import registry
from handtint.color import space
from handtint.color.spaces import names as space_names
from handtint.errors import Cancelled, HintError, OptionError
from handtint.hints import Stroke, StrokeDocument
from handtint.pipeline import correct
from handtint.pipeline.local import REACH, changed_strokes
from handtint.types import HintMap

LAB = space("lab")
INFOS = {name: registry.load(name).info for name in registry.names()}
METHODS = [n for n, info in INFOS.items() if info.hints == "needed" and info.kind != "baseline"]
SHAPE = (60, 160)


@pytest.fixture
def picture():
    """Four plain columns of different lightness."""
    light = np.empty(SHAPE, np.float32)
    light[:] = np.repeat([30, 60, 40, 70], 40)
    return light


@pytest.fixture
def earlier():
    """A colour for each column, which no stroke tells."""
    columns = np.array([(20, 10), (-20, 10), (10, -20), (0, 25)], np.float32)
    return np.broadcast_to(np.repeat(columns, 40, axis=0), (*SHAPE, 2)).copy()


def one_stroke(colour=(25, -25), place=(slice(20, 40), slice(10, 14))):
    hints = HintMap.empty(SHAPE)
    hints.chroma[place], hints.weight[place] = colour, 1
    return hints


@pytest.mark.parametrize("name", [*METHODS, "levin-exact", "seed-diffusion"])
def test_far_away_nothing_changes_and_strokes_are_exact(name, picture, earlier):
    hints = one_stroke()
    method = registry.load(name)()
    found = correct(method, picture, hints, earlier, LAB).chroma
    np.testing.assert_array_equal(found[:, 14 + round(REACH * 160) :], earlier[:, 14 + 40 :])
    near = found[20:40, 10:14]
    assert np.abs(near - (25, -25)).max() < 0.05
    around = np.linalg.norm(found[15:45, 6:20] - (25, -25), axis=2)
    before = np.linalg.norm(earlier[15:45, 6:20] - (25, -25), axis=2)
    assert around.mean() < 0.6 * before.mean()


def test_the_thing_with_the_stroke_changes_and_its_neighbour_does_not(picture, earlier):
    found = correct(registry.load("harmonic")(), picture, one_stroke(), earlier, LAB).chroma
    inside = np.linalg.norm(found[10:50, 5:35] - (25, -25), axis=2)
    assert inside.mean() < 4
    beside = np.linalg.norm(found[:, 43:] - earlier[:, 43:], axis=2)
    assert beside.max() < 1.5
    # Started from the earlier result alone, the one stroke would have coloured everything.
    whole = registry.load("harmonic")().prepare(picture)(one_stroke(), initial=earlier).chroma
    assert np.linalg.norm(whole[:, 43:] - earlier[:, 43:], axis=2).mean() > 10


def test_a_kept_stroke_bounds_the_change(picture, earlier):
    """A stroke of the old colour in the same thing keeps its side."""
    hints = one_stroke()
    hints.chroma[:, 30:33], hints.weight[:, 30:33] = earlier[0, 0], 1
    found = correct(registry.load("harmonic")(), picture, hints, earlier, LAB).chroma
    assert np.linalg.norm(found[:, 30:40] - earlier[:, 30:40], axis=2).max() < 1
    assert np.linalg.norm(found[20:40, 10:14] - (25, -25), axis=2).max() < 0.05


def test_a_barrier_bounds_the_change(picture, earlier):
    hints = one_stroke()
    hints.barrier[:, 20] = True
    found = correct(registry.load("harmonic")(), picture, hints, earlier, LAB).chroma
    assert np.linalg.norm(found[:, 21:] - earlier[:, 21:], axis=2).max() < 0.5
    assert np.linalg.norm(found[10:50, :19] - (25, -25), axis=2).mean() < 4


def test_strokes_that_the_result_shows_are_no_change(picture, rng):
    for name in space_names():
        model = space(name)
        hints = HintMap.empty(SHAPE)
        for _ in range(6):
            y, x = rng.integers(0, 50), rng.integers(0, 150)
            # Far beyond the gamut, so the picture shows a paler colour.
            hints.chroma[y : y + 4, x : x + 6] = rng.normal(size=2) * 80
            hints.weight[y : y + 4, x : x + 6] = 1
        shown = model.from_codes(model.recompose(picture, hints.chroma, 8))[1]
        assert not changed_strokes(hints, picture, shown, model).any()
        other = np.where(np.arange(160)[:, None] < 80, shown, shown + np.float32([12, 0]))
        found = changed_strokes(hints, picture, other, model)
        assert not found[:, :79].any()
        np.testing.assert_array_equal(found[:, 81:], hints.weight[:, 81:] > 0)


def test_nothing_to_correct_is_said(picture, earlier):
    method = registry.load("harmonic")()
    with pytest.raises(HintError, match="nothing to correct"):
        correct(method, picture, HintMap.empty(SHAPE), earlier, LAB)
    with pytest.raises(HintError, match="nothing to correct"):
        correct(method, picture, one_stroke(earlier[0, 0]), earlier, LAB)


def test_progress_grows_over_both_solves_and_shows_no_part(picture, earlier):
    class Watch:
        cancelled = False

        def __init__(self):
            self.seen = []

        def report(self, fraction, chroma=None, /):
            assert chroma is None
            self.seen.append(fraction)

    class Stop:
        cancelled = True

    watch, method = Watch(), registry.load("harmonic")()
    correct(method, picture, one_stroke(), earlier, LAB, progress=watch)
    second = next(n for n, fraction in enumerate(watch.seen) if fraction > 0.5)
    assert max(watch.seen[:second]) == pytest.approx(0.5)
    assert min(watch.seen[second:]) >= 0.5
    assert watch.seen[-1] == pytest.approx(1)
    with pytest.raises(Cancelled):
        correct(method, picture, one_stroke(), earlier, LAB, progress=Stop())


@pytest.fixture
def painted(tmp_path, picture):
    """A photo of 180 x 480 pixels, three strokes on it, and one that changes the first of them."""
    codes = np.repeat(np.repeat(picture * 2.5, 3, 0), 3, 1).astype(np.uint8)
    Image.fromarray(codes).save(tmp_path / "p.png")
    photo = handtint.read_photo(tmp_path / "p.png")
    drawn = StrokeDocument(photo.gray.shape)
    for column, colour in ((60, (160, 80, 60)), (180, (60, 150, 80)), (300, (60, 80, 150))):
        drawn = drawn.with_stroke(Stroke(((30.0, column), (150.0, column)), 9.0, colour))
    more = drawn.with_stroke(Stroke(((30.0, 60.0), (150.0, 60.0)), 14.0, (120, 60, 160)))
    return photo, drawn, more


@pytest.mark.parametrize("name", ["blending", "harmonic"])
def test_a_photo_is_corrected(painted, name):
    photo, drawn, more = painted
    first = handtint.colorize(photo, drawn, name, size=240).picture()
    local = handtint.colorize(photo, more, name, size=240, initial=first, local=True).picture()
    difference = np.abs(local.astype(int) - first).max(axis=2)
    assert difference[60:120, 30:90].min() > 8
    assert difference[:, 210:].max() <= 1
    with pytest.raises(HintError, match="nothing to correct"):
        handtint.colorize(photo, drawn, name, size=240, initial=first, local=True)


def test_a_correction_needs_a_picture_and_a_method_that_sees_strokes(painted):
    photo, _, more = painted
    first = np.repeat(photo.gray[..., None], 3, axis=2)
    with pytest.raises(OptionError, match="initial"):
        handtint.colorize(photo, more, local=True)
    with pytest.raises(OptionError, match="ignores"):
        handtint.colorize(photo, more, "grey", initial=first, local=True)


@pytest.mark.parametrize("scale", [1, 2])
def test_what_the_working_grid_cannot_hold_is_kept(painted, scale):
    """Lines a pixel wide; the earlier picture may be larger than the photo, too."""
    photo, _, more = painted
    lightness = LAB.lightness_table(8)[photo.gray]
    fine = np.zeros((*photo.gray.shape, 2), np.float32)
    fine[:, ::2] = (15, -10)
    first = LAB.recompose(lightness, fine, 8)
    given = np.repeat(np.repeat(first, scale, 0), scale, 1)
    local = handtint.colorize(photo, more, "harmonic", size=120, initial=given, local=True)
    changed = local.picture()
    difference = np.abs(changed.astype(int) - first).max(axis=2)
    assert difference[:, 440:].max() <= 1
    assert difference[60:120, 50:70].min() > 8
    # A smaller one has not more to keep than the working grid holds.
    half = np.asarray(Image.fromarray(first).resize((240, 90), Image.Resampling.BOX))
    coarse = handtint.colorize(photo, more, "harmonic", size=120, initial=half, local=True)
    assert coarse.picture()[:, 440:].std(axis=1).max() < 1.5
