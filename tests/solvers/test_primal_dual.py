"""Laws of the primal-dual solver, and its minimiser against that of reweighting."""

import numpy as np
import pytest

from handtint.energies.bilaplacian import Bilaplacian
from handtint.energies.fidelity import HintFidelity
from handtint.energies.graph_tv import GraphTV
from handtint.energies.tgv import TGV
from handtint.energies.total_variation import TotalVariation
from handtint.errors import Cancelled
from handtint.solvers import irls
from handtint.solvers.affinities import EdgeLaw, laplace, none
from handtint.solvers.grid import crop, pad
from handtint.solvers.primal_dual import Box, minimise
from handtint.types import HintMap

TERMS = {
    "gtv": lambda w, e: [GraphTV(w, 1, e)],
    "tv": lambda w, e: [TotalVariation(w, 1, e)],
    "bilaplacian + gtv": lambda w, e: [GraphTV(w, 1, e), Bilaplacian(w)],
    "bilaplacian + tv": lambda w, e: [TotalVariation(w, 1, e), Bilaplacian(w)],
    "tgv": lambda w, e: [TGV(w, 1, 2, e)],
    "bilaplacian + tgv": lambda w, e: [TGV(w, 1, 2, e), Bilaplacian(w)],
}


def weights_of(rng, shape):
    return laplace((rng.random(shape) * 20).astype(np.float32), EdgeLaw(10, 1e-1))


