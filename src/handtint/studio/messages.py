"""What the server process and its worker tell each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from handtint.hints import Stroke
from handtint.pipeline import Settings
from handtint.pipeline.suggestions import Likely, Spot

PREVIEW, PROGRESS, REFINED, FINAL = 0, 1, 2, 3
"""Stages of a picture: the fast method; the chosen one on its way, on the small grid, and on the
grid on which exports are made."""

INT8, FLOAT16 = 0, 1
"""How the numbers of a frame are stored."""

State: TypeAlias = Literal["starting", "idle", "preview", "solving", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the worker found out about a photograph.

    Parameters
    ----------
    height, width : int
        Size of the upright photo, in pixels.
    bits : {8, 16}
        Depth of its grey values.
    warnings : tuple of str
        What could not be taken from the file as it stands, one line each.
    sha256 : str
        Hash of the file.
    levels : int
        Number of the files ``level-N.gray`` (`handtint.studio.pyramid`).
    """

    height: int
    width: int
    bits: int
    warnings: tuple[str, ...]
    sha256: str
    levels: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, in pixels."""
        return self.height, self.width


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of numbers: the chroma of a document, or the lightness that guides it.

    Parameters
    ----------
    kind : {"chroma", "guide"}
        ``data`` is (height, width, 2) chroma, or (height, width) lightness in [0, 100].
    stage : int
        `PREVIEW`, `PROGRESS`, `REFINED` or `FINAL`.
    space : int
        Number of the colour space's model (`handtint.color.models`).
    dtype : int
        `INT8` or `FLOAT16`, little endian.
    rev : int
        That of the job.
    height, width : int
        Shape of the grid.
    scale : float
        The numbers are to be multiplied by it.
    live : bool
        Whether the stroke that is being painted is in it.
    data : bytes
        Row by row.
    """

    kind: Literal["chroma", "guide"]
    stage: int
    space: int
    dtype: int
    rev: int
    height: int
    width: int
    scale: float
    live: bool
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Status:
    """What the worker does.

    Parameters
    ----------
    state : str
        "starting", "idle", "preview", "solving", "cancelled" or "failed".
    rev : int
        That of the job.
    fraction : float, in [0, 1]
        How much of it is done.
    method : str
        Name of the method at work.
    message : str
        One line for the person, where there is something to say.
    """

    state: State
    rev: int
    fraction: float
    method: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The worker died and a new one took over.

    Parameters
    ----------
    message : str
        One line for the person.
    """

    message: str


Event: TypeAlias = Frame | Status | Restarted


@dataclass(frozen=True, slots=True)
class Job:
    """A document to be coloured.

    Parameters
    ----------
    rev : int
        Its revision; pictures carry it.
    strokes : tuple of Stroke
        In paint order. Strokes that were there before are best the very same objects: only new
        ones are sent to the worker and drawn.
    base : bool
        Whether the mask that was opened lies below.
    settings : Settings
        How to colour it. Opacity and vividness count in exports only.
    live : Stroke, optional
        A stroke that is being painted. With one, only the preview is made.
    """

    rev: int
    strokes: tuple[Stroke, ...]
    base: bool
    settings: Settings
    live: Stroke | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """Request: decode a photograph, and a mask for it."""

    ticket: int
    source: Path
    name: str
    mask: Path | None


@dataclass(frozen=True, slots=True)
class SetBase:
    """Request: decode a mask for the open photograph."""

    ticket: int
    mask: Path


@dataclass(frozen=True, slots=True)
class Advise:
    """Request: where the strokes that were sent last want more, or the likely colours of a place.

    Parameters
    ----------
    place : (float, float) or None
        As shares of width and height.
    """

    ticket: int
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer to a request: a value, or an error that its sender is to raise."""

    ticket: int
    value: Opened | tuple[Spot, ...] | tuple[Likely, ...] | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A job on its way to the worker.

    Parameters
    ----------
    serial : int
        Its number. It is to be left when a shared counter says another one.
    job : Job
        Without its strokes.
    strokes : tuple of Stroke or range
        A range stands for strokes of the work that was sent before, by their index.
    """

    serial: int
    job: Job
    strokes: tuple[Stroke | range, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """The worker is through with a job, or has left it."""

    serial: int
    cancelled: bool


def shortened(
    strokes: tuple[Stroke, ...], before: tuple[Stroke, ...]
) -> tuple[Stroke | range, ...]:
    """Strokes for `Work`: those that are the very objects of ``before`` become ranges."""
    place = {id(stroke): index for index, stroke in enumerate(before)}
    found: list[Stroke | range] = []
    for stroke in strokes:
        index = place.get(id(stroke))
        last = found[-1] if found else None
        if index is None:
            found.append(stroke)
        elif isinstance(last, range) and last.stop == index:
            found[-1] = range(last.start, index + 1)
        else:
            found.append(range(index, index + 1))
    return tuple(found)


def lengthened(
    strokes: tuple[Stroke | range, ...], before: tuple[Stroke, ...]
) -> tuple[Stroke, ...]:
    """The inverse of `shortened`."""
    found: list[Stroke] = []
    for entry in strokes:
        if isinstance(entry, range):
            found.extend(before[entry.start : entry.stop])
        else:
            found.append(entry)
    return tuple(found)
