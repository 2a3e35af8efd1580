"""What is exported is what was seen, and other programs open it."""

import io
import json
import zipfile
from pathlib import Path

import made_photos
import numpy as np
import pytest
import tifffile
from PIL import Image

from handtint.hints import StrokeDocument
from handtint.metrics import delta_e_map

RED, BLUE = (200, 60, 50), (60, 90, 200)


def painted(hand):
    hand.choose_color(RED)
    hand.paint([(60, 60), (180, 70)])
    hand.choose_color(BLUE)
    hand.paint([(60, 240), (180, 250)])
    hand.wait_solved()
    return hand


def export(hand, kind):
    """Choose a format in the dialog, and give the file's name and bytes."""
    hand.page.keyboard.press("x")
    dialog = hand.page.locator("dialog[data-dialog=export]")
    with hand.page.expect_download() as coming:
        dialog.locator(f"[data-format={kind}]").click()
    download = coming.value
    dialog.wait_for(state="hidden")
    return download.suggested_filename, Path(download.path()).read_bytes()


def picture(data):
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def seen(hand, shape, corner=(0, 0)):
    """A part of the picture as the engine tells it."""
    flat = hand.page.evaluate(
        """([height, width, top, left]) => {
            const seen = [];
            for (let row = top; row < top + height; row++)
              for (let column = left; column < left + width; column++)
                seen.push(...window.handtint.engine.readPixel(row + 0.5, column + 0.5));
            return seen;
        }""",
        [*shape, *corner],
    )
    return np.array(flat, np.uint8).reshape(*shape, 3)


@pytest.mark.parametrize("space", ["lab", "oklab", "yuv"])
def test_the_preview_equals_the_export(desk, space):
    hand = painted(desk())
    if space != "lab":
        hand.page.evaluate("(space) => handtint.actions.setSpace(space)", space)
        hand.wait_solved()
    name, data = export(hand, "png")
    assert name == "photo-colorized.png"
    file = picture(data)
    difference = delta_e_map(seen(hand, (240, 320)), file)
    assert difference.mean() < 0.5
    assert np.percentile(difference, 99) < 1.5
    # And on the screen: one pixel of the photo is one of the screen, and no ink covers it.
    hand.page.keyboard.press("k")
    hand.page.keyboard.press("9")
    hand.page.mouse.move(5, 5)
    hand.wait_for("!s.showInk && s.view.scale === 1")
    hand.set_state(view={"scale": 1, "row": 120, "column": 160})
    x, y = hand.place(0, 0)
    left, top = round(x), round(y)
    hand.set_state(view={"scale": 1, "row": 120 + y - top, "column": 160 + x - left})
    hand.wait_drawn()
    shot = picture(hand.page.screenshot())[top : top + 240, left : left + 320]
    difference = delta_e_map(shot, file)
    assert difference.mean() < 0.6
    assert np.percentile(difference, 99) < 2


def test_the_preview_equals_the_export_beside_a_barrier_and_in_a_large_photo(desk):
    height, width = 200, 3000
    hand = desk(made_photos.one_region, height, width)
    for color, row in ((RED, 40), (BLUE, 160)):
        hand.choose_color(color)
        hand.set_state(brushSize=40)
        hand.paint([(row, 300), (row, 2700)])
    for barred in (False, True):
        if barred:
            hand.page.evaluate("() => handtint.actions.setKind('barrier')")
            hand.set_state(brushSize=6)
            hand.paint([(100, 5), (100, 2995)])
        hand.wait_solved()
        _, data = export(hand, "png")
        file = picture(data)[60:140, 1400:1440].astype(int)
        hand.set_state(view={"scale": 1, "row": 100, "column": 1420})
        hand.wait_drawn()  # a coarser tile answers until the finest one is there
        difference = np.abs(seen(hand, file.shape[:2], (60, 1400)) - file)
        assert difference.max() <= 2, barred


def test_every_format_opens_elsewhere(desk):
    hand = painted(desk())
    _, data = export(hand, "png")
    reference = picture(data)
    assert reference.shape == (240, 320, 3)
    for kind, suffix in (("jpeg", ".jpg"), ("webp", ".webp")):
        name, data = export(hand, kind)
        assert name.endswith(suffix)
        assert np.abs(picture(data).astype(int) - reference).mean() < 3
        assert b"algorithmicallyEnhanced" in data
    name, data = export(hand, "tiff")
    tiff = tifffile.imread(io.BytesIO(data))
    assert name.endswith(".tif") and tiff.dtype == np.uint16
    assert np.abs(tiff / 257 - reference).max() < 1.5
    name, data = export(hand, "ora")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist()[0] == "mimetype"
        assert archive.read("mimetype") == b"image/openraster"
        assert np.abs(picture(archive.read("mergedimage.png")) - reference.astype(int)).max() <= 1
    _, data = export(hand, "mask")
    assert {tuple(c) for c in picture(data).reshape(-1, 3)} == {(0, 0, 0), RED, BLUE}
    name, data = export(hand, "chroma")
    assert picture(data).shape == reference.shape


def test_strokes_and_projects_come_back(desk, tmp_path):
    hand = painted(desk())
    name, data = export(hand, "strokes")
    (tmp_path / name).write_bytes(data)
    strokes = StrokeDocument.load(tmp_path / name).strokes
    assert [s.color for s in strokes] == [RED, BLUE]
    sent = hand.state("document.strokes")
    assert [list(map(list, s.points)) for s in strokes] == [s["points"] for s in sent]
    name, data = export(hand, "project")
    assert name.endswith(".handtint")
    (tmp_path / name).write_bytes(data)
    before = hand.pixel(120.5, 30.5)
    hand.open(tmp_path / name)
    hand.wait_for(f"s.document.strokes.length === {len(sent)}")
    hand.wait_solved()
    assert json.dumps(hand.state("document.strokes")) == json.dumps(sent)
    assert np.abs(np.subtract(hand.pixel(120.5, 30.5), before)).max() <= 2


def test_export_has_the_full_size_of_a_large_photo(desk):
    hand = desk(made_photos.two_regions, 1800, 2400)
    hand.choose_color(RED)
    hand.set_state(brushSize=60)
    hand.paint([(600, 600), (1200, 620)])
    _, data = export(hand, "png")  # At once: it waits for its own solve.
    file = picture(data)
    assert file.shape == (1800, 2400, 3)
    assert file[900, 300, 0] - int(file[900, 300, 2]) > 30
