"""The projects that are open, by id: opening, recovering, closing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from handtint.errors import HandtintError, HintError, NoStrokes, PhotoError
from handtint.io.photo import shown
from handtint.pipeline.project import ProjectData, read_project
from handtint.studio import folder as folders
from handtint.studio import journal
from handtint.studio.files import Output, file_hash
from handtint.studio.folder import Folder
from handtint.studio.journal import Record
from handtint.studio.limits import MAX_NAME, MAX_PROJECTS
from handtint.studio.log import Document, Log
from handtint.studio.messages import Event, Opened
from handtint.studio.opened import OpenProject
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
        found = await asyncio.to_thread(_find, worker.scratch, path, name, mask, output)
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
                record.base, record.log = None, Log()
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


@dataclass(slots=True)
class _Found:
    """A folder for a photo, and what was in it."""

    folder: Folder
    record: Record
    recovered: bool = False
    fresh: bool = True
    trouble: str | None = None


def _find(scratch: Path, path: Path, name: str, mask: Path | None, output: Output | None) -> _Found:
    """Copy what is opened into a folder, and read the journal there."""
    source, end, disk, log, base = path, "", None, None, mask
    if is_archive(path):
        data = read_project(path)
        source = _unpack_source(data, scratch)
        name = data.name
        log = Log.replay(Document(base=data.base is not None), data.log)
        if data.base is not None:
            base = scratch / "opened-base"
            base.write_bytes(data.base)
        end = f"project {file_hash(path)}"
    if mask is not None and log is not None and log.initial.base:
        raise HintError(f"{mask.name}: the project has a mask already; give it without --strokes")
    if output is not None:
        end = f"{output.kind} {output.path.resolve()}"
        disk = file_hash(output.path) if output.path.exists() else None
    elif mask is not None:
        end += f"strokes {file_hash(mask)}"
    wanted = Record(
        name,
        file_hash(source),
        log=log or Log(Document(base=base is not None)),
        base=None if base is None else file_hash(base),
        disk=disk,
    )
    wanted.rev = wanted.saved_rev = len(wanted.log.commands)
    return _settle(wanted, source, base, end, scratch)


def _settle(wanted: Record, source: Path, base: Path | None, end: str, scratch: Path) -> _Found:
    try:
        for folder in folders.candidates(wanted.sha256, end):
            try:
                found = _in_folder(folder, wanted)
                if found is not None:
                    _copy(source, folder.source)
                    if found.fresh and base is not None:
                        _copy(base, folder.mask)
                    return found
            except BaseException:
                folder.release(forget=False)
                raise
            folder.release(forget=False)
        trouble = "this photo is open in too many windows"
    except OSError as error:
        trouble = f"{folders.state_folder()}: {error.strerror or error}"
    folder = folders.temporary(scratch)
    shutil.copyfile(source, folder.source)
    if base is not None:
        shutil.copyfile(base, folder.mask)
    return _Found(folder, wanted, trouble=trouble)


def _in_folder(folder: Folder, wanted: Record) -> _Found | None:
    """What is kept in a folder, or None when it belongs to another state of the file."""
    old = journal.read(folder.journal)
    if old is None or not old.sha256:
        if old is not None:
            wanted.damage = old.damage
        return _Found(folder, wanted)
    whole = old.base is None or folder.mask.exists()
    if old.sha256 != wanted.sha256 or old.disk != wanted.disk or not whole:
        return None
    old.name = wanted.name
    painted = len(old.log.commands) > 0 and old.rev != old.saved_rev
    return _Found(folder, old, recovered=painted, fresh=False)


@contextmanager
def _naming(names: dict[str, str]) -> Iterator[None]:
    """Let errors name the person's files, not the copies that were read."""
    try:
        yield
    except HandtintError as error:
        raise renamed(error, names) from error


def _copy(source: Path, target: Path) -> None:
    if target.exists() and file_hash(target) == file_hash(source):
        return
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    part.replace(target)


def _unpack_source(data: ProjectData, scratch: Path) -> Path:
    """The photo of a project file, or the one of the same hash that was opened here before."""
    if data.source is not None:
        path = scratch / "opened-source"
        path.write_bytes(data.source)
        return path
    for path in sorted(folders.state_folder().glob(f"{data.source_sha256[:40]}*/source")):
        if file_hash(path) == data.source_sha256:
            return path
    raise PhotoError(said("no_source", name=data.name))


def is_archive(path: Path) -> bool:
    """Whether a file is a project file, by its first bytes; a photo never begins like it.

    Raises
    ------
    PhotoError
        When the file cannot be read.
    """
    try:
        if not path.is_file() and path.exists():
            raise PhotoError(f"{shown(path)}: this is no file; name a picture file")
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PhotoError(f"{shown(path)}: it cannot be opened: {reason}") from error


def shown_name(name: str) -> str:
    """A file's name without folders and control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:MAX_NAME].strip() or "photo"


def _drop(worker: _Spare) -> None:
    worker.solver.close()
    shutil.rmtree(worker.scratch, ignore_errors=True)
