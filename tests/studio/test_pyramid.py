import ast
from itertools import count, pairwise, takewhile

import numpy as np
import pytest

from handtint.io.conversion import to_bits
from handtint.studio.pyramid import TILE, read_tile, write_levels


def means(codes):
    """Half the size, slowly: the rounded mean of what each pixel covers."""
    h, w = ((side + 1) // 2 for side in codes.shape)
    found = np.empty((h, w), np.uint8)
    for i, j in np.ndindex(h, w):
        part = codes[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].astype(int)
        found[i, j] = (2 * part.sum() + part.size) // (2 * part.size)
    return found


def tiles(folder, shape, level, row, rows):
    """The tiles of a row, as arrays, until there is none."""
    found = (read_tile(folder, shape, level, row, column) for column in count())
    return [
        np.frombuffer(tile, np.uint8).reshape(rows, -1)
        for tile in takewhile(lambda tile: tile is not None, found)
    ]


def read(folder, shape, level):
    """A level put together from its tiles."""
    height = -(-shape[0] // 2**level)
    return np.vstack(
        [
            np.hstack(tiles(folder, shape, level, row, min(TILE, height - row * TILE)))
            for row in range(-(-height // TILE))
        ]
    )


@pytest.mark.parametrize("shape", [(40, 2100), (1025, 33), (2049, 7), (1024, 1024), (1, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_levels(tmp_path, rng, shape, dtype):
    gray = rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    found = write_levels(gray, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"level-{n}.gray" for n in range(found)]
    levels = [read(tmp_path, shape, n) for n in range(found)]
    np.testing.assert_array_equal(levels[0], to_bits(gray, 8))
    for fine, coarse in pairwise(levels):
        assert max(fine.shape) > TILE
        np.testing.assert_array_equal(coarse, means(fine))
    assert max(levels[-1].shape) <= TILE


def test_a_view_is_written_as_it_is_seen(tmp_path, rng):
    gray = rng.integers(0, 255, (30, 50), np.uint8)
    write_levels(gray.T[::2], tmp_path)
    np.testing.assert_array_equal(read(tmp_path, (25, 30), 0), gray.T[::2])


@pytest.mark.parametrize(
    "place", [(-1, 0, 0), (2, 0, 0), (9**9, 0, 0), (0, -1, 0), (0, 2, 0), (0, 0, -1), (1, 0, 1)]
)
def test_there_is_no_tile_elsewhere(tmp_path, place):
    shape = (1030, 1500)
    write_levels(np.zeros(shape, np.uint8), tmp_path)
    assert read_tile(tmp_path, shape, 1, 0, 0) == bytes(515 * 750)
    assert read_tile(tmp_path, shape, *place) is None


def test_reading_a_tile_parses_no_python(tmp_path, monkeypatch):
    # Which fails now and then before Python 3.11.8 when several threads do it at once.
    write_levels(np.zeros((3, 5), np.uint8), tmp_path)
    np.save(tmp_path / "parsed.npy", np.zeros(1))
    parsed = []
    parse = ast.parse
    monkeypatch.setattr(ast, "parse", lambda *a, **k: parsed.append(a) or parse(*a, **k))
    assert read_tile(tmp_path, (3, 5), 0, 0, 0) == bytes(15)
    assert not parsed
    np.load(tmp_path / "parsed.npy")
    assert parsed  # So it would have been noticed.
