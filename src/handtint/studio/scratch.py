"""Folders for what is made anew at each opening: grey levels, uploads, exports on their way."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from handtint.studio.folder import LOCK, try_lock

_PREFIX: Final = "handtint-studio-"


class Scratch:
    """A folder among the system's temporary ones; `sweep` removes it after a crash."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Locked before it has the name by which `sweep` looks for it.
        part = self.path / "part"
        self._lock = try_lock(part)
        part.replace(self.path / LOCK)

    def fresh(self) -> Path:
        """A new folder within it."""
        return Path(tempfile.mkdtemp(dir=self.path))

    def close(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()


def sweep() -> None:
    """Remove the scratch folders of this person's servers that are no more."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        lock = path / LOCK
        try:
            if path.is_symlink() or lock.is_symlink() or not lock.is_file():
                continue
            if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
                continue
            file = try_lock(lock)
        except OSError:
            continue
        if file is not None:
            shutil.rmtree(path, ignore_errors=True)
            file.close()
