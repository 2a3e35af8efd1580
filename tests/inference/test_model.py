"""Models: what is loaded, what is refused, and that those in the package are the networks."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from handtint.errors import MethodUnavailable
from handtint.inference import model
from handtint.inference.bins import chroma_bins
from handtint.inference.session import Network
from handtint.inference.wire import has_external_data

INPUTS = {"lightness": ("h", "w"), "hints": ("h", "w"), "mask": ("h", "w")}


def tiny(*extra, inputs=INPUTS):
    """A colorizer that gives the hints back, and three quarters of nothing to be sure of."""
    put = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 2 if n == "hints" else 1, *s])
        for n, s in inputs.items()
    ]
    put.append(helper.make_tensor_value_info("temperature", TensorProto.FLOAT, [1]))
    out = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, None)
        for n in ("chroma", "uncertainty", "logarithms")
    ]
    nodes = [
        helper.make_node("Identity", ["hints"], ["chroma"]),
        helper.make_node("AveragePool", ["mask"], ["pooled"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Mul", ["pooled", "half"], ["uncertainty"]),
        helper.make_node("Identity", ["uncertainty"], ["logarithms"]),
    ]
    half = onnx.numpy_helper.from_array(np.array([0.75], np.float32), "half")
    graph = helper.make_graph(nodes, "tiny", put, out, [half, *extra])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return made


def write(path, data, **card):
    path.write_bytes(data)
    fitting = {"format": model.FORMAT, "sha256": hashlib.sha256(data).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(fitting | card))
    return path


def test_a_model_takes_and_gives_lab(tmp_path):
    loaded = model.load(write(tmp_path / "m.onnx", tiny().SerializeToString(), name="tiny"))
    assert loaded.card["name"] == "tiny"
    hints, mask = np.full((32, 64, 2), 40, np.float32), np.zeros((32, 64), np.float32)
    mask[:, :32] = 1
    found = loaded.network(np.full((32, 64), 50, np.float32), hints, mask)
    np.testing.assert_allclose(found.chroma[:, :32], 40, rtol=1e-6)
    assert not found.chroma[:, 32:].any()  # what is not in the mask is no hint
    assert found.uncertainty.shape == (8, 16)
    np.testing.assert_allclose(found.uncertainty[:, :8], 0.75)


def test_damaged_and_foreign_files_are_refused(tmp_path):
    good = tiny().SerializeToString()
    path = tmp_path / "m.onnx"
    with pytest.raises(MethodUnavailable, match=r"m\.onnx cannot be read"):
        model.load(path)
    write(path, good)
    path.write_bytes(good[:-1] + b"\0")
    with pytest.raises(MethodUnavailable, match="not that of its card"):
        model.load(path)
    write(path, good, format=99)
    with pytest.raises(MethodUnavailable, match="format 99"):
        model.load(path)
    path.with_suffix(".json").write_text("{")
    with pytest.raises(MethodUnavailable, match="cannot be read"):
        model.load(path)
    for data in (b"", b"nonsense", tiny(inputs={"a": (1, 1)} | INPUTS).SerializeToString()):
        with pytest.raises(MethodUnavailable):
            model.load(write(path, data))


def test_numbers_in_other_files_are_refused(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(4))
    outside = onnx.numpy_helper.from_array(np.zeros(1, np.float32), "outside")
    outside.ClearField("raw_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value=str(tmp_path / "secret"))
    plain = tiny()
    assert not has_external_data(plain.SerializeToString())
    nested = tiny()
    nested.graph.node.append(helper.make_node("Constant", [], ["c"], value=outside))
    deeper = tiny()
    branch = helper.make_graph([], "b", [], [], [outside])
    deeper.graph.node.append(helper.make_node("If", ["x"], ["y"], then_branch=branch))
    for bad in (tiny(outside), nested, deeper):
        assert has_external_data(bad.SerializeToString())
        with pytest.raises(MethodUnavailable, match="other files"):
            Network(bad.SerializeToString())


@pytest.mark.parametrize("data", [b"\x3a\xff", b"\x3a\x05ab", b"\x3b", b"\xff" * 30])
def test_what_cannot_be_read_counts_as_external(data):
    assert has_external_data(data)


def test_without_onnx_runtime_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MethodUnavailable, match="pip install onnxruntime"):
        Network(tiny().SerializeToString())


def test_importing_and_classical_methods_load_no_runtime():
    code = (
        "import sys, numpy as np, handtint, handtint.inference.model\n"
        "from handtint.types import HintMap\n"
        "handtint.load('harmonic')().prepare(np.full((9, 9), 50, 'f4'))(HintMap.empty((9, 9)))\n"
        "assert not {'onnxruntime', 'torch', 'onnx'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


LOOKS = """
import sys
import numpy as np
from handtint.bench.memory import PeakMemory
from handtint.inference.model import load
side = int(sys.argv[1])
hints, mask = np.zeros((side, side, 2), np.float32), np.zeros((side, side), np.float32)
for network in [load(path).network for path in sys.argv[2:]]:
    with PeakMemory() as taken:
        network(mask + 50, hints, mask)
    print(taken.bytes)
