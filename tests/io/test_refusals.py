"""What is refused: each with one clear line, and never with partial data."""

import io
import os
import struct
import warnings
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from handtint.errors import PhotoError
from handtint.io import DEFAULT_MAX_PIXELS, read_mask, read_photo, read_rgb, write_picture

RNG = np.random.default_rng(19)
GREY = np.kron(RNG.integers(0, 256, (6, 7)), np.ones((4, 4))).astype(np.uint8)
GREY_16 = RNG.integers(0, 65536, (24, 28)).astype(np.uint16)
COLOUR = np.dstack([GREY, GREY[::-1], GREY[:, ::-1]])
READERS = [read_photo, read_rgb, read_mask]


def refusal(path, reader=read_photo, **options):
    """The message of a refusal, which is one line that begins with the file's name."""
    with pytest.raises(PhotoError) as raised:
        reader(path, **options)
    message = str(raised.value)
    assert "\n" not in message
    assert message.isprintable()
    return message


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(samples, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, samples, **{"photometric": "minisblack", **options})
    return buffer.getvalue()


def own(name, tmp_path, bits):
    samples = np.dstack([GREY_16] * 3) if bits == 16 else COLOUR
    write_picture(tmp_path / name, [samples], shape=GREY.shape, bits=bits, xmp="<x/>")
    return (tmp_path / name).read_bytes()


EXIF = Image.Exif()
EXIF[271] = "Leitz"
EXIF[274] = 6
FILES = {
    "png": lambda _: saved(Image.fromarray(GREY), "PNG", exif=EXIF),
    "png 16": lambda _: saved(Image.fromarray(GREY_16), "PNG"),
    "png palette": lambda _: saved(Image.fromarray(COLOUR).quantize(9), "PNG"),
    "own png 8": lambda folder: own("a.png", folder, 8),
    "own png 16": lambda folder: own("a.png", folder, 16),
    "jpeg": lambda _: saved(Image.fromarray(COLOUR), "JPEG", exif=EXIF),
    "jpeg progressive": lambda _: saved(Image.fromarray(GREY), "JPEG", progressive=True),
    "webp": lambda _: saved(Image.fromarray(COLOUR), "WEBP", lossless=True, exif=EXIF),
    "webp lossy": lambda _: saved(Image.fromarray(COLOUR), "WEBP"),
    "bmp": lambda _: saved(Image.fromarray(COLOUR), "BMP"),
    "tiff": lambda _: tiff(GREY_16, rowsperstrip=5),
    "tiff, one strip": lambda _: tiff(GREY_16),
    "tiff, big": lambda _: tiff(GREY, bigtiff=True, byteorder=">", rowsperstrip=9),
    "tiff, deflated": lambda _: tiff(GREY_16, compression="zlib", predictor=True, rowsperstrip=5),
    "tiff, tiles": lambda _: tiff(GREY_16, compression="zlib", tile=(16, 16)),
    "tiff, packbits": lambda _: saved(Image.fromarray(GREY), "TIFF", compression="packbits"),
    "tiff, directory last": lambda _: saved(Image.fromarray(COLOUR), "TIFF", exif=EXIF),
    "own tiff": lambda folder: own("a.tif", folder, 16),
}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_a_file_cut_anywhere_is_refused_or_read_as_it_was(tmp_path, make):
    data = make(tmp_path)
    path = tmp_path / "cut"
    path.write_bytes(data)
    whole = read_photo(path)
    accepted = 0
    for size in range(len(data)):
        near_an_end = min(size, len(data) - size) < 150
        if not near_an_end and size % max(1, len(data) // 150):
            continue
        path.write_bytes(data[:size])
        try:
            photo = read_photo(path)
        except PhotoError as error:
            assert "\n" not in str(error)
        else:
            accepted += 1
            np.testing.assert_array_equal(photo.gray, whole.gray)
            assert (photo.exif, photo.dpi, photo.bits) == (whole.exif, whole.dpi, whole.bits)
    # What may be missing is padding and markers of the end, not more.
    assert accepted <= 8


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_a_file_with_wrong_bytes_raises_nothing_unexpected(tmp_path, make):
    data = make(tmp_path)
    path = tmp_path / "damaged"
    rng = np.random.default_rng(23)
    for _ in range(60):
        damaged = bytearray(data)
        for place in rng.integers(0, min(len(data), 600), rng.integers(1, 5)):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged)
        for reader in READERS:
            try:
                reader(path, max_pixels=1_000_000)
            except PhotoError as error:
                assert "\n" not in str(error)


