"""Writing animations, atomically: WebP and GIF."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handtint.io.atomic import check_output, replacing
from handtint.io.icc import srgb_profile

ANIMATION_SUFFIXES: Final = (".webp", ".gif")

_FIRST, _EACH, _LAST = 600, 100, 2500
"""How long frames are shown, in milliseconds."""

_WEBP_QUALITY = 85


def check_animation(
    path: str | os.PathLike[str],
    *,
    sources: Sequence[str | os.PathLike[str]] = (),
    force: bool = False,
) -> None:
    """Make sure that an animation may and can be written, as `check_output` does for pictures.

    Raises
    ------
    OutputError
        For the reasons of `check_output`; the suffix must be .webp or .gif.
    """
    check_output(path, sources=sources, force=force, suffixes=ANIMATION_SUFFIXES)


def write_animation(
    path: str | os.PathLike[str],
    frames: Sequence[NDArray[np.uint8]],
    *,
    sources: Sequence[str | os.PathLike[str]] = (),
    xmp: str | None = None,
    force: bool = False,
) -> None:
    """Write pictures as an endless animation in the format that the suffix names.

    A frame is shown for a tenth of a second, the first for 0.6 and the last for 2.5 seconds. WebP
    is compressed with loss; GIF has the 256 colours that suit the first and the last frame best,
    dithered. Either the whole animation is written or nothing.

    Parameters
    ----------
    path : path
        Where it goes.
    frames : sequence of ndarray, shape (H, W, 3), uint8
        sRGB code values, at least one frame, all of one size.
    sources : sequence of paths
        Files that must never be overwritten.
    xmp : str, optional
        XMP packet; only WebP holds one.
    force : bool
        Whether an existing file may be replaced.

    Raises
    ------
    OutputError
        When it may not or cannot be written there. An older file is intact then.
    """
    path = Path(path)
    check_animation(path, sources=sources, force=force)
    pictures = [Image.fromarray(np.ascontiguousarray(frame)) for frame in frames]
    options: dict[str, object] = {"duration": _durations(len(pictures)), "loop": 0}
    if path.suffix.lower() == ".gif":
        pictures = _with_one_palette(pictures)
        options |= {"optimize": False, "disposal": 1}
    else:
        options |= {"quality": _WEBP_QUALITY, "method": 4, "icc_profile": srgb_profile()}
        if xmp is not None:
            options["xmp"] = xmp.encode()
    # Through memory: Pillow loses the system's reason when writing to a file fails.
    buffer = BytesIO()
    pictures[0].save(
        buffer,
        path.suffix[1:].upper(),
        save_all=True,
        append_images=pictures[1:],
        **options,
    )
    with replacing(path, force=force) as file:
        file.write(buffer.getbuffer())


def _durations(frames: int) -> list[int]:
    durations = [_FIRST, *[_EACH] * (frames - 2), _LAST]
    return durations[-frames:]


def _with_one_palette(pictures: list[Image.Image]) -> list[Image.Image]:
    ends = np.concatenate([np.asarray(pictures[0]), np.asarray(pictures[-1])])
    palette = Image.fromarray(ends).quantize(256, Image.Quantize.MEDIANCUT)
    return [p.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for p in pictures]
