from itertools import pairwise

import numpy as np
import pytest

from handtint.io.conversion import to_bits
from handtint.studio.pyramid import write_levels


def means(codes):
    """Half the size, slowly: the rounded mean of what each pixel covers."""
    h, w = ((side + 1) // 2 for side in codes.shape)
    found = np.empty((h, w), np.uint8)
    for i, j in np.ndindex(h, w):
        part = codes[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].astype(int)
        found[i, j] = (2 * part.sum() + part.size) // (2 * part.size)
    return found


@pytest.mark.parametrize("shape", [(40, 2100), (1025, 33), (2049, 7), (1024, 1024), (1, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_levels(tmp_path, rng, shape, dtype):
    gray = rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    count = write_levels(gray, tmp_path)
    levels = [np.load(tmp_path / f"level-{n}.npy") for n in range(count)]
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"level-{n}.npy" for n in range(count)]
    np.testing.assert_array_equal(levels[0], to_bits(gray, 8))
    for fine, coarse in pairwise(levels):
        assert max(fine.shape) > 1024
        np.testing.assert_array_equal(coarse, means(fine))
    assert max(levels[-1].shape) <= 1024
