"""Laws of iteratively reweighted least squares, and its minimiser against a general optimiser."""

from itertools import pairwise

import dense
import numpy as np
import pytest
import terms as slow
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from handtint.energies.bilaplacian import Bilaplacian
from handtint.energies.dirichlet import Dirichlet
from handtint.energies.fidelity import HintFidelity
from handtint.energies.graph_tv import GraphTV
from handtint.energies.total_variation import TotalVariation
from handtint.errors import Cancelled
from handtint.solvers.affinities import EdgeLaw, laplace, none
from handtint.solvers.diffusion import HARD
from handtint.solvers.grid import crop, pad
from handtint.solvers.irls import Model, minimise
from handtint.types import HintMap

MODELS = {
    "gtv": lambda w, f: Model([GraphTV(w, 1, 0.5)], f),
    "gtv, p = 0.5": lambda w, f: Model([GraphTV(w, 0.5, 0.5)], f),
    "gtv, p = 1.5": lambda w, f: Model([GraphTV(w, 1.5, 0.5)], f),
    "tv": lambda w, f: Model([TotalVariation(w, 1, 0.5)], f),
    "bilaplacian + gtv": lambda w, f: Model([GraphTV(w, 1, 0.5)], f, Bilaplacian(w)),
    "bilaplacian + tv": lambda w, f: Model([TotalVariation(w, 1, 0.5)], f, Bilaplacian(w)),
    "tv + gtv": lambda w, f: Model([TotalVariation(w, 1, 0.5), GraphTV(w, 1, 0.5)], f),
}


def weights_of(rng, shape):
    return laplace((rng.random(shape) * 20).astype(np.float32), EdgeLaw(10, 1e-2))


def solved(model, shape, start=None, **kwargs):
    u = pad(np.zeros((*shape, 2), np.float32) if start is None else start)
    report = minimise(model, shape, u, **kwargs)
    return crop(u, shape), report


@pytest.mark.parametrize("name", MODELS)
def test_the_energy_does_not_rise(rng, make_hints, name):
    shape = (24, 31)
    model = MODELS[name](weights_of(rng, shape), HintFidelity(make_hints(shape)))
    energies = []
    solved(model, shape, steps=12, settle=0, on_step=lambda u: energies.append(model.value(u)))
    assert len(energies) > 5
    assert (np.diff(energies) <= 1e-5 * np.abs(energies[:-1])).all()
    assert energies[-1] < energies[0]


@pytest.mark.parametrize("name", ["gtv", "gtv, p = 1.5", "tv", "bilaplacian + gtv"])
@pytest.mark.parametrize("with_prior", [False, True])
def test_nothing_near_the_minimiser_is_lower(rng, make_hints, name, with_prior):
    shape = (7, 8)
    weights, hints = weights_of(rng, shape), make_hints(shape)
    prior = rng.normal(size=(*shape, 2)).astype(np.float32) if with_prior else None
    fidelity = HintFidelity(hints, prior, 0.1 if with_prior else 0.0)
    model = MODELS[name](weights, fidelity)
    u, report = solved(model, shape, steps=400, settle=0, tol=1e-6)
    free = hints.weight < HARD
    q = slow.bilaplacian(weights, shape) if model.quadratic else None

    def energy(values):
        full = hints.chroma.astype(float)
        full[free] = values.reshape(-1, 2)
        flat = full.reshape(-1, 2)
        total = 0.5 * (flat * (q @ flat)).sum() if q is not None else 0.0
        if name == "tv":
            total += slow.total_variation(weights, full, 0.5)
        else:
            total += slow.graph_tv(weights, full, model.reweighted[0].power, 0.5)
        k = hints.weight[free].astype(float)
        total += 0.5 * (k / (1 - k) * ((full - hints.chroma)[free] ** 2).sum(1)).sum()
        if with_prior:
            total += 0.05 * ((full - prior)[free] ** 2).sum()
        return total

    assert report.energy == pytest.approx(energy(u[free].ravel()), rel=1e-4)
    best = minimize(energy, u[free].ravel(), method="L-BFGS-B", options={"maxiter": 30})
    assert report.energy <= best.fun * (1 + 2e-4)


@pytest.mark.parametrize("name", ["gtv", "gtv, p = 0.5", "tv"])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), h=st.integers(1, 30), w=st.integers(1, 30))
def test_the_maximum_principle_holds(name, seed, h, w):
    rng = np.random.default_rng(seed)
    hints = HintMap.empty((h, w))
    for _ in range(4):
        y, x = rng.integers(h), rng.integers(w)
        hints.chroma[y, x] = rng.normal(size=2) * 40
        hints.weight[y, x] = 1
    model = MODELS[name](weights_of(rng, (h, w)), HintFidelity(hints))
    u, _ = solved(model, (h, w), tol=1e-6)
    hard = hints.weight == 1
    assert np.array_equal(u[hard], hints.chroma[hard])
    assert (u >= np.minimum(hints.chroma[hard].min(0), 0) - 0.1).all()
    assert (u <= np.maximum(hints.chroma[hard].max(0), 0) + 0.1).all()


def test_the_dirichlet_energy_needs_one_step(rng, make_hints):
    shape = (20, 17)
    weights, hints = weights_of(rng, shape), make_hints(shape)
    u, report = solved(Model([Dirichlet(weights)], HintFidelity(hints)), shape, steps=1, tol=1e-6)
    assert report.converged
    assert np.abs(u - dense.diffuse(weights, hints)).max() < 1e-2


