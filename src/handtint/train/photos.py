"""Colour photographs to learn from: folders of pictures, or tar shards with a manifest.

A folder with a file ``manifest.csv`` is a collection: the manifest has at least the columns
``file``, ``shard`` (the tar archive beside it that holds the file) and ``licence_class``. Any other
folder is taken as pictures, those in its folders too; nothing is known of their licences then.
"""

from __future__ import annotations

import csv
import io
import tarfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import DecompressionBombError

from handtint.errors import PhotoError
from handtint.io import read_rgb
from handtint.io.atomic import SUFFIXES

Licence = Literal["any", "open"]

UNKNOWN = "unknown"
"""Licence class of pictures that come without a manifest."""

HELD_OUT_SHARE = 10
"""One in so many photographs is kept aside, by its name."""


@dataclass(frozen=True, slots=True)
class Source:
    """A photograph that may be read.

    Parameters
    ----------
    name : str
        Name of its file.
    licence : str
        Its licence class.
    place : Path
        Its file, or the archive that holds it.
    long_side : int or None
        Of the picture, in pixels, where a manifest tells it.
    """

    name: str
    licence: str
    place: Path
    long_side: int | None = None

    @property
    def held_out(self) -> bool:
        """Whether its name alone keeps it aside; see `handtint.train.survey.split`."""
        return zlib.crc32(self.name.encode()) % HELD_OUT_SHARE == 0


def find(
    folder: Path, *, licence: Licence = "any", min_side: int = 0, only: str = ""
) -> list[Source]:
    """Photographs of a folder, by name.

    Parameters
    ----------
    folder : Path
        A collection with a manifest, or pictures.
    licence : {"any", "open"}
        "open" takes those whose licence class is ``open`` only: CC0, public domain, CC BY, CC
        BY-SA and the like. Pictures without a manifest have none.
    min_side : int
        Least long side where the manifest tells it, in pixels.
    only : str
        Patterns as of a shell, with commas between them, for the names of the archives, or of the
        photographs where there are none; empty: all.

    Raises
    ------
    PhotoError
        When the folder does not exist or holds no such photograph, or its manifest is broken.
    """
    if not folder.is_dir():
        raise PhotoError(f"no such folder: {folder}")
    manifest = folder / "manifest.csv"
    try:
        found = list(_listed(manifest) if manifest.is_file() else _pictures(folder))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PhotoError(f"cannot read {folder}: {error}") from error
    if licence == "open":
        found = [s for s in found if s.licence == "open"]
    found = [s for s in found if s.long_side is None or s.long_side >= min_side]
    if only:
        patterns = [pattern.strip() for pattern in only.split(",")]
        found = [s for s in found if any(fnmatchcase(s.place.name, p) for p in patterns)]
    if not found:
        what = (
            "openly licensed photograph named in a manifest.csv" if licence == "open" else "photo"
        )
        where = f"{folder}, {only}" if only else folder
        raise PhotoError(f"no {what} with a long side of {min_side} pixels or more in {where}")
    return sorted(found, key=lambda s: s.name)


def licences(sources: Sequence[Source]) -> dict[str, int]:
    """How many photographs there are of each licence class, the most frequent first."""
    return dict(Counter(s.licence for s in sources).most_common())


def read(
    sources: Sequence[Source], *, warn: Callable[[str], None] | None = None
) -> Iterator[tuple[Source, NDArray[np.uint8]]]:
    """Decode photographs, archive by archive; one that cannot be decoded is left out.

    Parameters
    ----------
    sources : sequence of Source
        What to read.
    warn : callable, optional
        Told, in one line, what was left out and why.

    Yields
    ------
    source : Source
    rgb : ndarray, shape (H, W, 3), uint8

    Raises
    ------
    PhotoError
        When an archive is missing or broken.
    """
    places: dict[Path, dict[str, Source]] = {}
    for source in sources:
        places.setdefault(source.place, {})[source.name] = source
    for place, wanted in places.items():
        if place.suffix != ".tar":
            for source in wanted.values():
                try:
                    yield source, read_rgb(place)
                except PhotoError as error:
                    _tell(warn, f"left out {error}")
            continue
        try:
            with tarfile.open(place) as archive:
                for member in archive:
                    name = Path(member.name).name
                    file = archive.extractfile(member) if name in wanted else None
                    if file is None:
                        continue
                    try:
                        picture = Image.open(io.BytesIO(file.read())).convert("RGB")
                    except (OSError, SyntaxError, ValueError, DecompressionBombError) as error:
                        _tell(warn, f"left out {name} in {place.name}: {error}")
                        continue
                    yield wanted[name], np.asarray(picture)
        except (OSError, tarfile.TarError) as error:
            raise PhotoError(f"cannot read the archive {place}: {error}") from error


def _listed(manifest: Path) -> Iterator[Source]:
    needed = ("file", "licence_class", "shard")
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = [n for n in needed if n not in (rows.fieldnames or ())]
        if missing:
            raise PhotoError(f"{manifest}: no column {', '.join(missing)}")
        for row in rows:
            empty = [n for n in needed if not row[n]]
            if empty:
                raise PhotoError(f"{manifest}, line {rows.line_num}: no {' and no '.join(empty)}")
            sides = [int(row[n]) for n in ("width", "height") if (row.get(n) or "").isdigit()]
            yield Source(
                row["file"],
                row["licence_class"],
                manifest.parent / row["shard"],
                max(sides) if sides else None,
            )


def _pictures(folder: Path) -> Iterator[Source]:
    for path in folder.rglob("*"):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            yield Source(path.relative_to(folder).as_posix(), UNKNOWN, path)


def _tell(warn: Callable[[str], None] | None, message: str) -> None:
    if warn is not None:
        warn(message)
