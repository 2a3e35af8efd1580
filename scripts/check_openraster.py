"""Open our OpenRaster file in Krita and compare what it makes of the layers with our own picture.

Krita must be on the path; without a screen, run it under xvfb-run.

Usage: python scripts/check_openraster.py
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from handtint import colorize, demo
from handtint.studio.exports import write_layers


def main() -> None:
    """Print the version of Krita and by how many code values the pictures differ."""
    result = colorize(demo.PHOTO, demo.STROKES, "blending")
    version = subprocess.run(["krita", "--version"], capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as name:
        layers, theirs = Path(name) / "layers.ora", Path(name) / "krita.png"
        write_layers(result, layers)
        order = ["krita", "--export", "--export-filename", str(theirs), str(layers)]
        subprocess.run(order, check=True, capture_output=True)
        with Image.open(theirs) as picture:
            opened = np.asarray(picture.convert("RGB"), int)
    difference = np.abs(opened - result.picture())
    print(version.stdout.strip())
    print(f"mean {difference.mean():.2f}, largest {difference.max()} code values of 255")


if __name__ == "__main__":
    main()
