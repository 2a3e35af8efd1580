"""Vividness and opacity: laws of the chroma that is shown, and of the picture."""

from xml.etree import ElementTree

import numpy as np
import pytest
import tifffile

import handtint
from handtint.color import names, reduce_chroma, space
from handtint.errors import OptionError
from handtint.hints import Stroke, StrokeDocument
from handtint.pipeline import Strength


@pytest.fixture
def planes(rng):
    lightness = rng.uniform(0, 100, (20, 30)).astype(np.float32)
    return lightness, rng.normal(0, 60, (20, 30, 2)).astype(np.float32)


@pytest.mark.parametrize("name", names())
def test_vividness_comes_before_the_gamut_and_opacity_after(name, planes):
    lightness, chroma = planes
    shown = Strength(1.5, 0.5).shown(space(name), lightness, chroma)
    fitted = reduce_chroma(space(name), lightness, 1.5 * chroma)
    np.testing.assert_allclose(shown, 0.5 * fitted, rtol=1e-6)
    # What is shown is in the gamut, so that nothing more happens to it.
    np.testing.assert_allclose(reduce_chroma(space(name), lightness, shown), shown, atol=1e-4)


def test_ones_change_nothing(planes):
    lightness, chroma = planes
    assert Strength().shown(space("lab"), lightness, chroma) is chroma


@pytest.mark.parametrize("strength", [Strength(0, 1), Strength(1, 0)])
def test_zero_is_grey(planes, strength):
    assert not strength.shown(space("lab"), *planes).any()


@pytest.fixture
def photo(tmp_path, rng):
    gray = np.add.outer(np.linspace(9000, 50000, 60), rng.normal(0, 900, 80))
    tifffile.imwrite(tmp_path / "p.tif", gray.astype(np.uint16))
    return handtint.read_photo(tmp_path / "p.tif")


def colored(photo, strength=None):
    stroke = Stroke(((30.0, 10.0), (30.0, 70.0)), 20.0, (230, 40, 30))
    document = StrokeDocument(photo.gray.shape, (stroke,))
    return handtint.colorize(photo, document, "flat-tint", strength=strength)


def test_the_picture_keeps_the_tones(photo):
    model = space("lab")
    for strength in (Strength(2, 1), Strength(0.3, 1), Strength(2, 0.4)):
        lightness, chroma = model.from_codes(colored(photo, strength).picture())
        wanted = model.lightness_table(16)[photo.gray]
        np.testing.assert_allclose(lightness, wanted, atol=0.05)
        assert np.abs(chroma).max() > 1
    grey = colored(photo, Strength(1, 0)).picture()
    np.testing.assert_array_equal(grey, np.repeat(photo.gray[..., None], 3, axis=2))
    np.testing.assert_array_equal(colored(photo, Strength()).picture(), colored(photo).picture())


def test_vividness_is_chroma(photo):
    model = space("lab")
    _, plain = model.from_codes(colored(photo, Strength(0.2)).picture())
    _, twice = model.from_codes(colored(photo, Strength(0.4)).picture())
    np.testing.assert_allclose(twice[20:45], 2 * plain[20:45], atol=0.1)  # In the gamut there.


def test_xmp_tells_what_is_not_usual(photo):
    def options(result):
        tree = ElementTree.fromstring(result.xmp)
        lines = {element.text for element in tree.iter() if element.tag.endswith("}li")}
        return {line for line in lines if line and line.startswith(("vividness", "opacity"))}

    assert options(colored(photo)) == set()
    assert options(colored(photo, Strength(1.5))) == {"vividness=1.5"}
    assert options(colored(photo, Strength(0.5, 0.25))) == {"vividness=0.5", "opacity=0.25"}


@pytest.mark.parametrize(("vividness", "opacity"), [(2.1, 1), (-1, 1), (1, 1.1), ("1", 1)])
def test_out_of_range(vividness, opacity):
    with pytest.raises(OptionError, match="must be a number from 0 to"):
        Strength(vividness, opacity)
