"""What was painted is there again: after a reload, a crash, a cut line, beside a second page."""

import os
import signal
import time

import made_photos
import numpy as np
import pytest

from handtint.bench.hand import Hand

RED = (200, 60, 50)
LOSS_SECONDS = 1.0
"""How much of the newest work a crash may cost."""

CUT = (r"WebSocket connection to .* failed", r"Failed to load resource", r"net::ERR")
"""What a browser says by itself when the server is gone."""


@pytest.fixture
def photo(tmp_path):
    return made_photos.two_regions(tmp_path / "photo.png")


def ids(hand):
    return [stroke["id"] for stroke in hand.state("document.strokes")]


def paint_three(hand):
    hand.choose_color(RED)
    for row in (40, 120, 200):
        hand.paint([(row, 40), (row + 10, 120)])
    hand.wait_for("s.document.strokes.length === 3 && s.unacked === 0")


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_reload_brings_everything_back(desk):
    hand = desk()
    paint_three(hand)
    hand.page.keyboard.press("Control+z")
    hand.wait_for("s.document.strokes.length === 2 && s.unacked === 0")
    hand.wait_solved()
    before, colour = ids(hand), hand.pixel(80.5, 60.5)
    hand.page.reload()
    hand.wait_ready()
    hand.wait_for("s.project !== null && s.document.strokes.length === 2")
    assert ids(hand) == before
    assert (hand.state("undo"), hand.state("redo")) == (2, 1)
    hand.wait_solved()
    assert np.abs(np.subtract(hand.pixel(80.5, 60.5), colour)).max() <= 2
    hand.page.keyboard.press("Control+y")
    hand.wait_for("s.document.strokes.length === 3")


def test_a_reload_in_the_middle_of_painting_loses_no_stroke(desk):
    hand = desk()
    paint_three(hand)
    hand.paint([(20, 200), (30, 280)])
    before = ids(hand)  # The last one may not have reached the server yet.
    hand.page.reload()
    hand.wait_ready()
    hand.wait_for("s.project !== null && s.document.strokes.length === 4")
    assert ids(hand) == before


def test_a_killed_server_loses_at_most_a_second(start, hand, photo):
    first = start("handtint", "studio", photo)
    page = hand(first, allow=CUT)
    paint_three(page)
    before = ids(page)
    worker = first.children()
    assert worker
    time.sleep(LOSS_SECONDS)
    first.kill()
    page.wait_for("s.connection === 'lost'")
    assert page.page.locator("#status").inner_text() != ""
    wait_until(lambda: not any(map(alive, worker)))
    again = hand(start("handtint", "studio", photo))
    again.wait_for("s.project?.recovered && s.document.strokes.length === 3")
    assert ids(again) == before
    assert (again.state("undo"), again.state("redo")) == (3, 0)
    again.wait_solved()
    red, _, blue = again.pixel(80.5, 80.5)
    assert red - blue > 30


def test_a_second_page_takes_over_and_the_first_can_take_it_back(start, hand, photo, watched):
    studio = start("handtint", "studio", photo)
    first = hand(studio)
    paint_three(first)
    second = Hand(first.page.context.new_page())
    second.page.goto(first.page.url)
    second.wait_ready()
    first.wait_for("s.connection === 'superseded'")
    assert ids(second) == ids(first)
    second.paint([(20, 200), (30, 280)])
    second.wait_for("s.document.strokes.length === 4 && s.unacked === 0")
    first.page.locator("dialog[data-dialog=superseded] #take-over").click()
    first.wait_for("s.connection === 'open' && s.document.strokes.length === 4")
    second.wait_for("s.connection === 'superseded'")
    first.paint([(220, 200), (225, 280)])
    first.wait_for("s.document.strokes.length === 5 && s.unacked === 0")


def test_a_killed_worker_comes_back_and_the_person_is_told(start, hand, photo):
    studio = start("handtint", "studio", photo)
    page = hand(studio)
    page.choose_color(RED)
    page.paint([(40, 40), (200, 60)])
    page.wait_solved()
    before = studio.children()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    page.wait_for("s.toasts.length > 0 || s.solver.message")
    page.choose_color((40, 90, 200))
    page.paint([(40, 240), (200, 280)])
    page.wait_solved()
    red, _, blue = page.pixel(120.5, 300.5)
    assert blue - red > 30
    red, _, blue = page.pixel(120.5, 20.5)
    assert red - blue > 30
    assert studio.children() and not set(studio.children()) & set(before)


def begin_stroke(page):
    page.choose_color(RED)
    page.paint([(40, 240), (60, 280)])
    page.wait_for("s.unacked === 0")
    page.page.mouse.move(*page.place(40, 40))
    page.page.mouse.down()
    page.page.mouse.move(*page.place(100, 60), steps=4)


def end_stroke(page):
    page.page.mouse.move(*page.place(200, 60), steps=4)
    page.page.mouse.up()
    page.wait_for("s.document.strokes.length === 2")


def arrives(page):
    page.wait_for("s.unacked === 0 && s.connection === 'open'")
    page.wait_solved()
    red, _, blue = page.pixel(120.5, 20.5)
    assert red - blue > 30


CATCH_SOCKETS = """
  window.sockets = [];
  const Real = WebSocket;
  window.WebSocket = class extends Real {
    constructor(...given) { super(...given); sockets.push(this); }
  };
"""


def test_a_line_cut_in_mid_stroke_costs_nothing(desk):
    page = desk(allow=CUT, script=CATCH_SOCKETS)
    context = page.page.context
    begin_stroke(page)
    context.set_offline(True)
    page.page.evaluate("() => sockets.at(-1).close()")
    page.wait_for("s.connection === 'lost'")
    end_stroke(page)
    tries = page.page.evaluate("() => sockets.length")
    page.page.wait_for_function(f"() => sockets.length > {tries}")
    assert page.state("unacked") == 1
    context.set_offline(False)
    arrives(page)


def test_a_line_that_falls_silent_in_mid_stroke_costs_nothing(start, hand, photo):
    studio = start("handtint", "studio", photo)
    page = hand(studio, allow=CUT)
    begin_stroke(page)
    os.kill(studio.process.pid, signal.SIGSTOP)
    end_stroke(page)
    assert page.state("unacked") == 1
    os.kill(studio.process.pid, signal.SIGCONT)
    arrives(page)