"""


def memory_of_looks(side, *paths):
    """Bytes that each look takes beyond what is held before it; None but on Linux."""
    command = [sys.executable, "-c", LOOKS, str(side), *paths]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [int(n) if n != "None" else None for n in done.stdout.split()]


@pytest.mark.parametrize("path", model.shipped(), ids=lambda p: p.stem)
def test_a_large_look_takes_little_memory_and_gives_it_back(path):
    first, again = memory_of_looks(512, path, path)
    if sys.platform == "linux":
        assert 60e6 < first < 170e6
        assert again > 40e6  # what the first one took was not kept for it
    else:
        assert first is again is None


def test_the_next_look_of_any_network_takes_the_memory_of_the_last():
    first, other, again = memory_of_looks(384, *model.shipped(), model.shipped()[0])
    if sys.platform == "linux":
        assert first > 40e6
        assert max(other, again) < first / 3
    else:
        assert first is other is again is None


def test_bins_are_where_screens_have_colours():
    bins = chroma_bins()
    assert bins.shape == (261, 2)
    assert bins.dtype == np.float32
    assert (bins % 10 == 0).all()
    assert [0, 0] in bins.tolist()
    assert np.hypot(*bins.T).max() < 140


def scene():
    """A picture of formulas, and three hints."""
    y, x = np.mgrid[:64, :96].astype(np.float32)
    lightness = 50 + 30 * np.sin(x / 9) * np.cos(y / 7) + 15 * (x > 48)
    hints, mask = np.zeros((64, 96, 2), np.float32), np.zeros((64, 96), np.float32)
    for top, left, chroma in ((8, 10, (40, 30)), (40, 30, (-30, 40)), (20, 70, (5, -45))):
        hints[top : top + 6, left : left + 6] = chroma
        mask[top : top + 6, left : left + 6] = 1
    return lightness.astype(np.float32), hints, mask


# Chroma at eight places, without and with the hints, from the code and the weights of the training.
PLACES = [(5, 5), (11, 13), (30, 48), (43, 33), (23, 73), (50, 80), (60, 20), (10, 90)]
WANTED = {
    "affinity": [
        [
            (-6.1, 11.7),
            (-8.3, 15.0),
            (-5.2, 10.7),
            (-6.7, 14.4),
            (-9.6, 16.3),
            (-7.7, 12.2),
            (-3.1, 13.6),
            (-6.8, 14.4),
        ],
        [
            (38.3, 33.0),
            (35.6, 29.9),
            (0.8, 35.2),
            (-29.6, 40.5),
            (5.6, -47.7),
            (14.0, 31.0),
            (-18.8, 38.0),
            (29.6, 25.1),
        ],
    ],
    "attention": [
        [
            (-7.9, 24.3),
            (-10.6, 23.3),
            (-3.9, 17.4),
            (-7.6, 16.3),
            (-12.0, 19.6),
            (-9.0, 21.5),
            (-7.9, 16.5),
            (-13.4, 30.0),
        ],
        [
            (32.2, 30.5),
            (42.7, 31.4),
            (0.5, 11.2),
            (-30.8, 40.5),
            (5.4, -46.7),
            (8.1, -3.1),
            (-26.1, 33.0),
            (10.4, -17.7),
        ],
    ],
}


@pytest.mark.parametrize("name", ["affinity", "attention"])
def test_the_models_in_the_package_are_the_networks_that_were_trained(name):
    (path,) = (p for p in model.shipped() if p.stem == name)
    network = model.load(path).network
    lightness, hints, mask = scene()
    rows, columns = np.array(PLACES).T
    for given, wanted in zip((mask * 0, mask), WANTED[name], strict=True):
        found = network(lightness, hints, given).chroma[rows, columns]
        assert np.abs(found - wanted).max() < 1.5  # of the rounding to 8 bits
        assert np.abs(found - wanted).mean() < 0.5


@pytest.mark.parametrize("path", model.shipped(), ids=lambda p: p.stem)
def test_cards_say_what_has_to_be_known(path):
    card = model.load(path).card
    assert card["photographs"]["count"] == sum(card["photographs"]["licence_classes"].values())
    for key in ("training", "figures", "biases", "not_for", "licence_of_the_weights", "difference"):
        assert card[key]


def test_the_models_are_small_enough():
    assert 0 < sum(p.stat().st_size for p in model.shipped()) < 16_000_000


def test_a_distribution_is_one_and_its_entropy_the_uncertainty():
    for path in model.shipped():
        network = model.load(path).network
        found = network.distribution(*scene())
        assert found.shape == (16, 24, len(chroma_bins()))
        np.testing.assert_allclose(found.sum(2), 1, rtol=1e-4)
        entropy = -(found * np.log(np.maximum(found, 1e-30))).sum(2) / np.log(found.shape[2])
        np.testing.assert_allclose(entropy, network(*scene()).uncertainty, atol=2e-3)
