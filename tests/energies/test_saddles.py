"""Laws of what the terms give the primal-dual solver: operators, adjoints, conjugates."""

import numpy as np
import pytest

from handtint.energies.bilaplacian import Bilaplacian
from handtint.energies.graph_tv import GraphTV
from handtint.energies.tgv import TGV
from handtint.energies.total_variation import TotalVariation
from handtint.solvers.affinities import EdgeLaw, laplace, none
from handtint.solvers.grid import pad

SADDLES = {
    "gtv": GraphTV,
    "gtv, rounded": lambda w: GraphTV(w, epsilon=0.7),
    "tv": lambda w: TotalVariation(w, 2.0),
    "tv, rounded": lambda w: TotalVariation(w, 2.0, epsilon=0.7),
    "tgv": lambda w: TGV(w, 1.5, 3.0),
    "tgv, rounded": lambda w: TGV(w, 1.5, 3.0, 0.7),
    "bilaplacian": lambda w: Bilaplacian(w, 2.0),
}


def weights_of(rng, shape):
    return laplace((rng.random(shape) * 20).astype(np.float32), EdgeLaw(10, 1e-2))


def planes(rng, count, shape):
    """Random planes, zero in the padding."""
    pairs = [pad(rng.normal(size=(*shape, 2)).astype(np.float32)) for _ in range(count // 2)]
    return np.concatenate(pairs)


def matrix_of(term, shape):
    """K as a dense matrix over the pixels of the picture, a column a unit vector."""
    inside = np.flatnonzero(pad(np.ones((*shape, 2), np.float32))[0])
    size = pad(np.zeros(shape, np.float32)).shape
    columns = []
    for c in range(term.primal):
        for i in inside:
            x = np.zeros((term.primal, *size), np.float32)
            x[c].flat[i] = 1
            out = np.zeros((term.dual, *size), np.float32)
            term.forward(x, out)
            columns.append(out.ravel())
    return np.array(columns).T, inside


@pytest.mark.parametrize("name", SADDLES)
@pytest.mark.parametrize("shape", [(6, 7), (1, 8), (7, 1), (5, 4)])
def test_the_adjoint_is_the_transpose(rng, name, shape):
    term = SADDLES[name](weights_of(rng, shape))
    matrix, inside = matrix_of(term, shape)
    y = rng.normal(size=matrix.shape[0]).astype(np.float32)
    size = pad(np.zeros(shape, np.float32)).shape
    out = np.zeros((term.primal, *size), np.float32)
    term.adjoint_add(y.reshape(term.dual, *size), out)
    found = np.concatenate([plane.ravel()[inside] for plane in out])
    assert np.abs(found - matrix.T @ y).max() < 1e-4


@pytest.mark.parametrize("name", SADDLES)
def test_the_steps_keep_the_operator_below_one(rng, name):
    shape = (6, 7)
    term = SADDLES[name](weights_of(rng, shape))
    matrix, inside = matrix_of(term, shape)
    size = pad(np.zeros(shape, np.float32)).shape
    rows = np.zeros((term.dual, *size), np.float32)
    columns = np.zeros((term.primal, *size), np.float32)
    scale = np.where(np.arange(term.primal) < 2, 3.0, 0.2).astype(np.float32)
    term.sums(scale, rows, columns)
    columns /= scale[:, None, None]
    tau = np.concatenate([plane.ravel()[inside] for plane in columns])
    sigma = rows.ravel()
    used = sigma > 0
    assert not matrix[~used].any()
    used_columns = tau > 0
    assert not matrix[:, ~used_columns].any()
    scaled = matrix[np.ix_(used, used_columns)]
    scaled = scaled / np.sqrt(sigma[used])[:, None] / np.sqrt(tau[used_columns])[None]
    assert np.linalg.norm(scaled, 2) <= 1 + 1e-5
    assert np.linalg.norm(scaled, 2) > 0.3


@pytest.mark.parametrize("name", SADDLES)
@pytest.mark.parametrize("size", [0.1, 3.0])
def test_the_conjugate_keeps_fenchels_law(rng, name, size):
    """F(Kx) + F*(y) >= <Kx, y>, with equality where y = prox(y + sigma K x)."""
    shape = (6, 7)
    term = SADDLES[name](weights_of(rng, shape))
    x = planes(rng, term.primal, shape) * np.float32(size)
    kx = np.zeros((term.dual, *x.shape[1:]), np.float32)
    term.forward(x, kx)
    sigma = np.full_like(kx, 100.0)
    y = np.zeros_like(kx)
    term.resolve(y, sigma)
    assert not y.any()
    other = rng.normal(size=kx.shape).astype(np.float32)
    term.resolve(other, sigma * 0)
    assert term.value(x) + term.conjugate(other) >= np.vdot(kx, other) - 1e-3
    for _ in range(30):
        y += sigma * kx
        term.resolve(y, sigma)
    gap = term.value(x) + term.conjugate(y) - np.vdot(kx, y)
    assert abs(gap) < 1e-3 * term.value(x)


@pytest.mark.parametrize("turn", [1, 2, "mirror"])
def test_tgv_with_its_slope_turns_with_the_picture(rng, turn):
    """The slope is turned by hand: entries change places, and sign where they change direction."""
    shape = (6, 9)
    lightness = (rng.random(shape) * 20).astype(np.float32)
    u = rng.normal(size=(*shape, 2)).astype(np.float32)
    across = rng.normal(size=(*shape, 2)).astype(np.float32)
    down = rng.normal(size=(*shape, 2)).astype(np.float32)
    across[:, -1] = 0
    down[-1] = 0

    def mirrored(light, u, a, d):
        return light[:, ::-1], u[:, ::-1], np.roll(-a[:, ::-1], -1, 1), d[:, ::-1]

    def transposed(light, u, a, d):
        return light.T, u.swapaxes(0, 1), d.swapaxes(0, 1), a.swapaxes(0, 1)

    moved = lightness, u, across, down
    for step in {1: "tm", 2: "tmtm", "mirror": "m"}[turn]:
        moved = (transposed if step == "t" else mirrored)(*moved)
    values = [
        TGV(laplace(np.ascontiguousarray(light), EdgeLaw(10, 1e-2))).value(
            np.concatenate([pad(np.ascontiguousarray(p)) for p in rest])
        )
        for light, *rest in ((lightness, u, across, down), moved)
    ]
    assert values[1] == pytest.approx(values[0], rel=1e-5)


def test_tgv_costs_nothing_for_a_linear_field_with_its_slope():
    y, x = np.mgrid[:9, :7]
    u = np.stack([3 * x - 2 * y, x + y + 5], 2).astype(np.float32)
    across, down = np.zeros_like(u), np.zeros_like(u)
    across[:, :-1] = 3, 1
    down[:-1] = -2, 1
    weights = none(np.zeros((9, 7), np.float32), EdgeLaw())
    value = TGV(weights).value(np.concatenate([pad(u), pad(across), pad(down)]))
    assert value < 1e-4
    assert TotalVariation(weights).value(pad(u)) > 100


def test_tgv_without_a_slope_is_total_variation(rng):
    weights = weights_of(rng, (8, 9))
    u = planes(rng, 2, (8, 9))
    x = np.concatenate([u, np.zeros((4, *u.shape[1:]), np.float32)])
    assert TGV(weights, 2.0).value(x) == pytest.approx(
        TotalVariation(weights, 2.0).value(u), rel=1e-5
    )
