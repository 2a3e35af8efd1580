"""TIFF in its many kinds: depths, signs, byte orders, layouts."""

import importlib.util

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from handtint.errors import PhotoError
from handtint.io import read_photo, read_rgb

RNG = np.random.default_rng(11)
GREY = RNG.integers(0, 65536, (50, 70)).astype(np.uint16)
COLOUR = RNG.integers(0, 65536, (50, 70, 3)).astype(np.uint16)


def written(folder, samples, **options):
    options.setdefault("photometric", "minisblack")
    tifffile.imwrite(folder / "a.tif", samples, **options)
    return folder / "a.tif"


LAYOUTS = {
    "strips": {"rowsperstrip": 7},
    "one strip": {},
    "tiles": {"tile": (16, 32)},
    "deflated": {"compression": "zlib", "rowsperstrip": 9},
    "deflated, predicted": {"compression": "zlib", "predictor": True},
    "deflated tiles": {"compression": "zlib", "predictor": True, "tile": (32, 16)},
    "packbits": {"compression": "packbits"},
    "big": {"bigtiff": True},
}


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([v for k, v in LAYOUTS.items() if k != "packbits"]),
    st.sampled_from("<>"),
    st.sampled_from([np.uint8, np.uint16]),
    st.sampled_from(["contig", "separate", "grey"]),
)
def test_the_layout_does_not_matter(tmp_path_factory, layout, order, kind, planes):
    folder = tmp_path_factory.mktemp("layout")
    if planes == "grey":
        samples = GREY.astype(kind)
        path = written(folder, samples, byteorder=order, **layout)
        np.testing.assert_array_equal(read_photo(path).gray, samples)
        return
    samples = COLOUR.astype(kind)
    plain = read_photo(written(folder, samples, photometric="rgb")).gray
    if planes == "separate":
        samples = np.moveaxis(samples, 2, 0)
    path = written(
        folder, samples, photometric="rgb", planarconfig=planes, byteorder=order, **layout
    )
    np.testing.assert_array_equal(read_photo(path).gray, plain)


def test_packbits(tmp_path):
    codes = (GREY >> 12).astype(np.uint8)
    Image.fromarray(codes).save(tmp_path / "a.tif", compression="packbits")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif").gray, codes)


@pytest.mark.parametrize("samples", [GREY, (GREY >> 8).astype(np.uint8), GREY > 30000])
def test_white_is_zero_is_inverted(tmp_path, samples):
    path = written(tmp_path, samples, photometric="miniswhite")
    top = {"b": 1, "u": np.iinfo(samples.dtype).max if samples.dtype.kind == "u" else 1}
    wanted = top[samples.dtype.kind] - samples.astype(int)
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.gray, wanted * 255 if samples.dtype == bool else wanted)
    assert photo.bits == (16 if samples.dtype == np.uint16 else 8)


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "group4"])
def test_what_needs_imagecodecs_says_so(tmp_path, compression):
    codes = np.where(GREY > 30000, 255, 0).astype(np.uint8)
    image = Image.fromarray(codes).convert("1" if compression == "group4" else "L")
    options = {"quality": 100} if compression == "jpeg" else {}
    image.save(tmp_path / "a.tif", compression=compression, **options)
    if importlib.util.find_spec("imagecodecs"):
        assert np.abs(read_photo(tmp_path / "a.tif").gray.astype(int) - codes).max() <= 2
    else:
        with pytest.raises(PhotoError, match=r"a\.tif.*pip install handtint\[scan\]"):
            read_photo(tmp_path / "a.tif")


def test_floats_within_unity_are_taken_as_such(tmp_path):
    values = (RNG.random((20, 30)) * 0.5 + 0.2).astype(np.float32)
    photo = read_photo(written(tmp_path, values))
    np.testing.assert_allclose(photo.gray / 65535, values, atol=0.51 / 65535)
    assert (photo.bits, photo.warnings) == (16, ())


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int16, np.int32, np.int8])
def test_other_ranges_are_scaled_with_a_warning(tmp_path, kind):
    values = RNG.integers(-100, 101, (20, 30)).astype(kind)
    values.flat[:2] = -100, 100
    photo = read_photo(written(tmp_path, values))
    np.testing.assert_allclose(photo.gray / 65535, (values.astype(float) + 100) / 200, atol=2e-5)
    assert any("from -100 to 100" in w for w in photo.warnings)


def test_strange_floats_are_clipped_with_a_warning(tmp_path):
    values = np.full((4, 5), 0.5, np.float32)
    values[0, :3] = np.nan, np.inf, -np.inf
    photo = read_photo(written(tmp_path, values))
    assert any(w.startswith("3 of its samples") for w in photo.warnings)
    assert photo.gray[0].tolist() == [0, 65535, 0, 32768, 32768]


@pytest.mark.parametrize("value", [np.nan, np.inf, 7.0, -1e300, 1e300])
def test_flat_floats_are_no_reason_to_fail(tmp_path, value):
    photo = read_photo(written(tmp_path, np.full((3, 4), value)))
    assert photo.gray.dtype == np.uint16
    assert photo.warnings


