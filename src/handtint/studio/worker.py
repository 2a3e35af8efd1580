"""The worker process: decodes photographs and colours them, so that the server never has to.

It takes requests and jobs from a pipe, one after the other. While a method runs, a counter in
shared memory tells whether a newer job has come; then it stops. When there is nothing to do, it
prepares what the next stroke will need.
"""

from __future__ import annotations

import signal
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from PIL import Image

from handtint import io
from handtint.color import space as color_space
from handtint.errors import Cancelled, HandtintError, HintError, PhotoError
from handtint.hints import MaskHints, Stroke, StrokeDocument
from handtint.jit import notify_compilation
from handtint.pipeline import Settings, read_strokes
from handtint.pipeline.grids import shape_of
from handtint.resample import joint_upsample, reduce_area
from handtint.studio.frames import chroma_frame, guide_frame
from handtint.studio.messages import (
    FINAL,
    FLOAT16,
    INT8,
    PREVIEW,
    PROGRESS,
    REFINED,
    Ended,
    Event,
    Job,
    Open,
    Opened,
    Reply,
    SetBase,
    State,
    Status,
    Work,
    lengthened,
)
from handtint.studio.painting import LARGE, SMALL, Painting, Preview, key_of
from handtint.studio.pyramid import write_levels
from handtint.types import Chroma, HintMap

Chore: TypeAlias = Callable[[], object]

QUICK: Final = 0.25
"""A solve on the large grid that took less, in seconds, is done at once, without the small one."""

