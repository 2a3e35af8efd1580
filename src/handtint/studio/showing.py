"""What is shown of a project: its last picture and status, to the page that paints on it."""

from __future__ import annotations

from typing import Final

from handtint.studio.messages import Frame, Status
from handtint.studio.outbox import Grid, Outbox, Picture
from handtint.studio.protocol import pack
from handtint.studio.strokes import Json
from handtint.studio.wording import said, to_json

_MOST_GUIDES: Final = 8


class Showing:
    """The last picture and status; a page that comes later gets them at once.

    Attributes
    ----------
    page : Outbox or None
        The way to the page that paints.
    guides : dict
        Packed guides by their grid.
    """

    def __init__(self) -> None:
        self.page: Outbox | None = None
        self.guides: dict[Grid, bytes] = {}
        self._picture: Picture | None = None
        self._status: Json = {"type": "status", "state": "starting", "rev": 0, "fraction": 0.0}

    def begin(self) -> None:
        """Show what there is to a page that has just come."""
        if self.page is not None:
            self.page.tell(self._status)
            if self._picture is not None:
                self.page.show(self._picture)

    def post(self, message: Json) -> None:
        """Send a message, if there is a page."""
        if self.page is not None:
            self.page.post(message)

    def trouble(self, reason: str | None) -> None:
        """Tell why the journal cannot be written; None when it can again."""
        text = said("kept") if reason is None else said("not_kept", trouble=reason)
        self.post({"type": "error", "kind": "journal", **to_json(text)})

    def picture(self, frame: Frame, rev: int) -> None:
        """Take in a frame of the worker, for a revision of the document, and show it."""
        grid = (frame.space, frame.height, frame.width)
        data = pack(frame, rev)
        if frame.kind == "guide":
            self.guides[grid] = data
            while len(self.guides) > _MOST_GUIDES:
                del self.guides[next(iter(self.guides))]
            return
        self._picture = Picture(grid, data)
        if self.page is not None:
            self.page.show(self._picture)

    def status(self, status: Status, rev: int) -> None:
        """Take in what the worker does, for a revision of the document, and tell it."""
        self._tell(
            {
                "type": "status",
                "state": status.state,
                "rev": rev,
                "fraction": status.fraction,
                "method": status.method,
                **to_json(status.message),
            }
        )

    def renew(self, rev: int) -> None:
        """The last status holds for a newer revision too, which needs no solve."""
        self._tell({**self._status, "rev": rev})

    def _tell(self, status: Json) -> None:
        self._status = status
        if self.page is not None:
            self.page.tell(status)
