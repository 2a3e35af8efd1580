"""Methods, colour spaces and advice, told to the page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from handtint import registry
from handtint.color import names as space_names
from handtint.color import space
from handtint.errors import MethodUnavailable
from handtint.options import declared
from handtint.pipeline import STROKES_ALONE, painting_method
from handtint.pipeline.suggestions import Likely, Spot
from handtint.studio.strokes import Json


@cache
def describe_methods() -> Json:
    """All methods with their options, baselines last; those that cannot be loaded stand apart."""
    methods, unavailable = [], []
    for name in registry.names():
        try:
            method = registry.load(name)
            info = method.info
            options = [
                {
                    "name": o.name,
                    "type": o.type.__name__,
                    "default": o.default,
                    "help": o.help,
                    "minimum": o.minimum,
                    "maximum": o.maximum,
                    "choices": list(o.choices),
                }
                for o in declared(method)
                if not o.file
            ]
        except MethodUnavailable as error:
            unavailable.append({"name": name, "message": str(error)})
            continue
        methods.append(
            {
                "name": name,
                "title": info.title,
                "kind": info.kind,
                "hints": info.hints,
                "energy": info.energy,
                "reference": info.reference,
                "spaces": list(info.spaces or space_names()),
                "options": options,
            }
        )
    return {
        "default": painting_method(),
        "everywhere": STROKES_ALONE,
        "methods": sorted(methods, key=lambda m: m["kind"] == "baseline"),
        "spaces": [{"name": name, "title": space(name).title} for name in space_names()],
        "unavailable": unavailable,
    }


def describe_spots(spots: Iterable[Spot], height: int, width: int) -> Json:
    """Where more strokes would help, in pixels of a photo of this size."""
    return {
        "spots": [
            {
                "row": float(spot.y * height),
                "column": float(spot.x * width),
                "gain": float(spot.gain),
                **describe_palette(spot.colours),
            }
            for spot in spots
        ]
    }


def describe_palette(colours: Iterable[Likely]) -> Json:
    """Likely colours of a place."""
    return {"colors": [{"rgb": list(c.rgb), "share": float(c.share)} for c in colours]}
