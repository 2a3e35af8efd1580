"""Options of methods: declared once, as the fields of the method's dataclass.

The declaration carries range, choices and help; the command line, the documentation and the
studio are all made from it.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast, get_type_hints

from handtint.errors import OptionError

T = TypeVar("T")
Value = str | int | float | bool


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One declared option.

    Parameters
    ----------
    name : str
        Name of the field.
    type : type
        ``float``, ``int``, ``bool`` or ``str``.
    default : str, int, float or bool
        Value when nothing is said.
    help : str
        What it does, in one line.
    minimum, maximum : float, optional
        Range of a number, both ends allowed.
    choices : tuple of str
        Allowed values of a string; empty for any.
    file : bool
        Whether it names a file. Such an option is for the person at the command line: it is never
        taken from a project file or from the page of the studio.
    """

    name: str
    type: type
    default: Value
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    file: bool = False

    @property
    def domain(self) -> str:
        """The allowed values, in words."""
        if self.choices:
            return " | ".join(self.choices)
        if self.type is bool:
            return "true | false"
        if self.type is str:
            return "file" if self.file else "text"
        low = "-inf" if self.minimum is None else f"{self.minimum:g}"
        high = "inf" if self.maximum is None else f"{self.maximum:g}"
        return f"{self.type.__name__} in [{low}, {high}]"

    def parse(self, text: str) -> Value:
        """Value written as ``text``, checked.

        Raises
        ------
        OptionError
            When the text is no value of the option's type or lies outside its range.
        """
        if self.type is bool:
            words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
            if text.lower() not in words:
                raise OptionError(f"option {self.name}={text}: must be true or false")
            return words[text.lower()]
        if self.type is str:
            return self.check(text)
        try:
            return self.check(self.type(text))
        except ValueError:
            raise OptionError(f"option {self.name}={text}: must be a {self.domain}") from None

    def check(self, value: Value) -> Value:
        """``value``, if it is allowed; raises `OptionError` if not."""
        if self.choices:
            if value not in self.choices:
                near = did_you_mean(str(value), self.choices)
                raise OptionError(
                    f"option {self.name}={value}: must be one of {', '.join(self.choices)}{near}"
                )
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            below = self.minimum is not None and value < self.minimum
            above = self.maximum is not None and value > self.maximum
            if below or above or not math.isfinite(value):
                raise OptionError(f"option {self.name}={value:g}: must be a {self.domain}")
        return value


def option(
    default: Any,
    *,
    help: str,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[str] = (),
    file: bool = False,
) -> Any:
    """Declare an option: the field of a method's frozen dataclass.

    The type is the field's annotation. See `Option` for the meaning of the arguments.
    """
    return dataclasses.field(
        default=default,
        metadata={
            "help": help,
            "minimum": minimum,
            "maximum": maximum,
            "choices": tuple(choices),
            "file": file,
        },
    )


def declared(method: type) -> tuple[Option, ...]:
    """Options of a method's class, in the order of its fields."""
    types = get_type_hints(method)
    return tuple(
        Option(f.name, _plain(types[f.name]), cast("Value", f.default), **f.metadata)
        for f in dataclasses.fields(method)
        if "help" in f.metadata
    )


def build(method: type[T], values: Mapping[str, str | Value] | None = None) -> T:
    """Make a method from ``values``; strings are parsed, everything is checked.

    Raises
    ------
    OptionError
        When an option does not exist (near names are suggested) or its value is not allowed.
    """
    known = {o.name: o for o in declared(method)}
    checked: dict[str, Value] = {}
    for name, value in (values or {}).items():
        spec = known.get(name)
        if spec is None:
            have = f"it has {', '.join(known)}" if known else "it has none"
            raise OptionError(
                f"unknown option {name!r} of {method.__name__}; {have}{did_you_mean(name, known)}"
            )
        checked[name] = spec.parse(value) if isinstance(value, str) else spec.check(value)
    return method(**checked)


def did_you_mean(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """A half sentence with the known names near to ``name``, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _plain(annotation: object) -> type:
    for kind in (bool, int, float):
        if annotation is kind:
            return kind
    return str
