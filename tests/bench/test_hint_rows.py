"""The comparison of methods: complete rows, the same hints for all, clear errors."""

import dataclasses
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image
from quarters import coloured_quarters

from handtint import registry
from handtint.bench.hints import default_methods, parse_method, run_hints
from handtint.colorizer import MethodInfo
from handtint.errors import (
    Cancelled,
    HandtintError,
    HintError,
    MethodError,
    MethodUnavailable,
    OptionError,
    PhotoError,
    UnknownMethod,
)
from handtint.methods.baselines import FlatTint, Grey
from handtint.methods.seed_diffusion import SeedDiffusion
from handtint.options import option
from handtint.types import Colorization, SolveReport


@pytest.fixture
def folder(tmp_path):
    for i, name in enumerate(("a.png", "b.png")):
        Image.fromarray(coloured_quarters(64, noise=3, seed=i)).save(tmp_path / name)
    return tmp_path


def run(folder, *methods, **arguments):
    settings = {"points": [0, 5], "strokes": [4], "size": 48} | arguments
    return run_hints([folder], methods, **settings)


@dataclasses.dataclass(frozen=True)
class Spy:
    """A method that keeps the hints which it is given."""

    info: ClassVar = MethodInfo("spy", "baseline", "used", "", "")
    seen: ClassVar[list] = []

    def prepare(self, lightness, /):
        assert lightness.dtype == np.float32
        assert lightness.shape == (48, 48)

        def colour(hints, /, *, initial=None, progress=None):
            self.seen.append(hints)
            return Colorization(np.zeros_like(hints.chroma), SolveReport(7, 0.0, True, 0.0))

        return colour


@dataclasses.dataclass(frozen=True)
class Broken(Spy):
    """A method that cannot do its work."""

    error: ClassVar = MethodError("no way; try another")

    def prepare(self, lightness, /):
        raise self.error


@pytest.fixture
def extra(monkeypatch):
    """Spy and broken are registered beside the real methods."""
    real = registry.load
    more = {"spy": Spy, "other-spy": Spy, "broken": Broken}
    monkeypatch.setattr(registry, "load", lambda name: more.get(name) or real(name))
    monkeypatch.setattr(Spy, "seen", [])


def test_rows_are_complete_and_in_order(folder):
    rows = run(folder, "grey", "flat-tint", "seed-diffusion:steps=20:dt=0.2", seed=5, space="oklab")
    told = [(r.image, r.hint_kind, r.hint_count, r.method) for r in rows]
    assert told == [
        (image, kind, count, method)
        for image in ("a.png", "b.png")
        for kind, count in (("points", 0), ("points", 5), ("strokes", 4))
        for method in ("grey", "flat-tint", "seed-diffusion:steps=20:dt=0.2")
    ]
    for row in rows:
        assert (row.height, row.width, row.seed, row.space) == (48, 48, 5, "oklab")
        assert row.protocol == "uniform"
        assert 5 < row.psnr < 60
        assert -1 <= row.ssim <= 1
        assert row.delta_e > 0
        assert row.delta_e_edge > 0
        assert row.delta_e_texture > 0
        assert (row.delta_e_far is None) == (row.hint_count == 0)
        assert row.split == ("tune" if row.image == "a.png" else "test")
        assert row.true_colourfulness > 50
        assert row.seconds >= 0
        assert row.cpu_seconds >= 0
        assert row.iterations == (20 if row.method.startswith("seed") else 0)
        assert (row.colourfulness < 1) == (row.method == "grey" or row.hint_count == 0)


def test_a_half_of_the_pictures(folder):
    both = run(folder, "flat-tint")
    for split in ("tune", "test"):
        half = run(folder, "flat-tint", split=split)
        assert [(r.image, r.psnr) for r in half] == [
            (r.image, r.psnr) for r in both if r.split == split
        ]
    with pytest.raises(PhotoError, match="other half"):
        run_hints([folder / "a.png"], ["grey"], points=[1], split="test")


