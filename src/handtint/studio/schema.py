"""The shapes of the interface's answers, from which its OpenAPI description is made."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from handtint.studio.exports import FORMATS


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ErrorText(_Answer):
    """What went wrong, in English, and where the page finds it in another language."""

    kind: str
    message: str
    key: str | None = None
    values: dict[str, str | int] = Field(default_factory=dict)


class ErrorAnswer(_Answer):
    """The body of every error."""

    error: ErrorText


class Limits(_Answer):
    """What the studio takes at most."""

    bytes: int
    pixels: int
    strokes: int
    points: int


class SessionAnswer(_Answer):
    """What the page is for."""

    mode: Literal["studio", "mask"]
    project: str | None
    version: str
    output: str | None
    limits: Limits


class OptionAnswer(_Answer):
    """One option of a method."""

    name: str
    type: Literal["float", "int", "bool", "str"]
    default: str | int | float | bool
    help: str
    minimum: float | None
    maximum: float | None
    choices: list[str]


class MethodAnswer(_Answer):
    """One method."""

    name: str
    title: str
    kind: str
    hints: Literal["needed", "used", "ignored"]
    energy: str
    reference: str
    spaces: list[str]
    options: list[OptionAnswer]


class Named(_Answer):
    """A colour space."""

    name: str
    title: str


class Unavailable(_Answer):
    """A method that cannot be loaded."""

    name: str
    message: str


class MethodsAnswer(_Answer):
    """All methods; baselines stand last."""

    default: str
    everywhere: str
    methods: list[MethodAnswer]
    spaces: list[Named]
    unavailable: list[Unavailable]


class DocumentAnswer(_Answer):
    """What is painted and how it is coloured."""

    strokes: list[dict[str, Any]]
    base: bool
    settings: dict[str, Any]


class ProjectAnswer(_Answer):
    """An open project."""

    id: str
    name: str
    height: int
    width: int
    bits: int
    warnings: list[str]
    tile: int
    levels: int
    sha256: str
    document: DocumentAnswer
    undo: int
    redo: int
    recovered: bool
    seq: int
    rev: int
    saved_rev: int | None
    initial: DocumentAnswer
    log: list[dict[str, Any]]


class LikelyAnswer(_Answer):
    """A colour that a place may have."""

    rgb: list[int]
    share: float = Field(description="how likely it is, 0 to 1")


class PaletteAnswer(_Answer):
    """Likely colours of a place, the likeliest first."""

    colors: list[LikelyAnswer]


class SpotAnswer(_Answer):
    """A place where a stroke would help."""

    row: float
    column: float
    gain: float = Field(description="share of the expected error that a stroke takes away")
    colors: list[LikelyAnswer]


class AdviceAnswer(_Answer):
    """Where more strokes would help, the most helpful first."""

    spots: list[SpotAnswer]


class SavedAnswer(_Answer):
    """What Save wrote."""

    saved_rev: int
    name: str


class ExportWish(_Answer):
    """What to export."""

    format: Literal[FORMATS] = Field(description="the kind of file")  # type: ignore[valid-type]
