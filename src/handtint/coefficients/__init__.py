"""Small learned models: their form, the numbers that ship with the package, and their card.

A set of coefficients is a file ``NAME.npz`` of float32 arrays (never a pickle) and beside it a card
``NAME.json``: what it was trained on, with counts and licence classes, what it reaches on
photographs kept aside, when, and the SHA-256 of the arrays.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from handtint.coefficients.perceptron import Perceptron
from handtint.errors import MethodUnavailable

SHIPPED = Path(str(files(__name__) / "weights.npz"))
"""The coefficients in the package."""

FORMAT = 1
"""Version of the features that the numbers belong to."""


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """One set of learned models.

    Parameters
    ----------
    edges : Perceptron
        Edge features to the logarithm of an edge weight (`handtint.solvers.learned`).
    pairs : Perceptron
        Features of a pixel and a hint to the hint's score and gain
        (`handtint.solvers.hint_features`).
    fallbacks : Perceptron
        Features of a pixel to the scores of the colours that no single hint has, and their gain.
    card : dict
        What is known of their making.
    """

    edges: Perceptron
    pairs: Perceptron
    fallbacks: Perceptron
    card: dict[str, Any]


def load(path: str | os.PathLike[str] = "") -> Coefficients:
    """Read coefficients; those in the package when ``path`` is empty.

    Raises
    ------
    MethodUnavailable
        When the file or its card is missing, damaged, or of another version.
    """
    chosen = Path(path) if path else SHIPPED
    try:
        written = (f.stat().st_mtime_ns for f in (chosen, chosen.with_suffix(".json")))
        return _load(chosen.absolute(), *written)
    except (
        OSError,
        EOFError,
        ValueError,
        LookupError,
        TypeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise MethodUnavailable(
            f"coefficients {chosen} cannot be read: {type(error).__name__}: {error}"
        ) from error


def save(coefficients: Coefficients) -> tuple[bytes, bytes]:
    """Contents of the two files: the arrays, and the card with their SHA-256."""
    buffer = io.BytesIO()
    named: dict[str, Any] = {
        **coefficients.edges.to_arrays("edges"),
        **coefficients.pairs.to_arrays("pairs"),
        **coefficients.fallbacks.to_arrays("fallbacks"),
    }
    np.savez_compressed(buffer, **named)
    arrays = buffer.getvalue()
    card = {
        **coefficients.card,
        "format": FORMAT,
        "sha256": hashlib.sha256(arrays).hexdigest(),
    }
    return arrays, f"{json.dumps(card, indent=1, ensure_ascii=False)}\n".encode()


@lru_cache(maxsize=4)
def _load(path: Path, _arrays_written: int, _card_written: int) -> Coefficients:
    """The files of ``path``, read once for each time they were written, in ns."""
    data = path.read_bytes()
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    if hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise MethodUnavailable(
            f"coefficients {path}: they are not those of their card; fetch both files anew"
        )
    if card["format"] != FORMAT:
        raise MethodUnavailable(
            f"coefficients {path}: format {card['format']}, this version reads {FORMAT}; "
            "train them anew"
        )
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        named = dict(arrays)
    edges, pairs, fallbacks = (
        Perceptron.from_arrays(named, name) for name in ("edges", "pairs", "fallbacks")
    )
    return Coefficients(edges, pairs, fallbacks, card)
