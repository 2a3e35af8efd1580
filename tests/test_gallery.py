"""The gallery: one command makes a page whose pictures are all there."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from quarters import coloured_quarters

SCRIPT = Path(__file__).parents[1] / "scripts" / "make_gallery.py"


def test_one_command_makes_the_page(tmp_path):
    Image.fromarray(coloured_quarters(96)).save(tmp_path / "truth.png")
    Image.fromarray(np.full((30, 40), 90, np.uint8)).save(tmp_path / "grey.png")
    mask = np.zeros((30, 40, 3), np.uint8)
    mask[5:9, 5:9] = (200, 90, 40)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    docs = tmp_path / "docs"
    done = subprocess.run(
        [
            sys.executable, str(SCRIPT), str(docs), "--size", "96", "--methods",
            "harmonic,flat-tint", "--truth", str(tmp_path / "truth.png"), "--old",
            str(tmp_path / "grey.png"), str(tmp_path / "mask.png"), "Somebody, 1900.",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = (docs / "gallery.md").read_text("utf-8")
    shown = re.findall(r"\]\((images/[^)]*)\)", page)
    made = [str(p.relative_to(docs)) for p in (docs / "images" / "gallery").iterdir()]
    assert sorted(shown) == sorted(made)
    assert len(shown) == 6
    for name in shown:
        with Image.open(docs / name) as sheet:
            assert sheet.format == "JPEG"
    assert "Somebody, 1900." in page
    for method in ("harmonic", "flat-tint"):
        assert f"### {method}\n" in page
        assert page.count(f"| `{method}` |") == 2
    assert page.index("| `harmonic` |") < page.index("| `flat-tint` |")
