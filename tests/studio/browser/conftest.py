"""A real studio, a real browser, and a hand that paints."""

import contextlib
import re
from pathlib import Path

import made_photos
import playwright.sync_api
import pytest

from handtint.bench.browser import Studio, launched
from handtint.bench.hand import Hand

FAILURES = Path(__file__).parent / "failures"
BY_ITSELF = "GPU stall due to ReadPixels"
"""What Chromium remarks when WebGL is done in software."""

DESKTOP = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def browser():
    with launched() as running:
        yield running


@pytest.fixture(scope="session")
def shared(tmp_path_factory, browser):
    """A studio without a photo that most tests share, and the cookie for it."""
    with Studio(("handtint", "studio"), tmp_path_factory.mktemp("shared")) as studio:
        context = browser.new_context()
        context.new_page().goto(studio.address)
        yield studio, context.storage_state()
        context.close()


@pytest.fixture
def start(tmp_path):
    """Starts a studio or mask painter of its own for a test, and ends it afterwards."""
    running = []

    def start(*command, **options):
        studio = Studio(command, tmp_path / "state", **options)
        running.append(studio)
        return studio

    yield start
    for studio in running:
        studio.stop()


@pytest.fixture
def watched(browser, request):
    """Opens browser contexts whose pages must not complain: no errors, no violated policy."""
    contexts, complaints, allowed = [], [], [BY_ITSELF]

    def note(text):
        if not any(re.search(pattern, text) for pattern in allowed):
            complaints.append(text)

    def watch(page):
        page.on("pageerror", lambda error: note(f"error: {error}"))
        page.on(
            "console",
            lambda message: (
                note(f"{message.type}: {message.text} {message.location.get('url', '')}")
                if message.type in {"error", "warning"}
                else None
            ),
        )

    def context(*, allow=(), **options):
        allowed.extend(allow)
        made = browser.new_context(**{"viewport": DESKTOP, **options})
        made.on("page", watch)
        contexts.append(made)
        return made

    request.node.contexts = contexts
    yield context
    for made in contexts:
        made.close()
    assert complaints == []


@pytest.fixture
def hand(watched):
    """Opens a page on a studio; gives the hand that uses it."""

    def visit(studio, **options):
        hand = Hand(watched(**options).new_page())
        hand.visit(studio)
        return hand

    return visit


@pytest.fixture
def desk(shared, watched, tmp_path):
    """Opens a made photograph in the shared studio; gives the hand."""
    studio, cookie = shared
    root = studio.address.partition("?")[0]
    hands = []

    def desk(make=made_photos.two_regions, *args, name="photo.png", script=None, **options):
        context = watched(storage_state=cookie, **options)
        if script is not None:
            context.add_init_script(script)
        hand = Hand(context.new_page())
        hands.append(hand)
        hand.page.goto(root)
        hand.wait_ready()
        if make is not None:
            hand.open(make(tmp_path / name, *args))
        return hand

    yield desk
    for hand in hands:
        project = hand.state("project")
        hand.page.goto("about:blank")
        if project is not None:  # so that the next test finds neither it nor its strokes
            done = hand.page.request.delete(
                f"{root}api/projects/{project['id']}?forget=1", headers={"X-Handtint": "1"}
            )
            assert done.ok, done.text()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Keep what the pages showed when a test failed."""
    report = yield
    if report.when == "call" and report.failed:
        pages = [page for context in getattr(item, "contexts", ()) for page in context.pages]
        FAILURES.mkdir(exist_ok=True)
        for number, page in enumerate(pages):
            # A page may be going away just now; the test has failed anyway.
            with contextlib.suppress(playwright.sync_api.Error):
                page.screenshot(path=FAILURES / f"{item.name}-{number}.png", timeout=10_000)
    return report