def test_the_bilaplacian_equals_a_dense_solve(rng, make_hints):
    shape = (14, 17)
    weights, hints = weights_of(rng, shape), make_hints(shape)
    model = Model([Dirichlet(0.1 * weights)], HintFidelity(hints), Bilaplacian(weights, 2.0))
    u, report = solved(model, shape, steps=1, tol=1e-6, max_iter=1000)
    matrix = 2 * slow.bilaplacian(weights, shape) + 0.1 * dense.laplacian(weights, shape)
    k = hints.weight.ravel().astype(float)
    hard = k >= HARD
    soft = np.where(hard, 0, k / np.where(hard, 1, 1 - k))
    wanted = hints.chroma.reshape(-1, 2).astype(float)
    matrix += np.diag(soft)
    b = soft[:, None] * wanted - matrix[:, hard] @ wanted[hard]
    expected = wanted.copy()
    expected[~hard] = np.linalg.solve(matrix[np.ix_(~hard, ~hard)], b[~hard])
    assert report.converged
    assert np.abs(u.reshape(-1, 2) - expected).max() < 2e-2


def frame_of(field):
    """Soft hints of a linear field on a frame well inside the picture."""
    hints = HintMap.empty(field.shape[:2])
    hints.weight[6:-6, 6:-6] = 0.9
    hints.weight[8:-8, 8:-8] = 0
    hints.chroma[...] = field * (hints.weight > 0)[..., None]
    return hints


def test_the_bilaplacian_reproduces_a_linear_field_and_harmonic_does_not():
    y, x = np.mgrid[:30, :34]
    field = np.stack([x - 0.5 * y, 0.3 * x + y], 2).astype(np.float32)
    weights = none(np.zeros((30, 34), np.float32), EdgeLaw())
    fidelity = HintFidelity(frame_of(field))
    smooth = Model([Dirichlet(1e-6 * weights)], fidelity, Bilaplacian(weights))
    u, _ = solved(smooth, (30, 34), steps=1, tol=1e-6, max_iter=3000)
    assert np.abs(u - field).max() < 0.1
    harmonic, _ = solved(Model([Dirichlet(weights)], fidelity), (30, 34), steps=1, tol=1e-6)
    assert np.abs(harmonic - field).max() > 3


def test_rounding_off_more_at_first_ends_at_the_same_chroma(rng, make_hints):
    shape = (20, 24)
    model = MODELS["gtv"](weights_of(rng, shape), HintFidelity(make_hints(shape)))
    plain, _ = solved(model, shape, steps=300, settle=0, tol=1e-5)
    relaxed, _ = solved(model, shape, steps=300, settle=0, tol=1e-5, relax=32)
    assert np.abs(plain - relaxed).max() < 0.1


def test_the_start_does_not_matter(rng, make_hints):
    shape = (20, 24)
    model = MODELS["gtv"](weights_of(rng, shape), HintFidelity(make_hints(shape)))
    far = (rng.normal(size=(*shape, 2)) * 50).astype(np.float32)
    cold, _ = solved(model, shape, steps=5, tol=1e-6)
    warm, _ = solved(model, shape, start=far, steps=5, tol=1e-6)
    assert np.abs(cold - warm).max() < 0.05


def test_it_stops_when_the_chroma_settles(rng, make_hints):
    shape = (20, 24)
    model = MODELS["gtv"](weights_of(rng, shape), HintFidelity(make_hints(shape)))
    seen = []
    solved(model, shape, steps=500, settle=1e-2, on_step=lambda u: seen.append(u.copy()))
    changes = [np.linalg.norm(b - a) / np.linalg.norm(b) for a, b in pairwise(seen)]
    assert len(seen) < 500
    assert changes[-1] <= 1e-2
    assert all(c > 1e-2 for c in changes[:-1])


class Watch:
    def __init__(self, stop_after=10**9):
        self.pictures, self.fractions, self._stop_after = [], [], stop_after

    @property
    def cancelled(self):
        return len(self.pictures) >= self._stop_after

    def report(self, fraction, chroma=None, /):
        self.fractions.append(fraction)
        if chroma is not None:
            self.pictures.append(chroma)


def test_each_outer_step_shows_its_picture_and_can_be_the_last(rng, make_hints):
    shape = (20, 24)
    model = MODELS["gtv"](weights_of(rng, shape), HintFidelity(make_hints(shape)))
    watch = Watch()
    u, _ = solved(model, shape, steps=4, settle=0, progress=watch)
    assert len(watch.pictures) == 4
    assert np.array_equal(watch.pictures[-1], u)
    assert watch.fractions == sorted(watch.fractions)
    stopped = Watch(stop_after=2)
    with pytest.raises(Cancelled):
        solved(model, shape, steps=4, settle=0, progress=stopped)
    assert len(stopped.pictures) == 2


def test_flat_chroma_and_no_hints_make_no_nan():
    weights = none(np.zeros((9, 9), np.float32), EdgeLaw())
    hints = HintMap.empty((9, 9))
    for make in MODELS.values():
        u, _ = solved(make(weights, HintFidelity(hints)), (9, 9))
        assert not u.any()
