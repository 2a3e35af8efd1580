import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handtint.color import names, reduce_chroma, space

every_space = pytest.mark.parametrize("colours", [space(n) for n in names()], ids=names())

lightnesses = arrays(np.float32, 8, elements=st.floats(0, 100, width=32))
chromas = arrays(np.float32, (8, 2), elements=st.floats(-200, 200, width=32))
extreme_chromas = arrays(np.float32, (8, 2), elements=st.floats(-1e4, 1e4, width=32))


@every_space
@settings(deadline=None)
@given(lightness=lightnesses, chroma=chromas | extreme_chromas)
def test_the_result_is_in_the_gamut(colours, lightness, chroma):
    rgb = colours.to_rgb(lightness, reduce_chroma(colours, lightness, chroma))
    assert rgb.min() >= -1e-4 and rgb.max() <= 1 + 1e-4


@every_space
@settings(deadline=None)
@given(lightness=lightnesses, chroma=chromas | extreme_chromas)
def test_only_the_length_of_the_chroma_changes_and_never_grows(colours, lightness, chroma):
    reduced = reduce_chroma(colours, lightness, chroma)
    wide, narrow = chroma.astype(np.float64), reduced.astype(np.float64)
    length, shorter = np.hypot(*wide.T), np.hypot(*narrow.T)
    cross = wide[:, 0] * narrow[:, 1] - wide[:, 1] * narrow[:, 0]
    assert (shorter <= length).all()
    assert (np.abs(cross) <= 1e-6 * length * shorter + 1e-30).all()
    assert ((wide * narrow).sum(axis=1) >= 0).all()


@every_space
@settings(deadline=None)
@given(lightness=lightnesses, chroma=chromas | extreme_chromas)
@example(lightness=np.full(1, 1e-45, np.float32), chroma=np.array([[1, 4]], np.float32))
@example(lightness=np.full(1, 1.3e-38, np.float32), chroma=np.array([[1, 4]], np.float32))
def test_reducing_twice_is_reducing_once(colours, lightness, chroma):
    once = reduce_chroma(colours, lightness, chroma)
    np.testing.assert_array_equal(reduce_chroma(colours, lightness, once), once)


@every_space
@pytest.mark.parametrize("bits", [8, 16])
def test_colours_inside_the_gamut_are_untouched(colours, bits):
    top = (1 << bits) - 1
    codes = np.random.default_rng(17).integers(0, top, (6, 500, 3), f"uint{bits}", endpoint=True)
    for face in range(3):
        codes[2 * face, :, face] = 0
        codes[2 * face + 1, :, face] = top
    codes[:, :50] = codes[:, :50] // (top // 2) * (top // 2)
    lightness, chroma = colours.from_codes(codes)
    np.testing.assert_array_equal(reduce_chroma(colours, lightness, chroma), chroma)


@every_space
@settings(deadline=None)
@given(lightness=arrays(np.float32, 8, elements=st.floats(-20, 120, width=32)))
def test_neutral_stays_neutral(colours, lightness):
    assert not reduce_chroma(colours, lightness, np.zeros((8, 2), np.float32)).any()


@every_space
@settings(deadline=None)
@given(chroma=chromas | extreme_chromas)
def test_black_white_and_what_is_beyond_have_no_chroma(colours, chroma):
    for lightness in (0, 100, -1, 101):
        reduced = reduce_chroma(colours, np.full(8, lightness, np.float32), chroma)
        assert np.abs(reduced).max() <= 1e-3


@every_space
def test_no_larger_chroma_is_in_the_gamut(colours):
    rng = np.random.default_rng(19)
    lightness = rng.uniform(1, 99, 300).astype(np.float32)
    hue = rng.uniform(0, 2 * np.pi, 300)
    if colours.name == "lab":
        # The sliver next to pure yellow, in which a ray crosses the boundary more than once.
        degrees = np.degrees(hue)
        keep = (lightness < 92) | (degrees < 97) | (degrees > 107)
        lightness, hue = lightness[keep], hue[keep]
    chroma = (250 * np.stack([np.cos(hue), np.sin(hue)], axis=-1)).astype(np.float32)
    found = np.hypot(*reduce_chroma(colours, lightness, chroma).T) / 250

    steps = np.linspace(0, 1, 2001, dtype=np.float32)
    rays = steps[None, :, None] * chroma[:, None, :]
    rgb = colours.to_rgb(np.repeat(lightness[:, None], steps.size, axis=1), rays)
    within = (rgb.min(axis=-1) >= 0) & (rgb.max(axis=-1) <= 1)
    largest = steps[steps.size - 1 - np.argmax(within[:, ::-1], axis=1)]
    assert (found >= largest - 1e-5).all()
    assert (found <= largest + steps[1] + 1e-5).all()


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="chroma has shape"):
        reduce_chroma(space("lab"), np.zeros((3, 4), np.float32), np.zeros((3, 4, 3), np.float32))
