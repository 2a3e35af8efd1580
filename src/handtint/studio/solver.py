"""The server's side of the worker: requests and jobs go in, pictures come out, deaths are mended.

Jobs go through a mailbox with one slot: a newer job takes the place of one that was not sent yet,
and makes the worker leave the one it is at. A worker that dies is replaced: the photograph is
opened again and the newest job replayed, unless it killed three workers already.
"""

from __future__ import annotations

import ctypes
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Final, TypeAlias

from handtint.errors import PhotoError
from handtint.hints import Stroke
from handtint.pipeline.suggestions import Likely, Spot
from handtint.studio import exports, worker
from handtint.studio.messages import (
    Advise,
    Ended,
    Event,
    Frame,
    Job,
    Open,
    Opened,
    Reply,
    Restarted,
    SetBase,
    Status,
    Work,
    shortened,
)
from handtint.studio.spawning import sheltered
from handtint.studio.wording import said, words_of

__all__ = ["Event", "Frame", "Job", "Opened", "Restarted", "Solver", "Status"]

MOST_DEATHS: Final = 3
"""Workers that one job, or one photograph, may kill before it is given up."""

CANCEL_SECONDS: Final = 0.5
"""A worker that has not left a cancelled job after this time is replaced: some methods look up
only between steps that take seconds."""

_CONTEXT: Final = get_context("spawn")

Request: TypeAlias = Open | SetBase | Advise


@dataclass(slots=True)
class _Link:
    """One worker process and the way to it."""

    process: SpawnProcess
    connection: Connection
    # Held while sending and while closing, so that nobody writes to a closed descriptor.
    sending: threading.Lock
    strokes: tuple[Stroke, ...] = ()


