"""``handtint train weights``, ``kernels`` and ``reweighting``, and what they refuse."""

import json
import zlib

import numpy as np
import pytest
from PIL import Image

from handtint.coefficients import load, load_informed, load_reweighter
from handtint.methods.assisted import Assisted
from handtint.methods.blending import Blending
from handtint.methods.harmonic import Harmonic
from handtint.methods.reweighted import Reweighted
from handtint.methods.semantic import Semantic
from handtint.train import edges, kernel, reweighting, weights
from handtint.types import HintMap


@pytest.fixture
def folder(tmp_path, rng):
    """Small pictures of distinct colours: some for each model, one kept aside."""
    wanted = {"edges": 3, "kernel": 5, "aside": 1}
    folder = tmp_path / "photos"
    folder.mkdir()
    number = 0
    while any(wanted.values()):
        name, number = f"{number}.png", number + 1
        teaches = zlib.crc32(f"part/{name}".encode()) % 10 < 3
        part = "edges" if teaches else "kernel"
        part = "aside" if zlib.crc32(name.encode()) % 10 == 0 else part
        if wanted[part]:
            wanted[part] -= 1
            cells = rng.integers(20, 235, (3, 4, 3)).repeat(12, 0).repeat(12, 1)
            grain = rng.normal(0, 3, (36, 48, 1))
            Image.fromarray(np.clip(cells + grain, 0, 255).astype(np.uint8)).save(folder / name)
    return folder


