"""Make a large scan to measure with: a 24-megapixel 16-bit grey TIFF and a mask with 40 strokes.

Usage: python scripts/make_scan.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from handtint import demo

SHAPE = (4800, 5000)


def main(folder: Path) -> None:
    """Write big.tif (the demonstration photo, enlarged, with grain) and mask.png."""
    rng = np.random.default_rng(0)
    with Image.open(demo.PHOTO) as photo:
        size = (SHAPE[1], SHAPE[0])
        gray = np.asarray(photo.convert("L").resize(size, Image.Resampling.BICUBIC))
    codes = gray.astype(np.float32) * 257 + rng.normal(0, 300, SHAPE)
    tifffile.imwrite(folder / "big.tif", np.clip(codes, 0, 65535).astype(np.uint16))
    mask = np.zeros((*SHAPE, 3), np.uint8)
    for _ in range(40):
        y, x = rng.integers(0, SHAPE[0] - 40), rng.integers(0, SHAPE[1] - 500)
        mask[y : y + 40, x : x + 500] = rng.integers(40, 220, 3)
    Image.fromarray(mask).save(folder / "mask.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
