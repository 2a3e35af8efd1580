"""Make docs/gallery.md and its pictures: every method on the same strokes, side by side.

Usage: python scripts/make_gallery.py docs --truth KODAK/04.png KODAK/23.png
           --old PHOTO.jpg examples/strokes/STROKES.jsonl "Credit line."
           --old PHOTO.jpg examples/strokes/STROKES.jsonl "Credit line."

Methods are those that are registered, also by other packages, baselines left out except the
reference; --methods names others. Where the true colours are known, a second sheet shows the
CIEDE2000 differences.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from handtint import color, demo, metrics, pipeline, registry
from handtint.bench import regions
from handtint.bench.hints import default_methods, parse_method
from handtint.bench.report import REFERENCE
from handtint.io import read_photo, read_rgb
from handtint.resample import fit, reduce_area
from handtint.simulate import pictures
from handtint.simulate.hints import simulate
from handtint.types import HintMap, Plane

Picture = NDArray[np.uint8]

LAB = color.space("lab")
COLUMNS = 4
BOX = (320, 240)
CAPTION = 20
JPEG_QUALITY = 82
LARGEST_DIFFERENCE = 20.0
SEED = 3

# What was seen on these scenes, with the defaults at that time; look again when they change.
NOTES = {
    "assisted": (
        "Things are taken whole: the ball keeps its shape, the stripes are filled, the ground "
        "behind the red bird takes no red. A faint halo of the ball's red stands in the sky around "
        "it, and the sky between the bars takes some of the box's colour."
    ),
    "blending": (
        "Keeps to the borders of things: roof, window frames and trousers take no colour from "
        "their surroundings. A thing without a stroke stays pale, highlights lose colour, and a "
        "faint fringe of a third colour can stand along a border between two."
    ),
    "biharmonic": (
        "Carries slopes of colour on, so soft shading and the space far from strokes come out "
        "well; near strong edges it blurs, and it does not get between bars and stripes."
    ),
    "fast": (
        "A preview. Its smoothing along rows and columns reaches past bars and stripes, where "
        "others stop; the price is colour that leaks in crosses, and stains in grain."
    ),
    "geodesic": (
        "Every pixel mixes the strokes that are nearest by the path over the lightness: vivid "
        "everywhere, with clear borders between strokes. Grain lengthens paths by chance, which "
        "makes stains; a stroke that is missing is not made up for."
    ),
    "gtv": (
        "Flat colour with narrow transitions, vivid far from strokes. Where a thing has no stroke, "
        "it takes one neighbour's colour whole, right or wrong."
    ),
    "harmonic": (
        "Colour flows far through soft shading and grain and stops at clear edges. It fades around "
        "a single point, leaks where an edge has no contrast, and does not enter what is cut off "
        "from its strokes: between bars and stripes it takes the colours from elsewhere."
    ),
    "levin": (
        "It follows the contrast relative to its surroundings, so it sees faint edges, and grain "
        "and shading hold colour up: parts that are far from a stroke stay pale."
    ),
    "levin-exact": (
        "The classic, for comparison: good near strokes, pale far from them and in grain; slow."
    ),
    "neural": (
        "It knows whole things and follows strokes softly, without holding them; colour runs over "
        "borders by some pixels, as around the ball and the box."
    ),
    "nonlocal": (
        "It joins pixels that look alike, so one point colours all stripes, and far parts of one "
        "material. What looks alike and is not is stained: the sky between the bars turns yellow."
    ),
    "reweighted": (
        "Variational, corrected by its own first result and drawn to strokes that look alike: the "
        "ball is whole, the box one colour, the red bird's beak white and the ground behind it "
        "nearly free of red; cloth is dimmer in its folds. Between the bars, where strokes of "
        "several colours are as near and as much alike, it mixes them to a dull grey."
    ),
    "semantic": (
        "Blending, with fewer mistakes between things of different kinds: the ground behind the "
        "red bird and the curtain beside the red hat stay free of red, and the ball is filled "
        "further. As in blending, a thing without a stroke stays pale."
    ),
    "tgv": "Near to harmonic on these scenes: slopes are kept, edges a little tighter.",
    "tv": (
        "Flat colour inside clear borders. A single point does not hold a large thing, since to "
        "give it up costs only the short border around the point: the ball turns blue."
    ),
    "variational": (
        "Graph total variation, a weak bilaplacian and a pull to grey, on learned edge weights: "
        "borders nearly as clear as those of blending, and what has no stroke is paler than with "
        "harmonic. Small strokes spread too far: lip colour reaches the cheeks."
    ),
}


@dataclass(frozen=True)
class Scene:
    """A picture to colour: its lightness, its strokes and, where known, its colours."""

    name: str
    title: str
    text: str
    lightness: Plane
    hints: HintMap
    truth: Picture | None = None


@dataclass(frozen=True)
class Entry:
    """What one method made of a scene."""

    method: str
    picture: Picture
    difference: Plane | None


def truth_scene(path: Path, size: int) -> Scene:
    """A colour photograph and 24 simulated strokes with its colours."""
    rgb = pictures.resize(read_rgb(path), size)
    lightness, chroma = LAB.from_codes(rgb)
    hints = simulate("strokes", 24, rgb, chroma, protocol="uniform", seed=SEED, name=path.name)
    return Scene(
        f"kodak-{path.stem}",
        f"Kodak {path.stem}",
        "24 simulated strokes. Kodak lossless true colour suite, released for unrestricted use.",
        lightness,
        hints,
        rgb,
    )


def old_scene(photo_path: Path, strokes_path: Path, title: str, text: str, size: int) -> Scene:
    """A black-and-white photograph and strokes that a person painted."""
    photo = read_photo(photo_path)
    strokes = pipeline.read_strokes(strokes_path, photo)
    shape = fit((photo.gray.shape[0], photo.gray.shape[1]), size)
    lightness = reduce_area(LAB.lightness_table(photo.bits)[photo.gray], shape)
    return Scene(photo_path.stem, title, text, lightness, strokes.hint_map(shape, "lab"))


def invented_scene(size: int) -> Scene:
    """A made-up scene with known difficulties, and one square of hints in each thing."""
    height, width = size * 3 // 4, size
    rng = np.random.default_rng(SEED)
    y, x = np.mgrid[:height, :width] / np.float64(size)
    lightness = 62 + 25 * y
    chroma = np.stack([-8 + 20 * x, -32 + 45 * y], axis=2)

    def put(inside: NDArray[np.bool_], light: NDArray[np.float64], ab: tuple[float, float]) -> None:
        lightness[inside] = light[inside]
        chroma[inside] = ab

    grain = rng.normal(size=(height, width))
    put(y > 0.45, 48 + 9 * gaussian_filter(grain, 1.0) / 0.28, (-22, 26))
    put(np.hypot(x - 0.25, y - 0.3) < 0.14, 45 + 120 * (x - 0.11), (45, 25))
    stripes = 50 + 28 * np.sign(np.sin(2 * np.pi * 24 * (x + y)))
    put((abs(x - 0.75) < 0.15) & (abs(y - 0.5) < 0.16), stripes, (8, 40))
    put((y < 0.45) & (np.abs((x * 24) % 1 - 0.5) < 0.1) & (x > 0.45), np.full_like(y, 25), (15, 20))
    rgb = np.asarray(
        LAB.recompose(lightness.astype(np.float32), chroma.astype(np.float32)), np.uint8
    )
    lightness, chroma = LAB.from_codes(rgb)
    hints = HintMap.empty((height, width))
    for row, column in (
        (0.05, 0.05), (0.05, 0.42), (0.38, 0.05), (0.38, 0.42), (0.1, 0.95), (0.6, 0.1),
        (0.65, 0.5), (0.3, 0.25), (0.5, 0.75), (0.2, 0.521), (0.7, 0.9),
    ):  # fmt: skip
        i, j = round(row * size), round(column * size)
        square = (slice(i - 2, i + 3), slice(j - 2, j + 3))
        hints.chroma[square], hints.weight[square] = chroma[i, j], 1
    text = (
        "Invented: a sky whose chroma rises linearly, thin bars before it, a ball whose edge has "
        "no contrast on one side, stripes of one colour, a meadow of grain. One point in each, "
        "five in the sky."
    )
    return Scene("invented", "An invented scene", text, lightness, hints, rgb)


def coloured(scene: Scene, method: str) -> Entry:
    """Colour a scene by a method, and compare."""
    found = parse_method(method).prepare(scene.lightness)(scene.hints)
    picture = np.asarray(LAB.recompose(scene.lightness, found.chroma), np.uint8)
    difference = None if scene.truth is None else metrics.delta_e_map(picture, scene.truth)
    return Entry(method, picture, difference)


def strokes_over(scene: Scene) -> Picture:
    """The strokes over the grey picture, which is made lighter so that they stand out."""
    grey = np.asarray(LAB.recompose(scene.lightness, np.zeros_like(scene.hints.chroma)), np.uint8)
    light = np.full_like(scene.lightness, 60)
    ink = np.asarray(LAB.recompose(light, scene.hints.chroma), np.uint8)
    pale = (128 + grey // 2).astype(np.uint8)
    return np.where(scene.hints.weight[..., None] > 0, ink, pale)


def heat(difference: Plane) -> Picture:
    """Difference as a picture: black 0, through red and yellow, white `LARGEST_DIFFERENCE`."""
    t = 3 * np.clip(difference / LARGEST_DIFFERENCE, 0, 1)[..., None]
    return (255 * np.clip(t - np.arange(3), 0, 1)).astype(np.uint8)


def sheet(tiles: Sequence[tuple[str, Picture]], path: Path) -> None:
    """Captioned pictures in rows of `COLUMNS`, as one JPEG."""
    height, width, _ = tiles[0][1].shape
    scale = min(BOX[0] / width, BOX[1] / height)
    size = (round(width * scale), round(height * scale))
    rows = -(-len(tiles) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * size[0], rows * (size[1] + CAPTION)), "white")
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(13)
    for n, (caption, picture) in enumerate(tiles):
        left, top = n % COLUMNS * size[0], n // COLUMNS * (size[1] + CAPTION)
        draw.text((left + 3, top + 2), caption, fill="black", font=font)
        small = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
        whole.paste(small, (left, top + CAPTION))
    whole.save(path, quality=JPEG_QUALITY, optimize=True)


def figures(scene: Scene, entries: Sequence[Entry]) -> str:
    """Table of differences, best first, and a sentence on who is best where."""
    near = regions.edges(scene.lightness)
    parts = {
        "all": np.ones_like(near),
        "edges": near,
        "texture": regions.texture(scene.lightness, near),
        "far": regions.farthest(scene.hints),
    }
    means = {
        e.method: [regions.mean_within(e.difference, p) or 0 for p in parts.values()]
        for e in entries
        if e.difference is not None
    }
    lines = [
        "| method | CIEDE2000 | near edges | in texture | far from strokes |",
        "|---|---|---|---|---|",
    ]
    for method, values in sorted(means.items(), key=lambda item: item[1]):
        lines.append(f"| `{method}` | " + " | ".join(f"{v:.2f}" for v in values) + " |")
    best = [min(means, key=lambda m, k=k: means[m][k]) for k in range(len(parts))]
    worst = max(means, key=lambda m: means[m][0])
    lines += [
        "",
        f"Least difference: `{best[0]}`; near edges `{best[1]}`, in texture `{best[2]}`, far from "
        f"strokes `{best[3]}`. Largest: `{worst}`.",
    ]
    return "\n".join(lines)


def section(scene: Scene, methods: Sequence[str], folder: Path) -> str:
    """Colour a scene by all methods, write its sheets, and give its text."""
    entries = [coloured(scene, method) for method in methods]
    first = [("strokes", strokes_over(scene))]
    if scene.truth is not None:
        first.append(("truth", scene.truth))
    sheet([*first, *((e.method, e.picture) for e in entries)], folder / f"{scene.name}.jpg")
    text = (
        f"## {scene.title}\n\n{scene.text}\n\n![{scene.title}](images/gallery/{scene.name}.jpg)\n"
    )
    if scene.truth is not None:
        name = f"{scene.name}-difference.jpg"
        maps = [(e.method, heat(e.difference)) for e in entries if e.difference is not None]
        sheet(maps, folder / name)
        text += (
            f"\nDifference to the truth, black 0 to white {LARGEST_DIFFERENCE:g} CIEDE2000:\n\n"
            f"![Differences](images/gallery/{name})\n\n{figures(scene, entries)}\n"
        )
    return text


def described(method: str) -> str:
    """A method's title, formula, source and note."""
    info = registry.load(method.split(":", maxsplit=1)[0]).info
    note = f"{NOTES[method]}\n\n" if method in NOTES else ""
    return (
        f"### {method}\n\n{info.title}.\n\n    {info.energy}\n\n{note}Source: {info.reference}.\n"
    )


