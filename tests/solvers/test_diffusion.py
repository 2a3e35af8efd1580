"""Laws of guided diffusion, and the solver against a dense solve."""

import dense
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handtint.errors import Cancelled
from handtint.solvers.affinities import LAWS, EdgeLaw, with_marks
from handtint.solvers.diffusion import Diffusion, diffuse
from handtint.types import HintMap

LAW = EdgeLaw(scale=10, floor=1e-2)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("shape", [(13, 17), (1, 20), (20, 1), (30, 31), (2, 2), (64, 3)])
def test_equals_a_dense_solve(rng, make_hints, law, shape):
    lightness = (rng.random(shape) * 20).astype(np.float32)
    weights = LAWS[law](lightness, LAW)
    hints = make_hints(shape)
    u, report = diffuse(weights, hints, tol=1e-6)
    assert report.converged
    assert np.abs(u - dense.diffuse(weights, hints)).max() < 0.05


@pytest.mark.parametrize("with_prior", [True, False])
def test_a_prior_enters_as_in_the_energy(rng, make_hints, with_prior):
    shape = (21, 18)
    weights = LAWS["laplace"]((rng.random(shape) * 50).astype(np.float32), LAW)
    hints = make_hints(shape)
    prior = rng.normal(size=(*shape, 2)).astype(np.float32) if with_prior else None
    u, _ = diffuse(weights, hints, prior=prior, prior_weight=0.1, tol=1e-6)
    assert np.abs(u - dense.diffuse(weights, hints, prior, 0.1)).max() < 1e-3


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), h=st.integers(1, 40), w=st.integers(1, 40))
def test_maximum_principle_and_exact_strokes(seed, h, w):
    rng = np.random.default_rng(seed)
    weights = LAWS["laplace"]((rng.random((h, w)) * 100).astype(np.float32), EdgeLaw())
    hints = HintMap.empty((h, w))
    for _ in range(4):
        y, x = rng.integers(h), rng.integers(w)
        hints.chroma[y, x] = rng.normal(size=2) * 40
        hints.weight[y, x] = 1
    u, _ = diffuse(weights, hints, tol=1e-6)
    hard = hints.weight == 1
    assert np.array_equal(u[hard], hints.chroma[hard])
    low, high = hints.chroma[hard].min(0), hints.chroma[hard].max(0)
    assert (u >= low - 0.1).all()
    assert (u <= high + 0.1).all()


@pytest.mark.parametrize("shape", [(20, 31), (22, 30), (40, 60), (3, 3)])
def test_what_does_not_fit_is_refused(make_hints, shape):
    """A kernel would write beyond its arrays."""
    here = (20, 30)
    prepared = Diffusion(LAWS["laplace"](np.full(here, 50, np.float32), LAW))
    wrong = np.zeros((*shape, 2), np.float32)
    for _ in range(2):
        with pytest.raises(ValueError, match="hints of shape"):
            prepared(make_hints(shape))
        for name in ("initial", "prior"):
            with pytest.raises(ValueError, match=name):
                prepared(make_hints(here), **{name: wrong})
        assert np.isfinite(prepared(make_hints(here))[0]).all()


def test_a_constant_is_reproduced(make_scene, make_hints):
    lightness = make_scene((40, 50))
    hints = make_hints((40, 50), soft=0)
    hints.chroma[hints.weight > 0] = (12, -7)
    u, _ = diffuse(LAWS["laplace"](lightness, LAW), hints, tol=1e-6)
    assert np.abs(u - (12, -7)).max() < 0.01


def test_nothing_crosses_a_closed_barrier(make_scene):
    lightness = make_scene((40, 40))
    hints = HintMap.empty((40, 40))
    hints.barrier[10:31, 10:31] = True
    hints.barrier[11:30, 11:30] = False
    hints.chroma[20, 20], hints.weight[20, 20] = (50, 20), 1
    hints.chroma[2, 2], hints.weight[2, 2] = (-30, 5), 1
    u, _ = diffuse(LAWS["laplace"](lightness, LAW), hints, tol=1e-6)
    inside = np.zeros((40, 40), bool)
    inside[11:30, 11:30] = True
    assert np.abs(u[inside] - (50, 20)).max() < 0.05
    assert np.abs(u[~inside & ~hints.barrier] - (-30, 5)).max() < 0.05
    assert np.isin(np.round(u[hints.barrier, 0]), (50, -30)).all()


