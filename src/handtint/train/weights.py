"""Making the coefficients that ship with the package: edge weights, then the hint kernel.

Photographs are divided by their names alone: one in ten is kept aside, of the others three in ten
teach the edges and the rest the kernel, because a kernel that sees the edges' own photographs
trusts the edges too much.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from handtint import coefficients, metrics
from handtint.coefficients import Coefficients, Informed, Reweighter
from handtint.coefficients.perceptron import Perceptron
from handtint.color import space
from handtint.colorizer import Colorizer
from handtint.errors import PhotoError
from handtint.io.atomic import replacing
from handtint.methods.blending import Blending
from handtint.methods.harmonic import Harmonic
from handtint.train import edges, kernel, photos
from handtint.train.examples import GRID, Example
from handtint.train.perceptron import Schedule
from handtint.train.survey import Split, look, split
from handtint.types import HintMap

HELD_OUT = 60
"""Photographs kept aside that the comparison looks at, at most."""

Tell = Callable[[str], None]
Learned = TypeVar("Learned", Coefficients, Informed, Reweighter)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is trained, on what, and for how long.

    Parameters
    ----------
    licence : {"any", "open"}
        Which photographs are taken.
    photos : int
        Photographs to learn from, at most.
    edge_steps, kernel_steps : int
        Steps of the two trainings.
    seed : int
        Seed of everything random.
    """

    licence: photos.Licence = "any"
    photos: int = 2000
    edge_steps: int = 800
    kernel_steps: int = 800
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over photographs kept aside, with the same hints for every set of coefficients.

    Parameters
    ----------
    hints : str
        What the photographs were coloured from.
    method : str
        The method that uses the coefficients.
    psnr : float
        Of the 8-bit RGB picture, in dB.
    delta_e : float
        Mean CIEDE2000.
    """

    hints: str
    method: str
    psnr: float
    delta_e: float


def choose(folder: Path, settings: Settings, tell: Tell, *, only: str = "") -> Split:
    """Photographs of a folder (`handtint.train.photos`) to learn from, and those kept aside."""
    found = photos.find(folder, licence=settings.licence, min_side=GRID - 6, only=only)
    order = np.random.default_rng(settings.seed).permutation(len(found))[: settings.photos]
    tell(f"looking at {len(order)} photos")
    return split(look([found[i] for i in sorted(order)], tell), tell)


def train(sources: Sequence[photos.Source], settings: Settings, tell: Tell) -> Coefficients:
    """Learn both models from photographs.

    Parameters
    ----------
    sources : sequence of Source
        Those to learn from.
    settings : Settings
        What, on what, and for how long.
    tell : callable
        Told, a line each, what happens.

    Returns
    -------
    Coefficients
        With a card that has everything but the figures.

    Raises
    ------
    PhotoError
        When there are too few photographs.
    """
    parts = [[s for s in sources if teaches_edges(s.name) == n] for n in (True, False)]
    if min(map(len, parts)) < 2:
        raise PhotoError(f"only {len(sources)} photos to learn from; give more")
    rng = np.random.default_rng(settings.seed)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tell(f"edges: reading {len(parts[0])} photos")
        items = list(pool.map(edges.EdgeExample.of, examples_of(parts[0], tell)))
        model = edges.train(items, told("edges", settings.edge_steps, tell), rng)
        del items
        tell(f"kernel: reading {len(parts[1])} photos")
        cases = _cases(parts[1], model, rng, pool, tell)
    tell(f"kernel: {len(cases)} examples")
    found = kernel.train(cases, told("kernel", settings.kernel_steps, tell), rng)
    card = {
        "made": date.today().isoformat(),
        "photos": {"edges": len(parts[0]), "kernel": len(parts[1])},
        "licences": photos.licences(sources),
        "seed": settings.seed,
        "steps": {"edges": settings.edge_steps, "kernel": settings.kernel_steps},
    }
    return Coefficients(model, found, card)


def held_out(sources: Sequence[photos.Source], tell: Tell) -> list[Example]:
    """Of photographs that are kept aside, at most `HELD_OUT`."""
    return list(examples_of(sources[:HELD_OUT], tell))


def methods_of(path: str) -> dict[str, Colorizer]:
    """The methods that a set of coefficients is compared with others by."""
    return {
        "blending": Blending(coefficients=path),
        "harmonic, learned weights": Harmonic(law="learned", coefficients=path),
    }


def figures(
    methods: Mapping[str, Colorizer], examples: Sequence[Example], seed: int
) -> list[Figures]:
    """What methods reach on photographs kept aside.

    Parameters
    ----------
    methods : mapping of str to Colorizer
    examples : sequence of Example
        The photographs.
    seed : int
        Seed of the hints.
    """
    rows: list[Figures] = []
    for kind, make in _HINTS.items():
        reached: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
        for example in examples:
            rng = np.random.default_rng([seed, zlib.crc32(example.name.encode())])
            hints = make(example, rng)
            for name, method in methods.items():
                chroma = method.prepare(example.lightness)(hints).chroma
                rgb = np.asarray(space("lab").recompose(example.lightness, chroma), np.uint8)
                reached[name].append(
                    (metrics.psnr(rgb, example.rgb), metrics.delta_e(rgb, example.rgb))
                )
        rows += [
            Figures(kind, name, *map(float, np.mean(values, axis=0)))
            for name, values in reached.items()
        ]
    return rows


def with_figures(found: Learned, rows: Sequence[Figures], count: int) -> Learned:
    """Coefficients whose card tells what they reach on ``count`` photographs kept aside."""
    reached: list[dict[str, Any]] = [
        {
            "hints": r.hints,
            "method": r.method,
            "psnr": round(r.psnr, 3),
            "delta_e": round(r.delta_e, 3),
        }
        for r in rows
    ]
    return replace(found, card={**found.card, "held_out": {"photos": count, "figures": reached}})


def save(found: Learned, path: Path) -> None:
    """Write the arrays to ``path`` and the card beside it."""
    arrays, card = coefficients.save(found)
    for target, content in ((path, arrays), (path.with_suffix(".json"), card)):
        with replacing(target, force=True) as file:
            file.write(content)


_HINTS: dict[str, Callable[[Example, np.random.Generator], HintMap]] = {
    "10 points": lambda e, rng: e.points(10, 5, rng),
    "50 points": lambda e, rng: e.points(50, 5, rng),
    "24 strokes": lambda e, rng: e.strokes(24, 2.0, rng),
}


def teaches_edges(name: str) -> bool:
    """Whether a photograph teaches the edges, and not the kernel, by its name alone."""
    return zlib.crc32(f"part/{name}".encode()) % 10 < 3


def examples_of(sources: Sequence[photos.Source], tell: Tell) -> Iterator[Example]:
    """Photographs on the grid of the models, as they are read."""
    for source, rgb in photos.read(sources, warn=tell):
        yield Example.of(source.name, rgb)


def _cases(
    sources: Sequence[photos.Source],
    model: Perceptron,
    rng: np.random.Generator,
    pool: Executor,
    tell: Tell,
) -> list[kernel.Case]:
    def make(example: Example, seed: int) -> kernel.Case | None:
        own = np.random.default_rng(seed)
        return kernel.case(example, example.random_hints(own), model, own)

    seeds = (int(s) for s in rng.integers(1 << 62, size=len(sources)))
    return [c for c in pool.map(make, examples_of(sources, tell), seeds) if c is not None]


def told(name: str, steps: int, tell: Tell) -> Schedule:
    """A schedule that tells how far it is."""
    return Schedule(steps, lambda done, value: tell(f"{name}: {done:.0%}, loss {value:.3f}"))
