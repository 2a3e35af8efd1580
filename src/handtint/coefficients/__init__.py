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
import threading
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from handtint.coefficients.perceptron import Perceptron
from handtint.errors import MethodUnavailable

SHIPPED = Path(str(files(__name__) / "weights.npz"))
"""The coefficients in the package."""

SHIPPED_INFORMED = SHIPPED.with_name("informed.npz")
"""The kernels in the package for methods that ask networks."""

SHIPPED_REWEIGHTER = SHIPPED.with_name("reweighting.npz")
"""The models in the package that find weights anew from a first result."""

T = TypeVar("T")

FORMAT = 1
"""Version of the features that the numbers belong to."""

# NumPy parses the headers of arrays as Python: before 3.11.8 that fails now and then in several
# threads at once (CPython, gh-106905).
_PARSING = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """The models of a hint kernel (`handtint.solvers.hint_kernel`).

    Parameters
    ----------
    pairs : Perceptron
        Features of a pixel and a hint to the hint's score and gain
        (`handtint.solvers.hint_view`).
    fallbacks : Perceptron
        Features of a pixel to the scores of the colours that no single hint has, and their gain.
    """

    pairs: Perceptron
    fallbacks: Perceptron

    @classmethod
    def of(cls, named: dict[str, Any], prefix: str = "") -> Kernel:
        """From the arrays of a file.

        Raises
        ------
        KeyError
            When there is none.
        ValueError
            When the model of pairs has not two layers, which `handtint.solvers.hint_scores` is
            made for.
        """
        pairs, fallbacks = (
            Perceptron.from_arrays(named, prefix + name) for name in ("pairs", "fallbacks")
        )
        if len(pairs.layers) != 2:
            raise ValueError(f"the model of pairs has {len(pairs.layers)} layers, not 2")
        return cls(pairs, fallbacks)

    def to_arrays(self, prefix: str = "") -> dict[str, Any]:
        """Arrays for a file, by name."""
        return {
            **self.pairs.to_arrays(f"{prefix}pairs"),
            **self.fallbacks.to_arrays(f"{prefix}fallbacks"),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """What methods need that are guided by the lightness alone.

    Parameters
    ----------
    edges : Perceptron
        Edge features to the logarithm of an edge weight (`handtint.solvers.learned`).
    kernel : Kernel
        Of the inputs `handtint.solvers.kinship.PLAIN`.
    card : dict
        What is known of their making.
    """

    edges: Perceptron
    kernel: Kernel
    card: dict[str, Any]

    def to_arrays(self) -> dict[str, Any]:
        """Arrays for a file, by name."""
        return {**self.edges.to_arrays("edges"), **self.kernel.to_arrays()}


@dataclass(frozen=True, slots=True, eq=False)
class Informed:
    """The hint kernels of methods that ask networks, too.

    Parameters
    ----------
    kindred, union : Kernel
        Of the inputs `handtint.solvers.kinship.KINDRED` and `UNION`.
    card : dict
        What is known of their making.
    """

    kindred: Kernel
    union: Kernel
    card: dict[str, Any]

    def to_arrays(self) -> dict[str, Any]:
        """Arrays for a file, by name."""
        return {**self.kindred.to_arrays("kindred_"), **self.union.to_arrays("union_")}


@dataclass(frozen=True, slots=True, eq=False)
class Reweighter:
    """Models that find the weights of an energy anew (`handtint.solvers.reweighting`).

    Parameters
    ----------
    edges : Perceptron
        Edge features and a first look to the logarithm of an edge weight.
    pixels : Perceptron
        Pixel features and a first look to logarithms of pulls and shading.
    card : dict
        What is known of their making.
    """

    edges: Perceptron
    pixels: Perceptron
    card: dict[str, Any]

    def to_arrays(self) -> dict[str, Any]:
        """Arrays for a file, by name."""
        return {**self.edges.to_arrays("edges"), **self.pixels.to_arrays("pixels")}


def load(path: str | os.PathLike[str] = "") -> Coefficients:
    """Read coefficients; those in the package when ``path`` is empty.

    Raises
    ------
    MethodUnavailable
        When the file or its card is missing, damaged, or of another version.
    """
    return _read(path or SHIPPED, _coefficients)


def load_informed(path: str | os.PathLike[str] = "") -> Informed:
    """Read the kernels of methods that ask networks; see `load`."""
    return _read(path or SHIPPED_INFORMED, _informed)


def load_reweighter(path: str | os.PathLike[str] = "") -> Reweighter:
    """Read the models that find weights anew; see `load`."""
    return _read(path or SHIPPED_REWEIGHTER, _reweighter)


def save(coefficients: Coefficients | Informed | Reweighter) -> tuple[bytes, bytes]:
    """Contents of the two files: the arrays, and the card with their SHA-256."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **coefficients.to_arrays())
    arrays = buffer.getvalue()
    card = {
        **coefficients.card,
        "format": FORMAT,
        "sha256": hashlib.sha256(arrays).hexdigest(),
    }
    return arrays, f"{json.dumps(card, indent=1, ensure_ascii=False)}\n".encode()


def _read(path: str | os.PathLike[str], made: Callable[[Path, int, int], T]) -> T:
    chosen = Path(path)
    try:
        arrays, card = (f.stat().st_mtime_ns for f in (chosen, chosen.with_suffix(".json")))
        return made(chosen.absolute(), arrays, card)
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


# The files of ``path``, read once for each time they were written, in ns.


@lru_cache(maxsize=4)
def _coefficients(path: Path, _arrays_written: int, _card_written: int) -> Coefficients:
    named, card = _arrays(path)
    return Coefficients(Perceptron.from_arrays(named, "edges"), Kernel.of(named), card)


@lru_cache(maxsize=4)
def _informed(path: Path, _arrays_written: int, _card_written: int) -> Informed:
    named, card = _arrays(path)
    return Informed(Kernel.of(named, "kindred_"), Kernel.of(named, "union_"), card)


@lru_cache(maxsize=4)
def _reweighter(path: Path, _arrays_written: int, _card_written: int) -> Reweighter:
    named, card = _arrays(path)
    edges, pixels = (Perceptron.from_arrays(named, name) for name in ("edges", "pixels"))
    return Reweighter(edges, pixels, card)


def _arrays(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays and the card of a file, checked."""
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
    with _PARSING, np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        named = dict(arrays)
    return named, card
