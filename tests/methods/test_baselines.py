"""Laws of the baselines: grey, flat-tint, seed-diffusion and levin-exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handtint.colorizer import Colorizer, PreparedColorizer
from handtint.errors import Cancelled, MethodError, OptionError
from handtint.methods.baselines import FlatTint, Grey
from handtint.methods.levin_exact import MAX_PIXELS, LevinExact
from handtint.methods.seed_diffusion import SeedDiffusion
from handtint.options import build
from handtint.types import HintMap

ALL = [Grey(), FlatTint(), SeedDiffusion(steps=200, dt=0.2), LevinExact()]
SPREADING = ALL[2:]


def picture(shape, seed=0):
    """Two flat halves, with a little texture."""
    rng = np.random.default_rng(seed)
    lightness = rng.normal(30, 2, shape)
    lightness[:, shape[1] // 2 :] += 40
    return lightness.clip(0, 100).astype(np.float32)


def hints_at(shape, *points):
    """Hints from (row, column, chroma) or (row, column, chroma, weight)."""
    hints = HintMap.empty(shape)
    for row, column, chroma, *weight in points:
        hints.chroma[row, column] = chroma
        hints.weight[row, column] = weight[0] if weight else 1
    return hints


class Stop:
    """A caller who wants the solve to stop after some looks at ``cancelled``."""

    def __init__(self, looks):
        self.looks = looks
        self.fractions = []

    def report(self, fraction, chroma=None, /):
        self.fractions.append(fraction)

    @property
    def cancelled(self):
        self.looks -= 1
        return self.looks < 0


@pytest.mark.parametrize("method", ALL, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (6, 1), (5, 8)])
def test_protocol_shapes_and_no_hints(method, shape):
    assert isinstance(method, Colorizer)
    prepared = method.prepare(picture(shape))
    assert isinstance(prepared, PreparedColorizer)
    result = prepared(HintMap.empty(shape))
    assert result.chroma.shape == (*shape, 2)
    assert result.chroma.dtype == np.float32
    assert not result.chroma.any()
    assert result.report.converged


@pytest.mark.parametrize("method", ALL, ids=lambda m: type(m).__name__)
def test_hints_are_not_changed(method):
    hints = hints_at((6, 7), (1, 1, (10, 20)), (4, 5, (-30, 5), 0.5))
    chroma, weight = hints.chroma.copy(), hints.weight.copy()
    method.prepare(picture((6, 7)))(hints, initial=np.ones((6, 7, 2), np.float32))
    assert np.array_equal(hints.chroma, chroma)
    assert np.array_equal(hints.weight, weight)


@pytest.mark.parametrize("method", ALL, ids=lambda m: type(m).__name__)
def test_cancellation(method):
    with pytest.raises(Cancelled):
        method.prepare(picture((4, 5)))(hints_at((4, 5), (0, 0, (1, 1))), progress=Stop(0))


def test_grey_has_no_colour():
    chroma = Grey().prepare(picture((4, 5)))(hints_at((4, 5), (1, 1, (40, 40)))).chroma
    assert not chroma.any()


def test_flat_tint_is_the_weighted_mean():
    hints = hints_at((4, 5), (0, 0, (30, 0)), (3, 4, (0, 15), 0.5))
    chroma = FlatTint().prepare(picture((4, 5)))(hints).chroma
    assert np.allclose(chroma, (20, 5))


@pytest.mark.parametrize("method", SPREADING, ids=lambda m: type(m).__name__)
def test_hard_hints_are_kept_exactly(method):
    hints = hints_at((8, 9), (1, 1, (33.3, -20.1)), (6, 7, (-5.7, 12.9)))
    chroma = method.prepare(picture((8, 9)))(hints).chroma
    assert np.array_equal(chroma[1, 1], hints.chroma[1, 1])
    assert np.array_equal(chroma[6, 7], hints.chroma[6, 7])


@pytest.mark.parametrize("method", SPREADING, ids=lambda m: type(m).__name__)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_maximum_principle(method, seed):
    """No chroma leaves the range that hints and start span."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(2, 12, 2))
    hints = HintMap.empty(shape)
    hints.weight[:] = rng.random(shape) * (rng.random(shape) < 0.2)
    hints.weight[rng.random(shape) < 0.1] = 1
    hints.chroma[:] = rng.normal(0, 30, (*shape, 2)) * (hints.weight > 0)[..., None]
    hints.barrier[:] = rng.random(shape) < 0.2
    hints.ignore[:] = rng.random(shape) < 0.2
    chroma = method.prepare(picture(shape, seed))(hints).chroma
    for channel in range(2):
        wanted = hints.chroma[..., channel]  # includes the 0 of the start
        assert chroma[..., channel].min() >= min(wanted.min(), 0) - 1e-3
        assert chroma[..., channel].max() <= max(wanted.max(), 0) + 1e-3


