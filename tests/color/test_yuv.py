import numpy as np
import pytest

from handtint.color import space

PRIMARIES = np.array(
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [255, 255, 255], [0, 0, 0]], np.uint8
)


@pytest.mark.parametrize(("name", "kr", "kb"), [("yuv", 0.299, 0.114), ("yuv709", 0.2126, 0.0722)])
def test_values_of_the_primaries(name, kr, kb):
    kg = 1 - kr - kb
    u, v = 0.5 / (1 - kb), 0.5 / (1 - kr)
    want = 100 * np.array(
        [
            [kr, -kr * u, 0.5],
            [kg, -kg * u, -kg * v],
            [kb, 0.5, -kb * v],
            [kr + kg, -0.5, kb * v],
            [1, 0, 0],
            [0, 0, 0],
        ]
    )
    lightness, chroma = space(name).from_codes(PRIMARIES)
    np.testing.assert_allclose(lightness, want[:, 0], atol=1e-5)
    np.testing.assert_allclose(chroma, want[:, 1:], atol=1e-5)


def test_bt601_in_numbers():
    lightness, chroma = space("yuv").from_codes(np.array([[102, 153, 51]], np.uint8))
    # R = 40 %, G = 60 %, B = 20 %: Y = 11.96 + 35.22 + 2.28
    assert lightness[0] == pytest.approx(49.46, abs=1e-4)
    assert chroma[0, 0] == pytest.approx((20 - 49.46) / 1.772, abs=1e-4)
    assert chroma[0, 1] == pytest.approx((40 - 49.46) / 1.402, abs=1e-4)


def test_luma_of_a_grey_is_its_encoded_value_in_percent():
    codes = np.arange(256)
    np.testing.assert_allclose(space("yuv").lightness_table(8), codes / 2.55, rtol=1e-6)
