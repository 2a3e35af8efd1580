"""How the project's kernels are compiled, and how a caller learns that they are.

Kernels are compiled by numba for the machine at hand when first called, and kept on disk: later
runs load them. `notify_compilation` tells the caller when a compilation really takes place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numba
from numba.core import event

kernel: Callable[..., Any] = partial(
    numba.njit,
    cache=True,
    nogil=True,
    error_model="numpy",
    fastmath={"reassoc", "contract", "arcp", "nsz"},
)
"""Decorator ``@kernel()``: cached on disk, without the GIL, NaN and infinity kept as they are."""

inlined: Callable[..., Any] = partial(kernel, inline="always")
"""Decorator ``@inlined()`` for small functions used inside kernels."""


class _OnFirst(event.Listener):
    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def on_start(self, _event: Any) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()

    def on_end(self, _event: Any) -> None:
        """Nothing to do: only the start of a compilation is of interest."""


@contextmanager
def notify_compilation(callback: Callable[[], None]) -> Iterator[None]:
    """Call ``callback`` once if a kernel has to be compiled inside the ``with`` block.

    Kernels that are loaded from disk do not count.
    """
    listener = _OnFirst(callback)
    event.register("numba:compile", listener)
    try:
        yield
    finally:
        event.unregister("numba:compile", listener)