@pytest.mark.parametrize("method", SPREADING, ids=lambda m: type(m).__name__)
def test_nothing_crosses_a_barrier(method):
    shape = (7, 9)
    hints = hints_at(shape, (3, 1, (25, -25)))
    hints.barrier[:, 4] = True
    chroma = method.prepare(picture(shape))(hints).chroma
    assert np.abs(chroma[:, :4]).max() > 0
    assert not chroma[:, 4:].any()


@pytest.mark.parametrize("weight", [1, 0.5])
def test_a_hint_on_a_barrier_or_walled_in_stays_itself(weight):
    """Isolated pixels have no mean of neighbours: the hint alone decides."""
    hints = hints_at((5, 6), (2, 2, (7, 8), weight), (2, 3, (9, -9), weight))
    hints.barrier[:] = True
    hints.barrier[2, 3] = False
    chroma = LevinExact().prepare(picture((5, 6)))(hints).chroma
    assert np.allclose(chroma[2, 2], (7, 8))
    assert np.allclose(chroma[2, 3], (9, -9))
    chroma[2, 2:4] = 0
    assert not chroma.any()


def levin_by_loops(lightness, hints):
    """The same system, written pixel by pixel and solved densely."""
    h, w = lightness.shape
    y = lightness.astype(np.float64) / 100
    mirrored = np.pad(y, 1, mode="reflect")
    matrix = np.eye(h * w)
    right_side = np.zeros((h * w, 2))
    for i in range(h):
        for j in range(w):
            r = i * w + j
            trust = float(hints.weight[i, j])
            right_side[r] = trust * hints.chroma[i, j]
            variance = max(0.6 * mirrored[i : i + 3, j : j + 3].var(), 2e-6)
            row = np.zeros(h * w)
            for p in range(max(i - 1, 0), min(i + 2, h)):
                for q in range(max(j - 1, 0), min(j + 2, w)):
                    if (p, q) == (i, j) or hints.barrier[i, j] or hints.barrier[p, q]:
                        continue
                    trusted = not (hints.ignore[i, j] or hints.ignore[p, q])
                    difference = (y[p, q] - y[i, j]) if trusted else 0.0
                    row[p * w + q] = np.exp(-(difference**2) / variance) + 1e-12 * trusted
            if row.any():
                matrix[r] -= (1 - trust) * row / row.sum()
    return np.linalg.solve(matrix, right_side).reshape(h, w, 2)


@pytest.mark.parametrize("marks", [False, True])
def test_levin_exact_is_the_dense_solution(marks):
    shape = (12, 12)
    hints = hints_at(shape, (2, 2, (30, 10)), (9, 10, (-20, 40)), (6, 3, (5, -15), 0.3))
    if marks:
        hints.barrier[:6, 7] = True
        hints.ignore[8:10, 1:9] = True
    # Less contrast than `picture`, so that the dense system is well conditioned.
    lightness = 50 + 0.02 * (picture(shape) - 50)
    chroma = LevinExact().prepare(lightness.astype(np.float32))(hints).chroma
    assert np.allclose(chroma, levin_by_loops(lightness.astype(np.float32), hints), atol=1e-4)