def test_regions_hold_the_errors_of_their_pixels(tmp_path):
    """Two colours in the hints, one edge: a flat tint is equally wrong on both sides of it."""
    colours = np.array([(200, 90, 60), (60, 110, 200)], np.uint8)
    Image.fromarray(colours[np.tile(np.arange(48) // 24, (48, 1))]).save(tmp_path / "two.png")
    row, grey = run_hints([tmp_path / "two.png"], ["levin-exact", "grey"], points=[40], size=48)
    assert row.delta_e < 0.2 * grey.delta_e
    assert row.delta_e_edge >= row.delta_e
    assert grey.delta_e_edge == pytest.approx(grey.delta_e, rel=0.1)
    assert row.delta_e_texture is None


def test_all_methods_take_part_unless_told_otherwise(monkeypatch):
    assert sorted(default_methods()) == sorted(registry.names())
    few = default_methods(baselines=False)
    assert few == default_methods()[: len(few)]
    kinds = [registry.load(name).info.kind for name in default_methods()]
    assert kinds.index("baseline") == len(kinds) - kinds.count("baseline") == len(few)

    real = registry.load

    def broken(name):
        if name == "levin":
            raise MethodUnavailable("no")
        return real(name)

    monkeypatch.setattr(registry, "load", broken)
    assert set(registry.names()) - set(default_methods()) == {"levin"}


def test_a_true_colour_is_no_distance(folder):
    """A picture of one colour and one hint: a flat tint is the truth."""
    Image.fromarray(np.full((40, 40, 3), (150, 90, 60), np.uint8)).save(folder / "flat.png")
    (row,) = run_hints([folder / "flat.png"], ["flat-tint"], points=[1], size=40)
    assert row.delta_e < 0.5
    assert row.psnr > 45


def test_all_methods_get_the_same_hints(folder, extra):
    run(folder, "spy", "other-spy", points=[6], strokes=[3])
    warm_up, hints = Spy.seen[:2], Spy.seen[2:]
    assert len(hints) == 2 * 2 * 2
    for first, second in zip(hints[::2], hints[1::2], strict=True):
        assert np.array_equal(first.chroma, second.chroma)
        assert np.array_equal(first.weight, second.weight)
        assert first.count > 0
    assert all(h.count == max(h.count for h in hints[:1]) for h in warm_up)


def test_hints_do_not_depend_on_the_other_pictures(folder, extra):
    run(folder, "spy", points=[6], strokes=[])
    both = Spy.seen[-1]
    run_hints([folder / "b.png"], ["spy"], points=[6], size=48)
    assert np.array_equal(both.weight, Spy.seen[-1].weight)
    run_hints([folder / "b.png"], ["spy"], points=[6], size=48, protocol="zhang")
    assert not np.array_equal(both.weight, Spy.seen[-1].weight)


def test_a_method_that_fails_says_where(folder, extra):
    with pytest.raises(MethodError, match=r"broken on a\.png: no way; try another"):
        run(folder, "grey", "broken")


def test_bugs_keep_their_traceback(folder, extra, monkeypatch):
    monkeypatch.setattr(Broken, "error", ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        run(folder, "broken")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"points": [], "strokes": []}, OptionError),
        ({"points": [-1]}, OptionError),
        ({"size": 15}, OptionError),
        ({"seed": -1}, OptionError),
        ({"space": "labb"}, OptionError),
        ({"methods": []}, OptionError),
        ({"methods": ["gray"]}, UnknownMethod),
        ({"methods": ["grey:hue=1"]}, OptionError),
        ({"paths": ["absent.png"]}, PhotoError),
    ],
)
def test_bad_arguments(folder, arguments, error):
    settings = {"methods": ["grey"], "points": [1], "size": 48} | arguments
    paths = [folder / p for p in settings.pop("paths", ["a.png"])]
    with pytest.raises(error) as caught:
        run_hints(paths, **settings)
    assert "\n" not in str(caught.value)


def test_a_strip_is_refused_clearly(folder):
    """No similarity can be told of a picture that is thinner than its window."""
    Image.fromarray(np.zeros((5, 300, 3), np.uint8)).save(folder / "strip.png")
    with pytest.raises(HandtintError) as caught:
        run_hints([folder / "strip.png"], ["grey"], points=[1], size=300)
    assert isinstance(caught.value, (PhotoError, HintError))


class Progress:
    """Takes note of fractions; asks to stop after some of them."""

    def __init__(self, stop_after=10**6):
        self.fractions = []
        self.stop_after = stop_after

    def report(self, fraction, chroma=None, /):
        self.fractions.append(fraction)

    @property
    def cancelled(self):
        return len(self.fractions) >= self.stop_after


def test_progress_and_cancellation(folder):
    progress = Progress()
    rows = run(folder, "grey", "flat-tint", progress=progress)
    assert len(progress.fractions) == len(rows) == 12
    assert progress.fractions == sorted(progress.fractions)
    assert progress.fractions[-1] == 1
    with pytest.raises(Cancelled):
        run(folder, "grey", "flat-tint", progress=Progress(stop_after=3))


def test_methods_with_options():
    assert parse_method("grey") == Grey()
    assert parse_method("flat-tint") == FlatTint()
    assert parse_method("seed-diffusion:steps=7:dt=0.1") == SeedDiffusion(steps=7, dt=0.1)
    for wrong in ("grey:", "seed-diffusion:steps", "seed-diffusion:steps=0"):
        with pytest.raises(OptionError):
            parse_method(wrong)


def test_a_model_goes_to_the_methods_that_use_one(folder, monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class Using(Spy):
        model: str = option("", help="a file")
        used: ClassVar[list] = []

        def prepare(self, lightness, /):
            self.used.append(self.model)
            return super().prepare(lightness)

    real = registry.load
    monkeypatch.setattr(registry, "load", lambda name: Using if name == "using" else real(name))
    run(folder, "using", "grey", model=folder / "own.onnx", points=[1], strokes=[])
    assert set(Using.used) == {str(folder / "own.onnx")}
    with pytest.raises(OptionError, match="none of the methods uses a model"):
        run(folder, "grey", model=folder / "own.onnx")


def test_a_method_is_measured_in_its_own_colour_spaces_only(folder, monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class Narrow(Spy):
        info: ClassVar = dataclasses.replace(Spy.info, spaces=("lab",))

    real = registry.load
    monkeypatch.setattr(registry, "load", lambda name: Narrow if name == "narrow" else real(name))
    assert run(folder, "narrow", points=[1], strokes=[])
    with pytest.raises(OptionError, match="works in lab, not in oklab"):
        run(folder, "narrow", space="oklab")
