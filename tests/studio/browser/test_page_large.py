"""Photographs larger than what fits into one texture, what is drawn anew, and no WebGL."""

import io

import made_photos
import numpy as np
from PIL import Image

RED = (200, 60, 50)


def screen(hand):
    hand.wait_drawn()
    picture = Image.open(io.BytesIO(hand.page.screenshot()))
    return np.asarray(picture.convert("RGB")).astype(int)


def on_screen(hand, row, column):
    x, y = (round(v) for v in hand.place(row, column))
    return screen(hand)[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1))


def look_at(hand, row, column, scale=1.0):
    hand.set_state(view={"scale": scale, "row": row, "column": column})
    hand.page.wait_for_function(
        "([r, c]) => handtint.engine.grayAt(r, c) !== null", arg=[row, column]
    )


def test_a_photo_longer_than_a_texture(desk):
    height, width, side = 500, 12000, 100
    hand = desk(made_photos.squares, height, width, side)
    limit = hand.page.evaluate(
        "() => { const gl = document.createElement('canvas').getContext('webgl2');"
        " return gl.getParameter(gl.MAX_TEXTURE_SIZE); }"
    )
    assert limit < width
    for row, column in ((50, 50), (250, 6050), (450, 8250), (150, 11950)):
        look_at(hand, row, column)
        want = made_photos.square_code(row // side, column // side)
        assert hand.page.evaluate("([r, c]) => handtint.engine.grayAt(r, c)", [row, column]) == want
        hand.page.wait_for_function(
            "([r, c, want]) => Math.abs(handtint.engine.readPixel(r, c)[0] - want) <= 2",
            arg=[row, column, want],
        )
        assert np.abs(on_screen(hand, row, column) - want).max() < 3, (row, column)
    hand.choose_color(RED)
    hand.paint([(140, 11900), (160, 11990)])
    hand.wait_solved()
    points = np.array(hand.state("document.strokes[0].points"))
    assert np.abs(points[0] - (140, 11900)).max() < 1
    red, _, blue = hand.pixel(170.5, 11950.5)
    assert red - blue > 15


def test_24_megapixels_open_and_are_painted(desk):
    height, width, side = 4000, 6000, 500
    hand = desk(made_photos.squares, height, width, side, name="photo.jpg")
    assert (hand.state("project.height"), hand.state("project.width")) == (height, width)
    hand.choose_color(RED)
    hand.set_state(brushSize=120)
    hand.paint([(1100, 2100), (1400, 2400)])
    hand.wait_solved()
    red, _, blue = hand.pixel(1250.5, 2050.5)
    assert red - blue > 30
    look_at(hand, 3750, 5750)
    want = made_photos.square_code(7, 11)
    got = hand.page.evaluate("([r, c]) => handtint.engine.grayAt(r, c)", [3750, 5750])
    assert abs(got - want) <= 3
    hand.paint([(3700, 5700), (3800, 5800)])
    points = np.array(hand.state("document.strokes[1].points"))
    assert np.abs(points[0] - (3700, 5700)).max() < 1
    assert np.abs(points[-1] - (3800, 5800)).max() < 1


NO_WEBGL = """
  const real = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return /webgl/.test(kind) ? null : real.call(this, kind, ...more);
  };
"""


def test_without_webgl_the_picture_is_drawn_all_the_same(desk):
    hand = desk(script=NO_WEBGL)
    hand.choose_color(RED)
    hand.paint([(60, 60), (180, 70)])
    hand.wait_solved()
    hand.page.keyboard.press("k")
    hand.page.mouse.move(5, 5)
    hand.wait_for("!s.showInk && s.renderer")
    for row, column in ((120, 30), (30, 100), (120, 290)):
        want = np.mean(
            [hand.pixel(row + i, column + j) for i in range(-2, 3) for j in range(-2, 3)], axis=0
        )
        assert np.abs(on_screen(hand, row, column) - want).max() < 4
    red, _, blue = on_screen(hand, 120, 30)
    assert red - blue > 30
    assert "WebGL" in hand.page.locator("#status, footer, .statusbar").first.inner_text()


def test_a_new_colour_needs_no_new_grey_but_a_new_view_does(desk):
    hand = desk()

    def drawn_after(row, column):
        hand.choose_color((60, 150, 70))
        hand.paint([(row, column), (row + 10, column + 20)])
        hand.wait_solved()
        hand.wait_drawn()
        stats = hand.page.evaluate("() => window.handtint.engine.renderStats()")
        return stats["composed"], stats["redraws"]

    before = drawn_after(120, 60)
    for column in (60, 160, 240):
        painted = drawn_after(20, column)
    assert painted[0] >= before[0] + 3
    # One at most, when a slow machine first draws at half the resolution.
    assert painted[1] <= before[1] + 1
    scale = hand.state("view.scale")
    hand.page.mouse.move(*hand.place(120, 160))
    hand.page.mouse.wheel(0, -240)
    hand.wait_for(f"s.view.scale > {1.2 * scale}")
    assert drawn_after(120, 160)[1] > painted[1]
