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

from handtint.coefficients import Informed, load
from handtint.coefficients.perceptron import Perceptron
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


def train(
    sources: Sequence[photos.Source],
    asking: Proposing,
    *,
    steps: int,
    seed: int,
    tell: Tell,
) -> Informed:
    """Learn both kernels.

    Parameters
    ----------
    sources : sequence of Source
        Photographs to learn from; those that teach the edges are left out.
    asking : Proposing
        Which networks are asked, and how.
    steps : int
        Steps of each of the two trainings.
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
    rng = np.random.default_rng(seed)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tell(f"reading {len(sources)} photos")
        cases = _cases(sources, asking, load().edges, rng, pool, tell)
        tell(f"{len(cases)} examples")
        kindred, union = (
            kernel.train([pair[n] for pair in cases], told(name, steps, tell), rng, pool)
            for n, name in enumerate(("kindred", "union"))
        )
    card = {
        "made": date.today().isoformat(),
        "photos": len(sources),
        "licences": photos.licences(sources),
        "networks": [model.card["name"] for model in asking.models()],
        "seed": seed,
        "steps": steps,
    }
    return Informed(kindred, union, card)


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
    edges: Perceptron,
    rng: np.random.Generator,
    pool: Executor,
    tell: Tell,
) -> list[tuple[kernel.Case, kernel.Case]]:
    models = asking.models()
    networks = [model.network for model in models]

    def make(example: Example, seed: int) -> tuple[kernel.Case, kernel.Case] | None:
        own = np.random.default_rng(seed)
        hints = example.random_hints(own, POINTS, STROKES)
        proposer, shape = Proposer(example.lightness), example.lightness.shape
        seen = proposer.distribution(networks, HintMap.empty(shape))
        proposed, _ = asking.propose(proposer, models, hints, shape, None)
        said = kernel.Networks(seen, proposed)
        return kernel.informed_cases(example, hints, edges, said, own)

    seeds = (int(s) for s in rng.integers(1 << 62, size=len(sources)))
    found = []
    for done, pair in enumerate(pool.map(make, examples_of(sources, tell), seeds), 1):
        if done % 100 == 0:
            tell(f"looked at {done} of {len(sources)}")
        if pair is not None:
            found.append(pair)
    return found
