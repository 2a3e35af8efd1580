"""Models: an ONNX file and its card.

A model is a file ``NAME.onnx`` and beside it a card ``NAME.json``: what it was trained on, with
counts and licence classes, how, what it reaches, what it is biased to, what it must not be used
for, and the SHA-256 of the file. A file that is not the one of its card is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from handtint.errors import MethodUnavailable
from handtint.inference.session import Network

FORMAT = 1
"""Version of the inputs and outputs of a model."""

SHIPPED = Path(str(files("handtint.inference").joinpath("models")))
"""Folder of the models in the package."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A network and what is known of it."""

    network: Network
    card: dict[str, Any]


def shipped() -> tuple[Path, ...]:
    """Models in the package, by name."""
    return tuple(sorted(SHIPPED.glob("*.onnx")))


def usable() -> bool:
    """Whether there are models in the package and ONNX Runtime is installed; neither is loaded."""
    return bool(shipped()) and find_spec("onnxruntime") is not None


def load(path: str | os.PathLike[str]) -> Model:
    """Read and check a model; it stays loaded.

    Raises
    ------
    MethodUnavailable
        When the file or its card is missing, damaged, of another version or not each other's, or
        ONNX Runtime is not there.
    """
    chosen = Path(path)
    try:
        written = (f.stat().st_mtime_ns for f in (chosen, chosen.with_suffix(".json")))
        return _load(chosen.absolute(), *written)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise MethodUnavailable(
            f"model {chosen} cannot be read: {type(error).__name__}: {error}"
        ) from error


@lru_cache(maxsize=4)
def _load(path: Path, _model_written: int, _card_written: int) -> Model:
    """The model at ``path``, read once for each time it was written, in ns."""
    data = path.read_bytes()
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    if hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise MethodUnavailable(f"model {path}: it is not that of its card; fetch both files anew")
    if card["format"] != FORMAT:
        raise MethodUnavailable(
            f"model {path}: format {card['format']}, this version reads {FORMAT}; export it anew"
        )
    return Model(Network(data), card)
