"""Strokes go where the hand goes, and colour follows them."""

import io

import made_photos
import numpy as np
import pytest
from PIL import Image

RED, BLUE, GREEN = (200, 60, 50), (60, 90, 200), (60, 150, 70)


def screen(hand):
    """What is on the screen, (height, width, 3) of whole numbers."""
    hand.wait_drawn()
    picture = Image.open(io.BytesIO(hand.page.screenshot()))
    return np.asarray(picture.convert("RGB")).astype(int)


def on_screen(hand, row, column):
    """Mean colour on the screen of the 5 x 5 pixels around a point of the photo."""
    x, y = (round(v) for v in hand.place(row, column))
    return screen(hand)[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1))


def around(hand, row, column):
    """Mean colour of the result in the 5 x 5 pixels around a point, as the engine tells it."""
    return np.mean(
        [hand.pixel(row + i, column + j) for i in range(-2, 3) for j in range(-2, 3)], axis=0
    )


def redness(rgb):
    return rgb[0] - rgb[2]


def vividness(rgb):
    return max(rgb) - min(rgb)


def paint_both(hand):
    """Blue into the right region, then red into the left one."""
    hand.choose_color(BLUE)
    hand.paint([(60, 240), (180, 250)])
    hand.wait_solved()
    hand.choose_color(RED)
    hand.paint([(60, 60), (180, 70)])
    hand.wait_solved()


def test_a_stroke_colours_its_region_and_not_the_other(desk):
    hand = desk()
    hand.choose_color(BLUE)
    hand.paint([(60, 240), (180, 250)])
    hand.wait_solved()
    left, right = around(hand, 120, 30), around(hand, 120, 290)
    assert redness(right) < -30
    hand.choose_color(RED)
    hand.paint([(60, 60), (180, 70)])
    hand.wait_solved()
    left_then, right_then = around(hand, 120, 30), around(hand, 120, 290)
    assert redness(left_then) > 30
    assert redness(left_then) > redness(left) + 20
    assert np.abs(right_then - right).max() < 6
    # The screen shows what the engine says.
    for row, column in ((120, 30), (120, 290), (20, 100), (220, 220)):
        want = around(hand, row, column)
        assert np.abs(on_screen(hand, row, column) - want).max() < 4


def test_grey_stays_the_lightness_of_the_result(desk):
    from handtint.color import space

    hand = desk()
    paint_both(hand)
    lab = space("lab")
    for row, column in ((30.5, 20.5), (200.5, 300.5), (120.5, 100.5)):
        grey = hand.page.evaluate("([r, c]) => handtint.engine.grayAt(r, c)", [row, column])
        lightness, _ = lab.from_codes(np.array([[hand.pixel(row, column)]], np.uint8))
        assert lightness[0, 0] == pytest.approx(lab.lightness_table(8)[grey], abs=0.6)


def test_a_stroke_lies_where_the_mouse_went(desk):
    hand = desk()
    hand.choose_color(GREEN)
    hand.set_state(brushSize=10)
    path = [(40, 40), (40, 200), (150, 200)]
    hand.paint(path, steps=12)
    hand.wait_solved()
    (stroke,) = hand.state("document.strokes")
    assert (stroke["kind"], stroke["color"], stroke["width"]) == ("color", list(GREEN), 10)
    points = np.array(stroke["points"])
    assert np.abs(points[0] - path[0]).max() < 0.6
    assert np.abs(points[-1] - path[-1]).max() < 0.6
    # No corner is cut by more than the smoothing that a brush of this size hides.
    assert np.hypot(*(points - path[1]).T).min() < 5
    ink = on_screen(hand, 40, 120)
    assert ink[1] > ink[0] + 20 and ink[1] > ink[2] + 20
    beside = on_screen(hand, 75, 120)
    assert np.abs(beside - around(hand, 75, 120)).max() < 4


