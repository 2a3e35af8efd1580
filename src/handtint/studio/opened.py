"""One open project: the document, its journal, its solver, and the page that edits it."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from handtint.errors import HandtintError
from handtint.hints import StrokeDocument
from handtint.pipeline.project import ProjectData, write_project
from handtint.pipeline.suggestions import Likely, Spot
from handtint.studio.files import SUFFIXES, Output, file_hash, replace_with
from handtint.studio.folder import Folder
from handtint.studio.journal import Journal, Record
from handtint.studio.messages import Event, Frame, Job, Opened, Restarted, Status
from handtint.studio.outbox import Outbox
from handtint.studio.pyramid import TILE
from handtint.studio.showing import Showing
from handtint.studio.solver import Solver
from handtint.studio.strokes import Json, Painted
from handtint.studio.wording import said, to_json, words_of


class Conflict(HandtintError):
    """Not possible in the state that the project is in."""


class Superseded(HandtintError):
    """Another page has taken over."""


class OpenProject:
    """A photo that is being painted on; used on the event loop only.

    Parameters
    ----------
    name : str
        Name of the photo's file.
    opened : Opened
        What the worker found out about it.
    folder : Folder
        Where the source and the journal are kept.
    scratch : Path
        Where the worker left the grey levels.
    record : Record
        The document and its history.
    solver : Solver
        The worker, which has the photo open.
    recovered : bool
        Whether the document comes from the journal of an earlier run.
    output : Output, optional
        The file that Save writes.
    """

    def __init__(
        self,
        name: str,
        opened: Opened,
        folder: Folder,
        scratch: Path,
        record: Record,
        solver: Solver,
        *,
        recovered: bool,
        output: Output | None = None,
    ) -> None:
        self.id = secrets.token_urlsafe(12)
        self.name = name
        self.opened = opened
        self.folder = folder
        self.scratch = scratch
        self.record = record
        self.journal = Journal(folder.journal, record)
        self.solver = solver
        self.recovered = recovered
        self.output = output
        self.say: Callable[[str], None] = lambda line: None
        self.saved_here = False
        self.showing = Showing()
        self.pages: set[Outbox] = set()
        self._live: Painted | None = None
        self._asked: tuple[object, ...] | None = None
        self._asked_rev = 0
        self._trouble: str | None = None
        self._saving = asyncio.Lock()
        self._basing = asyncio.Lock()
        # Each answer takes seconds of a core.
        self._advising = asyncio.Lock()
        # Each export is a process with a full-size picture.
        self._exporting = asyncio.Semaphore(2)

    # -- what it is

    def to_json(self) -> Json:
        """As the page gets it."""
        log, opened, record = self.record.log, self.opened, self.record
        return {
            "id": self.id,
            "name": self.name,
            "height": opened.height,
            "width": opened.width,
            "bits": opened.bits,
            "warnings": [*opened.warnings, *([record.damage] if record.damage else [])],
            "tile": TILE,
            "levels": opened.levels,
            "sha256": record.sha256,
            "document": log.document.to_json(),
            "undo": log.undo_depth,
            "redo": log.redo_depth,
            "recovered": self.recovered,
            "seq": next(reversed(record.clients.values()), 0),
            "rev": record.rev,
            "saved_rev": record.saved_rev,
            "initial": log.initial.to_json(),
            "log": log.commands,
        }

    @property
    def has_base(self) -> bool:
        """Whether it began with a mask."""
        return self.record.base is not None

    @property
    def all_saved(self) -> bool:
        """Whether the newest document is in the output."""
        return self.record.saved_rev == self.record.rev

    # -- pages

    def hello(self, page: Outbox, client: str) -> None:
        """A page says who it is, and takes over from another one."""
        if self.showing.page is not page:
            self.showing.post({"type": "superseded"})
        page.client = client
        self.showing.page = page
        self._welcome(page)
        self.showing.begin()
        if self.journal.trouble is not None:
            self.showing.trouble(self.journal.trouble)

    def leave(self, page: Outbox) -> None:
        """A page is gone."""
        self.pages.discard(page)
        if self.showing.page is page:
            self.showing.page = None
            # A page has told the person.
            self.recovered = False
            self._live = None
            self.solve()

    def edit(self, page: Outbox, seq: int, command: Any) -> None:
        """Carry out a command of a page, keep it, acknowledge it, and colour anew."""
        client = self._editor(page)
        record = self.record
        if seq <= record.clients.get(client, 0):
            page.post({"type": "ack", "seq": seq, "rev": record.rev})
            return
        record.note_client(client, seq)
        try:
            checked = record.log.apply(command)
        except HandtintError as error:
            # The page asks for a new welcome, with another hello.
            page.post({"type": "refused", "seq": seq, **to_json(words_of(error))})
            return
        record.rev += 1
        self.journal.edited(client, seq, checked)
        page.post({"type": "ack", "seq": seq, "rev": record.rev})
        if record.log.full:
            record.log = record.log.compacted(base=self.has_base)
            self.journal.rewrite()
            self._welcome(page)
        self.note_trouble()
        if checked["op"] == "add":
            self._live = None
        self.solve()

    def live(self, page: Outbox, painted: Painted | None) -> None:
        """Show the stroke that is being painted."""
        self._editor(page)
        self._live = painted
        self.solve()

    def wish(self, page: Outbox, what: Literal["cancel", "solve"]) -> None:
        """Stop the running solve, or run it again."""
        self._editor(page)
        if what == "cancel":
            self.solver.cancel()
        else:
            self.solve(again=True)

    def solve(self, *, again: bool = False) -> None:
        """Colour the newest document, unless that is under way or done.

        Opacity and vividness act in the page at once, so that they need no solve.
        """
        document = self.record.log.document
        settings = document.settings
        asked = (
            document.strokes, document.base, settings.method, settings.options, settings.space,
            self._live,
        )  # fmt: skip
        if asked != self._asked or again:
            self._asked, self._asked_rev = asked, self.record.rev
            self.solver.submit(self._job())
            return
        self.showing.renew(self.record.rev)

    # -- what the worker says

    def hear(self, event: Event) -> None:
        """Take in an event of the worker and pass it on to the page."""
        match event:
            case Frame():
                self.showing.picture(event, self._rev_of(event.rev))
            case Status():
                self.showing.status(event, self._rev_of(event.rev))
            case Restarted():
                self.showing.post(
                    {"type": "solver", "event": "restarted", **to_json(event.message)}
                )

    def note_trouble(self) -> None:
        """Tell the page when the journal begins or ceases to be written."""
        trouble = self.journal.trouble
        if trouble != self._trouble:
            self.showing.trouble(trouble)
        self._trouble = trouble

    async def keep(self) -> None:
        """Bring the journal to the disk; after trouble, try to write all of it again."""
        if self.journal.trouble is None:
            await asyncio.to_thread(self.journal.sync)
        else:
            await asyncio.to_thread(self.journal.replace, self.journal.snapshot())
        self.note_trouble()

    # -- files

    async def set_base(self, mask: Path) -> None:
        """Put a mask below the strokes.

        Raises
        ------
        Conflict
            When there is one already.
        """
        record = self.record
        async with self._basing:
            if self.has_base:
                raise Conflict(said("base_taken"))
            await asyncio.to_thread(shutil.copyfile, mask, self.folder.mask)
            try:
                await asyncio.wrap_future(self.solver.set_base(self.folder.mask))
            except HandtintError:
                self.folder.mask.unlink(missing_ok=True)
                raise
            base = await asyncio.to_thread(file_hash, self.folder.mask)
            record.base, record.log = base, record.log.with_base()
            record.rev += 1
            if self.showing.page is not None:
                self._welcome(self.showing.page)
            self.solve()
            if self.folder.kept:
                await asyncio.to_thread(self.journal.replace, self.journal.snapshot())
            self.note_trouble()

    async def export(self, wanted: str) -> Path:
        """Write the newest document at full size into a fresh file, which the caller removes."""
        async with self._exporting:
            return await self._export(wanted)

    async def _export(self, wanted: str) -> Path:
        target = self.scratch / f"{secrets.token_hex(8)}{SUFFIXES[wanted]}"
        if wanted == "project":
            await asyncio.to_thread(self._write_project, target, self._job())
            return target
        job = self._job()
        if wanted == "strokes":
            await asyncio.to_thread(StrokeDocument(self.opened.shape, job.strokes).save, target)
            return target
        # In a thread: it takes a while until a process has started.
        exporting = await asyncio.to_thread(self.solver.export, job, wanted, target, self.name)
        return await asyncio.wrap_future(exporting)

    async def spots(self) -> tuple[Spot, ...]:
        """Where more strokes would help what is painted, in shares of width and height."""
        async with self._advising:
            return await asyncio.wrap_future(self.solver.spots())

    async def palette(self, x: float, y: float) -> tuple[Likely, ...]:
        """Likely colours of a place in shares of width and height."""
        async with self._advising:
            return await asyncio.wrap_future(self.solver.palette(x, y))

    async def save(self) -> tuple[int, str]:
        """Write the output; gives the revision that it holds, and its name.

        Raises
        ------
        Conflict
            When there is none.
        OutputError
            When it cannot be written; an older one stays as it was.
        """
        if self.output is None:
            raise Conflict(said("no_output"))
        # Shielded: a page that goes away while it is saved does not undo the saving.
        self._writing = asyncio.ensure_future(self._save(self.output))
        return await asyncio.shield(self._writing), self.output.path.name

    async def close(self, *, forget: bool) -> None:
        """End the worker; keep the journal unless it holds nothing, or all of it is elsewhere."""
        async with self._saving:
            for page in self.pages:
                page.close()
        elsewhere = self.output is not None and self.all_saved
        forget = forget or elsewhere or self.record.log.blank
        await asyncio.to_thread(self._end, forget)

    # -- inside

    async def _save(self, output: Output) -> int:
        async with self._saving:
            rev = self.record.rev
            made = await self.export(output.kind)
            try:
                await asyncio.to_thread(replace_with, output.path, made)
            finally:
                made.unlink(missing_ok=True)
            self.record.saved_rev = rev
            self.record.disk = await asyncio.to_thread(file_hash, output.path)
            self.saved_here = True
            self.journal.saved()
            self.note_trouble()
            self.say(f"{output.path}: saved, {self.opened.width}x{self.opened.height} pixels")
        return rev

    def _end(self, forget: bool) -> None:
        self.solver.close()
        self.journal.close()
        self.folder.release(forget=forget)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _write_project(self, target: Path, job: Job) -> None:
        data = ProjectData(
            source=self.folder.source.read_bytes(),
            name=self.name,
            source_sha256=self.record.sha256,
            log=tuple(self.record.log.commands),
            settings=self.record.log.initial.settings.to_json(),
            base=self.folder.mask.read_bytes() if self.has_base else None,
            shape=self.opened.shape,
        )
        write_project(target, data, document=StrokeDocument(self.opened.shape, job.strokes))

    def _editor(self, page: Outbox) -> str:
        if page.client is None:
            raise HandtintError("say hello first")
        if page is not self.showing.page:
            raise Superseded("another page has taken over; say hello to take over again")
        return page.client

    def _welcome(self, page: Outbox) -> None:
        log = self.record.log
        page.post(
            {
                "type": "welcome",
                "seq": self.record.clients.get(page.client or "", 0),
                "rev": self.record.rev,
                "initial": log.initial.to_json(),
                "log": log.commands,
            }
        )

    def _job(self) -> Job:
        document = self.record.log.document
        return Job(
            rev=self.record.rev,
            strokes=tuple(painted.stroke for painted in document.strokes),
            base=document.base,
            settings=document.settings,
            live=None if self._live is None else self._live.stroke,
        )

    def _rev_of(self, rev: int) -> int:
        """Newest revision that has the colours of ``rev``."""
        return self.record.rev if rev >= self._asked_rev else rev
