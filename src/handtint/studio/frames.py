"""Pictures of numbers, packed for the way to the page."""

from __future__ import annotations

import numpy as np

from handtint.studio.messages import FLOAT16, INT8, PREVIEW, Frame
from handtint.types import Chroma, Plane


def chroma_frame(
    chroma: Chroma, *, stage: int, space: int, dtype: int, rev: int, live: bool
) -> Frame:
    """A chroma as a frame.

    Parameters
    ----------
    chroma : ndarray, shape (h, w, 2), float32
        Finite.
    stage, space, rev, live
        As `Frame` has them.
    dtype : int
        `INT8`: 127 steps up to the largest number; or `FLOAT16`.

    Returns
    -------
    Frame
    """
    height, width = chroma.shape[:2]
    scale = 1.0
    if dtype == INT8:
        # float32, as the header has it: both ends must multiply by the same number.
        scale = float(np.float32(np.abs(chroma).max() / 127)) or 1.0
        data = np.rint(chroma * np.float32(1 / scale)).astype(np.int8)
    else:
        data = chroma.astype("<f2")
    return Frame("chroma", stage, space, dtype, rev, height, width, scale, live, data.tobytes())


def guide_frame(lightness: Plane, space: int) -> Frame:
    """The lightness of a grid as a frame.

    Parameters
    ----------
    lightness : ndarray, shape (h, w), float32, in [0, 100]
    space : int
        As `Frame` has it.

    Returns
    -------
    Frame
    """
    height, width = lightness.shape
    data = lightness.astype("<f2").tobytes()
    return Frame("guide", PREVIEW, space, FLOAT16, 0, height, width, 1.0, False, data)
