"""Learned reweighting: what the second solve adds, and what a person sees of it."""

import numpy as np
import pytest

from handtint.errors import MethodUnavailable
from handtint.methods.harmonic import Harmonic
from handtint.methods.reweighted import Reweighted
from handtint.types import HintMap

SHAPE = (96, 128)


def paint(hints, where, chroma):
    hints.chroma[where], hints.weight[where] = chroma, 1


def test_a_colour_is_dimmer_in_its_shadow():
    """One surface in light that falls off: chroma follows L + 16, as a solve for u cannot know."""
    light = np.broadcast_to(np.linspace(62, 14, SHAPE[1]), SHAPE).astype(np.float32)
    true = np.array([30.0, 22.0]) * ((light + 16) / 66)[..., None]
    hints = HintMap.empty(SHAPE)
    where = np.s_[40:50, 20:30]
    paint(hints, where, true[where].mean((0, 1)))
    found = Reweighted().prepare(light)(hints).chroma
    blind = Harmonic(law="learned").prepare(light)(hints).chroma
    errors = [np.linalg.norm(c - true, axis=2)[:, 60:].mean() for c in (found, blind)]
    assert errors[0] < 0.75 * errors[1]


def test_hard_strokes_are_kept_exactly_on_every_grid(make_scene):
    for shape in (SHAPE, (300, 400)):
        light, hints = make_scene(shape), HintMap.empty(shape)
        paint(hints, np.s_[30:40, 40:60], (35, -20))
        paint(hints, np.s_[60:70, 90:110], (-25, 30))
        drawn = hints.weight == 1
        found = Reweighted().prepare(light)(hints).chroma
        assert np.array_equal(found[drawn], hints.chroma[drawn])


class Watching:
    cancelled = False

    def __init__(self):
        self.fractions, self.pictures = [], []

    def report(self, fraction, chroma=None, /):
        self.fractions.append(fraction)
        if chroma is not None:
            self.pictures.append(chroma)


def test_a_person_watches_chroma_and_never_the_solvers_own_unknowns(make_scene):
    light, hints = make_scene(SHAPE), HintMap.empty(SHAPE)
    paint(hints, np.s_[30:40, 40:60], (35, -20))
    paint(hints, np.s_[60:70, 90:110], (-25, 30))
    watching = Watching()
    Reweighted().prepare(light)(hints, progress=watching)
    assert all(0 <= fraction <= 1 for fraction in watching.fractions)
    assert watching.fractions[-1] == 1
    assert len(watching.pictures) > 3
    drawn = hints.weight == 1
    for picture in watching.pictures:
        np.testing.assert_allclose(picture[drawn], hints.chroma[drawn], atol=1e-3)
        assert np.abs(picture).max() < 60


def test_parts_that_a_barrier_divides_are_as_if_alone(make_scene):
    light = make_scene(SHAPE)
    fence = np.zeros(SHAPE, bool)
    fence[:, 64] = True
    both, one = HintMap.empty(SHAPE), HintMap.empty(SHAPE)
    for hints in (both, one):
        hints.barrier[...] = fence
        paint(hints, np.s_[30:40, 20:40], (35, -20))
    paint(both, np.s_[60:70, 90:110], (-25, 30))
    found, alone = (Reweighted().prepare(light)(hints).chroma for hints in (both, one))
    assert np.array_equal(found[:, :63], alone[:, :63])
    assert np.abs(found[:, 66:]).max() > 20
    assert not alone[:, 66:].any()


def test_models_of_ones_own_are_asked_for_by_name(tmp_path):
    with pytest.raises(MethodUnavailable, match="nowhere"):
        Reweighted(reweighting=str(tmp_path / "nowhere.npz")).prepare(np.full((40, 40), 50, "f4"))
