"""From a photograph and strokes to a colour picture: everything around a method, once.

The photograph's grey values become lightness; strokes and lightness are brought to the working
grid; the method makes chroma there; the chroma is carried up to the full size along the edges of
the full-size lightness and joined with it; colours that the screen cannot show lose chroma, never
lightness. The full-size picture exists one band of rows at a time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handtint import io, registry
from handtint.color import Space
from handtint.color import space as color_space
from handtint.colorizer import Colorizer, MethodInfo, Progress
from handtint.errors import HintError, OptionError, PhotoError
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
from handtint.options import Value, build, declared
from handtint.resample import (
    fit,
    joint_upsample,
    joint_upsample_within,
    reduce_area,
    reduce_hints,
)
from handtint.types import Chroma, Colorization, HintMap, Mask, Plane, SolveReport

DEFAULT_METHOD = "harmonic"

DEFAULT_SIZE = 1024
"""Long side of the working grid unless the caller says otherwise, in pixels."""

BAND_ROWS = 256

STRAY_SHARE = 0.02
"""Part of the drawn pixels that may have stray colours before a person is warned."""

StrokesKind = Literal["auto"] | PictureKind


def propagate(
    method: Colorizer,
    lightness: Plane,
    hints: HintMap,
    *,
    size: int | None = None,
    initial: Chroma | None = None,
    progress: Progress | None = None,
) -> Colorization:
    """Run a method on arrays: reduce to the working grid, colour, carry up.

    Parameters
    ----------
    method : Colorizer
        The method.
    lightness : ndarray, shape (H, W), float32, in [0, 100]
        Lightness of the picture.
    hints : HintMap, of shape (H, W)
        Strokes, in the colour space of the lightness.
    size : int, optional
        Long side of the working grid, in pixels; `DEFAULT_SIZE` if not given.
    initial : ndarray, shape (H, W, 2), float32, optional
        A chroma to start from.
    progress : Progress, optional
        Progress and cancellation.

    Returns
    -------
    Colorization
        With the chroma at (H, W).
    """
    full = _shape(lightness)
    shape = fit(full, size or DEFAULT_SIZE)
    if initial is not None:
        initial = np.ascontiguousarray(reduce_area(initial, shape))
    working = reduce_hints(hints, shape)
    coarse = np.ascontiguousarray(reduce_area(lightness, shape))
    found = method.prepare(coarse)(working, initial=initial, progress=progress)
    chroma = found.chroma
    shapes = _shapes_between(shape, full)
    for target in shapes:
        fine = np.ascontiguousarray(reduce_area(lightness, target))
        if hints.barrier.any():
            barriers = (reduce_hints(hints, s).barrier for s in (_shape(coarse), target))
            chroma = joint_upsample_within(chroma, coarse, fine, *barriers)
        else:
            chroma = joint_upsample(chroma, coarse, fine)
        coarse = fine
    return Colorization(chroma, found.report)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A coloured photograph: what was decided on the working grid, and how to get the picture.

    Parameters
    ----------
    photo : Photo
        The photograph.
    strokes : Strokes
        The strokes.
    method : Colorizer
        The method, with its options.
    space : Space
        The colour space.
    lightness : ndarray, shape (h, w), float32
        Lightness on the working grid.
    chroma : ndarray, shape (h, w, 2), float32
        The chroma that the method made there.
    report : SolveReport
        How it was reached.
    """

    photo: io.Photo
    strokes: Strokes
    method: Colorizer
    space: Space
    lightness: Plane
    chroma: Chroma
    report: SolveReport

    @property
    def info(self) -> MethodInfo:
        """What the method tells about itself."""
        return self.method.info

    @property
    def options(self) -> dict[str, Value]:
        """The method's options and their values."""
        return {o.name: getattr(self.method, o.name) for o in declared(type(self.method))}

    def bands(self) -> Iterator[NDArray[np.uint8] | NDArray[np.uint16]]:
        """The full-size picture, from top to bottom.

        Yields
        ------
        ndarray, shape (rows, W, 3), uint8 or uint16
            sRGB code values of the photograph's depth. The lightness is that of the photograph.
        """
        gray, bits = self.photo.gray, self.photo.bits
        table = self.space.lightness_table(bits)
        full = _shape(gray)
        coarse, chroma = self.lightness, self.chroma
        shapes = _shapes_between(_shape(coarse), full)
        whole = table[gray] if len(shapes) > 1 else None
        barred = self._has_barriers()
        for target in shapes[:-1]:
            assert whole is not None
            fine = np.ascontiguousarray(reduce_area(whole, target))
            chroma = self._carried(chroma, coarse, fine, barred)
            coarse = fine
        if barred and shapes:
            fine = table[gray] if whole is None else whole
            chroma = self._carried(chroma, coarse, fine, barred)
            coarse = fine
        del whole
        for top in range(0, full[0], BAND_ROWS):
            band = table[gray[top : top + BAND_ROWS]]
            if _shape(coarse) == full:
                part = chroma[top : top + BAND_ROWS]
            else:
                part = joint_upsample(chroma, coarse, band, first_row=top, height=full[0])
            yield self.space.recompose(band, part, bits)

    def picture(self) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """The full-size picture, shape (H, W, 3), uint8 or uint16: sRGB code values."""
        return np.concatenate(list(self.bands()))

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        warn: Callable[[str], None] | None = None,
    ) -> Path:
        """Write the full-size picture; the format follows from the suffix.

        Depth, resolution, EXIF and transparency of the photograph are kept where the format can;
        the file says how it was made (XMP). It appears complete or not at all.

        Parameters
        ----------
        path : path
            Where to; never the photograph itself.
        force : bool
            Whether a file that is there may be replaced.
        warn : callable, optional
            Told, a line each, what of the photograph the format could not hold.

        Returns
        -------
        Path

        Raises
        ------
        OutputError
            When it cannot be written there; what was there is intact.
        """
        target = Path(path)
        lost = io.write_picture(
            target,
            self.bands(),
            shape=_shape(self.photo.gray),
            bits=self.photo.bits,
            photo=self.photo,
            xmp=self._xmp(),
            force=force,
        )
        if warn is not None:
            for line in lost:
                warn(line)
        return target

    def _xmp(self) -> str:
        return io.xmp_packet(
            method=self.info.title,
            options={**self.options, "space": self.space.name},
            source_sha256=self.photo.sha256,
        )

    def _has_barriers(self) -> bool:
        return bool(self.strokes.hint_map(_shape(self.lightness), self.space.name).barrier.any())

    def _carried(self, chroma: Chroma, coarse: Plane, fine: Plane, barred: bool) -> Chroma:
        if not barred:
            return joint_upsample(chroma, coarse, fine)
        return joint_upsample_within(
            chroma, coarse, fine, self._barrier(_shape(coarse)), self._barrier(_shape(fine))
        )

    def _barrier(self, shape: tuple[int, int]) -> Mask:
        return self.strokes.hint_map(shape, self.space.name).barrier


