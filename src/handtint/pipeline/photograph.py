"""A photograph and strokes in, a coloured photograph out."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handtint import io, registry
from handtint.color import Space
from handtint.color import space as color_space
from handtint.colorizer import Colorizer, Progress
from handtint.errors import NoStrokes, OptionError, PhotoError
from handtint.hints import Strokes
from handtint.inference import model
from handtint.options import Value, build
from handtint.pipeline.grids import DEFAULT_SIZE, check_space, reduced_lightness, shape_of
from handtint.pipeline.local import correct
from handtint.pipeline.result import Earlier, Result
from handtint.pipeline.strength import Strength
from handtint.pipeline.strokes import strokes_on
from handtint.resample import fit
from handtint.types import Chroma

STROKES_ALONE = "blending"
"""The method that knows nothing but the strokes."""

PAINTING = "semantic"
"""The method that takes colours from the strokes alone, and from networks what is of one kind: as
quick as painting asks for."""

WITH_NETWORKS = "assisted"
"""The method that also asks the networks."""


def default_method(*, strokes: bool, local: bool = False, space: str = "lab") -> str:
    """Method for a photograph where nobody names one.

    Parameters
    ----------
    strokes : bool
        Whether there are strokes.
    local : bool
        Whether an earlier result is corrected where new strokes reach.
    space : str
        Colour space.

    Returns
    -------
    str
        `WITH_NETWORKS`; or `STROKES_ALONE`, if there are strokes and the networks have no part: in
        a local correction, in another space than CIE Lab, or where they cannot be used.
    """
    alone = strokes and (local or space != "lab" or not model.usable())
    return STROKES_ALONE if alone else WITH_NETWORKS


def painting_method() -> str:
    """Method to begin with while a person paints: `STROKES_ALONE` where there are no networks."""
    return PAINTING if model.usable() else STROKES_ALONE


def colorize(
    photo: io.Photo | str | os.PathLike[str],
    strokes: Strokes | str | os.PathLike[str] | None = None,
    method: Colorizer | str | None = None,
    *,
    options: Mapping[str, str | Value] | None = None,
    space: str = "lab",
    size: int | None = None,
    initial: NDArray[np.uint8] | str | os.PathLike[str] | None = None,
    local: bool = False,
    strength: Strength | None = None,
    progress: Progress | None = None,
) -> Result:
    """Colour a photograph from strokes, or without any.

    Parameters
    ----------
    photo : Photo or path
        The photograph.
    strokes : Strokes or path, optional
        Strokes on this photograph, or a file of them (see `read_strokes`).
    method : Colorizer or str, optional
        The method, or its name; if not given, that of `default_method`.
    options : mapping, optional
        Options of a method given by name.
    space : str
        Colour space: "lab", "yuv", "yuv709" or "oklab".
    size : int, optional
        Long side of the working grid, in pixels; `DEFAULT_SIZE` if not given.
    initial : ndarray, shape (H', W', 3), uint8, or path, optional
        An earlier result, at any size of the same proportions: its chroma is the start.
    local : bool
        Whether ``initial`` is to be corrected where new strokes reach, and kept elsewhere
        (`handtint.pipeline.local`). If it is smaller than the photo, its chroma is kept as the
        working grid holds it.
    strength : Strength, optional
        Vividness and opacity of the colour, of an earlier one too; both 1 if not given.
    progress : Progress, optional
        Progress and cancellation.

    Returns
    -------
    Result
        The full-size picture is made when it is asked for: ``.picture()`` or ``.save(path)``.

    Raises
    ------
    PhotoError
        When the photo or ``initial`` cannot be read, or their proportions differ.
    HintError
        When the method needs strokes and there are none, or they do not fit the photo; when a
        local correction finds no new stroke.
    OptionError, MethodError
        When method, options or space are not valid, or nothing is there to be corrected locally.
    Cancelled
        When ``progress`` asked for it.

    Examples
    --------
    >>> import handtint
    >>> result = handtint.colorize("photo.tif", "strokes.png")  # doctest: +SKIP
    >>> result.save("photo-colorized.tif")  # doctest: +SKIP
    >>> handtint.colorize("photo.tif").save("proposed.tif")  # doctest: +SKIP
    """
    if method is None:
        method = default_method(strokes=strokes is not None, local=local, space=space)
    if isinstance(method, str):
        method = build(registry.load(method), options)
    elif options:
        raise OptionError("options go with the name of a method; this method has its own already")
    if local and initial is None:
        raise OptionError("a local correction needs an earlier result to correct; give initial")
    if local and method.info.hints == "ignored":
        raise OptionError("this method ignores strokes, so it cannot correct by them")
    if local and method.info.proposes:
        raise OptionError(
            "this method makes colours of its own, so it cannot tell how far a new stroke reaches; "
            "take another one for a local correction, for example blending"
        )
    colours = color_space(space)
    check_space(method, colours)
    if not isinstance(photo, io.Photo):
        photo = io.read_photo(photo)
    strokes = strokes_on(photo, strokes)
    if isinstance(initial, (str, os.PathLike)):
        initial = io.read_rgb(initial)
    full = shape_of(photo.gray)
    shape = fit(full, size or DEFAULT_SIZE)
    table = colours.lightness_table(photo.bits)
    lightness = reduced_lightness(photo.gray, table, shape)
    hints = strokes.hint_map(shape, space)
    if method.info.hints == "needed" and hints.count == 0:
        raise NoStrokes("there are no colour strokes; paint some, or take a method without strokes")
    start = None if initial is None else _chroma_of(initial, shape, full, colours)
    earlier = None
    if local and initial is not None and start is not None:
        found = correct(method, lightness, hints, start, colours, progress=progress)
        if initial.shape[0] >= full[0] and initial.shape[1] >= full[1]:
            earlier = Earlier(_resized(initial, full), start)
    else:
        found = method.prepare(lightness)(hints, initial=start, progress=progress)
    return Result(
        photo,
        strokes,
        method,
        colours,
        lightness,
        found.chroma,
        found.report,
        strength or Strength(),
        earlier,
    )


def _chroma_of(
    picture: NDArray[np.uint8], shape: tuple[int, int], full: tuple[int, int], space: Space
) -> Chroma:
    h, w = picture.shape[:2]
    if abs(w * full[0] - h * full[1]) > 0.02 * w * full[0] and max(h, w) > 1:
        raise PhotoError(
            f"the picture to start from has {w}x{h} pixels, the photo {full[1]}x{full[0]}; "
            "give a result of the same photo"
        )
    return space.from_codes(_resized(picture, shape))[1]


def _resized(picture: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Area average at another size; the picture itself where that is its own."""
    h, w = shape
    return np.asarray(Image.fromarray(picture).resize((w, h), Image.Resampling.BOX))
