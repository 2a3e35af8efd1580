"""Advice in the worker: worked out in threads of its own, so that painting goes on meanwhile."""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Callable

from handtint.errors import HandtintError, MethodError
from handtint.hints import Stroke
from handtint.pipeline.suggestions import Adviser, Likely, Spot
from handtint.studio.messages import Advise, Reply
from handtint.studio.painting import LARGE, Painting
from handtint.studio.wording import said
from handtint.types import HintMap

SPOTS = 5
"""Places that are named at once."""

_SPACE = "lab"


class Advising:
    """Advice for one photograph.

    Parameters
    ----------
    painting : Painting
        The photograph; used on the caller's thread only.
    send : callable
        Takes the answers, on other threads.
    """

    def __init__(self, painting: Painting, send: Callable[[Reply], None]) -> None:
        self._painting, self._send = painting, send
        self._adviser: Adviser | None = None
        self._loading = threading.Lock()

    def take(self, message: Advise, strokes: tuple[Stroke, ...], base: bool) -> None:
        """Begin to answer a request about strokes, and the mask below if it is wanted."""
        hints = self._painting.hints(LARGE, strokes, base, _SPACE)
        self._painting.lightness(LARGE, _SPACE)  # worked out here, read in the thread
        threading.Thread(target=self._answer, args=(message, hints), daemon=True).start()

    def _answer(self, message: Advise, hints: HintMap) -> None:
        try:
            reply = Reply(message.ticket, self._found(message.place, hints))
        except HandtintError as error:
            reply = Reply(message.ticket, error=error)
        except Exception as error:
            traceback.print_exc()
            reason = f"{type(error).__name__}: {error}"
            reply = Reply(message.ticket, error=MethodError(said("no_advice", reason=reason)))
        # Whoever asked may be gone.
        with contextlib.suppress(OSError):
            self._send(reply)

    def _found(
        self, place: tuple[float, float] | None, hints: HintMap
    ) -> tuple[Spot, ...] | tuple[Likely, ...]:
        with self._loading:
            if self._adviser is None:
                self._adviser = Adviser(self._painting.lightness(LARGE, _SPACE))
        if place is None:
            return tuple(self._adviser.spots(hints, SPOTS))
        return self._adviser.palette(hints, *place)
