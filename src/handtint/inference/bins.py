"""The chroma bins over which the networks predict a distribution."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from handtint.color import space

STEP = 10
"""Width of a bin, in CIE Lab."""

_FAR = 100
"""More bins than there are from grey to any colour."""


def chroma_bins() -> NDArray[np.float32]:
    """Centres of the bins that hold at least one 8-bit sRGB colour.

    Returns
    -------
    ndarray, shape (261, 2), float32
        a* and b* of the centres, multiples of `STEP`, sorted by a*, then b*.
    """
    return _bins().copy()


@lru_cache(maxsize=1)
def _bins() -> NDArray[np.float32]:
    found: set[int] = set()
    # Whatever chroma a colour has, one on the surface of the cube has it, too.
    face = np.indices((256, 256), np.uint8).reshape(2, -1)
    for channel in range(3):
        for value in (0, 255):
            rgb = np.insert(face, channel, value, axis=0).T
            _, chroma = space("lab").from_codes(rgb.reshape(256, 256, 3))
            a, b = np.rint(chroma.reshape(-1, 2).T / STEP).astype(int) + _FAR
            found.update(np.unique(2 * _FAR * a + b).tolist())
    centres = np.stack(np.divmod(sorted(found), 2 * _FAR), axis=1) - _FAR
    return centres.astype(np.float32) * STEP
