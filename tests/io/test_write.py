"""Written pictures: pixels, depth, profile, resolution, provenance; the memory that it takes."""

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageCms

from handtint.errors import OutputError
from handtint.io import Photo, icc, read_photo, read_rgb, tiff_write, write_picture
from handtint.io.conversion import to_bits

SUFFIXES = [".png", ".tif", ".tiff", ".webp", ".jpg", ".jpeg"]
RNG = np.random.default_rng(29)
SMOOTH = np.add.outer(np.arange(40), np.arange(50))[..., None] * 2 + np.array([0, 30, 60])
SMOOTH = SMOOTH.astype(np.uint8)
PACKET = '<x:xmpmeta xmlns:x="adobe:ns:meta/">é & so on</x:xmpmeta>'


def codes(dtype, channels):
    sides = st.integers(1, 20)
    return st.tuples(sides, sides).flatmap(
        lambda shape: hnp.arrays(dtype, (*shape, channels) if channels else shape)
    )


def bands_of(picture, cuts):
    return np.split(picture, sorted({c for c in cuts if 0 < c < len(picture)}))


def photo_of(gray, **fields):
    bits = 8 if gray.dtype == np.uint8 else 16
    values = {"path": Path("none.png"), "format": "PNG", "sha256": "", "bits": bits, **fields}
    return Photo(gray=gray, **values)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([np.uint8, np.uint16]).flatmap(lambda d: codes(d, 0)),
    st.sampled_from([".png", ".tif"]),
    st.lists(st.integers(0, 20), max_size=4),
)
def test_a_neutral_picture_is_read_back_as_it_was(tmp_path_factory, gray, suffix, cuts):
    path = tmp_path_factory.mktemp("neutral") / f"a{suffix}"
    bits = 8 * gray.itemsize
    rgb = np.repeat(gray[..., None], 3, axis=2)
    assert write_picture(path, bands_of(rgb, cuts), shape=gray.shape, bits=bits) == ()
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.gray, gray)
    assert (photo.bits, photo.warnings, photo.alpha) == (bits, (), None)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([3, 4]).flatmap(lambda c: codes(np.uint8, c)),
    st.sampled_from([".png", ".tif", ".webp"]),
    st.lists(st.integers(0, 20), max_size=4),
)
def test_lossless_formats_keep_every_pixel(tmp_path_factory, picture, suffix, cuts):
    path = tmp_path_factory.mktemp("lossless") / f"a{suffix}"
    write_picture(path, bands_of(picture, cuts), shape=picture.shape[:2], bits=8)
    with Image.open(path) as image:
        stored = np.asarray(image.convert("RGBA" if picture.shape[2] == 4 else "RGB"))
    np.testing.assert_array_equal(stored, picture)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([3, 4]).flatmap(lambda c: codes(np.uint16, c)))
def test_tiff_of_16_bits_is_read_by_tifffile(tmp_path_factory, picture):
    path = tmp_path_factory.mktemp("tiff") / "a.tif"
    write_picture(path, [picture], shape=picture.shape[:2], bits=16)
    np.testing.assert_array_equal(tifffile.imread(path).reshape(picture.shape), picture)


def test_jpeg_is_close_and_its_chroma_not_subsampled(tmp_path):
    write_picture(tmp_path / "a.jpg", [SMOOTH], shape=(40, 50), bits=8)
    with Image.open(tmp_path / "a.jpg") as image:
        assert all(layer[1:3] == (1, 1) for layer in image.layer)
    assert np.abs(read_rgb(tmp_path / "a.jpg").astype(int) - SMOOTH).max() <= 6


@given(hnp.arrays(np.uint8, 20), hnp.arrays(np.uint16, 20))
def test_depths_convert_with_rounding_and_back(coarse, fine):
    np.testing.assert_array_equal(to_bits(to_bits(coarse, 16), 8), coarse)
    assert np.abs(to_bits(fine, 8) - fine / 257).max() <= 0.5
    np.testing.assert_array_equal(to_bits(fine, 16), fine)


