"""Strokes: as a document or as a picture, and their way onto the grid of a method."""

from handtint.hints.canvas import Canvas
from handtint.hints.detect import PictureKind, detect_kind
from handtint.hints.document import (
    StrokeDocument,
    is_document,
    stroke_from_json,
    stroke_to_json,
)
from handtint.hints.layers import LayeredStrokes
from handtint.hints.mask import MaskHints, resize_nearest
from handtint.hints.protocol import Strokes
from handtint.hints.stray import StrayColours, clean, stray_colours
from handtint.hints.stroke import Stroke, StrokeKind

__all__ = [
    "Canvas",
    "LayeredStrokes",
    "MaskHints",
    "PictureKind",
    "StrayColours",
    "Stroke",
    "StrokeDocument",
    "StrokeKind",
    "Strokes",
    "clean",
    "detect_kind",
    "is_document",
    "resize_nearest",
    "stray_colours",
    "stroke_from_json",
    "stroke_to_json",
]
