"""The union: what the networks say is a prior, the strokes decide."""

import numpy as np
import pytest

from handtint.errors import MethodUnavailable
from handtint.inference.bins import chroma_bins, nearest_bin
from handtint.inference.model import Model
from handtint.inference.propose import hint_count
from handtint.inference.session import Proposal
from handtint.methods import proposing
from handtint.methods.assisted import Assisted, confidence, with_prior
from handtint.methods.blending import Blending
from handtint.methods.neural import Neural
from handtint.types import HintMap


@pytest.fixture
def saying(monkeypatch):
    """Put a network in place that says what a function of the lightness says."""

    def put(chroma, doubt=0.0):
        def network(lightness, hints, mask, temperature, *, detailed=False):
            network.temperatures.append(temperature)
            h, w = lightness.shape
            said = np.empty((h, w, 2), np.float32)
            said[...] = chroma(lightness) if callable(chroma) else chroma
            return Proposal(said, np.full((h // 4, w // 4), doubt, np.float32), temperature)

        def distribution(lightness, hints, mask):
            h, w = lightness.shape
            said = np.full((h, w, 2), chroma(lightness) if callable(chroma) else chroma, "f4")
            shares = np.full((h // 4, w // 4, len(chroma_bins())), doubt / len(chroma_bins()), "f4")
            nearest = nearest_bin(np.ascontiguousarray(said[::4, ::4]))
            np.put_along_axis(shares, nearest[..., None], 1 - doubt, axis=2)
            return shares

        network.temperatures = []
        network.distribution = distribution
        model = Model(network, {"network": {"kind": "attention"}})
        monkeypatch.setattr(proposing.Proposing, "models", lambda self: (model,))
        return network

    return put


def drawn(shape, *squares):
    hints = HintMap.empty(shape)
    for y, x, chroma in squares:
        hints.chroma[y : y + 5, x : x + 5] = chroma
        hints.weight[y : y + 5, x : x + 5] = 1
    return hints


def test_without_strokes_it_is_the_proposal(saying, make_scene):
    saying(lambda light: np.stack([light / 3, 20 - light / 5], axis=-1))
    light = make_scene((60, 80))
    wanted = Neural().prepare(light)(HintMap.empty((60, 80))).chroma
    found = Assisted().prepare(light)(HintMap.empty((60, 80))).chroma
    assert np.abs(found - wanted).mean() < 1
    saying((7, -3))
    flat = Assisted().prepare(light)(HintMap.empty((60, 80))).chroma
    np.testing.assert_allclose(flat, np.broadcast_to((7, -3), flat.shape), atol=0.01)


def test_strokes_win_where_they_are_and_in_the_surface_around_them(saying):
    saying((0, -30))
    light = np.full((60, 120), 40, np.float32)
    light[:, 60:] = 75
    hints = drawn(light.shape, (28, 20, (50, 20)))
    found = Assisted().prepare(light)(hints).chroma
    np.testing.assert_allclose(found[28:33, 20:25], hints.chroma[28:33, 20:25], atol=1e-4)
    near, far = found[28:33, 27:31].mean((0, 1)), found[28:33, 100:].mean((0, 1))
    assert near[0] > 15
    assert far[1] < -20
    strong = Assisted(proposal=10).prepare(light)(hints).chroma
    assert strong[28:33, 27:31, 0].mean() < near[0]


def test_it_lies_between_the_strokes_the_proposal_and_grey(saying, make_scene):
    saying((-20, 10), 0.4)
    light = make_scene((60, 80))
    hints = drawn(light.shape, (10, 10, (40, 10)), (40, 60, (-30, -20)), (30, 30, (0, 40)))
    found = Assisted(detail=0).prepare(light)(hints).chroma
    candidates = np.array([(40, 10), (-30, -20), (0, 40), (-20, 10), (0, 0)])
    for angle in np.arange(16) * np.pi / 8:
        way = np.array([np.cos(angle), np.sin(angle)])
        assert (found @ way).max() <= (candidates @ way).max() + 0.1


def test_what_barriers_keep_from_all_strokes_is_the_proposal(saying):
    saying((-20, 10), 0.4)
    light, hints = np.full((50, 80), 50, np.float32), drawn((50, 80), (20, 10, (40, 0)))
    hints.barrier[:, 40:42] = True
    found = Assisted().prepare(light)(hints).chroma
    np.testing.assert_allclose(found[:, 44:], np.broadcast_to((-20, 10), (50, 36, 2)), atol=0.1)
    assert found[:, :36, 0].mean() > -10


def test_with_a_weak_proposal_it_is_near_the_classical_solution(saying, rng):
    saying((0, 0))
    light = np.clip(50 + np.cumsum(rng.normal(0, 1, (60, 80)), 1), 0, 100).astype(np.float32)
    hints = drawn(light.shape, (10, 10, (40, 10)), (40, 60, (-30, 20)), (30, 30, (0, 40)))
    weak = Assisted(proposal=1e-5, detail=0).prepare(light)(hints).chroma
    harmonic = Blending(prior=1e-4).prepare(light)(hints).chroma
    assert np.abs(weak - harmonic).mean() < 3


def test_detail_of_the_proposal_is_kept(saying):
    """A line that only the network sees stands out more with its gradients kept."""
    light = np.full((64, 64), 50, np.float32)
    light[:, 32] = 50.5
    saying(lambda shown: np.where(shown > 50.1, 40, 0)[..., None] * np.float32([1, 0]))
    lines = [
        Assisted(detail=detail).prepare(light)(HintMap.empty((64, 64))).chroma[..., 0]
        for detail in (0.0, 0.8)
    ]
    heights = [line[:, 31:34].max() - line[:, 5].mean() for line in lines]
    assert heights[1] > heights[0] + 1


def test_the_temperature_is_what_the_network_is_asked_for(saying):
    network = saying((1, 1))
    Neural(temperature=0.1, size=64).prepare(np.full((64, 64), 50, "f4"))(HintMap.empty((64, 64)))
    assert network.temperatures == [pytest.approx(0.1)]


def test_more_hints_are_looked_at_more_closely():
    model = Model(None, {"network": {"kind": "attention"}})
    few, many = HintMap.empty((90, 90)), drawn((90, 90), *((9, 9 * n, (1, 1)) for n in range(6)))
    many.weight[12:, :] = 0
    most = HintMap.empty((90, 90))
    most.weight[::20, ::20] = 1
    assert hint_count(most) >= proposing.ENOUGH > hint_count(many) >= proposing.MANY
    some, more, others = (Neural().looks((model,), hints) for hints in (few, many, most))
    assert max(look.share for look in some) < min(look.share for look in more)
    assert len(some) == len(more) > len(others) == 1
    assert np.mean([look.size for look in more]) < others[0].size
    assert [k.size for k in Neural(size=100).looks((model,), few)] == [100]


def test_networks_can_be_chosen():
    assert len(Neural().models()) == 2
    (one,) = Neural(networks="attention").models()
    assert one.card["network"]["kind"] == "attention"
    with pytest.raises(MethodUnavailable, match="nowhere"):
        Neural(model="nowhere.onnx").models()


def test_a_package_without_networks_says_so(monkeypatch):
    monkeypatch.setattr(proposing, "shipped", lambda: ())
    for method in (Neural, Assisted):
        with pytest.raises(MethodUnavailable, match="holds no network"):
            method().prepare(np.full((40, 40), 50, np.float32))


def test_a_prior_and_a_soft_hint_become_one_by_their_factors():
    hints = HintMap.empty((1, 3))
    hints.chroma[0, 1:] = (10, 0)
    hints.weight[0] = (0, 0.5, 1)
    found = with_prior(hints, np.full((1, 3, 2), 4, np.float32), np.full((1, 3), 0.25, np.float32))
    np.testing.assert_allclose(found.weight[0], (0.2, 1.25 / 2.25, 1), rtol=1e-5)
    np.testing.assert_allclose(found.chroma[0, :2, 0], (4, (10 + 1) / 1.25), rtol=1e-5)
    np.testing.assert_allclose(found.chroma[0, 2], (10, 0))


def test_confidence_falls_and_is_in_its_range():
    trust = confidence(np.linspace(0, 1, 11, dtype=np.float32))
    assert (np.diff(trust) <= 0).all()
    assert trust.min() > 0
    assert trust.max() <= 1
