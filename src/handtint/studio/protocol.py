"""What goes over the WebSocket: messages from the page, checked; messages and pictures to it."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from reprlib import repr as brief
from typing import Any, Final, Literal, NoReturn, TypeAlias

from handtint.errors import HintError
from handtint.studio.limits import MAX_MESSAGE
from handtint.studio.messages import Frame
from handtint.studio.strokes import Json, Painted, keyed, read_id, read_stroke

_HEADER: Final = struct.Struct("<4s4B3IfII")
_TYPES: Final = {"chroma": 0, "guide": 1}
_LARGEST_SEQ: Final = 2**53


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of a page: who it is, and the number of its last edit."""

    client: str
    seq: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A command for the log, numbered by the page."""

    seq: int
    command: Any


@dataclass(frozen=True, slots=True)
class Live:
    """The stroke that is being painted, or None when there is none any more."""

    painted: Painted | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A message without more to it: "cancel", "solve" or "ping"."""

    type: Literal["cancel", "solve", "ping"]


Message: TypeAlias = Hello | Edit | Live | Wish


def parse(text: str) -> Message:
    """A message from a page, which need not be trusted.

    Raises
    ------
    HintError
        When it is none.
    """
    if len(text) > MAX_MESSAGE:
        raise HintError(f"a message of {len(text)} characters; at most {MAX_MESSAGE} are read")
    value = parse_json(text)
    kind = value.get("type") if isinstance(value, dict) else None
    match kind:
        case "hello":
            hello = keyed(value, "hello", required={"type", "client", "seq"})
            return Hello(read_id(hello["client"]), _seq(hello["seq"], 0))
        case "edit":
            edit = keyed(value, "edit", required={"type", "seq", "command"})
            return Edit(_seq(edit["seq"], 1), edit["command"])
        case "live":
            live = keyed(value, "live", required={"type", "stroke"})
            return Live(None if live["stroke"] is None else read_stroke(live["stroke"]))
        case "cancel" | "solve" | "ping":
            keyed(value, kind, required={"type"})
            return Wish(kind)
    raise HintError(
        f"unknown message {brief(value)}; known are hello, edit, live, cancel, solve, ping"
    )


def parse_json(text: str | bytes) -> Any:
    """Decoded JSON: strict, without NaN and infinities.

    Raises
    ------
    HintError
        When it is not valid JSON.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise HintError(f"this is not valid JSON ({error})") from error


def encode(message: Json) -> str:
    """A message to the page as text."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False)


def pack(frame: Frame, rev: int) -> bytes:
    """A picture as a binary message: a header of 32 bytes, then the values.

    Parameters
    ----------
    frame : Frame
        From the worker.
    rev : int
        Revision of the document that it is shown for.
    """
    header = _HEADER.pack(
        b"HTF1",
        _TYPES[frame.kind],
        frame.stage,
        frame.space,
        frame.dtype,
        rev,
        frame.height,
        frame.width,
        frame.scale,
        int(frame.live),
        0,
    )
    return header + frame.data


def _seq(value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise HintError(f"seq is {brief(value)}; must be a whole number")
    if not least <= value < _LARGEST_SEQ:
        raise HintError(f"seq is {brief(value)}; must be from {least} to 2^53")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
