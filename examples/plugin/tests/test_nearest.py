"""The method, and that handtint finds it: run after ``pip install ./examples/plugin``."""

import numpy as np
from handtint_nearest import Nearest

from handtint import registry
from handtint.colorizer import Colorizer, PreparedColorizer
from handtint.options import build
from handtint.types import HintMap

GREY = np.full((9, 12), 50, np.float32)


def two_hints() -> HintMap:
    """One hint on the left and one on the right."""
    hints = HintMap.empty(GREY.shape)
    for row, column, colour in [(4, 1, (20, -10)), (4, 10, (-5, 30))]:
        hints.chroma[row, column] = colour
        hints.weight[row, column] = 1
    return hints


def test_handtint_finds_the_method() -> None:
    """The entry point does its work."""
    assert "nearest" in registry.names()
    assert registry.load("nearest") is Nearest


def test_it_keeps_the_protocol() -> None:
    """The classes have what handtint calls."""
    assert isinstance(Nearest(), Colorizer)
    assert isinstance(Nearest().prepare(GREY), PreparedColorizer)


def test_each_half_takes_the_colour_of_its_hint() -> None:
    """Two hints divide the picture between them."""
    chroma = Nearest().prepare(GREY)(two_hints()).chroma
    assert chroma.dtype == np.float32
    assert (chroma[:, :6] == (20, -10)).all()
    assert (chroma[:, 6:] == (-5, 30)).all()


def test_beyond_the_reach_it_stays_grey() -> None:
    """Colour fills exactly the discs around the hints."""
    method = build(Nearest, {"reach": "20"})  # 3 pixels of the diagonal of 15
    chroma = method.prepare(GREY)(two_hints()).chroma
    row, column = np.indices(GREY.shape)
    near = np.hypot(row - 4, column - 1) <= 3
    near |= np.hypot(row - 4, column - 10) <= 3
    assert (chroma.any(axis=2) == near).all()


def test_without_hints_it_stays_grey() -> None:
    """Nothing comes from nothing."""
    assert not Nearest().prepare(GREY)(HintMap.empty(GREY.shape)).chroma.any()
