"""The variational methods as a whole: what they are made of, and what they keep."""

import numpy as np
import pytest

from handtint import registry
from handtint.errors import OptionError
from handtint.methods.biharmonic import Biharmonic
from handtint.methods.gtv import GTV
from handtint.methods.harmonic import Harmonic
from handtint.methods.tv import TV
from handtint.methods.variational import DUALS, MAJORISED, Variational
from handtint.solvers.affinities import LAWS
from handtint.types import HintMap

METHODS = ["biharmonic", "gtv", "tgv", "tv", "variational"]
SOFT = {"scale": 10, "floor": 1e-2, "tol": 1e-6}


def coloured(method, lightness, hints, **kwargs):
    return method.prepare(lightness)(hints, **kwargs).chroma


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("change", [1, 2, "mirror", "swap"])
def test_turning_mirroring_and_swapping_channels_commute(make_scene, make_hints, name, change):
    def moved(a):
        if change == "swap":
            return np.ascontiguousarray(a[..., ::-1]) if a.ndim == 3 else a
        return np.ascontiguousarray(a[:, ::-1] if change == "mirror" else np.rot90(a, change))

    lightness, hints = make_scene((24, 33)), make_hints((24, 33))
    method = registry.load(name)(**SOFT)
    u = coloured(method, lightness, hints)
    other = HintMap(*(moved(getattr(hints, n)) for n in ("chroma", "weight", "barrier", "ignore")))
    assert np.abs(moved(u) - coloured(method, moved(lightness), other)).max() < 0.1


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("reach", [0, 64])
def test_nothing_crosses_a_closed_barrier_on_any_grid(make_scene, name, reach):
    lightness = make_scene((160, 160))
    hints = HintMap.empty((160, 160))
    hints.barrier[40:121, 40:121] = True
    hints.barrier[43:118, 43:118] = False
    hints.chroma[80:90, 60:100], hints.weight[80:90, 60:100] = (50, 20), 1
    hints.chroma[10:20, 10:150], hints.weight[10:20, 10:150] = (-30, 5), 1
    # Learned weights and the pull to grey let the colour of a stroke fade, and here all of a region
    # is to have it; what the defaults do with a barrier is in `tests/contract`.
    chroma = coloured(
        registry.load(name)(law="laplace", pull=0, reach=reach, scale=10, floor=1e-2),
        lightness,
        hints,
    )
    outside = np.ones((160, 160), bool)
    outside[40:121, 40:121] = False
    assert np.abs(chroma[43:118, 43:118] - (50, 20)).max() < 1
    assert np.abs(chroma[outside] - (-30, 5)).max() < 1


@pytest.mark.parametrize("name", METHODS)
def test_an_ignored_scratch_does_not_stop_colour(name):
    lightness = np.full((20, 30), 50, np.float32)
    lightness[:, 15] = 100
    hints = HintMap.empty((20, 30))
    hints.chroma[:, 2], hints.weight[:, 2] = (30, 0), 1
    hints.chroma[:, 28], hints.weight[:, 28] = (-30, 0), 1
    # With share=0 a scratch of one pixel is one edge for every law but the learned one, and without
    # the pull nothing but this edge stops colour; for the defaults, see `tests/contract`.
    method = registry.load(name)(law="laplace", pull=0, share=0)
    stopped = coloured(method, lightness, hints)
    hints.ignore[:, 15] = True
    passing = coloured(method, lightness, hints)
    step = [np.abs(u[:, 16, 0] - u[:, 14, 0]).mean() for u in (stopped, passing)]
    assert step[0] > 2 * step[1]


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("law", LAWS)
def test_every_law_colours_and_keeps_strokes(make_scene, make_hints, name, law):
    lightness, hints = make_scene((37, 48)), make_hints((37, 48))
    chroma = coloured(registry.load(name)(law=law), lightness, hints)
    hard = hints.weight == 1
    assert np.isfinite(chroma).all()
    assert np.array_equal(chroma[hard], hints.chroma[hard])


def test_special_cases_are_the_model_with_some_of_its_terms(make_scene, make_hints):
    lightness, hints = make_scene((40, 50)), make_hints((40, 50))
    law = Harmonic().guidance
    pairs = [
        (GTV(p=2), Harmonic()),
        (Variational(regulariser="dirichlet", bilaplacian=0, weight=1, **law), Harmonic()),
        (
            Biharmonic(dirichlet=0.5),
            Variational(regulariser="dirichlet", bilaplacian=1, weight=0.5, **law),
        ),
        (GTV(steps=3), Variational(bilaplacian=0, weight=1, p=1, epsilon=3, steps=3, **law)),
    ]
    for special, general in pairs:
        a, b = coloured(special, lightness, hints), coloured(general, lightness, hints)
        assert np.abs(a - b).max() < 0.5


def test_both_solvers_give_total_variation_the_same_chroma(make_scene, make_hints):
    lightness, hints = make_scene((40, 50)), make_hints((40, 50))
    irls = TV(solver="irls", steps=100, **SOFT)
    dual = TV(solver="primal-dual", rounds=5000, gap=1e-3, **SOFT)
    a, b = coloured(irls, lightness, hints), coloured(dual, lightness, hints)
    assert np.abs(a - b).mean() < 0.2


def test_graph_tv_gathers_the_change_of_colour_at_the_edge():
    lightness = np.full((40, 60), 50, np.float32)
    lightness[:, 40:] = 54
    hints = HintMap.empty((40, 60))
    hints.chroma[:, :2], hints.weight[:, :2] = (40, 0), 1
    hints.chroma[:, -2:], hints.weight[:, -2:] = (-40, 0), 1
    smooth = coloured(Harmonic(scale=5, share=0), lightness, hints)
    patches = coloured(GTV(scale=5, share=0, epsilon=0.05, steps=50), lightness, hints)
    assert np.abs(smooth[:, 38, 0] - 40).mean() > 10
    assert np.abs(patches[:, 38, 0] - 40).mean() < 2
    assert np.abs(patches[:, 42, 0] + 40).mean() < 2


@pytest.mark.parametrize("name", METHODS)
def test_the_result_does_not_depend_on_what_was_drawn_before(make_scene, make_hints, name):
    lightness, hints = make_scene((60, 80)), make_hints((60, 80))
    prepared = registry.load(name)(**SOFT).prepare(lightness)
    first = prepared(hints).chroma
    again = prepared(hints).chroma
    start = np.full((60, 80, 2), 30, np.float32)
    assert np.abs(again - first).max() < 0.2
    assert np.abs(prepared(hints, initial=start).chroma - first).max() < 0.2


@pytest.mark.parametrize("solver", ["irls", "primal-dual"])
@pytest.mark.parametrize("regulariser", ["gtv", "tv", "tgv", "dirichlet"])
def test_a_solver_takes_what_it_can_minimise(make_scene, make_hints, solver, regulariser):
    lightness, hints = make_scene((24, 33)), make_hints((24, 33))
    method = Variational(regulariser=regulariser, solver=solver, p=1, rounds=20)
    if regulariser in (MAJORISED if solver == "irls" else DUALS):
        assert np.isfinite(coloured(method, lightness, hints)).all()
    else:
        with pytest.raises(OptionError, match=f"solver={solver} has no way to minimise"):
            method.prepare(lightness)


def test_powers_are_for_reweighting(make_scene):
    with pytest.raises(OptionError, match=r"needs p=1, got p=0\.5"):
        Variational(solver="primal-dual", p=0.5).prepare(make_scene((9, 9)))
