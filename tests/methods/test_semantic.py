"""Blending along kinds: networks tell what is of one kind, strokes which colour it has."""

import numpy as np
import pytest

from handtint.errors import MethodUnavailable
from handtint.inference.bins import chroma_bins
from handtint.inference.model import Model
from handtint.methods import proposing
from handtint.methods.blending import Blending
from handtint.methods.semantic import Semantic
from handtint.types import HintMap

SHAPE = (96, 128)


class Seeing:
    """A network that takes light and dark places for different things."""

    looks = 0

    def distribution(self, lightness, hints, mask):
        self.looks += 1
        assert not mask.any()
        h, w = lightness.shape
        # Below and above 50.05 %: a difference that the lightness as such hardly shows.
        dark = lightness.reshape(h // 4, 4, w // 4, 4).mean((1, 3)) < 50.05
        seen = np.full((h // 4, w // 4, len(chroma_bins())), 1e-6, np.float32)
        seen[dark, 10] = seen[~dark, 200] = 1
        return seen / seen.sum(axis=2, keepdims=True)


@pytest.fixture
def seeing(monkeypatch):
    network = Seeing()
    model = Model(network, {"network": {"kind": "attention"}})
    monkeypatch.setattr(proposing.Proposing, "models", lambda self: (model,))
    monkeypatch.setattr(proposing.Asking, "models", lambda self: (model,))
    return network


def board(rng):
    """Four fields, of which opposite ones are of a kind; grain that hides it."""
    light = np.full(SHAPE, 50, np.float32)
    light[:48, 64:] = light[48:, :64] = 50.1
    hints = HintMap.empty(SHAPE)
    hints.chroma[20:26, 20:26], hints.weight[20:26, 20:26] = (40, 10), 1
    hints.chroma[20:26, 100:106], hints.weight[20:26, 100:106] = (-30, 30), 1
    return light, hints


def test_colours_go_to_their_kind_and_strokes_stay(seeing, rng):
    light, hints = board(rng)
    found = Semantic().prepare(light)(hints).chroma
    drawn = hints.weight == 1
    np.testing.assert_allclose(found[drawn], hints.chroma[drawn], atol=1e-3)
    blind = Blending().prepare(light)(hints).chroma
    # Below each stroke lies a field of the other kind.
    for field, like in (((70, 110), (40, 10)), ((70, 20), (-30, 30))):
        wanted = np.array(like)
        here, there = found[field[0], field[1]], blind[field[0], field[1]]
        assert np.linalg.norm(here - wanted) < 0.8 * np.linalg.norm(there - wanted)


def test_the_networks_look_once_at_a_photograph(seeing, rng):
    light, hints = board(rng)
    prepared = Semantic().prepare(light)
    first = prepared(hints).chroma
    hints.chroma[60:64, 90:94], hints.weight[60:64, 90:94] = (0, -40), 1
    assert np.abs(prepared(hints).chroma - first).max() > 1
    assert seeing.looks == 1


def test_absurd_colours_reach_as_far_as_likely_ones(make_scene):
    """With the networks of the package: a turn of all hues turns the result."""
    light = make_scene(SHAPE)
    hints = HintMap.empty(SHAPE)
    for y, x, chroma in ((10, 10, (25, 30)), (60, 90, (-20, 25)), (80, 20, (5, -30))):
        hints.chroma[y : y + 4, x : x + 4], hints.weight[y : y + 4, x : x + 4] = chroma, 1
    turned = HintMap.empty(SHAPE)
    turned.weight[...] = hints.weight
    turned.chroma[..., 0], turned.chroma[..., 1] = -hints.chroma[..., 1], hints.chroma[..., 0]
    prepared = Semantic(tol=1e-6).prepare(light)
    straight, other = prepared(hints).chroma, Semantic(tol=1e-6).prepare(light)(turned).chroma
    np.testing.assert_allclose(other[..., 0], -straight[..., 1], atol=0.02)
    np.testing.assert_allclose(other[..., 1], straight[..., 0], atol=0.02)


def test_without_networks_it_says_so(monkeypatch):
    monkeypatch.setattr(proposing, "shipped", lambda: ())
    with pytest.raises(MethodUnavailable, match="holds no network"):
        Semantic().prepare(np.full((40, 40), 50, np.float32))


def test_kernels_of_ones_own_are_asked_for_by_name(tmp_path):
    with pytest.raises(MethodUnavailable, match="nowhere"):
        Semantic(informed=str(tmp_path / "nowhere.npz")).prepare(np.full((40, 40), 50, "f4"))
