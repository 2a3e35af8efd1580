import numpy as np
import pytest
from coloraide import Color
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2xyz

from handtint.color import srgb

RNG = np.random.default_rng(7)
COLOURS = RNG.random((200, 3)).astype(np.float32)


def decode_exactly(encoded):
    encoded = np.asarray(encoded, np.float64)
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def encode_exactly(linear):
    linear = np.asarray(linear, np.float64)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def test_transfer_function_is_that_of_the_standard():
    ramp = np.linspace(0, 1, 5001, dtype=np.float32)
    np.testing.assert_allclose(srgb.decode(ramp), decode_exactly(ramp), rtol=2e-7)
    np.testing.assert_allclose(srgb.encode(ramp), encode_exactly(ramp), rtol=2e-7)


@settings(deadline=None)
@given(st.floats(-2, 2, width=32))
def test_decode_and_encode_are_odd_and_inverse(value):
    encoded = np.array([value, -value], np.float32)
    linear = srgb.decode(encoded)
    assert linear[0] == -linear[1]
    np.testing.assert_allclose(srgb.encode(linear), encoded, rtol=1e-4, atol=1e-6)


def test_black_and_white_are_fixed():
    ends = np.array([0, 1], np.float32)
    assert srgb.decode(ends).tolist() == [0, 1]
    assert srgb.encode(ends).tolist() == [0, 1]


def test_arrays_keep_their_shape_and_need_not_be_contiguous():
    picture = COLOURS[:120].reshape(10, 12, 3)
    np.testing.assert_array_equal(srgb.decode(picture[::2, ::3]), srgb.decode(picture)[::2, ::3])
    np.testing.assert_array_equal(srgb.encode(picture[::2, ::3]), srgb.encode(picture)[::2, ::3])


def test_white_is_d65_and_the_matrices_are_inverse():
    x, y = srgb.WHITE_XYZ[:2] / srgb.WHITE_XYZ.sum()
    assert (x, y) == pytest.approx((0.3127, 0.3290), abs=1e-12)
    assert srgb.WHITE_XYZ[1] == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(srgb.RGB_TO_XYZ @ srgb.XYZ_TO_RGB, np.eye(3), atol=1e-14)


def test_xyz_agrees_with_coloraide():
    want = [Color("srgb", [float(v) for v in c]).convert("xyz-d65").coords() for c in COLOURS]
    got = srgb.linear_to_xyz(srgb.decode(COLOURS))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, atol=1e-6)


def test_xyz_agrees_with_scikit_image_to_the_digits_of_its_matrix():
    # Its matrix gives white a Z of 1.08875, that of x = 0.3127, y = 0.3290 is 1.08906.
    got = srgb.linear_to_xyz(srgb.decode(COLOURS))
    np.testing.assert_allclose(got, rgb2xyz(COLOURS), atol=4e-4)


def test_xyz_to_linear_is_the_inverse():
    linear = srgb.decode(COLOURS)
    np.testing.assert_allclose(srgb.xyz_to_linear(srgb.linear_to_xyz(linear)), linear, atol=2e-6)


@pytest.mark.parametrize("bits", [8, 16])
def test_tables_of_code_values(bits):
    codes = np.arange(1 << bits)
    encoded, linear = srgb.encoded_table(bits), srgb.linear_table(bits)
    np.testing.assert_allclose(encoded, codes / codes[-1], rtol=1e-7)
    np.testing.assert_allclose(linear, decode_exactly(codes / codes[-1]), rtol=3e-7)
    assert (encoded[0], linear[0], encoded[-1], linear[-1]) == (0, 0, 1, 1)
    assert not encoded.flags.writeable and not linear.flags.writeable


def test_encoding_table_errs_by_less_than_an_eighth_of_a_16_bit_code():
    linear = np.concatenate([np.linspace(0, 1, 400_001), np.linspace(0, 0.01, 400_001)])
    knots = np.arange(srgb.ENCODING_KNOTS + 2) / srgb.ENCODING_KNOTS
    interpolated = np.interp(np.sqrt(linear), knots, srgb.encoding_table())
    assert np.abs(interpolated - encode_exactly(linear)).max() < 1 / 8 / 65535
