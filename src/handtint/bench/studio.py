"""What a person feels at the page of the studio, measured through a real browser."""

from __future__ import annotations

import gzip
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handtint import color
from handtint.bench import scene
from handtint.bench.browser import Studio, launched
from handtint.bench.hand import Hand, Point
from handtint.errors import BenchError, OptionError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Response

VIEWPORT = {"width": 1280, "height": 800}
SMALL, LARGE = (1000, 1000), (4000, 6000)
"""Heights and widths of the photos, in pixels: 1 and 24 megapixels."""

SLOW = {"method": "tgv", "options": {"gap": 1e-7, "rounds": 1_000_000}}
"""Settings whose solve is cancelled: it would go on for hours."""

_REFINED = 2
"""Stage of a frame that the chosen method made (`handtint.studio.protocol`)."""

_LATEST_MS = 120_000.0

# Everything is timed on the page's own clock. A picture counts as shown when the frame of the
# browser that follows it has been handed over: a message that is posted in an animation frame
# comes after that frame was painted.
_WATCH = """
(() => {
  const channel = new MessageChannel();
  const waiting = [];
  channel.port1.onmessage = () => {
    for (const callback of waiting.splice(0)) callback(performance.now());
  };
  const afterFrame = (callback) =>
    requestAnimationFrame(() => { waiting.push(callback); channel.port2.postMessage(0); });

  const seen = { ink: [], frames: [], states: [], ups: [], painting: false, afterFrame };
  addEventListener("pointerdown", () => { seen.painting = true; }, true);
  addEventListener("pointerup", (event) => {
    seen.painting = false;
    seen.ups.push(event.timeStamp);
  }, true);
  addEventListener("pointermove", (event) => {
    if (!seen.painting) return;
    const first = event.getCoalescedEvents()[0] ?? event;
    const [stamp, given] = [Math.min(first.timeStamp, event.timeStamp), performance.now()];
    afterFrame((now) => seen.ink.push([now - stamp, given - stamp]));
  }, true);

  const Real = WebSocket;
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (typeof data === "string") {
          const message = JSON.parse(data);
          if (message.type === "status")
            seen.states.push({ at: performance.now(), state: message.state, rev: message.rev });
          return;
        }
        const view = new DataView(data);
        if (view.getUint8(4) !== 0) return;
        const frame = { stage: view.getUint8(5), rev: view.getUint32(8, true),
                        live: view.getUint32(24, true) };
        afterFrame((now) => seen.frames.push({ ...frame, at: now }));
      });
    }
  };
  window.measured = seen;
})();
"""


@dataclass(frozen=True, slots=True)
class StudioRow:
    """One figure of the studio.

    Parameters
    ----------
    what : str
        What was measured.
    unit : str
        "ms", "s", "MB" or "kB".
    median, p95 : float
        Over the repetitions; equal where there is one.
    count : int
        Number of repetitions.
    aim : float or None
        What it should be at most; compared with ``judged``. None for a part of another figure.
    judged : float
        The 95th percentile for ink, else the median.
    """

    what: str
    unit: str
    median: float
    p95: float
    count: int
    aim: float | None
    judged: float


def run_studio(
    *,
    strokes: int = 20,
    photo: Path | None = None,
    large: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> list[StudioRow]:
    """Open photos in a studio of its own, paint in a headless Chromium, and take the times.

    Parameters
    ----------
    strokes : int
        How many strokes are painted on the small photo, at least 2.
    photo : Path, optional
        The small photo; an invented one of 1 megapixel by default.
    large : bool
        Whether a photo of 24 megapixels is opened as well.
    say : callable
        Told, in a few words, what is done next.

    Returns
    -------
    list of StudioRow

    Raises
    ------
    BenchError
        When Chromium or Playwright is missing, or the studio does not start or answer.
    OptionError
        When an argument is not valid.
    """
    if strokes < 2:
        raise OptionError(f"strokes {strokes}: at least 2 are needed")
    with tempfile.TemporaryDirectory(prefix="handtint-bench-") as name, launched() as browser:
        folder = Path(name)
        command = ("handtint", "studio")
        with Studio(command, folder / "small") as studio:
            say("painting on the small photo")
            hand, weight = _visit(browser, studio)
            hand.open(photo or _photo(folder / "small.png", SMALL))
            rows = [*_painting(hand, strokes), _cancelling(hand)]
            hand.page.context.close()
        if large:
            say("making and opening a photo of 24 megapixels")
            file = _photo(folder / "large.jpg", LARGE)
            with Studio(command, folder / "large") as studio:
                rows += _opening(_visit(browser, studio)[0], studio, file)
    return [*rows, _row("page weight, gzip", "kB", [weight / 1000], 250)]


def _visit(browser: Browser, studio: Studio) -> tuple[Hand, int]:
    """The page, and the sum of what it is made of, in bytes, each file compressed."""
    context = browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]  # a TypedDict
    context.add_init_script(_WATCH)
    page = context.new_page()
    parts: set[str] = set()

    def keep(response: Response) -> None:
        address = urlsplit(response.url)
        if response.ok and not address.query and not address.path.startswith("/api/"):
            parts.add(response.url)

    page.on("response", keep)
    hand = Hand(page)
    hand.visit(studio)
    page.wait_for_load_state("networkidle")
    # Fetched again: a browser forgets the bodies of what came before the page went on.
    bodies = [context.request.get(url).body() for url in parts if url.startswith("http")]
    return hand, sum(len(gzip.compress(body)) for body in bodies)


