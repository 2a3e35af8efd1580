"""A stand-in for the worker process: the same interface, in this process, and simple answers."""

from concurrent.futures import Future
from typing import ClassVar

import numpy as np
from PIL import Image

from handtint import io
from handtint.errors import HandtintError
from handtint.hints import StrokeDocument
from handtint.pipeline.suggestions import Likely, Spot
from handtint.studio.messages import Frame, Job, Opened, Restarted, Status
from handtint.studio.pyramid import write_levels

GRID = (4, 6)


def _done(work):
    future = Future()
    try:
        future.set_result(work())
    except HandtintError as error:
        future.set_exception(error)
    return future


class FakeSolver:
    """Colours everything with the number of strokes; `jobs` are all that were submitted."""

    made: ClassVar[list["FakeSolver"]] = []

    def __init__(self, scratch, on_event):
        self.scratch, self.on_event = scratch, on_event
        self.jobs: list[Job] = []
        self.cancelled = 0
        self.closed = False
        self.hold_frames = False
        FakeSolver.made.append(self)

    def open(self, source, name, mask=None):
        def work():
            photo = io.read_photo(source)
            gray = (photo.gray >> (photo.bits - 8)).astype(np.uint8)
            levels = write_levels(gray, self.scratch)
            self.shape = photo.gray.shape
            if mask is not None:
                self._base(mask)
            return Opened(*self.shape, photo.bits, photo.warnings, photo.sha256, levels)

        return _done(work)

    def set_base(self, mask):
        return _done(lambda: self._base(mask))

    def _base(self, mask):
        Image.fromarray(io.read_mask(mask).pixels).convert("RGBA").save(self.scratch / "base.png")

    def submit(self, job):
        self.jobs.append(job)
        self.frames(job.rev, len(job.strokes), live=job.live is not None)

    def frames(self, rev, value, live=False):
        if self.hold_frames:
            return
        h, w = GRID
        guide = np.zeros(GRID, np.float16).tobytes()
        chroma = np.full((h, w, 2), min(value, 100), np.int8).tobytes()
        self.on_event(Frame("guide", 0, 0, 1, rev, h, w, 1.0, False, guide))
        self.on_event(Frame("chroma", 0, 0, 0, rev, h, w, 0.5, live, chroma))
        self.on_event(Status("idle", rev, 1.0, "fast"))

    def restart(self):
        self.on_event(Restarted("the solver was started again"))

    def cancel(self):
        self.cancelled += 1

    def spots(self):
        colours = Likely((200, 60, 40), 0.75), Likely((60, 90, 200), 0.25)
        return _done(lambda: (Spot(np.float64(0.5), 0.25, 0.3, colours),))

    def palette(self, x, y):
        return _done(lambda: (Likely((round(255 * x), round(255 * y), 0), 1.0),))

    def export(self, job, format, target, name):
        def work():
            document = StrokeDocument(self.shape, job.strokes)
            Image.fromarray(document.to_mask()).save(target, format="PNG")
            return target

        return _done(work)

    def close(self):
        self.closed = True
