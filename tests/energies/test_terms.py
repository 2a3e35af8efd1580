"""Laws of the energy terms, and their values against slow twins."""

import dense
import numpy as np
import pytest
import terms as slow
from hypothesis import given, settings
from hypothesis import strategies as st

from handtint.energies.bilaplacian import Bilaplacian
from handtint.energies.dirichlet import Dirichlet
from handtint.energies.fidelity import HintFidelity
from handtint.energies.graph_tv import GraphTV
from handtint.energies.likeness import Likeness
from handtint.energies.total_variation import TotalVariation
from handtint.solvers.affinities import EdgeLaw, laplace, none
from handtint.solvers.grid import crop, pad
from handtint.solvers.nonlocal_graph import PatchGraph, PatchLaw

SHAPES = [(9, 12), (1, 7), (6, 1), (8, 5)]
TERMS = {
    "dirichlet": Dirichlet,
    "gtv": lambda w: GraphTV(w, epsilon=0.5),
    "gtv, p = 0.5": lambda w: GraphTV(w, 0.5, 0.5),
    "gtv, p = 1.5": lambda w: GraphTV(w, 1.5, 0.5),
    "tv": lambda w: TotalVariation(w, 2.0, epsilon=0.5),
    "bilaplacian": lambda w: Bilaplacian(w, 3.0),
}
REWEIGHTED = [name for name in TERMS if name != "bilaplacian"]


def weights_of(rng, shape):
    return laplace((rng.random(shape) * 20).astype(np.float32), EdgeLaw(10, 1e-2))


def chroma_of(rng, shape):
    return (rng.normal(size=(*shape, 2)) * 3).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("power", [0.5, 1.0, 1.7, 2.0])
