"""Project files: a photograph, its strokes and their history in one file, ``NAME.handtint``.

A project is a zip archive:

=================  ==================================================================
``manifest.json``  format, version, name, size and SHA-256 of the photograph, file names
``log.jsonl``      the commands that made the document, one a line
``strokes.jsonl``  the strokes as they are now, a `handtint.hints.StrokeDocument`
``source.EXT``     the photograph's file, byte by byte; may be missing
``base.EXT``       a mask that lay below the strokes when they were begun; may be missing
``preview.jpg``    a small picture of the result; may be missing
=================  ==================================================================

Reading trusts nothing: no name but these, no entry above its limit, no newer version. What the
commands mean is the studio's business; here they are JSON objects. The same project is always
written as the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from reprlib import repr as brief
from typing import Any, BinaryIO, Final, NoReturn

from handtint.errors import ProjectError
from handtint.hints import StrokeDocument
from handtint.hints.document import MAX_SIDE
from handtint.hints.stroke import is_integer
from handtint.io.atomic import replacing
from handtint.io.photo import shown
from handtint.pipeline.settings import Settings

__all__ = ["ProjectData", "Settings", "read_project", "write_project"]

VERSION: Final = 2
"""Version of the format that is written, and the newest that is read."""

MAX_COMMANDS: Final = 200_000
_LIMITS: Final = {
    "manifest.json": 65_536,
    "log.jsonl": 64_000_000,
    "strokes.jsonl": 64_000_000,
    "preview.jpg": 4_000_000,
    "source": 500_000_000,
    "base": 200_000_000,
}
"""Largest size of each entry, in bytes, unpacked."""

_MOST_ENTRIES: Final = len(_LIMITS)
_PICTURE: Final = re.compile(r"(source|base)\.(png|jpg|webp|tif|bmp|jsonl|bin)")
_SIGNATURES: Final = {
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpg",
    b"RIFF": "webp",
    b"II": "tif",
    b"MM": "tif",
    b"BM": "bmp",
    b"{": "jsonl",
}
_KEYS: Final = frozenset(
    {"handtint", "version", "name", "height", "width", "sha256", "source", "base"}
)
_DAMAGE: Final = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    LookupError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)
"""What `zipfile` raises for the damages that an archive can have."""


@dataclass(frozen=True, slots=True)
class ProjectData:
    """What a project file holds.

    Parameters
    ----------
    source : bytes or None
        The photograph's file; None where the project does without.
    name : str
        Name of the photograph's file.
    source_sha256 : str
        SHA-256 of the photograph's file, 64 hexadecimal digits.
    log : tuple of dict
        The commands that made the document, as JSON objects; nothing in them has been checked.
    base : bytes or None
        File of the mask below the strokes, a picture or a stroke document.
    shape : (int, int) or None
        Height and width of the photograph; None where nobody knows.
    settings : mapping
        The `Settings` before the first command, as a JSON object; nothing in it has been checked.
        Empty: those of version 1, the defaults of `Settings`.
    """

    source: bytes | None
    name: str
    source_sha256: str
    log: tuple[dict[str, Any], ...] = ()
    base: bytes | None = None
    shape: tuple[int, int] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


def write_project(
    path: str | os.PathLike[str],
    data: ProjectData,
    *,
    document: StrokeDocument | None = None,
    preview: bytes | None = None,
) -> None:
    """Write a project file: all of it or nothing. A file that is there is replaced.

    Parameters
    ----------
    path : path
        Where to.
    data : ProjectData
        What `read_project` is to give back.
    document : StrokeDocument, optional
        The strokes as they are now, for other programs.
    preview : bytes, optional
        A small JPEG of the result, for file managers.

    Raises
    ------
    OutputError
        When it cannot be written; what was there is intact.
    """
    shape = data.shape if document is None else document.shape
    source, base = _entry("source", data.source), _entry("base", data.base)
    manifest = {
        "handtint": "project",
        "version": VERSION,
        "name": data.name,
        "height": None if shape is None else shape[0],
        "width": None if shape is None else shape[1],
        "sha256": data.source_sha256,
        "source": source,
        "base": base,
        "settings": dict(data.settings),
    }
    with replacing(Path(path), force=True) as file, zipfile.ZipFile(file, "w") as archive:
        _put(archive, "manifest.json", json.dumps(manifest, indent=1).encode())
        _put(archive, "log.jsonl", b"".join(_line(command) for command in data.log))
        if document is not None:
            _put(archive, "strokes.jsonl", document.to_text().encode())
        for name, content in ((source, data.source), (base, data.base)):
            if name is not None and content is not None:
                # Pictures are packed already.
                _put(archive, name, content, packed=name.endswith(("jpg", "png", "webp")))
        if preview is not None:
            _put(archive, "preview.jpg", preview, packed=True)


def read_project(path: str | os.PathLike[str]) -> ProjectData:
    """Read a project file, which need not be trusted.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    ProjectData
        The photograph, where there is one, has the SHA-256 that the manifest tells.

    Raises
    ------
    ProjectError
        When it cannot be read, is damaged, of a newer version, or no project file.
    """
    path = Path(path)
    with _named(path), _opened(path) as file, zipfile.ZipFile(file) as archive:
        entries = _checked(archive)
        manifest = _manifest(_get(archive, entries, "manifest.json"))
        log = _get(archive, entries, "log.jsonl").splitlines()
        if len(log) > MAX_COMMANDS:
            raise ProjectError(f"{len(log)} commands; at most {MAX_COMMANDS} are read")
        commands = tuple(_json(line, f"log.jsonl, line {n}") for n, line in enumerate(log, 1))
        source = _optional(archive, entries, manifest["source"])
        base = _optional(archive, entries, manifest["base"])
        digest = manifest["sha256"]
        if source is not None and hashlib.sha256(source).hexdigest() != digest:
            raise ProjectError(
                "the photo in it is not the one that was painted on (its SHA-256 differs); the "
                "file is damaged or was changed"
            )
        height, width = manifest["height"], manifest["width"]
        shape = None if height is None else (height, width)
        settings = manifest.get("settings", {})
        return ProjectData(source, manifest["name"], digest, commands, base, shape, settings)


def _entry(stem: str, content: bytes | None) -> str | None:
    """Name of the entry for a file, by what it begins with."""
    if content is None:
        return None
    suffix = next((s for start, s in _SIGNATURES.items() if content.startswith(start)), "bin")
    return f"{stem}.{suffix}"


def _put(archive: zipfile.ZipFile, name: str, content: bytes, *, packed: bool = False) -> None:
    # The time of the archive's format's beginning: the same project gives the same bytes.
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o644 << 16
    info.create_system = 3
    info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    archive.writestr(info, content, compresslevel=None if packed else 6)


def _line(command: dict[str, Any]) -> bytes:
    return json.dumps(command, separators=(",", ":"), allow_nan=False).encode() + b"\n"


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors inside become a `ProjectError` that begins with the name of the file."""
    try:
        yield
    except ProjectError as error:
        raise ProjectError(f"{shown(path)}: {error}") from error.__cause__
    except MemoryError as error:
        raise ProjectError(f"{shown(path)}: there is not enough memory for it") from error
    except zipfile.BadZipFile as error:
        raise ProjectError(f"{shown(path)}: this is no project file, or it is damaged") from error
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ProjectError(f"{shown(path)}: the file is damaged: {reason}") from error


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise ProjectError(f"it cannot be opened: {error.strerror}") from error
    with file:
        yield file