def test_fast_strokes_have_no_gaps(desk):
    hand = desk()
    hand.set_state(brushSize=6)
    hand.paint([(30, 20), (200, 300)], steps=1)
    (stroke,) = hand.state("document.strokes")
    points = np.array(stroke["points"])
    along = (points - (30, 20)) @ (170, 280) / np.hypot(170, 280)
    assert along.min() < 1 and along.max() > np.hypot(170, 280) - 1
    for t in np.linspace(0.05, 0.95, 9):
        ink = on_screen(hand, 30 + 170 * t, 20 + 280 * t)
        assert vividness(ink) > 25, t


def test_a_pen_presses_and_the_stroke_swells(desk):
    hand = desk()
    hand.set_state(brushSize=20, pressure=True)
    pen = hand.page.context.new_cdp_session(hand.page)
    steps = 24

    def event(kind, column, force, buttons):
        x, y = hand.place(120, column)
        pen.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind, "x": x, "y": y, "button": "none" if kind == "mouseMoved" else "left",
                "buttons": buttons, "clickCount": 1, "pointerType": "pen", "force": force,
            },
        )  # fmt: skip

    event("mouseMoved", 40, 0, 0)
    event("mousePressed", 40, 0.2, 1)
    for n in range(1, steps + 1):
        event("mouseMoved", 40 + n * 8, min(0.2 + 0.8 * n / steps, 1), 1)
    event("mouseReleased", 40 + steps * 8, 0, 0)
    hand.wait_for("s.document.strokes.length === 1")
    (stroke,) = hand.state("document.strokes")
    pressure = np.array(stroke["pressure"])
    assert len(pressure) == len(stroke["points"])
    assert pressure.min() > 0 and pressure.max() <= 1
    assert (np.diff(pressure) > 0).all()
    assert pressure[0] < 0.3 and pressure[-1] > 0.85
    hand.wait_solved()
    # Thin where the pen was light, thick where it pressed.
    off = 7
    assert vividness(on_screen(hand, 120 - off, 40 + 8 * steps - 12)) > 25
    near = on_screen(hand, 120 - off, 48)
    assert np.abs(near - around(hand, 120 - off, 48)).max() < 4


def test_undo_and_redo_bring_picture_and_strokes_back(desk):
    hand = desk()
    paint_both(hand)
    both = around(hand, 120, 30)
    hand.page.keyboard.press("Control+z")
    hand.wait_for("s.document.strokes.length === 1")
    hand.wait_solved()
    assert np.abs(around(hand, 120, 30) - both).max() > 20
    hand.page.locator("#undo").click()
    hand.wait_for("s.document.strokes.length === 0 && s.undo === 0 && s.redo === 2")
    hand.wait_solved()
    assert vividness(around(hand, 120, 30)) < 4
    assert hand.page.locator("#undo").is_disabled()
    hand.page.keyboard.press("Control+Shift+z")
    hand.page.locator("#redo").click()
    hand.wait_for("s.document.strokes.length === 2 && s.redo === 0")
    hand.wait_solved()
    assert np.abs(around(hand, 120, 30) - both).max() < 3


def test_changing_tools_loses_no_stroke(desk):
    hand = desk()
    hand.paint([(60, 60), (100, 70)])
    for tool in ("eraser", "select", "pan", "eyedropper", "brush"):
        hand.page.locator(f"[data-tool={tool}]").click()
        assert hand.state("tool") == tool
    for kind in ("neutral", "barrier", "ignore", "color"):
        hand.page.locator(f"[data-kind={kind}]").click()
        assert hand.state("kind") == kind
    hand.page.keyboard.press("e")
    assert hand.state("tool") == "eraser"
    assert len(hand.state("document.strokes")) == 1
    assert hand.state("undo") == 1


