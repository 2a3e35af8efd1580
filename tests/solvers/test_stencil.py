"""The kernels against dense matrices."""

import dense
import numpy as np
import pytest

from handtint.solvers import stencil
from handtint.solvers.affinities import LAWS, EdgeLaw
from handtint.solvers.coarsening import (
    galerkin,
    interpolation,
    prolong_add,
    prolong_smooth,
    restrict,
    restrict_residual,
)
from handtint.solvers.grid import crop, pad, padded_shape
from handtint.solvers.multigrid import Multigrid

SHAPES = [(9, 14), (8, 8), (1, 17), (17, 1), (2, 2), (33, 5)]


def system(rng, shape, held=3):
    lightness = (rng.random(shape) * 100).astype(np.float32)
    weights = LAWS["laplace"](lightness, EdgeLaw(scale=20, floor=1e-2))
    diagonal = np.zeros(padded_shape(shape), np.float32)
    stencil.degree(weights, diagonal)
    inner = diagonal[1 : shape[0] + 1, 1 : shape[1] + 1]
    inner += 0.05
    for _ in range(held):
        inner[rng.integers(shape[0]), rng.integers(shape[1])] = 0
    matrix = dense.laplacian(weights, shape)
    np.fill_diagonal(matrix, inner.ravel())
    free = inner.ravel() > 0
    matrix[~free] = 0
    matrix[:, ~free] = 0
    return weights, diagonal, matrix, free


def vector(rng, shape, free):
    return (rng.normal(size=(*shape, 2)) * free.reshape(*shape, 1)).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES)
def test_pad_and_crop_are_inverse(rng, shape):
    u = rng.normal(size=(*shape, 2)).astype(np.float32)
    assert np.array_equal(crop(pad(u), shape), u)


@pytest.mark.parametrize("shape", SHAPES)
def test_product_and_residual_equal_the_dense_matrix(rng, shape):
    weights, diagonal, matrix, free = system(rng, shape)
    x, b = vector(rng, shape, free), vector(rng, shape, free)
    out = np.zeros_like(pad(x))
    stencil.multiply(weights, diagonal, pad(x), out)
    expected = (matrix @ x.reshape(-1, 2)).reshape(*shape, 2)
    assert np.allclose(crop(out, shape), expected, atol=1e-4)
    stencil.residual(weights, diagonal, pad(b), pad(x), out)
    assert np.allclose(crop(out, shape), b - expected, atol=1e-4)


def inverse_of(diagonal):
    return np.where(diagonal > 0, 1 / np.where(diagonal > 0, diagonal, 1), 0).astype(np.float32)


