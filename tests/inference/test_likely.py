"""Palettes: distinct, displayable, honest about their shares."""

import numpy as np
import pytest

from handtint.color import space
from handtint.inference.bins import chroma_bins
from handtint.inference.likely import LEAST, MOST, likely_colours

BINS = chroma_bins()


def peaked(*peaks, width=4.0):
    """A distribution with peaks (a, b, share)."""
    total = np.zeros(len(BINS))
    for a, b, share in peaks:
        bump = np.exp(-((BINS - (a, b)) ** 2).sum(axis=1) / (2 * width**2))
        total += share * bump / bump.sum()
    return (total / total.sum()).astype(np.float32)


def chroma_of(colour):
    return space("lab").from_codes(np.array([[colour.rgb]], np.uint8))[1][0, 0]


def test_peaks_become_colours_the_likeliest_first():
    found = likely_colours(peaked((40, 30, 0.6), (0, 0, 0.3), (-20, -20, 0.1)), 55.0)
    assert len(found) == 3
    np.testing.assert_allclose([c.share for c in found], (0.6, 0.3, 0.1), atol=0.03)
    for colour, wanted in zip(found, ((40, 30), (0, 0), (-20, -20)), strict=True):
        assert np.abs(chroma_of(colour) - wanted).max() < 3


@pytest.mark.parametrize("lightness", [0.0, 3.0, 20.0, 50.0, 80.0, 97.0, 100.0])
def test_shares_and_colours_keep_their_laws(lightness, rng):
    for sharpness in (0.2, 1.0, 3.0):
        p = np.exp(sharpness * rng.normal(size=len(BINS)) * 2)
        found = likely_colours((p / p.sum()).astype(np.float32), lightness)
        shares = [c.share for c in found]
        assert 1 <= len(found) <= MOST
        assert sum(shares) <= 1 + 1e-6
        assert shares == sorted(shares, reverse=True)
        assert all(share >= LEAST for share in shares[1:])
        assert len({c.rgb for c in found}) == len(found)
        for colour in found:
            light, _ = space("lab").from_codes(np.array([[colour.rgb]], np.uint8))
            assert abs(float(light[0, 0]) - lightness) < 1


def test_black_and_white_have_one_colour():
    p = np.full(len(BINS), 1 / len(BINS), np.float32)
    for lightness, rgb in ((0.0, (0, 0, 0)), (100.0, (255, 255, 255))):
        (only,) = likely_colours(p, lightness)
        assert only.rgb == rgb
        assert only.share == pytest.approx(1, abs=1e-5)


def test_neighbouring_bins_are_one_colour():
    found = likely_colours(peaked((20, 20, 0.5), (27, 20, 0.5)), 60.0)
    assert len(found) == 1
    assert found[0].hex == "#{:02x}{:02x}{:02x}".format(*found[0].rgb)
