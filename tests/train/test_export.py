"""``handtint export``: the model is the network, and the card says what it is."""

import json
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from handtint.errors import MethodUnavailable
from handtint.inference import model
from handtint.inference.bins import chroma_bins
from handtint.inference.session import UNIT, Network
from handtint.train import export
from handtint.train.nets.affinity import AffinityNet
from handtint.train.nets.attention import AttentionNet
from handtint.train.nets.convert import network, read_facts, read_state


@pytest.fixture(autouse=True)
def few_large_arrays(monkeypatch):
    """Each array that may take 8 bits is tried, which takes as long as loading a network."""
    monkeypatch.setattr(export, "LARGE", 200_000)


def small(kind):
    torch.set_num_threads(1)
    torch.manual_seed(4)
    bins = torch.from_numpy(chroma_bins()) / UNIT
    made = kind(bins, encoder="lite0", width=8, middle=16, transformers=1)
    torch.nn.init.normal_(made.scores.weight, std=0.3)
    return made.eval()


@pytest.mark.parametrize("share", [None, 0.4])
@pytest.mark.parametrize("kind", [AffinityNet, AttentionNet])
def test_the_command_makes_a_model_and_its_card(handtint, kind, share, tmp_path):
    made = small(kind)
    full = len(export.to_onnx(made).SerializeToString())
    most = ("--max-bytes", int(share * full)) if share else ()
    checkpoint, out, facts = (tmp_path / n for n in ("w.pt", "own.onnx", "facts.json"))
    torch.save({"averaged": made.state_dict(), "facts": {"steps": 7, "name": "?"}}, checkpoint)
    facts.write_text(json.dumps({"name": "own", "format": -1}))
    status, said, told = handtint("export", checkpoint, "--out", out, "--card", facts, *most)
    assert status == 0, told
    assert "differs from the network" in said
    loaded = model.load(out)
    assert loaded.card["name"] == "own"
    assert loaded.card["steps"] == 7
    assert bool(loaded.card["in_8_bits"]) is bool(share)
    assert loaded.card["network"]["parameters"] == sum(p.numel() for p in made.parameters())
    assert 0 < loaded.card["difference"]["mean"] < 0.3
    mean, _ = export.differences(made, loaded.network)
    assert mean == pytest.approx(loaded.card["difference"]["mean"], abs=1e-3)
    assert out.stat().st_size <= (share or 0.6) * full
    assert handtint("export", checkpoint, "--out", out)[0] == 2
    assert handtint("export", checkpoint, "--out", out, "--card", out.with_suffix(".json"),
                    "--force")[0] == 0  # fmt: skip
    assert model.load(out).card["name"] == "own"


@pytest.mark.parametrize("share", [None, 0.4])
@pytest.mark.parametrize("kind", [AffinityNet, AttentionNet])
def test_a_model_is_a_network_again(kind, share, tmp_path):
    made, path = small(kind), tmp_path / "own.onnx"
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.7, 1.5)
    full = len(export.to_onnx(made).SerializeToString())
    found = export.export(made, {"steps": 7}, max_bytes=int((share or 0) * full))
    path.write_bytes(found.model)
    path.with_suffix(".json").write_bytes(found.card)
    back = network(read_state(path))
    assert type(back) is kind
    assert back.config == made.config
    assert read_facts(path) == {"steps": 7}
    for torn in ("[7]", "{"):
        path.with_suffix(".json").write_text(torn)
        assert read_facts(path) == {}
    # It is the model itself that comes back, with what storing it lost.
    assert export.differences(back, Network(found.model))[1] < export.EXACT
    stored, weights = back.state_dict(), made.state_dict()
    in_8_bits = json.loads(found.card)["in_8_bits"]
    for name, value in weights.items():
        step = 1 / 127 if name in in_8_bits else 1e-3
        largest = value.abs().max()
        assert torch.allclose(stored[name], value, rtol=0, atol=float(step * largest)), name


def test_the_models_in_the_package_can_be_trained_on():
    for path in model.shipped():
        made = network(read_state(path))
        assert export.differences(made, model.load(path).network)[1] < export.EXACT