class Solver:
    """A worker process for one photograph; may be used from any thread.

    Parameters
    ----------
    scratch : Path
        Folder for what the worker leaves: ``level-N.gray`` (`handtint.studio.pyramid`) and
        ``base.png``, the mask as RGBA.
    on_event : callable
        Told of pictures and of what is being done, from a thread of the solver.
    """

    def __init__(self, scratch: Path, on_event: Callable[[Event], None]) -> None:
        self._scratch, self._on_event = scratch, on_event
        self._newest = _CONTEXT.RawValue(ctypes.c_uint64, 0)
        self._state = threading.Condition()
        self._closing = False
        self._tickets = 0
        self._requests: deque[Request] = deque()
        self._pending: dict[int, tuple[Request, Future[Any]]] = {}
        self._open: Open | None = None
        self._base: Path | None = None
        self._job: Job | None = None
        self._unsent = False
        self._cancelled = False
        self._running: int | None = None
        self._stopping = False
        self._deaths = 0
        self._exports: list[exports.Export] = []
        self._link = self._spawn()
        self._threads = [
            threading.Thread(target=target, name=f"handtint {name}", daemon=True)
            for target, name in ((self._listen, "listen"), (self._send, "send"))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker."""
        return self._link.process.pid

    def open(self, source: Path, name: str, mask: Path | None = None) -> Future[Opened]:
        """Decode a photograph, and a mask below its strokes.

        Parameters
        ----------
        source : Path
            The file; it has to stay.
        name : str
            What the person calls it, for messages.
        mask : Path, optional
            A mask, a marked photo or a stroke document; it has to stay.

        Returns
        -------
        Future of Opened
            Or of a `PhotoError` or `HintError`.
        """
        return self._request(lambda ticket: Open(ticket, source, name, mask))

    def set_base(self, mask: Path) -> Future[None]:
        """Decode another mask to lie below the strokes; the file has to stay.

        Returns
        -------
        Future of None
            Or of a `PhotoError` or `HintError`.
        """
        return self._request(lambda ticket: SetBase(ticket, mask))

    def spots(self) -> Future[tuple[Spot, ...]]:
        """Where more strokes would help the document that was submitted last.

        Returns
        -------
        Future of tuple of Spot
            The most helpful first; or of a `HandtintError`.
        """
        return self._request(lambda ticket: Advise(ticket, None))

    def palette(self, x: float, y: float) -> Future[tuple[Likely, ...]]:
        """Likely colours of a place, for the document that was submitted last.

        Parameters
        ----------
        x, y : float, in [0, 1]
            The place, as shares of width and height.

        Returns
        -------
        Future of tuple of Likely
            The likeliest first; or of a `HandtintError`.
        """
        return self._request(lambda ticket: Advise(ticket, (x, y)))

    def submit(self, job: Job) -> None:
        """Colour a document; it takes the place of all jobs before. Returns at once."""
        with self._state:
            self._newest.value += 1
            self._job, self._unsent, self._cancelled, self._deaths = job, True, False, 0
            self._state.notify_all()

    def cancel(self) -> None:
        """Leave the job that is being done, if there is one."""
        with self._state:
            job, unsent, running = self._job, self._unsent, self._running
            if job is None:
                return
            self._newest.value += 1
            self._cancelled, self._unsent = True, False
        if running is not None:
            timer = threading.Timer(CANCEL_SECONDS, self._insist, (running,))
            timer.daemon = True
            timer.start()
        elif unsent:
            self._on_event(_cancelled(job))

    def export(self, job: Job, format: str, target: Path, name: str) -> Future[Path]:
        """Write a document at full size, in a process of its own that yields to others.

        Parameters
        ----------
        job : Job
            The document.
        format : str
            One of `handtint.studio.exports.FORMATS`.
        target : Path
            The file; an older one is replaced.
        name : str
            Name of the photo's file, for messages and for project files.

        Returns
        -------
        Future of Path
            Or of a `HandtintError`.
        """
        with self._state:
            opened, base = self._open, self._base
            if opened is None or self._closing:
                future: Future[Path] = Future()
                future.set_exception(PhotoError(said("no_photo")))
                return future
            base = base if job.base else None
            export = exports.Export(exports.Order(job, format, opened.source, base, target, name))
            self._exports = [e for e in self._exports if not e.future.done()] + [export]
        return export.future

    def close(self) -> None:
        """End the worker; futures that wait get an error."""
        with self._state:
            if self._closing:
                return
            self._closing = True
            self._newest.value += 1
            self._state.notify_all()
            self._link.process.kill()
            for export in self._exports:
                export.stop()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(10)
        with self._state:
            pending, self._pending = list(self._pending.values()), {}
        for _, future in pending:
            _fail(future, PhotoError(said("closed")))

    # -- inside

    def _request(self, make: Callable[[int], Request]) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        with self._state:
            if self._closing:
                future.set_exception(PhotoError(said("closed")))
                return future
            self._tickets += 1
            request = make(self._tickets)
            self._pending[self._tickets] = (request, future)
            self._requests.append(request)
            self._deaths = 0
            self._state.notify_all()
        return future

    def _spawn(self) -> _Link:
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(
            target=worker.main,
            args=(theirs, self._newest, self._scratch),
            name="handtint worker",
            daemon=True,
        )
        with sheltered():
            process.start()
        theirs.close()
        return _Link(process, ours, threading.Lock())

    def _send(self) -> None:
        """Thread: hand over requests, and the newest job."""
        while True:
            with self._state:
                self._state.wait_for(lambda: self._closing or self._requests or self._unsent)
                if self._closing:
                    return
                link = self._link
                message: Request | Work
                # Advice is about the newest strokes: the worker has to have them.
                early = self._unsent and self._requests and isinstance(self._requests[0], Advise)
                if self._job is None or (self._requests and not early):
                    message = self._requests.popleft()
                else:
                    job, self._unsent = self._job, False
                    strokes = shortened(job.strokes, link.strokes)
                    link.strokes = job.strokes
                    self._running = self._newest.value
                    message = Work(self._running, replace(job, strokes=()), strokes)
            with link.sending:
                if not link.connection.closed:
                    try:
                        link.connection.send(message)
                    except OSError:
                        # The worker is dead; all that it did not answer is sent to the next one.
                        continue

    def _listen(self) -> None:
        """Thread: pass on what the worker says; replace it when it dies."""
        while True:
            link = self._link
            try:
                while True:
                    self._hear(link.connection.recv())
            except (EOFError, OSError):
                pass
            link.process.join(10)
            with link.sending:
                link.connection.close()
            if not self._revive():
                return

    def _hear(self, message: Event | Reply | Ended) -> None:
        if isinstance(message, Reply):
            with self._state:
                request, future = self._pending.pop(message.ticket, (None, None))
                job = self._job
                if request is not None:
                    self._deaths = 0
                if message.error is None:
                    self._remember(request)
            if future is None and message.error is not None and job is not None:
                # The photograph, opened again after a death.
                status = Status("failed", job.rev, 0, job.settings.method, words_of(message.error))
                self._on_event(status)
            elif future is not None and message.error is not None:
                _fail(future, message.error)
            elif future is not None:
                future.set_result(message.value)
        elif isinstance(message, Ended):
            with self._state:
                if self._running == message.serial:
                    self._running = None
                job = self._job if message.cancelled and self._cancelled else None
                if not message.cancelled:
                    self._deaths = 0
            if job is not None:
                self._on_event(_cancelled(job))
        else:
            self._on_event(message)

    def _remember(self, request: Request | None) -> None:
        if isinstance(request, Open):
            self._open, self._base = request, request.mask
        elif isinstance(request, SetBase):
            self._base = request.mask

    def _revive(self) -> bool:
        """Start a new worker with all that the old one knew; tells whether there is one."""
        with self._state:
            if self._closing:
                return False
            stopped, self._stopping, self._running = self._stopping, False, None
            self._deaths += not stopped
            if self._deaths > MOST_DEATHS and not self._needed():
                return False
            hopeless = self._deaths >= MOST_DEATHS
            failed = list(self._pending.values()) if hopeless else []
            if hopeless:
                self._pending.clear()
            self._requests = deque(request for request, _ in self._pending.values())
            if self._open is not None:
                self._requests.appendleft(replace(self._open, ticket=0, mask=self._base))
            job, self._unsent = self._job, False
            if job is not None and not hopeless and not self._cancelled:
                self._newest.value += 1
                self._unsent = True
            self._link = self._spawn()
            self._state.notify_all()
        for _, future in failed:
            _fail(future, PhotoError(said("deadly_file")))
        if not stopped:
            self._on_event(Restarted(said("restarted")))
        elif job is not None and not self._unsent:
            self._on_event(_cancelled(job))
        if hopeless and job is not None:
            message = said("deadly_job", times=MOST_DEATHS)
            self._on_event(Status("failed", job.rev, 0, job.settings.method, message))
        return True

    def _insist(self, serial: int) -> None:
        """End a worker that is still at a job which was cancelled."""
        with self._state:
            if self._running == serial and not self._closing:
                self._stopping = True
                self._link.process.kill()

    def _needed(self) -> bool:
        """Wait, after deaths that nothing explains, until a worker is needed or the end."""
        self._state.wait_for(lambda: self._closing or self._deaths == 0)
        return not self._closing


def _cancelled(job: Job) -> Status:
    return Status("cancelled", job.rev, 0, job.settings.method)


def _fail(future: Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
