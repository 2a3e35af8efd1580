"""Strokes over a mask: what was painted on top of a picture of strokes that was there before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from handtint.errors import HintError
from handtint.hints.canvas import Numbers
from handtint.hints.document import StrokeDocument
from handtint.hints.mask import MaskHints
from handtint.hints.protocol import Codes
from handtint.types import HintMap


@dataclass(frozen=True, slots=True, eq=False)
class LayeredStrokes:
    """A document of strokes that lies over a mask; satisfies `handtint.hints.Strokes`.

    Wherever a stroke is on top, the mask below it counts for nothing; so an "erase" stroke erases
    the mask as well.

    Parameters
    ----------
    base : MaskHints or StrokeDocument
        The mask; or a document, as a mask below the strokes.
    document : StrokeDocument
        The strokes, of a photo of the same size.

    Raises
    ------
    HintError
        When the sizes differ.
    """

    base: MaskHints | StrokeDocument
    document: StrokeDocument

    def __post_init__(self) -> None:
        if self.base.shape != self.document.shape:
            (h, w), (height, width) = self.base.shape, self.document.shape
            raise HintError(
                f"the mask is {w}x{h} pixels, the strokes are for {width}x{height}; give the mask "
                "of the same photo"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the photo, in pixels."""
        return self.base.shape

    def hint_map(self, grid_shape: tuple[int, int], space_name: str) -> HintMap:
        """The strokes, and around them the mask, on a grid; see `handtint.hints.Strokes`."""
        return laid_over(
            self.base.hint_map(grid_shape, space_name),
            self.document.hint_map(grid_shape, space_name),
            self.document.drawn(grid_shape),
        )

    def overlay(self, gray: Codes) -> Codes:
        """The strokes, and around them the mask, over the grey photo; erased parts show it.

        Parameters
        ----------
        gray : ndarray, shape (h, w), uint8
            The photo, at any size.

        Returns
        -------
        ndarray, shape (h, w, 3), uint8
        """
        return self.document.overlay(gray, below=self.base.overlay(gray))

    def to_rgba(self) -> Codes:
        """The strokes over the mask as an RGBA picture; see `StrokeDocument.to_rgba`.

        Returns
        -------
        ndarray, shape (H, W, 4), uint8
        """
        covered = self.document.drawn(self.shape)[..., None] > 0
        return np.where(covered, self.document.to_rgba(), self.base.to_rgba())

    def to_mask(self) -> Codes:
        """The strokes over the mask as one RGB mask; see `StrokeDocument.to_mask`.

        Returns
        -------
        ndarray, shape (H, W, 3), uint8
        """
        return self.document.to_mask(below=self.base.to_mask())


def laid_over(below: HintMap, above: HintMap, top: Numbers) -> HintMap:
    """Hints where something lies on top, and those below it elsewhere.

    Parameters
    ----------
    below, above : HintMap, of shape (h, w)
    top : ndarray, shape (h, w), int32
        Not 0 where ``above`` counts, even where it asks for nothing.

    Returns
    -------
    HintMap
    """
    covered = top > 0
    return HintMap(
        chroma=np.where(covered[..., None], above.chroma, below.chroma),
        weight=np.where(covered, above.weight, below.weight),
        barrier=np.where(covered, above.barrier, below.barrier),
        ignore=np.where(covered, above.ignore, below.ignore),
    )