def test_zoomed_in_one_paints_the_pixel_at_the_pointer(desk):
    hand = desk()
    hand.choose_color(RED)
    hand.set_state(brushSize=1)
    # The wheel speaks in whole pixels of the screen, so the point of the photo follows from one.
    x, y = (round(v) for v in hand.place(77, 203))
    row, column = hand.point(x, y)
    hand.page.mouse.move(x, y)
    for _ in range(8):
        hand.page.mouse.wheel(0, -240)
    hand.wait_for("s.view.scale > 6")
    assert np.abs(np.subtract(hand.place(row, column), (x, y))).max() < 0.01
    middle = np.floor((row, column)) + 0.5
    hand.page.mouse.move(*hand.place(*middle))
    hand.page.mouse.down()
    hand.page.mouse.up()
    (stroke,) = hand.state("document.strokes")
    assert np.abs(np.array(stroke["points"]) - middle).max() < 0.2
    hand.page.mouse.move(5, 5)
    assert np.abs(on_screen(hand, *middle) - RED).max() < 25  # ink lets a little through
    for beside in ((-2, 0), (2, 0), (0, -2), (0, 2)):
        assert np.abs(on_screen(hand, *(middle + beside)) - RED).max() > 40


def test_fit_and_full_size(desk):
    hand = desk(made_photos.two_regions, 1500, 2000)
    fit = hand.state("view.scale")
    stage = hand.page.locator("#stage").bounding_box()
    assert fit * 2000 <= stage["width"] + 1 and fit * 1500 <= stage["height"] + 1
    hand.page.keyboard.press("9")
    hand.wait_for("s.view.scale === 1")
    hand.page.keyboard.press("0")
    hand.wait_for(f"Math.abs(s.view.scale - {fit}) < 1e-6")


def test_a_barrier_stops_colour(desk):
    hand = desk(made_photos.one_region)
    hand.page.locator("#method").select_option("harmonic")
    hand.choose_color(RED)
    hand.paint([(40, 40), (200, 40)])
    hand.page.locator("[data-kind=neutral]").click()
    hand.paint([(40, 300), (200, 300)])
    hand.wait_solved()
    open_way = redness(around(hand, 120, 190))
    assert open_way > 15
    hand.page.locator("[data-kind=barrier]").click()
    hand.set_state(brushSize=4)
    hand.paint([(1, 160), (239, 160)])
    hand.wait_solved()
    assert hand.state("document.strokes.at(-1).kind") == "barrier"
    assert redness(around(hand, 120, 190)) < open_way / 4
    assert redness(around(hand, 120, 130)) > open_way


def test_erasing_takes_colour_away(desk):
    hand = desk(made_photos.one_region)
    hand.choose_color(RED)
    hand.paint([(120, 60), (120, 260)])
    hand.wait_solved()
    assert redness(around(hand, 60, 160)) > 20
    hand.page.locator("[data-tool=eraser]").click()
    hand.set_state(eraserSize=60)
    hand.paint([(120, 30), (120, 290)])
    hand.wait_solved()
    assert [s["kind"] for s in hand.state("document.strokes")] == ["color", "erase"]
    assert vividness(around(hand, 60, 160)) < 4
    assert vividness(on_screen(hand, 120, 160)) < 8
    assert hand.state("brushSize") != hand.state("eraserSize")


def test_shift_draws_a_straight_line_from_the_last_point(desk):
    hand = desk()
    hand.paint([(40, 40), (60, 60)])
    hand.page.keyboard.down("Shift")
    hand.page.mouse.move(*hand.place(200, 280))
    hand.page.mouse.down()
    hand.page.mouse.up()
    hand.page.keyboard.up("Shift")
    hand.wait_for("s.document.strokes.length === 2")
    points = np.array(hand.state("document.strokes[1].points"))
    assert np.abs(points[0] - (60, 60)).max() < 1
    assert np.abs(points[-1] - (200, 280)).max() < 1


def test_escape_drops_the_stroke_that_is_being_painted(desk):
    hand = desk()
    hand.page.mouse.move(*hand.place(60, 60))
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.place(120, 120), steps=5)
    hand.page.keyboard.press("Escape")
    hand.page.mouse.up()
    hand.paint([(30, 30), (30, 60)])
    hand.wait_for("s.document.strokes.length === 1 && s.unacked === 0")
    assert np.array(hand.state("document.strokes[0].points")).max() < 61


