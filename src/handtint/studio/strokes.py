"""Strokes and settings of a document as the page sends them: checked, and back to JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from reprlib import repr as brief
from typing import Any, Final, TypeAlias

from handtint.errors import HintError
from handtint.hints import Stroke
from handtint.studio.limits import MAX_POINTS

Json: TypeAlias = dict[str, Any]

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,24}")
_KEYS: Final = frozenset({"id", "kind", "color", "width", "points"})


@dataclass(frozen=True, slots=True)
class Painted:
    """A stroke of the document, with the id that the page gave it."""

    id: str
    stroke: Stroke

    def to_json(self) -> Json:
        """As the page writes it."""
        s = self.stroke
        found: Json = {
            "id": self.id,
            "kind": s.kind,
            "color": None if s.color is None else list(s.color),
            "width": s.width,
            "points": [list(point) for point in s.points],
        }
        if s.pressure is not None:
            found["pressure"] = list(s.pressure)
        return found

    def changed(self, change: Json) -> Painted:
        """With another kind, colour or width; a kind other than "color" has no colour."""
        s = self.stroke
        kind = change.get("kind", s.kind)
        color = change.get("color", s.color) if kind == "color" else None
        if kind == "color" and color is None:
            raise HintError(f"stroke {self.id} needs a colour to become a colour stroke")
        return replace(
            self, stroke=replace(s, kind=kind, color=color, width=change.get("width", s.width))
        )

    def moved(self, rows: float, columns: float) -> Painted:
        """By an offset in photo pixels."""
        points = tuple((r + rows, c + columns) for r, c in self.stroke.points)
        return replace(self, stroke=replace(self.stroke, points=points))


def read_stroke(value: object) -> Painted:
    """A stroke from JSON that need not be trusted.

    Raises
    ------
    HintError
        When anything of it is missing, unknown, of the wrong type or out of range.
    """
    raw = keyed(value, "stroke", required=_KEYS, optional={"pressure"})
    points, pressure = raw["points"], raw.get("pressure")
    if not (isinstance(points, list) and all(isinstance(point, list) for point in points)):
        raise HintError(f"points are {brief(points)}; must be a list of [row, column]")
    if len(points) > MAX_POINTS:
        raise HintError(f"a stroke of {len(points)} points; at most {MAX_POINTS} fit in a document")
    if not (pressure is None or isinstance(pressure, list)):
        raise HintError(f"pressure is {brief(pressure)}; must be a list with a number a point")
    stroke = Stroke(
        points=tuple(map(tuple, points)),
        width=raw["width"],
        color=read_color(raw["color"]),
        kind=text(raw["kind"], "kind"),  # type: ignore[arg-type]  # Stroke checks it.
        pressure=None if pressure is None else tuple(pressure),
    )
    return Painted(read_id(raw["id"]), stroke)


def read_id(value: object) -> str:
    """The id of a stroke; raises `HintError` for anything else."""
    if not (isinstance(value, str) and _ID.fullmatch(value)):
        raise HintError(f"id {brief(value)}; must be 1 to 24 letters, digits, _ or -")
    return value


def read_color(value: object) -> Any:
    """A colour as `Stroke` takes it, which checks it."""
    return tuple(value) if isinstance(value, list) else value


def text(value: object, what: str) -> str:
    """``value``, if it is a string; raises `HintError` if not."""
    if not isinstance(value, str):
        raise HintError(f"{what} is {brief(value)}; must be a string")
    return value


def keyed(
    value: object,
    what: str,
    *,
    required: frozenset[str] | set[str] = frozenset(),
    optional: frozenset[str] | set[str] = frozenset(),
) -> Json:
    """``value``, if it is an object with these keys and no others; raises `HintError` if not."""
    if not isinstance(value, dict):
        raise HintError(f"{what} is {brief(value)}; must be an object")
    if missing := required - value.keys():
        raise HintError(f"{what} lacks {', '.join(sorted(missing))}")
    if unknown := value.keys() - required - optional:
        known = ", ".join(sorted(required | optional))
        raise HintError(f"{what} has an unknown key {brief(min(unknown))}; known are {known}")
    return value
