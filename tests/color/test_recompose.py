import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handtint.color import names, reduce_chroma, space

every_space = pytest.mark.parametrize("colours", [space(n) for n in names()], ids=names())
depths = pytest.mark.parametrize("bits", [8, 16])

pictures = st.tuples(
    arrays(np.float32, (6, 2), elements=st.floats(0, 100, width=32)),
    arrays(np.float32, (6, 2, 2), elements=st.floats(-150, 150, width=32)),
)


@every_space
@depths
def test_every_grey_code_comes_back_exactly(colours, bits):
    side = 1 << bits // 2
    lightness = colours.lightness_table(bits).reshape(side, side)
    got = colours.recompose(lightness, np.zeros((side, side, 2), np.float32), bits=bits)
    want = np.arange(1 << bits, dtype=f"uint{bits}").reshape(side, side, 1)
    np.testing.assert_array_equal(got, np.broadcast_to(want, got.shape))


@every_space
@depths
def test_every_colour_comes_back_exactly(colours, bits):
    top = (1 << bits) - 1
    codes = np.random.default_rng(3).integers(0, top, (100, 200, 3), f"uint{bits}", endpoint=True)
    codes[0, :, 0] = 0
    codes[1, :, 1] = top
    codes[2, :, :2] = (0, top)
    codes[3, :, 1:] = 0
    np.testing.assert_array_equal(colours.recompose(*colours.from_codes(codes), bits=bits), codes)


@every_space
@depths
@settings(deadline=None)
@given(picture=pictures)
def test_it_is_reduced_converted_and_rounded_to_nearest(colours, bits, picture):
    lightness, chroma = picture
    top = (1 << bits) - 1
    want = top * colours.to_rgb(lightness, reduce_chroma(colours, lightness, chroma))
    got = colours.recompose(lightness, chroma, bits=bits)
    assert got.dtype == np.dtype(f"uint{bits}")
    assert np.abs(got - np.clip(want, 0, top)).max() <= 0.75


@every_space
@depths
@settings(deadline=None)
@given(picture=pictures)
def test_lightness_is_kept_within_the_rounding_of_the_codes(colours, bits, picture):
    lightness, chroma = picture
    top = (1 << bits) - 1
    codes = colours.recompose(lightness, chroma, bits=bits).astype(np.float32)
    darker, _ = colours.from_rgb(np.clip((codes - 0.75) / top, 0, 1))
    lighter, _ = colours.from_rgb(np.clip((codes + 0.75) / top, 0, 1))
    assert (darker <= lightness + 2e-5).all()
    assert (lighter >= lightness - 2e-5).all()


@every_space
@depths
@settings(deadline=None)
@given(a=st.floats(-1e4, 1e4, width=32), b=st.floats(-1e4, 1e4, width=32))
def test_white_and_black_get_no_colour(colours, bits, a, b):
    lightness = np.array([[0, 100, -3, 104]], np.float32)
    chroma = np.full((1, 4, 2), (a, b), np.float32)
    top = (1 << bits) - 1
    got = colours.recompose(lightness, chroma, bits=bits)
    want = np.array([0, top, 0, top])[None, :, None]
    np.testing.assert_array_equal(got, np.broadcast_to(want, got.shape))


@every_space
def test_a_picture_is_written_band_by_band(colours):
    rng = np.random.default_rng(5)
    lightness = rng.uniform(0, 100, (9, 7)).astype(np.float32)
    chroma = rng.normal(0, 40, (9, 7, 2)).astype(np.float32)
    whole = np.zeros((9, 7, 3), np.uint16)
    for rows in (slice(0, 4), slice(4, 9)):
        band = colours.recompose(lightness[rows], chroma[rows], bits=16, out=whole[rows])
        assert band.base is whole
    np.testing.assert_array_equal(whole, colours.recompose(lightness, chroma, bits=16))


def test_an_unfit_target_is_refused():
    lab = space("lab")
    lightness, chroma = np.zeros((4, 5), np.float32), np.zeros((4, 5, 2), np.float32)
    for out in (
        np.zeros((4, 5, 3), np.uint16),
        np.zeros((5, 4, 3), np.uint8),
        np.zeros((4, 10, 3), np.uint8)[:, ::2],
    ):
        with pytest.raises(ValueError, match="out must be C-contiguous"):
            lab.recompose(lightness, chroma, out=out)
    with pytest.raises(ValueError, match="chroma has shape"):
        lab.recompose(lightness, chroma[1:])
