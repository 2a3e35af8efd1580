"""The evolution: grey first, the result last, a bounded number of pictures between."""

import numpy as np
import pytest
from PIL import Image

import handtint
from handtint.hints import Stroke, StrokeDocument
from handtint.pipeline import Evolution
from handtint.pipeline.evolution import LONG_SIDE, MOST_FRAMES


@pytest.fixture
def photo(tmp_path, make_scene):
    Image.fromarray((make_scene((90, 140)) * 2.5).astype(np.uint8)).save(tmp_path / "p.png")
    return handtint.read_photo(tmp_path / "p.png")


def strokes(shape):
    document = StrokeDocument(shape)
    for start, colour in (((10.0, 10.0), (200, 90, 60)), ((70.0, 110.0), (60, 90, 200))):
        end = (start[0] + 10, start[1] + 15)
        document = document.with_stroke(Stroke((start, end), 5.0, colour))
    return document


@pytest.mark.parametrize("method", ["harmonic", "levin", "flat-tint"])
@pytest.mark.parametrize("space", ["lab", "oklab"])
def test_from_grey_to_the_result(photo, method, space):
    evolution = Evolution(photo, space=space)
    result = handtint.colorize(photo, strokes((90, 140)), method, space=space, progress=evolution)
    frames = evolution.frames(result)
    first, last = frames[0].astype(int), frames[-1]
    assert np.abs(first - first.mean(2, keepdims=True)).max() <= 1
    np.testing.assert_array_equal(last, result.picture())
    if method == "flat-tint":
        assert len(frames) == 2
    else:
        assert len(frames) > 5
    light = [result.space.from_codes(f)[0].astype(float).mean() for f in frames]
    assert max(light) - min(light) < 0.5


def test_it_comes_nearer(photo):
    """The way of conjugate gradients from afar ends near the result."""
    evolution = Evolution(photo)
    result = handtint.colorize(photo, strokes((90, 140)), "blending", progress=evolution)
    *between, last = (frame.astype(float) for frame in evolution.frames(result))
    distance = [np.abs(frame - last).mean() for frame in between]
    assert distance[-1] < 0.2 * distance[0]


def test_the_number_of_pictures_is_bounded(photo):
    class Counter:
        cancelled = False

        def __init__(self):
            self.fractions = []

        def report(self, fraction, chroma=None, /):
            self.fractions.append((fraction, chroma is None))

    counter = Counter()
    evolution = Evolution(photo, inner=counter)
    for n in range(7 * MOST_FRAMES):
        evolution.report(n / 1000, np.full((90, 140, 2), n / 10, np.float32))
    result = handtint.colorize(photo, strokes((90, 140)), "flat-tint")
    frames = evolution.frames(result)
    assert MOST_FRAMES / 2 <= len(frames) <= MOST_FRAMES + 1
    mean = [f[..., 0].mean() for f in frames[:-1]]
    assert mean == sorted(mean)
    steps = np.diff(mean[1:])
    assert steps.max() < 4 * steps.mean()
    assert len(counter.fractions) == 7 * MOST_FRAMES
    assert not any(missing for _, missing in counter.fractions)


def test_cancellation_is_passed_on(photo):
    class Stop:
        cancelled = True

    with pytest.raises(handtint.HandtintError):
        handtint.colorize(photo, strokes((90, 140)), progress=Evolution(photo, inner=Stop()))


@pytest.mark.parametrize("grid", [(9, 14), (45, 70), (90, 140), (180, 280), (2, 2)])
def test_a_chroma_of_any_grid_is_carried_to_the_size(photo, grid):
    evolution = Evolution(photo)
    evolution.report(0.5, np.broadcast_to(np.float32([20, -10]), (*grid, 2)).copy())
    flat = Evolution(photo)
    flat.report(0.5, np.broadcast_to(np.float32([20, -10]), (90, 140, 2)).copy())
    result = handtint.colorize(photo, strokes((90, 140)), "grey")
    here, there = evolution.frames(result)[1], flat.frames(result)[1]
    assert np.abs(here.astype(int) - there).max() <= 1


def test_large_photos_are_reduced(tmp_path, rng):
    gray = rng.integers(0, 255, (300, 2000), np.uint8)
    Image.fromarray(gray).save(tmp_path / "p.png")
    photo = handtint.read_photo(tmp_path / "p.png")
    evolution = Evolution(photo)
    result = handtint.colorize(photo, strokes((300, 2000)), size=300, progress=evolution)
    assert {f.shape for f in evolution.frames(result)} == {(96, LONG_SIDE, 3)}
    evolution.save(tmp_path / "e.webp", result)
    with Image.open(tmp_path / "e.webp") as file:
        assert file.size == (LONG_SIDE, 96)
        assert b"algorithmicallyEnhanced" in file.info["xmp"]
    with pytest.raises(handtint.HandtintError, match="never"):
        evolution.save(tmp_path / "e.webp", result, sources=[tmp_path / "e.webp"], force=True)
