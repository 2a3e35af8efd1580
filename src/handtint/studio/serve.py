"""Running the studio: port, address, browser, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final, TypeVar

import uvicorn

from handtint.errors import OptionError
from handtint.studio.app import create_app
from handtint.studio.catalogue import describe_methods
from handtint.studio.files import Output
from handtint.studio.gate import Gate, Keys
from handtint.studio.limits import MAX_MESSAGE
from handtint.studio.opened import OpenProject
from handtint.studio.sessions import Mode, Sessions

T = TypeVar("T")

LOOPBACK: Final = "127.0.0.1"

_PATIENCE: Final = 3.0
"""Seconds without a page after which the mask painter ends: a reload takes less."""


_GRACE: Final = 2.0
"""Seconds that requests have to end when the server ends."""


@dataclass(frozen=True, slots=True)
class Start:
    """How to start.

    Parameters
    ----------
    mode : {"studio", "mask"}
        What the page is for.
    photo : Path, optional
        Photo or project to open at once.
    strokes : Path, optional
        Mask to begin with.
    output : Output, optional
        The file that Save writes.
    host : str
        Name or address of this machine to listen on.
    port : int
        0 for a free one.
    browser : bool
        Whether to open a browser.
    """

    mode: Mode = "studio"
    photo: Path | None = None
    strokes: Path | None = None
    output: Output | None = None
    host: str = LOOPBACK
    port: int = 0
    browser: bool = True


def run(
    start: Start, say: Callable[[str], None], note: Callable[[str], None]
) -> OpenProject | None:
    """Serve until Ctrl-C or, in mode "mask", until the last page is gone.

    Parameters
    ----------
    start : Start
        How to start.
    say : callable
        Prints the address for the person.
    note : callable
        Prints a remark.

    Returns
    -------
    OpenProject or None
        The project that was opened at the start, as it stood at the end.

    Raises
    ------
    HandtintError
        When the port is taken, or the photo, project or mask cannot be opened.
    """
    listening = _listen(start.host, start.port)
    with listening:
        return asyncio.run(_serve(start, listening, say, note))


async def _serve(
    start: Start,
    listening: socket.socket,
    say: Callable[[str], None],
    note: Callable[[str], None],
) -> OpenProject | None:
    sessions = Sessions(start.mode)
    keys = Keys(listening.getsockname()[1], _names(start.host))
    server = make_server(sessions, keys)
    first: OpenProject | None = None
    with server.capture_signals():
        await sessions.start()
        try:
            warming = asyncio.create_task(asyncio.to_thread(describe_methods))
            if start.photo is not None:
                opening = sessions.open(
                    start.photo, start.photo.name, mask=start.strokes, output=start.output
                )
                first = await server.unless_ended(opening)
                sessions.first = first
                if first is not None:
                    first.say = say
            if not server.should_exit:
                if start.mode == "mask":
                    sessions.on_page = _Ending(server).pages
                say(keys.address())
                if start.browser:
                    _open_browser(keys.address(), note)
                await server.serve(sockets=[listening])
            await warming
        finally:
            await sessions.stop()
    return first


def make_server(sessions: Sessions, keys: Keys) -> Server:
    """The server for these projects, behind its gate."""
    config = uvicorn.Config(
        Gate(create_app(sessions), keys),
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=MAX_MESSAGE,
        # Deflating pictures costs more time than it saves on one machine.
        ws_per_message_deflate=False,
    )
    return Server(config, sessions)


class Server(uvicorn.Server):
    """A server that ends at a signal without raising it again."""

    def __init__(self, config: uvicorn.Config, sessions: Sessions) -> None:
        super().__init__(config)
        self._sessions = sessions
        self._depth = 0

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the projects, so that whatever waits for one is answered, and then the lines."""
        await self._sessions.stop()
        asyncio.get_running_loop().call_later(_GRACE, self._break_off)
        await super().shutdown(sockets)

    def _break_off(self) -> None:
        for task in self.server_state.tasks:
            task.cancel()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to signals inside the ``with`` block; nested blocks change nothing."""
        if self._depth or threading.current_thread() is not threading.main_thread():
            yield
            return
        self._depth = 1
        signals = [signal.SIGINT, signal.SIGTERM]
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End, or stop at once at the second signal."""
        if self.should_exit:
            raise KeyboardInterrupt
        self.should_exit = True

    async def unless_ended(self, opening: Coroutine[Any, Any, T]) -> T | None:
        """The outcome of ``opening``, or None when a signal came before."""
        task = asyncio.create_task(opening)
        while not task.done():
            if self.should_exit:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                return None
            await asyncio.wait({task}, timeout=0.1)
        return task.result()


class _Ending:
    """Ends the server some seconds after the last page is gone."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._timer: asyncio.TimerHandle | None = None

    def pages(self, number: int) -> None:
        """Take note of how many pages there are, at each coming and going."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if number == 0:
            self._timer = asyncio.get_running_loop().call_later(_PATIENCE, self._end)

    def _end(self) -> None:
        self._server.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens; connections wait in it until the server is ready."""
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_unspecified:
            raise OptionError(
                f"--host {host} is every address of this machine; name the one that you use"
            )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise OptionError(f"--host {host}: there is no such name or address") from error
    try:
        if os.name == "posix":
            # A port is free again as soon as its server has ended.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise OptionError(f"--host {host}: this is no address of this machine") from error
        if error.errno == errno.EADDRINUSE:
            raise OptionError(
                f"--port {port}: another program uses it; leave --port out for a free one"
            ) from error
        raise OptionError(f"--port {port}: it cannot be used: {error.strerror}") from error
    return listening


def _names(host: str) -> tuple[str, ...]:
    """Names under which the server may be called; the first stands in the address."""
    shown = f"[{host}]" if ":" in host else host
    if host in {LOOPBACK, "localhost"}:
        return tuple(dict.fromkeys([shown, LOOPBACK, "localhost"]))
    return (shown,)


def _open_browser(address: str, note: Callable[[str], None]) -> None:
    """Open the page; in a thread, for some browsers keep their caller waiting."""

    def work() -> None:
        if not webbrowser.open(address):
            note("no browser could be opened; open the address yourself")

    threading.Thread(target=work, daemon=True).start()
