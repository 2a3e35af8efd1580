"""Files of coefficients: what comes back, what is refused, what ships."""

import hashlib
import io
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from handtint import coefficients
from handtint.coefficients import (
    Coefficients,
    Informed,
    Kernel,
    Reweighter,
    load,
    load_informed,
    load_reweighter,
    save,
)
from handtint.coefficients.perceptron import Perceptron
from handtint.errors import MethodUnavailable
from handtint.solvers.features import EDGE_FEATURES
from handtint.solvers.kinship import KINDRED, PLAIN, UNION
from handtint.solvers.reweighting import EDGE_STATE, PIXEL_OUTPUTS, PIXEL_STATE


def linear(value):
    one = np.ones(1, np.float32)
    return Perceptron(one, one, ((np.full((1, 1), value, np.float32), one),))


def kernel(value):
    """Models of pairs and of pixels, the first weights ``value`` and one more."""
    one, first = np.ones(1, np.float32), linear(value)
    layers = (*first.layers, (np.ones((1, 1), np.float32), one))
    return Kernel(Perceptron(one, one, layers), linear(value + 1))


def write(path, arrays, **card):
    """Arrays under a card that fits them, but for what ``card`` changes."""
    path.write_bytes(arrays)
    fitting = {"format": coefficients.FORMAT, "sha256": hashlib.sha256(arrays).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(fitting | card))


@pytest.fixture
def saved(tmp_path):
    """A good pair of files, and its arrays."""
    path = tmp_path / "own.npz"
    arrays, card = save(Coefficients(linear(1), kernel(2), {"made": "today"}))
    path.write_bytes(arrays)
    path.with_suffix(".json").write_bytes(card)
    return path, arrays


