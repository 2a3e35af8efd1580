"""Small photos and commands for the tests of the studio."""

import io

import numpy as np
from PIL import Image


def png(shape=(30, 40), seed=1):
    """A grey picture as the bytes of a PNG."""
    gray = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    file = io.BytesIO()
    Image.fromarray(gray).save(file, "PNG")
    return file.getvalue()


def mask(shape=(30, 40)):
    """A mask with one rectangle as the bytes of a PNG."""
    picture = np.zeros((*shape, 3), np.uint8)
    picture[2:9, 3:20] = (200, 30, 40)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def add(name, kind="color", points=((3, 4), (20, 30.5)), width=5.0):
    """The command that adds a stroke."""
    color = [200, 60, 40] if kind == "color" else None
    stroke = {"id": name, "kind": kind, "color": color, "width": width}
    return {"op": "add", "stroke": {**stroke, "points": [list(point) for point in points]}}
