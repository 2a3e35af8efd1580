"""A photograph, strokes and listening ends for the tests of worker and solver."""

import ctypes
import threading
import time
from multiprocessing import Pipe, RawValue
from pathlib import Path

import numpy as np
from PIL import Image

from handtint.hints import Stroke
from handtint.pipeline import Settings
from handtint.studio.messages import Ended, Frame, Job, Open, Reply, Status, Work, shortened
from handtint.studio.worker import Worker

PATIENCE = 120
"""Seconds, for machines that are busy and have to compile the kernels."""

RED, BLUE = (200, 60, 40), (40, 60, 200)


def scene(shape=(300, 700)):
    """A grey picture of two halves with some texture."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    light = 80 + 90 * (x > shape[1] / 2) + 12 * np.sin(y / 7) + 10 * np.cos(x / 11)
    return light.clip(0, 255).astype(np.uint8)


def photo_file(folder, shape=(300, 700)):
    path = Path(folder) / "photo.png"
    Image.fromarray(scene(shape)).save(path)
    return path


def stroke(row, column, color=RED, kind="color", width=14.0, length=60.0):
    ink = color if kind == "color" else None
    return Stroke(((row, column), (row, column + length)), width, ink, kind)


def job(*strokes, rev=1, base=False, live=None, **settings):
    return Job(rev, strokes, base, Settings(**settings), live)


def chroma_of(frame):
    """The numbers of a chroma frame."""
    dtype = np.int8 if frame.dtype == 0 else "<f2"
    values = np.frombuffer(frame.data, dtype).astype(np.float32)
    return values.reshape(frame.height, frame.width, 2) * np.float32(frame.scale)


class Bench:
    """A worker in a thread of this process, and both ends of its pipe."""

    def __init__(self, folder):
        self.ours, theirs = Pipe()
        self.newest = RawValue(ctypes.c_uint64, 0)
        self.worker = Worker(theirs, self.newest, Path(folder))
        self.strokes = ()
        self.sent = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            self.worker.run()
        except (EOFError, OSError):
            return

    def close(self):
        self.ours.close()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()

    def open(self, source, mask=None):
        self.ours.send(Open(7, source, "my photo.png", mask))
        return self.reply()

    def reply(self):
        return next(m for m in self.messages() if isinstance(m, Reply))

    def submit(self, wanted):
        self.newest.value += 1
        entries = shortened(wanted.strokes, self.strokes)
        self.strokes = wanted.strokes
        bare = Job(wanted.rev, (), wanted.base, wanted.settings, wanted.live)
        self.ours.send(Work(self.newest.value, bare, entries))
        return self.newest.value

    def run(self, wanted):
        """All messages of a job up to its end."""
        serial = self.submit(wanted)
        return self.until_end(serial)

    def until_end(self, serial):
        found = []
        for message in self.messages():
            found.append(message)
            if isinstance(message, Ended) and message.serial == serial:
                return found
        raise AssertionError("the worker hung up")

    def messages(self):
        while self.ours.poll(PATIENCE):
            yield self.ours.recv()
        raise AssertionError("the worker says nothing")


def frames(messages, kind="chroma", stage=None):
    return [
        m
        for m in messages
        if isinstance(m, Frame) and m.kind == kind and (stage is None or m.stage == stage)
    ]


class Ear:
    """Collects the events of a solver, and waits for some."""

    def __init__(self):
        self.events = []
        self._changed = threading.Condition()

    def __call__(self, event):
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait(self, wanted, since=0):
        """The first event from ``since`` on for which ``wanted`` is true."""
        until = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                for event in self.events[since:]:
                    if wanted(event):
                        return event
                left = until - time.monotonic()
                assert left > 0, f"nothing of the kind in {self.events[-9:]}"
                self._changed.wait(left)

    def idle(self, rev):
        return self.wait(lambda e: isinstance(e, Status) and e.state == "idle" and e.rev == rev)

    def final(self, rev):
        return self.wait(
            lambda e: isinstance(e, Frame) and e.kind == "chroma" and e.stage == 3 and e.rev == rev
        )
