"""Everybody can use the page: by keyboard alone, in the dark, in Spanish, on a tablet."""

import re

import made_photos
import pytest

TABLETS = {"upright": (820, 1180), "across": (1024, 768), "desktop": (1280, 800)}


def brightness(color):
    red, green, blue = map(int, re.findall(r"\d+", color)[:3])
    return (red + green + blue) / 3


def background(hand, selector="body"):
    return brightness(
        hand.page.evaluate(
            "(s) => getComputedStyle(document.querySelector(s)).backgroundColor", selector
        )
    )


def focus(hand, selector, limit=80):
    """Press Tab until an element has the keyboard."""
    for _ in range(limit):
        if hand.page.evaluate("(s) => document.activeElement?.matches(s) ?? false", selector):
            return
        hand.page.keyboard.press("Tab")
    raise AssertionError(f"no way to {selector} by Tab")


def test_open_paint_and_export_by_keyboard_alone(desk, tmp_path):
    hand = desk(None)
    keyboard = hand.page.keyboard
    photo = made_photos.two_regions(tmp_path / "photo.png")
    # Listening from the start: a chooser that comes before the browser knows of it is lost.
    hand.page.on("filechooser", lambda chooser: chooser.set_files(photo))
    focus(hand, "#open")
    keyboard.press("Enter")
    hand.wait_for("s.dialog === 'open'")
    focus(hand, "#choose-open")
    keyboard.press("Enter")
    hand.wait_for("s.project !== null")
    hand.wait_ready()
    focus(hand, "#color-hex")
    keyboard.press("Control+a")
    keyboard.type("#c83c32")
    keyboard.press("Enter")
    hand.wait_for("s.color.join() === '200,60,50'")
    focus(hand, "#stage")
    keyboard.press("ArrowLeft")
    hand.wait_for("s.crosshair !== null")
    for _ in range(6):
        keyboard.press("Shift+ArrowLeft")
    keyboard.press("Enter")
    for _ in range(6):
        keyboard.press("Shift+ArrowDown")
    keyboard.press("Enter")
    hand.wait_for("s.document.strokes.length === 1")
    hand.wait_solved()
    stroke = hand.state("document.strokes[0]")
    assert stroke["color"] == [200, 60, 50] and len(stroke["points"]) > 1
    row, column = stroke["points"][0]
    red, _, blue = hand.pixel(row, column)
    assert red - blue > 30
    keyboard.press("x")
    focus(hand, "[data-format=png]")
    with hand.page.expect_download() as coming:
        keyboard.press("Enter")
    assert coming.value.suggested_filename == "photo-colorized.png"


def test_every_control_can_be_reached_and_has_a_name(desk):
    hand = desk()
    nameless = hand.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, [role=application]")]
          .filter((e) => e.checkVisibility() && e.type !== "file")
          .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") ||
            e.title || e.textContent.trim() || e.labels?.length))
          .map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    for selector in ("[data-tool=brush]", "#method", "#opacity", "#export", "#help", "#stage"):
        focus(hand, selector)
        outlined = hand.page.evaluate(
            """() => { const s = getComputedStyle(document.activeElement);
                 return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 ||
                   s.boxShadow !== "none"; }"""
        )
        assert outlined, selector


def test_the_help_sheet_shows_every_shortcut(desk):
    hand = desk()
    hand.page.keyboard.press("?")
    sheet = hand.page.locator("dialog[data-dialog=help]")
    sheet.wait_for(state="visible")
    rows = hand.page.evaluate(
        "async () => (await import('/static/js/shortcuts.js')).SHORTCUTS.length"
    )
    assert sheet.locator("kbd").count() >= rows
    hand.page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_theme_follows_the_system_and_can_be_changed(desk, scheme):
    hand = desk(color_scheme=scheme)
    dark = scheme == "dark"
    assert (background(hand) < 90) == dark
    text = hand.page.evaluate("() => getComputedStyle(document.body).color")
    assert (brightness(text) > 150) == dark
    hand.set_state(theme="light" if dark else "dark")
    hand.page.wait_for_function(
        """(dark) => { const c = getComputedStyle(document.body).backgroundColor;
           return (Number(c.match(/\\d+/)[0]) < 90) !== dark; }""",
        arg=dark,
    )


def test_the_page_speaks_spanish(desk):
    hand = desk(locale="es-ES")
    assert hand.state("language") == "es"
    assert hand.page.evaluate("() => document.documentElement.lang") == "es"
    text = hand.page.locator("body").inner_text()
    assert "Deshacer" in hand.page.locator("#undo").evaluate(
        "e => e.getAttribute('aria-label') || e.title || e.textContent"
    )
    assert "Undo" not in text and "Export" not in re.sub("Exportar", "", text)
    hand.page.keyboard.press("x")
    dialog = hand.page.locator("dialog[data-dialog=export]")
    dialog.wait_for(state="visible")
    assert "Exportar" in dialog.inner_text()


@pytest.mark.parametrize("name", TABLETS)
def test_nothing_overflows(desk, name):
    width, height = TABLETS[name]
    hand = desk(viewport={"width": width, "height": height}, has_touch=name != "desktop")
    size = hand.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert size[0] <= width and size[1] <= height
    stage = hand.page.locator("#stage").bounding_box()
    assert stage["width"] > width * 0.5 and stage["height"] > height * 0.6
    outside = hand.page.evaluate(
        """() => [...document.querySelectorAll("button, select, input")]
          .filter((e) => e.checkVisibility({ visibilityProperty: true }))
          .filter((e) => { const b = e.getBoundingClientRect();
            return b.width > 0 && (b.left < -1 || b.right > innerWidth + 1) &&
              !e.closest("[inert]"); })
          .map((e) => e.outerHTML.slice(0, 100))"""
    )
    assert outside == []


def test_what_happens_is_said_to_those_who_do_not_see_it(desk):
    hand = desk()
    status = hand.page.locator("#status")
    assert status.get_attribute("aria-live") == "polite"
    hand.paint([(60, 60), (100, 100)])
    hand.wait_solved()
    assert status.inner_text().strip() != ""


def test_what_is_being_typed_stays_whatever_else_happens(desk):
    hand = desk()
    entry = hand.page.locator("#color-hex")
    entry.fill("#3c5ac8")
    hand.set_state(lightness=33, color=[1, 2, 3])
    hand.wait_drawn()
    assert entry.input_value() == "#3c5ac8"
    entry.press("Enter")
    hand.wait_for("s.color.join() === '60,90,200'")
    size = hand.page.locator("#size-number")
    size.fill("17")
    hand.set_state(brushSize=30)
    hand.wait_drawn()
    size.press("Enter")
    hand.wait_for("s.brushSize === 17")
    entry.fill("no colour")
    entry.press("Enter")
    hand.page.wait_for_function("() => document.querySelector('#color-hex').value === '#3c5ac8'")
