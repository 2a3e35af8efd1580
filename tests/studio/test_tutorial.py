"""The tutorial shows pictures that are there, and they are light."""

import re
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "images" / "tutorial"
LARGEST_BYTES = 1_500_000


def test_the_tutorial_shows_each_of_its_pictures():
    shown = re.findall(r"\]\(images/tutorial/([^)]*)\)", (DOCS / "tutorial.md").read_text("utf-8"))
    assert sorted(shown) == sorted(path.name for path in PICTURES.iterdir())
    for name in shown:
        with Image.open(PICTURES / name) as picture:
            assert picture.size in {(1280, 800), (820, 1180)}
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < LARGEST_BYTES
