"""Small pictures and hints that many tests need."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from handtint.cli.main import main
from handtint.types import HintMap

sys.path.insert(0, str(Path(__file__).parent / "reference"))

# No timing in tests: a busy machine, or a kernel that is compiled first, is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def rng():
    return np.random.default_rng(20260)


def random_hints(rng, shape, hard=5, soft=3):
    """Hints of random chroma at random pixels."""
    hints = HintMap.empty(shape)
    for n in range(hard + soft):
        y, x = rng.integers(shape[0]), rng.integers(shape[1])
        hints.chroma[y, x] = rng.normal(size=2) * 30
        hints.weight[y, x] = 1 if n < hard else rng.uniform(0.1, 0.9)
    return hints


@pytest.fixture
def make_hints(rng):
    return lambda shape, **kwargs: random_hints(rng, shape, **kwargs)


def scene(shape):
    """Lightness with a sharp edge, a ramp and some texture."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    light = 30 + 40 * (x > shape[1] * 0.55) + 15 * np.sin(y / 3) + 10 * y / shape[0]
    return np.clip(light, 0, 100).astype(np.float32)


@pytest.fixture
def make_scene():
    return scene


@pytest.fixture
def handtint(monkeypatch, capsys):
    """Run the command in this process: exit status, standard output, standard error."""

    def run(*args):
        monkeypatch.setattr(sys, "argv", ["handtint", *map(str, args)])
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = stop.code or 0
        return status, *capsys.readouterr()

    return run
