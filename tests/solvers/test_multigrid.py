"""The hierarchy that lives on between changes of the hints, and what it is used for."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handtint.errors import Cancelled
from handtint.solvers import pcg, stencil
from handtint.solvers.affinities import LAWS, EdgeLaw
from handtint.solvers.coarsening import differing
from handtint.solvers.diffusion import Diffusion, diffuse
from handtint.solvers.grid import padded_shape
from handtint.solvers.multigrid import Multigrid
from handtint.types import HintMap


def graph(rng, shape, scale=20):
    """Edge weights, and the diagonal without hints."""
    lightness = (rng.random(shape) * 100).astype(np.float32)
    weights = LAWS["laplace"](lightness, EdgeLaw(scale=scale, floor=1e-3))
    diagonal = np.zeros(padded_shape(shape), np.float32)
    stencil.degree(weights, diagonal)
    return weights, diagonal


def changed(rng, diagonal, shape):
    """The diagonal after some pixels were held, softly held or set free again."""
    new = diagonal.copy()
    for _ in range(rng.integers(1, 4)):
        top, left = rng.integers(1, shape[0] + 1), rng.integers(1, shape[1] + 1)
        rows = slice(top, min(top + rng.integers(1, 6), shape[0] + 1))
        columns = slice(left, min(left + rng.integers(1, 6), shape[1] + 1))
        new[rows, columns] = rng.choice([0, 1, 3]) * (diagonal[rows, columns] + 0.1)
    return new


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), h=st.integers(1, 90), w=st.integers(1, 90))
def test_a_local_update_equals_a_fresh_hierarchy(seed, h, w):
    rng = np.random.default_rng(seed)
    weights, diagonal = graph(rng, (h, w))
    kept = Multigrid(weights, changed(rng, diagonal, (h, w)), (h, w))
    for _ in range(3):
        new = changed(rng, diagonal, (h, w))
        kept.update(new)
        fresh = Multigrid(weights, new, (h, w))
        for ours, theirs in zip(kept.levels, fresh.levels, strict=True):
            assert np.array_equal(ours.diagonal > 0, theirs.diagonal > 0)
            for name in ("weights", "diagonal", "inverse"):
                a, b = getattr(ours, name), getattr(theirs, name)
                assert np.allclose(a, b, rtol=1e-4, atol=1e-5), name
            if ours.up is not None:
                assert np.allclose(ours.up, theirs.up, rtol=1e-4, atol=1e-5)


def test_an_update_computes_only_what_is_near(rng, monkeypatch):
    weights, diagonal = graph(rng, (120, 150))
    kept = Multigrid(weights, diagonal.copy(), (120, 150))
    for level in kept.levels[1:]:
        level.diagonal[1, 1] = -1  # stale from now on
    diagonal[80, 90] = 0
    kept.update(diagonal)
    assert kept.levels[1].diagonal[1, 1] == -1


def test_differing_is_the_smallest_window(rng):
    old = rng.random((12, 15)).astype(np.float32)
    new = old.copy()
    assert differing(old, new)[0] >= differing(old, new)[1]
    new[3, 9] = new[7, 4] = 5
    assert differing(old, new) == (3, 8, 4, 10)


def random_hints(rng, shape, barriers):
    hints = HintMap.empty(shape)
    for _ in range(rng.integers(1, 6)):
        y, x = rng.integers(shape[0]), rng.integers(shape[1])
        window = slice(y, y + rng.integers(1, 5)), slice(x, x + rng.integers(1, 5))
        hints.chroma[window] = rng.normal(size=2) * 20
        hints.weight[window] = rng.choice([1, 1, 0.4])
    if barriers and rng.random() < 0.5:
        hints.barrier[rng.integers(shape[0]), : shape[1] // 2] = True
        hints.ignore[:, rng.integers(shape[1])] = True
    return hints


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    h=st.integers(2, 60),
    w=st.integers(2, 60),
    barriers=st.booleans(),
    prior=st.booleans(),
)
def test_what_was_solved_before_does_not_matter(seed, h, w, barriers, prior):
    rng = np.random.default_rng(seed)
    weights, _ = graph(rng, (h, w), scale=50)
    problem = Diffusion(weights)
    for _ in range(4):
        hints = random_hints(rng, (h, w), barriers)
        tie = {}
        if prior:
            tie["prior"] = rng.normal(size=(h, w, 2)).astype(np.float32)
            tie["prior_weight"] = float(rng.choice([0.01, 0.1]))
        kept, _ = problem(hints, tol=1e-6, **tie)
        once, _ = diffuse(weights, hints, tol=1e-6, **tie)
        assert np.abs(kept - once).max() < 0.02


def test_a_cancelled_call_leaves_the_next_one_right(make_scene, make_hints):
    class Stop:
        cancelled = True

        def report(self, fraction, chroma=None, /):
            raise AssertionError("a cancelled solve goes on")

    weights = LAWS["laplace"](make_scene((40, 50)), EdgeLaw(floor=1e-2))
    problem = Diffusion(weights)
    problem(make_hints((40, 50)))
    with pytest.raises(Cancelled):
        problem(make_hints((40, 50)), progress=Stop())
    hints = make_hints((40, 50))
    once, _ = diffuse(weights, hints, tol=1e-6)
    assert np.abs(problem(hints, tol=1e-6)[0] - once).max() < 0.02


def test_calls_from_several_threads_do_not_mix(rng):
    weights, _ = graph(rng, (70, 80), scale=50)
    problem = Diffusion(weights)
    strokes = [random_hints(np.random.default_rng(seed), (70, 80), False) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda hints: problem(hints, tol=1e-6)[0], strokes))
    for hints, chroma in zip(strokes, found, strict=True):
        assert np.abs(diffuse(weights, hints, tol=1e-6)[0] - chroma).max() < 0.02


def energies_of_starts(weights, diagonal, solution):
    """Energy of the error of the zero start and of the nested one."""
    shape = diagonal.shape[0] - 2, diagonal.shape[1] - 2
    diagonal = diagonal * np.float32(1.001)
    solution = solution * (diagonal > 0)
    b = np.zeros_like(solution)
    stencil.multiply(weights, diagonal, solution, b)
    for nested in (False, True):
        x = np.zeros_like(b)
        pcg.solve(weights, diagonal, shape, b.copy(), x, tol=0, max_iter=0, nested=nested)
        yield stencil.multiply(weights, diagonal, x - solution, np.zeros_like(b))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), h=st.integers(8, 60), w=st.integers(8, 60))
def test_a_nested_start_is_never_worse(seed, h, w):
    rng = np.random.default_rng(seed)
    weights, diagonal = graph(rng, (2 * h, 2 * w))
    solution = rng.normal(size=(2, *diagonal.shape)).astype(np.float32)
    zero, nested = energies_of_starts(weights, changed(rng, diagonal, (2 * h, 2 * w)), solution)
    assert (nested <= 1.001 * zero).all()


def test_a_nested_start_has_the_smooth_part(make_scene):
    weights = LAWS["laplace"](make_scene((150, 130)), EdgeLaw())
    diagonal = np.zeros(padded_shape((150, 130)), np.float32)
    stencil.degree(weights, diagonal)
    y, x = np.mgrid[:152, :132].astype(np.float32)
    solution = 20 * np.stack([np.sin(y / 25 + x / 40), np.cos(x / 20)])
    zero, nested = energies_of_starts(weights, diagonal, solution)
    assert (nested < 0.25 * zero).all()
