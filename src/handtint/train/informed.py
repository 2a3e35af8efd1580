"""Making the hint kernels of methods that ask networks.

The edges are those in the package, so photographs that teach the edges are left out. Nor may the
networks have learned from the photographs: of those they know too much, and would be trusted too
far.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import date

import numpy as np

from handtint.coefficients import Informed, load, load_informed
from handtint.colorizer import Colorizer
from handtint.errors import PhotoError
from handtint.inference.propose import Proposer
from handtint.methods.assisted import Assisted
from handtint.methods.blending import Blending
from handtint.methods.proposing import Proposing
from handtint.methods.semantic import Semantic
from handtint.train import kernel, photos
from handtint.train.examples import Example
from handtint.train.weights import Tell, examples_of, teaches_edges, told
from handtint.types import HintMap

POINTS, STROKES = (1, 120), (4, 36)
"""Numbers of the hints that are learned from."""

DRAWS = 4
"""Times that each photograph is given hints."""

HIDDEN = 32

KERNELS = {"semantic": "kindred", "assisted": "union"}
"""Names of the kernels, by the method that uses them."""


def train(
    sources: Sequence[photos.Source],
    asking: Proposing,
    *,
    wanted: Sequence[str] = tuple(KERNELS.values()),
    steps: int,
    seed: int,
    tell: Tell,
) -> Informed:
    """Learn kernels. What is learned does not depend on which others are.

    Parameters
    ----------
    sources : sequence of Source
        Photographs to learn from; those that teach the edges are left out.
    asking : Proposing
        Which networks are asked, and how.
    wanted : sequence of str
        Which of `KERNELS`; the others are those in the package.
    steps : int
        Steps of each training.
    seed : int
        Seed of everything random.
    tell : callable
        Told, a line each, what happens.

    Returns
    -------
    Informed
        With a card that has everything but the figures.

    Raises
    ------
    PhotoError
        When there are too few photographs.
    MethodUnavailable
        When there is no network.
    """
    sources = [source for source in sources if not teaches_edges(source.name)]
    if len(sources) < 2:
        raise PhotoError(f"only {len(sources)} photos to learn from; give more")
    shipped = load_informed()
    found = {"kindred": shipped.kindred, "union": shipped.union}
    cards = {name: shipped.card[name] for name in found}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tell(f"reading {len(sources)} photos")
        cases = _cases(sources, asking, wanted, seed, pool, tell)
    for name in wanted:
        tell(f"{name}: {len(cases[name])} examples")
        rng, schedule = np.random.default_rng(seed), told(name, steps, tell)
        found[name] = kernel.train(cases[name], schedule, rng, HIDDEN)
        cards[name] = {
            "made": date.today().isoformat(),
            "photos": len(sources),
            "examples": len(cases[name]),
            "licences": photos.licences(sources),
            "networks": [model.card["name"] for model in asking.models()],
            "seed": seed,
            "steps": steps,
        }
    return Informed(found["kindred"], found["union"], cards)


def methods_of(path: str, model: str = "") -> dict[str, Colorizer]:
    """Those that use a set of kernels, with the networks they had, and the one that asks none."""
    return {
        "blending": Blending(),
        "semantic": Semantic(informed=path, model=model),
        "assisted": Assisted(informed=path, model=model),
    }


def _cases(
    sources: Sequence[photos.Source],
    asking: Proposing,
    wanted: Sequence[str],
    seed: int,
    pool: Executor,
    tell: Tell,
) -> dict[str, list[kernel.Case]]:
    """Examples for each of the kernels that are wanted."""
    models = asking.models()
    networks = [model.network for model in models]
    edges = load().edges

    def make(example: Example, seed: int) -> dict[str, list[kernel.Case]]:
        own = np.random.default_rng(seed)
        proposer, shape = Proposer(example.lightness), example.lightness.shape
        seen = proposer.distribution(networks, HintMap.empty(shape))
        found: dict[str, list[kernel.Case]] = {name: [] for name in wanted}
        for _ in range(DRAWS):
            hints = example.random_hints(own, POINTS, STROKES)
            proposals = [
                asking.propose(proposer, models, hints, shape, None)[0] if name == "union" else None
                for name in wanted
            ]
            made = kernel.informed_cases(example, hints, edges, seen, proposals, own)
            for name, case in zip(wanted, made, strict=False):
                found[name].append(case)
        return found

    rng = np.random.default_rng(seed)
    seeds = (int(s) for s in rng.integers(1 << 62, size=len(sources)))
    cases: dict[str, list[kernel.Case]] = {name: [] for name in wanted}
    for done, found in enumerate(pool.map(make, examples_of(sources, tell), seeds), 1):
        if done % 100 == 0:
            tell(f"looked at {done} of {len(sources)}")
        for name in wanted:
            cases[name] += found[name]
    return cases