def test_extreme_floats_overflow_nowhere(tmp_path):
    values = np.array([[-1e308, 0, 1e308]])
    assert read_photo(written(tmp_path, values)).gray.shape == (1, 3)


def test_unsigned_32_bits_at_full_scale_are_taken_as_such(tmp_path):
    values = GREY.astype(np.uint32) * 65537
    photo = read_photo(written(tmp_path, values))
    np.testing.assert_array_equal(photo.gray, GREY)
    assert photo.warnings == ()


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_a_declared_depth_is_scaled(tmp_path, bits):
    top = (1 << bits) - 1
    values = np.arange(top + 1, dtype=np.uint16)[None]
    photo = read_photo(written(tmp_path, values, extratags=[(281, 3, 1, top, True)]))
    np.testing.assert_allclose(photo.gray, values * (65535 / top), atol=0.51)
    assert photo.warnings == ()


def test_a_largest_value_that_is_no_depth_is_mere_statistics(tmp_path):
    path = written(tmp_path, GREY, extratags=[(281, 3, 1, 61234, True)])
    np.testing.assert_array_equal(read_photo(path).gray, GREY)


def test_12_bits_are_recognised_with_a_warning(tmp_path):
    values = np.arange(4096, dtype=np.uint16)[None]
    photo = read_photo(written(tmp_path, values))
    np.testing.assert_allclose(photo.gray, values * (65535 / 4095), atol=0.51)
    assert any("12 bits" in w for w in photo.warnings)


@pytest.mark.parametrize("top", [0, 1023, 4096])
def test_other_dark_pictures_are_left_alone(tmp_path, top):
    values = np.full((3, 3), top, np.uint16)
    photo = read_photo(written(tmp_path, values))
    np.testing.assert_array_equal(photo.gray, values)
    assert photo.warnings == ()


def test_of_several_pages_the_first_is_read(tmp_path):
    path = written(tmp_path, np.stack([GREY, 65535 - GREY]))
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.gray, GREY)
    assert any("2 pages" in w for w in photo.warnings)


def test_palettes_with_8_bit_entries_are_understood(tmp_path):
    index = np.arange(256, dtype=np.uint8).reshape(16, 16)
    table = RNG.integers(0, 256, (3, 256)).astype(np.uint16)
    right = read_rgb(written(tmp_path, index, photometric="palette", colormap=table * 257))
    np.testing.assert_array_equal(right, table.T[index])
    lazy = read_rgb(written(tmp_path, index, photometric="palette", colormap=table))
    np.testing.assert_array_equal(lazy, right)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_associated_opacity_is_divided_out(tmp_path, kind):
    top = np.iinfo(kind).max
    grey, opacity = (RNG.integers(1, top + 1, (20, 20)).astype(float) for _ in range(2))
    opacity = np.maximum(opacity, top // 2)
    premultiplied = np.dstack([grey * opacity / top, opacity]).round().astype(kind)
    photo = read_photo(
        written(tmp_path, premultiplied, extrasamples=["assocalpha"], planarconfig=1)
    )
    assert np.abs(photo.gray - grey).max() <= 1.6
    np.testing.assert_array_equal(photo.alpha, opacity)


def test_unspecified_extra_channels_are_left_out_with_a_warning(tmp_path):
    four = np.dstack([COLOUR, GREY])
    path = written(tmp_path, four, photometric="rgb", extrasamples=["unspecified"])
    photo = read_photo(path)
    assert photo.alpha is None
    assert any("extra channels" in w for w in photo.warnings)
    plain = written(tmp_path, COLOUR, photometric="rgb")
    np.testing.assert_array_equal(photo.gray, read_photo(plain).gray)


def test_cmyk_of_16_bits_is_cut_with_a_warning(tmp_path):
    ink = RNG.integers(0, 256, (6, 7, 4)).astype(np.uint8)
    coarse = read_photo(written(tmp_path, ink, photometric="separated"))
    fine = read_photo(written(tmp_path, ink.astype(np.uint16) * 257, photometric="separated"))
    assert any("16-bit CMYK" in w for w in fine.warnings)
    np.testing.assert_array_equal(fine.gray, coarse.gray)


def test_resolution_in_centimetres(tmp_path):
    path = written(tmp_path, GREY, resolution=(100, 200), resolutionunit=3)
    assert read_photo(path).dpi == pytest.approx((254, 508))
    path = written(tmp_path, GREY, resolution=(100, 200), resolutionunit=1)
    assert read_photo(path).dpi is None


@pytest.mark.parametrize(
    ("samples", "options"),
    [
        (np.zeros((8, 8, 3), np.uint8), {"photometric": "cielab"}),
        (np.zeros((8, 8), np.complex64), {}),
        (np.zeros((16, 16, 16), np.uint8), {"volumetric": True, "tile": (16, 16, 16)}),
    ],
)
def test_what_is_no_photograph_is_refused_by_its_kind(tmp_path, samples, options):
    with pytest.raises(PhotoError, match=r"not supported|volume") as raised:
        read_photo(written(tmp_path, samples, **options))
    assert "\n" not in str(raised.value)
    assert "copy or scan" not in str(raised.value)
