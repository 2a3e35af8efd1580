"""Kinship of places by what networks see, and what of it the hint kernel is given."""

import numpy as np
import pytest

from handtint.coefficients import load_informed
from handtint.solvers.features import Texture
from handtint.solvers.hint_features import Surroundings
from handtint.solvers.hint_kernel import blend
from handtint.solvers.hint_strokes import Strokes
from handtint.solvers.hint_view import View
from handtint.solvers.kinship import KINDRED, UNION, Kinship, informed, on_grid
from handtint.types import Proposed

SHAPE = (18, 24)


def distribution(rng, shape=SHAPE, colours=7):
    found = rng.gamma(0.5, size=(*shape, colours))
    return (found / found.sum(axis=2, keepdims=True)).astype(np.float32)


def spots(rng, n=3):
    where = rng.choice(SHAPE[0] * SHAPE[1], 3 * n, replace=False).reshape(n, 3)
    return Strokes(list(where), rng.normal(0, 30, (n, 2)).astype(np.float32))


def test_it_is_how_much_distributions_overlap(rng):
    seen, strokes = distribution(rng), spots(rng)
    found = Kinship(seen, SHAPE).lack(strokes)
    flat = seen.reshape(-1, seen.shape[2]).astype(float)
    for n, pixels in enumerate(strokes.pixels):
        stroke = sum(flat[p] for p in pixels) / len(pixels)
        overlap = [
            sum(np.sqrt(p * q) for p, q in zip(flat[i], stroke, strict=True))
            for i in range(len(flat))
        ]
        np.testing.assert_allclose(found[n], -np.log(np.array(overlap) + 0.02), atol=1e-4)


def test_kin_lack_nothing_strangers_all_and_it_goes_both_ways(rng):
    seen = distribution(rng)
    one, other = 5, 300
    there = Kinship(seen, SHAPE).lack(Strokes([np.array([one])], np.zeros((1, 2), "f4")))[0]
    back = Kinship(seen, SHAPE).lack(Strokes([np.array([other])], np.zeros((1, 2), "f4")))[0]
    assert there[one] == pytest.approx(-np.log(1.02), abs=1e-5)
    assert there[other] == pytest.approx(back[one], abs=1e-5)
    seen[...] = 0
    seen[:9, :, 0] = seen[9:, :, 1] = 1
    lack = Kinship(seen, SHAPE).lack(Strokes([np.array([0])], np.zeros((1, 2), "f4")))[0]
    assert lack.reshape(SHAPE)[:9].max() == pytest.approx(-np.log(1.02), abs=1e-5)
    assert lack.reshape(SHAPE)[9:].min() == pytest.approx(-np.log(0.02), abs=1e-5)


