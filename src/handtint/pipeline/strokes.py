"""Strokes from a file, whatever kind of file it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

import numpy as np

from handtint import io
from handtint.errors import HintError
from handtint.hints import (
    MaskHints,
    PictureKind,
    StrokeDocument,
    Strokes,
    detect_kind,
    is_document,
    stray_colours,
)
from handtint.hints import clean as clean_mask

STRAY_SHARE = 0.02
"""Part of the drawn pixels that may have stray colours before a person is warned."""

StrokesKind = Literal["auto"] | PictureKind


def read_strokes(
    path: str | os.PathLike[str],
    photo: io.Photo,
    *,
    kind: StrokesKind = "auto",
    resize: bool = False,
    clean: bool = False,
    max_pixels: int = io.DEFAULT_MAX_PIXELS,
    warn: Callable[[str], None] | None = None,
) -> Strokes:
    """Read strokes for a photo: a stroke document, a mask, or the photo with strokes on it.

    Parameters
    ----------
    path : path
        A document (`handtint.hints.StrokeDocument`) or a picture.
    photo : Photo
        The photograph that they are for.
    kind : {"auto", "mask", "rgba", "marked"}
        What a picture is; "auto" finds out.
    resize : bool
        Whether a mask of another size is brought to the photo's, by nearest neighbour.
    clean : bool
        Whether an RGB mask loses the stray colours of antialiasing or JPEG compression.
    max_pixels : int
        Largest picture that is decoded.
    warn : callable, optional
        Told, in one line, that an RGB mask has stray colours and was not cleaned.

    Returns
    -------
    Strokes

    Raises
    ------
    PhotoError, HintError
        When the file cannot be read, holds no strokes, or has another size.
    """
    if is_document(path):
        return StrokeDocument.load(path)
    pixels = io.read_mask(path, max_pixels=max_pixels).pixels
    gray = (photo.gray >> (photo.bits - 8)).astype(np.uint8)
    if kind == "auto" and pixels.shape[:2] == gray.shape:
        kind = detect_kind(pixels, gray)
    if pixels.shape[2] == 3 and kind not in {"marked", "rgba"} and (clean or warn is not None):
        if clean:
            pixels = clean_mask(pixels)
        elif warn is not None and (stray := stray_colours(pixels)).share > STRAY_SHARE:
            warn(
                f"{stray.colours} colours on {stray.pixels} of {stray.drawn} drawn pixels look "
                "like antialiasing or JPEG noise, and each is taken for a stroke; --clean-mask "
                "drops them"
            )
    return MaskHints.from_picture(pixels, gray, kind, resize=resize)


def strokes_on(photo: io.Photo, strokes: Strokes | str | os.PathLike[str] | None) -> Strokes:
    """Strokes for a photo, read if they are a file; none drawn if there are none.

    Raises
    ------
    PhotoError, HintError
        When the file cannot be read, holds no strokes, or the strokes are for another size.
    """
    if isinstance(strokes, (str, os.PathLike)):
        strokes = read_strokes(strokes, photo)
    h, w = photo.gray.shape
    if strokes is None:
        return StrokeDocument((h, w))
    if strokes.shape != (h, w):
        raise HintError(
            f"the strokes are for a photo of {strokes.shape[1]}x{strokes.shape[0]} pixels, this "
            f"one has {w}x{h}; give the photo that they were painted on"
        )
    return strokes