@pytest.mark.parametrize("epsilon", [0.0, 2.0])
def test_graph_tv_has_the_value_of_its_formula(rng, shape, power, epsilon):
    weights, u = weights_of(rng, shape), chroma_of(rng, shape)
    value = GraphTV(weights, power, epsilon).value(pad(u))
    assert value == pytest.approx(slow.graph_tv(weights, u, power, epsilon), rel=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("epsilon", [0.0, 2.0])
def test_total_variation_has_the_value_of_its_formula(rng, shape, epsilon):
    weights, u = weights_of(rng, shape), chroma_of(rng, shape)
    value = TotalVariation(weights, 3.0, epsilon).value(pad(u))
    assert value == pytest.approx(3 * slow.total_variation(weights, u, epsilon), rel=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_quadratic_terms_have_the_values_of_their_matrices(rng, shape):
    weights, u = weights_of(rng, shape), chroma_of(rng, shape)
    flat = u.reshape(-1, 2).astype(float)
    for term, matrix in (
        (Dirichlet(weights), dense.laplacian(weights, shape)),
        (Bilaplacian(weights, 1.0), slow.bilaplacian(weights, shape)),
    ):
        expected = 0.5 * float((flat * (matrix @ flat)).sum())
        assert term.value(pad(u)) == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_fidelity_has_the_value_of_its_formula(rng, make_hints):
    hints, u, prior = make_hints((6, 7)), chroma_of(rng, (6, 7)), chroma_of(rng, (6, 7))
    hard = hints.weight == 1
    assert HintFidelity(hints).value(pad(u)) == np.inf
    u[hard] = hints.chroma[hard]
    k = hints.weight[~hard].astype(float)
    soft = (k / (1 - k) * ((u - hints.chroma)[~hard] ** 2).sum(1)).sum() / 2
    tie = 0.3 * ((u - prior)[~hard] ** 2).sum() / 2
    assert HintFidelity(hints, prior, 0.3).value(pad(u)) == pytest.approx(soft + tie, rel=1e-5)


@pytest.mark.parametrize("name", TERMS)
def test_a_constant_costs_nothing(rng, name):
    term = TERMS[name](weights_of(rng, (8, 9)))
    assert term.value(pad(np.full((8, 9, 2), 17, np.float32))) < 1e-6
    assert term.value(pad(chroma_of(rng, (8, 9)))) > 1


@pytest.mark.parametrize("name", REWEIGHTED)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_majoriser_touches_the_term_and_lies_above_it(name, seed):
    rng = np.random.default_rng(seed)
    weights = weights_of(rng, (6, 7))
    term = TERMS[name](weights)
    v, u = (pad(chroma_of(rng, (6, 7)) * rng.choice([0.01, 1, 10])) for _ in range(2))
    edges = np.zeros_like(weights)
    term.reweight(v, edges)
    above = term.value(v) + Dirichlet(edges).value(u) - Dirichlet(edges).value(v)
    assert term.value(u) <= above + 1e-4 * abs(above)


@pytest.mark.parametrize("name", TERMS)
@pytest.mark.parametrize("change", ["turn", "mirror", "swap"])
def test_turning_mirroring_and_swapping_channels_keep_the_value(rng, name, change):
    def moved(a):
        return np.ascontiguousarray(a[:, ::-1] if change == "mirror" else np.rot90(a))

    lightness = (rng.random((8, 11)) * 20).astype(np.float32)
    u = chroma_of(rng, (8, 11))
    law = EdgeLaw(10, 1e-2)
    value = TERMS[name](laplace(lightness, law)).value(pad(u))
    if change == "swap":
        other = TERMS[name](laplace(lightness, law)).value(pad(np.ascontiguousarray(u[..., ::-1])))
    else:
        other = TERMS[name](laplace(moved(lightness), law)).value(pad(moved(u)))
    assert other == pytest.approx(value, rel=1e-5)


def test_a_linear_field_costs_the_bilaplacian_nothing():
    y, x = np.mgrid[:11, :8]
    u = np.stack([3 * x - 2 * y, x + y + 5], 2).astype(np.float32)
    weights = none(np.zeros((11, 8), np.float32), EdgeLaw())
    assert Bilaplacian(weights).value(pad(u)) < 1e-8
    assert Dirichlet(weights).value(pad(u)) > 100


@pytest.mark.parametrize("shape", SHAPES)
def test_the_bilaplacian_has_its_adjoint_and_its_product(rng, shape):
    term = Bilaplacian(weights_of(rng, shape), 2.0)
    u, t = pad(chroma_of(rng, shape)), pad(chroma_of(rng, shape))
    ku, kt, q = np.zeros_like(u), np.zeros_like(u), np.zeros_like(u)
    term.forward(u, ku)
    term.adjoint_add(t, kt)
    term.multiply_add(u, q)
    inside = pad(crop(kt, shape))
    assert np.vdot(ku, t) == pytest.approx(np.vdot(u, inside), rel=1e-4, abs=1e-4)
    assert np.vdot(u, q) == pytest.approx(2 * term.value(u), rel=1e-4, abs=1e-6)


def test_the_bilaplacian_is_at_most_twice_the_dirichlet_energy(rng):
    weights = weights_of(rng, (9, 9))
    for _ in range(20):
        u = pad(chroma_of(rng, (9, 9)) * (-1) ** np.add(*np.mgrid[:9, :9])[..., None])
        u = u.astype(np.float32)
        assert Bilaplacian(weights).value(u) <= 2 * Dirichlet(weights).value(u) * (1 + 1e-5)


@pytest.mark.parametrize("turned", [False, True])
def test_total_variation_of_a_region_is_its_perimeter(turned):
    region = np.zeros((12, 14, 2), np.float32)
    region[3:8, 4:10, 0] = 1
    if turned:
        region = np.ascontiguousarray(np.rot90(region))
    weights = none(np.zeros(region.shape[:2], np.float32), EdgeLaw())
    assert TotalVariation(weights).value(pad(region)) == pytest.approx(2 * (5 + 6))
    # On the graph: the cut edges, two diagonal ones a straight edge but for one at each corner.
    assert GraphTV(weights).value(pad(region)) == pytest.approx(22 + (2 * 22 - 4) / np.sqrt(2))


def test_likeness_is_the_energy_of_its_pairs_and_splits_off_its_diagonal(rng):
    shape = (9, 12)
    light = (rng.random(shape) * 40).astype(np.float32)
    graph = PatchGraph.of(light, PatchLaw(4, 1, 40.0, 4.0, 0.5))
    term, u = Likeness(graph), chroma_of(rng, shape)
    flat, v = u.reshape(-1, 2).astype(float), graph.matrix.toarray()
    differences = ((flat[:, None] - flat[None]) ** 2).sum(axis=2)
    assert v.any()
    assert term.value(pad(u)) == pytest.approx((v * differences).sum() / 4, rel=1e-4)
    out = graph.degree * pad(u)
    term.multiply_add(pad(u), out)
    assert term.value(pad(u)) == pytest.approx(float((pad(u) * out).sum()) / 2, rel=1e-4)
