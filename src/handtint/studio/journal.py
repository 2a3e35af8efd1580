"""The command log on the disk: appended to at every edit, read again after a crash.

JSON Lines. The first line is a snapshot of what was known when the file was written: where the log
begins, its commands so far, the last edit of each page. Each further line is an edit, or tells that
the work was saved::

    {"handtint": "journal", "version": 2, "name": "a.jpg", "sha256": "...", "rev": 0, ...}
    {"rev": 1, "client": "p4Xz", "seq": 1, "command": {"op": "add", "stroke": {...}}}
    {"saved": 1, "disk": "sha256 of what lies in the output"}

Each edit reaches the operating system at once, so that it survives this process, and the disk
within half a second, so that it survives the machine.
"""

from __future__ import annotations

import errno
import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from handtint.errors import HandtintError, HintError
from handtint.io.atomic import replacing
from handtint.pipeline import Settings
from handtint.studio.log import Document, Log
from handtint.studio.protocol import parse_json
from handtint.studio.strokes import Json

VERSION: Final = 2
_READ: Final = (1, 2)
_MOST_CLIENTS: Final = 32


@dataclass(slots=True)
class Record:
    """What a journal tells.

    Parameters
    ----------
    name : str
        Name of the photo's file.
    sha256 : str
        Hash of the photo's file.
    log : Log
        The document and its history.
    rev : int
        How often the document has changed.
    clients : dict
        Number of the last edit of each page, the page that edited last at the end.
    base : str or None
        Hash of the mask file that the project began with.
    saved_rev : int or None
        Revision that was saved last.
    disk : str or None
        Hash of the file that the work is saved to, as it was last written or read.
    damage : str or None
        What could not be read, in one line.
    """

    name: str
    sha256: str
    log: Log = field(default_factory=Log)
    rev: int = 0
    clients: dict[str, int] = field(default_factory=dict)
    base: str | None = None
    saved_rev: int | None = 0
    disk: str | None = None
    damage: str | None = None

    def note_client(self, client: str, seq: int) -> None:
        """Remember the last edit of a page; the pages that edited longest ago are forgotten."""
        self.clients.pop(client, None)
        self.clients[client] = seq
        while len(self.clients) > _MOST_CLIENTS:
            del self.clients[next(iter(self.clients))]

    def header(self) -> Json:
        """The first line of the file."""
        return {
            "handtint": "journal",
            "version": VERSION,
            "name": self.name,
            "sha256": self.sha256,
            "rev": self.rev,
            "clients": self.clients,
            "base": self.base,
            "initial_base": self.log.initial.base,
            "initial_settings": self.log.initial.settings.to_json(),
            "log": self.log.commands,
            "saved": self.saved_rev,
            "disk": self.disk,
        }


