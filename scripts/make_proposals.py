"""Make docs/proposals.md and its pictures: what the networks propose for old photographs.

Usage: python scripts/make_proposals.py docs --photos FOLDER [FOLDER ...] --every 8
           --plates PLATES COLOURS --every-plate 4 --credit "Credit line."

Of each folder the first, and then every N-th picture by name is taken, so that nobody chooses the
best ones. PLATES holds photographs through one filter, COLOURS the same scenes in true colours, in
the same order of names.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import handtint
from handtint.io import read_rgb
from handtint.simulate import pictures

Picture = NDArray[np.uint8]

SIDE = 420
GAP = 6
QUALITY = 80

# What was seen, with the networks and defaults of that time; look again when they change.
NOTES = {
    "LC-DIG-fsa-8a28768": "Skin, hair and weathered wood come naturally.",
    "LC-USF33-011555": (
        "A crowd takes one brownish tint: hats, shirts and faces hardly differ; the boards are "
        "good."
    ),
    "LC-USF33-012971": (
        "Warm light and shade, near to sepia. The overalls stay brown; denim would have been blue."
    ),
    "LC-USF34-005141": "Skin is good. The mount around the photograph takes a faint tint.",
    "LC-USF34-021142": "Trees and wood are good; overalls and machine turn violet for no reason.",
    "LC-USF34-042156": "What the networks know best: a meadow, and clouds that stay white.",
    "LC-USF34-063160": "Everything takes one tan tint: what is unknown is pale brown.",
    "LC-USW3-001273": "Skin and hair are good, the coat is white; the wall is yellowish.",
    "LC-USW3-019525": "Sky and snow are good; the blue roof and the reddish smoke are invented.",
    "LC-USW3-040499": "Skin and curtains are good; a dark uniform is blue with a purple sleeve.",
    "acanthus-mollis_image": "The sepia goes; blank paper becomes a pale blue sky.",
    "nagasaki-boats_image": "Sky and hills are plausible; the boats stay nearly grey.",
    "pg_00056_green_plate": (
        "A plausible valley; the plates are damaged, which shows most in the true colours."
    ),
    "pg_00458_green_plate": (
        "Trees, sky and gravel are near; the black engine turns brown, its red beam is missed."
    ),
    "pg_00963_green_plate": "Gold and red of the doors are missed altogether.",
    "pg_01598_green_plate": "The garden is near; the red of dress and carpet is nearly lost.",
}


def side_by_side(tiles: Sequence[Picture], path: Path) -> None:
    """Pictures in a row, brought to one height, as one WebP."""
    height = min(SIDE * tile.shape[0] // max(tile.shape[:2]) for tile in tiles)
    small = []
    for tile in tiles:
        picture = Image.fromarray(tile).convert("RGB")
        width = round(picture.width * height / picture.height)
        small.append(picture.resize((width, height), Image.Resampling.LANCZOS))
    whole = Image.new("RGB", (sum(p.width + GAP for p in small) - GAP, height), "white")
    left = 0
    for picture in small:
        whole.paste(picture, (left, 0))
        left += picture.width + GAP
    whole.save(path, quality=QUALITY, method=6)


def entry(photo: Path, truth: Path | None, folder: Path) -> str:
    """Colour a photograph, write the row of pictures, and give its text."""
    proposed = np.asarray(handtint.colorize(photo).picture())
    tiles = [read_rgb(photo), proposed]
    if truth is not None:
        tiles.append(read_rgb(truth))
    side_by_side(tiles, folder / f"{photo.stem}.webp")
    note = f"{NOTES[photo.stem]}\n\n" if photo.stem in NOTES else ""
    return f"### {photo.stem}\n\n{note}![{photo.stem}](images/proposals/{photo.stem}.webp)\n"


def main() -> None:
    """Write proposals.md and its pictures below the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("docs", type=Path, help="folder for proposals.md and images/proposals")
    parser.add_argument("--photos", type=Path, nargs="*", default=[], help="folders of photographs")
    parser.add_argument("--every", type=int, default=8, help="take every N-th of a folder")
    parser.add_argument("--every-plate", type=int, default=4, help="take every N-th plate")
    parser.add_argument("--plates", type=Path, nargs=2, metavar=("PLATES", "COLOURS"))
    parser.add_argument("--credit", action="append", default=[], help="a credit line")
    arguments = parser.parse_args()
    folder = arguments.docs / "images" / "proposals"
    folder.mkdir(parents=True, exist_ok=True)
    page = [
        "# What the networks propose\n\n`handtint colorize PHOTO`, no strokes, defaults: the photo,"
        " and what comes. The first picture of\neach folder and then every "
        f"{arguments.every}th by name, so nobody chose the best ones.\n`scripts/make_proposals.py` "
        "made this page. The colours are guesses, not what was there.\n"
    ]
    page += [f"{line}\n" for line in arguments.credit]
    for place in arguments.photos:
        for photo in pictures.find([place])[:: arguments.every]:
            page.append(entry(photo, None, folder))
    if arguments.plates:
        page.append(
            "## Beside the true colours\n\nPlates through a green filter, what comes, and the true "
            "colours, which were put together from\nthree such plates.\n"
        )
        plates, colours = (pictures.find([place]) for place in arguments.plates)
        if len(plates) != len(colours):
            parser.error(f"{len(plates)} plates and {len(colours)} colour pictures; give pairs")
        pairs = list(zip(plates, colours, strict=True))
        page += [entry(plate, colour, folder) for plate, colour in pairs[:: arguments.every_plate]]
    (arguments.docs / "proposals.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
