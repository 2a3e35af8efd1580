"""Photos, masks and marked photos for the tests of hints."""

import io

import numpy as np
from PIL import Image
from scipy import ndimage

from handtint.hints import Stroke, StrokeDocument

INKS = ((200, 80, 60), (40, 160, 70), (60, 90, 220), (240, 220, 90))


def mask(seed, shape=(240, 320), width=(14.0, 26.0), inks=INKS, strokes=9):
    """A hard-edged RGB mask of random strokes."""
    rng = np.random.default_rng(seed)
    document = StrokeDocument(shape)
    for n in range(strokes):
        start = rng.uniform(0.1, 0.9, (1, 2)) * shape
        path = np.cumsum(np.concatenate([start, rng.normal(0, 25, (4, 2))]), axis=0)
        points = tuple((float(y), float(x)) for y, x in path)
        document = document.with_stroke(
            Stroke(points, float(rng.uniform(*width)), inks[n % len(inks)])
        )
    return document.to_mask()


def photo(seed, shape=(240, 320)):
    """A grey picture with smooth parts, edges and grain."""
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), 12)
    steps = ndimage.gaussian_filter(rng.normal(size=shape), 25) > 0
    light = 120 + 700 * smooth + 60 * steps + rng.normal(0, 2, shape)
    return np.clip(light, 0, 255).astype(np.uint8)


def jpeg(picture, quality, subsampling=2):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(stream).convert("RGB"))
