"""colormaskerapp from end to end: the mask is what was painted, and the exit status tells."""

import made_photos
import numpy as np
import pytest
from PIL import Image

from handtint.hints import Stroke, StrokeDocument

RED, BLUE = (200, 60, 50), (60, 90, 200)


@pytest.fixture
def photo(tmp_path):
    return made_photos.two_regions(tmp_path / "gray.png")


def read(path):
    with Image.open(path) as mask:
        assert mask.mode == "RGB"
        return np.asarray(mask)


def stroke_of(sent):
    return Stroke(
        points=tuple(map(tuple, sent["points"])),
        width=sent["width"],
        color=None if sent["color"] is None else tuple(sent["color"]),
        kind=sent["kind"],
        pressure=None if sent.get("pressure") is None else tuple(sent["pressure"]),
    )


def drawn(hand, shape=(240, 320)):
    """The mask that the strokes of the page ask for."""
    strokes = tuple(map(stroke_of, hand.state("document.strokes")))
    return StrokeDocument(shape, strokes).to_mask()


def paint_some(hand):
    hand.choose_color(RED)
    hand.paint([(60, 40), (100, 140), (200, 60)])
    hand.choose_color(BLUE)
    hand.set_state(brushSize=9.5)
    hand.paint([(40, 200), (180, 300)])
    hand.page.keyboard.press("2")
    hand.paint([(200, 200), (220, 300)])
    hand.page.keyboard.press("e")
    hand.set_state(eraserSize=15)
    hand.paint([(30, 240), (220, 245)])
    hand.wait_for("s.document.strokes.length === 4")


def test_the_mask_is_what_was_painted_pixel_by_pixel(start, hand, photo, tmp_path):
    output = tmp_path / "mask.png"
    program = start("colormaskerapp", "--input", photo, "--output", output)
    page = hand(program)
    assert page.state("session.mode") == "mask"
    paint_some(page)
    want = drawn(page)
    assert not output.exists()
    page.page.keyboard.press("s")
    page.wait_for("s.saved")
    mask = read(output)
    assert mask.shape == (240, 320, 3)
    np.testing.assert_array_equal(mask, want)
    assert (mask[100, 139] == RED).all() and (mask[0] == 0).all()
    assert {tuple(c) for c in mask.reshape(-1, 3)} >= {(0, 0, 0), RED, BLUE}
    assert str(output) in program.out
    page.page.close()
    assert program.wait() == 0


def test_closing_without_saving_is_told_by_the_status(start, hand, photo, tmp_path):
    output = tmp_path / "mask.png"
    program = start("colormaskerapp", "--input", photo, "--output", output)
    page = hand(program)
    page.choose_color(RED)
    page.paint([(60, 40), (100, 140)])
    page.wait_for("s.unacked === 0 && !s.saved")
    asked = []
    page.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    with page.page.expect_event("close"):
        page.page.close(run_before_unload=True)
    assert program.wait() == 1
    assert asked == ["beforeunload"]
    assert not output.exists()


def test_ctrl_c_after_saving_is_a_success(start, hand, photo, tmp_path):
    output = tmp_path / "mask.png"
    program = start("colormaskerapp", "--input", photo, "--output", output)
    page = hand(program, allow=["WebSocket", "Failed to load", "net::ERR"])
    page.choose_color(RED)
    page.paint([(60, 40), (100, 140)])
    page.page.locator("#save").click()
    page.wait_for("s.saved")
    assert program.interrupt() == 0
    assert (read(output)[80, 90] == RED).any() or read(output).any()


def test_ctrl_c_with_unsaved_strokes_is_none(start, hand, photo, tmp_path):
    program = start("colormaskerapp", "--input", photo, "--output", tmp_path / "mask.png")
    page = hand(program, allow=["WebSocket", "Failed to load", "net::ERR"])
    page.paint([(60, 40), (100, 140)])
    page.wait_for("s.unacked === 0")
    assert program.interrupt() == 1


def test_an_existing_mask_is_loaded_for_more_painting(start, hand, photo, tmp_path):
    output = tmp_path / "mask.png"
    before = np.zeros((240, 320, 3), np.uint8)
    before[100:140, 20:60] = (30, 140, 60)
    before[10:20, 300:320] = (1, 1, 1)
    Image.fromarray(before).save(output)
    program = start("colormaskerapp", "--input", photo, "--output", output)
    page = hand(program)
    page.wait_for("s.document.base")
    page.wait_solved()
    red, green, _ = page.pixel(120.5, 70.5)
    assert green > red + 10
    page.choose_color(RED)
    page.set_state(brushSize=12)
    page.paint([(40, 200), (60, 300)])
    page.page.keyboard.press("e")
    page.set_state(eraserSize=10)
    page.paint([(120, 0), (120, 80)])
    page.wait_for("s.document.strokes.length === 2")
    over = drawn(page)
    erased = StrokeDocument(
        (240, 320), (stroke_of({**page.state("document.strokes[1]"), "kind": "neutral"}),)
    ).to_mask()
    want = np.where(over.any(axis=2)[..., None], over, before)
    want[erased.any(axis=2)] = 0
    page.page.keyboard.press("s")
    page.wait_for("s.saved")
    np.testing.assert_array_equal(read(output), want)
    page.page.close()
    assert program.wait() == 0
