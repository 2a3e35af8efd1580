"""Advice for a photograph whose strokes change, by a network that is told what to say."""

import numpy as np
import pytest

from handtint.inference.bins import chroma_bins
from handtint.inference.model import Model
from handtint.methods.advising import Adviser
from handtint.methods.proposing import Proposing
from handtint.types import HintMap

BINS = chroma_bins()
SHAPE = (120, 200)
_BRIGHT = ((0, -40), (0, -40), (30, 40))


class Sided:
    """A network that thinks dark things red or green, and bright ones blue; counts its calls."""

    def __init__(self):
        self.calls = 0

    def distribution(self, lightness, hints, mask):
        self.calls += 1
        h, w = (n // 4 for n in lightness.shape)
        light = lightness.reshape(h, 4, w, 4).mean((1, 3))
        dark, bright = (self.around(*peaks) for peaks in (((40, 30), (-40, 20)), _BRIGHT))
        return np.where((light < 50)[..., None], dark, bright).astype(np.float32)

    def around(self, *peaks):
        bumps = [np.exp(-((BINS - peak) ** 2).sum(axis=1) / 200) for peak in peaks]
        return np.sum(bumps, axis=0) / np.sum(bumps)


@pytest.fixture
def network(monkeypatch):
    network = Sided()
    model = Model(network, {"network": {"kind": "attention"}})
    monkeypatch.setattr(Proposing, "models", lambda self: (model,))
    return network


def halves():
    light = np.full(SHAPE, 35, np.float32)
    light[:, 100:] = 70
    return light


def test_spots_lie_in_both_surfaces_with_their_colours(network):
    first, second = Adviser(halves()).spots(HintMap.empty(SHAPE), 2)
    assert first.x < 0.5 < second.x
    red, green = first.colours[0].rgb, first.colours[1].rgb
    assert (red[0] > red[1]) != (green[0] > green[1])
    blue = second.colours[0].rgb
    assert blue[2] > blue[0]


def test_networks_are_asked_once_for_the_same_strokes(network):
    adviser, hints = Adviser(halves()), HintMap.empty(SHAPE)
    spots = adviser.spots(hints, 3)
    for spot in spots:
        assert adviser.palette(hints, spot.x, spot.y) == spot.colours
    assert network.calls == 1
    hints.weight[10:30, 10:30] = 1
    adviser.palette(hints, 0.5, 0.5)
    assert network.calls == 2


@pytest.mark.parametrize("at", [(0.0, 0.0), (1.0, 1.0)])
def test_the_corners_have_palettes(network, at):
    assert Adviser(halves()).palette(HintMap.empty(SHAPE), *at)


def test_ignored_pixels_are_not_looked_at(network):
    light, hints = np.full(SHAPE, 35, np.float32), HintMap.empty(SHAPE)
    light[40:80, 60:90] = 95
    hints.ignore[40:80, 60:90] = True
    adviser = Adviser(light)
    at = (75 / 200, 60 / 120)
    assert adviser.palette(hints, *at) == adviser.palette(hints, 0.1, 0.1)
    assert adviser.palette(HintMap.empty(SHAPE), *at) != adviser.palette(hints, *at)
    for spot in adviser.spots(hints, 6):
        assert not hints.ignore[int(spot.y * 120), int(spot.x * 200)]
