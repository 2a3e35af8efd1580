"""A studio server in a thread, and a page's view of it."""

import asyncio
import contextlib
import json
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
from websockets.sync.client import connect

from handtint.studio.gate import Keys
from handtint.studio.serve import make_server
from handtint.studio.sessions import Sessions

PATIENCE = 60


@dataclass
class Running:
    """A server that runs, and an HTTP client that has its cookie."""

    sessions: Sessions
    keys: Keys
    loop: asyncio.AbstractEventLoop
    token: str
    http: httpx.Client = field(init=False)
    pages: contextlib.ExitStack = field(init=False)

    def __post_init__(self):
        self.http = self.client(cookie=True)

    @property
    def base(self):
        return f"http://127.0.0.1:{self.keys.port}"

    @property
    def cookie(self):
        return f"{self.keys.cookie_name}={self.keys.cookie}"

    def client(self, *, cookie=False):
        headers = {"X-Handtint": "1", **({"Cookie": self.cookie} if cookie else {})}
        return httpx.Client(base_url=self.base, headers=headers, timeout=PATIENCE)

    def on_loop(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    def open(self, data, name="photo.png"):
        answer = self.http.post("/api/projects", params={"name": name}, content=data)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def page(self, project, client="page", hello=True):
        page = Page(self, project["id"], client, hello)
        self.pages.callback(page.close)
        return page


class Page:
    """What a page sees through its WebSocket."""

    def __init__(self, running, identity, client, hello=True):
        self._context = connect(
            f"ws://127.0.0.1:{running.keys.port}/api/projects/{identity}/socket",
            additional_headers={"Cookie": running.cookie},
            origin=running.base,
            max_size=None,
            open_timeout=PATIENCE,
        )
        self.line = self._context.__enter__()
        self.frames = []
        self.seen = []
        if hello:
            self.welcome = self.hello(client)

    def send(self, **message):
        self.line.send(json.dumps(message))

    def hello(self, client, seq=0):
        self.send(type="hello", client=client, seq=seq)
        return self.until("welcome")

    def edit(self, seq, command):
        self.send(type="edit", seq=seq, command=command)
        return self.until("ack", "refused", "superseded")

    def until(self, *kinds, where=lambda message: True):
        """The next message of one of these kinds; pictures on the way are kept in `frames`."""
        while True:
            message = self.line.recv(timeout=PATIENCE)
            if isinstance(message, bytes):
                header = struct.unpack("<4s4B3IfII", message[:32])
                self.frames.append((header, message[32:]))
                continue
            decoded = json.loads(message)
            self.seen.append(decoded)
            if decoded["type"] in kinds and where(decoded):
                return decoded

    def picture(self, where=lambda header: True):
        """The next picture, its guide not counted."""
        while True:
            while self.frames:
                header, data = self.frames.pop(0)
                if header[1] == 0 and where(header):
                    return header, data
            message = self.line.recv(timeout=PATIENCE)
            if isinstance(message, bytes):
                self.frames.append((struct.unpack("<4s4B3IfII", message[:32]), message[32:]))

    def ended(self):
        """Wait for the server to close the line."""
        with contextlib.suppress(Exception):
            while True:
                self.line.recv(timeout=PATIENCE)
        return self.line.close_code

    def close(self):
        self._context.__exit__(None, None, None)


def error(answer, status, kind):
    """The message of an error, in one line, which has this status and kind."""
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["kind"] == kind
    assert "\n" not in answer.json()["error"]["message"]
    return answer.json()["error"]["message"]


def run_alone(scenario):
    """What the coroutine function ``scenario`` returns, run in a thread of its own.

    Playwright, once started, keeps a loop running in the main thread; `asyncio.run` refuses there.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(scenario())).result(PATIENCE)


@contextlib.contextmanager
def running(make_solver, mode="studio", opening=None):
    """A server in a thread of its own, until the block ends.

    ``opening`` are the arguments of `Sessions.open` for the first project.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    keys = Keys(listening.getsockname()[1])
    token = keys.token
    ready = threading.Event()
    found = {}

    async def serve():
        sessions = Sessions(mode, make_solver)
        found["sessions"], found["loop"] = sessions, asyncio.get_running_loop()
        server = found["server"] = make_server(sessions, keys)
        await sessions.start()
        try:
            if opening is not None:
                sessions.first = await sessions.open(**opening)
            ready.set()
            await server.serve(sockets=[listening])
        finally:
            await sessions.stop()

    def work():
        try:
            asyncio.run(serve())
        except BaseException as error:
            found["error"] = error
        finally:
            ready.set()

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait(PATIENCE)
    try:
        if "error" in found:
            raise found["error"]
        studio = Running(found["sessions"], keys, found["loop"], token)
        with studio.http, contextlib.ExitStack() as pages:
            studio.pages = pages
            yield studio
    finally:
        if "server" in found:
            found["server"].should_exit = True
        thread.join(PATIENCE)
        listening.close()
