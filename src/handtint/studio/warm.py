"""What a worker does before it has a photograph: load the kernels, or compile them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image

from handtint import io
from handtint.hints import Stroke
from handtint.pipeline import Settings, painting_method
from handtint.studio.painting import SMALL, Painting, Preview, key_of
from handtint.studio.pyramid import write_levels

Chore: TypeAlias = Callable[[], object]
"""Something that may be done now, to be quick later."""


def warm_up(scratch: Path) -> Iterator[Chore]:
    """Chores that load, or compile, all that the first photograph and stroke will need."""
    settings = Settings(painting_method())
    shape = (390, 600)
    gray = (np.add.outer(np.arange(shape[0]), np.arange(shape[1])) % 251).astype(np.uint16) * 257
    line = ((100.0, 50.0), (120.0, 500.0))
    colored = (Stroke(line, 20.0, (200, 60, 40)), Stroke(line, 9.0, None, "erase", (1.0, 0.5)))
    marked = (
        *colored,
        Stroke(((0.0, 300.0), (389.0, 300.0)), 3.0, None, "barrier"),
        Stroke(((300.0, 20.0), (300.0, 90.0)), 5.0, None, "ignore"),
    )
    painting = Painting(gray, 16)

    def decode() -> None:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            path = Path(folder) / "photo.png"
            for mode in ("L", "RGB"):
                Image.fromarray((gray[:64] >> 8).astype(np.uint8)).convert(mode).save(path)
                photo = io.read_photo(path)
            write_levels(np.zeros((1100, 20), np.uint16), Path(folder))
            write_levels(photo.gray, Path(folder))
            painting.lightness(SMALL, settings.space)
            Painting(photo.gray, 8).lightness(SMALL, settings.space)

    def preview(strokes: tuple[Stroke, ...]) -> None:
        hints = painting.hints(SMALL, strokes, False, settings.space)
        chroma = painting.fast(settings.space)(hints).chroma
        before = Preview()
        before.settle(key_of(settings), chroma, chroma)
        before.follow(key_of(settings), chroma, hints)

    def refine(size: int, strokes: tuple[Stroke, ...]) -> None:
        hints = painting.hints(size, strokes, False, settings.space)
        painting.prepared(size, settings)(hints)

    yield partial(preview, colored)
    yield decode
    yield from (partial(refine, size, colored) for size in painting.sizes)
    yield partial(preview, marked)
    yield partial(refine, SMALL, marked)
