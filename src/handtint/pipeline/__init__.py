"""From a photograph and strokes to a colour picture: everything around a method, once.

The photograph's grey values become lightness; strokes and lightness are brought to the working
grid; the method makes chroma there; the chroma is carried up to the full size along the edges of
the full-size lightness and joined with it; colours that the screen cannot show lose chroma, never
lightness. The full-size picture exists one band of rows at a time.
"""

from handtint.pipeline.annotated import annotated
from handtint.pipeline.evolution import Evolution
from handtint.pipeline.grids import DEFAULT_SIZE, check_space, propagate
from handtint.pipeline.local import correct
from handtint.pipeline.photograph import (
    STROKES_ALONE,
    WITH_NETWORKS,
    colorize,
    default_method,
    painting_method,
)
from handtint.pipeline.plausible import Uncertainty, uncertainty
from handtint.pipeline.result import Result
from handtint.pipeline.settings import Settings
from handtint.pipeline.strength import Strength
from handtint.pipeline.strokes import StrokesKind, read_strokes
from handtint.pipeline.suggestions import Adviser, Likely, Spot, suggest

__all__ = [
    "DEFAULT_SIZE",
    "STROKES_ALONE",
    "WITH_NETWORKS",
    "Adviser",
    "Evolution",
    "Likely",
    "Result",
    "Settings",
    "Spot",
    "Strength",
    "StrokesKind",
    "Uncertainty",
    "annotated",
    "check_space",
    "colorize",
    "correct",
    "default_method",
    "painting_method",
    "propagate",
    "read_strokes",
    "suggest",
    "uncertainty",
]
