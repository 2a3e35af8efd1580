"""Profiles: curves and primaries against littlecms, and what happens without a usable one."""

import io

import made_profiles
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from handtint.io import icc, read_photo, read_rgb

CURVES = {
    "gamma": made_profiles.gamma(1.8),
    "identity": b"curv\0\0\0\0\0\0\0\0",
    "sampled": made_profiles.sampled([0, 9000, 20000, 38000, 65535]),
    "para 0": made_profiles.parametric(0, 2.2),
    "para 1": made_profiles.parametric(1, 2.0, 1.1, -0.1),
    "para 2": made_profiles.parametric(2, 2.0, 0.9, 0.1, -0.01),
    "para 3": made_profiles.parametric(3, *made_profiles.SRGB_CURVE),
    "para 4": made_profiles.parametric(4, 2.0, 0.9, 0.1, 0.4205, 0.05, 0.0, 0.0),
}
GREYS = np.arange(256, dtype=np.uint8)[None]
TABLES = made_profiles.profile(
    b"RGB ",
    {b"A2B0": made_profiles.lookup(3, [v for c in range(8) for v in (c * 255 // 7, 128, 128)])},
    connection=b"Lab ",
)


def by_littlecms(codes, data, mode):
    """8-bit sRGB of ``codes``, the outside reference, without its short cuts."""
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(data)),
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.NOOPTIMIZE,
    )
    return np.asarray(transform.apply(Image.fromarray(codes)))


def saved(folder, codes, data, name="a.tif"):
    path = folder / name
    if name.endswith(".tif"):
        kind = "rgb" if codes.ndim == 3 else "minisblack"
        tifffile.imwrite(path, codes, photometric=kind, iccprofile=data)
    else:
        Image.fromarray(codes).save(path, icc_profile=data)
    return path


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_grey_curves_are_those_of_littlecms(tmp_path, curve):
    data = made_profiles.grey(curve)
    photo = read_photo(saved(tmp_path, GREYS, data))
    wanted = by_littlecms(GREYS, data, "L")[..., 1]
    assert photo.warnings == ()
    assert np.abs(photo.gray.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_grey_curves_are_one_function_at_both_depths(tmp_path, curve):
    data = made_profiles.grey(curve)
    fine = read_photo(saved(tmp_path, GREYS.astype(np.uint16) * 257, data, "b.tif"))
    coarse = read_photo(saved(tmp_path, GREYS, data))
    assert fine.bits == 16
    assert np.abs(fine.gray / 257 - coarse.gray).max() <= 0.5 + 1 / 257


def test_grey_lightness_curve(tmp_path):
    data = made_profiles.grey(made_profiles.gamma(1.0), connection=b"Lab ")
    photo = read_photo(saved(tmp_path, GREYS, data))
    wanted = by_littlecms(GREYS, data, "L")[..., 1].astype(int)
    assert np.abs(photo.gray - wanted).max() <= 1


@pytest.mark.parametrize("bits", [8, 16])
def test_grey_lookup_tables_are_left_to_littlecms(tmp_path, bits):
    data = made_profiles.grey_by_lookup()
    scale = 1 if bits == 8 else 257
    codes = GREYS if bits == 8 else GREYS.astype(np.uint16) * np.uint16(257)
    photo = read_photo(saved(tmp_path, codes, data))
    wanted = by_littlecms(GREYS, data, "L")[..., 1].astype(float)
    assert photo.bits == bits
    assert np.abs(photo.gray / scale - wanted).max() <= 1


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(list(CURVES)), st.integers(0, 2**32 - 1))
def test_rgb_curves_and_primaries_are_those_of_littlecms(tmp_path_factory, name, seed):
    data = made_profiles.rgb([CURVES[name]] * 3)
    # Dull colours: littlecms clips those outside of sRGB, the luminance needs no clipping.
    grey = np.random.default_rng(seed).integers(60, 200, (9, 11, 1))
    codes = np.random.default_rng(seed + 1).integers(-20, 21, (9, 11, 3)) + grey
    codes = codes.astype(np.uint8)
    folder = tmp_path_factory.mktemp("rgb")
    in_srgb = by_littlecms(codes, data, "RGB")
    wanted = read_photo(saved(folder, in_srgb, None)).gray.astype(int)
    inside = ((in_srgb > 0) & (in_srgb < 255)).all(axis=2)
    photo = read_photo(saved(folder, codes, data))
    fine = read_photo(saved(folder, codes.astype(np.uint16) * 257, data, "b.tif"))
    assert np.abs(photo.gray - wanted)[inside].max(initial=0) <= 2
    assert np.abs(fine.gray / 257 - photo.gray).max() <= 0.51
    assert (photo.bits, fine.bits) == (8, 16)


def test_rgb_is_converted_by_littlecms(tmp_path):
    data = made_profiles.rgb([made_profiles.gamma(1.8)] * 3)
    codes = np.random.default_rng(3).integers(0, 256, (9, 11, 3)).astype(np.uint8)
    picture = read_rgb(saved(tmp_path, codes, data))
    assert np.abs(picture.astype(int) - by_littlecms(codes, data, "RGB")).max() <= 1


def test_greys_of_an_rgb_profile_follow_its_curve_alone(tmp_path):
    curve = made_profiles.gamma(1.8)
    rgb = np.repeat(GREYS[..., None], 3, axis=2).astype(np.uint16) * 257
    colour = read_photo(saved(tmp_path, rgb, made_profiles.rgb([curve] * 3)))
    grey = read_photo(
        saved(tmp_path, GREYS.astype(np.uint16) * 257, made_profiles.grey(curve), "b.tif")
    )
    assert np.abs(colour.gray.astype(int) - grey.gray).max() <= 1


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp"])
def test_srgb_profiles_leave_code_values_alone(tmp_path, name):
    rgb = np.repeat(np.repeat(GREYS, 8, axis=0)[..., None], 3, axis=2)
    rgb = np.ascontiguousarray(rgb)
    tagged = read_photo(saved(tmp_path, rgb, icc.srgb_profile(), name))
    plain = read_photo(saved(tmp_path, rgb, None, "plain" + name))
    np.testing.assert_array_equal(tagged.gray, plain.gray)
    assert tagged.warnings == ()


def test_srgb_tones_in_a_grey_profile_leave_code_values_alone(tmp_path):
    data = made_profiles.grey(CURVES["para 3"])
    codes = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    np.testing.assert_array_equal(read_photo(saved(tmp_path, codes, data)).gray, codes)


def test_cmyk_goes_through_its_profile(tmp_path):
    data = made_profiles.cmyk_by_lookup()
    codes = np.random.default_rng(4).integers(0, 256, (8, 8, 4)).astype(np.uint8)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, codes, photometric="separated", iccprofile=data)
    photo = read_photo(path)
    tifffile.imwrite(path, codes, photometric="separated")
    without = read_photo(path)
    assert photo.warnings == ()
    assert any("profile" in w for w in without.warnings)
    assert not np.array_equal(photo.gray, without.gray)
    least, most = codes.sum(axis=2).argmin(), codes.sum(axis=2).argmax()
    assert photo.gray.flat[least] > photo.gray.flat[most]


@pytest.mark.parametrize("size", [0, 40, 127, 130, 140, 200, -10, -20])
def test_damaged_profiles_are_reported_and_srgb_is_assumed(tmp_path, size):
    data = made_profiles.grey(made_profiles.gamma(1.8))[:size] or b"nothing"
    photo = read_photo(saved(tmp_path, GREYS, data))
    assert any("sRGB is assumed" in w for w in photo.warnings)
    np.testing.assert_array_equal(photo.gray, GREYS)


@pytest.mark.parametrize(
    "curve",
    [
        b"xxxx\0\0\0\0",
        b"curv",
        made_profiles.sampled([1, 2, 3])[:14],
        made_profiles.parametric(1, 1.0, 0.0, 0.0),
        made_profiles.parametric(0, -1.0),
        made_profiles.parametric(9, 1.0),
    ],
)
def test_curves_that_make_no_sense_are_reported(tmp_path, curve):
    photo = read_photo(saved(tmp_path, GREYS, made_profiles.grey(curve)))
    assert any("damaged" in w for w in photo.warnings)
    np.testing.assert_array_equal(photo.gray, GREYS)


def test_profiles_of_another_space_are_reported(tmp_path):
    rgb = made_profiles.rgb([made_profiles.gamma(1.8)] * 3)
    photo = read_photo(saved(tmp_path, GREYS, rgb))
    assert any("is for RGB, but the picture is grey" in w for w in photo.warnings)
    np.testing.assert_array_equal(photo.gray, GREYS)


def test_lookup_tables_for_16_bit_colours_are_reported(tmp_path):
    codes = np.full((4, 4, 3), 30000, np.uint16)
    photo = read_photo(saved(tmp_path, codes, TABLES))
    assert photo.bits == 16
    assert any("lookup tables" in w for w in photo.warnings)
    np.testing.assert_array_equal(photo.gray, codes[..., 0])


def test_lookup_tables_for_8_bit_colours_go_through_littlecms(tmp_path):
    codes = np.random.default_rng(5).integers(0, 256, (6, 7, 3)).astype(np.uint8)
    in_srgb = by_littlecms(codes, TABLES, "RGB")
    wanted = read_photo(saved(tmp_path, in_srgb, None, "b.tif")).gray.astype(int)
    photo = read_photo(saved(tmp_path, codes, TABLES))
    assert np.abs(photo.gray - wanted).max() <= 2
