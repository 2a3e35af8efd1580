"""The projects that are open, by id: opening, recovering, closing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from handtint.errors import HandtintError, NoStrokes
from handtint.io.photo import shown
from handtint.studio.files import Output
from handtint.studio.finding import find
from handtint.studio.folder import Folder
from handtint.studio.journal import Record
from handtint.studio.limits import MAX_NAME, MAX_PROJECTS
from handtint.studio.log import Document, Log
from handtint.studio.messages import Event, Opened
from handtint.studio.opened import OpenProject
from handtint.studio.pruning import prune
from handtint.studio.scratch import Scratch, sweep
from handtint.studio.solver import Solver
from handtint.studio.wording import renamed, said

Mode: TypeAlias = Literal["studio", "mask"]
MakeSolver: TypeAlias = Callable[[Path, Callable[[Event], None]], Solver]

_SYNC_SECONDS: Final = 0.5
_RETRY_TICKS: Final = 10
"""After trouble the journal is tried again every this many rounds of syncing."""


class TooMany(HandtintError):
    """No more photos can be open at once."""


@dataclass(slots=True)
class _Spare:
    """A worker that has started but has nothing open yet."""

    solver: Solver
    scratch: Path
    relay: _Relay


@dataclass(slots=True)
class _Relay:
    """Brings the events of a worker's reader thread to its project, on the event loop."""

    loop: asyncio.AbstractEventLoop
    waiting: list[Event] = field(default_factory=list)
    project: OpenProject | None = None

    def __call__(self, event: Event) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._deliver, event)

    def _deliver(self, event: Event) -> None:
        if self.project is None:
            self.waiting.append(event)
        else:
            self.project.hear(event)

    def join(self, project: OpenProject) -> None:
        self.project = project
        for event in self.waiting:
            project.hear(event)
        self.waiting.clear()