def colorize(
    photo: io.Photo | str | os.PathLike[str],
    strokes: Strokes | str | os.PathLike[str],
    method: Colorizer | str = DEFAULT_METHOD,
    *,
    options: Mapping[str, str | Value] | None = None,
    space: str = "lab",
    size: int | None = None,
    initial: NDArray[np.uint8] | str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Result:
    """Colour a photograph from strokes.

    Parameters
    ----------
    photo : Photo or path
        The photograph.
    strokes : Strokes or path
        Strokes on this photograph, or a file of them (see `read_strokes`).
    method : Colorizer or str
        The method, or its name.
    options : mapping, optional
        Options of a method given by name.
    space : str
        Colour space: "lab", "yuv", "yuv709" or "oklab".
    size : int, optional
        Long side of the working grid, in pixels; `DEFAULT_SIZE` if not given.
    initial : ndarray, shape (H', W', 3), uint8, or path, optional
        An earlier result, at any size of the same proportions: its chroma is the start.
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
        When the method needs strokes and there are none, or they do not fit the photo.
    OptionError, MethodError
        When method, options or space are not valid.
    Cancelled
        When ``progress`` asked for it.

    Examples
    --------
    >>> import handtint
    >>> result = handtint.colorize("photo.tif", "strokes.png")  # doctest: +SKIP
    >>> result.save("photo-colorized.tif")  # doctest: +SKIP
    """
    if isinstance(method, str):
        method = build(registry.load(method), options)
    elif options:
        raise OptionError("options go with the name of a method; this method has its own already")
    model = color_space(space)
    if not isinstance(photo, io.Photo):
        photo = io.read_photo(photo)
    if isinstance(strokes, (str, os.PathLike)):
        strokes = read_strokes(strokes, photo)
    if isinstance(initial, (str, os.PathLike)):
        initial = io.read_rgb(initial)
    full = _shape(photo.gray)
    if strokes.shape != full:
        raise HintError(
            f"the strokes are for a photo of {strokes.shape[1]}x{strokes.shape[0]} pixels, this "
            f"one has {full[1]}x{full[0]}; give the photo that they were painted on"
        )
    shape = fit(full, size or DEFAULT_SIZE)
    table = model.lightness_table(photo.bits)
    lightness = np.ascontiguousarray(reduce_area(table[photo.gray], shape))
    hints = strokes.hint_map(shape, space)
    if method.info.hints == "needed" and hints.count == 0:
        raise HintError("there are no colour strokes; paint some, or take a method without strokes")
    start = None if initial is None else _chroma_of(initial, shape, full, model)
    found = method.prepare(lightness)(hints, initial=start, progress=progress)
    return Result(photo, strokes, method, model, lightness, found.chroma, found.report)


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


def _chroma_of(
    picture: NDArray[np.uint8], shape: tuple[int, int], full: tuple[int, int], space: Space
) -> Chroma:
    h, w = picture.shape[:2]
    if abs(w * full[0] - h * full[1]) > 0.02 * w * full[0] and max(h, w) > 1:
        raise PhotoError(
            f"the picture to start from has {w}x{h} pixels, the photo {full[1]}x{full[0]}; "
            "give a result of the same photo"
        )
    resized = Image.fromarray(picture).resize((shape[1], shape[0]), Image.Resampling.BOX)
    return space.from_codes(np.asarray(resized))[1]


def _shapes_between(shape: tuple[int, int], full: tuple[int, int]) -> list[tuple[int, int]]:
    """Doublings of the working grid, and at last the full size; empty when it is that already."""
    if shape == full:
        return []
    shapes = []
    side = 2 * max(shape)
    while side * 1.4 < max(full):
        shapes.append(fit(full, side))
        side *= 2
    return [*shapes, full]


def _shape(plane: NDArray[np.generic]) -> tuple[int, int]:
    h, w = plane.shape[:2]
    return h, w
