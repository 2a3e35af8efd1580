"""How a photograph is to be coloured, as one value: method, options, space, strength of colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from reprlib import repr as brief
from typing import Any

from handtint import registry
from handtint.color import space as color_space
from handtint.colorizer import Colorizer
from handtint.errors import OptionError
from handtint.options import Option, Value, build, declared
from handtint.pipeline.grids import check_space
from handtint.pipeline.photograph import STROKES_ALONE
from handtint.pipeline.strength import Strength, as_number

_KEYS = ("method", "options", "space", "opacity", "vividness")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything but photograph and strokes that decides about the picture.

    Parameters
    ----------
    method : str
        Name of the method.
    options : mapping
        Values of those options that are not at their defaults; checked, and then kept as a dict
        that is not to be changed.
    space : str
        Colour space: "lab", "yuv", "yuv709" or "oklab".
    opacity : float, in [0, 1]
        Part of the colour that is shown: 0 is the grey photograph.
    vividness : float, in [0, 2]
        Factor of the chroma before it is fitted into the gamut.

    Raises
    ------
    OptionError
        When an option or a value is unknown, of the wrong type or out of range, or the method does
        not work in the space.
    UnknownMethod, MethodUnavailable
        When there is no such method, or it cannot be loaded.
    """

    method: str = STROKES_ALONE
    options: Mapping[str, Value] = field(default_factory=dict)
    space: str = "lab"
    opacity: float = 1.0
    vividness: float = 1.0

    def __post_init__(self) -> None:
        for name in ("method", "space"):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise OptionError(f"{name} is {brief(value)}; must be a name")
        if not isinstance(self.options, Mapping):
            raise OptionError(f"options are {brief(self.options)}; must be names with values")
        known = {option.name: option for option in declared(registry.load(self.method))}
        typed = {
            name: _typed(known[name], value) if name in known else value
            for name, value in self.options.items()
        }
        object.__setattr__(self, "options", typed)
        check_space(self.colorizer(), color_space(self.space))
        for name in ("opacity", "vividness"):
            object.__setattr__(self, name, getattr(self.strength, name))

    def colorizer(self) -> Colorizer:
        """The method with its options."""
        return build(registry.load(self.method), self.options)

    @property
    def strength(self) -> Strength:
        """Opacity and vividness."""
        return Strength(self.vividness, self.opacity)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "method": self.method,
            "options": dict(self.options),
            "space": self.space,
            "opacity": self.opacity,
            "vividness": self.vividness,
        }

    @classmethod
    def from_json(cls, value: object) -> Settings:
        """Settings from a decoded JSON object, which need not be trusted.

        Raises
        ------
        OptionError, MethodError
            As for the class; also when it is no object or has unknown keys. Missing ones have
            their defaults.
        """
        if not isinstance(value, dict):
            raise OptionError(f"settings are {brief(value)}; must be an object")
        if unknown := value.keys() - set(_KEYS):
            raise OptionError(
                f"unknown setting {brief(min(unknown))}; known are {', '.join(_KEYS)}"
            )
        return cls(**value)


def _typed(option: Option, value: object) -> Value:
    """A value of the option's type; `build` checks its range."""
    number = as_number(value)
    if option.file and value != option.default:
        raise OptionError(
            f"option {option.name} names a file, which only the command line takes; leave it out"
        )
    if option.type is float and number is not None:
        return number
    if option.type is int and number is not None and number.is_integer():
        return int(number)
    if option.type is bool and isinstance(value, bool):
        return value
    if option.type is str and isinstance(value, str):
        return value
    raise OptionError(f"option {option.name} is {brief(value)}; must be {option.domain}")