@pytest.mark.parametrize("content", [None, b"not a model"])
def test_a_damaged_model_is_refused_in_one_line(handtint, content, tmp_path):
    if content is not None:
        (tmp_path / "own.onnx").write_bytes(content)
    status, _, told = handtint("export", tmp_path / "own.onnx", "--out", tmp_path / "more.onnx")
    assert status == 2
    assert len(told.splitlines()) == 1
    assert "own.onnx cannot be read" in told


def padding(before, behind):
    """Zeros before one convolution, what is at the rim before the other."""
    rng = np.random.default_rng(5)
    amounts = np.array([0, 0, *before, 0, 0, *behind], np.int32)
    node = onnx.helper.make_node
    nodes = [
        node("Constant", [], ["amounts32"], value=onnx.numpy_helper.from_array(amounts)),
        node("Cast", ["amounts32"], ["amounts"], to=onnx.TensorProto.INT64),
        node("Pad", ["x", "amounts", ""], ["padded"], mode="constant"),
        node("Conv", ["padded", "first"], ["y"], strides=[2, 2], pads=[0, 0, 0, 0]),
        node("Pad", ["y", "rim"], ["wide"], mode="edge"),
        node("Conv", ["wide", "second"], ["z"], pads=[0, 0, 0, 0]),
    ]
    arrays = {
        "first": rng.normal(size=(3, 2, 3, 3)).astype(np.float32),
        "rim": np.array([0, 0, 1, 1, 0, 0, 1, 1]),
        "second": rng.normal(size=(1, 3, 3, 3)).astype(np.float32),
    }
    graph = onnx.helper.make_graph(
        nodes,
        "padding",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, (1, 2, 9, 12))],
        [onnx.helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, (1, 1, None, None))],
        [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    return onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", export.OPSET)], ir_version=8
    )


@pytest.mark.parametrize("amounts", [((0, 0), (1, 1)), ((1, 1), (1, 1)), ((2, 1), (0, 3))])
def test_zeros_before_a_convolution_become_its_own_and_change_nothing(amounts):
    plain = padding(*amounts)
    joined = export.padded_within(plain)
    onnx.checker.check_model(joined)
    assert [node.op_type for node in joined.graph.node] == ["Conv", "Pad", "Conv"]
    x = np.random.default_rng(6).normal(size=(1, 2, 9, 12)).astype(np.float32)
    before, after = (
        onnxruntime.InferenceSession(m.SerializeToString()).run(None, {"x": x})[0]
        for m in (plain, joined)
    )
    np.testing.assert_allclose(after, before, atol=1e-5)


@pytest.mark.parametrize("path", model.shipped(), ids=lambda path: path.stem)
def test_the_models_in_the_package_pad_within_convolutions(path):
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert kinds.count("Pad") == 1  # at the rim, before the size is doubled


def test_a_model_that_is_not_the_network_is_refused(monkeypatch):
    made = small(AttentionNet)
    true = export.to_onnx(made)

    def spoilt(network):
        out = onnx.ModelProto()
        out.CopyFrom(true)
        for array in out.graph.initializer:
            values = onnx.numpy_helper.to_array(array)
            if values.dtype == np.float32 and values.shape == (36,):
                array.CopyFrom(
                    onnx.numpy_helper.from_array(values + np.arange(36, dtype="f4"), array.name)
                )
        return out

    monkeypatch.setattr(export, "to_onnx", spoilt)
    with pytest.raises(MethodUnavailable, match="fault of the export"):
        export.export(made, {})


def test_storage_that_loses_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(export, "BOUND", 1e-6)
    with pytest.raises(MethodUnavailable, match="differs from the network"):
        export.export(small(AffinityNet), {})


