"""``handtint suggest`` and ``handtint bench suggest`` as a person runs them."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image


def handtint(*args, cwd):
    return subprocess.run(
        [sys.executable, "-c", "from handtint.cli.main import main; main()", *map(str, args)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def folder(tmp_path, make_scene):
    gray = np.round(make_scene((120, 160)) * 2.5).astype(np.uint8)
    Image.fromarray(gray).save(tmp_path / "photo.png")
    mask = np.zeros((120, 160, 3), np.uint8)
    mask[40:60, 20:60] = (200, 120, 80)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path


def test_list_json_and_picture_say_the_same(folder):
    done = handtint(
        "suggest", "photo.png", "--strokes", "mask.png", "--count", "3", "--json", "spots.json",
        "--out", "spots.png", cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads((folder / "spots.json").read_text())
    assert (told["photo"], told["width"], told["height"]) == ("photo.png", 160, 120)
    lines = done.stdout.splitlines()
    assert len(lines) == len(told["spots"]) == 3
    shown = np.asarray(Image.open(folder / "spots.png")).astype(int)
    assert shown.shape == (675, 900, 3)
    for number, (line, spot) in enumerate(zip(lines, told["spots"], strict=True), start=1):
        assert re.match(rf" {number}  x {spot['x']:.0f}  y {spot['y']:.0f}  -[\d.]+%  #", line)
        assert 0 <= spot["x"] <= 160 and 0 <= spot["y"] <= 120
        for colour in spot["colours"]:
            assert colour["rgb"] in line
            rgb = [int(colour["rgb"][n : n + 2], 16) for n in (1, 3, 5)]
            assert (np.abs(shown - rgb).max(axis=2) < 2).sum() > 100


def test_what_cannot_be_done_is_told_before_anything_is_written(folder):
    (folder / "spots.json").write_text("mine")
    before = sorted(p.name for p in folder.iterdir())
    for arguments, words in (
        (("photo.png", "--json", "spots.json"), "--force"),
        (("photo.png", "--out", "photo.png", "--force"), "source"),
        (("photo.png", "--json", "spots.txt"), ".txt"),
        (("photo.png", "--count", "0"), "0"),
        (("nowhere.png",), "nowhere.png"),
        (("photo.png", "--strokes", "nowhere.png"), "nowhere.png"),
    ):
        done = handtint("suggest", *arguments, cwd=folder)
        assert done.returncode == 2, arguments
        assert done.stderr.count("\n") == 1
        assert words in done.stderr
        assert not done.stdout
    assert sorted(p.name for p in folder.iterdir()) == before
    assert (folder / "spots.json").read_text() == "mine"
    done = handtint("suggest", "photo.png", "--json", "spots.json", "--force", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert len(json.loads((folder / "spots.json").read_text())["spots"]) == 5


def test_a_photo_without_room_says_so(tmp_path):
    Image.fromarray(np.full((4, 4), 90, np.uint8)).save(tmp_path / "tiny.png")
    done = handtint("suggest", "tiny.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) < 5
    assert "room for" in done.stderr


def test_bench_suggest_prints_a_table(folder):
    done = handtint(
        "bench", "suggest", "mask.png", "--points", "0,2", "--size", "64", "--json", "rows.json",
        cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for word in ("suggested", "uniform", "zhang", "CIEDE2000"):
        assert word in done.stdout
    assert len(json.loads((folder / "rows.json").read_text())) == 6
