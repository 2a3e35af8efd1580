"""The studio as a person meets it: a process that serves the page, and a real browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from handtint.errors import BenchError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = "HANDTINT_CHROMIUM"
"""Variable that names the browser, where it is not on the path."""

STATE = "HANDTINT_STATE"
"""Variable that names the folder in which the studio keeps its journals."""

START_SECONDS = 120.0
"""How long a studio may take to start; the first run compiles."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ADDRESS = re.compile(r"https?://\S+/\?token=\S+")


def chromium() -> Path:
    """The browser: `HANDTINT_CHROMIUM`, or a Chromium or Chrome on the path.

    Raises
    ------
    BenchError
        When there is none.
    """
    named = os.environ.get(CHROMIUM)
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        what = f"{CHROMIUM}={named}: no such program" if named else "Chromium is missing"
        raise BenchError(f"{what}; install it (Debian: apt install chromium), or set {CHROMIUM}")
    return Path(found)


@contextmanager
def launched(arguments: Sequence[str] = ()) -> Iterator[Browser]:
    """A headless browser; WebGL is done in software where there is no graphics processor.

    Parameters
    ----------
    arguments : sequence of str
        Further command-line switches of Chromium.

    Raises
    ------
    BenchError
        When the browser or Playwright is missing.
    """
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only for this
    except ImportError as error:
        raise BenchError("Playwright is missing; pip install playwright") from error
    switches = ["--enable-unsafe-swiftshader", *arguments]
    if os.getuid() == 0:
        switches.append("--no-sandbox")  # Chromium's sandbox refuses to run as root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=switches)
        try:
            yield browser
        finally:
            browser.close()


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Studio:
    """A studio or a mask painter in a process of its own, on a free port of this machine.

    Parameters
    ----------
    command : sequence of str or Path
        ``("handtint", "studio", ...)`` or ``("colormaskerapp", ...)``, found beside this Python;
        ``--port`` and ``--no-browser`` are added.
    state : Path
        Folder for the journals and for what the process says.
    port : int, optional
        Where it listens; a free one by default.
    environment : mapping of str to str, optional
        Further variables.

    Raises
    ------
    BenchError
        When it ends, or says no address in `START_SECONDS`.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        state: Path,
        *,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.state = state
        self.port = free_port() if port is None else port
        state.mkdir(parents=True, exist_ok=True)
        self._out, self._err = state / f"{self.port}.out", state / f"{self.port}.err"
        program = Path(sysconfig.get_path("scripts")) / command[0]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [program, *command[1:], "--port", str(self.port), "--no-browser"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, STATE: str(state / "journals"), **(environment or {})},
                start_new_session=True,
            )
        self.address = self._wait_for_address()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def out(self) -> str:
        """What it has said on standard output."""
        return self._out.read_text("utf-8", "replace")

    @property
    def err(self) -> str:
        """What it has said on standard error."""
        return self._err.read_text("utf-8", "replace")

    def wait(self, seconds: float = 30) -> int:
        """Wait until it has ended by itself, and give its exit status."""
        return self.process.wait(seconds)

    def interrupt(self) -> int:
        """End it as Ctrl-C does, and give its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def kill(self) -> None:
        """End the process at once, as a crash does; its children have to notice by themselves."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it and all of its children, whatever their state."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def children(self) -> list[int]:
        """Processes that it has started and that live, its workers among them (Linux)."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:  # ended meanwhile
                    continue
                state, parent, *_ = stat.rpartition(")")[2].split()
                if int(parent) == self.process.pid and state != "Z":
                    found.append(int(entry.name))
        return sorted(found)

    def peak_memory(self) -> int:
        """Sum of the largest resident sets of the process and its children, in bytes (Linux).

        Pages that they share count for each of them, so this is an upper bound.
        """
        return sum(_peak(pid) for pid in (self.process.pid, *self.children()))

    def _wait_for_address(self) -> str:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if found := _ADDRESS.search(self.out):
                return found.group()
            if self.process.poll() is not None:
                raise BenchError(
                    f"the studio ended with status {self.process.returncode}: {self.err.strip()}"
                )
            time.sleep(0.02)
        self.stop()
        raise BenchError(f"the studio said no address in {START_SECONDS:g} s: {self.err.strip()}")


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) * 1024
    raise RuntimeError(f"no VmHWM for process {pid}")
