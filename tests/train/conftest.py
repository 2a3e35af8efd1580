"""Photographs from which a small network learns something in a few steps."""

import numpy as np
import pytest
from PIL import Image

TONES = np.array([(30, 40, 90), (110, 85, 40), (90, 115, 185), (205, 165, 95), (190, 215, 250)])


@pytest.fixture
def folder(tmp_path, rng):
    """Small pictures in blue and ochre: which, follows from the lightness by no simple curve."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for n in range(14):
        rgb = TONES[rng.integers(len(TONES), size=(4, 5))].repeat(12, 0).repeat(12, 1)
        rgb = rgb + rng.normal(0, 4, rgb.shape)
        Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8)).save(folder / f"{n}.png")
    return folder
