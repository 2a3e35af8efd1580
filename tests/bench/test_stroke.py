"""Times while painting: complete rows, warm and cold runs told apart, clear errors."""

import dataclasses
from typing import ClassVar

import numpy as np
import pytest

from handtint import registry
from handtint.bench import scene
from handtint.bench.stroke import run_stroke
from handtint.colorizer import MethodInfo
from handtint.errors import Cancelled, MethodError, OptionError, UnknownMethod
from handtint.options import option
from handtint.types import Colorization, SolveReport


@dataclasses.dataclass(frozen=True)
class Late:
    """A method that is ``tol`` off on its first call, and right on later ones."""

    info: ClassVar = MethodInfo("late", "guided", "needed", "", "")
    calls: ClassVar[list] = []

    tol: float = option(0.5, help="distance", minimum=0, maximum=1)

    def prepare(self, lightness, /):
        known = []
        self.calls.append((lightness.shape, self.tol, known))

        def colour(hints, /, *, initial=None, progress=None):
            known.append(hints)
            chroma = np.full_like(hints.chroma, self.tol if len(known) < 2 else 0)
            return Colorization(chroma, SolveReport(len(known), 0.0, True, 0.0))

        return colour


@pytest.fixture
def late(monkeypatch):
    real = registry.load
    monkeypatch.setattr(registry, "load", lambda name: Late if name == "late" else real(name))
    monkeypatch.setattr(Late, "calls", [])


def test_rows_are_complete(late):
    rows = run_stroke([0.01, 0.0225], ["late", "flat-tint"], repeats=2)
    assert [(r.megapixels, r.pixels, r.method) for r in rows] == [
        (0.01, 10_000, "late"), (0.01, 10_000, "flat-tint"),
        (0.0225, 22_500, "late"), (0.0225, 22_500, "flat-tint"),
    ]  # fmt: skip
    for row in rows:
        assert min(row.prepare_cpu_seconds, row.first_cpu_seconds, row.again_cpu_seconds) >= 0
        assert row.again_seconds >= 0
    assert [r.iterations for r in rows] == [2, 0, 2, 0]


def test_one_more_stroke_meets_a_method_that_knows_the_others(late):
    (row,) = run_stroke([0.01], ["late"], repeats=3)
    _, _, *runs, converged = Late.calls
    assert len(runs) == 3
    for shape, tol, (first, second) in runs:
        assert (shape, tol) == ((100, 100), 0.5)
        assert second.count > first.count
        np.testing.assert_array_equal(second.weight, scene.one_more_stroke(first).weight)
    assert converged[1] == pytest.approx(1e-6)
    assert len(converged[2]) == 1
    assert row.chroma_error == pytest.approx(2**0.5 * 1e-6, rel=1e-3)


def test_a_tighter_tolerance_is_nearer_to_the_converged_chroma():
    loose, tight = run_stroke([0.02], ["harmonic:tol=0.05", "harmonic:tol=1e-5"], repeats=1)
    assert tight.chroma_error < loose.chroma_error
    assert tight.chroma_error < 0.05


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"megapixels": [0.001]}, OptionError),
        ({"megapixels": [200]}, OptionError),
        ({"repeats": 0}, OptionError),
        ({"methods": []}, OptionError),
        ({"methods": ["harmonik"]}, UnknownMethod),
        ({"methods": ["levin-exact:scale=x"]}, OptionError),
    ],
)
def test_bad_arguments(arguments, error):
    with pytest.raises(error):
        run_stroke(**({"megapixels": [0.01], "methods": ["flat-tint"]} | arguments))


def test_a_method_that_fails_says_where(late, monkeypatch):
    def broken(self, lightness):
        raise MethodError("no way; try another")

    monkeypatch.setattr(Late, "prepare", broken)
    with pytest.raises(MethodError, match=r"late on 0\.01 megapixels: no way"):
        run_stroke([0.01], ["late"])


def test_it_can_be_cancelled():
    class Stop:
        cancelled = True

    with pytest.raises(Cancelled):
        run_stroke([0.01], ["flat-tint"], progress=Stop())
