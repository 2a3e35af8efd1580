"""Files that the studio gives: their names, and putting them in their place."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from handtint.io.atomic import replacing

SUFFIXES: Final = {
    "png": "-colorized.png",
    "jpeg": "-colorized.jpg",
    "webp": "-colorized.webp",
    "tiff": "-colorized.tif",
    "mask": "-mask.png",
    "chroma": "-colour.png",
    "ora": ".ora",
    "strokes": "-strokes.jsonl",
    "project": ".handtint",
}
"""What can be exported, and how the names of these files end."""


@dataclass(frozen=True, slots=True)
class Output:
    """The file that Save writes."""

    path: Path
    kind: Literal["mask", "project"]


def export_name(photo: str, wanted: str) -> str:
    """What an export of the photo file ``photo`` is to be called."""
    return Path(photo).stem + SUFFIXES[wanted]


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace_with(target: Path, made: Path) -> None:
    """Make ``target`` hold what ``made`` holds: all of it, or what it held before.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    with made.open("rb") as source, replacing(target, force=True) as file:
        shutil.copyfileobj(source, file, 1 << 20)
