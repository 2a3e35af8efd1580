"""The worker process: decodes photographs and colours them, so that the server never has to.

It takes requests and jobs from a pipe, one after the other. While a method runs, a counter in
shared memory tells whether a newer job has come; then it stops. When there is nothing to do, it
prepares what the next stroke will need.
"""

from __future__ import annotations

import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from handtint import io
from handtint.color import space as color_space
from handtint.errors import Cancelled, HandtintError, HintError, PhotoError
from handtint.hints import MaskHints, Stroke, StrokeDocument
from handtint.jit import notify_compilation
from handtint.pipeline import Settings, painting_method, read_strokes
from handtint.pipeline.grids import shape_of
from handtint.resample import fit, reduce_area
from handtint.studio.advising import Advising
from handtint.studio.frames import guide_frame
from handtint.studio.messages import (
    FINAL,
    PREVIEW,
    REFINED,
    Advise,
    Ended,
    Event,
    Job,
    Open,
    Opened,
    Reply,
    SetBase,
    Status,
    Work,
    lengthened,
)
from handtint.studio.painting import LARGE, SMALL, Key, Painting, Preview, key_of
from handtint.studio.pyramid import write_levels
from handtint.studio.warm import Chore, warm_up
from handtint.studio.watch import Interruptible, Watch
from handtint.studio.wording import renamed, said
from handtint.types import Chroma, HintMap


def main(connection: Connection, newest: Any, scratch: Path) -> None:
    """Run the worker until the other end of the connection is closed.

    Parameters
    ----------
    connection : Connection
        To the server process.
    newest : shared unsigned integer
        Serial of the only job that is still wanted.
    scratch : Path
        Folder for what the server reads: the levels of the photograph, the picture of the mask.
    """
    # Ctrl-C reaches all processes of a terminal; the server decides what happens.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        Worker(connection, newest, scratch).run()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


