"""What all kinds of strokes have in common, whichever way they were painted."""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from handtint.types import HintMap

Codes: TypeAlias = NDArray[np.uint8]
"""uint8 sRGB code values: ``(H, W)`` grey, ``(H, W, 3)`` RGB or ``(H, W, 4)`` RGBA."""


@runtime_checkable
class Strokes(Protocol):
    """Strokes on one photograph."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the photo, in pixels."""

    def hint_map(self, grid_shape: tuple[int, int], space_name: str) -> HintMap:
        """The strokes on a grid that covers the whole photo.

        Parameters
        ----------
        grid_shape : tuple of int
            (h, w) of the grid, smaller or larger than the photo.
        space_name : str
            Colour space of the chroma, by the name that `handtint.color.space` knows.

        Returns
        -------
        HintMap
            On ``grid_shape``.
        """

    def overlay(self, gray: Codes) -> Codes:
        """The strokes drawn over the grey photo, to be looked at.

        Parameters
        ----------
        gray : ndarray, shape (h, w), uint8
            The photo, at any size.

        Returns
        -------
        ndarray, shape (h, w, 3), uint8
        """
