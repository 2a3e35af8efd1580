"""Grids cover the same picture: nothing shifts, nothing leaks."""

import dense
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handtint.resample import fit, joint_upsample, joint_upsample_within, reduce_area, reduce_hints
from handtint.types import HintMap


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), h=st.integers(1, 30), w=st.integers(1, 30), data=st.data())
def test_area_reduction_equals_the_sum_of_overlaps(seed, h, w, data):
    shape = data.draw(st.integers(1, h)), data.draw(st.integers(1, w))
    plane = np.random.default_rng(seed).random((h, w)).astype(np.float32)
    reduced = reduce_area(plane, shape)
    assert np.allclose(reduced, dense.reduce_area(plane, shape), atol=1e-5)
    assert np.isclose(reduced.mean(), plane.mean(), atol=1e-5)


def test_fit_keeps_proportions_and_never_enlarges():
    assert fit((3000, 4000), 1024) == (768, 1024)
    assert fit((30, 40), 1024) == (30, 40)
    assert fit((30000, 200), 1000) == (1000, 7)
    assert fit((1, 5000), 100) == (1, 100)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), h=st.integers(1, 9), w=st.integers(1, 9), data=st.data())
def test_upsampling_equals_its_formula(seed, h, w, data):
    rng = np.random.default_rng(seed)
    shape = data.draw(st.integers(h, 20)), data.draw(st.integers(w, 20))
    coarse = (rng.random((h, w)) * 30).astype(np.float32)
    fine = (rng.random(shape) * 30).astype(np.float32)
    chroma = rng.normal(size=(h, w, 2)).astype(np.float32)
    expected = dense.joint_upsample(chroma, coarse, fine)
    assert np.allclose(joint_upsample(chroma, coarse, fine), expected, atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), h=st.integers(1, 30), w=st.integers(1, 30), data=st.data())
def test_reduced_hints_are_area_averages(seed, h, w, data):
    rng = np.random.default_rng(seed)
    shape = data.draw(st.integers(1, h)), data.draw(st.integers(1, w))
    hints = HintMap.empty((h, w))
    drawn = rng.random((h, w)) < 0.3
    hints.weight[drawn] = rng.choice([1, 0.5, 0.2], drawn.sum())
    hints.chroma[drawn] = rng.normal(size=(drawn.sum(), 2)) * 20
    reduced = reduce_hints(hints, shape)
    if shape == (h, w):
        assert reduced is hints
        return
    chroma, weight = dense.reduce_hints(hints.chroma, hints.weight, shape)
    assert np.allclose(reduced.weight, weight, atol=1e-5)
    assert np.allclose(reduced.chroma, chroma, atol=1e-2)


def test_upsampling_a_constant_gives_it_back(rng):
    coarse, fine = rng.random((7, 9)) * 100, rng.random((31, 40)) * 100
    chroma = np.full((7, 9, 2), (3, -4), np.float32)
    out = joint_upsample(chroma, coarse.astype(np.float32), fine.astype(np.float32))
    assert np.allclose(out, (3, -4), atol=1e-5)


def test_upsampled_colour_follows_the_edge_of_the_fine_lightness():
    fine = np.full((40, 40), 20, np.float32)
    fine[:, 21:] = 80
    coarse = reduce_area(fine, (10, 10))
    chroma = np.zeros((10, 10, 2), np.float32)
    chroma[:, 6:, 0] = 40
    chroma[:, 5, 0] = 30
    out = joint_upsample(chroma, coarse, fine)[20, :, 0]
    assert out[20] < 5
    assert out[23] > 25


def test_bands_join_without_a_seam(rng):
    coarse = (rng.random((6, 8)) * 100).astype(np.float32)
    fine = (rng.random((29, 37)) * 100).astype(np.float32)
    chroma = rng.normal(size=(6, 8, 2)).astype(np.float32)
    whole = joint_upsample(chroma, coarse, fine)
    bands = [
        joint_upsample(chroma, coarse, fine[top : top + 10], first_row=top, height=29)
        for top in (0, 10, 20)
    ]
    assert np.array_equal(np.concatenate(bands), whole)


def ring(shape, width):
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    radius = np.hypot(y - shape[0] / 2, x - shape[1] / 2)
    return np.abs(radius - shape[0] / 3) <= width, radius < shape[0] / 3


@pytest.mark.parametrize("ratio", [1.5, 2, 3.3])
def test_nothing_is_carried_over_a_barrier(ratio):
    fine_shape = (90, 90)
    coarse_shape = (round(90 / ratio), round(90 / ratio))
    barrier, inside = ring(fine_shape, 1.5)
    hints = HintMap.empty(fine_shape)
    hints.barrier[barrier] = True
    coarse_barrier = reduce_hints(hints, coarse_shape).barrier
    _, coarse_inside = ring(coarse_shape, 1)
    chroma = np.zeros((*coarse_shape, 2), np.float32)
    chroma[coarse_inside] = (60, -60)
    flat = np.full(fine_shape, 50, np.float32)
    out = joint_upsample_within(
        chroma, reduce_area(flat, coarse_shape), flat, coarse_barrier, barrier
    )
    assert np.abs(out[~inside & ~barrier]).max() == 0
    kept = np.abs(out[inside & ~barrier] - (60, -60)).max(axis=1) < 1e-3
    assert kept.mean() > 0.95


def test_reduced_hints_keep_colour_place_and_thin_strokes():
    hints = HintMap.empty((40, 40))
    hints.chroma[10:20, 10:20] = (30, 10)
    hints.weight[10:20, 10:20] = 1
    hints.chroma[:, 33], hints.weight[:, 33] = (-20, 5), 1
    half = reduce_hints(hints, (20, 20))
    assert (half.weight[5:10, 5:10] == 1).all()
    assert np.allclose(half.chroma[5:10, 5:10], (30, 10), atol=1e-5)
    assert (half.weight[:5] > 0).sum() == 5
    eighth = reduce_hints(hints, (5, 5))
    assert np.allclose(eighth.weight[:, 4], 0.125)
    assert np.allclose(eighth.chroma[0, 4], (-20, 5), atol=1e-4)


def test_the_chroma_of_reduced_hints_is_float32():
    assert reduce_hints(HintMap.empty((8, 8)), (4, 4)).chroma.dtype == np.float32
