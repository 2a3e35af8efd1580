"""Help, methods, demo and bench as a person runs them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from handtint import registry
from handtint.options import declared


def handtint(*args, cwd=None):
    return subprocess.run(
        [sys.executable, "-c", "from handtint.cli.main import main; main()", *map(str, args)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize(
    "command", [[], ["colorize"], ["demo"], ["methods"], ["methods", "show"], ["bench"],
                ["bench", "hints"], ["bench", "solve"], ["bench", "stroke"], ["bench", "studio"],
                ["bench", "proposals"],
                ["studio"], ["train"], ["train", "weights"], ["train", "network"], ["export"]],
)  # fmt: skip
def test_every_command_has_help(command):
    done = handtint(*command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage:")


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nsys.argv = ['handtint', '--help']\n"
        "from handtint.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'numba', 'scipy', 'PIL', 'tifffile', 'onnxruntime', 'torch'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_methods_are_listed_and_shown():
    listed = handtint("methods").stdout
    for name in registry.names():
        assert name in listed
        shown = handtint("methods", "show", name).stdout
        assert "energy" in shown
        for o in declared(registry.load(name)):
            assert f"{o.name} = " in shown
            assert o.domain in shown
    unknown = handtint("methods", "show", "harmonik")
    assert unknown.returncode == 2
    assert "did you mean harmonic" in unknown.stderr


def test_the_demo_makes_three_pictures(tmp_path):
    done = handtint("demo", "--out", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    assert "Beato" in done.stdout
    sizes = {}
    for path in (tmp_path / "demo").iterdir():
        with Image.open(path) as picture:
            sizes[path.name] = picture.size
    assert sizes == {
        "result.png": (1024, 819),
        "strokes.png": (1024, 819),
        "side-by-side.png": (3072, 819),
    }
    with Image.open(tmp_path / "demo" / "result.png") as picture:
        colour = np.asarray(picture).astype(int)
    assert colour[100, 300, 2] > colour[100, 300, 0] + 5
    assert colour[730, 250, 0] > colour[730, 250, 2] + 20
    again = handtint("demo", "--out", tmp_path / "demo")
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_bench_hints_prints_a_table_and_writes_rows(tmp_path, rng):
    y, x = np.mgrid[:80, :100]
    rgb = np.stack([100 + x, 80 + y, 200 - x - y // 2], axis=2) + rng.integers(0, 8, (80, 100, 3))
    Image.fromarray(rgb.astype(np.uint8)).save(tmp_path / "a.png")
    done = handtint(
        "bench", "hints", tmp_path, "--methods", "harmonic,levin-exact,flat-tint", "--points",
        "0,10", "--strokes", "3", "--size", "96", "--protocol", "zhang", "--seed", "3", "--json",
        tmp_path / "rows.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "levin-exact" in done.stdout
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert len(rows) == 3 * 3
    wanted = {
        "image", "method", "hint_kind", "hint_count", "psnr", "ssim", "delta_e", "colourfulness",
        "true_colourfulness", "seconds", "cpu_seconds", "iterations",
    }  # fmt: skip
    assert all(wanted <= set(row) for row in rows)
    by = {(r["method"], r["hint_kind"], r["hint_count"]): r for r in rows}
    assert by["harmonic", "points", 10]["psnr"] > by["flat-tint", "points", 10]["psnr"]
    assert by["harmonic", "points", 0]["colourfulness"] < 1


def test_bench_hints_compares_spaces_and_halves(tmp_path, rng):
    for name in ("a.png", "b.png"):
        rgb = rng.integers(0, 255, (3, 3, 3), np.uint8).repeat(16, 0).repeat(16, 1)
        Image.fromarray(rgb).save(tmp_path / name)
    run = ("bench", "hints", tmp_path, "--methods", "flat-tint", "--points", "3", "--strokes", "",
           "--size", "48")  # fmt: skip
    done = handtint(*run, "--space", "lab,oklab", "--split", "apart")
    assert done.returncode == 0, done.stderr
    tune, test = done.stdout.split("test: ")
    for part in (tune, test):
        assert part.count("flat-tint") == 2
        assert "  oklab  " in part
    only = handtint(*run, "--split", "test", "--json", tmp_path / "rows.json")
    assert only.returncode == 0
    assert [r["image"] for r in json.loads((tmp_path / "rows.json").read_text())] == ["b.png"]
    for wrong in ("lab,labb", ","):
        refused = handtint(*run, "--space", wrong)
        assert refused.returncode == 2
        assert refused.stderr.count("\n") == 1


def test_bench_proposals_prints_a_table_and_writes_rows(tmp_path, rng):
    Image.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8)).save(tmp_path / "a.png")
    done = handtint(
        "bench", "proposals", tmp_path, "--methods", "grey,assisted:networks=affinity",
        "--json", tmp_path / "rows.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()[1:3]]
    assert [line[0] for line in lines] == ["grey", "assisted:networks=affinity"]
    assert lines[0][1] == lines[0][2] == lines[1][2]
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert {row["image"] for row in rows} == {"a.png"}
    refused = handtint("bench", "proposals", tmp_path, "--methods", "blending")
    assert refused.returncode == 2
    assert refused.stderr.startswith("handtint: error: blending needs strokes")


def test_bench_stroke_prints_a_table_and_writes_rows(tmp_path):
    done = handtint(
        "bench", "stroke", "--megapixels", "0.02", "--methods", "flat-tint,harmonic:tol=0.01",
        "--repeats", "1", "--json", tmp_path / "rows.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "one more stroke" in done.stdout
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [r["method"] for r in rows] == ["flat-tint", "harmonic:tol=0.01"]
    assert all(r["again_cpu_seconds"] >= 0 for r in rows)


def test_the_version_is_told():
    assert handtint("--version").stdout.strip().endswith("0.1.0")


def test_the_package_holds_the_demo_and_the_coefficients(tmp_path):
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(wheel)], capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    for name in (
        "demo/photo.jpg", "demo/strokes.jsonl", "coefficients/weights.npz",
        "coefficients/weights.json", "models/affinity.onnx", "models/affinity.json",
        "models/attention.onnx", "models/attention.json", "py.typed", "licenses/LICENSE",
    ):  # fmt: skip
        assert name in listed
    assert "__pycache__" not in listed
