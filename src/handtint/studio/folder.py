"""The folder in which the studio keeps what is being worked on: finding and locking.

Each photo has a folder of its own, named by the photo's hash and, where the same photo may be
worked on for different ends (masks, project files), by a hash of that end. A folder in use is
locked; a second server takes the next one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import platformdirs

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK: Final = "lock"
"""Name of the file in a folder that is locked while somebody works there."""

_MOST_FOLDERS: Final = 20
"""Servers that may work on the same photo at once."""


@dataclass(slots=True)
class Folder:
    """A locked folder; `release` lets others have it.

    Parameters
    ----------
    path : Path
        The folder.
    kept : bool
        Whether it outlives this process.
    """

    path: Path
    kept: bool
    _lock: IO[bytes] | None = None

    @property
    def source(self) -> Path:
        """The photo as it was opened."""
        return self.path / "source"

    @property
    def mask(self) -> Path:
        """The mask that the project began with, as it was opened."""
        return self.path / "mask"

    @property
    def journal(self) -> Path:
        """The command log."""
        return self.path / "journal.jsonl"

    def release(self, *, forget: bool) -> None:
        """Unlock it; drop it when nothing in it is needed any more."""
        if forget or not self.kept:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            # Whoever opens the photo again brings it; only the strokes are the person's work.
            self.source.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def state_folder() -> Path:
    """Where folders are kept: ``HANDTINT_STATE``, or the platform's place for such data."""
    named = os.environ.get("HANDTINT_STATE")
    return Path(named) if named else Path(platformdirs.user_state_path("handtint")) / "studio"


def candidates(sha256: str, end: str = "") -> Iterator[Folder]:
    """Folders for a photo that nobody else works in, the first choice first, each locked.

    The caller takes one and releases the others.

    Parameters
    ----------
    sha256 : str
        Hash of the photo's file.
    end : str
        What it is worked on for.

    Raises
    ------
    OSError
        When the place for such folders cannot be written.
    """
    name = sha256[:40]
    if end:
        name += "-" + hashlib.sha256(end.encode(errors="surrogateescape")).hexdigest()[:12]
    for number in range(1, _MOST_FOLDERS + 1):
        path = state_folder() / (name if number == 1 else f"{name}.{number}")
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = try_lock(path / LOCK)
        if lock is not None:
            yield Folder(path, kept=True, _lock=lock)


def temporary(parent: Path) -> Folder:
    """A folder within ``parent``, for when nothing can be kept."""
    path = parent / "kept"
    path.mkdir()
    return Folder(path, kept=False)


def try_lock(path: Path) -> IO[bytes] | None:
    """The open lock file, or None when another process, or another project, holds it."""
    try:
        file = path.open("ab")
    except FileNotFoundError:
        return None  # Its folder has just been removed.
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it before may have removed the folder since it was opened.
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
    except OSError:
        pass
    file.close()
    return None
