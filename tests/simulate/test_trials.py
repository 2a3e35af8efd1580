"""Looks at photographs of known colours."""

import numpy as np
import pytest
from PIL import Image

from handtint import color
from handtint.errors import PhotoError
from handtint.inference.bins import chroma_bins, nearest_bin
from handtint.inference.propose import Proposer, cell_means
from handtint.simulate.pictures import halves
from handtint.simulate.trials import trials
from handtint.types import HintMap


class Watching:
    """A network to which all colours are equally likely, and which keeps the hints."""

    def __init__(self):
        self.masks = []

    def distribution(self, lightness, hints, mask):
        self.masks.append(mask)
        h, w = mask.shape
        return np.full((h // 4, w // 4, 261), 1 / 261, np.float32)


@pytest.fixture
def picture(tmp_path):
    """Four patches of one colour each."""
    codes = np.array([[[200, 60, 50], [60, 120, 190]], [[90, 150, 60], [128, 128, 128]]], np.uint8)
    Image.fromarray(codes.repeat(96, 0).repeat(128, 1)).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_a_photograph_is_looked_at_without_with_few_and_with_many_hints(picture):
    network = Watching()
    found = list(trials(picture, [network], 1))
    assert [t.stratum for t in found] == ["none", "few", "many"]
    assert [m.any() for m in network.masks] == [False, True, True]
    assert network.masks[1].sum() < network.masks[2].sum()
    again = Watching()
    list(trials(picture, [again], 1))
    assert all((a == b).all() for a, b in zip(network.masks, again.masks, strict=True))
    other = Watching()
    list(trials(picture, [other], 2))
    assert (other.masks[2] != network.masks[2]).any()


def test_the_truth_is_that_of_the_cells(picture):
    trial = next(trials(picture, [Watching()], 1))
    assert trial.truth.shape == trial.probabilities.shape[:2]
    h, w = trial.truth.shape
    codes = np.asarray(Image.open(picture).convert("RGB"))
    colours = chroma_bins()[trial.truth]
    for y, x in ((0, 0), (0, 1), (1, 0), (1, 1)):
        inside = colours[
            y * h // 2 + 2 : (y + 1) * h // 2 - 2, x * w // 2 + 2 : (x + 1) * w // 2 - 2
        ]
        _, chroma = color.space("lab").from_codes(codes[y * 96 :, x * 128 :][:1, :1])
        assert np.abs(inside - chroma[0, 0]).max() <= 5.01


@pytest.mark.parametrize("shape", [(90, 400), (61, 47), (300, 500)])
def test_cells_are_those_of_a_distribution(shape, rng):
    plane = rng.uniform(0, 100, shape).astype(np.float32)
    found = Proposer(plane).distribution([Watching()], HintMap.empty(shape))
    cells = cell_means(np.stack([plane, np.full(shape, 7, np.float32)], axis=2))
    assert cells.shape[:2] == found.shape[:2]
    np.testing.assert_allclose(cells[..., 1], 7, rtol=1e-4)
    assert cells[..., 0].mean() == pytest.approx(plane.mean(), rel=0.02)
    assert nearest_bin(cells).shape == found.shape[:2]


def test_halves_take_turns(tmp_path):
    for name in "cab":
        Image.new("RGB", (4, 4)).save(tmp_path / f"{name}.png")
    found = halves([tmp_path])
    assert [(f.stem, half) for f, half in found] == [("a", "tune"), ("b", "test"), ("c", "tune")]
    assert halves([tmp_path], "test") == found[1:2]
    with pytest.raises(PhotoError, match="no other half"):
        halves([tmp_path / "a.png"], "test")
