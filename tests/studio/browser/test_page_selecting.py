"""Selecting strokes, and the colours of the picker and the eyedropper."""

import numpy as np

RED, BLUE, GREEN = (200, 60, 50), (60, 90, 200), (60, 150, 70)


def wait_shown(hand, color):
    """Wait until the picker's entry says this colour."""
    hand.page.wait_for_function(
        "(hex) => document.querySelector('#color-hex').value === hex", arg="#" + bytes(color).hex()
    )


def test_a_stroke_is_selected_recoloured_moved_and_deleted(desk):
    hand = desk()
    hand.choose_color(RED)
    hand.paint([(60, 60), (60, 120)])
    hand.paint([(180, 220), (180, 280)])
    hand.page.keyboard.press("v")
    hand.page.mouse.click(*hand.place(60, 90))
    first = hand.state("document.strokes[0].id")
    hand.wait_for(f"s.selection.length === 1 && s.selection[0] === '{first}'")
    hand.choose_color(GREEN)
    hand.wait_for(f"s.document.strokes[0].color.join() === '{','.join(map(str, GREEN))}'")
    hand.page.mouse.move(*hand.place(60, 90))
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.place(100, 100), steps=6)
    hand.page.mouse.up()
    hand.wait_for("s.document.strokes[0].points[0][0] > 90")
    points = np.array(hand.state("document.strokes[0].points"))
    assert np.abs(points[0] - (100, 70)).max() < 2
    hand.page.keyboard.press("Delete")
    hand.wait_for("s.document.strokes.length === 1 && s.selection.length === 0")
    for _ in range(3):
        hand.page.keyboard.press("Control+z")
    hand.wait_for("s.document.strokes.length === 2")
    points = np.array(hand.state("document.strokes[0].points"))
    assert np.abs(points[0] - (60, 60)).max() < 1
    assert hand.state("document.strokes[0].color") == list(RED)


def test_the_picker_shows_the_colour_of_what_is_selected_and_changes_it(desk):
    hand = desk()
    for color, row in ((RED, 60), (BLUE, 120), (RED, 180)):
        hand.choose_color(color)
        hand.paint([(row, 60), (row, 120)])
    hand.set_state(color=GREEN)
    hand.page.keyboard.press("v")
    hand.page.mouse.click(*hand.place(60, 90))
    hand.wait_for("s.selection.length === 1")
    wait_shown(hand, RED)
    hand.page.keyboard.press("Control+a")  # Of two colours: there is none to show.
    hand.wait_for("s.selection.length === 3")
    wait_shown(hand, GREEN)
    ids = [hand.state(f"document.strokes[{i}].id") for i in (0, 2)]
    hand.page.evaluate("(ids) => handtint.actions.select(ids)", ids)
    wait_shown(hand, RED)
    undo = hand.state("undo")
    box = hand.page.locator("#picker").bounding_box()
    mouse = hand.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 40, y + 30, steps=8)
    assert hand.state("document.strokes[0].color") != list(RED)  # to be seen at once
    assert hand.state("undo") == undo
    mouse.up()
    hand.wait_for(f"s.undo === {undo + 1}")
    found = [hand.state(f"document.strokes[{i}].color") for i in range(3)]
    assert found[0] == found[2] != list(RED)
    assert found[1] == list(BLUE)
    assert hand.state("color") == list(GREEN)  # the brush keeps its own
    hand.page.evaluate("() => handtint.actions.select([])")
    wait_shown(hand, GREEN)
    hand.page.keyboard.press("Control+z")
    hand.wait_for(f"s.document.strokes[2].color.join() === '{','.join(map(str, RED))}'")


def test_the_eyedropper_takes_the_colour_of_the_result(desk):
    hand = desk()
    for color, column in ((BLUE, 240), (RED, 60)):
        hand.choose_color(color)
        hand.paint([(60, column), (180, column + 10)])
        hand.wait_solved()
    hand.page.keyboard.press("i")
    want = hand.pixel(120.5, 290.5)
    hand.page.mouse.click(*hand.place(120.5, 290.5))
    hand.wait_for("s.color[2] > s.color[0]")
    assert np.abs(np.subtract(hand.state("color"), want)).max() < 25