def _painting(hand: Hand, count: int) -> list[StudioRow]:
    height, width = hand.state("project.height"), hand.state("project.width")
    rng = np.random.default_rng(0)
    first, refined = [], []
    hand.set_state(brushSize=max(4, round(0.012 * max(height, width))))
    # The first stroke sets everything up, and does not count.
    for number in range(count + 1):
        hand.choose_color([int(code) for code in rng.integers(40, 220, 3)])
        hand.wait_solved()
        before = hand.state("rev")
        hand.page.evaluate("() => { measured.frames.length = measured.ups.length = 0; }")
        hand.paint(_wave(rng, height, width), steps=8)
        hand.page.wait_for_function(
            f"(rev) => measured.frames.some((f) => f.rev > rev && !f.live "
            f"&& f.stage >= {_REFINED})",
            arg=before,
        )
        if number == 0:
            hand.page.evaluate("() => { measured.ink.length = 0; }")
            continue
        seen = hand.page.evaluate("() => ({ ...measured, afterFrame: null })")
        lifted = seen["ups"][-1]
        shown = [f for f in seen["frames"] if f["rev"] > before and not f["live"]]
        first.append(min(f["at"] for f in shown) - lifted)
        refined.append(min(f["at"] for f in shown if f["stage"] >= _REFINED) - lifted)
    samples = hand.page.evaluate("() => measured.ink")
    ink, waited = ([sample[part] for sample in samples] for part in (0, 1))
    own = [shown - given for shown, given in zip(ink, waited, strict=True)]
    return [
        _row("pointer event to ink on the screen (95th percentile)", "ms", ink, 16, worst=True),
        _row("- of it, until the browser gives the page the event", "ms", waited, None, worst=True),
        _row("- of it, from then on", "ms", own, None, worst=True),
        _row("stroke end to first coloured picture", "ms", first, 100),
        _row("stroke end to refined picture", "ms", refined, 300),
    ]


def _cancelling(hand: Hand, count: int = 5) -> StudioRow:
    times = []
    hand.wait_solved()
    for number in range(count):
        hand.page.evaluate("() => { measured.states.length = 0; }")
        if number == 0:
            hand.page.evaluate("(slow) => handtint.actions.setSettings(slow)", SLOW)
        else:
            hand.page.evaluate("() => handtint.actions.solve()")
        hand.page.wait_for_function(
            "() => measured.states.at(-1)?.state === 'solving'", timeout=_LATEST_MS
        )
        button = hand.page.locator("#cancel")
        button.wait_for(state="visible")
        button.evaluate(
            "(e) => e.addEventListener('click', () => { measured.click = performance.now(); },"
            " { capture: true, once: true })"
        )
        button.click()
        hand.page.wait_for_function(
            "() => measured.states.some((s) => s.at >= measured.click && "
            "['cancelled', 'idle'].includes(s.state))"
        )
        seen = hand.page.evaluate("() => ({ ...measured, afterFrame: null })")
        ended = [s for s in seen["states"] if s["at"] >= seen["click"]]
        times.append(
            next(s["at"] for s in ended if s["state"] in {"cancelled", "idle"}) - seen["click"]
        )
    return _row("Cancel to idle", "ms", times, 200)


def _opening(hand: Hand, studio: Studio, photo: Path) -> list[StudioRow]:
    """From the choice of a file to a photo on the screen that can be painted on."""
    hand.page.evaluate(
        """() => {
            measured.chosen = performance.now();
            const look = () => {
                const s = handtint.store.get();
                const ready = s.project && s.connection === "open" &&
                    s.solver.state !== "starting" &&
                    handtint.engine.grayAt(s.project.height / 2, s.project.width / 2) !== null;
                if (ready) measured.afterFrame((now) => { measured.ready = now; });
                else requestAnimationFrame(look);
            };
            look();
        }"""
    )
    hand.open(photo)
    hand.page.wait_for_function("() => measured.ready !== undefined")
    seconds = hand.page.evaluate("() => (measured.ready - measured.chosen) / 1000")
    hand.set_state(brushSize=80)
    hand.paint([(1000, 1000), (1400, 2400)])
    hand.wait_solved()
    return [
        _row("24 megapixels: open to ready", "s", [seconds], 3),
        _row(
            "24 megapixels: memory of server and worker", "MB", [studio.peak_memory() / 1e6], 1500
        ),
    ]


def _wave(rng: np.random.Generator, height: int, width: int) -> list[Point]:
    """A stroke of a hand: across a sixth of the photo, up and down a little."""
    row, column = rng.uniform(0.2, 0.8) * height, rng.uniform(0.1, 0.7) * width
    return [
        (row + 0.02 * height * math.sin(2 * step), column + step * width / 36) for step in range(7)
    ]


def _photo(path: Path, shape: tuple[int, int]) -> Path:
    """An invented photograph, as a file."""
    lab = color.space("lab")
    square = scene.mosaic(scene.invented_tiles(), max(shape))[: shape[0], : shape[1]]
    codes: NDArray[Any] = lab.recompose(square, np.zeros((*shape, 2), np.float32))
    Image.fromarray(np.asarray(codes, np.uint8)[..., 0]).save(path, quality=90)
    return path


def _row(
    what: str, unit: str, values: Sequence[float], aim: float | None, *, worst: bool = False
) -> StudioRow:
    if not values:
        raise BenchError(f"{what}: the page gave nothing to measure")
    median, p95 = float(np.median(values)), float(np.percentile(values, 95))
    return StudioRow(what, unit, median, p95, len(values), aim, p95 if worst else median)
