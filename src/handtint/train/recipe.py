"""What a network is trained on, and how; from a file, too."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as brief
from typing import Any, Literal

from handtint.errors import OptionError
from handtint.options import build, declared, did_you_mean, option

PATHS = ("data", "out", "resume", "start", "log")
"""Settings beside those of the recipe that are paths; in a file, relative to the file."""

_OTHERS = (*PATHS, "teachers", "device")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is trained, on what, and how; its fields are the settings."""

    licence: Literal["any", "open"] = option(
        "any",
        help="open: only photographs that the manifest says are openly licensed.",
        choices=("any", "open"),
    )
    only: str = option(
        "",
        help="Only archives, or pictures, with such names: patterns as of a shell, with commas "
        "between them; empty for all.",
    )
    photos: int = option(
        100_000,
        help="Photographs that are taken at most; each takes 0.2 MB of the device's memory.",
        minimum=8,
    )
    steps: int = option(10_000, help="Steps of the whole schedule.", minimum=1)
    minutes: float = option(
        0.0,
        help="End this part of the schedule after so long, --resume goes on; 0 for no end.",
        minimum=0,
    )
    batch: int = option(160, help="Samples of a step, of all processes together.", minimum=2)
    size: int = option(192, help="Side of the samples, in pixels, a multiple of 32.", minimum=64)
    rate: float = option(8e-4, help="Largest learning rate.", minimum=0)
    encoder_rate: float = option(0.15, help="Factor of the encoder's learning rate.", minimum=0)
    decay: float = option(0.05, help="Weight decay.", minimum=0)
    rebalance: float = option(
        0.8, help="How little rare colours count more: 1 not at all.", minimum=0.001, maximum=1
    )
    drop: float = option(0.1, help="Dropout of features and depth.", minimum=0, maximum=0.9)
    no_hints: float = option(0.35, help="Share of samples without hints.", minimum=0, maximum=1)
    film: float = option(0.5, help="Share of samples on old film.", minimum=0, maximum=1)
    frames: float = option(0.15, help="Share of samples in frames.", minimum=0, maximum=1)
    recoloured: float = option(
        0.2, help="Share of samples with a region of another hue.", minimum=0, maximum=1
    )
    adversarial: float = option(
        0.0, help="Weight of a critic that tells proposals from photographs.", minimum=0
    )
    distillation: float = option(
        0.0,
        help="Share of what is learned that is learned from the teachers.",
        minimum=0,
        maximum=1,
    )
    encoder: Literal["lite0", "lite1", "lite2"] = option(
        "lite2", help="EfficientNet of the encoder.", choices=("lite0", "lite1", "lite2")
    )
    width: int = option(64, help="Channels of the decoder.", minimum=4)
    seed: int = option(0, help="Seed of everything random.", minimum=0)


def read_settings(path: Path) -> dict[str, Any]:
    """Settings of a TOML file, all of them optional.

    Those of a recipe, ``device``, ``teachers``, and `PATHS`.

    Returns
    -------
    dict
        Values of the recipe and the device as texts, paths as `Path`, teachers as a list of it.

    Raises
    ------
    OptionError
        When it cannot be read or is no TOML, or when a setting is unknown or has no such value.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OptionError(f"settings {path} cannot be read: {error}") from error
    known = {o.name: o for o in declared(Recipe)}
    settings: dict[str, Any] = {}
    for name, value in found.items():
        if name in known:
            try:
                known[name].parse(str(value))
            except OptionError as error:
                raise OptionError(f"{path}: {error}") from error
            settings[name] = str(value)
        elif name not in _OTHERS:
            near = did_you_mean(name, [*known, *_OTHERS])
            raise OptionError(f"{path}: unknown setting {name} = {brief(value)}{near}")
        elif not isinstance(value, str) or not value:
            raise OptionError(f"{path}: {name} = {brief(value)}; must be a text in quotes")
        elif name == "teachers":
            settings[name] = files_of(value, path.parent)
        else:
            settings[name] = value if name == "device" else path.parent / value
    return settings


def files_of(text: str, folder: Path) -> list[Path]:
    """Files that are named with commas between them, relative to a folder."""
    return [folder / part.strip() for part in text.split(",") if part.strip()]


def recipe_of(settings: Mapping[str, Any]) -> Recipe:
    """The recipe among some settings; the rest of them is left alone."""
    return build(Recipe, {o.name: settings[o.name] for o in declared(Recipe) if o.name in settings})
