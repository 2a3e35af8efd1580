"""Pictures for the benchmarks: found in order, resized by area, invented in any size."""

import numpy as np
import pytest
from PIL import Image

from handtint.bench import scene
from handtint.errors import PhotoError
from handtint.simulate import pictures


def save(path, shape=(4, 6), seed=0):
    rgb = np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)
    Image.fromarray(rgb).save(path)
    return path


def test_folders_give_their_pictures_by_name(tmp_path):
    for name in ("b.png", "a.JPG", "c.tiff", ".hidden.png"):
        save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    save(tmp_path / "folder.png" / "deeper.png")
    single = save(tmp_path / "picture without suffix.png").rename(tmp_path / "single")
    found = [p.name for p in pictures.find([single, tmp_path])]
    assert found == ["single", "a.JPG", "b.png", "c.tiff"]


def test_nothing_found(tmp_path):
    with pytest.raises(PhotoError, match="no picture in the folder"):
        pictures.find([tmp_path])
    with pytest.raises(PhotoError, match="no such picture"):
        pictures.find([tmp_path / "absent.png"])


def test_reduction_is_the_mean_over_areas():
    rgb = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)
    small = pictures.resize(rgb, 5)
    means = rgb.reshape(3, 4, 5, 4, 3).mean((1, 3))
    assert small.shape == (3, 5, 3)
    assert np.abs(small - means).max() <= 1


@pytest.mark.parametrize(
    ("shape", "long_side", "expected"),
    [
        ((30, 20), 15, (15, 10)),
        ((20, 30), 60, (40, 60)),
        ((1, 300), 30, (1, 30)),
        ((7, 7), 7, (7, 7)),
    ],
)
def test_sizes(shape, long_side, expected):
    flat = np.full((*shape, 3), (10, 100, 200), np.uint8)
    resized = pictures.resize(flat, long_side)
    assert resized.shape == (*expected, 3)
    assert (resized == (10, 100, 200)).all()


def test_invented_photographs_are_repeatable_and_different():
    first = scene.invent(64, seed=1)
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 100
    assert np.array_equal(first, scene.invent(64, seed=1))
    assert not np.array_equal(first, scene.invent(64, seed=2))


def test_invented_photographs_have_contrasts_like_photographs():
    """Half of the neighbours differ little, one in a hundred differs much."""
    contrast = np.abs(np.diff(scene.invent(256, seed=1)))
    assert np.quantile(contrast, 0.5) < 2
    assert np.quantile(contrast, 0.99) > 10


def test_a_mosaic_is_made_of_tiles_in_order():
    tiles = (np.full((scene.TILE, scene.TILE), i, np.float32) for i in range(9))
    side = 2 * scene.TILE + 10
    lightness = scene.mosaic(tiles, side)
    assert lightness.shape == (side, side)
    assert lightness[0, 0] == 0
    assert lightness[0, scene.TILE] == 1
    assert lightness[0, -1] == 2
    assert lightness[-1, -1] == 8
    assert lightness[scene.TILE, scene.TILE - 1] == 3


def test_tiles_of_photographs(tmp_path):
    """The middle of large pictures; small ones are enlarged; then from the start again."""
    large = np.zeros((scene.TILE + 20, scene.TILE + 40, 3), np.uint8)
    large[10:-10, 20:-20] = 255
    Image.fromarray(large).save(tmp_path / "a.png")
    Image.fromarray(np.full((30, 50, 3), 255, np.uint8)).save(tmp_path / "b.png")
    tiles = scene.photo_tiles([tmp_path])
    for _ in range(3):
        tile = next(tiles)
        assert tile.shape == (scene.TILE, scene.TILE)
        assert np.allclose(tile, 100)
