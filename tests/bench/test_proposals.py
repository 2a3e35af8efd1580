"""What is measured of proposals: against methods whose answer is known."""

import dataclasses
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from handtint import registry
from handtint.bench import report
from handtint.bench.proposals import SIZE, run_proposals
from handtint.colorizer import MethodInfo
from handtint.errors import MethodError, OptionError
from handtint.options import option
from handtint.types import Colorization, SolveReport


@dataclasses.dataclass(frozen=True)
class Tint:
    """One chroma everywhere, and hints where they are and ``wide`` pixels below them."""

    info: ClassVar = MethodInfo("tint", "learned", "used", "", "", proposes=True)

    a: float = option(10.0, help="chroma", minimum=-100, maximum=100)
    wide: int = option(0, help="rows", minimum=0, maximum=999)
    obeys: bool = option(True, help="whether hints are met")
    larger: float = option(0.0, help="chroma added in large pictures", minimum=-99, maximum=99)

    def prepare(self, lightness, /):
        def colour(hints, /, *, initial=None, progress=None):
            chroma = np.zeros((*lightness.shape, 2), np.float32)
            chroma[..., 0] = self.a + self.larger * (max(lightness.shape) > SIZE)
            given = hints.weight > 0
            if given.any() and self.obeys:
                rows = np.flatnonzero(given.any(1))
                columns = given.any(0)
                chroma[rows[0] : rows[-1] + 1 + self.wide, columns] = hints.chroma[given][0]
            return Colorization(chroma, SolveReport(0, 0.0, True, 0.0))

        return colour


@pytest.fixture
def pictures(monkeypatch, tmp_path):
    real = registry.load
    monkeypatch.setattr(registry, "load", lambda name: Tint if name == "tint" else real(name))
    y, x = np.mgrid[:200, :300]
    rgb = np.stack([90 + x // 4, 100 + y // 4, 120 - x // 5], axis=2)
    Image.fromarray(rgb.astype(np.uint8)).save(tmp_path / "one.png")
    return [tmp_path]


def test_a_method_that_obeys_meets_its_hints_and_nothing_else_moves(pictures):
    (row,) = run_proposals(pictures, ["tint"])
    assert row.met < 0.5
    assert row.met_absurd < 0.5
    assert row.resized < 0.5
    area = SIZE * round(200 * SIZE / 300)
    assert row.moved == pytest.approx(36 / area, rel=0.01)


def test_disobedience_reach_and_size_show(pictures):
    rows = run_proposals(pictures, ["tint:obeys=false", "tint:wide=60", "tint:larger=20"])
    deaf, wide, fickle = rows
    assert deaf.met > 3
    assert deaf.met_absurd > 10
    assert deaf.moved == 0
    assert wide.moved > 5 * 36 / SIZE**2
    assert fickle.resized > 5
    assert wide.resized < 0.5


def test_a_known_tint_makes_a_flat_proposal_the_flat_picture(pictures):
    flat, none = run_proposals(pictures, ["tint:a=-30", "tint:a=0"])
    assert flat.psnr < none.psnr
    assert none.psnr == none.psnr_grey
    assert flat.psnr_tinted == pytest.approx(flat.psnr_flat, abs=0.02)
    assert none.psnr_flat == flat.psnr_flat > none.psnr_grey
    assert flat.colourfulness > none.colourfulness
    assert flat.unlike > none.unlike > 1
    table = report.proposal_table([flat, none])
    assert f"{flat.psnr:.2f}" in table
    assert f"{100 * flat.colourfulness / flat.true_colourfulness:.0f}" in table
    assert "1 picture." in table


def test_what_needs_strokes_or_fails_is_named(pictures, monkeypatch):
    with pytest.raises(OptionError, match="blending needs strokes"):
        run_proposals(pictures, ["blending"])
    with pytest.raises(OptionError, match="name at least one"):
        run_proposals(pictures, [])

    def fails(self, lightness):
        raise MethodError("no wish to")

    monkeypatch.setattr(Tint, "prepare", fails)
    with pytest.raises(MethodError, match=r"tint on one\.png: no wish to"):
        run_proposals(pictures, ["tint"])
