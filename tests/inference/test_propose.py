"""Looks at a picture: sizes, hints on other grids, means, marks."""

import numpy as np
import pytest

from handtint.errors import Cancelled
from handtint.inference.propose import Look, Proposer, hint_count, seen_shape
from handtint.inference.session import Proposal
from handtint.types import HintMap


class Told:
    """A network that is told what to say, and keeps what it was shown."""

    def __init__(self, chroma=(10, -5), doubt=0.5):
        self.chroma, self.doubt, self.shown = chroma, doubt, []

    def __call__(self, lightness, hints, mask, temperature):
        assert lightness.shape == mask.shape == hints.shape[:2]
        assert not np.array(lightness.shape).astype(int).__mod__(32).any()
        self.shown.append((lightness, hints, mask, temperature))
        h, w = lightness.shape
        chroma = np.where(mask[..., None] > 0, hints, np.float32(self.chroma))
        doubt = np.full((h // 4, w // 4), self.doubt, np.float32)
        return Proposal(chroma.astype(np.float32), doubt, temperature)

    def distribution(self, lightness, hints, mask):
        assert lightness.shape == mask.shape == hints.shape[:2]
        h, w = lightness.shape
        drawn = mask.reshape(h // 4, 4, w // 4, 4).max((1, 3))
        return np.stack([1 - self.doubt * (1 - drawn), self.doubt * (1 - drawn)], 2)


def hints_at(shape, *squares):
    hints = HintMap.empty(shape)
    for y, x, chroma in squares:
        hints.chroma[y : y + 6, x : x + 6] = chroma
        hints.weight[y : y + 6, x : x + 6] = 1
    return hints


@pytest.mark.parametrize("shape", [(300, 500), (40, 33), (7, 900), (1, 1), (256, 256)])
@pytest.mark.parametrize("target", ["full", "small"])
def test_any_shape_is_seen_in_multiples_and_comes_back(shape, target, rng):
    lightness = rng.uniform(0, 100, shape).astype(np.float32)
    target = shape if target == "full" else tuple(max(1, n // 3) for n in shape)
    found = Proposer(lightness)([Look(Told(), 128)], HintMap.empty(shape), target)
    assert found.chroma.shape == (*target, 2)
    assert found.uncertainty.shape == target
    np.testing.assert_allclose(found.chroma, np.broadcast_to((10, -5), (*target, 2)), rtol=1e-5)
    np.testing.assert_allclose(found.uncertainty, 0.5, rtol=1e-5)


def test_the_size_is_about_that_asked_for_but_small_pictures_stay_small():
    assert seen_shape((256, 256), 256) == (256, 256)
    assert seen_shape((600, 1200), 256) == (181, 362)
    assert seen_shape((30, 50), 256) == (60, 100)
    assert seen_shape((1, 4000), 64) == (1, 4048)


@pytest.mark.parametrize("size", [64, 128, 256])
def test_hints_keep_their_place_and_colour_at_every_size(size):
    told, hints = Told(), hints_at((128, 128), (20, 90, (40, 30)), (70, 10, (-20, 5)))
    found = Proposer(np.full((128, 128), 50, np.float32))([Look(told, size)], hints, (128, 128))
    _, wanted, mask, _ = told.shown[0]
    colours = {tuple(c) for c in np.round(wanted[mask > 0], 3)}
    assert colours == {(40, 30), (-20, 5)}
    assert np.abs(found.chroma - hints.chroma)[hints.weight > 0].mean() < 8
    centres = [(23, 93), (73, 13)]
    for y, x in centres:
        assert np.abs(found.chroma[y, x] - hints.chroma[y, x]).max() < 0.1


def test_looks_are_averaged_by_their_shares():
    looks = [Look(Told((10, 0), 0.2), 64, 3.0), Look(Told((-10, 8), 0.6), 96, 1.0)]
    shape = (64, 80)
    found = Proposer(np.full(shape, 50, np.float32))(looks, HintMap.empty(shape), shape)
    np.testing.assert_allclose(found.chroma, np.broadcast_to((5, 2), (*shape, 2)), atol=1e-5)
    np.testing.assert_allclose(found.uncertainty, 0.3, atol=1e-6)


def test_distributions_are_averaged_and_without_margin():
    shape, networks = (90, 400), [Told(doubt=0.2), Told(doubt=0.6)]
    propose = Proposer(np.full(shape, 50, np.float32))
    found = propose.distribution(networks, HintMap.empty(shape))
    h, w = seen_shape(shape, 256)
    assert found.shape == (-(-h // 4), -(-w // 4), 2)
    np.testing.assert_allclose(found[..., 1], 0.4, rtol=1e-6)
    drawn = propose.distribution(networks, hints_at(shape, (40, 200, (20, 20))))
    rows, columns = np.nonzero(drawn[..., 0] == 1)
    assert abs(rows.mean() - found.shape[0] * 43 / 90) < 1.5
    assert abs(columns.mean() - found.shape[1] * 203 / 400) < 1.5


def test_coarse_colours_follow_the_edges_of_the_fine_picture():
    class Sided(Told):
        def __call__(self, lightness, hints, mask, temperature):
            found = super().__call__(lightness, hints, mask, temperature)
            found.chroma[lightness > 60] = (30, 30)
            return found

    lightness = np.full((240, 320), 30, np.float32)
    lightness[:, 101:] = 80
    found = Proposer(lightness)([Look(Sided((-30, 0)), 64)], HintMap.empty((240, 320)), (240, 320))
    assert np.abs(found.chroma[:, :98] - (-30, 0)).max() < 3
    assert np.abs(found.chroma[:, 104:] - (30, 30)).max() < 3


def test_touching_hints_are_one():
    hints = hints_at((50, 50), (2, 2, (1, 1)), (8, 8, (1, 1)), (30, 30, (1, 1)))
    assert hint_count(hints) == 2
    assert hint_count(HintMap.empty((5, 5))) == 0


def test_it_tells_its_progress_and_stops_when_asked():
    class Asked:
        def __init__(self):
            self.fractions, self.cancelled = [], False

        def report(self, fraction, chroma=None, /):
            self.fractions.append(fraction)
            self.cancelled = fraction >= 0.5

    asked, told, shape = Asked(), Told(), (40, 40)
    propose = Proposer(np.full(shape, 50, np.float32))
    with pytest.raises(Cancelled):
        propose([Look(told, 64)] * 4, HintMap.empty(shape), shape, progress=asked)
    assert asked.fractions == [0.25, 0.5]
    assert len(told.shown) == 2
