"""What a person waits for while painting: once a photo, with the first strokes, after one more."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np

from handtint import options
from handtint.bench import scene
from handtint.bench.hints import parse_method
from handtint.colorizer import Colorizer, Progress, check_cancelled
from handtint.errors import HandtintError, MethodError, OptionError
from handtint.types import Chroma, HintMap, Plane

T = TypeVar("T")

_WARM_UP_SIDE = 192
_CONVERGED_TOL = 1e-6
_CONVERGED_MAX_ITER = 2000


@dataclass(frozen=True, slots=True)
class StrokeRow:
    """One method on one picture: processor time of its three stages, medians of repeated runs.

    Parameters
    ----------
    megapixels : float
        Size of the picture, in millions of pixels.
    pixels : int
        The same, exactly.
    method : str
        The method, with its options where they were given.
    prepare_cpu_seconds : float
        Of binding the method to the photograph.
    first_cpu_seconds : float
        Of the first call, with 50 strokes.
    again_cpu_seconds : float
        Of the call after one more stroke, on the same prepared method.
    again_seconds : float
        Wall-clock time of that call.
    iterations : int
        Iterations in that call.
    chroma_error : float
        Mean distance of its chroma to the converged one, that is, to what the method gives for
        the same strokes without a past, with options ``tol`` of 1e-6 and ``max_iter`` of 2000
        where it has these.
    """

    megapixels: float
    pixels: int
    method: str
    prepare_cpu_seconds: float
    first_cpu_seconds: float
    again_cpu_seconds: float
    again_seconds: float
    iterations: int
    chroma_error: float


def run_stroke(
    megapixels: Sequence[float],
    methods: Sequence[str],
    *,
    photos: Sequence[Path] = (),
    repeats: int = 3,
    progress: Progress | None = None,
) -> list[StrokeRow]:
    """Time methods as a person meets them, on the given grid and in this process.

    The picture is a square mosaic of invented photographs (`handtint.bench.scene`) or of real
    ones. Each method has coloured a small picture before, so that no compilation is timed.

    Parameters
    ----------
    megapixels : sequence of float
        Sizes, in millions of pixels, from 0.01 to 100.
    methods : sequence of str
        Names of methods, with options after colons as for `handtint.bench.hints.run_hints`.
    photos : sequence of Path
        Pictures, and folders of them, to use instead of invented photographs.
    repeats : int
        Runs whose median counts, at least 1.
    progress : Progress, optional
        Receives the progress and carries the cancellation, between methods.

    Returns
    -------
    list of StrokeRow
        By size, then by method.

    Raises
    ------
    OptionError, UnknownMethod, MethodUnavailable
        When an argument, a method or one of its options is not valid.
    PhotoError
        When a photograph is missing or cannot be read, or a folder holds none.
    MethodError
        When a method fails; says which one.
    Cancelled
        When ``progress.cancelled`` became true.
    """
    scene.check_megapixels(megapixels)
    if repeats < 1:
        raise OptionError(f"repeats {repeats}: must be at least 1")
    if not methods:
        raise OptionError("no method to time; name at least one")
    colorizers = {text: parse_method(text) for text in methods}
    rows: list[StrokeRow] = []
    for size in megapixels:
        side = round((size * 1e6) ** 0.5)
        tiles = scene.photo_tiles(photos) if photos else scene.invented_tiles()
        lightness = scene.mosaic(tiles, side)
        for text, method in colorizers.items():
            check_cancelled(progress)
            try:
                if size == megapixels[0]:
                    _measure(text, method, lightness[:_WARM_UP_SIDE, :_WARM_UP_SIDE].copy(), 1)
                row = _measure(text, method, lightness, repeats)
            except HandtintError as error:
                raise MethodError(f"{text} on {size:g} megapixels: {error}") from error
            rows.append(dataclasses.replace(row, megapixels=size))
            if progress is not None:
                progress.report(len(rows) / (len(megapixels) * len(colorizers)))
    return rows


def _measure(text: str, method: Colorizer, lightness: Plane, repeats: int) -> StrokeRow:
    shape = (lightness.shape[0], lightness.shape[1])
    few = scene.random_hints(shape)
    more = scene.one_more_stroke(few)
    stages = []
    for _ in range(repeats):
        prepared, prepare, _ = _timed(lambda: method.prepare(lightness))
        _, first, _ = _timed(partial(prepared, few))
        found, again, wall = _timed(partial(prepared, more))
        stages.append((prepare, first, again, wall))
    prepare, first, again, wall = (median(stage) for stage in zip(*stages, strict=True))
    return StrokeRow(
        megapixels=lightness.size / 1e6,
        pixels=lightness.size,
        method=text,
        prepare_cpu_seconds=prepare,
        first_cpu_seconds=first,
        again_cpu_seconds=again,
        again_seconds=wall,
        iterations=found.report.iterations,
        chroma_error=_distance(found.chroma, _converged(method, lightness, more)),
    )


def _converged(method: Colorizer, lightness: Plane, hints: HintMap) -> Chroma:
    values = {}
    for o in options.declared(type(method)):
        values[o.name] = getattr(method, o.name)
        if o.name == "tol":
            values[o.name] = max(_CONVERGED_TOL, o.minimum or 0)
        elif o.name == "max_iter":
            values[o.name] = min(_CONVERGED_MAX_ITER, o.maximum or _CONVERGED_MAX_ITER)
    return options.build(type(method), values).prepare(lightness)(hints).chroma


def _distance(a: Chroma, b: Chroma) -> float:
    return float(np.linalg.norm(a - b, axis=2).mean(dtype=np.float64))


def _timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """What the work gives, and its processor and wall-clock time in seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.process_time() - cpu, time.perf_counter() - wall
