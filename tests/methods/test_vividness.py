"""How vivid proposals are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handtint.methods.assisted import Assisted
from handtint.methods.neural import Neural
from handtint.methods.proposing import FARTHEST, enlivened
from handtint.types import HintMap, Proposed

SHAPE = (6, 7)
UNSURE = np.ones(SHAPE, np.float32)


def proposed(seed, doubt=UNSURE):
    rng = np.random.default_rng(seed)
    chroma = rng.normal((4, 12), (9, 7), (*SHAPE, 2)).astype(np.float32)
    return Proposed(chroma, doubt, np.zeros(SHAPE, np.float32))


def mean(chroma):
    return chroma.mean((0, 1), dtype=np.float64)


seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.floats(0.05, 2))
def test_colours_go_away_from_their_mean_and_by_no_more_than_told(seed, vividness):
    one = proposed(seed)
    found, before = enlivened(one, vividness), one.chroma
    step, away = found - before, before - mean(before)
    far, length = np.linalg.norm(away, axis=2), np.linalg.norm(before, axis=2)
    # The confidence of the least sure proposal is 0.02.
    wanted = 0.98**3 * vividness * np.minimum(np.minimum(far, length), FARTHEST)
    np.testing.assert_allclose((step * away).sum(2) / far, wanted, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(step, axis=2), wanted, rtol=1e-3, atol=1e-4)
    if vividness <= 1:
        assert (found * before).sum(2).min() >= -1e-3  # no hue turns by more than a right angle


@given(seeds, st.floats(0, 2))
def test_grey_stays_grey_and_a_picture_of_one_colour_as_it_is(seed, vividness):
    one = proposed(seed)
    one.chroma[2:4] = 0
    assert not enlivened(one, vividness)[2:4].any()
    one.chroma[:] = (7, -3)
    np.testing.assert_allclose(enlivened(one, vividness), one.chroma, atol=1e-4)


@given(seeds)
def test_what_is_sure_stays_and_the_rest_moves_the_more_the_less_sure_it_is(seed):
    doubt = np.repeat(np.linspace(0.3, 0.8, SHAPE[0], dtype=np.float32)[:, None], SHAPE[1], 1)
    one = proposed(seed, doubt)
    step = np.linalg.norm(enlivened(one, 0.9) - one.chroma, axis=2)
    most = np.linalg.norm(
        enlivened(Proposed(one.chroma, UNSURE, one.spread), 0.9) - one.chroma, axis=2
    )
    share = step / most
    assert not step[doubt < 0.38].any()
    assert (np.diff(share, axis=0) > -1e-3).all()
    assert share[-1].min() > 0.95
    np.testing.assert_array_equal(enlivened(one, 0), one.chroma)


@pytest.mark.parametrize("method", [Neural, Assisted])
def test_it_is_the_more_vivid_without_hints_and_hints_stay(method, make_scene):
    light = make_scene((96, 128))
    hints = HintMap.empty(light.shape)
    dull, vivid = (method(vividness=v).prepare(light) for v in (0, 0.9))
    spread = [float(one(hints).chroma.std((0, 1)).sum()) for one in (dull, vivid)]
    assert spread[1] > 1.2 * spread[0]
    hints.chroma[40:46, 60:66] = (40, -30)
    hints.weight[40:46, 60:66] = 1
    at = [one(hints).chroma[41:45, 61:65] for one in (dull, vivid)]
    np.testing.assert_allclose(*at, atol=0.5)
