"""The coarse-to-fine method."""

import numpy as np
import pytest

from handtint.methods.harmonic import Harmonic
from handtint.methods.pyramid import grid_shapes
from handtint.solvers.affinities import EdgeLaw, laplace
from handtint.solvers.diffusion import diffuse
from handtint.types import HintMap


def test_grids_double_up_to_the_picture():
    assert grid_shapes((768, 1024), 192) == ((144, 192), (288, 384), (768, 1024))
    assert grid_shapes((960, 1280), 192) == ((144, 192), (288, 384), (576, 768), (960, 1280))
    assert grid_shapes((256, 384), 192) == ((128, 192), (256, 384))
    assert grid_shapes((100, 150), 192) == ((100, 150),)
    assert grid_shapes((256, 384), 0) == ((256, 384),)


def test_one_grid_is_the_plain_problem(make_scene, make_hints):
    lightness, hints = make_scene((40, 50)), make_hints((40, 50))
    plain, _ = diffuse(laplace(lightness, EdgeLaw(floor=1e-5)), hints, tol=1e-4)
    assert np.array_equal(Harmonic(reach=0).prepare(lightness)(hints).chroma, plain)


def test_strokes_are_exact_on_every_grid(make_scene):
    lightness = make_scene((300, 400))
    hints = HintMap.empty((300, 400))
    hints.chroma[100:103, 50:90], hints.weight[100:103, 50:90] = (30, 5), 1
    hints.chroma[200, 300:340], hints.weight[200, 300:340] = (-10, -30), 1
    chroma = Harmonic().prepare(lightness)(hints).chroma
    assert np.array_equal(chroma[hints.weight == 1], hints.chroma[hints.weight == 1])


def test_another_stroke_starts_from_the_last_result(make_scene):
    lightness = make_scene((300, 400))
    hints = HintMap.empty((300, 400))
    hints.chroma[100:110, 50:90], hints.weight[100:110, 50:90] = (30, 5), 1
    method = Harmonic(scale=10, floor=1e-2)
    prepared = method.prepare(lightness)
    prepared(hints)
    hints.chroma[250:260, 300:340], hints.weight[250:260, 300:340] = (-10, -30), 1
    prepared(hints)
    hints.chroma[150:155, 200:210], hints.weight[150:155, 200:210] = (0, 10), 1
    warm = prepared(hints)
    cold = method.prepare(lightness)(hints)
    assert warm.report.iterations < cold.report.iterations
    assert np.abs(warm.chroma - cold.chroma).mean() < 0.1


def test_a_fine_stroke_reaches_its_object_and_not_its_neighbour():
    lightness = np.full((400, 400), 40, np.float32)
    lightness[190:210, 190:210] = 70
    hints = HintMap.empty((400, 400))
    hints.chroma[50:60, 50:350], hints.weight[50:60, 50:350] = (-20, 20), 1
    hints.chroma[199:201, 195:205], hints.weight[199:201, 195:205] = (50, 30), 1
    chroma = Harmonic().prepare(lightness)(hints).chroma
    assert chroma[193:207, 193:207, 0].min() > 40
    assert np.abs(chroma[185, 150:250] - (-20, 20)).max() < 5


@pytest.mark.parametrize("reach", [0, 64])
def test_nothing_crosses_a_closed_barrier_on_any_grid(make_scene, reach):
    lightness = make_scene((200, 200))
    hints = HintMap.empty((200, 200))
    hints.barrier[50:151, 50:151] = True
    hints.barrier[53:148, 53:148] = False
    hints.chroma[100:110, 60:140], hints.weight[100:110, 60:140] = (50, 20), 1
    hints.chroma[10:20, 10:190], hints.weight[10:20, 10:190] = (-30, 5), 1
    chroma = Harmonic(reach=reach, scale=10, floor=1e-2).prepare(lightness)(hints).chroma
    outside = np.ones((200, 200), bool)
    outside[50:151, 50:151] = False
    assert chroma[53:148, 53:148, 0].min() > 49
    assert chroma[outside][:, 0].max() < -29
