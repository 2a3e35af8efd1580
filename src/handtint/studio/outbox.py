"""What waits to be sent to one page: every message, but only the newest picture and status."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final, TypeAlias

from handtint.studio.protocol import encode
from handtint.studio.strokes import Json

_MOST_WAITING: Final = 4096

Grid: TypeAlias = tuple[int, int, int]
"""Colour space, height and width of a picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A packed chroma frame, and the grid whose guide has to be there before it."""

    grid: Grid
    data: bytes


class Outbox:
    """The way to one page; used on the event loop only.

    A page that does not read what it is sent costs bounded memory: the newer picture replaces the
    older one, and when thousands of messages wait, the box closes.

    Parameters
    ----------
    guides : dict
        Packed guides of the project by their grid, shared with it.

    Attributes
    ----------
    client : str or None
        The page's name, once it said hello.
    """

    def __init__(self, guides: dict[Grid, bytes]) -> None:
        self.client: str | None = None
        self._guides = guides
        self._shown: set[Grid] = set()
        self._messages: deque[str] = deque()
        self._picture: Picture | None = None
        self._status: Json | None = None
        self._closed = False
        self._wake = asyncio.Event()

    def post(self, message: Json) -> None:
        """Send a message after those that wait."""
        if self._closed:
            return
        self._messages.append(encode(message))
        if len(self._messages) > _MOST_WAITING:
            self.close()
        self._wake.set()

    def show(self, picture: Picture) -> None:
        """Send a picture, in place of one that waits."""
        self._picture = picture
        self._wake.set()

    def tell(self, status: Json) -> None:
        """Send a status, in place of one that waits."""
        self._status = status
        self._wake.set()

    def close(self) -> None:
        """End the connection when all messages that wait are sent."""
        self._closed = True
        self._wake.set()

    async def take(self) -> str | bytes | None:
        """What is to be sent next: messages, then a picture behind its guide, then the status.

        Returns
        -------
        str, bytes or None
            None at the end.
        """
        while True:
            if self._messages:
                return self._messages.popleft()
            if self._closed:
                return None
            if self._picture is not None:
                grid = self._picture.grid
                if grid not in self._shown and grid in self._guides:
                    self._shown.add(grid)
                    return self._guides[grid]
                data, self._picture = self._picture.data, None
                return data
            if self._status is not None:
                status, self._status = self._status, None
                return encode(status)
            self._wake.clear()
            await self._wake.wait()