def refused(path):
    with pytest.raises(MethodUnavailable) as caught:
        load(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def test_what_is_saved_comes_back(saved):
    found = load(saved[0])
    assert found.card["made"] == "today"
    assert found.card["format"] == coefficients.FORMAT
    for n, model in enumerate((found.edges, found.kernel.pairs, found.kernel.fallbacks), 1):
        assert model.layers[0][0].item() == n
    assert load(str(saved[0])) is found


def test_files_that_were_written_anew_are_read_anew(saved):
    path, _ = saved
    load(path)
    arrays, card = save(Coefficients(linear(9), kernel(2), {}))
    path.write_bytes(arrays)
    path.with_suffix(".json").write_bytes(card)
    for file in (path, path.with_suffix(".json")):
        os.utime(file, ns=(5, 5))
    assert load(path).edges.layers[0][0].item() == 9


def test_missing_files_are_refused(saved, tmp_path):
    assert "no such file" in refused(tmp_path / "other.npz").lower()
    saved[0].with_suffix(".json").unlink()
    assert "no such file" in refused(saved[0]).lower()


def test_arrays_that_are_not_those_of_the_card_are_refused(saved):
    path, arrays = saved
    path.write_bytes(arrays[:-40])
    assert "card" in refused(path)


def test_another_format_is_refused(saved):
    path, arrays = saved
    write(path, arrays, format=99)
    assert "format 99" in refused(path)


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04 and no more"])
def test_damaged_arrays_are_refused(tmp_path, data):
    path = tmp_path / "own.npz"
    write(path, data)
    assert "cannot be read" in refused(path)


def test_a_damaged_stream_is_refused(saved):
    path, arrays = saved
    start = arrays.index(b"edges.0.weight.npy") + len("edges.0.weight.npy") + 24
    write(path, arrays[:start] + bytes(30) + arrays[start + 30 :])
    assert "cannot be read" in refused(path)


@pytest.mark.parametrize("card", ["", "[]", "{}", "3", "{", '{"format": 1}'])
def test_damaged_cards_are_refused(saved, card):
    saved[0].with_suffix(".json").write_text(card)
    assert "cannot be read" in refused(saved[0])


def test_pickles_are_refused(saved):
    path, arrays = saved
    named = dict(np.load(io.BytesIO(arrays)))
    named["edges.mean"] = np.array([{"a": 1}], object)
    buffer = io.BytesIO()
    np.savez(buffer, **named)
    write(path, buffer.getvalue())
    assert "allow_pickle" in refused(path)


def test_a_model_of_pairs_with_other_layers_is_refused(tmp_path):
    path = tmp_path / "own.npz"
    arrays, _ = save(Coefficients(linear(1), Kernel(linear(2), linear(3)), {}))
    write(path, arrays)
    assert "the model of pairs has 1 layers, not 2" in refused(path)


@pytest.mark.parametrize("lost", ["edges.mean", "pairs.0.weight", "fallbacks.0.bias"])
def test_missing_arrays_are_refused(saved, lost):
    path, arrays = saved
    named = dict(np.load(io.BytesIO(arrays)))
    del named[lost]
    buffer = io.BytesIO()
    np.savez(buffer, **named)
    write(path, buffer.getvalue())
    assert lost in refused(path)


def fits(model, inputs, outputs):
    assert model.mean.shape == (len(inputs),)
    assert model.layers[0][0].shape[1] == len(inputs)
    assert model.layers[-1][1].shape == (outputs,)
    assert (model.deviation > 0).all()
    for array in model.to_arrays("m").values():
        assert array.dtype == np.float32
        assert np.isfinite(array).all()


def test_the_shipped_pairs_are_small_and_fit_the_features():
    assert coefficients.SHIPPED.stat().st_size < 500_000
    assert coefficients.SHIPPED_INFORMED.stat().st_size < 500_000
    assert coefficients.SHIPPED_REWEIGHTER.stat().st_size < 100_000
    fits(load().edges, EDGE_FEATURES, 1)
    fits(load_reweighter().edges, EDGE_FEATURES + EDGE_STATE, 1)
    fits(load_reweighter().pixels, PIXEL_STATE, len(PIXEL_OUTPUTS))
    informed = load_informed()
    for kernel, inputs in (
        (load().kernel, PLAIN),
        (informed.kindred, KINDRED),
        (informed.union, UNION),
    ):
        fits(kernel.pairs, inputs.pairs, 2)
        fits(kernel.fallbacks, inputs.pixels, len(inputs.fallbacks) + 1)


def test_the_shipped_cards_tell_of_their_making():
    card = load().card
    assert {"made", "photos", "licences", "sha256", "held_out"} <= set(card)
    assert sum(card["licences"].values()) == sum(card["photos"].values())
    card = load_reweighter().card
    assert {"made", "licences", "sha256", "held_out"} <= set(card)
    assert sum(card["licences"].values()) == card["photos"]
    card = load_informed().card
    assert {"kindred", "union", "sha256", "held_out"} <= set(card)
    for one in (card["kindred"], card["union"]):
        assert {"made", "licences", "networks"} <= set(one)
        assert sum(one["licences"].values()) == one["photos"]


def test_models_that_find_weights_anew_come_back(tmp_path):
    path = tmp_path / "own.npz"
    arrays, card = save(Reweighter(linear(2), linear(3), {"made": "today"}))
    path.write_bytes(arrays)
    path.with_suffix(".json").write_bytes(card)
    found = load_reweighter(path)
    assert found.card["made"] == "today"
    assert [m.layers[0][0].item() for m in (found.edges, found.pixels)] == [2, 3]


def test_kernels_that_ask_networks_come_back_and_are_refused_alike(saved, tmp_path):
    path = tmp_path / "informed.npz"
    kernels = kernel(2), kernel(4)
    arrays, card = save(Informed(*kernels, {"made": "today"}))
    path.write_bytes(arrays)
    path.with_suffix(".json").write_bytes(card)
    found = load_informed(path)
    assert found.card["made"] == "today"
    models = (getattr(k, n) for k in (found.kindred, found.union) for n in ("pairs", "fallbacks"))
    assert [model.layers[0][0].item() for model in models] == [2, 3, 4, 5]
    # One kind of file is not taken for the other.
    for read, other in (
        (load_informed, saved[0]),
        (load, path),
        (load_reweighter, path),
        (load_reweighter, saved[0]),
    ):
        with pytest.raises(MethodUnavailable, match="cannot be read"):
            read(other)


def test_arrays_are_parsed_by_one_thread_at_a_time(saved, tmp_path, monkeypatch):
    _, arrays = saved
    copies = [tmp_path / f"{n}.npz" for n in range(6)]
    for copy in copies:
        write(copy, arrays)
    read, parsing, together = np.load, threading.Lock(), []

    def slowly(*args, **options):
        together.append(not parsing.acquire(blocking=False))
        threading.Event().wait(0.01)
        if not together[-1]:
            parsing.release()
        return read(*args, **options)

    monkeypatch.setattr(np, "load", slowly)
    with ThreadPoolExecutor(6) as pool:
        assert len(list(pool.map(load, copies))) == 6
    assert together == [False] * 6
