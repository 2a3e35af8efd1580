"""The 16-bit PNG decoder and encoder, against Pillow and a slow twin of the filters."""

import io
import itertools
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from handtint.io import read_photo, read_rgb, write_picture
from handtint.io.png_read import SAMPLES, SIGNATURE, blocks_16, layout

RNG = np.random.default_rng(13)


def chunk(name, content):
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def filtered_row(kind, row, above, step):
    """Slow twin: one row filtered as section 9.2 of the specification says."""
    result = bytearray([kind])
    for j, value in enumerate(row):
        a = row[j - step] if j >= step else 0
        b = above[j]
        c = above[j - step] if j >= step else 0
        p = a + b - c
        nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        result.append((value - (0, a, b, (a + b) // 2, nearest)[kind]) % 256)
    return bytes(result)


def png(samples, colour_type, *, filters, pieces=1, extra=b"", interlace=0):
    """A 16-bit PNG file of samples (H, W, C) with the given filters, data in several chunks."""
    rows = [bytes(r) for r in samples.astype(">u2").view(np.uint8).reshape(len(samples), -1)]
    above, data = bytes(len(rows[0])), b""
    for i, row in enumerate(rows):
        data += filtered_row(filters[i % len(filters)], row, above, 2 * samples.shape[2])
        above = row
    packed = zlib.compress(data)
    cuts = [len(packed) * i // pieces for i in range(pieces + 1)]
    header = struct.pack(
        ">IIBBBBB", samples.shape[1], samples.shape[0], 16, colour_type, 0, 0, interlace
    )
    return (
        SIGNATURE
        + chunk(b"IHDR", header)
        + extra
        + b"".join(chunk(b"IDAT", packed[a:b]) for a, b in itertools.pairwise(cuts))
        + chunk(b"IEND", b"")
    )


def decoded(data):
    file = io.BytesIO(data)
    return np.concatenate([b.samples for b in blocks_16(file, layout(file))])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([0, 2, 4, 6]),
    st.integers(1, 9),
    st.integers(1, 9),
    st.lists(st.integers(0, 4), min_size=1, max_size=6),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
)
def test_all_filters_and_colour_types(kind, height, width, filters, pieces, seed):
    samples = np.random.default_rng(seed).integers(0, 65536, (height, width, SAMPLES[kind]))
    data = png(samples.astype(np.uint16), kind, filters=filters, pieces=pieces)
    np.testing.assert_array_equal(decoded(data), samples)


def by_pillow(data):
    """All 16 bits from Pillow, which keeps one byte of two: which one, the raw mode says."""
    high = Image.open(io.BytesIO(data))
    low = Image.open(io.BytesIO(data))
    low.tile = [low.tile[0]._replace(args="RGB;16L")]
    return np.asarray(high).astype(np.uint16) * 256 + np.asarray(low)


def test_encoder_and_decoder_agree_with_pillow(tmp_path):
    picture = RNG.integers(0, 65536, (40, 51, 3)).astype(np.uint16)
    path = tmp_path / "a.png"
    write_picture(path, [picture[:7], picture[7:]], shape=(40, 51), bits=16)
    np.testing.assert_array_equal(by_pillow(path.read_bytes()), picture)
    np.testing.assert_array_equal(decoded(path.read_bytes()), picture)


def test_pictures_of_several_bands(tmp_path):
    picture = np.broadcast_to(RNG.integers(0, 65536, (1, 2003, 3)), (1100, 2003, 3))
    picture = picture.astype(np.uint16)
    write_picture(tmp_path / "a.png", [picture], shape=picture.shape[:2], bits=16)
    np.testing.assert_array_equal(decoded((tmp_path / "a.png").read_bytes()), picture)


@pytest.mark.parametrize("kind", [0, 2])
def test_a_transparent_colour_makes_opacity(tmp_path, kind):
    samples = RNG.integers(0, 2, (9, 9, SAMPLES[kind])).astype(np.uint16) * 257
    key = chunk(b"tRNS", struct.pack(f">{SAMPLES[kind]}H", *[257] * SAMPLES[kind]))
    (tmp_path / "a.png").write_bytes(png(samples, kind, filters=[0], extra=key))
    photo = read_photo(tmp_path / "a.png")
    np.testing.assert_array_equal(photo.alpha, np.where((samples == 257).all(2), 0, 65535))
    assert photo.bits == 16


def test_opacity_of_16_bits_is_kept(tmp_path):
    samples = RNG.integers(0, 65536, (9, 9, 2)).astype(np.uint16)
    (tmp_path / "a.png").write_bytes(png(samples, 4, filters=[4, 1]))
    photo = read_photo(tmp_path / "a.png")
    np.testing.assert_array_equal(photo.gray, samples[..., 0])
    np.testing.assert_array_equal(photo.alpha, samples[..., 1])


def test_interlaced_colours_are_cut_to_8_bits_with_a_warning(tmp_path):
    # One row and column: the first of the seven passes is the whole picture.
    samples = np.full((1, 1, 3), 0x8081, np.uint16)
    (tmp_path / "a.png").write_bytes(png(samples, 2, filters=[0], interlace=1))
    photo = read_photo(tmp_path / "a.png")
    assert (photo.bits, photo.gray.item()) == (8, 0x80)
    assert any("interlaced" in w for w in photo.warnings)
    (tmp_path / "a.png").write_bytes(png(samples[..., :1], 0, filters=[0], interlace=1))
    photo = read_photo(tmp_path / "a.png")
    assert (photo.bits, photo.gray.item(), photo.warnings) == (16, 0x8081, ())


def test_a_strange_gamma_is_reported(tmp_path):
    samples = np.full((1, 1, 3), 0x8080, np.uint16)
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    (tmp_path / "a.png").write_bytes(png(samples, 2, filters=[0], extra=gamma))
    assert any("gamma" in w for w in read_photo(tmp_path / "a.png").warnings)
    usual = chunk(b"gAMA", struct.pack(">I", 45455))
    (tmp_path / "a.png").write_bytes(png(samples, 2, filters=[0], extra=usual))
    assert read_photo(tmp_path / "a.png").warnings == ()


def test_unknown_filters_are_an_error():
    samples = np.zeros((2, 2, 3), np.uint16)
    data = bytearray(2 * 13)
    data[13] = 7
    whole = png(samples, 2, filters=[0])
    start = whole.index(b"IDAT") - 4
    broken = whole[:start] + chunk(b"IDAT", zlib.compress(bytes(data))) + chunk(b"IEND", b"")
    with pytest.raises(ValueError, match="filter"):
        decoded(broken)


def test_colour_pictures_of_16_bits(tmp_path):
    picture = RNG.integers(0, 256, (9, 11, 3)).astype(np.uint16) * 257
    write_picture(tmp_path / "a.png", [picture], shape=(9, 11), bits=16)
    np.testing.assert_array_equal(read_rgb(tmp_path / "a.png"), picture // 257)
