"""The document as the outcome of a log of commands: a pure reducer, twin of ``js/commands.js``.

Undo and redo are entries of the log like the others, so that replaying a log gives the document
and both stacks. What comes in is checked: it need not be trusted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from reprlib import repr as brief
from typing import Any, Final

from handtint.errors import HintError
from handtint.hints.stroke import MAX_COORDINATE
from handtint.pipeline import Settings, painting_method
from handtint.studio.limits import MAX_LOG, MAX_LOG_BYTES, MAX_POINTS, MAX_STROKES
from handtint.studio.strokes import Json, Painted, keyed, read_color, read_id, read_stroke, text
from handtint.studio.wording import said


@dataclass(frozen=True, slots=True)
class Document:
    """What is painted and how it is to be coloured.

    Parameters
    ----------
    strokes : tuple of Painted
        In the order of painting.
    base : bool
        Whether the mask that the project began with still lies below.
    settings : Settings
        Method, options, colour space, opacity, vividness.
    """

    strokes: tuple[Painted, ...] = ()
    base: bool = False
    settings: Settings = field(default_factory=Settings)

    @classmethod
    def fresh(cls, *, base: bool) -> Document:
        """Of a photograph that nobody has painted on yet."""
        return cls(base=base, settings=Settings(painting_method()))

    def to_json(self) -> Json:
        """As the page has it."""
        return {
            "strokes": [stroke.to_json() for stroke in self.strokes],
            "base": self.base,
            "settings": self.settings.to_json(),
        }


@dataclass(frozen=True, slots=True)
class _Step:
    """What one command changed: all that has to be known to go back and forth."""

    start: int
    removed: tuple[Painted, ...]
    inserted: tuple[Painted, ...]
    before: tuple[bool, Settings]
    after: tuple[bool, Settings]

    @classmethod
    def between(cls, old: Document, new: Document) -> _Step:
        shared = min(len(old.strokes), len(new.strokes))
        start = _common(zip(old.strokes, new.strokes, strict=False))
        ends = zip(reversed(old.strokes[start:]), reversed(new.strokes[start:]), strict=False)
        end = min(_common(ends), shared - start)
        return cls(
            start,
            old.strokes[start : len(old.strokes) - end],
            new.strokes[start : len(new.strokes) - end],
            (old.base, old.settings),
            (new.base, new.settings),
        )

    def undone(self, document: Document) -> Document:
        return self._swap(document, self.inserted, self.removed, self.before)

    def redone(self, document: Document) -> Document:
        return self._swap(document, self.removed, self.inserted, self.after)

    def _swap(
        self,
        document: Document,
        out: tuple[Painted, ...],
        into: tuple[Painted, ...],
        rest: tuple[bool, Settings],
    ) -> Document:
        strokes = document.strokes
        swapped = (*strokes[: self.start], *into, *strokes[self.start + len(out) :])
        return Document(swapped, *rest)


def _common(pairs: Iterable[tuple[Painted, Painted]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], pairs))


class Log:
    """A document with its history.

    Parameters
    ----------
    initial : Document
        Where the log begins.

    Attributes
    ----------
    document : Document
        The outcome of all commands.
    commands : list of dict
        The commands, as JSON.
    """

    def __init__(self, initial: Document | None = None) -> None:
        self.initial = initial or Document()
        self.document = self.initial
        self.commands: list[Json] = []
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []
        self._bytes = 0

    @classmethod
    def replay(cls, initial: Document, commands: Sequence[Any]) -> Log:
        """The outcome of commands that need not be trusted.

        Raises
        ------
        HintError
            Naming the first command that is not possible.
        """
        log = cls(initial)
        for number, command in enumerate(commands, start=1):
            try:
                log.apply(command)
            except HintError as error:
                raise HintError(f"command {number}: {error}") from error
            if log.full:
                raise HintError(f"command {number}: a log has at most {MAX_LOG} commands")
        return log

    @property
    def undo_depth(self) -> int:
        """How many steps can be undone."""
        return len(self._undo)

    @property
    def redo_depth(self) -> int:
        """How many steps can be done again."""
        return len(self._redo)

    @property
    def full(self) -> bool:
        """Whether the log has grown so long that it is to be made anew by `compacted`."""
        return len(self.commands) > MAX_LOG or self._bytes > MAX_LOG_BYTES

    @property
    def blank(self) -> bool:
        """Whether nothing is lost with it: no stroke, not even one to undo, and no change kept."""
        painted = any(command["op"] == "add" for command in self.commands)
        return not painted and self.document == self.initial

    def apply(self, command: object) -> Json:
        """Carry out a command, and give it back as it stands in the log.

        Parameters
        ----------
        command : object
            Decoded JSON, which need not be trusted.

        Raises
        ------
        HintError, OptionError, MethodError
            When it is malformed or does not fit the document; nothing has changed then.
        """
        operation = text(command.get("op"), "op") if isinstance(command, dict) else ""
        checked: Json
        if operation in {"undo", "redo"}:
            checked = keyed(command, operation, required={"op"})
            come, go = (self._undo, self._redo) if operation == "undo" else (self._redo, self._undo)
            if not come:
                raise HintError(f"there is nothing to {operation}")
            step = come.pop()
            go.append(step)
            turn = step.undone if operation == "undo" else step.redone
            self.document = turn(self.document)
        elif operation in _EDITS:
            checked = keyed(command, operation, **_KEYS[operation])
            found = _EDITS[operation](self.document, checked)
            self._undo.append(_Step.between(self.document, found))
            self._redo.clear()
            self.document = found
        else:
            raise HintError(
                f"unknown command {brief(command)}; known are {', '.join([*_EDITS, 'undo, redo'])}"
            )
        self.commands.append(checked)
        self._bytes += len(json.dumps(checked, separators=(",", ":")))
        return checked

    def compacted(self, *, base: bool) -> Log:
        """A log with the same outcome that only sets and adds.

        Parameters
        ----------
        base : bool
            Whether there is a mask that the new log begins with.
        """
        log = Log(replace(self.initial, base=base))
        if base and not self.document.base:
            log.apply({"op": "clear"})
        return self._onto(log)

    def with_base(self) -> Log:
        """A log that begins with a mask, below the same strokes; it only sets and adds."""
        return self._onto(Log(replace(self.initial, base=True)))

    def _onto(self, log: Log) -> Log:
        if self.document.settings != log.document.settings:
            log.apply({"op": "settings", "settings": self.document.settings.to_json()})
        for painted in self.document.strokes:
            log.apply({"op": "add", "stroke": painted.to_json()})
        return log


def _add(document: Document, command: Json) -> Document:
    painted = read_stroke(command["stroke"])
    if any(other.id == painted.id for other in document.strokes):
        raise HintError(f"there is a stroke {painted.id} already")
    if len(document.strokes) >= MAX_STROKES:
        raise HintError(said("most_strokes", most=MAX_STROKES))
    points = sum(len(other.stroke.points) for other in document.strokes)
    if points + len(painted.stroke.points) > MAX_POINTS:
        raise HintError(said("most_points", most=MAX_POINTS))
    return replace(document, strokes=(*document.strokes, painted))


def _remove(document: Document, command: Json) -> Document:
    ids = _known(document, command["ids"])
    return replace(document, strokes=tuple(s for s in document.strokes if s.id not in ids))


def _change(document: Document, command: Json) -> Document:
    change = {key: value for key, value in command.items() if key not in {"op", "ids"}}
    if "color" in change:
        change["color"] = read_color(change["color"])
    if "kind" in change:
        text(change["kind"], "kind")
    return _each(document, command["ids"], lambda s: s.changed(change))


def _move(document: Document, command: Json) -> Document:
    by = command["by"]
    if not (isinstance(by, list) and len(by) == 2 and all(map(_is_offset, by))):
        raise HintError(
            f"by is {brief(by)}; must be two numbers in ±{2 * MAX_COORDINATE} (rows, columns)"
        )
    return _each(document, command["ids"], lambda s: s.moved(by[0], by[1]))


def _clear(document: Document, command: Json) -> Document:
    return replace(document, strokes=(), base=False)


def _settings(document: Document, command: Json) -> Document:
    change = keyed(command["settings"], "settings", optional=set(document.settings.to_json()))
    merged = Settings.from_json({**document.settings.to_json(), **change})
    return replace(document, settings=merged)


def _is_offset(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= 2 * MAX_COORDINATE


def _each(document: Document, ids: object, edit: Callable[[Painted], Painted]) -> Document:
    chosen = _known(document, ids)
    strokes = tuple(edit(s) if s.id in chosen else s for s in document.strokes)
    return replace(document, strokes=strokes)


def _known(document: Document, ids: object) -> set[str]:
    if not (isinstance(ids, list) and len(ids) <= MAX_STROKES):
        raise HintError(f"ids are {brief(ids)}; must be a list of at most {MAX_STROKES} ids")
    chosen = {read_id(value) for value in ids}
    if missing := chosen - {s.id for s in document.strokes}:
        raise HintError(f"there is no stroke {min(missing)}")
    return chosen


_EDITS: Final[dict[str, Callable[[Document, Json], Document]]] = {
    "add": _add,
    "remove": _remove,
    "change": _change,
    "move": _move,
    "clear": _clear,
    "settings": _settings,
}
_KEYS: Final[dict[str, dict[str, set[str]]]] = {
    "add": {"required": {"op", "stroke"}},
    "remove": {"required": {"op", "ids"}},
    "change": {"required": {"op", "ids"}, "optional": {"kind", "color", "width"}},
    "move": {"required": {"op", "ids", "by"}},
    "clear": {"required": {"op"}},
    "settings": {"required": {"op", "settings"}},
}
