"""``handtint uncertainty``, its calibration and its check, as a person runs them."""

import json

import numpy as np
import pytest
from PIL import Image

from handtint.inference.plausible import SHIPPED_CALIBRATION


@pytest.fixture
def photo(tmp_path, make_scene):
    codes = np.rint(make_scene((96, 128)) * 2.55).astype(np.uint8)
    Image.fromarray(codes).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_a_map_and_numbers_beside_the_photo(handtint, photo, tmp_path):
    data = tmp_path / "sets.npz"
    status, said, told = handtint("uncertainty", photo, "--data", data, "--level", "0.8")
    assert status == 0, told
    written = tmp_path / "photo-uncertainty.png"
    assert said.startswith(f"{written}: level 0.8; ")
    assert "of 261 colours are plausible" in said
    with Image.open(written) as picture:
        assert picture.height > 96
    with np.load(data, allow_pickle=False) as arrays:
        assert float(arrays["level"]) == 0.8
    before = written.read_bytes()
    status, _, told = handtint("uncertainty", photo)
    assert status == 2
    assert "--force" in told
    assert written.read_bytes() == before
    strokes = np.zeros((96, 128, 3), np.uint8)
    strokes[40:60, 20:50] = (200, 60, 50)
    Image.fromarray(strokes).save(tmp_path / "strokes.png")
    status, hinted, told = handtint(
        "uncertainty", photo, "--strokes", tmp_path / "strokes.png", "--level", "0.8", "--force"
    )
    assert status == 0, told
    number = [float(text.split("; ")[1].split()[0]) for text in (said, hinted)]
    assert number[1] < number[0]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (("--level", "0.3"), "0.3"),
        (("--data", "sets.txt"), ".npz"),
        (("--out", "map.psd"), ".psd"),
        (("--calibration", "none.json"), "train calibration"),
        (("--model", "none.onnx"), "none.onnx"),
        (("--strokes", "none.png"), "none.png"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(handtint, photo, wrong, why):
    status, said, told = handtint("uncertainty", photo, *wrong)
    assert status == 2
    assert not said
    assert why in told
    assert told.count("\n") == 1
    assert not (photo.parent / "photo-uncertainty.png").exists()


def test_a_calibration_of_ones_own(handtint, photo, tmp_path, rng):
    folder = tmp_path / "colours"
    folder.mkdir()
    for n in range(5):
        cells = rng.integers(20, 235, (3, 4, 3)).repeat(30, 0).repeat(30, 1).astype(np.uint8)
        Image.fromarray(cells).save(folder / f"{n}.png")
    own = tmp_path / "own.json"
    status, said, told = handtint(
        "train",
        "calibration",
        "--data",
        folder,
        "--out",
        own,
        "--split",
        "tune",
        "--about",
        "cells",
    )
    assert status == 0, told
    assert "none: 3, few: 3, many: 3" in said
    card = json.loads(own.read_text())
    assert (card["data"], card["split"], card["about"]) == (["colours"], "tune", "cells")
    assert card["models"] == json.loads(SHIPPED_CALIBRATION.read_text())["models"]

    with_own = ("--calibration", own)
    status, said, told = handtint("uncertainty", photo, *with_own, "--level", "0.7")
    assert status == 0, told
    status, _, told = handtint("uncertainty", photo, *with_own, "--level", "0.9", "--force")
    assert status == 2
    assert "3 photographs cannot certify more than 0.750" in told

    rows = tmp_path / "rows.json"
    status, said, told = handtint(
        "bench", "coverage", folder, *with_own, "--levels", "0.5,0.75", "--split", "test",
        "--json", rows,
    )  # fmt: skip
    assert status == 0, told
    assert "worst tenth" in said
    found = json.loads(rows.read_text())
    assert {row["image"] for row in found} == {"1.png", "3.png"}
    assert {row["stratum"] for row in found} == {"none", "few", "many"}
    assert all(0 <= row["coverage"] <= 1 <= row["size"] <= 261 for row in found)
    status, _, told = handtint("bench", "coverage", folder, *with_own, "--levels", "0.8")
    assert status == 2
    status, _, told = handtint("train", "calibration", "--data", folder, "--out", own)
    assert status == 2
    assert "--force" in told


def test_a_calibration_of_other_networks_is_refused(handtint, photo, tmp_path):
    value = json.loads(SHIPPED_CALIBRATION.read_text())
    value["models"] = ["0" * 64]
    other = tmp_path / "other.json"
    other.write_text(json.dumps(value))
    for command in (("uncertainty", photo), ("bench", "coverage", photo)):
        status, _, told = handtint(*command, "--calibration", other)
        assert status == 2
        assert "make it anew with 'handtint train calibration'" in told
    assert not (tmp_path / "photo-uncertainty.png").exists()
