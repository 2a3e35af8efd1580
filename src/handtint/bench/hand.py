"""A person at the page of the studio, played by Playwright: it looks, points and paints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handtint.errors import BenchError

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from handtint.bench.browser import Studio

Point = tuple[float, float]
"""(row, column) in photo pixels."""

WAIT_MS = 60_000.0
"""How long a person waits for the page before giving up; machines may be loaded."""

_READY = """() => {
  const s = window.handtint?.store.get();
  if (!s?.session || !s.methods) return false;
  if (!s.project) return !s.session.project;
  return s.connection === "open" && s.solver.state !== "starting";
}"""
_SOLVED = """() => {
  const s = window.handtint.store.get();
  return s.connection === "open" && s.unacked === 0 && s.solver.state === "idle" &&
    s.solver.rev >= s.rev;
}"""

_SUMMARY = """() => {
  const s = window.handtint?.store.get();
  if (!s) return "the page does not run";
  const { connection, unacked, rev, solver, dialog, busy, toasts } = s;
  const drawn = window.handtint.engine.renderStats();
  const strokes = s.document.strokes.length;
  return "the page says " + JSON.stringify(
    { connection, unacked, rev, strokes, solver, dialog, busy, toasts, drawn });
}"""


class Hand:
    """Actions of a person on one page.

    Parameters
    ----------
    page : playwright.sync_api.Page
        A page, nothing opened in it yet.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(WAIT_MS)

    def visit(self, studio: Studio) -> None:
        """Go to the address that the studio printed, and wait for the page."""
        self.page.goto(studio.address)
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until the page runs and, where a photo is open, one can paint on it."""
        self._wait(_READY, "the page to be ready")

    def open(self, file: Path) -> None:
        """Open a photo or a project by the button and the dialog of files, and wait for it."""
        before = self.state("project?.id")
        self.page.locator("#open").click()
        with self.page.expect_file_chooser() as chooser:
            self.page.locator("#choose-open").click()
        chooser.value.set_files(file)
        if before is not None and file.suffix != ".handtint":
            self.page.locator("#open-photo").click()  # it may also be a mask for what is open
        self._wait(
            """(before) => {
                const project = window.handtint.store.get().project;
                return project && project.id !== before;
            }""",
            f"{file.name} to be opened",
            before,
        )
        self.wait_ready()

    def state(self, path: str) -> Any:
        """A value of the page's state, such as ``"solver.stage"``."""
        return self.page.evaluate(f"() => window.handtint.store.get().{path}")

    def set_state(self, **patch: object) -> None:
        """Set parts of the page's state, such as ``brushSize``."""
        self.page.evaluate("(patch) => window.handtint.store.set(patch)", patch)

    def wait_for(self, condition: str) -> None:
        """Wait until an expression over the state ``s`` holds, such as ``"s.undo === 2"``."""
        self._wait(
            f"() => {{ const s = window.handtint.store.get(); return {condition}; }}", condition
        )

    def wait_solved(self) -> None:
        """Wait until the picture shown is the best one of all that was painted."""
        self._wait(_SOLVED, "the picture to be solved")

    def wait_drawn(self) -> None:
        """Wait until what the page has decided to show is on the screen, sharp and whole."""
        self._wait(
            "() => !window.handtint.store.get().project || "
            "window.handtint.engine.renderStats().complete",
            "the picture to be drawn",
        )
        frames = (
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame("
            "() => setTimeout(done))))"
        )
        self.page.evaluate(frames)  # what was decided reaches the canvas
        self._wait(
            "() => !window.handtint.store.get().project || "
            "window.handtint.engine.renderStats().complete",
            "the picture to be drawn",
        )
        self.page.evaluate(frames)  # and the canvas the screen

    def place(self, row: float, column: float) -> tuple[float, float]:
        """Where on the page, (x, y) in CSS pixels, a point of the photo is."""
        x, y = self.page.evaluate(
            """([row, column]) => {
                const view = window.handtint.store.get().view;
                const box = document.querySelector("#stage").getBoundingClientRect();
                return [box.left + box.width / 2 + (column - view.column) * view.scale,
                        box.top + box.height / 2 + (row - view.row) * view.scale];
            }""",
            [row, column],
        )
        return x, y

    def point(self, x: float, y: float) -> Point:
        """Point of the photo that is at (x, y) on the page: the inverse of `place`."""
        scale = self.state("view.scale")
        left, top = self.place(0, 0)
        return (y - top) / scale, (x - left) / scale

    def choose_color(self, rgb: Sequence[int]) -> None:
        """Type a colour into the hexadecimal entry, in the drawer where the panel is one."""
        entry, toggle = self.page.locator("#color-hex"), self.page.locator("#panel-toggle")
        in_drawer = not entry.is_visible()
        if in_drawer:
            toggle.click()
        entry.fill("#" + bytes(rgb).hex())
        entry.press("Enter")
        if in_drawer:
            toggle.click()
            entry.wait_for(state="hidden")

    def paint(self, points: Sequence[Point], *, steps: int = 6) -> None:
        """Paint along a polyline with the mouse, ``steps`` movements a segment."""
        mouse = self.page.mouse
        mouse.move(*self.place(*points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.place(*point), steps=steps)
        mouse.up()

    def pixel(self, row: float, column: float) -> tuple[int, int, int]:
        """Colour of the result at a point of the photo, as the engine tells it."""
        red, green, blue = self.page.evaluate(
            "([row, column]) => window.handtint.engine.readPixel(row, column)", [row, column]
        )
        return red, green, blue

    def _wait(self, predicate: str, what: str, argument: object = None) -> None:
        from playwright.sync_api import TimeoutError as TooLate  # noqa: PLC0415 - only for this

        try:
            self.page.wait_for_function(predicate, arg=argument)
        except TooLate as error:
            state = self.page.evaluate(_SUMMARY)
            raise BenchError(f"waited {WAIT_MS / 1000:g} s in vain for {what}; {state}") from error