def test_cells_lie_where_their_pixels_are():
    seen = np.zeros((3, 4, 12), np.float32)
    seen.reshape(12, 12)[np.arange(12), np.arange(12)] = 1
    kinship = Kinship(seen, SHAPE)
    for y, x in ((0, 0), (2, 4), (8, 10), (17, 23)):
        strokes = Strokes([np.array([y * SHAPE[1] + x])], np.zeros((1, 2), np.float32))
        row, column = divmod(int(kinship.lack(strokes)[0].argmin()), SHAPE[1])
        assert (row // 6, column // 6) == (y // 6, x // 6)


def test_strokes_that_stay_are_not_asked_about_again(rng, monkeypatch):
    kinship, strokes = Kinship(distribution(rng), SHAPE), spots(rng)
    first = kinship.lack(strokes)
    asked = []
    monkeypatch.setattr(
        Kinship, "_found", lambda self, pixels: asked.append(pixels) or np.zeros(432, np.float32)
    )
    more = Strokes([*strokes.pixels, np.array([7])], np.zeros((4, 2), np.float32))
    np.testing.assert_array_equal(kinship.lack(more)[:3], first)
    assert [list(pixels) for pixels in asked] == [[7]]


def proposed(rng, shape=SHAPE):
    return Proposed(
        rng.normal(0, 20, (*shape, 2)).astype(np.float32),
        rng.random(shape, np.float32),
        rng.random(shape, np.float32) * 5,
    )


def test_a_chunk_is_given_what_its_names_say(rng):
    light = rng.uniform(20, 80, SHAPE).astype(np.float32)
    scene = Surroundings(Texture.of(light), rng.uniform(-6, 1, (4, *SHAPE)).astype(np.float32))
    strokes, said = spots(rng), proposed(rng)
    lack = Kinship(distribution(rng), SHAPE).lack(strokes)
    found = scene.log_distances(strokes, np.zeros(SHAPE, bool))
    harmonics = [rng.normal(0, 20, (*SHAPE, 2)).astype(np.float32) for _ in range(2)]
    only = rng.choice(432, 40, replace=False)
    plain = View(scene, strokes, found, *harmonics).at(only)
    for inputs, advice in ((KINDRED, None), (UNION, said)):
        chunk = informed(plain, lack, strokes.chroma, advice)
        pairs = dict(zip(inputs.pairs, chunk.pairs.features(), strict=True))
        pixels = dict(zip(inputs.pixels, chunk.pixels, strict=True))
        assert chunk.fallbacks.shape == (len(inputs.fallbacks), 40, 2)
        np.testing.assert_array_equal(pairs["lack of kinship"], lack[:, only])
        least = pixels["least lack of kinship"]
        np.testing.assert_array_equal(least, lack[:, only].min(axis=0))
        less = pairs["lack of kinship, less the least"]
        np.testing.assert_allclose(less, lack[:, only] - least, atol=1e-6)
    chroma = said.chroma.reshape(-1, 2)[only]
    np.testing.assert_array_equal(chunk.fallbacks[-1], chroma)
    off = np.hypot(*(chroma[None] - strokes.chroma[:, None]).transpose(2, 0, 1))
    np.testing.assert_allclose(pairs["distance of its colour to the proposal"], off / 20, rtol=1e-5)
    np.testing.assert_allclose(
        np.exp(pixels["least log distance of a stroke's colour to the proposal"]),
        off.min(axis=0) + 2,
        rtol=1e-5,
    )
    names = {"Laplace": "that with Laplace weights", "learned": "the learned harmonic solution"}
    for name, harmonic in zip(names, harmonics, strict=True):
        apart = np.hypot(*(chroma - harmonic.reshape(-1, 2)[only]).T)
        value = pixels[f"log distance of the proposal to {names[name]}"]
        np.testing.assert_allclose(np.exp(value), apart + 1, rtol=1e-4)
    np.testing.assert_array_equal(
        pixels["uncertainty of the networks"], said.uncertainty.ravel()[only]
    )
    np.testing.assert_allclose(
        np.exp(pixels["log spread of their looks"]), said.spread.ravel()[only] + 1, rtol=1e-5
    )


def test_pixels_know_nothing_of_strokes_that_cannot_reach_them(rng):
    light = rng.uniform(20, 80, SHAPE).astype(np.float32)
    scene = Surroundings(Texture.of(light), rng.uniform(-6, 1, (4, *SHAPE)).astype(np.float32))
    barrier = np.zeros(SHAPE, bool)
    barrier[:, 12] = True
    strokes, said, seen = spots(rng), proposed(rng), distribution(rng)
    behind = [np.array([SHAPE[1] * y + x]) for y, x in ((3, 3), (9, 8), (5, 20))]
    harmonics = [np.zeros((*SHAPE, 2), np.float32)] * 2
    kernel, found = load_informed().union, []
    for place, chroma in (((5, 20), (30, 0)), ((14, 15), (-20, 40))):
        behind[2] = np.array([SHAPE[1] * place[0] + place[1]])
        strokes.chroma[2] = chroma
        known = Strokes(behind, strokes.chroma)
        kin = Kinship(seen, SHAPE)
        found.append(blend(scene, known, barrier, *harmonics, kernel, kinship=kin, proposed=said))
    np.testing.assert_array_equal(found[0][:, :12], found[1][:, :12])
    assert np.abs(found[0] - found[1])[:, 13:].max() > 1


def test_turned_hues_turn_the_mixture(rng):
    """Kinship knows nothing of the strokes' colours, and of the proposal's only distances."""
    light = rng.uniform(20, 80, SHAPE).astype(np.float32)
    scene = Surroundings(Texture.of(light), rng.uniform(-6, 1, (4, *SHAPE)).astype(np.float32))
    strokes, said, seen = spots(rng), proposed(rng), distribution(rng)
    harmonics = [rng.normal(0, 20, (*SHAPE, 2)).astype(np.float32) for _ in range(2)]
    turn = np.array([[0, 1], [-1, 0]], np.float32)

    def mixed(kernel, advice, by):
        return blend(
            scene,
            Strokes(strokes.pixels, strokes.chroma @ by),
            np.zeros(SHAPE, bool),
            *(h @ by for h in harmonics),
            kernel,
            kinship=Kinship(seen, SHAPE),
            proposed=advice and Proposed(advice.chroma @ by, advice.uncertainty, advice.spread),
        )

    for kernel, advice in ((load_informed().kindred, None), (load_informed().union, said)):
        straight = mixed(kernel, advice, np.eye(2, dtype=np.float32))
        np.testing.assert_allclose(mixed(kernel, advice, turn), straight @ turn, atol=1e-3)


def test_a_proposal_on_a_coarser_grid_is_the_means_over_areas(rng):
    said = proposed(rng)
    coarse = on_grid(said, (9, 12))
    for fine, plane in ((said.chroma, coarse.chroma), (said.spread, coarse.spread)):
        blocks = fine.reshape(9, 2, 12, 2, -1).mean((1, 3)).reshape(plane.shape)
        np.testing.assert_allclose(plane, blocks, rtol=1e-4, atol=1e-4)
