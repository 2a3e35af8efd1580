"""Colour for old black-and-white photographs, from a few strokes or none.

>>> import handtint
>>> result = handtint.colorize("photo.tif", "strokes.png")  # doctest: +SKIP
>>> result.save("photo-colorized.tif")  # doctest: +SKIP

The names below are the public interface. They are loaded when first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from handtint.colorizer import Colorizer, MethodInfo, PreparedColorizer, Progress
    from handtint.errors import HandtintError
    from handtint.hints import MaskHints, Stroke, StrokeDocument, Strokes
    from handtint.io import Photo, read_photo
    from handtint.options import build, option
    from handtint.pipeline import (
        Result,
        Uncertainty,
        colorize,
        propagate,
        read_strokes,
        uncertainty,
    )
    from handtint.registry import load, names
    from handtint.types import Colorization, HintMap, SolveReport

__version__ = "0.1.0"

_HOMES = {
    "Colorization": "types",
    "Colorizer": "colorizer",
    "HandtintError": "errors",
    "HintMap": "types",
    "MaskHints": "hints",
    "MethodInfo": "colorizer",
    "Photo": "io",
    "PreparedColorizer": "colorizer",
    "Progress": "colorizer",
    "Result": "pipeline",
    "SolveReport": "types",
    "Stroke": "hints",
    "StrokeDocument": "hints",
    "Strokes": "hints",
    "Uncertainty": "pipeline",
    "build": "options",
    "colorize": "pipeline",
    "load": "registry",
    "names": "registry",
    "option": "options",
    "propagate": "pipeline",
    "read_photo": "io",
    "read_strokes": "pipeline",
    "uncertainty": "pipeline",
}

__all__ = [
    "Colorization",
    "Colorizer",
    "HandtintError",
    "HintMap",
    "MaskHints",
    "MethodInfo",
    "Photo",
    "PreparedColorizer",
    "Progress",
    "Result",
    "SolveReport",
    "Stroke",
    "StrokeDocument",
    "Strokes",
    "Uncertainty",
    "build",
    "colorize",
    "load",
    "names",
    "option",
    "propagate",
    "read_photo",
    "read_strokes",
    "uncertainty",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