@pytest.mark.parametrize("reader", READERS)
def test_no_file(tmp_path, reader):
    assert "there is no such file" in refusal(tmp_path / "none.png", reader)
    assert "folder" in refusal(tmp_path, reader)
    os.mkfifo(tmp_path / "pipe")
    assert "regular file" in refusal(tmp_path / "pipe", reader)
    assert "name of a file" in refusal(f"{tmp_path}/a\0b.png", reader)
    (tmp_path / "file").write_bytes(b"x")
    assert "cannot be opened" in refusal(tmp_path / "file" / "a.png", reader)
    assert "File name too long" in refusal(tmp_path / ("x" * 300), reader)


@pytest.mark.parametrize(
    "content",
    [b"text, not a picture", b"GIF89a" + bytes(30), b"%PDF-1.7", b"RIFF\x10\0\0\0WAVE", b"\0"],
)
def test_no_picture(tmp_path, content):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    assert "not a PNG, JPEG, WebP, TIFF or BMP picture" in refusal(path)


def test_empty_file(tmp_path):
    (tmp_path / "a.png").touch()
    assert "empty" in refusal(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["line\nbreak", "tab\t", "bell\a", " "])
def test_odd_names_are_quoted(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert refusal(name).startswith(repr(name) + ": ")


def huge_png():
    header = struct.pack(">IIBBBBB", 20000, 20000, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def huge_tiff():
    data = bytearray(tiff(GREY))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        for tag in (256, 257):
            place = file.pages[0].tags[tag].valueoffset
            kind = file.pages[0].tags[tag].dtype
            data[place : place + 2] = struct.pack("<H", 20000)
            assert kind in {3, 4}
    return bytes(data)


def huge_jpeg():
    data = bytearray(saved(Image.fromarray(GREY), "JPEG"))
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", 20000, 20000)
    return bytes(data)


def huge_bmp():
    data = bytearray(saved(Image.fromarray(GREY), "BMP"))
    data[18:26] = struct.pack("<ii", 20000, 20000)
    return bytes(data)


def huge_webp():
    data = bytearray(saved(Image.fromarray(GREY), "WEBP", lossless=True))
    data[21:25] = (16383 | 16383 << 14 | data[24] >> 4 << 28).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("make", [huge_png, huge_tiff, huge_jpeg, huge_bmp, huge_webp])
def test_too_large_a_picture_is_refused_by_its_header(tmp_path, make, reader):
    path = tmp_path / "bomb"
    path.write_bytes(make())
    message = refusal(path, reader)
    pixels = 16384 if make is huge_webp else 20000
    assert f"{pixels} x {pixels} pixels" in message
    assert "limit of 200;" in message
    assert f"--max-megapixels {269 if make is huge_webp else 400}" in message


def test_the_limit_is_the_callers(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(saved(Image.fromarray(GREY), "PNG"))
    assert read_photo(path, max_pixels=GREY.size).gray.size == GREY.size
    assert "--max-megapixels 1 " in refusal(path, max_pixels=GREY.size - 1)
    assert DEFAULT_MAX_PIXELS == 200_000_000


def test_the_limit_of_pillow_is_neither_used_nor_touched(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    for kind in ("PNG", "JPEG", "BMP", "TIFF"):
        path = tmp_path / kind
        path.write_bytes(saved(Image.fromarray(COLOUR), kind))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert read_photo(path).warnings == ()
    assert Image.MAX_IMAGE_PIXELS == 10


def test_large_tiles_are_no_way_around_the_limit(tmp_path):
    data = bytearray(tiff(GREY, tile=(16, 16)))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        for tag in (322, 323):
            place = file.pages[0].tags[tag].valueoffset
            data[place : place + 2] = struct.pack("<H", 60000)
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    refusal(path)
