"""Registered methods by what they promise, and how the contract tests run them."""

import numpy as np

from handtint import options, registry
from handtint.types import HintMap

METHODS = registry.names()


def info(name):
    return registry.load(name).info


BUILT_IN = [n for n in METHODS if registry.load(n).__module__.startswith("handtint.")]
USING_HINTS = [n for n in METHODS if info(n).hints != "ignored"]
HOLDING = [n for n in USING_HINTS if info(n).holds_strokes]
TURNING = [n for n in USING_HINTS if info(n).turns]
MARKED = [n for n in USING_HINTS if info(n).honours_marks]
PROPOSING = [n for n in METHODS if info(n).proposes]
GUIDED = [n for n in MARKED if info(n).kind == "guided"]
# Learned methods know which colours are likely; the others must not care.
CLASSICAL = [n for n in USING_HINTS if info(n).kind in ("guided", "baseline")]


def accurate(name, tol=1e-6):
    """The method, stopping only when its solver is as good as single precision allows."""
    method = registry.load(name)
    wanted = {"tol": tol, "max_iter": 2000}
    return options.build(
        method, {o.name: wanted[o.name] for o in options.declared(method) if o.name in wanted}
    )


def colour(method, lightness, hints, **kwargs):
    return method.prepare(lightness)(hints, **kwargs).chroma


def photo(shape, rng):
    """A bright disc and a dark bar on a slope, with grain: nothing in it is symmetric."""
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    light = 35 + 25 * y + 10 * x
    light += 30 * (np.hypot(y - 0.3, x - 0.35) < 0.2)
    light -= 25 * (np.abs(y - 0.5 - 0.2 * x) < 0.05)
    return np.clip(light + rng.normal(size=shape), 0, 100).astype(np.float32)


def strokes(shape, rng, count, length=7):
    """Short hard strokes of random colours, level or upright, two pixels wide."""
    hints = HintMap.empty(shape)
    for _ in range(count):
        h, w = (2, length) if rng.random() < 0.5 else (length, 2)
        y, x = rng.integers(0, (shape[0] - h, shape[1] - w))
        hints.chroma[y : y + h, x : x + w] = rng.uniform(-40, 40, size=2)
        hints.weight[y : y + h, x : x + w] = 1
    return hints


def paint(hints, where, chroma):
    hints.chroma[where] = chroma
    hints.weight[where] = 1