class Journal:
    """The file behind a `Record`; the record is changed on one thread, the rest may be on others.

    Parameters
    ----------
    path : Path
        The file.
    record : Record
        What is kept; the caller changes it, and tells each change here.

    Attributes
    ----------
    trouble : str or None
        Why nothing is written at the moment, in one line; the work goes on in memory.
    """

    def __init__(self, path: Path, record: Record) -> None:
        self.path = path
        self.record = record
        self.trouble: str | None = None
        self._file: IO[bytes] | None = None
        self._dirty = False
        self._lock = threading.Lock()
        # While the file is written anew: its number, and what is to be appended to the new one.
        self._replacing = threading.Lock()
        self._number = 0
        self._waiting: list[bytes] | None = None

    def snapshot(self) -> tuple[int, bytes]:
        """The first line of a new file, for `replace`; what is appended from now on follows it.

        It is to be taken where the record is changed: on the event loop.
        """
        with self._lock:
            self._number += 1
            self._waiting = []
            return self._number, _line(self.record.header())

    def replace(self, snapshot: tuple[int, bytes]) -> None:
        """Write the file anew: all of it, or nothing."""
        number, line = snapshot
        failure: OSError | HandtintError | None = None
        with self._replacing:
            try:
                with replacing(self.path, force=True) as file:
                    file.write(line)
            except (OSError, HandtintError) as error:
                failure = error
            with self._lock:
                if number != self._number:
                    return  # There is a newer snapshot, with all of this one.
                waiting, self._waiting = self._waiting or [], None
                self._close()
                if failure is not None:
                    self._fail(failure)
                    return
                self.trouble = None
                try:
                    self._file = self.path.open("ab", buffering=0)
                    self._dirty = False
                    for entry in waiting:
                        self._write(entry)
                except OSError as error:
                    self._fail(error)

    def rewrite(self) -> None:
        """`replace` with a snapshot of now."""
        self.replace(self.snapshot())

    def edited(self, client: str, seq: int, command: Json) -> None:
        """Append an edit that the record has taken in."""
        self._append({"rev": self.record.rev, "client": client, "seq": seq, "command": command})

    def saved(self) -> None:
        """Append that the work was saved, as the record tells."""
        self._append({"saved": self.record.saved_rev, "disk": self.record.disk})

    def sync(self) -> None:
        """Bring what was appended to the disk."""
        with self._lock:
            if self._file is None or not self._dirty:
                return
            self._dirty = False
            descriptor = os.dup(self._file.fileno())
        # Without the lock: a slow disk is not to hold up the next edit.
        try:
            os.fsync(descriptor)
        except OSError as error:
            with self._lock:
                self._fail(error)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Bring all to the disk, and let go of the file."""
        if self.trouble is not None:
            self.rewrite()
        self.sync()
        with self._lock:
            self._close()

    def _append(self, entry: Json) -> None:
        line = _line(entry)
        with self._lock:
            if self._waiting is not None:
                self._waiting.append(line)
            elif self._file is not None:
                try:
                    self._write(line)
                except OSError as error:
                    self._fail(error)

    def _write(self, line: bytes) -> None:
        # One write without a buffer: a crash may cut off the last line, never an older one.
        if self._file is not None and self._file.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._dirty = True

    def _fail(self, error: OSError | HandtintError) -> None:
        reason = error.strerror if isinstance(error, OSError) else None
        self.trouble = f"{self.path.parent}: {reason or error}"
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def read(path: Path) -> Record | None:
    """What a journal tells, which need not be trusted; None when there is no file.

    A line that was cut off by a crash, and whatever follows a damaged line, is left out, and
    `Record.damage` says so; a file without a whole first line is kept beside, with the suffix
    ``.damaged``.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    if not path.exists():
        return None
    data = path.read_bytes()
    keep = path.with_suffix(".damaged")
    try:
        record = parse(data)
    except HandtintError as error:
        path.replace(keep)
        return Record("", "", damage=f"an older log could not be read ({error}); it is {keep}")
    if record.damage is not None:
        keep.write_bytes(data)
        record.damage += f"; it is {keep}"
    return record


def parse(data: bytes) -> Record:
    """What the bytes of a journal tell, up to the first damaged line.

    Raises
    ------
    HandtintError
        When the first line is not whole, or of no journal.
    """
    first, *lines = data.split(b"\n")
    record = _read_header(first)
    for number, line in enumerate(lines, start=2):
        if not line and number == len(lines) + 1:
            break
        try:
            _read_entry(record, parse_json(line))
        except HandtintError as error:
            if number <= len(lines):
                record.damage = f"line {number} of the log is damaged ({error})"
            # Without an end of line: cut off while it was written; its edit was not acknowledged.
            break
    return record


def _read_header(line: bytes) -> Record:
    header = parse_json(line)
    if not isinstance(header, dict) or header.get("handtint") != "journal":
        raise HintError("it is no journal")
    if header.get("version") not in _READ:
        raise HintError(f"its version is {header.get('version')!r}; 1 and 2 are known")
    try:
        return Record(
            name=str(header["name"]),
            sha256=str(header["sha256"]),
            log=Log.replay(
                Document(
                    base=header["initial_base"] is True,
                    # Those of version 1 do not tell.
                    settings=Settings.from_json(header.get("initial_settings", {})),
                ),
                header["log"],
            ),
            rev=int(header["rev"]),
            clients={str(client): int(seq) for client, seq in header["clients"].items()},
            base=_optional(header["base"]),
            saved_rev=None if header["saved"] is None else int(header["saved"]),
            disk=_optional(header["disk"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise HintError(f"its first line is damaged: {error!r}") from error


def _read_entry(record: Record, entry: Any) -> None:
    try:
        if "saved" in entry:
            record.saved_rev, record.disk = int(entry["saved"]), _optional(entry["disk"])
            return
        rev, client, seq = int(entry["rev"]), str(entry["client"]), int(entry["seq"])
        record.log.apply(entry["command"])
    except (KeyError, TypeError, ValueError) as error:
        raise HintError(f"no entry of a journal: {error!r}") from error
    record.rev = rev
    record.note_client(client, seq)


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _line(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode() + b"\n"
