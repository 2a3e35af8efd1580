"""Photographs, colour pictures and masks from every format and pixel kind."""

import hashlib

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from handtint.io import read_mask, read_photo, read_rgb

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=24)
GREY_8 = hnp.arrays(np.uint8, SHAPES)
GREY_16 = hnp.arrays(np.uint16, SHAPES)
RNG = np.random.default_rng(7)
COLOURS = RNG.integers(0, 256, (13, 17, 3)).astype(np.uint8)
LOSSLESS = ["a.png", "a.tif", "a.bmp", "a.webp"]


def luminance_codes(rgb, top):
    """Slow twin of the luminance: IEC 61966-2-1 and Rec. 709, in double precision."""
    v = rgb / top
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.21263901, 0.71516868, 0.07219232]
    return top * np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)


def saved(folder, image, name, **options):
    image.save(folder / name, **options)
    return folder / name


@settings(max_examples=25, deadline=None)
@given(GREY_8, st.sampled_from(["a.png", "a.tif", "a.bmp"]))
def test_grey_of_8_bits_is_read_as_it_was_written(tmp_path_factory, codes, name):
    path = saved(tmp_path_factory.mktemp("grey"), Image.fromarray(codes), name)
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.gray, codes)
    assert (photo.bits, photo.gray.dtype, photo.alpha, photo.warnings) == (8, np.uint8, None, ())


@settings(max_examples=25, deadline=None)
@given(GREY_16)
def test_grey_of_16_bits_is_read_as_it_was_written(tmp_path_factory, codes):
    photo = read_photo(saved(tmp_path_factory.mktemp("grey"), Image.fromarray(codes), "a.png"))
    np.testing.assert_array_equal(photo.gray, codes)
    assert (photo.bits, photo.gray.dtype, photo.warnings) == (16, np.uint16, ())


@settings(max_examples=25, deadline=None)
@given(GREY_16)
def test_grey_tiff_of_16_bits_is_read_as_it_was_written(tmp_path_factory, codes):
    path = tmp_path_factory.mktemp("grey") / "a.tif"
    declared = (281, 3, 1, 65535, True)
    tifffile.imwrite(path, codes, photometric="minisblack", extratags=[declared])
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.gray, codes)
    assert (photo.bits, photo.gray.dtype, photo.warnings) == (16, np.uint16, ())


@pytest.mark.parametrize("name", LOSSLESS)
def test_neutral_colours_keep_their_code_values(tmp_path, name):
    codes = np.arange(256, dtype=np.uint8).reshape(8, 32)
    image = Image.fromarray(np.dstack([codes] * 3))
    photo = read_photo(
        saved(tmp_path, image, name, **({"lossless": True} if "webp" in name else {}))
    )
    np.testing.assert_array_equal(photo.gray, codes)
    assert photo.bits == 8


def test_neutral_colours_of_16_bits_keep_all_code_values(tmp_path):
    codes = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    tifffile.imwrite(tmp_path / "a.tif", np.dstack([codes] * 3), photometric="rgb")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif").gray, codes)


@pytest.mark.parametrize(("scale", "top"), [(1, 255), (257, 65535)])
def test_colours_become_luminance(tmp_path, scale, top):
    codes = COLOURS.astype(np.uint8 if scale == 1 else np.uint16) * scale
    tifffile.imwrite(tmp_path / "a.tif", codes, photometric="rgb")
    photo = read_photo(tmp_path / "a.tif")
    assert np.abs(photo.gray - luminance_codes(codes, top)).max() <= 0.51
    assert photo.bits == 8 * codes.itemsize


def test_formats_are_told_by_content_not_by_name(tmp_path):
    image = Image.fromarray(COLOURS)
    for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP"):
        path = saved(tmp_path, image, "no suffix", format=kind)
        photo = read_photo(path)
        assert photo.format == kind
        assert photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert photo.path == path


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
def test_opacity_is_kept(tmp_path, name):
    rgba = np.dstack([COLOURS, RNG.integers(1, 256, COLOURS.shape[:2]).astype(np.uint8)])
    options = {"lossless": True} if "webp" in name else {}
    photo = read_photo(saved(tmp_path, Image.fromarray(rgba), name, **options))
    np.testing.assert_array_equal(photo.alpha, rgba[..., 3])
    np.testing.assert_array_equal(photo.gray, np.rint(luminance_codes(COLOURS, 255)))


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_grey_with_opacity(tmp_path, name):
    image = Image.fromarray(COLOURS[..., :2].copy(), "LA")
    photo = read_photo(saved(tmp_path, image, name))
    np.testing.assert_array_equal(photo.gray, COLOURS[..., 0])
    np.testing.assert_array_equal(photo.alpha, COLOURS[..., 1])


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp"])
def test_one_bit(tmp_path, name):
    bits = RNG.random((11, 13)) < 0.5
    photo = read_photo(saved(tmp_path, Image.fromarray(bits), name))
    np.testing.assert_array_equal(photo.gray, bits * 255)
    assert photo.bits == 8


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp"])
def test_palettes_are_expanded(tmp_path, name):
    image = Image.fromarray(COLOURS).quantize(32)
    expanded = np.asarray(image.convert("RGB"))
    path = saved(tmp_path, image, name)
    np.testing.assert_array_equal(read_rgb(path), expanded)
    np.testing.assert_array_equal(read_mask(path).pixels, expanded)
    np.testing.assert_array_equal(read_photo(path).gray, np.rint(luminance_codes(expanded, 255)))


@pytest.mark.parametrize("transparent", [3, bytes([0, 128, 255])])
def test_palettes_with_transparency(tmp_path, transparent):
    image = Image.fromarray(COLOURS).quantize(8)
    path = saved(tmp_path, image, "a.png", transparency=transparent)
    wanted = np.asarray(Image.open(path).convert("RGBA"))
    np.testing.assert_array_equal(read_mask(path).pixels, wanted)
    np.testing.assert_array_equal(read_photo(path).alpha, wanted[..., 3])


