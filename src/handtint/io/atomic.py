"""Writing files so that nothing is ever lost: checks before, all or nothing during.

A picture goes to a temporary file in the same folder, which takes the name of the output only when
it is complete and on the disk. Until then an older file of that name stays as it was, and after an
error nothing is left behind.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from handtint.errors import OutputError
from handtint.io.photo import shown

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
"""Suffixes of the formats that are written."""


def check_output(
    path: str | os.PathLike[str],
    *,
    sources: Sequence[str | os.PathLike[str]] = (),
    force: bool = False,
    suffixes: Sequence[str] = SUFFIXES,
) -> None:
    """Make sure that a picture may and can be written; nothing is written yet.

    Parameters
    ----------
    path : path
        Where the picture is to go.
    sources : sequence of paths
        Files that must never be overwritten: under the same name, through symbolic or hard links,
        or under a name that differs only in case or in Unicode composition.
    force : bool
        Whether another existing file may be replaced.
    suffixes : sequence of str
        Suffixes of the formats that are written.

    Raises
    ------
    OutputError
        When the suffix names no format that is written, the folder does not exist or is closed,
        the file is one of the sources, exists and is not to be replaced, or is write-protected.
    """
    target = Path(path)
    if target.suffix.lower() not in suffixes:
        raise OutputError(
            f"{shown(path)}: the suffix {shown(target.suffix)} names no format that can be "
            f"written; use one of {', '.join(suffixes)}"
        )
    try:
        _check_place(target, sources, force=force)
    except (OSError, ValueError) as error:
        raise _output_error(target, error) from error


def _check_place(target: Path, sources: Sequence[str | os.PathLike[str]], *, force: bool) -> None:
    folder = _resolved(target).parent
    if not folder.is_dir():
        raise OutputError(f"{shown(target)}: there is no folder {shown(folder)}; make it first")
    for source in sources:
        if _is_same_file(target, Path(source)):
            raise OutputError(
                f"{shown(target)}: this is the source {shown(source)}, which is never "
                "overwritten; choose another name"
            )
    if target.exists():
        if not stat.S_ISREG(target.stat().st_mode):
            raise OutputError(f"{shown(target)}: this is no regular file; choose another name")
        if not force:
            raise OutputError(f"{shown(target)}: the file exists; --force overwrites it")
        if not os.access(target, os.W_OK):
            raise OutputError(f"{shown(target)}: the file is write-protected; choose another name")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{shown(target)}: the folder {shown(folder)} is write-protected")


@contextmanager
def replacing(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Open a temporary file that becomes ``path`` when the block ends without an error.

    Parameters
    ----------
    path : Path
        The file; a symbolic link is followed, so that it keeps pointing to the new file.
    force : bool
        Whether an existing file may be replaced.

    Yields
    ------
    binary file
        Open for writing and reading.

    Raises
    ------
    OutputError
        When the file system refuses, with its reason; the temporary file is gone then.
    """
    target = _resolved(path)
    # A short name: the name of the output may be as long as the file system allows.
    temporary = target.with_name(f".handtint-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if not force and target.exists():
            raise OutputError(f"{shown(path)}: the file exists by now; --force overwrites it")
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise _output_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; some file systems have no such thing and say so."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def _output_error(path: Path, error: OSError | ValueError) -> OutputError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return OutputError(f"{shown(path)}: it cannot be written: {reason}; nothing was changed")


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _is_same_file(target: Path, source: Path) -> bool:
    if target.exists() and source.exists() and target.samefile(source):
        return True
    return _folded(target) == _folded(source)


def _folded(path: Path) -> str:
    """The name as file systems see it that ignore case and Unicode composition."""
    return unicodedata.normalize("NFC", os.fspath(_resolved(path)).casefold())
