"""Where one more stroke on a photograph would help most."""

from __future__ import annotations

import os
from dataclasses import replace

from handtint import io
from handtint.color import space
from handtint.errors import HintError, OptionError
from handtint.hints import StrokeDocument, Strokes
from handtint.inference.likely import Likely
from handtint.methods.advising import Adviser, Spot
from handtint.pipeline.grids import DEFAULT_SIZE, reduced_lightness, shape_of
from handtint.pipeline.strokes import read_strokes
from handtint.resample import fit

__all__ = ["Adviser", "Likely", "Spot", "suggest"]


def suggest(
    photo: io.Photo | str | os.PathLike[str],
    strokes: Strokes | str | os.PathLike[str] | None = None,
    *,
    count: int = 5,
) -> list[Spot]:
    """Find the places where more strokes would help most, and the colours that are likely there.

    Parameters
    ----------
    photo : Photo or path
        The photograph.
    strokes : Strokes or path, optional
        Strokes that are there, or a file of them (see `read_strokes`).
    count : int
        How many places, at least 1.

    Returns
    -------
    list of Spot
        The most helpful first, in pixels of the photograph; a longer list begins like a shorter
        one.

    Raises
    ------
    PhotoError
        When the photo cannot be read.
    HintError
        When the strokes cannot be read or are for a photo of another size.
    OptionError
        When ``count`` is less than 1.
    MethodUnavailable
        When the networks cannot be loaded.

    Examples
    --------
    >>> from handtint.pipeline import suggest
    >>> for spot in suggest("photo.tif"):  # doctest: +SKIP
    ...     print(spot.x, spot.y, [colour.hex for colour in spot.colours])
    """
    if count < 1:
        raise OptionError(f"count {count}: must be at least 1")
    if not isinstance(photo, io.Photo):
        photo = io.read_photo(photo)
    if isinstance(strokes, (str, os.PathLike)):
        strokes = read_strokes(strokes, photo)
    full = shape_of(photo.gray)
    if strokes is None:
        strokes = StrokeDocument(full)
    if strokes.shape != full:
        raise HintError(
            f"the strokes are for a photo of {strokes.shape[1]}x{strokes.shape[0]} pixels, this "
            f"one has {full[1]}x{full[0]}; give the photo that they were painted on"
        )
    shape = fit(full, DEFAULT_SIZE)
    lightness = reduced_lightness(photo.gray, space("lab").lightness_table(photo.bits), shape)
    found = Adviser(lightness).spots(strokes.hint_map(shape, "lab"), count)
    return [replace(s, x=s.x * full[1], y=s.y * full[0]) for s in found]
