import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import deltaE_ciede2000
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from handtint.color import space
from handtint.errors import PhotoError
from handtint.metrics import ciede2000, colourfulness, delta_e, delta_e_map, psnr, ssim

# Table 1 of Sharma, Wu and Dalal (2005): L1, a1, b1, L2, a2, b2, CIEDE2000.
SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)

colours = arrays(
    np.float32,
    (5, 3),
    elements=st.floats(-100, 100, width=32),
).map(lambda lab: np.stack([np.abs(lab[:, 0]), lab[:, 1], lab[:, 2]], axis=-1))


def picture(seed, height=40, width=50):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def noisy(rgb, amount):
    noise = np.random.default_rng(99).integers(-amount, amount + 1, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


def test_the_34_pairs_of_sharma_wu_and_dalal():
    pairs = SHARMA.astype(np.float32)
    assert len(pairs) == 34
    np.testing.assert_allclose(ciede2000(pairs[:, :3], pairs[:, 3:6]), SHARMA[:, 6], atol=1e-4)
    np.testing.assert_allclose(ciede2000(pairs[:, 3:6], pairs[:, :3]), SHARMA[:, 6], atol=1e-4)


@settings(deadline=None)
@given(lab1=colours, lab2=colours)
def test_ciede2000_is_symmetric_not_negative_and_zero_for_equal_colours(lab1, lab2):
    difference = ciede2000(lab1, lab2)
    assert np.isfinite(difference).all() and (difference >= 0).all()
    np.testing.assert_allclose(difference, ciede2000(lab2, lab1), rtol=1e-5, atol=1e-5)
    assert not ciede2000(lab1, lab1).any()


def test_ciede2000_agrees_with_scikit_image():
    rng = np.random.default_rng(4)
    lab1, lab2 = (
        (rng.normal(size=(2000, 3)) * (20, 35, 35) + (50, 0, 0)).astype(np.float32) for _ in "ab"
    )
    want = deltaE_ciede2000(lab1.astype(np.float64), lab2.astype(np.float64))
    np.testing.assert_allclose(ciede2000(lab1, lab2), want, atol=5e-5)


def test_ciede2000_of_greys_depends_on_lightness_alone():
    lab1 = np.array([[50, 0, 0]], np.float32)
    lab2 = np.array([[60, 0, 0]], np.float32)
    want = 10 / (1 + 0.015 * 25 / math.sqrt(20 + 25))
    assert ciede2000(lab1, lab2)[0] == pytest.approx(want, abs=1e-5)


def test_delta_e_is_the_mean_over_the_pixels():
    a, b = picture(0, 20, 30), picture(1, 20, 30)
    lab_a, lab_b = (
        np.dstack([lightness, chroma]).astype(np.float64)
        for lightness, chroma in (space("lab").from_codes(a), space("lab").from_codes(b))
    )
    assert delta_e(a, b) == pytest.approx(deltaE_ciede2000(lab_a, lab_b).mean(), rel=1e-5)
    assert delta_e(a, a) == 0


def test_delta_e_of_black_and_white_is_a_hundred():
    black, white = np.zeros((3, 4, 3), np.uint8), np.full((3, 4, 3), 255, np.uint8)
    assert delta_e(black, white) == pytest.approx(100, abs=1e-4)


@pytest.mark.parametrize("amount", [1, 8, 80])
def test_psnr_agrees_with_scikit_image(amount):
    a = picture(2)
    b = noisy(a, amount)
    assert psnr(a, b) == pytest.approx(peak_signal_noise_ratio(a, b, data_range=255), abs=1e-9)


def test_psnr_of_equal_and_of_opposite_pictures():
    black, white = np.zeros((3, 4, 3), np.uint8), np.full((3, 4, 3), 255, np.uint8)
    assert psnr(black, black) == math.inf
    assert psnr(black, white) == 0


@pytest.mark.parametrize("amount", [1, 8, 80])
@pytest.mark.parametrize("shape", [(11, 11), (40, 50), (12, 33)])
def test_ssim_agrees_with_scikit_image(shape, amount):
    smooth = picture(3, *shape) // 8 + np.linspace(0, 200, shape[1]).astype(np.uint8)[:, None]
    b = noisy(smooth, amount)
    want = structural_similarity(
        smooth,
        b,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
    )
    assert ssim(smooth, b) == pytest.approx(want, abs=1e-4)


def test_ssim_of_equal_pictures_is_one_and_it_is_symmetric():
    a, b = picture(4), picture(5)
    assert ssim(a, a) == pytest.approx(1, abs=1e-12)
    assert ssim(a, b) == pytest.approx(ssim(b, a), abs=1e-12)


def test_ssim_takes_parts_of_larger_pictures():
    a, b = picture(6), picture(7)
    part = np.s_[5:30, 10:45]
    assert ssim(a[part], b[part]) == ssim(a[part].copy(), b[part].copy())


def test_colourfulness_of_a_plain_picture_is_the_strength_of_its_colour():
    rgb = np.full((5, 6, 3), (200, 100, 50), np.uint8)
    assert colourfulness(rgb) == pytest.approx(0.3 * math.hypot(100, 100), rel=1e-9)


def test_colourfulness_of_two_halves():
    # red: rg = 255, yb = 127.5; cyan: the opposites. Means 0, deviations 255 and 127.5.
    rgb = np.zeros((4, 6, 3), np.uint8)
    rgb[:, :3, 0] = 255
    rgb[:, 3:, 1:] = 255
    assert colourfulness(rgb) == pytest.approx(math.hypot(255, 127.5), rel=1e-9)


@settings(deadline=None)
@given(arrays(np.uint8, (4, 5)))
def test_grey_pictures_have_no_colourfulness(grey):
    assert colourfulness(np.repeat(grey[..., None], 3, axis=-1)) == 0


@pytest.mark.parametrize("compare", [psnr, ssim, delta_e])
def test_pictures_of_two_sizes_are_refused(compare):
    with pytest.raises(PhotoError, match="of 50 x 40 and 40 x 50 pixels cannot be compared"):
        compare(picture(8), picture(8, 50, 40))


def test_pictures_smaller_than_the_window_have_no_ssim():
    with pytest.raises(PhotoError, match="30 x 10 pixels have no SSIM"):
        ssim(picture(9, 10, 30), picture(9, 10, 30))


def test_arrays_that_are_no_pictures_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        colourfulness(np.zeros((4, 5, 3), np.float32))
    with pytest.raises(ValueError, match="uint8"):
        psnr(np.zeros((4, 5), np.uint8), np.zeros((4, 5), np.uint8))
    with pytest.raises(ValueError, match="one shape"):
        ciede2000(np.zeros((4, 3), np.float32), np.zeros((5, 3), np.float32))


def test_the_map_has_the_mean(rng):
    a, b = rng.integers(0, 256, (2, 9, 13, 3), np.uint8)
    difference = delta_e_map(a, b)
    assert difference.shape == (9, 13)
    assert delta_e(a, b) == pytest.approx(difference.mean(), rel=1e-5)
    assert not delta_e_map(a, a).any()