_PICTURE_SECONDS: Final = 0.25
_STATUS_SECONDS: Final = 0.1
_COMPILING: Final = "preparing the solver for this machine, once (it can take a minute)"


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
        self._painting: Painting | None = None
        self._preview = Preview()
        self._strokes: tuple[Stroke, ...] = ()
        self._guides: set[tuple[tuple[int, int], str]] = set()
        self._seconds: dict[object, float] = {}
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
        """Tell the server something."""
        self._connection.send(message)

    def wanted(self, serial: int) -> bool:
        """Whether a job is still to be done."""
        return bool(self._newest.value == serial)

    def waiting(self) -> bool:
        """Whether a message waits."""
        return self._connection.poll()

    def _take(self, message: Open | SetBase | Work) -> None:
        if isinstance(message, Work):
            self._strokes = lengthened(message.strokes, self._strokes)
            cancelled = True
            if self.wanted(message.serial) and self._painting is not None:
                cancelled = self._work(message, self._painting)
            self.send(Ended(message.serial, cancelled))
            return
        try:
            opened = None
            if isinstance(message, Open):
                opened = self._open(message)
            else:
                self._set_base(message)
            self.send(Reply(message.ticket, opened))
        except Exception as error:
            if not isinstance(error, HandtintError):
                traceback.print_exc()
                error = PhotoError(f"it cannot be opened: {type(error).__name__}: {error}")
            self.send(Reply(message.ticket, error=error))

    # -- photographs

    def _open(self, message: Open) -> Opened:
        photo = _read(lambda: io.read_photo(message.source), message.source, message.name)
        base = None
        if message.mask is not None:
            base = self._read_base(message.mask, photo)
        levels = write_levels(photo.gray, self._scratch)
        self._painting = Painting(photo.gray, photo.bits, base)
        self._preview, self._guides = Preview(), set()
        self._seconds.clear()
        self._plan = self._preparations(self._painting, Settings())
        height, width = self._painting.shape
        return Opened(height, width, photo.bits, photo.warnings, photo.sha256, levels)

    def _set_base(self, message: SetBase) -> None:
        painting = self._painting
        if painting is None:
            raise PhotoError("there is no photo yet; open one first")
        photo = io.Photo(Path("photo"), "PNG", painting.gray, painting.bits, "")
        self._painting = Painting(
            painting.gray, painting.bits, self._read_base(message.mask, photo)
        )
        self._plan = self._preparations(self._painting, Settings())

    def _read_base(self, mask: Path, photo: io.Photo) -> MaskHints | StrokeDocument:
        strokes = _read(lambda: read_strokes(mask, photo), mask, "the mask")
        if not isinstance(strokes, MaskHints | StrokeDocument):
            raise HintError("the mask is of a kind that the studio does not know")
        if strokes.shape != shape_of(photo.gray):
            (h, w), (height, width) = strokes.shape, shape_of(photo.gray)
            raise HintError(f"the strokes are for {w}x{h} pixels, the photo has {width}x{height}")
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
            watch.status("failed", 1, f"the method {job.settings.method} failed: {reason}")
            return False
        watch.status("idle", 1)
        return False

    def _color(self, job: Job, painting: Painting, watch: Watch) -> None:
        settings = job.settings
        strokes = self._strokes if job.live is None else (*self._strokes, job.live)
        use = settings.colorizer().info.hints
        hints = painting.hints(SMALL, strokes, job.base, settings.space)
        if hints.count == 0 and use == "needed":
            zero = np.zeros((*hints.shape, 2), np.float32)
            self._preview.settle(key_of(settings), zero, zero)
            watch.show(zero, SMALL, PREVIEW if job.live else FINAL)
            if job.live is None:
                self._plan = self._preparations(painting, settings)
            return
        fast = painting.fast(settings.space)(hints).chroma
        if hints.count:
            watch.status("preview", 0)
            shown = self._preview.follow(key_of(settings), fast, hints)
            watch.show(shown, SMALL, PREVIEW)
        if job.live is not None:
            return
        sizes = painting.sizes
        if self._seconds.get((LARGE, key_of(settings)), np.inf) < QUICK:
            sizes = (LARGE,)
        for size in sizes:
            watch.check()
            stage = FINAL if size == LARGE else REFINED
            chroma = self._refined(job, painting, size, watch)
            watch.show(chroma, size, stage)
            small = np.ascontiguousarray(reduce_area(chroma, hints.shape))
            self._preview.settle(key_of(settings), small, fast)

    def _refined(self, job: Job, painting: Painting, size: int, watch: Watch) -> Chroma:
        settings = job.settings
        watch.status("solving", 0)
        prepared = painting.prepared(size, settings)
        hints = painting.hints(size, self._strokes, job.base, settings.space)
        watch.check()
        started = time.perf_counter()
        watch.begin(size)
        chroma = prepared(hints, progress=watch).chroma
        self._seconds[size, key_of(settings)] = time.perf_counter() - started
        return chroma

    # -- chores

    def _preparations(self, painting: Painting, settings: Settings) -> deque[Chore]:
        """All that the first stroke will need, to be done as soon as there is time."""

        def use(size: int) -> None:
            if not painting.is_prepared(size, settings):
                painting.prepared(size, settings)
                self._plan.appendleft(partial(call, size))

        def call(size: int) -> None:
            # A grey stroke sets up the solver, and leaves nothing behind to start from.
            shape = painting.lightness(size, settings.space).shape
            hints = HintMap.empty((shape[0], shape[1]))
            hints.weight[shape[0] // 2, shape[1] // 2] = 1
            try:
                painting.prepared(size, settings)(hints, progress=Interruptible(self))
            except Cancelled:
                return

        return deque(
            [lambda: painting.fast(settings.space), *(partial(use, s) for s in painting.sizes)]
        )

    def _chore(self, chore: Chore) -> None:
        try:
            chore()
        except HandtintError:
            return  # It comes again when this is needed, and is reported then.
        except Exception:
            traceback.print_exc()

    def _compiling(self) -> None:
        self.send(Status("starting", 0, 0, "", _COMPILING))

    def guide(self, painting: Painting, size: int, space: str) -> None:
        """Send the lightness of a grid, unless it was sent before."""
        lightness = painting.lightness(size, space)
        if (grid := (shape_of(lightness), space)) not in self._guides:
            self._guides.add(grid)
            self.send(guide_frame(lightness, color_space(space).model))


class Interruptible:
    """Progress of a chore: any message stops it."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def report(self, fraction: float, chroma: Chroma | None = None, /) -> None:
        """Nobody listens."""

    @property
    def cancelled(self) -> bool:
        """Whether a message waits."""
        return self._worker.waiting()


class Watch:
    """What a running job tells the server, and whether it is still wanted.

    Parameters
    ----------
    worker : Worker
        Sends the frames.
    work : Work
        The job.
    painting : Painting
        The photograph.
    """

    def __init__(self, worker: Worker, work: Work, painting: Painting) -> None:
        self._worker, self._serial, self._job = worker, work.serial, work.job
        self._painting = painting
        self._size = SMALL
        self._next_status = self._next_picture = 0.0

    @property
    def cancelled(self) -> bool:
        """Whether a newer job has come, or the person wants none."""
        return not self._worker.wanted(self._serial)

    def check(self) -> None:
        """Raise `Cancelled` if the job is not wanted any more."""
        if self.cancelled:
            raise Cancelled("a newer job has come")

    def begin(self, size: int) -> None:
        """The chosen method starts on a grid."""
        self._size = size
        self._next_picture = time.monotonic() + _PICTURE_SECONDS

    def report(self, fraction: float, chroma: Chroma | None = None, /) -> None:
        """Pass on how far a method is; and its picture, on the small grid, now and then."""
        now = time.monotonic()
        if now >= self._next_status:
            self.status("solving", fraction)
        if chroma is None or self._size != SMALL or now < self._next_picture or self.cancelled:
            return
        self._next_picture = now + _PICTURE_SECONDS
        lightness = self._painting.lightness(SMALL, self._job.settings.space)
        if shape_of(chroma) != shape_of(lightness):
            coarse = np.ascontiguousarray(reduce_area(lightness, shape_of(chroma)))
            chroma = joint_upsample(chroma, coarse, lightness)
        self.show(chroma, SMALL, PROGRESS)

    def status(self, state: State, fraction: float, message: str = "") -> None:
        """Say what is being done."""
        self._next_status = time.monotonic() + _STATUS_SECONDS
        method = "fast" if state == "preview" else self._job.settings.method
        self._worker.send(Status(state, self._job.rev, fraction, method, message))

    def show(self, chroma: Chroma, size: int, stage: int) -> None:
        """Send a picture, unless the job is not wanted any more."""
        self.check()
        name = self._job.settings.space
        self._worker.guide(self._painting, size, name)
        self._worker.send(
            chroma_frame(
                chroma,
                stage=stage,
                space=color_space(name).model,
                dtype=INT8 if stage == PREVIEW else FLOAT16,
                rev=self._job.rev,
                live=self._job.live is not None,
            )
        )


def warm_up(scratch: Path) -> Iterator[Chore]:
    """Chores that load, or compile, all that the first photograph and stroke will need."""
    settings = Settings()
    shape = (390, 600)
    gray = (np.add.outer(np.arange(shape[0]), np.arange(shape[1])) % 251).astype(np.uint16) * 257
    line = ((100.0, 50.0), (120.0, 500.0))
    colored = (Stroke(line, 20.0, (200, 60, 40)), Stroke(line, 9.0, None, "erase", (1.0, 0.5)))
    marked = (
        *colored,
        Stroke(((0.0, 300.0), (389.0, 300.0)), 3.0, None, "barrier"),
        Stroke(((300.0, 20.0), (300.0, 90.0)), 5.0, None, "ignore"),
    )
    painting = Painting(gray, 16)

    def decode() -> None:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            path = Path(folder) / "photo.png"
            for mode in ("L", "RGB"):
                Image.fromarray((gray[:64] >> 8).astype(np.uint8)).convert(mode).save(path)
                photo = io.read_photo(path)
            write_levels(np.zeros((1100, 20), np.uint16), Path(folder))
            write_levels(photo.gray, Path(folder))
            painting.lightness(SMALL, settings.space)
            Painting(photo.gray, 8).lightness(SMALL, settings.space)

    def preview(strokes: tuple[Stroke, ...]) -> None:
        hints = painting.hints(SMALL, strokes, False, settings.space)
        chroma = painting.fast(settings.space)(hints).chroma
        before = Preview()
        before.settle(key_of(settings), chroma, chroma)
        before.follow(key_of(settings), chroma, hints)

    def refine(size: int, strokes: tuple[Stroke, ...]) -> None:
        hints = painting.hints(size, strokes, False, settings.space)
        painting.prepared(size, settings)(hints)

    yield partial(preview, colored)
    yield decode
    yield from (partial(refine, size, colored) for size in painting.sizes)
    yield partial(preview, marked)
    yield partial(refine, SMALL, marked)


def _read(read: Callable[[], Any], path: Path, name: str) -> Any:
    """Read a file; the message of an error calls it by the name that the person knows."""
    try:
        return read()
    except HandtintError as error:
        raise type(error)(str(error).replace(str(path), name, 1)) from None