def _checked(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries by name, once names, sizes and methods are known to be allowed."""
    infos = archive.infolist()
    if len(infos) > _MOST_ENTRIES:
        raise ProjectError(f"{len(infos)} entries; a project has at most {_MOST_ENTRIES}")
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.filename
        picture = _PICTURE.fullmatch(name)
        limit = _LIMITS.get(picture[1] if picture else name)
        if limit is None or name in {"source", "base"}:
            raise ProjectError(f"unknown entry {brief(name)}; this is no project file")
        if name in entries:
            raise ProjectError(f"two entries {name}; the file is damaged")
        if info.flag_bits & 1 or info.compress_type not in {
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        }:
            raise ProjectError(f"{name} is encrypted or packed in a way that projects are not")
        if info.file_size > limit:
            raise ProjectError(f"{name} has {info.file_size} bytes; at most {limit} are read")
        entries[name] = info
    return entries


def _get(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], name: str) -> bytes:
    if name not in entries:
        raise ProjectError(f"{name} is missing; this is no project file, or it is damaged")
    info = entries[name]
    with archive.open(info) as file:
        # No more than the checked size is unpacked, whatever is in there.
        content = file.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise ProjectError(f"{name} is not as long as it says; the file is damaged")
    return content


def _optional(
    archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], name: str | None
) -> bytes | None:
    return None if name is None else _get(archive, entries, name)


def _manifest(content: bytes) -> dict[str, Any]:
    manifest = _json(content, "manifest.json")
    if manifest.get("handtint") != "project":
        raise ProjectError("this is no project file of handtint")
    version = manifest.get("version")
    if not is_integer(version) or version < 1:
        raise ProjectError(f"version is {brief(version)}; must be a whole number from 1")
    if version > VERSION:
        raise ProjectError(f"version {version} is newer than {VERSION}, the newest known; update")
    if missing := _KEYS - manifest.keys():
        raise ProjectError(f"manifest.json lacks {', '.join(sorted(missing))}")
    name, digest = manifest["name"], manifest["sha256"]
    if not (isinstance(name, str) and 0 < len(name) <= 1000):
        raise ProjectError(f"name is {brief(name)}; must be 1 to 1000 characters")
    if not (isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest)):
        raise ProjectError(f"sha256 is {brief(digest)}; must be 64 hexadecimal digits")
    sides = [manifest["height"], manifest["width"]]
    if sides != [None, None] and not all(is_integer(s) and 1 <= s <= MAX_SIDE for s in sides):
        raise ProjectError(f"height and width are {brief(sides)}; must be whole numbers from 1")
    if not isinstance(manifest.get("settings", {}), dict):
        raise ProjectError(f"settings are {brief(manifest['settings'])}; must be an object")
    for stem in ("source", "base"):
        entry = manifest[stem]
        match = _PICTURE.fullmatch(entry) if isinstance(entry, str) else None
        if entry is not None and (match is None or match[1] != stem):
            raise ProjectError(f"{stem} is {brief(entry)}; must be {stem} with a suffix")
    return manifest


def _json(text: bytes, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{where}: not valid JSON ({error})") from error
    if not isinstance(value, dict):
        raise ProjectError(f"{where}: must be a JSON object, is {brief(value)}")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