def main() -> None:
    """Write gallery.md and its pictures below the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("docs", type=Path, help="folder for gallery.md and images/gallery")
    parser.add_argument("--truth", type=Path, nargs="*", default=[], help="colour pictures")
    parser.add_argument(
        "--old",
        nargs=3,
        action="append",
        default=[],
        metavar=("PHOTO", "STROKES", "CREDIT"),
        help="a photograph, its strokes and a credit line; may be given again",
    )
    parser.add_argument("--methods", help="names with commas between them")
    parser.add_argument("--size", type=int, default=480, help="long side of the grid, in pixels")
    arguments = parser.parse_args()
    methods = [*default_methods(baselines=False), REFERENCE]
    if arguments.methods:
        methods = arguments.methods.split(",")
    folder = arguments.docs / "images" / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    size = arguments.size
    scenes = [truth_scene(path, size) for path in arguments.truth]
    scenes.append(invented_scene(size))
    scenes.append(old_scene(demo.PHOTO, demo.STROKES, "The demonstration", f"{demo.CREDIT}.", size))
    for photo, strokes, credit in arguments.old:
        scenes.append(
            old_scene(
                Path(photo), Path(strokes), f"An old photograph: {Path(photo).stem}", credit, size
            )
        )
    sections = [section(scene, methods, folder) for scene in scenes]
    page = [
        "# Gallery\n\nEvery method with its defaults on the same strokes, in CIE Lab, on a grid "
        f"of\n{size} pixels. `scripts/make_gallery.py` made this page. One picture proves little;\n"
        "[Measurements](measurements.md) has means over many.\n",
        *sections,
        "## The methods\n\nu is the chroma, L the lightness, h the hints.\n",
        *map(described, methods),
    ]
    (arguments.docs / "gallery.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
