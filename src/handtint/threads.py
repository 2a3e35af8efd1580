"""Independent pieces of one computation, side by side on the processors of the machine.

It pays for pieces that leave the interpreter's lock: compiled kernels and NumPy on large arrays.
BLAS has threads of its own, which share the work of one product and wait for each other busily; for
products as small as those here they take twice the processor time and gain nothing. So they rest
while `shared` works.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

Piece = TypeVar("Piece")
Result = TypeVar("Result")

MOST = 8
"""Threads at most; more would wait for the interpreter."""


def asked_for() -> int:
    """Threads that the environment variable OMP_NUM_THREADS asks for; 0 if it says nothing."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdigit() else 0


def shared(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> list[Result]:
    """``[work(piece) for piece in pieces]``, in threads.

    There are as many threads as `asked_for` says, or as this process may use processors. The first
    exception is raised here, and what was not begun is left undone.
    """
    todo = list(pieces)
    count = min(asked_for() or _processors(), len(todo), MOST)
    with _one_blas_thread:
        if count <= 1:
            return [work(piece) for piece in todo]
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(work, todo))


class _OneBlasThread:
    """Context in which BLAS has one thread.

    How many it has is a matter of the whole process: the first that comes changes it, the last that
    goes changes it back.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._blas: Any = None
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                if self._blas is None:
                    self._blas = ThreadpoolController().select(user_api="blas")
                self._limit = self._blas.limit(limits=1)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.restore_original_limits()


_one_blas_thread = _OneBlasThread()


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
