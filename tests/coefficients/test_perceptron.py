"""The perceptron: the formula, the chunks, the arrays."""

import models
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handtint.coefficients import perceptron
from handtint.coefficients.perceptron import Perceptron
from handtint.train.perceptron import initial


def make(rng, widths):
    samples = rng.normal(3, 2, (7, 50)).astype(np.float32)
    model = initial(samples, widths, rng, output=1)
    biased = [(w, rng.normal(size=b.shape).astype(np.float32)) for w, b in model.layers]
    return Perceptron(model.mean, model.deviation, tuple(biased))


@given(
    seed=st.integers(0, 1000),
    widths=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    count=st.integers(0, 40),
)
def test_it_equals_the_formula(seed, widths, count):
    rng = np.random.default_rng(seed)
    model = make(rng, widths)
    inputs = rng.normal(3, 5, (7, count)).astype(np.float32)
    found = model(inputs)
    assert found.shape == (widths[-1], count)
    assert found.dtype == np.float32
    if count:
        np.testing.assert_allclose(found, models.perceptron(model, inputs), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("chunk", [1, 7, 30, 31])
def test_chunks_do_not_show(rng, monkeypatch, chunk):
    model = make(rng, (6, 2))
    inputs = rng.normal(size=(7, 30)).astype(np.float32)
    whole = model(inputs)
    monkeypatch.setattr(perceptron, "CHUNK", chunk)
    np.testing.assert_allclose(model(inputs), whole, rtol=1e-5, atol=1e-6)


def test_arrays_come_back(rng):
    one, other = make(rng, (6, 2)), make(rng, (3,))
    arrays = one.to_arrays("one") | other.to_arrays("other")
    for name, model in (("one", one), ("other", other)):
        back = Perceptron.from_arrays(arrays, name)
        assert np.array_equal(back.mean, model.mean)
        assert np.array_equal(back.deviation, model.deviation)
        assert len(back.layers) == len(model.layers)
        for was, now in zip(model.layers, back.layers, strict=True):
            assert all(map(np.array_equal, was, now))


@pytest.mark.parametrize("lost", ["one.mean", "one.deviation", "one.0.weight", "one.1.bias"])
def test_missing_arrays_are_noticed(rng, lost):
    arrays = make(rng, (6, 2)).to_arrays("one")
    del arrays[lost]
    with pytest.raises(KeyError, match=lost):
        Perceptron.from_arrays(arrays, "one")