def test_arrays_that_bear_it_take_8_bits_first(monkeypatch):
    monkeypatch.setattr(export, "LARGE", 40_000)
    plain = export.to_onnx(small(AttentionNet))
    half = export.stored(plain, []).ByteSize()
    assert export.bearing_bytes(plain, half) == []
    few = export.bearing_bytes(plain, half - 500_000)
    every = [a.name for a in plain.graph.initializer if np.prod(a.dims) >= export.LARGE]
    others = [name for name in every if name not in few]
    assert 1 < len(few) < len(every) / 2
    models = (plain, export.stored(plain, few), export.stored(plain, others[: len(few)]))
    exact, found, other = (Network(m.SerializeToString()) for m in models)
    cases = list(export._cases())
    off, farther = (
        sum(np.abs(n(*case).chroma - exact(*case).chroma).mean() for case in cases)
        for n in (found, other)
    )
    assert off < farther


@pytest.mark.parametrize("before", ["plain.pt", "plain.onnx"])
def test_weights_between_two_networks_are_exported(handtint, tmp_path, monkeypatch, before):
    monkeypatch.chdir(tmp_path)
    made, other = small(AffinityNet), small(AffinityNet)
    with torch.no_grad():
        for value in other.parameters():
            value.add_(0.02 * torch.randn_like(value))
    for name, own in (("vivid.pt", made), ("plain.pt", other)):
        torch.save(own.state_dict(), name)
    assert handtint("export", "plain.pt", "--out", "plain.onnx")[0] == 0
    status, _, told = handtint(
        "export", "vivid.pt", "--blend", before, "--share", "0.25", "--out", "own.onnx"
    )
    assert status == 0, told
    card = model.load("own.onnx").card
    assert card["blended_with"] == {"file": before, "share": 0.25}
    between = read_state(tmp_path / "own.onnx")
    for name, value in made.state_dict().items():
        if value.is_floating_point():
            wanted = 0.75 * value + 0.25 * other.state_dict()[name]
            torch.testing.assert_close(between[name], wanted, rtol=2e-3, atol=2e-4)


def test_steps_in_8_bits_are_stretched_so_that_errors_cancel_out(monkeypatch):
    monkeypatch.setattr(export, "LARGE", 40_000)
    plain = export.to_onnx(small(AttentionNet))
    names = [a.name for a in plain.graph.initializer if np.prod(a.dims) >= export.LARGE][:8]
    found = export.best_stretch(plain, names)
    assert found
    assert found.keys() <= set(names)
    assert set(found.values()) <= set(export.STRETCHES)
    exact, even, stretched = (
        Network(m.SerializeToString())
        for m in (plain, export.stored(plain, names), export.stored(plain, names, found))
    )
    before, after = (
        sum(np.abs(n(*case).chroma - exact(*case).chroma).mean() for case in export._cases())
        for n in (even, stretched)
    )
    assert after < before


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("none.pt", "--out", "own.onnx"), "none.pt"),
        (("w.pt", "--out", "own.pt"), ".onnx"),
        (("w.pt", "--out", "own.onnx", "--card", "none.json"), "--card"),
        (("w.pt", "--out", "own.onnx", "--card", "list.json"), "JSON object"),
        (("w.pt", "--out", "own.onnx", "--max-bytes", "-1"), "--max-bytes"),
        (("w.pt", "--out", "own.onnx", "--max-bytes", "1000"), "more than the 1000"),
        (("w.pt", "--out", "own.onnx", "--blend", "w.pt"), "each needs the other"),
        (("w.pt", "--out", "own.onnx", "--share", "0.5"), "each needs the other"),
        (("w.pt", "--out", "own.onnx", "--share", "2"), "--share"),
        (("w.pt", "--out", "own.onnx", "--blend", "affinity", "--share", "0.5"), "one kind"),
    ],
)
def test_it_refuses_in_one_line(handtint, tmp_path, monkeypatch, arguments, what):
    monkeypatch.chdir(tmp_path)
    torch.save(small(AffinityNet).state_dict(), "w.pt")
    (tmp_path / "list.json").write_text("[]")
    status, said, told = handtint("export", *arguments)
    assert status == 2
    assert said == ""
    assert told.count("\n") == 1
    assert what in told
    assert not list(tmp_path.glob("own*"))


def test_without_pytorch_it_says_what_to_install(handtint, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "handtint.train.export", None)
    status, _, told = handtint("export", "w.pt", "--out", tmp_path / "own.onnx")
    assert status == 2
    assert "handtint[train]" in told
