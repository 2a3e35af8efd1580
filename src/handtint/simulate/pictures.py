"""Colour photographs for the benchmarks: found, read and brought to size."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handtint.errors import PhotoError
from handtint.io.atomic import SUFFIXES

Split: TypeAlias = Literal["tune", "test"]
SPLITS: tuple[Split, Split] = ("tune", "test")


def find(paths: Iterable[Path]) -> list[Path]:
    """The pictures among ``paths``; of a folder, those directly inside it, by name.

    Raises
    ------
    PhotoError
        When a path does not exist or a folder holds no picture.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if _is_picture(p))
            if not inside:
                raise PhotoError(
                    f"no picture in the folder {path}; looked for {', '.join(SUFFIXES)}"
                )
            found.extend(inside)
        elif path.exists():
            found.append(path)
        else:
            raise PhotoError(f"no such picture or folder: {path}")
    return found


def halves(paths: Iterable[Path], half: Split | None = None) -> list[tuple[Path, Split]]:
    """The pictures among ``paths`` and the half that each belongs to; of one half, if one is given.

    The first, third, fifth ... of them, in the order in which they are given and found, are for
    tuning on, the others for testing what was tuned.

    Raises
    ------
    PhotoError
        As for `find`; when there is only one picture, and the other half was asked for.
    """
    found = [(file, SPLITS[n % 2]) for n, file in enumerate(find(paths))]
    chosen = [(file, split) for file, split in found if half in {None, split}]
    if not chosen:
        raise PhotoError("one picture has no other half to test on; give more, or leave the split")
    return chosen


def resize(rgb: NDArray[np.uint8], long_side: int) -> NDArray[np.uint8]:
    """The picture with its long side brought to ``long_side`` pixels.

    Larger pictures are reduced by averaging over areas, smaller ones enlarged by bicubic
    interpolation; the aspect is kept to the nearest pixel.

    Parameters
    ----------
    rgb : ndarray, shape (H, W, 3), uint8
        The picture.
    long_side : int
        Wanted maximum of height and width, at least 1.

    Returns
    -------
    ndarray, shape (h, w, 3), uint8
    """
    height, width, _ = rgb.shape
    scale = long_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(rgb).resize(size, method))


def _is_picture(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return path.suffix.lower() in SUFFIXES and not hidden and path.is_file()