def interpolated(weights, diagonal, shape):
    """Interpolation weights of all coarse pixels, and the coarse shape."""
    h, w = ((n + 1) // 2 for n in shape)
    up = np.zeros((8, h + 2, w + 2), np.float32)
    interpolation(weights, diagonal, up, shape, (1, h + 1, 1, w + 1))
    return up, (h, w)


@pytest.mark.parametrize("shape", SHAPES)
def test_x_a_x_is_the_scalar_product(rng, shape):
    weights, diagonal, _, free = system(rng, shape)
    x = pad(vector(rng, shape, free))
    out = np.zeros_like(x)
    energy = stencil.multiply(weights, diagonal, x, out)
    assert np.allclose(energy, stencil.dot(x, out), rtol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_smoothing_is_red_black_by_rows(rng, shape):
    weights, diagonal, matrix, free = system(rng, shape)
    b = vector(rng, shape, free)
    found = np.full_like(pad(b), 7)  # what it held is not to be read
    found[:, [0, -1], :] = found[:, :, [0, -1]] = 0
    stencil.smooth_forward(weights, inverse_of(diagonal), pad(b), found)
    x, flat = np.zeros((free.size, 2)), b.reshape(-1, 2)
    d = np.where(free, np.diag(matrix), 1)[:, None]
    rows = np.arange(free.size) // shape[1]
    for parity in (0, 1, 0, 1):
        at = (rows % 2 == parity) & free
        x[at] += stencil.DAMPING * ((flat - matrix @ x) / d)[at]
    assert np.allclose(crop(found, shape), x.reshape(*shape, 2), atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_smoothing_after_the_coarse_grid_is_the_adjoint_of_that_before(rng, shape):
    weights, diagonal, _, free = system(rng, shape)
    a, b = pad(vector(rng, shape, free)), pad(vector(rng, shape, free))
    up, coarse_shape = interpolated(weights, diagonal, shape)
    nothing = np.zeros((2, *padded_shape(coarse_shape)), np.float32)
    before, after = np.zeros_like(a), np.zeros_like(b)
    stencil.smooth_forward(weights, inverse_of(diagonal), a, before)
    prolong_smooth(weights, inverse_of(diagonal), b, after, up, nothing)
    left, right = stencil.dot(before, b), stencil.dot(a, after)
    assert np.allclose(left, right, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_fused_equals_its_steps(rng, shape):
    weights, diagonal, _, free = system(rng, shape)
    inverse = inverse_of(diagonal)
    x, b = pad(vector(rng, shape, free)), pad(vector(rng, shape, free))
    up, coarse_shape = interpolated(weights, diagonal, shape)
    left, down, together = np.zeros_like(x), *np.zeros((2, 2, *padded_shape(coarse_shape)), "f4")
    stencil.residual(weights, diagonal, b, x, left)
    restrict(left, up, down)
    restrict_residual(weights, diagonal, b, x, up, together)
    assert np.allclose(down, together, atol=1e-4)
    raised = x.copy()
    prolong_add(raised, up, down, inverse)
    nothing = np.zeros_like(down)
    prolong_smooth(weights, inverse, b, raised, up, nothing)
    prolong_smooth(weights, inverse, b, x, up, down)
    assert np.allclose(raised, x, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_restriction_is_the_adjoint_of_prolongation(rng, shape):
    weights, diagonal, _, free = system(rng, shape)
    up, coarse_shape = interpolated(weights, diagonal, shape)
    fine = pad(vector(rng, shape, free))
    coarse_free = (diagonal[1:-1:2, 1:-1:2] > 0)[: coarse_shape[0], : coarse_shape[1]]
    coarse = pad(vector(rng, coarse_shape, coarse_free))
    down = np.zeros_like(coarse)
    restrict(fine, up, down)
    raised = np.zeros_like(fine)
    inverse = (diagonal > 0).astype(np.float32)
    prolong_add(raised, up, coarse, inverse)
    assert np.allclose(stencil.dot(down, coarse), stencil.dot(fine, raised), rtol=1e-4, atol=1e-4)


def test_coarse_operator_is_the_galerkin_product(rng):
    shape = (9, 13)
    weights, diagonal, matrix, _ = system(rng, shape)
    up, coarse_shape = interpolated(weights, diagonal, shape)
    coarse_weights = np.zeros((4, *padded_shape(coarse_shape)), np.float32)
    coarse_diagonal = np.zeros(padded_shape(coarse_shape), np.float32)
    galerkin(weights, diagonal, up, coarse_weights, coarse_diagonal, (1, 6, 1, 8))
    inverse = (diagonal > 0).astype(np.float32)
    p = np.zeros((shape[0] * shape[1], coarse_shape[0] * coarse_shape[1]))
    for column in range(p.shape[1]):
        unit = np.zeros((*coarse_shape, 2), np.float32)
        unit.reshape(-1, 2)[column] = 1
        raised = np.zeros((2, *padded_shape(shape)), np.float32)
        prolong_add(raised, up, pad(unit), inverse)
        p[:, column] = crop(raised, shape)[..., 0].ravel()
    expected = p.T @ matrix @ p
    ours = dense.laplacian(coarse_weights, coarse_shape)
    np.fill_diagonal(ours, coarse_diagonal[1:6, 1:8].ravel())
    assert np.allclose(ours, expected, atol=1e-4)


@pytest.mark.parametrize("shape", [(19, 23), (40, 13)])
def test_a_cycle_is_symmetric_positive_and_contracts(rng, shape):
    weights, diagonal, matrix, free = system(rng, shape)
    multigrid = Multigrid(weights, diagonal, shape)
    a, b = pad(vector(rng, shape, free)), pad(vector(rng, shape, free))
    ma = multigrid.cycle(a).copy()
    mb = multigrid.cycle(b).copy()
    assert np.allclose(stencil.dot(ma, b), stencil.dot(a, mb), rtol=1e-3)
    assert (stencil.dot(a, ma) > 0).all()
    error = vector(rng, shape, free)
    rhs = (matrix @ error.reshape(-1, 2)).reshape(*shape, 2).astype(np.float32)
    left = error - crop(multigrid.cycle(pad(rhs)), shape)
    energy = [
        np.einsum("ic,ij,jc->", u.reshape(-1, 2), matrix, u.reshape(-1, 2)) for u in (error, left)
    ]
    assert energy[1] < 0.1 * energy[0]
