"""Progress of solves in the worker: what they tell the server, and when they have to stop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from handtint.color import space as color_space
from handtint.errors import Cancelled
from handtint.pipeline.grids import shape_of
from handtint.resample import joint_upsample, reduce_area
from handtint.studio.frames import chroma_frame
from handtint.studio.messages import (
    FLOAT16,
    INT8,
    PREVIEW,
    PROGRESS,
    REFINED,
    State,
    Status,
    Work,
)
from handtint.studio.painting import SMALL, Painting
from handtint.types import Chroma

if TYPE_CHECKING:
    from handtint.studio.worker import Worker

# More of them, and a page that has no graphics card answers to nothing else, Cancel included.
_PICTURE_SECONDS: Final = 0.3
_ROUGH_PICTURE_SECONDS: Final = 0.4
_STATUS_SECONDS: Final = 0.1


class Interruptible:
    """Progress of a chore: any message stops it.

    Parameters
    ----------
    worker : Worker
        Knows whether a message waits.
    small : int
        Long side of the small grid.
    """

    def __init__(self, worker: Worker, small: int) -> None:
        self._worker, self._small = worker, small
        self._seen = self.passed = False

    def report(self, fraction: float, chroma: Chroma | None = None, /) -> None:
        """Note whether the method goes through the small grid, or coarser ones, to the large."""
        if chroma is not None:
            finer = max(chroma.shape) > self._small
            self.passed = self.passed or (finer and self._seen)
            self._seen = self._seen or not finer

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
        self._next_status = self._next_picture = 0.0
        self._pictures = False
        self.passed = False

    @property
    def cancelled(self) -> bool:
        """Whether a newer job has come, or the person wants none."""
        return not self._worker.wanted(self._serial)

    def check(self) -> None:
        """Raise `Cancelled` if the job is not wanted any more."""
        if self.cancelled:
            raise Cancelled("a newer job has come")

    def begin(self, *, pictures: bool) -> None:
        """The chosen method starts; ``pictures`` tells whether to show those on its way."""
        self._pictures = pictures
        self._begun = time.monotonic()
        # The preview has just been shown; most solves end before the next picture is due.
        self._next_picture = self._begun + _PICTURE_SECONDS
        self._seen, self.passed = False, False

    def report(self, fraction: float, chroma: Chroma | None = None, /) -> None:
        """Pass on how far a method is; now and then its picture, on the small grid."""
        now = time.monotonic()
        if now >= self._next_status:
            self.status("solving", fraction)
        if chroma is None:
            return
        lightness = self._painting.lightness(SMALL, self._job.settings.space)
        here, there = shape_of(chroma), shape_of(lightness)
        if here > there:
            # The method works on the large grid and has passed the small one.
            if self._seen and not self.passed:
                self.passed = True
                if self._pictures:
                    self.show(np.ascontiguousarray(reduce_area(chroma, there)), REFINED)
            return
        self._seen = True
        # On its way to the small grid a method may show what is far from its result.
        begun = self._begun + (0 if here == there else _ROUGH_PICTURE_SECONDS)
        if self._pictures and now >= max(begun, self._next_picture) and not self.cancelled:
            self._next_picture = now + _PICTURE_SECONDS
            if here != there:
                coarse = np.ascontiguousarray(reduce_area(lightness, here))
                chroma = joint_upsample(chroma, coarse, lightness)
            self.show(chroma, PROGRESS)

    def status(self, state: State, fraction: float, message: str = "") -> None:
        """Say what is being done."""
        self._next_status = time.monotonic() + _STATUS_SECONDS
        method = "fast" if state == "preview" else self._job.settings.method
        self._worker.send(Status(state, self._job.rev, fraction, method, message))

    def show(self, chroma: Chroma, stage: int) -> None:
        """Send a picture, unless the job is not wanted any more."""
        self.check()
        name = self._job.settings.space
        self._worker.guide(self._painting, shape_of(chroma), name)
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