@pytest.mark.parametrize("suffix", [".webp", ".jpg"])
def test_formats_of_8_bits_round_16_bits(tmp_path, suffix):
    for picture, name in ((SMOOTH, "a"), (SMOOTH.astype(np.uint16) * 257 + 100, "b")):
        path = tmp_path / f"{name}{suffix}"
        write_picture(path, [picture], shape=(40, 50), bits=16)
    np.testing.assert_array_equal(
        read_rgb(tmp_path / f"a{suffix}"), read_rgb(tmp_path / f"b{suffix}")
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_file_carries_profile_resolution_and_provenance(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    photo = photo_of(SMOOTH[..., 0], dpi=(300.0, 600.0))
    write_picture(path, [SMOOTH], shape=(40, 50), bits=8, photo=photo, xmp=PACKET)
    with Image.open(path) as image:
        image.load()
        profile = image.info["icc_profile"]
        xmp = image.info.get("xmp") or image.info["XML:com.adobe.xmp"].encode()
        if suffix != ".webp":
            assert image.info["dpi"] == pytest.approx((300, 600), rel=1e-3)
    assert profile == icc.srgb_profile()
    assert xmp == PACKET.encode()
    name = ImageCms.getProfileName(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    assert "sRGB" in name
    assert read_photo(path).warnings == ()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_equal_pictures_make_equal_files(tmp_path, suffix):
    files = []
    for cuts in ([], [3, 17]):
        path = tmp_path / f"{len(files)}{suffix}"
        write_picture(path, bands_of(SMOOTH, cuts), shape=(40, 50), bits=8)
        files.append(read_rgb(path))
    np.testing.assert_array_equal(files[0], files[1])
    again = tmp_path / f"again{suffix}"
    write_picture(again, bands_of(SMOOTH, []), shape=(40, 50), bits=8)
    assert again.read_bytes() == (tmp_path / f"0{suffix}").read_bytes()


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg"])
def test_opacity_of_the_photograph_is_written_back(tmp_path, suffix, bits):
    alpha = to_bits(RNG.integers(1, 256, (40, 50)).astype(np.uint8), bits)
    picture = to_bits(SMOOTH, bits)
    photo = photo_of(picture[..., 0], alpha=alpha)
    path = tmp_path / f"a{suffix}"
    missing = write_picture(path, bands_of(picture, [9]), shape=(40, 50), bits=bits, photo=photo)
    stored = read_photo(path).alpha
    fewer_bits = [line for line in missing if line.startswith("reduced to 8 bits")]
    assert len(fewer_bits) == (bits == 16 and suffix in {".jpg", ".webp"})
    others = [line for line in missing if line not in fewer_bits]
    if suffix == ".jpg":
        assert stored is None
        assert len(others) == 1
        assert "transparency" in others[0]
    else:
        assert others == []
        np.testing.assert_array_equal(to_bits(stored, bits), alpha)


def test_full_opacity_is_nothing_to_be_missed_in_jpeg(tmp_path):
    picture = np.dstack([SMOOTH, np.full((40, 50), 255, np.uint8)])
    assert write_picture(tmp_path / "a.jpg", [picture], shape=(40, 50), bits=8) == ()


def test_exif_data_too_large_for_jpeg_is_left_out_with_a_warning(tmp_path):
    exif = Image.Exif()
    exif[37500] = bytes(70000)
    data = exif.tobytes().removeprefix(b"Exif\0\0")
    photo = photo_of(SMOOTH[..., 0], exif=data)
    for suffix, count in ((".jpg", 1), (".png", 0), (".webp", 0)):
        path = tmp_path / f"a{suffix}"
        missing = write_picture(path, [SMOOTH], shape=(40, 50), bits=8, photo=photo)
        assert len(missing) == count
        assert read_photo(path).exif == (None if count else data)


def test_damaged_exif_data_is_left_out_of_tiff_with_a_warning(tmp_path):
    photo = photo_of(SMOOTH[..., 0], exif=b"nonsense")
    missing = write_picture(tmp_path / "a.tif", [SMOOTH], shape=(40, 50), bits=8, photo=photo)
    assert "EXIF" in missing[0]
    np.testing.assert_array_equal(read_rgb(tmp_path / "a.tif"), SMOOTH)


def test_big_tiff_with_exif_data(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff_write, "_BIG", 0)
    exif = Image.Exif()
    exif[271] = "Leitz"
    exif.get_ifd(34665)[34855] = 100
    data = exif.tobytes().removeprefix(b"Exif\0\0")
    photo = photo_of(SMOOTH[..., 0], exif=data)
    path = tmp_path / "a.tif"
    assert write_picture(path, [SMOOTH], shape=(40, 50), bits=8, photo=photo) == ()
    with tifffile.TiffFile(path) as file:
        assert file.is_bigtiff
        assert file.pages[0].tags[34665].value["ISOSpeedRatings"] == 100
    again = read_photo(path)
    assert (again.exif, again.warnings) == (data, ())
    np.testing.assert_array_equal(read_rgb(path), SMOOTH)


def test_dark_pictures_of_16_bits_stay_dark(tmp_path):
    dark = np.full((5, 5, 3), 3000, np.uint16)
    write_picture(tmp_path / "a.tif", [dark], shape=(5, 5), bits=16)
    photo = read_photo(tmp_path / "a.tif")
    assert (photo.gray == 3000).all()
    assert photo.warnings == ()


@pytest.mark.parametrize(("suffix", "width"), [(".webp", 16384), (".jpg", 65501)])
def test_formats_with_a_largest_side_say_so(tmp_path, suffix, width):
    band = np.zeros((1, width, 3), np.uint8)
    with pytest.raises(OutputError, match=rf"{width} x 1 pixels.*\.png or \.tiff"):
        write_picture(tmp_path / f"a{suffix}", [band], shape=(1, width), bits=8)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1)])
