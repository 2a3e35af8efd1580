"""Dropping folders in which nothing was painted: a photo that was opened and closed again.

Whatever has a stroke, even one that was taken back, a changed setting, or damage, is kept for ever:
only the person may forget it.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path
from typing import Final

from handtint.errors import HandtintError
from handtint.studio import journal
from handtint.studio.folder import LOCK, Folder, state_folder, try_lock

_DAY: Final = 86_400.0
_ADDS: Final = b'"op":"add"'


def prune() -> None:
    """Drop the folders of this person that nobody works in, a day old, with nothing painted."""
    with contextlib.suppress(OSError):
        for path in state_folder().iterdir():
            _prune(path)


def _prune(path: Path) -> None:
    lock = path / LOCK
    with contextlib.suppress(OSError):
        if path.is_symlink() or lock.is_symlink() or not lock.is_file():
            return
        file = try_lock(lock)
        if file is None:
            return
        with file:
            if _age(path) > _DAY and is_blank(Folder(path, kept=True)):
                shutil.rmtree(path, ignore_errors=True)


def is_blank(folder: Folder) -> bool:
    """Whether nothing is lost with a folder: whatever is not understood counts as something.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    known = {folder.path / LOCK, folder.source, folder.mask, folder.journal}
    if set(folder.path.iterdir()) - known:
        return False
    if not folder.journal.exists():
        return True
    # Most journals have strokes: then there is no need to understand the rest.
    data = folder.journal.read_bytes()
    if _ADDS in data:
        return False
    try:
        record = journal.parse(data)
    except HandtintError:
        return False
    return record.damage is None and record.log.blank


def _age(path: Path) -> float:
    """Seconds since anything in a folder was written."""
    return time.time() - max(file.stat().st_mtime for file in path.iterdir())
