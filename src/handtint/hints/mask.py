"""Strokes as a picture: an RGB or RGBA mask, or the photo with strokes painted on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from handtint.color import space
from handtint.errors import HintError, NoStrokes
from handtint.hints.cells import mean_chroma
from handtint.hints.detect import detect_kind, has_clear_pixels, opaque_pixels, painted_pixels
from handtint.hints.marked import marked_pixels
from handtint.hints.protocol import Codes
from handtint.types import HintMap, Mask

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class MaskHints:
    """Strokes as a picture of the size of the photo; satisfies `handtint.hints.Strokes`.

    Parameters
    ----------
    colors : ndarray, shape (H, W, 3), uint8
        sRGB code values; of no meaning where nothing is drawn. Greys ask for a neutral colour.
    drawn : ndarray, shape (H, W), bool
        Where the strokes are.

    Raises
    ------
    NoStrokes
        When nothing is drawn.
    """

    colors: Codes
    drawn: Mask

    def __post_init__(self) -> None:
        if self.colors.shape != (*self.drawn.shape, 3):
            raise ValueError(f"colors have shape {self.colors.shape}, drawn {self.drawn.shape}")
        if not self.drawn.any():
            raise NoStrokes("the mask has no strokes; paint some, in any colour but pure black")

    @classmethod
    def from_picture(
        cls,
        picture: Codes,
        gray: Codes,
        kind: Literal["auto", "mask", "rgba", "marked"] = "auto",
        *,
        resize: bool = False,
    ) -> MaskHints:
        """The strokes in a picture that was painted for a photo.

        - "mask": black (0, 0, 0) is undrawn. Any other colour is a stroke; painters store pure
          black as (1, 1, 1). Transparency, where there is some, decides instead, as in "rgba".
        - "rgba": drawn where alpha is at least 128, pure black too.
        - "marked": drawn where the picture differs from the photo (`marked_pixels`).

        Parameters
        ----------
        picture : ndarray, shape (H, W, 3) or (H, W, 4), uint8
            The decoded picture.
        gray : ndarray, shape (H, W), uint8
            The grey photo.
        kind : {"auto", "mask", "rgba", "marked"}
            What the picture is; "auto" finds out by `detect_kind`.
        resize : bool
            Whether a mask of another size is brought to that of the photo, by `resize_nearest`.

        Returns
        -------
        MaskHints

        Raises
        ------
        HintError
            When the sizes differ, nothing is drawn, or the picture has no alpha but needs one.
        """
        shape = (gray.shape[0], gray.shape[1])
        if same_size := picture.shape[:2] == shape:
            fitting = picture
        elif resize or kind == "marked":
            fitting = resize_nearest(picture, shape)
        else:
            raise HintError(
                f"the mask is {_size(picture)}, the photo {_size(gray)}; save the mask at the "
                "photo's size or give --resize-mask"
            )
        if kind == "auto":
            kind = detect_kind(fitting, gray)
        colors = fitting[..., :3]
        if kind == "marked":
            if not same_size:
                raise HintError(
                    f"the marked photo is {_size(picture)}, the photo {_size(gray)}; only masks "
                    "can be resized, so paint on a copy of this photo"
                )
            return cls(colors, marked_pixels(colors, gray))
        if kind == "rgba" and fitting.shape[2] < 4:
            raise HintError(
                "the mask has no transparency; save it as RGBA or read it as an RGB mask"
            )
        if kind == "rgba" or has_clear_pixels(fitting):
            return cls(colors, opaque_pixels(fitting))
        return cls(colors, painted_pixels(colors))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the photo, in pixels."""
        h, w = self.drawn.shape
        return h, w

    def hint_map(self, grid_shape: tuple[int, int], space_name: str) -> HintMap:
        """The strokes on a grid: each cell has the mean chroma of the drawn pixels in it.

        Which cells are drawn is told by `handtint.hints.cells.mean_chroma`. Along an axis on
        which the grid is finer than the mask, the nearest pixel counts.

        Parameters
        ----------
        grid_shape : tuple of int
            (h, w) of the grid, which covers the whole photo.
        space_name : str
            Colour space of the chroma.

        Returns
        -------
        HintMap
            Weight 1 on all strokes; no barriers, nothing to ignore.
        """
        (h, w), (height, width) = grid_shape, self.shape
        chroma, drawn = mean_chroma(
            self.colors, self.drawn, (min(h, height), min(w, width)), space(space_name)
        )
        return HintMap(
            chroma=resize_nearest(chroma, grid_shape),
            weight=resize_nearest(drawn.astype(np.float32), grid_shape),
            barrier=np.zeros(grid_shape, np.bool_),
            ignore=np.zeros(grid_shape, np.bool_),
        )

    def overlay(self, gray: Codes) -> Codes:
        """The strokes over the grey photo, each pixel in the colour that it has in the mask.

        Parameters
        ----------
        gray : ndarray, shape (h, w), uint8
            The photo, at any size.

        Returns
        -------
        ndarray, shape (h, w, 3), uint8
        """
        shape = (gray.shape[0], gray.shape[1])
        drawn = resize_nearest(self.drawn, shape)
        return np.where(drawn[..., None], resize_nearest(self.colors, shape), gray[..., None])

    def to_mask(self) -> Codes:
        """The strokes as an RGB mask: black is undrawn, drawn black is stored as (1, 1, 1).

        Returns
        -------
        ndarray, shape (H, W, 3), uint8
        """
        mask = np.where(self.drawn[..., None], self.colors, np.uint8(0))
        mask[self.drawn & ~mask.any(axis=2)] = 1
        return mask

    def to_rgba(self) -> Codes:
        """The strokes as an RGBA mask: alpha 255 where drawn; elsewhere all is 0.

        Returns
        -------
        ndarray, shape (H, W, 4), uint8
        """
        drawn = self.drawn[..., None]
        return np.where(drawn, np.concatenate([self.colors, 255 * drawn.astype(np.uint8)], 2), 0)


def resize_nearest(plane: NDArray[T], shape: tuple[int, int]) -> NDArray[T]:
    """A picture at another size; each pixel is the nearest one, so that no new value appears.

    Parameters
    ----------
    plane : ndarray, shape (H, W, ...)
    shape : tuple of int
        New (h, w).

    Returns
    -------
    ndarray, shape (h, w, ...)
        ``plane`` itself where the size is the same.
    """
    if plane.shape[:2] == shape:
        return plane
    rows, columns = (
        (2 * np.arange(new) + 1) * old // (2 * new)
        for new, old in zip(shape, plane.shape, strict=False)
    )
    resized: NDArray[T] = plane[rows[:, None], columns]
    return resized


def _size(picture: Codes) -> str:
    return f"{picture.shape[1]}x{picture.shape[0]} pixels"