def test_thin_pictures(tmp_path, suffix, shape):
    picture = RNG.integers(0, 256, (*shape, 3)).astype(np.uint8)
    path = tmp_path / f"a{suffix}"
    write_picture(path, [picture], shape=shape, bits=8)
    np.testing.assert_array_equal(read_rgb(path), picture)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
@pytest.mark.parametrize("rows", [[30], [], [30, 30], [20, 0, 19]])
def test_bands_that_do_not_make_up_the_picture_are_a_bug(tmp_path, suffix, rows):
    bands = [np.zeros((r, 50, 3), np.uint8) for r in rows]
    with pytest.raises(ValueError, match="band"):
        write_picture(tmp_path / f"a{suffix}", bands, shape=(40, 50), bits=8)
    assert not list(tmp_path.iterdir())


def peak_of(work):
    """Largest memory in use during ``work``, in MiB, beyond that before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        result = work()
        return (tracemalloc.get_traced_memory()[1] - before) / 2**20, result
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_a_large_picture_never_is_in_memory(tmp_path, suffix):
    band = np.broadcast_to(np.arange(4000, dtype=np.uint16)[None, :, None] * 16, (100, 4000, 3))
    path = tmp_path / f"a{suffix}"
    peak, _ = peak_of(
        lambda: write_picture(path, (band for _ in range(15)), shape=(1500, 4000), bits=16)
    )
    assert peak < 20  # the picture has 36 MB
    peak, photo = peak_of(lambda: read_photo(path))
    assert peak - photo.gray.nbytes / 2**20 < 30


@pytest.mark.parametrize("layout", [{}, {"compression": "zlib", "predictor": True}])
def test_a_24_megapixel_scan_is_read_with_little_more_than_itself(tmp_path, layout):
    gray = np.broadcast_to(np.arange(6000, dtype=np.uint16) * 10, (4000, 6000))
    tifffile.imwrite(tmp_path / "a.tif", gray, photometric="minisblack", **layout)
    peak, photo = peak_of(lambda: read_photo(tmp_path / "a.tif"))
    np.testing.assert_array_equal(photo.gray[::999], gray[::999])
    assert peak < 48 + 100
