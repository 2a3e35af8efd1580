import numpy as np
from coloraide import Color
from skimage.color import rgb2lab

from handtint.color import space

RGB = np.random.default_rng(11).random((300, 3)).astype(np.float32)


def test_agrees_with_coloraide():
    want = np.array([Color("srgb", [float(v) for v in c]).convert("lab-d65").coords() for c in RGB])
    lightness, chroma = space("lab").from_rgb(RGB)
    np.testing.assert_allclose(lightness, want[:, 0], atol=2e-5)
    np.testing.assert_allclose(chroma, want[:, 1:], atol=5e-5)


def test_agrees_with_scikit_image_to_the_digits_of_its_white():
    # scikit-image takes the four-digit matrix of the standard and the white (0.95047, 1, 1.08883),
    # which is not quite the sum of the matrix; its greys have a chroma of up to 0.005.
    want = rgb2lab(RGB)
    lightness, chroma = space("lab").from_rgb(RGB)
    np.testing.assert_allclose(lightness, want[:, 0], atol=0.01)
    np.testing.assert_allclose(chroma, want[:, 1:], atol=0.02)


def test_lightness_follows_the_definition_on_both_sides_of_the_knee():
    # Y = 0.008856 is the knee; 903.3 Y below it, 116 cbrt(Y) - 16 above.
    y = np.array([0, 0.001, 0.008, 0.01, 0.18418651851, 1])
    grey = np.where(y <= 0.0031308, y * 12.92, 1.055 * y ** (1 / 2.4) - 0.055)
    lightness, _ = space("lab").from_rgb(np.repeat(grey[:, None], 3, axis=1).astype(np.float32))
    want = [0, 24389 / 27 * 0.001, 24389 / 27 * 0.008, 116 * 0.01 ** (1 / 3) - 16, 50, 100]
    np.testing.assert_allclose(lightness, want, atol=2e-5)
