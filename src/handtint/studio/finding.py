"""Finding what was painted on a photo before: its folder, and the journal in it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from handtint.errors import HintError, PhotoError
from handtint.io.photo import shown
from handtint.pipeline.project import ProjectData, Settings, read_project
from handtint.studio import folder as folders
from handtint.studio import journal
from handtint.studio.files import Output, file_hash
from handtint.studio.folder import Folder
from handtint.studio.journal import Record
from handtint.studio.log import Document, Log
from handtint.studio.wording import said


@dataclass(slots=True)
class Found:
    """A folder for a photo, and what was in it.

    Parameters
    ----------
    folder : Folder
        Locked.
    record : Record
        The document and its history.
    recovered : bool
        Whether it has strokes of an earlier run that were not saved.
    fresh : bool
        Whether there was nothing in the folder.
    trouble : str or None
        Why nothing can be kept.
    """

    folder: Folder
    record: Record
    recovered: bool = False
    fresh: bool = True
    trouble: str | None = None


def find(scratch: Path, path: Path, name: str, mask: Path | None, output: Output | None) -> Found:
    """Copy what is opened into a folder, and read the journal there.

    Parameters
    ----------
    scratch : Path
        Folder for what a project file holds, and for the copy where nothing can be kept.
    path : Path
        The photo or project file.
    name : str
        What it is called.
    mask : Path or None
        Strokes to begin with.
    output : Output or None
        The file that Save writes.

    Raises
    ------
    PhotoError, HintError, ProjectError
        When it is no project that can be opened, or has a mask and is given another one.
    """
    source, end, disk, log, base = path, "", None, None, mask
    if is_archive(path):
        data = read_project(path)
        source = _unpack_source(data, scratch)
        name = data.name
        settings = Settings.from_json(data.settings)
        log = Log.replay(Document(base=data.base is not None, settings=settings), data.log)
        if data.base is not None:
            base = scratch / "opened-base"
            base.write_bytes(data.base)
        end = f"project {file_hash(path)}"
    if mask is not None and log is not None and log.initial.base:
        raise HintError(f"{mask.name}: the project has a mask already; give it without --strokes")
    if output is not None:
        end = f"{output.kind} {output.path.resolve()}"
        disk = file_hash(output.path) if output.path.exists() else None
    elif mask is not None:
        end += f"strokes {file_hash(mask)}"
    wanted = Record(
        name,
        file_hash(source),
        log=log or Log(Document.fresh(base=base is not None)),
        base=None if base is None else file_hash(base),
        disk=disk,
    )
    wanted.rev = wanted.saved_rev = len(wanted.log.commands)
    return _settle(wanted, source, base, end, scratch)


def is_archive(path: Path) -> bool:
    """Whether a file is a project file, by its first bytes; a photo never begins like it.

    Raises
    ------
    PhotoError
        When the file cannot be read.
    """
    try:
        if not path.is_file() and path.exists():
            raise PhotoError(f"{shown(path)}: this is no file; name a picture file")
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PhotoError(f"{shown(path)}: it cannot be opened: {reason}") from error


def _settle(wanted: Record, source: Path, base: Path | None, end: str, scratch: Path) -> Found:
    try:
        for folder in folders.candidates(wanted.sha256, end):
            try:
                found = _in_folder(folder, wanted)
                if found is not None:
                    _copy(source, folder.source)
                    if found.fresh and base is not None:
                        _copy(base, folder.mask)
                    return found
            except BaseException:
                folder.release(forget=False)
                raise
            folder.release(forget=False)
        trouble = "this photo is open in too many windows"
    except OSError as error:
        trouble = f"{folders.state_folder()}: {error.strerror or error}"
    folder = folders.temporary(scratch)
    shutil.copyfile(source, folder.source)
    if base is not None:
        shutil.copyfile(base, folder.mask)
    return Found(folder, wanted, trouble=trouble)


def _in_folder(folder: Folder, wanted: Record) -> Found | None:
    """What is kept in a folder, or None when it belongs to another state of the file."""
    old = journal.read(folder.journal)
    if old is None or not old.sha256:
        if old is not None:
            wanted.damage = old.damage
        return Found(folder, wanted)
    whole = old.base is None or folder.mask.exists()
    if old.sha256 != wanted.sha256 or old.disk != wanted.disk or not whole:
        return None
    old.name = wanted.name
    painted = len(old.log.commands) > 0 and old.rev != old.saved_rev
    return Found(folder, old, recovered=painted, fresh=False)


def _copy(source: Path, target: Path) -> None:
    if target.exists() and file_hash(target) == file_hash(source):
        return
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    part.replace(target)


def _unpack_source(data: ProjectData, scratch: Path) -> Path:
    """The photo of a project file, or the one of the same hash that was opened here before."""
    if data.source is not None:
        path = scratch / "opened-source"
        path.write_bytes(data.source)
        return path
    for path in sorted(folders.state_folder().glob(f"{data.source_sha256[:40]}*/source")):
        if file_hash(path) == data.source_sha256:
            return path
    raise PhotoError(said("no_source", name=data.name))
