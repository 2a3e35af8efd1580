"""Peak memory of a piece of work, from the kernel's own count (Linux)."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5), clear_refs


class PeakMemory:
    """Context manager: how far the resident memory rose above its level at the start.

    After the block, ``bytes`` holds the difference between the largest resident set during the
    block and the resident set when it began; None on systems without Linux's ``/proc``.
    """

    def __init__(self) -> None:
        self.bytes: int | None = None
        self._before = 0

    def __enter__(self) -> Self:
        if _CLEAR.exists():
            _CLEAR.write_text(_RESET_PEAK)
            self._before = _status("VmRSS")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if _CLEAR.exists():
            self.bytes = max(0, _status("VmHWM") - self._before)


def _status(field: str) -> int:
    """A memory field of this process, in bytes."""
    for line in _STATUS.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise RuntimeError(f"no {field} in {_STATUS}")
