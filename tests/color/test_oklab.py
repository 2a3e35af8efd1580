import numpy as np
from coloraide import Color

from handtint.color import space

RGB = np.random.default_rng(13).random((300, 3)).astype(np.float32)


def test_agrees_with_coloraide():
    # coloraide derives the matrices anew with more digits than were published, hence 1e-4 percent.
    want = np.array([Color("srgb", [float(v) for v in c]).convert("oklab").coords() for c in RGB])
    lightness, chroma = space("oklab").from_rgb(RGB)
    np.testing.assert_allclose(lightness, 100 * want[:, 0], atol=1e-4)
    np.testing.assert_allclose(chroma, 100 * want[:, 1:], atol=1e-4)


def test_agrees_with_the_published_matrices():
    m1 = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    m2 = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    rgb = RGB.astype(np.float64)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    want = 100 * np.cbrt(linear @ m1.T) @ m2.T
    lightness, chroma = space("oklab").from_rgb(RGB)
    np.testing.assert_allclose(lightness, want[:, 0], atol=2e-5)
    np.testing.assert_allclose(chroma, want[:, 1:], atol=2e-5)
