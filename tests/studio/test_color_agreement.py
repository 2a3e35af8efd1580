"""The page shows the colours that the export writes: its maths is that of `handtint.color`."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from handtint.color import names, reduce_chroma, space
from handtint.resample import joint_upsample

RUNNER = Path(__file__).parent / "js" / "colours.js"


def ask(question):
    """What the page's modules answer, as arrays."""
    run = subprocess.run(
        ["node", str(RUNNER)],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=True,
    )
    return {key: np.array(value) for key, value in json.loads(run.stdout).items()}


def some_colours(rng, count):
    """Lightness and chroma: within the gamut, far outside it, and at both ends of lightness."""
    lightness = rng.uniform(0, 100, count)
    lightness[:40] = np.linspace(0, 1, 40)
    lightness[40:80] = np.linspace(99, 100, 40)
    size = rng.choice([5, 30, 90, 400], count)[:, None]
    return lightness.astype(np.float32), (rng.uniform(-1, 1, (count, 2)) * size).astype(np.float32)


@pytest.mark.parametrize("name", names())
def test_the_page_computes_the_same_colours(name, rng):
    model = space(name)
    lightness, chroma = some_colours(rng, 4000)
    rgb = rng.integers(0, 256, (1000, 3), dtype=np.uint8)
    vividness, opacity = 1.7, 0.85
    codes = rng.integers(0, 256, (37, 53), dtype=np.uint8)
    coarse = rng.uniform(0, 100, (9, 13)).astype(np.float32)
    coarse_chroma = rng.normal(0, 30, (9, 13, 2)).astype(np.float32)
    got = ask(
        {
            "space": name,
            "rgb": rgb.tolist(),
            "colours": np.column_stack([lightness, chroma]).tolist(),
            "vividness": vividness,
            "opacity": opacity,
            "codes": codes.tolist(),
            "coarse": coarse.tolist(),
            "chroma": coarse_chroma.tolist(),
        }
    )
    assert np.abs(got["table"] - model.lightness_table(8)).max() < 1e-5

    light, ab = model.from_codes(rgb)
    assert np.abs(got["split"] - np.column_stack([light, ab])).max() < 1e-4

    reduced = reduce_chroma(model, lightness, chroma)
    assert np.abs(got["reduced"] - reduced).max() < 1e-3

    kept = reduce_chroma(model, lightness, np.float32(vividness) * chroma)
    picture = model.recompose(lightness[None], (np.float32(opacity) * kept)[None])[0]
    off = np.abs(got["composed"] - picture.astype(int))
    assert off.max() <= 1
    assert (off > 0).mean() < 0.01

    upsampled = joint_upsample(coarse_chroma, coarse, model.lightness_table(8)[codes])
    assert np.abs(got["upsampled"] - upsampled).max() < 1e-3
