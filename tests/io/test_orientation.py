"""EXIF orientation: applied exactly once, in every format; what else becomes of EXIF data."""

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from handtint.io import read_mask, read_photo, read_rgb, write_picture
from handtint.io.exif import turned, upright

RNG = np.random.default_rng(17)
CODES = np.kron(RNG.integers(0, 256, (3, 5)), np.ones((16, 16))).astype(np.uint8)
ALL = range(1, 9)


def exif_of(orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Leitz"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 100
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    return exif


def written(folder, name, orientation):
    path = folder / name
    options = {"lossless": True} if name.endswith("webp") else {}
    if name.endswith("jpg"):
        options = {"quality": 100, "subsampling": 0}
    exif = exif_of(orientation).tobytes()
    Image.fromarray(CODES).save(path, exif=exif, dpi=(100, 200), **options)
    return path


def reference(path):
    """The upright picture by Pillow."""
    with Image.open(path) as image:
        image.load()
        return np.asarray(ImageOps.exif_transpose(image).convert("L"))


@pytest.mark.parametrize("orientation", ALL)
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif"])
def test_orientation_is_applied_once(tmp_path, name, orientation):
    path = written(tmp_path, name, orientation)
    photo = read_photo(path)
    # Pillow scrambles uncompressed TIFF files of orientations 5 to 8.
    wanted = reference(written(tmp_path, "b.png", orientation) if "tif" in name else path)
    np.testing.assert_array_equal(photo.gray, wanted)
    assert photo.gray.flags.c_contiguous
    np.testing.assert_array_equal(read_rgb(path)[..., 1], wanted)
    np.testing.assert_array_equal(read_mask(path).pixels[..., 1], wanted)
    if photo.dpi is not None:
        wanted_dpi = (200, 100) if orientation > 4 else (100, 200)
        assert photo.dpi == pytest.approx(wanted_dpi, rel=1e-3)


@pytest.mark.parametrize("orientation", ALL)
@pytest.mark.parametrize("target", ["b.png", "b.jpg", "b.webp", "b.tif"])
def test_a_written_picture_is_not_turned_again(tmp_path, orientation, target):
    photo = read_photo(written(tmp_path, "a.png", orientation))
    rgb = np.repeat(photo.gray[..., None], 3, axis=2)
    path = tmp_path / target
    assert write_picture(path, [rgb], shape=photo.gray.shape, bits=8, photo=photo) == ()
    again = read_photo(path)
    assert np.abs(again.gray.astype(int) - photo.gray).max() <= (3 if "jpg" in target else 0)
    np.testing.assert_array_equal(again.gray, reference(path))
    if "webp" not in target:
        assert again.dpi == pytest.approx(photo.dpi, rel=1e-3)


@pytest.mark.parametrize("source", ["a.png", "a.jpg", "a.webp", "a.tif"])
@pytest.mark.parametrize("target", ["b.png", "b.jpg", "b.webp", "b.tif"])
def test_exif_data_goes_along(tmp_path, source, target):
    photo = read_photo(written(tmp_path, source, 6))
    rgb = np.repeat(photo.gray[..., None], 3, axis=2)
    path = tmp_path / target
    assert write_picture(path, [rgb], shape=photo.gray.shape, bits=8, photo=photo) == ()
    with Image.open(path) as image:
        exif = image.getexif()
        assert exif[ExifTags.Base.Make] == "Leitz"
        assert exif.get(ExifTags.Base.Orientation, 1) == 1
        assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] == 100
        assert exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "N"


@pytest.mark.parametrize("orientation", ALL)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_orientation_of_tiff_files_of_all_kinds(tmp_path, orientation, order, big):
    tags = [(274, 3, 1, orientation, True), (271, 2, 0, "Leitz", True)]
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, CODES, byteorder=order, bigtiff=big, extratags=tags, photometric="minisblack"
    )
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.gray, turned(CODES, orientation))
    assert photo.warnings == ()
    exif = Image.Exif()
    exif.load(photo.exif)
    assert exif[ExifTags.Base.Make] == "Leitz"


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientations_that_do_not_exist_count_as_upright(tmp_path, orientation):
    path = tmp_path / "a.png"
    Image.fromarray(CODES).save(path, exif=exif_of(orientation))
    np.testing.assert_array_equal(read_photo(path).gray, CODES)


@given(st.sampled_from(ALL))
def test_turning_moves_all_channels_alike(orientation):
    rgb = RNG.integers(0, 256, (4, 6, 3))
    for channel in range(3):
        np.testing.assert_array_equal(
            turned(rgb, orientation)[..., channel], turned(rgb[..., channel], orientation)
        )


@pytest.mark.parametrize("orientation", ALL)
@pytest.mark.parametrize("marker", [b"", b"Exif\0\0"])
def test_exif_data_is_patched_and_otherwise_left_as_it_is(orientation, marker):
    data = exif_of(orientation).tobytes().removeprefix(b"Exif\0\0")
    patched, found = upright(marker + data)
    assert found == orientation
    assert len(patched) == len(data)
    assert sum(a != b for a, b in zip(data, patched, strict=True)) == (orientation != 1)


def test_the_thumbnail_is_unlinked():
    exif = exif_of(3)
    data = bytearray(exif.tobytes().removeprefix(b"Exif\0\0"))
    count = int.from_bytes(data[8:10], "big")
    data[10 + 12 * count : 14 + 12 * count] = len(data).to_bytes(4, "big")
    data += (1).to_bytes(2, "big") + b"\x02\x01\0\x04\0\0\0\x01\0\0\0\0" + bytes(4)
    patched, _ = upright(bytes(data))
    loaded = Image.Exif()
    loaded.load(bytes(data))
    assert loaded.get_ifd(ExifTags.IFD.IFD1)
    loaded.load(patched)
    assert not loaded.get_ifd(ExifTags.IFD.IFD1)


@given(st.binary(max_size=60))
def test_damaged_exif_data_is_a_value_error_at_worst(data):
    for start in (b"", b"II*\0", b"MM\0*\0\0\0\x08"):
        try:
            patched, orientation = upright(start + data)
        except ValueError:
            continue
        assert len(patched) <= len(start + data)
        assert orientation in ALL


def test_damaged_exif_data_is_left_out_with_a_warning(tmp_path):
    Image.fromarray(CODES).save(tmp_path / "a.png", exif=b"Exif\0\0nonsense")
    photo = read_photo(tmp_path / "a.png")
    assert photo.exif is None
    assert any("EXIF" in w for w in photo.warnings)
