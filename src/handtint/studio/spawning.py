"""Starting processes that Ctrl-C does not reach."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def sheltered() -> Iterator[None]:
    """Keep Ctrl-C from processes that are started inside, until they ignore it themselves.

    A terminal sends it to all processes of a command. One that is still being started would die of
    it, with a traceback; the signals that this thread holds back are held back there too.
    """
    if sys.platform == "win32":
        yield
        return
    # It would end the holding back when it is started in between.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