class Worker:
    """State of the worker process; see `main` for the parameters."""

    def __init__(self, connection: Connection, newest: Any, scratch: Path) -> None:
        self._connection, self._newest, self._scratch = connection, newest, scratch
        self._sending = threading.Lock()
        self._painting: Painting | None = None
        self._advising: Advising | None = None
        self._preview = Preview()
        self._strokes: tuple[Stroke, ...] = ()
        self._base = False
        self._guides: set[tuple[tuple[int, int], str]] = set()
        self._passing: set[Key] = set()
        self._plan: deque[Chore] = deque()
        self._warm_up: deque[Chore] = deque(warm_up(scratch))

    def run(self) -> None:
        """Take messages until there are no more; do chores in between."""
        with notify_compilation(self._compiling):
            while True:
                chores = self._plan or self._warm_up
                if chores and not self.waiting():
                    self._chore(chores.popleft())
                else:
                    self._take(self._connection.recv())

    def send(self, message: Event | Reply | Ended) -> None:
        """Tell the server something, from any thread."""
        with self._sending:
            self._connection.send(message)

    def wanted(self, serial: int) -> bool:
        """Whether a job is still to be done."""
        return bool(self._newest.value == serial)

    def waiting(self) -> bool:
        """Whether a message waits."""
        return self._connection.poll()

    def _take(self, message: Open | SetBase | Advise | Work) -> None:
        if isinstance(message, Work):
            self._strokes = lengthened(message.strokes, self._strokes)
            self._base = message.job.base
            cancelled = True
            if self.wanted(message.serial) and self._painting is not None:
                cancelled = self._work(message, self._painting)
            self.send(Ended(message.serial, cancelled))
            return
        try:
            opened = None
            if isinstance(message, Advise):
                if self._advising is None:
                    raise PhotoError(said("no_photo"))
                self._advising.take(message, self._strokes, self._base)
                return
            if isinstance(message, Open):
                opened = self._open(message)
            else:
                self._set_base(message)
            self.send(Reply(message.ticket, opened))
        except Exception as error:
            if not isinstance(error, HandtintError):
                traceback.print_exc()
                error = PhotoError(said("unopened", reason=f"{type(error).__name__}: {error}"))
            self.send(Reply(message.ticket, error=error))

    # -- photographs

    def _open(self, message: Open) -> Opened:
        photo = _read(lambda: io.read_photo(message.source), message.source, message.name)
        base = None
        if message.mask is not None:
            base = self._read_base(message.mask, photo)
        levels = write_levels(photo.gray, self._scratch)
        self._preview, self._guides = Preview(), set()
        self._begin(Painting(photo.gray, photo.bits, base))
        height, width = shape_of(photo.gray)
        return Opened(height, width, photo.bits, photo.warnings, photo.sha256, levels)

    def _set_base(self, message: SetBase) -> None:
        painting = self._painting
        if painting is None:
            raise PhotoError(said("no_photo"))
        photo = io.Photo(Path("photo"), "PNG", painting.gray, painting.bits, "")
        self._begin(Painting(painting.gray, painting.bits, self._read_base(message.mask, photo)))

    def _begin(self, painting: Painting) -> None:
        self._painting = painting
        self._advising = Advising(painting, self.send)
        self._plan = self._preparations(painting, Settings(painting_method()))

    def _read_base(self, mask: Path, photo: io.Photo) -> MaskHints | StrokeDocument:
        strokes = _read(lambda: read_strokes(mask, photo), mask, "the mask")
        if not isinstance(strokes, MaskHints | StrokeDocument):
            raise HintError(said("odd_mask"))
        if strokes.shape != shape_of(photo.gray):
            (h, w), (height, width) = strokes.shape, shape_of(photo.gray)
            sizes = {"strokes": f"{w}x{h}", "photo": f"{width}x{height}"}
            raise HintError(said("other_size", **sizes))
        part = self._scratch / "base.part"
        Image.fromarray(strokes.to_rgba()).save(part, "PNG", compress_level=1)
        part.replace(self._scratch / "base.png")
        return strokes

    # -- colouring

    def _work(self, work: Work, painting: Painting) -> bool:
        """Colour a document in all stages; tells whether it was left before the end."""
        job = work.job
        watch = Watch(self, work, painting)
        try:
            self._color(job, painting, watch)
        except Cancelled:
            return True
        except Exception as error:
            reason = str(error)
            if not isinstance(error, HandtintError):
                traceback.print_exc()
                reason = f"{type(error).__name__}: {reason}"
            message = said("method_failed", method=job.settings.method, reason=reason)
            watch.status("failed", 1, message)
            return False
        watch.status("idle", 1)
        return False

    def _color(self, job: Job, painting: Painting, watch: Watch) -> None:
        settings = job.settings
        strokes = self._strokes if job.live is None else (*self._strokes, job.live)
        use = painting.method(settings).info.hints
        hints = painting.hints(SMALL, strokes, job.base, settings.space)
        if hints.count == 0 and use == "needed":
            zero = np.zeros((*hints.shape, 2), np.float32)
            self._preview.settle(key_of(settings), zero, zero)
            watch.show(zero, PREVIEW if job.live else FINAL)
            if job.live is None:
                self._plan = self._preparations(painting, settings)
            return
        fast = painting.fast(settings.space)(hints).chroma
        if hints.count:
            watch.status("preview", 0)
            shown = self._preview.follow(key_of(settings), fast, hints)
            watch.show(shown, PREVIEW)
        if job.live is not None:
            return
        at_once = key_of(settings) in self._passing
        for size in (LARGE,) if at_once else painting.sizes:
            watch.check()
            stage = FINAL if size == LARGE else REFINED
            watch.begin(pictures=size == SMALL or at_once)
            chroma = self._refined(job, painting, size, watch)
            watch.show(chroma, stage)
            reduced = np.ascontiguousarray(reduce_area(chroma, hints.shape))
            self._preview.settle(key_of(settings), reduced, fast)
        finest = painting.carried(chroma, strokes, job.base, settings.space, watch.check)
        if finest is not chroma:
            watch.show(finest, FINAL)

    def _refined(self, job: Job, painting: Painting, size: int, watch: Watch) -> Chroma:
        settings = job.settings
        watch.status("solving", 0)
        prepared = painting.prepared(size, settings)
        hints = painting.hints(size, self._strokes, job.base, settings.space)
        watch.check()
        chroma = prepared(hints, progress=watch).chroma
        if size == LARGE and watch.passed:
            self._passing.add(key_of(settings))
        return chroma

    # -- chores

    def _preparations(self, painting: Painting, settings: Settings) -> deque[Chore]:
        """All that the first stroke will need, to be done as soon as there is time."""
        key = key_of(settings)

        def use(size: int) -> None:
            self.guide(painting, fit(painting.shape, size), settings.space)
            if key in self._passing and size == SMALL:
                return
            if not painting.is_prepared(size, settings):
                painting.prepared(size, settings)
                self._plan.appendleft(partial(call, size))

        def call(size: int) -> None:
            # A grey stroke sets up the solver, and leaves nothing behind to start from.
            lightness = painting.lightness(size, settings.space)
            hints = HintMap.empty(shape_of(lightness))
            hints.weight[lightness.shape[0] // 2, lightness.shape[1] // 2] = 1
            progress = Interruptible(self, max(painting.lightness(SMALL, settings.space).shape))
            try:
                painting.prepared(size, settings)(hints, progress=progress)
            except Cancelled:
                return
            if size == LARGE and progress.passed:
                self._passing.add(key)

        return deque(
            [
                lambda: painting.fast(settings.space),
                *(partial(use, size) for size in reversed(painting.sizes)),
            ]
        )

    def _chore(self, chore: Chore) -> None:
        try:
            chore()
        except HandtintError:
            return  # It comes again when this is needed, and is reported then.
        except Exception:
            traceback.print_exc()

    def _compiling(self) -> None:
        self.send(Status("starting", 0, 0, "", said("compiling")))

    def guide(self, painting: Painting, shape: tuple[int, int], space: str) -> None:
        """Send the lightness of a grid, unless it was sent before."""
        if (grid := (shape, space)) not in self._guides:
            self._guides.add(grid)
            lightness = painting.lightness_on(shape, space)
            self.send(guide_frame(lightness, color_space(space).model))


def _read(read: Callable[[], Any], path: Path, name: str) -> Any:
    """Read a file; the message of an error calls it by the name that the person knows."""
    try:
        return read()
    except HandtintError as error:
        raise renamed(error, {str(path): name}) from None