class Sessions:
    """All open projects; used on the event loop only.

    Parameters
    ----------
    mode : {"studio", "mask"}
        What the page is for.
    make_solver : callable
        Makes a worker from its scratch folder and the callback for its events.
    """

    def __init__(self, mode: Mode = "studio", make_solver: MakeSolver = Solver) -> None:
        self.mode = mode
        self.first: OpenProject | None = None
        self.on_page: Callable[[int], None] = lambda pages: None
        self._make_solver = make_solver
        self._projects: dict[str, OpenProject] = {}
        self._spare: _Spare | None = None
        self._busy: _Spare | None = None
        self._stopped = False
        self._opening = asyncio.Lock()

    async def start(self) -> None:
        """Have a worker started before the first photo comes, and keep the journals synced."""
        self._scratch = await asyncio.to_thread(Scratch)
        self.uploads = self._scratch.fresh()
        self._syncing = asyncio.create_task(self._sync())
        self._spare = await self._new_worker()
        await asyncio.to_thread(sweep)
        await asyncio.to_thread(prune)

    async def stop(self) -> None:
        """Close everything; the journals are kept. Once is enough."""
        if self._stopped:
            return
        self._stopped = True
        self._syncing.cancel()
        await asyncio.gather(self._syncing, return_exceptions=True)
        for project in list(self._projects.values()):
            await self.close(project)
        for worker in (self._spare, self._busy):
            if worker is not None:
                await asyncio.to_thread(_drop, worker)
        async with self._opening:
            self._spare = None
        await asyncio.to_thread(self._scratch.close)

    def get(self, identity: str) -> OpenProject | None:
        """The open project with this id."""
        return self._projects.get(identity)

    async def open(
        self,
        path: Path,
        name: str,
        *,
        mask: Path | None = None,
        output: Output | None = None,
    ) -> OpenProject:
        """Open a photo or a project file; go on from its journal when there is one.

        Parameters
        ----------
        path : Path
            The file, which need not be trusted; it is copied.
        name : str
            What it is called.
        mask : Path, optional
            Strokes to begin with.
        output : Output, optional
            The file that Save writes.

        Raises
        ------
        PhotoError, HintError
            When it is no photo or project, or the mask is none.
        TooMany
            When no more photos can be open at once.
        """
        async with self._opening:
            if self._stopped:
                raise TooMany(said("ending"))
            await self._make_room()
            worker = self._busy = self._spare or await self._new_worker()
            self._spare = None
            try:
                with _naming({shown(path): shown_name(name)}):
                    project = await self._open(worker, path, shown_name(name), mask, output)
            except BaseException:
                await asyncio.to_thread(_drop, worker)
                raise
            finally:
                self._busy = None
        self._projects[project.id] = project
        worker.relay.join(project)
        project.solve()
        return project

    async def close(self, project: OpenProject, *, forget: bool = False) -> None:
        """Close a project; its journal is kept unless it is to be forgotten."""
        self._projects.pop(project.id, None)
        if self.first is project:
            self.first = next(reversed(self._projects.values()), None)
        await project.close(forget=forget)

    def page_came(self) -> None:
        """A page has connected."""
        self.on_page(self._pages())

    def page_went(self) -> None:
        """A page has gone."""
        self.on_page(self._pages())

    def _pages(self) -> int:
        return sum(len(project.pages) for project in self._projects.values())

    async def _open(
        self, worker: _Spare, path: Path, name: str, mask: Path | None, output: Output | None
    ) -> OpenProject:
        found = await asyncio.to_thread(find, worker.scratch, path, name, mask, output)
        folder, record = found.folder, found.record
        try:
            opened = await self._decode(worker.solver, folder, record, mask, output)
            project = OpenProject(
                record.name,
                opened,
                folder,
                worker.scratch,
                record,
                worker.solver,
                recovered=found.recovered,
                output=output,
            )
            if folder.kept:
                await asyncio.to_thread(project.journal.rewrite)
            else:
                project.journal.trouble = found.trouble
        except BaseException:
            folder.release(forget=found.fresh)
            raise
        return project

    async def _decode(
        self,
        solver: Solver,
        folder: Folder,
        record: Record,
        mask: Path | None,
        output: Output | None,
    ) -> Opened:
        names = {str(folder.source): record.name}
        if mask is not None:
            names |= {str(folder.mask): mask.name, "the mask:": f"{mask.name}:"}
        base = folder.mask if record.base else None
        with _naming(names):
            try:
                return await asyncio.wrap_future(solver.open(folder.source, record.name, base))
            except NoStrokes:
                if output is None or output.kind != "mask" or record.log.commands:
                    raise
                # A mask that was saved before anything was painted.
                record.base, record.log = None, Log(Document.fresh(base=False))
                return await asyncio.wrap_future(solver.open(folder.source, record.name))

    async def _make_room(self) -> None:
        if len(self._projects) < MAX_PROJECTS:
            return
        for project in self._projects.values():
            if not project.pages and project is not self.first:
                await self.close(project)
                return
        raise TooMany(said("too_many", count=MAX_PROJECTS))

    async def _new_worker(self) -> _Spare:
        scratch = await asyncio.to_thread(self._scratch.fresh)
        relay = _Relay(asyncio.get_running_loop())
        return _Spare(await asyncio.to_thread(self._make_solver, scratch, relay), scratch, relay)

    async def _sync(self) -> None:
        tick = 0
        while True:
            await asyncio.sleep(_SYNC_SECONDS)
            tick += 1
            for project in list(self._projects.values()):
                if project.journal.trouble is not None and tick % _RETRY_TICKS:
                    continue
                if project.folder.kept:
                    await project.keep()


@contextmanager
def _naming(names: dict[str, str]) -> Iterator[None]:
    """Let errors name the person's files, not the copies that were read."""
    try:
        yield
    except HandtintError as error:
        raise renamed(error, names) from error


def shown_name(name: str) -> str:
    """A file's name without folders and control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:MAX_NAME].strip() or "photo"


def _drop(worker: _Spare) -> None:
    worker.solver.close()
    shutil.rmtree(worker.scratch, ignore_errors=True)
