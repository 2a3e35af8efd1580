"""The page of proposals: one command makes a page whose pictures are all there."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from quarters import coloured_quarters

SCRIPT = Path(__file__).parents[1] / "scripts" / "make_proposals.py"


def run(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_one_command_makes_the_page(tmp_path):
    photos, plates, colours = (tmp_path / name for name in ("photos", "plates", "colours"))
    for place in (photos, plates, colours):
        place.mkdir()
    for n in range(4):
        Image.fromarray(np.full((30, 40), 60 + 30 * n, np.uint8)).save(photos / f"p{n}.png")
    Image.fromarray(np.full((48, 48), 90, np.uint8)).save(plates / "a.png")
    Image.fromarray(coloured_quarters(48)).save(colours / "true-a.png")
    docs = tmp_path / "docs"
    done = run(
        docs, "--photos", photos, "--every", 3, "--plates", plates, colours, "--every-plate", 2,
        "--credit", "Somebody, 1900.",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = (docs / "proposals.md").read_text("utf-8")
    shown = re.findall(r"\]\((images/[^)]*)\)", page)
    made = [str(p.relative_to(docs)) for p in (docs / "images" / "proposals").iterdir()]
    assert sorted(shown) == sorted(made)
    assert [Path(name).stem for name in shown] == ["p0", "p3", "a"]
    assert "Somebody, 1900." in page
    with Image.open(docs / shown[2]) as row:
        assert row.width == 3 * row.height + 12
        right = np.asarray(row.convert("RGB"), int)[10:-10, -row.height + 10 : -10]
    assert np.ptp(right, axis=2).mean() > 20

    Image.fromarray(coloured_quarters(48)).save(colours / "true-b.png")
    refused = run(docs, "--plates", plates, colours)
    assert refused.returncode == 2
    assert "1 plates and 2 colour pictures" in refused.stderr