def test_it_makes_coefficients_that_work(handtint, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(edges, "BATCH", 2)
    monkeypatch.setattr(weights, "GRID", 64)
    monkeypatch.setattr("handtint.train.examples.GRID", 64)
    out = tmp_path / "own.npz"
    status, said, told = handtint(
        "train", "weights", "--data", folder, "--out", out, "--edge-steps", 75, "--kernel-steps", 75
    )
    assert status == 0, told
    assert "10 points" in said
    assert f"coefficients={out}" in said
    for name in ("edges", "kernel"):
        losses = [
            float(line.rpartition(" ")[2])
            for line in told.splitlines()
            if f"{name}: " in line and "loss" in line
        ]
        assert len(losses) == 3
        assert losses[-1] < losses[0]
    card = load(out).card
    assert card["photos"] == {"edges": 3, "kernel": 5}
    assert card["licences"] == {"unknown": 8}
    assert card["held_out"]["photos"] == 1
    assert json.loads(out.with_suffix(".json").read_text()) == card
    light = rng_light()
    hints = HintMap.empty(light.shape)
    hints.chroma[4:8, 4:8], hints.weight[4:8, 4:8] = (30, 10), 1
    hints.chroma[20:24, 30:34], hints.weight[20:24, 30:34] = (-20, 25), 1
    for make in (Blending, lambda **o: Harmonic(law="learned", **o)):
        own = make(coefficients=str(out)).prepare(light)(hints).chroma
        assert np.abs(own - make().prepare(light)(hints).chroma).max() > 0.01
        np.testing.assert_allclose(own[4:8, 4:8], hints.chroma[4:8, 4:8], atol=1e-3)
    status, _, told = handtint("train", "weights", "--data", folder, "--out", out)
    assert status == 2
    assert "--force" in told


def rng_light():
    return np.random.default_rng(5).uniform(30, 70, (36, 48)).astype(np.float32)


@pytest.mark.parametrize(
    ("data", "out", "more", "what"),
    [
        ("photos", "own.txt", (), ".npz"),
        ("photos", "nowhere/own.npz", (), "no folder"),
        ("none", "own.npz", (), "no such folder"),
        ("photos", "own.npz", ("--licence", "open"), "openly licensed"),
        ("photos", "own.npz", ("--photos", "3"), "--photos"),
    ],
)
def test_it_refuses_in_one_line(handtint, folder, tmp_path, data, out, more, what):
    status, said, told = handtint(
        "train", "weights", "--data", tmp_path / data, "--out", tmp_path / out, *more
    )
    assert status == 2
    assert said == ""
    assert told.count("\n") == 1
    assert what in told
    assert not list(tmp_path.glob("*.npz"))


def test_it_makes_kernels_that_ask_networks(handtint, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "GRID", 64)
    monkeypatch.setattr("handtint.train.examples.GRID", 64)
    monkeypatch.setattr(kernel, "BATCH", 4)
    out = tmp_path / "own.npz"
    arguments = ("train", "kernels", "--data", folder, "--out", out, "--steps", 75)
    status, said, told = handtint(*arguments, "--only", "*.jpg")
    assert status == 2
    assert "*.jpg" in told
    status, said, told = handtint(*arguments, "--only", "*.png")
    assert status == 0, told
    assert f"informed={out}" in said
    for name in ("kindred", "union"):
        losses = [
            float(line.rpartition(" ")[2])
            for line in told.splitlines()
            if f"{name}: " in line and "loss" in line
        ]
        assert len(losses) == 3
        assert losses[-1] < losses[0]
    card = load_informed(out).card
    for name in ("kindred", "union"):
        # Those that teach the edges are left out; each is given hints four times.
        assert card[name]["photos"] == 5
        assert card[name]["examples"] == 20
        assert card[name]["licences"] == {"unknown": 5}
        assert sorted(card[name]["networks"]) == ["affinity", "attention"]
    compared = {row["method"] for row in card["held_out"]["figures"]}
    assert compared == {"blending", "semantic", "assisted"}
    light = rng_light()
    hints = HintMap.empty(light.shape)
    hints.chroma[4:8, 4:8], hints.weight[4:8, 4:8] = (30, 10), 1
    hints.chroma[20:24, 30:34], hints.weight[20:24, 30:34] = (-20, 25), 1
    for make in (Semantic, Assisted):
        own = make(informed=str(out)).prepare(light)(hints).chroma
        assert np.abs(own - make().prepare(light)(hints).chroma).max() > 0.01
        np.testing.assert_allclose(own[4:8, 4:8], hints.chroma[4:8, 4:8], atol=1e-3)


def test_one_of_both_kernels_is_made_as_it_is_with_the_other(
    handtint, folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(weights, "GRID", 64)
    monkeypatch.setattr("handtint.train.examples.GRID", 64)
    monkeypatch.setattr(kernel, "BATCH", 4)
    made = {}
    for name, more in (
        ("both", ()),
        ("kindred", ("--method", "semantic")),
        ("union", ("--method", "assisted")),
    ):
        out = tmp_path / f"{name}.npz"
        given = ("train", "kernels", "--data", folder, "--out", out, "--steps", 20, *more)
        status, _, told = handtint(*given)
        assert status == 0, told
        made[name] = load_informed(out)
    shipped = load_informed()
    for name, other in (("kindred", "union"), ("union", "kindred")):
        one = made[name]
        assert one.card[other] == shipped.card[other]
        for (a, _), (b, _) in layers(getattr(one, name), getattr(made["both"], name)):
            np.testing.assert_allclose(a, b, atol=1e-3)
        for (a, _), (b, _) in layers(getattr(one, other), getattr(shipped, other)):
            np.testing.assert_array_equal(a, b)


def layers(one, other):
    return zip(one.pairs.layers, other.pairs.layers, strict=True)


def test_it_makes_models_that_find_weights_anew(handtint, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(reweighting, "BATCH", 2)
    monkeypatch.setattr(weights, "GRID", 64)
    monkeypatch.setattr("handtint.train.examples.GRID", 64)
    out = tmp_path / "own.npz"
    arguments = ("train", "reweighting", "--data", folder, "--out", out, "--steps", 100)
    status, said, told = handtint(*arguments)
    assert status == 0, told
    assert f"reweighting={out}" in said
    losses = [
        float(line.rpartition(" ")[2]) for line in told.splitlines() if "reweighting: " in line
    ]
    assert len(losses) == 4
    assert losses[-1] < losses[0]
    card = load_reweighter(out).card
    # Those that teach the edges are left out.
    assert card["photos"] == 5
    assert card["licences"] == {"unknown": 5}
    compared = {row["method"] for row in card["held_out"]["figures"]}
    assert compared == {"harmonic, learned weights", "variational", "reweighted"}
    light = rng_light()
    hints = HintMap.empty(light.shape)
    hints.chroma[4:8, 4:8], hints.weight[4:8, 4:8] = (30, 10), 1
    hints.chroma[20:24, 30:34], hints.weight[20:24, 30:34] = (-20, 25), 1
    own = Reweighted(reweighting=str(out)).prepare(light)(hints).chroma
    assert np.abs(own - Reweighted().prepare(light)(hints).chroma).max() > 0.01
    assert np.array_equal(own[4:8, 4:8], hints.chroma[4:8, 4:8])
    status, _, told = handtint(*arguments)
    assert status == 2
    assert "--force" in told


def test_too_few_photographs_are_refused(handtint, folder, tmp_path):
    for path in sorted(folder.iterdir())[2:]:
        path.unlink()
    status, _, told = handtint("train", "weights", "--data", folder, "--out", tmp_path / "o.npz")
    assert status == 2
    assert "give more" in told


def test_the_kernel_needs_two_strokes(folder, rng):
    chosen = weights.choose(folder, weights.Settings(), lambda _: None)
    example = weights.held_out(chosen.aside, lambda _: None)[0]
    hints = example.points(1, 5, rng)
    assert kernel.case(example, hints, load().edges, rng) is None