def test_an_ignored_scratch_does_not_stop_colour():
    lightness = np.full((20, 30), 50, np.float32)
    lightness[:, 15] = 100
    hints = HintMap.empty((20, 30))
    hints.chroma[10, 2], hints.weight[10, 2] = (30, 0), 1
    hints.chroma[10, 28], hints.weight[10, 28] = (-30, 0), 1
    law = EdgeLaw(smoothed_share=0)
    stopped, _ = diffuse(LAWS["laplace"](lightness, law), hints, tol=1e-6)
    hints.ignore[:, 15] = True
    passing, _ = diffuse(LAWS["laplace"](lightness, law), hints, tol=1e-6)
    assert stopped[:, 12].mean(0)[0] > 25
    assert passing[:, 12].mean(0)[0] < 10


def test_marks_leave_the_weights_alone_where_there_are_none(make_scene):
    weights = LAWS["laplace"](make_scene((9, 9)), LAW)
    nothing = np.zeros((9, 9), bool)
    assert with_marks(weights, nothing, nothing) is weights


@pytest.mark.parametrize("turn", [1, 2, 3, "mirror"])
def test_turning_and_mirroring_commute(make_scene, make_hints, turn):
    def moved(a):
        return np.ascontiguousarray(a[:, ::-1] if turn == "mirror" else np.rot90(a, turn))

    lightness, hints = make_scene((24, 33)), make_hints((24, 33))
    u, _ = diffuse(LAWS["laplace"](lightness, LAW), hints, tol=1e-6)
    other = HintMap(*(moved(getattr(hints, n)) for n in ("chroma", "weight", "barrier", "ignore")))
    v, _ = diffuse(LAWS["laplace"](moved(lightness), LAW), other, tol=1e-6)
    assert np.abs(moved(u) - v).max() < 0.05


def test_starting_from_the_solution_needs_no_iteration(make_scene, make_hints):
    weights = LAWS["laplace"](make_scene((60, 60)), LAW)
    hints = make_hints((60, 60))
    u, cold = diffuse(weights, hints, tol=1e-5)
    _, warm = diffuse(weights, hints, initial=u, tol=1e-4)
    assert cold.iterations > 3
    assert warm.iterations <= 1


def test_what_no_stroke_reaches_keeps_its_start(make_scene):
    weights = LAWS["laplace"](make_scene((10, 10)), LAW)
    start = np.full((10, 10, 2), 7, np.float32)
    u, report = diffuse(weights, HintMap.empty((10, 10)), initial=start)
    assert report.converged
    assert np.array_equal(u, start)


def test_the_stopping_rule_is_the_true_residual(make_scene, make_hints):
    shape = (40, 60)
    weights = LAWS["laplace"](make_scene(shape), LAW)
    hints = make_hints(shape, soft=0)
    u, report = diffuse(weights, hints, tol=1e-4)
    matrix = dense.laplacian(weights, shape)
    free = hints.weight.ravel() == 0
    flat = u.reshape(-1, 2).astype(float)
    b = -matrix[np.ix_(free, ~free)] @ flat[~free]
    left = b - matrix[np.ix_(free, free)] @ flat[free]
    relative = np.linalg.norm(left, axis=0) / np.linalg.norm(b, axis=0)
    assert report.residual <= 1e-4
    assert relative.max() < 2e-4


class Stop:
    def __init__(self):
        self.reports = []

    @property
    def cancelled(self):
        return len(self.reports) >= 2

    def report(self, fraction, chroma=None, /):
        self.reports.append(fraction)


def test_cancelling_stops_at_the_next_iteration(make_scene, make_hints):
    weights = LAWS["laplace"](make_scene((60, 60)), EdgeLaw())
    stop = Stop()
    with pytest.raises(Cancelled):
        diffuse(weights, make_hints((60, 60)), tol=1e-7, progress=stop)
    assert len(stop.reports) == 2
    assert all(0 <= f <= 1 for f in stop.reports)


def test_more_than_a_solver_can_do_is_reported(make_scene, make_hints):
    weights = LAWS["laplace"](make_scene((60, 60)), EdgeLaw())
    _, report = diffuse(weights, make_hints((60, 60)), tol=1e-6, max_iter=2)
    assert not report.converged
    assert report.iterations == 2


def test_progress_sees_the_chroma_of_each_iteration(make_scene, make_hints):
    class Watch:
        cancelled = False

        def __init__(self):
            self.seen = []

        def report(self, fraction, chroma=None, /):
            self.seen.append((fraction, chroma))

    lightness, hints, watch = make_scene((30, 40)), make_hints((30, 40)), Watch()
    weights = LAWS["laplace"](lightness, EdgeLaw())
    chroma, report = diffuse(weights, hints, tol=1e-5, progress=watch)
    assert len(watch.seen) == report.iterations > 2
    hard = hints.weight == 1
    for _, seen in watch.seen:
        np.testing.assert_array_equal(seen[hard], hints.chroma[hard])
    np.testing.assert_array_equal(watch.seen[-1][1], chroma)
    unseen, _ = diffuse(weights, hints, tol=1e-5)
    np.testing.assert_array_equal(unseen, chroma)
