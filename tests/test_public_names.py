"""The public interface is what it says it is."""

import subprocess
import sys

import pytest

import handtint


def test_options_beside_a_ready_method_are_refused():
    from handtint import demo

    method = handtint.load("harmonic")()
    with pytest.raises(handtint.HandtintError, match="options"):
        handtint.colorize(demo.PHOTO, demo.STROKES, method, options={"tol": "0.1"})


def test_public_names():
    assert sorted(handtint.__all__) == [
        "Colorization", "Colorizer", "HandtintError", "HintMap", "MaskHints", "MethodInfo",
        "Photo", "PreparedColorizer", "Progress", "Result", "SolveReport", "Stroke",
        "StrokeDocument", "Strokes", "Uncertainty", "build", "colorize", "load", "names",
        "option", "propagate", "read_photo", "read_strokes", "uncertainty",
    ]  # fmt: skip
    for name in handtint.__all__:
        assert getattr(handtint, name).__doc__
        assert name in dir(handtint)


def test_importing_costs_nothing():
    code = "import sys, handtint; assert not {'numpy', 'numba', 'PIL'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_three_lines_colour_a_photo(tmp_path):
    from handtint import demo

    result = handtint.colorize(demo.PHOTO, demo.STROKES, size=256)
    path = result.save(tmp_path / "out.png")
    assert path.stat().st_size > 100_000
