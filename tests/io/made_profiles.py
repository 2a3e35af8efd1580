"""ICC profiles made for the tests, byte by byte."""

import struct

D50 = (0.9642, 1.0, 0.8249)
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
ADOBE_PRIMARIES = (
    (0.60974, 0.31111, 0.01947),
    (0.20528, 0.62567, 0.06087),
    (0.14919, 0.06322, 0.74457),
)


def gamma(value):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256)) + b"\0\0"


def sampled(values):
    return b"curv\0\0\0\0" + struct.pack(f">I{len(values)}H", len(values), *values)


def parametric(kind, *values):
    fixed = [round(v * 65536) for v in values]
    return b"para\0\0\0\0" + struct.pack(f">HH{len(fixed)}i", kind, 0, *fixed)


def xyz(values):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))


def lookup(inputs, values):
    """An 8-bit lookup table from ``inputs`` channels with 2 grid points each to Lab."""
    matrix = struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    ramp = bytes(range(256))
    head = b"mft1\0\0\0\0" + bytes([inputs, 3, 2, 0])
    return head + matrix + ramp * inputs + bytes(values) + ramp * 3


def profile(space, tags, *, connection=b"XYZ ", kind=b"mntr"):
    tags = {b"cprt": b"text\0\0\0\0none\0", b"wtpt": xyz(D50), **tags}
    table, body = b"", b""
    start = 132 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data
    head = bytearray(128)
    head[8:12] = b"\x02\x40\0\0"
    head[12:24] = kind + space + connection
    head[36:40] = b"acsp"
    head[68:80] = struct.pack(">3i", 63190, 65536, 54061)
    whole = bytes(head) + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def grey(curve, **options):
    return profile(b"GRAY", {b"kTRC": curve}, **options)


def rgb(curves, primaries=ADOBE_PRIMARIES):
    names = zip(b"rgb", curves, primaries, strict=True)
    tags = {}
    for letter, curve, primary in names:
        tags[bytes([letter]) + b"XYZ"] = xyz(primary)
        tags[bytes([letter]) + b"TRC"] = curve
    return profile(b"RGB ", tags)


def grey_by_lookup():
    """Lightness equal to the code value, as a lookup table."""
    return profile(b"GRAY", {b"A2B0": lookup(1, [0, 128, 128, 255, 128, 128])}, connection=b"Lab ")


def cmyk_by_lookup():
    """Ink of any kind takes 60 percent of the lightness that is left; no colour."""
    corners = []
    for corner in range(16):
        corners += [round(255 * 0.4 ** corner.bit_count()), 128, 128]
    return profile(b"CMYK", {b"A2B0": lookup(4, corners)}, connection=b"Lab ", kind=b"prtr")