def test_a_transparent_colour_makes_opacity(tmp_path):
    codes = COLOURS[..., 0] % 4
    path = saved(tmp_path, Image.fromarray(codes), "a.png", transparency=2)
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.gray, codes)
    np.testing.assert_array_equal(photo.alpha, np.where(codes == 2, 0, 255))


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_without_a_profile_is_reported(tmp_path, name):
    ramp = np.repeat(np.arange(0, 256, 5, dtype=np.uint8)[None], 16, axis=0)
    none = np.zeros_like(ramp)
    image = Image.fromarray(np.dstack([none, none, none, ramp]), "CMYK")
    options = {"quality": 100} if "jpg" in name else {}
    photo = read_photo(saved(tmp_path, image, name, **options))
    assert any("CMYK" in w for w in photo.warnings)
    assert np.abs(photo.gray - (255.0 - ramp)).max() <= 2


def test_resolution_is_read(tmp_path):
    image = Image.fromarray(COLOURS)
    for name in ("a.png", "a.jpg", "a.tif", "a.bmp"):
        path = saved(tmp_path, image, name, dpi=(300, 600))
        assert read_photo(path).dpi == pytest.approx((300, 600), rel=1e-3)
    assert read_photo(saved(tmp_path, image, "b.png")).dpi is None


def test_colour_pictures(tmp_path):
    for name in LOSSLESS:
        options = {"lossless": True} if "webp" in name else {}
        path = saved(tmp_path, Image.fromarray(COLOURS), name, **options)
        np.testing.assert_array_equal(read_rgb(path), COLOURS)
    path = saved(tmp_path, Image.fromarray(COLOURS[..., 0]), "grey.png")
    np.testing.assert_array_equal(read_rgb(path), np.dstack([COLOURS[..., 0]] * 3))
    tifffile.imwrite(
        tmp_path / "16.tif",
        np.minimum(COLOURS * 257.0 + 90, 65535).astype(np.uint16),
        photometric="rgb",
    )
    np.testing.assert_array_equal(read_rgb(tmp_path / "16.tif"), COLOURS)


def test_opacity_of_colour_pictures_is_composited_over_white(tmp_path):
    rgba = np.dstack([COLOURS, RNG.integers(0, 256, COLOURS.shape[:2]).astype(np.uint8)])
    picture = read_rgb(saved(tmp_path, Image.fromarray(rgba), "a.png"))
    opacity = rgba[..., 3:] / 255
    np.testing.assert_allclose(picture, COLOURS * opacity + 255 * (1 - opacity), atol=0.51)


def test_masks_keep_their_pixels_and_know_whether_they_are_exact(tmp_path):
    rgba = np.dstack([COLOURS, 255 * (COLOURS[..., 0] > 99).astype(np.uint8)])
    for name in ("a.png", "a.tif"):
        mask = read_mask(saved(tmp_path, Image.fromarray(rgba), name))
        np.testing.assert_array_equal(mask.pixels, rgba)
        assert not mask.lossy
    exact = saved(tmp_path, Image.fromarray(rgba), "a.webp", lossless=True, exact=True)
    np.testing.assert_array_equal(read_mask(exact).pixels, rgba)
    assert not read_mask(exact).lossy
    assert read_mask(saved(tmp_path, Image.fromarray(rgba), "b.webp", quality=80)).lossy
    assert read_mask(saved(tmp_path, Image.fromarray(COLOURS), "c.webp", quality=80)).lossy
    assert read_mask(saved(tmp_path, Image.fromarray(COLOURS), "a.jpg")).lossy


def test_masks_ignore_profiles(tmp_path):
    import made_profiles

    data = made_profiles.rgb([made_profiles.gamma(1.0)] * 3)
    path = saved(tmp_path, Image.fromarray(COLOURS), "a.png", icc_profile=data)
    np.testing.assert_array_equal(read_mask(path).pixels, COLOURS)
    assert not np.array_equal(read_rgb(path), COLOURS)


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_of_several_frames_the_first_is_read(tmp_path, name):
    frames = [Image.fromarray(COLOURS), Image.fromarray(255 - COLOURS)]
    options = {"lossless": True} if "webp" in name else {}
    path = saved(tmp_path, frames[0], name, save_all=True, append_images=frames[1:], **options)
    photo = read_photo(path)
    assert any("first" in w for w in photo.warnings)
    np.testing.assert_array_equal(photo.gray, np.rint(luminance_codes(COLOURS, 255)))


@pytest.mark.parametrize(
    "name", ["a b.png", "фото.png", "-x.png", "line\nbreak.png", "x" * 251 + ".png", "日本 é.png"]
)
def test_any_name_will_do(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(COLOURS).save("plain.png")
    (tmp_path / "plain.png").rename(tmp_path / name)
    assert read_photo(name).gray.shape == COLOURS.shape[:2]


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1)])
@pytest.mark.parametrize("name", LOSSLESS)
def test_thin_pictures(tmp_path, shape, name):
    codes = RNG.integers(0, 256, shape).astype(np.uint8)
    options = {"lossless": True} if "webp" in name else {}
    photo = read_photo(saved(tmp_path, Image.fromarray(codes), name, **options))
    np.testing.assert_array_equal(photo.gray, codes)


def test_pictures_of_more_than_one_block(tmp_path):
    codes = RNG.integers(0, 256, (1500, 2001)).astype(np.uint8)
    np.testing.assert_array_equal(
        read_photo(saved(tmp_path, Image.fromarray(codes), "a.png", compress_level=1)).gray, codes
    )
