"""What finds weights anew: its symmetries, and its energy against a dense solve."""

import dataclasses

import dense
import numpy as np
import pytest

from handtint.coefficients import Reweighter, load, load_reweighter
from handtint.color import space
from handtint.solvers import reweighting as rw
from handtint.solvers.diffusion import HARD, diffuse
from handtint.solvers.learned import PULL
from handtint.types import HintMap

SHAPE = (18, 23)


def first_look(ground, hints):
    values, _ = diffuse(
        ground.weights, rw.shaded(hints, ground.shading), prior_weight=PULL, tol=1e-7
    )
    held = [
        diffuse(ground.weights, asked, prior_weight=rw.FIRM_PULL, tol=1e-7)[0]
        for asked in rw.asking_who(hints, ground.looks)
    ]
    return rw.FirstLook.of(values, held, hints, ground)


def states(ground, hints):
    return ground.inputs(first_look(ground, hints))


def test_light_that_falls_more_dimly_scales_lightness_and_chroma_alike():
    """What s(L) is founded on: (a, b) / (L + 16) of a surface does not depend on the light."""
    lab = space("lab")
    linear = np.array([0.5, 0.3, 0.2])
    codes = []
    for light in (1.0, 0.6, 0.35):
        srgb = 1.055 * (light * linear) ** (1 / 2.4) - 0.055
        codes.append(np.rint(srgb * 65535).astype(np.uint16))
    lightness, chroma = lab.from_codes(np.stack(codes)[None])
    ratios = chroma[0] / (lightness[0] + 16)[:, None]
    np.testing.assert_allclose(ratios[1:], np.broadcast_to(ratios[0], (2, 2)), rtol=0.01)


def test_shading_dims_shadows_and_highlights_and_nothing_else():
    values = rw.shading(np.linspace(0, 100, 201, dtype=np.float32))
    assert values.dtype == np.float32
    assert (values > 0).all()
    peak = int(np.argmax(values))
    assert (np.diff(values[: peak + 1]) > 0).all()
    assert (np.diff(values[peak:]) < 0).all()
    assert rw.shading(np.full((1, 1), 50, np.float32)).item() == pytest.approx(1, abs=1e-6)


def test_turning_the_hues_changes_nothing_that_the_models_see(make_scene, make_hints):
    ground, hints = rw.Ground.of(make_scene(SHAPE), load().edges), make_hints(SHAPE)
    turned = dataclasses.replace(
        hints, chroma=np.stack([-hints.chroma[..., 1], hints.chroma[..., 0]], axis=2)
    )
    for straight, other in zip(states(ground, hints), states(ground, turned), strict=True):
        np.testing.assert_allclose(straight, other, atol=0.01)


def test_turning_the_picture_turns_what_the_models_see(make_scene, make_hints):
    hints, light = make_hints(SHAPE), make_scene(SHAPE)
    turned = HintMap(
        *(
            np.ascontiguousarray(np.rot90(plane))
            for plane in (hints.chroma, hints.weight, hints.barrier, hints.ignore)
        )
    )
    edges, pixels = states(rw.Ground.of(light, load().edges), hints)
    again = states(rw.Ground.of(np.ascontiguousarray(np.rot90(light)), load().edges), turned)
    np.testing.assert_allclose(np.rot90(pixels, axes=(1, 2)), again[1], atol=0.02)
    # What was below is now to the right.
    names = len(rw.EDGE_STATE)
    down, right = edges[-names:, 1, :-1], again[0][-names:, 0, :, :-1]
    np.testing.assert_allclose(np.rot90(down, axes=(1, 2)), right, atol=0.02)


def test_a_pixel_knows_how_unlike_its_stroke_it_looks(rng):
    """On the left all is as at the stroke; on the right there is a rougher part beside it."""
    light = np.full((12, 40), 30, np.float32)
    light[:, 20:] = 80
    light[:, 28:36] += rng.choice([-8, 8], (12, 8)).astype(np.float32)
    hints = HintMap.empty(light.shape)
    for x in (5, 37):
        hints.chroma[6, x], hints.weight[6, x] = (20, 10), 1
    look = first_look(rw.Ground.of(light, load().edges), hints)
    off = dict(zip(rw.LOOKS, look.off, strict=True))
    assert np.abs(off["lightness"][:, :15]).max() < 0.05 * 3
    assert np.abs(off["lightness"][:, 37:]).max() < 0.05 * 3
    assert np.abs(off["lightness, blurred by 4"][:, :8]).max() < 0.05 * 3
    assert off["log deviation in 5x5"][:, 30:34].min() > 0.05
    assert np.abs(off["log deviation in 5x5"][:, :15]).max() < 0.02
    assert look.distance[6, 5] == 0
    assert look.distance[6, 12] == 7
    assert look.firmness[6, 5] == 1
    assert (look.firmness[6, 6:15] < 1).all()


def test_the_energy_is_the_one_of_the_docstring(make_scene, make_hints):
    """The terms, each as it is written, against what is minimised."""
    ground, hints = rw.Ground.of(make_scene(SHAPE), load().edges), make_hints(SHAPE)
    asked = rw.problem(load_reweighter(), ground, first_look(ground, hints), hints)
    found, _ = diffuse(asked.weights, asked.hints, tol=1e-7, max_iter=500)
    size = SHAPE[0] * SHAPE[1]
    k = hints.weight.ravel().astype(float)
    held = k >= HARD
    soft = np.where(held, 0, k / (1 - np.minimum(k, 0.99)))
    wanted = (hints.chroma / asked.shading[..., None]).reshape(size, 2)
    pull, alike_pull = asked.pull.ravel(), asked.alike_pull.ravel()
    matrix = dense.laplacian(asked.weights, SHAPE) + np.diag(soft + pull + alike_pull)
    right = soft[:, None] * wanted + alike_pull[:, None] * asked.alike.reshape(size, 2)
    matrix[held] = np.eye(size)[held]
    right[held] = wanted[held]
    expected = np.linalg.solve(matrix, right).reshape(*SHAPE, 2)
    np.testing.assert_allclose(found, expected, rtol=5e-3, atol=0.05)


def test_models_that_say_nothing_give_the_energy_to_begin_with(make_scene, make_hints):
    ground, hints = rw.Ground.of(make_scene(SHAPE), load().edges), make_hints(SHAPE)
    shipped = load_reweighter()

    def silent(model):
        (*inner, (weights, bias)) = model.layers
        return dataclasses.replace(model, layers=(*inner, (0 * weights, 0 * bias)))

    mute = Reweighter(silent(shipped.edges), silent(shipped.pixels), {})
    asked = rw.problem(mute, ground, first_look(ground, hints), hints)
    np.testing.assert_allclose(asked.shading, ground.shading, rtol=1e-6)
    np.testing.assert_allclose(asked.pull, PULL, rtol=1e-6)
    np.testing.assert_allclose(asked.alike_pull, PULL / np.exp(3), rtol=1e-5)
