"""Diffusion on both graphs: the solver against a dense solve, and what the second graph is for."""

import dense
import numpy as np
import pytest

from handtint.methods.harmonic import Harmonic
from handtint.methods.nonlocal_diffusion import Nonlocal, diffuse_on_both
from handtint.solvers.affinities import EdgeLaw, laplace, with_marks
from handtint.solvers.diffusion import HARD
from handtint.solvers.nonlocal_graph import PatchGraph, PatchLaw
from handtint.types import HintMap

LAW = PatchLaw(neighbours=4, radius=1, place=20, likeness=10, share=0.3)


def dense_solve(weights, graph, hints):
    shape = hints.shape
    edges = with_marks(weights, hints.barrier, hints.ignore)
    beyond = graph.with_marks(hints.barrier, hints.ignore).matrix.toarray()
    matrix = dense.laplacian(edges, shape) + np.diag(beyond.sum(1)) - beyond
    trust = hints.weight.ravel().astype(float)
    chroma = hints.chroma.reshape(-1, 2).astype(float)
    held = (trust >= HARD) & ~hints.barrier.ravel()
    free = ~held & ~hints.barrier.ravel()
    soft = np.where(held, 0, trust / np.where(held, 1, 1 - trust))
    system = (matrix + np.diag(soft))[np.ix_(free, free)]
    b = soft[free, None] * chroma[free] - matrix[np.ix_(free, held)] @ chroma[held]
    u = np.where(held[:, None], chroma, 0)
    u[free] = np.linalg.solve(system, b)
    return u.reshape(*shape, 2), (free | held).reshape(shape)


@pytest.mark.parametrize("marks", [False, True])
@pytest.mark.parametrize("shape", [(13, 17), (20, 12)])
def test_equals_a_dense_solve(rng, make_hints, marks, shape):
    lightness = (rng.random(shape) * 30).astype(np.float32)
    weights = laplace(lightness, EdgeLaw(scale=10, floor=1e-3))
    graph = PatchGraph.of(lightness, LAW)
    hints = make_hints(shape)
    if marks:
        hints.barrier[shape[0] // 2, : shape[1] // 2] = True
        hints.ignore[2:5, -4:] = True
    u, report = diffuse_on_both(weights, graph, hints, tol=1e-6)
    expected, decided = dense_solve(weights, graph, hints)
    assert report.converged
    assert np.abs(u - expected)[decided].max() < 0.05


def twins(rng):
    """Two like patches of grain on an even ground, the left one with a hint."""
    light = np.full((40, 80), 50, np.float32)
    grain = rng.normal(size=(12, 12)).astype(np.float32) * 8 + 25
    light[14:26, 10:22] = light[14:26, 58:70] = grain
    hints = HintMap.empty(light.shape)
    hints.chroma[18:22, 14:18], hints.weight[18:22, 14:18] = (40, 20), 1
    hints.chroma[2:5, 2:78], hints.weight[2:5, 2:78] = (-30, 0), 1
    return light, hints


def test_colour_reaches_what_looks_alike_and_not_else(rng):
    light, hints = twins(rng)
    far = np.s_[16:24, 60:68]
    local = Harmonic().prepare(light)(hints).chroma[far]
    both = Nonlocal(place=10).prepare(light)(hints).chroma[far]
    apart = Nonlocal(place=1000).prepare(light)(hints).chroma[far]
    assert local[..., 0].mean() < -20
    assert both[..., 0].mean() > 20
    assert apart[..., 0].mean() < -20


def test_without_a_share_it_is_the_harmonic_method(make_scene, make_hints):
    lightness, hints = make_scene((50, 60)), make_hints((50, 60))
    found = Nonlocal(alike=0).prepare(lightness)(hints).chroma
    assert np.array_equal(found, Harmonic().prepare(lightness)(hints).chroma)
