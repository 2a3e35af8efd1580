"""Plausible colours of a photograph: where hints narrow them, the map, and the file."""

import json

import numpy as np
import pytest
from PIL import Image

import handtint
from handtint.errors import HandtintError, OutputError
from handtint.hints import Stroke, StrokeDocument
from handtint.inference import plausible
from handtint.pipeline.chart import chart

SHAPE = (128, 160)


@pytest.fixture
def photo(tmp_path, make_scene):
    codes = np.rint(make_scene(SHAPE) * 2.55).astype(np.uint8)
    Image.fromarray(codes).save(tmp_path / "photo.png")
    return handtint.read_photo(tmp_path / "photo.png")


def drawn(*strokes):
    return StrokeDocument(SHAPE, strokes)


def red(row, column):
    return Stroke(((row, column - 12), (row, column + 12)), 14, (190, 60, 50))


def test_a_stroke_narrows_the_colours_at_its_place_most(photo):
    before = handtint.uncertainty(photo)
    after = handtint.uncertainty(photo, drawn(red(64, 40)))
    h, w, _ = before.sets.shape
    at = (h // 2, w // 4)
    assert after.sets[at].sum() < before.sets[at].sum()
    assert after.spread[at] < before.spread[at]
    colours = after.bins[after.sets[at]]
    assert np.hypot(*(colours - (51, 30)).T).min() < 15  # what was painted is plausible
    narrower = before.sets.sum(2) - after.sets.sum(2).astype(int)
    assert narrower[at] > narrower[:, -w // 8 :].mean()


def test_a_higher_level_gives_sets_that_hold_the_lower_ones(photo):
    low, high = (handtint.uncertainty(photo, level=level) for level in (0.6, 0.95))
    assert (high.sets >= low.sets).all()
    assert high.sets.sum() > low.sets.sum()
    assert low.sets.any(axis=2).all()


def test_hints_beyond_a_barrier_do_not_count(photo):
    wall = Stroke(((0, 80), (128, 80)), 6, kind="barrier")
    plain = handtint.uncertainty(photo)
    found = handtint.uncertainty(photo, drawn(red(64, 30), wall))
    w = found.sets.shape[1]
    assert (found.thresholds[:, : w // 2 - 2] == np.float32(
        found.calibration.threshold(0.9, "few")
    )).all()  # fmt: skip
    beyond = (slice(None), slice(w // 2 + 2, None))
    assert (found.sets[beyond] == plain.sets[beyond]).all()


def test_the_map_shows_photo_and_legend(photo):
    found = handtint.uncertainty(photo)
    picture = found.map()
    assert picture.dtype == np.uint8
    assert picture.shape[0] > SHAPE[0]
    assert picture.shape[1] >= SHAPE[1]
    legend = picture[SHAPE[0] :].astype(int)
    assert (legend.max(2) < 60).any()  # ink
    assert (legend.min(2) > 250).any()  # paper


def test_wider_is_lighter_for_every_eye():
    steps = np.linspace(0, 60, 240, dtype=np.float32)
    values = np.tile(steps, (40, 1))
    picture = chart(np.full(values.shape, 50, np.float32), values, 50, "steps")[:40]
    inside = picture[:, (picture.shape[1] - 240) // 2 :][:, :240].astype(float)
    grey = inside @ (0.299, 0.587, 0.114)
    below = steps < 50
    assert (np.diff(grey[0, below]) >= -1).all()
    assert grey[0, below][-1] - grey[0, 0] > 140
    assert (inside[0, ~below] == inside[0, -1]).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (700, 20)])
def test_odd_shapes_have_maps_too(tmp_path, shape):
    Image.fromarray(np.full(shape, 120, np.uint8)).save(tmp_path / "odd.png")
    found = handtint.uncertainty(tmp_path / "odd.png")
    picture = found.map()
    assert picture.shape[0] > shape[0]
    assert found.spread.shape == found.sets.shape[:2]


def test_what_is_written(photo, tmp_path):
    found = handtint.uncertainty(photo, level=0.8)
    path = found.save_data(tmp_path / "sets.npz")
    with np.load(path, allow_pickle=False) as data:
        assert (data["sets"] == found.sets).all()
        assert data["bins"].shape == (data["sets"].shape[2], 2)
        np.testing.assert_allclose(data["spread"], found.spread)
        np.testing.assert_allclose(data["probabilities"].sum(2), 1, atol=0.02)
        assert data["thresholds"].shape == data["spread"].shape
        assert float(data["level"]) == 0.8
        assert tuple(data["photo_shape"]) == SHAPE
    with pytest.raises(OutputError, match="--force"):
        found.save_data(path)
    with pytest.raises(OutputError, match="never"):
        found.save(photo.path, force=True)
    picture = found.save(tmp_path / "map.png")
    with Image.open(picture) as written:
        assert (np.asarray(written) == found.map()).all()


def test_what_cannot_be_promised_is_refused(photo, tmp_path):
    with pytest.raises(HandtintError, match=r"level 0\.3"):
        handtint.uncertainty(photo, level=0.3)
    other = json.loads(plausible.SHIPPED_CALIBRATION.read_text())
    other["models"][0] = "0" * 64
    path = tmp_path / "other.json"
    path.write_text(json.dumps(other))
    with pytest.raises(HandtintError, match="other networks"):
        handtint.uncertainty(photo, calibration=path)
    with pytest.raises(HandtintError, match="strokes are for a photo"):
        handtint.uncertainty(photo, StrokeDocument((5, 5)))