def box_around(hints, planes=2):
    low, high = hints.chroma.min((0, 1)), hints.chroma.max((0, 1))
    width = high - low
    low, high = (low - width / 2, high + width / 2)
    slopes = np.tile(width, (planes - 2) // 2)
    return Box(
        np.concatenate([low, -slopes]).astype(np.float32),
        np.concatenate([high, slopes]).astype(np.float32),
        np.full(planes, max(width.max(), 1e-3), np.float32),
    )


def solved(terms, fidelity, shape, **kwargs):
    count = max(t.primal for t in terms)
    x = np.zeros((count, *pad(np.zeros(shape, np.float32)).shape), np.float32)
    report = minimise(terms, fidelity, box_around(fidelity.hints, count), shape, x, **kwargs)
    return x, report


@pytest.mark.parametrize("name", TERMS)
def test_the_gap_tends_to_zero_and_bounds_the_energy(rng, make_hints, name):
    shape = (13, 16)
    weights, fidelity = weights_of(rng, shape), HintFidelity(make_hints(shape))
    seen = []
    _, report = solved(
        TERMS[name](weights, 0.5),
        fidelity,
        shape,
        tol=1e-3,
        max_iter=20000,
        on_check=lambda energy, gap: seen.append((energy, gap)),
    )
    assert report.converged
    assert report.residual <= 1e-3
    energies, gaps = np.array(seen[1:]).T
    assert gaps[0] > 10 * gaps[-1]
    assert (gaps >= energies - energies[-1] - 1e-3 * energies[-1]).all()


@pytest.mark.parametrize("name", ["gtv", "tv", "bilaplacian + gtv", "bilaplacian + tv"])
@pytest.mark.parametrize("with_prior", [False, True])
def test_it_agrees_with_reweighting(rng, make_hints, name, with_prior):
    shape = (17, 20)
    weights, hints = weights_of(rng, shape), make_hints(shape)
    prior = rng.normal(size=(*shape, 2)).astype(np.float32) if with_prior else None
    fidelity = HintFidelity(hints, prior, 0.1 if with_prior else 0.0)
    terms = TERMS[name](weights, 0.5)
    x, report = solved(terms, fidelity, shape, tol=3e-4, max_iter=20000)
    assert report.converged
    u = pad(np.zeros((*shape, 2), np.float32))
    model = irls.Model(terms[:1], fidelity, terms[1] if len(terms) > 1 else None)
    other = irls.minimise(model, shape, u, steps=400, settle=0, tol=1e-6)
    assert report.energy == pytest.approx(other.energy, rel=1e-3)
    assert np.abs(x[:2] - u).mean() < 0.15


def test_hard_hints_are_exact(make_scene, make_hints):
    shape = (20, 20)
    hints = make_hints(shape)
    hard = hints.weight == 1
    weights = none(make_scene(shape), EdgeLaw())
    x, _ = solved([TotalVariation(weights)], HintFidelity(hints), shape, max_iter=50)
    assert np.array_equal(crop(x, shape)[hard], hints.chroma[hard])


def frame_of(field):
    """Hints of a linear field on a frame well inside the picture."""
    hints = HintMap.empty(field.shape[:2])
    hints.weight[5:-5, 5:-5] = 1
    hints.weight[7:-7, 7:-7] = 0
    hints.chroma[...] = field * (hints.weight > 0)[..., None]
    return hints


def test_tgv_reproduces_a_linear_field_and_total_variation_does_not():
    y, x = np.mgrid[:22, :24]
    field = np.stack([x - 0.5 * y, 0.3 * x + y], 2).astype(np.float32)
    shape = (22, 24)
    weights = none(np.zeros(shape, np.float32), EdgeLaw())
    fidelity = HintFidelity(frame_of(field))
    u, _ = solved([TGV(weights)], fidelity, shape, tol=1e-5, max_iter=20000)
    assert np.abs(crop(u[:2], shape) - field).max() < 0.3
    flat, _ = solved([TotalVariation(weights)], fidelity, shape, tol=1e-3, max_iter=5000)
    assert np.abs(crop(flat, shape) - field).max() > 3


@pytest.mark.parametrize("second", [1.0, 10.0, 100.0])
def test_tgv_tends_to_total_variation_as_its_second_weight_grows(second):
    """At a centred square: no slope that is the same everywhere can lower its total variation."""
    shape = (16, 16)
    u = np.zeros((*shape, 2), np.float32)
    u[5:11, 5:11, 0] = 1
    hints = HintMap.empty(shape)
    hints.chroma[...], hints.weight[...] = u, 1
    weights = none(np.zeros(shape, np.float32), EdgeLaw())
    _, report = solved(
        [TGV(weights, 1, second)], HintFidelity(hints), shape, tol=1e-4, max_iter=20000
    )
    perimeter = TotalVariation(weights).value(pad(u))
    assert report.energy <= perimeter * (1 + 1e-4)
    if second >= 10:
        assert report.energy > 0.98 * perimeter


class Stop:
    def __init__(self):
        self.pictures = []

    @property
    def cancelled(self):
        return len(self.pictures) >= 3

    def report(self, fraction, chroma=None, /):
        assert 0 <= fraction <= 1
        self.pictures.append(chroma)


def test_the_chroma_is_shown_and_cancelling_stops(rng, make_hints):
    shape = (13, 16)
    weights, fidelity = weights_of(rng, shape), HintFidelity(make_hints(shape))
    stop = Stop()
    with pytest.raises(Cancelled):
        solved([GraphTV(weights)], fidelity, shape, tol=1e-9, progress=stop)
    assert [p.shape for p in stop.pictures] == [(13, 16, 2)] * 3


def test_what_it_cannot_do_in_time_is_reported(rng, make_hints):
    shape = (13, 16)
    _, report = solved(
        [GraphTV(weights_of(rng, shape))],
        HintFidelity(make_hints(shape)),
        shape,
        tol=1e-9,
        max_iter=30,
    )
    assert not report.converged
    assert report.iterations == 30
    assert report.residual > 1e-9


def test_without_hints_there_is_no_colour_and_no_nan():
    shape = (8, 9)
    weights = none(np.zeros(shape, np.float32), EdgeLaw())
    for make in TERMS.values():
        x, report = solved(make(weights, 0.5), HintFidelity(HintMap.empty(shape)), shape)
        assert not x.any()
        assert np.isfinite(report.energy)