def test_levin_exact_stops_at_edges():
    """Colours of two halves of different lightness hardly mix."""
    lightness = np.full((10, 10), 20, np.float32)
    lightness[:, 5:] = 80
    hints = hints_at((10, 10), (5, 1, (30, 0)), (5, 8, (-30, 0)))
    result = LevinExact().prepare(lightness)(hints)
    assert np.allclose(result.chroma[:, :5], (30, 0), atol=1)
    assert np.allclose(result.chroma[:, 5:], (-30, 0), atol=1)
    assert result.report.residual < 1e-9


def test_one_hint_colours_all_that_levin_exact_reaches():
    chroma = LevinExact().prepare(picture((9, 11)))(hints_at((9, 11), (4, 5, (12, -34)))).chroma
    assert np.allclose(chroma, (12, -34), atol=0.01)


def test_levin_exact_refuses_large_grids():
    side = int(MAX_PIXELS**0.5) + 1
    with pytest.raises(MethodError, match="too many"):
        LevinExact().prepare(np.zeros((side, side), np.float32))


def flow_by_loops(hints, u, steps, dt):
    """The heat flow, written pixel by pixel in double precision."""
    h, w = hints.shape
    weight = hints.weight[..., None].astype(np.float64)
    u = (1 - weight) * u + weight * hints.chroma
    for _ in range(steps):
        flow = np.zeros_like(u)
        for i in range(h):
            for j in range(w):
                for p, q in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
                    inside = 0 <= p < h and 0 <= q < w
                    if inside and not (hints.barrier[i, j] or hints.barrier[p, q]):
                        flow[i, j] += u[p, q] - u[i, j]
        u = u + dt * flow
        u = (1 - weight) * u + weight * hints.chroma
    return u


@pytest.mark.parametrize("start", [False, True])
def test_seed_diffusion_is_the_explicit_scheme(start):
    hints = hints_at((6, 5), (1, 1, (30, -10)), (4, 3, (-20, 5), 0.4))
    hints.barrier[2, 2:] = True
    initial = np.random.default_rng(1).normal(0, 20, (6, 5, 2)).astype(np.float32)
    method = SeedDiffusion(steps=73, dt=0.15)
    chroma = method.prepare(picture((6, 5)))(hints, initial=initial if start else None).chroma
    expected = flow_by_loops(hints, initial if start else np.zeros((6, 5, 2)), 73, 0.15)
    assert np.allclose(chroma, expected, atol=1e-3)


def test_seed_diffusion_without_hints_keeps_the_sum_of_the_start():
    """Neumann borders: nothing leaves the picture."""
    initial = np.random.default_rng(2).normal(0, 20, (9, 8, 2)).astype(np.float32)
    chroma = SeedDiffusion().prepare(picture((9, 8)))(HintMap.empty((9, 8)), initial=initial).chroma
    assert np.allclose(chroma.sum((0, 1)), initial.sum((0, 1)), atol=0.01)
    assert chroma.std() < initial.std() / 2


def test_seed_diffusion_reports_and_stops_between_steps():
    progress = Stop(3)
    with pytest.raises(Cancelled):
        SeedDiffusion().prepare(picture((4, 5)))(
            hints_at((4, 5), (0, 0, (1, 1))), progress=progress
        )
    assert progress.fractions == sorted(progress.fractions)
    assert 0 < progress.fractions[-1] < 1


def test_seed_diffusion_defaults_and_ranges():
    assert build(SeedDiffusion) == SeedDiffusion(steps=2000, dt=0.01)
    for wrong in ({"dt": "0.26"}, {"dt": "0"}, {"steps": "0"}, {"steps": "1.5"}):
        with pytest.raises(OptionError):
            build(SeedDiffusion, wrong)