def test_a_finger_pans_once_a_pen_was_seen(desk):
    hand = desk(has_touch=True)
    device = hand.page.context.new_cdp_session(hand.page)

    def swipe():
        x, y = hand.place(120, 160)
        touch = "Input.dispatchTouchEvent"
        device.send(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for n in range(1, 7):
            at = [{"x": x + 12 * n, "y": y + 6 * n}]
            device.send(touch, {"type": "touchMove", "touchPoints": at})
        device.send(touch, {"type": "touchEnd", "touchPoints": []})

    swipe()
    hand.wait_for("s.document.strokes.length === 1")
    x, y = hand.place(60, 60)
    for kind, buttons in (("mousePressed", 1), ("mouseReleased", 0)):
        device.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons,
                "clickCount": 1, "pointerType": "pen", "force": 0.5,
            },
        )  # fmt: skip
    hand.wait_for("s.document.strokes.length === 2")
    column = hand.state("view.column")
    swipe()
    hand.wait_for(f"s.view.column < {column} - 3")
    assert len(hand.state("document.strokes")) == 2


def test_opacity_and_vividness_act_at_once(desk):
    hand = desk()
    paint_both(hand)
    full = vividness(around(hand, 120, 30))
    hand.page.locator("#opacity").fill("0")
    hand.wait_for("s.document.settings.opacity === 0")
    assert vividness(around(hand, 120, 30)) < 3
    assert vividness(on_screen(hand, 120, 30)) < 4
    hand.page.locator("#undo").click()
    hand.wait_for("s.document.settings.opacity === 1")
    assert vividness(around(hand, 120, 30)) == pytest.approx(full, abs=2)


def test_the_slider_shows_the_photo_beside_the_result(desk):
    hand = desk()
    paint_both(hand)
    hand.page.keyboard.press("k")
    hand.wait_for("!s.showInk")
    hand.page.keyboard.press("c")
    hand.wait_for("s.compare.on")
    hand.set_state(compare={"on": True, "position": 0.5, "held": False})
    hand.page.mouse.move(5, 5)
    sides = vividness(on_screen(hand, 120, 40)), vividness(on_screen(hand, 120, 280))
    assert min(sides) < 4 and max(sides) > 25
    hand.page.keyboard.press("c")
    hand.page.keyboard.down("\\")
    hand.wait_for("s.compare.held")
    assert vividness(on_screen(hand, 120, 40)) < 4
    assert vividness(on_screen(hand, 120, 280)) < 4
    hand.page.keyboard.up("\\")
    hand.wait_for("!s.compare.held")
    assert vividness(on_screen(hand, 120, 280)) > 25


def test_a_long_solve_is_cancelled(desk):
    hand = desk(made_photos.two_regions, 700, 900)
    hand.page.locator("#method").select_option("levin-exact")
    hand.wait_for("s.document.settings.method === 'levin-exact'")
    hand.paint([(100, 100), (300, 120)])
    hand.wait_for("s.solver.state === 'solving'")
    hand.page.locator("#cancel").click()
    hand.wait_for("s.solver.state === 'cancelled' || s.solver.state === 'idle'")
    assert hand.state("document.strokes.length") == 1
    hand.page.locator("#method").select_option("blending")
    hand.wait_solved()
    assert hand.state("solver.stage") == "final"


def test_a_colour_space_that_the_method_cannot_do_takes_one_that_can(desk):
    hand = desk(made_photos.two_regions, 240, 320)
    assert hand.state("document.settings.method") == "semantic"
    hand.paint([(60, 60), (180, 60)])
    hand.wait_solved()
    hand.page.locator("#options summary").click()
    hand.page.locator("#space").select_option("oklab")
    hand.wait_for("s.document.settings.space === 'oklab'")
    assert hand.state("document.settings.method") == "blending"
    hand.wait_solved()
    assert hand.state("solver.stage") == "final"
    hand.page.keyboard.press("Control+z")
    hand.wait_for("s.document.settings.space === 'lab'")
    assert hand.state("document.settings.method") == "semantic"
    hand.wait_solved()
