import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handtint.color import names, space
from handtint.errors import OptionError

every_space = pytest.mark.parametrize("colours", [space(n) for n in names()], ids=names())
depths = pytest.mark.parametrize("bits", [8, 16])


def all_greys(bits):
    codes = np.arange(1 << bits, dtype=f"uint{bits}")
    return np.repeat(codes[:, None], 3, axis=1)


@every_space
@depths
def test_greys_have_no_chroma_and_the_lightness_of_the_table(colours, bits):
    lightness, chroma = colours.from_codes(all_greys(bits))
    assert not chroma.any()
    np.testing.assert_array_equal(lightness, colours.lightness_table(bits))


@every_space
@depths
def test_lightness_table_rises_from_0_to_100(colours, bits):
    table = colours.lightness_table(bits)
    assert table.shape == (1 << bits,) and table.dtype == np.float32
    assert (table[0], table[-1]) == (0, 100)
    assert (np.diff(table) > 0).all()
    assert not table.flags.writeable


@every_space
def test_both_depths_mean_the_same_colours(colours):
    codes = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    wide = codes.astype(np.uint16) * 257
    for got, want in zip(colours.from_codes(wide), colours.from_codes(codes), strict=True):
        assert got.dtype == want.dtype == np.float32
        np.testing.assert_allclose(got, want, atol=5e-5)


@every_space
def test_from_rgb_is_from_codes_of_the_same_values(colours):
    codes = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    encoded = (codes / 255).astype(np.float32)
    for got, want in zip(colours.from_rgb(encoded), colours.from_codes(codes), strict=True):
        np.testing.assert_allclose(got, want, atol=5e-5)


@every_space
@settings(deadline=None)
@given(rgb=arrays(np.float32, (4, 3), elements=st.floats(0, 1, width=32)))
def test_to_rgb_is_the_inverse_of_from_rgb(colours, rgb):
    np.testing.assert_allclose(colours.to_rgb(*colours.from_rgb(rgb)), rgb, atol=1e-5)


@every_space
def test_to_rgb_leaves_colours_outside_the_gamut_outside(colours):
    rgb = np.array([[1.2, 0.5, 0.5], [0.5, -0.1, 0.5], [1.1, 0.4, -0.2]], np.float32)
    np.testing.assert_allclose(colours.to_rgb(*colours.from_rgb(rgb)), rgb, atol=1e-5)


@every_space
def test_arrays_of_any_layout_are_taken(colours):
    codes = np.random.default_rng(2).integers(0, 256, (8, 10, 3), dtype=np.uint8)
    codes.setflags(write=False)
    lightness, chroma = colours.from_codes(codes)
    part_lightness, part_chroma = colours.from_codes(codes[::2, ::-1])
    np.testing.assert_array_equal(part_lightness, lightness[::2, ::-1])
    np.testing.assert_array_equal(part_chroma, chroma[::2, ::-1])
    np.testing.assert_array_equal(
        colours.to_rgb(lightness[::2, ::-1], chroma[::2, ::-1]),
        colours.to_rgb(lightness, chroma)[::2, ::-1],
    )


def test_shapes_and_types_that_do_not_fit_are_refused():
    lab = space("lab")
    lightness, chroma = np.zeros((4, 5), np.float32), np.zeros((4, 5, 2), np.float32)
    with pytest.raises(ValueError, match=r"chroma has shape \(4, 4, 2\)"):
        lab.to_rgb(lightness, chroma[:, :4])
    with pytest.raises(ValueError, match="uint8 or uint16"):
        lab.from_codes(np.zeros((4, 5, 3), np.int32))
    with pytest.raises(ValueError, match="uint8 or uint16"):
        lab.from_codes(np.zeros((4, 5, 4), np.uint8))
    with pytest.raises(ValueError, match=r"need \(\.\.\., 3\)"):
        lab.from_rgb(chroma)


def test_spaces_are_found_by_name():
    assert [space(n).name for n in names()] == list(names())
    assert {"lab", "oklab", "yuv", "yuv709"} <= set(names())


def test_an_unknown_name_is_answered_with_near_ones():
    with pytest.raises(OptionError, match=r"unknown colour space 'oklap'.*did you mean oklab"):
        space("oklap")
    with pytest.raises(OptionError, match=r"known are lab, oklab, yuv, yuv709$"):
        space("#")
