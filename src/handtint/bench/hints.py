"""Methods against each other: colour photographs, simulated hints, distance to the truth."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from handtint import color, metrics, options, registry
from handtint.bench import regions
from handtint.color import Space
from handtint.colorizer import Colorizer, Progress, check_cancelled
from handtint.errors import HandtintError, MethodError, MethodUnavailable, OptionError
from handtint.io import read_rgb
from handtint.pipeline import check_space, propagate
from handtint.simulate import pictures
from handtint.simulate.hints import HintKind, PointProtocol, simulate
from handtint.simulate.pictures import Split
from handtint.types import Colorization, HintMap, Mask, Plane


@dataclass(frozen=True, slots=True)
class HintRow:
    """One method on one picture with one set of hints.

    Parameters
    ----------
    image : str
        Name of the picture's file.
    split : {"tune", "test"}
        Half of the pictures that it belongs to (`handtint.simulate.pictures.halves`).
    height, width : int
        Size at which it was coloured and compared, in pixels.
    method : str
        The method, with its options where they were given: ``levin`` or ``levin:name=value``.
    hint_kind : {"points", "strokes"}
        What was simulated.
    hint_count : int
        How many of them.
    protocol : {"uniform", "zhang"}
        How points were placed.
    seed : int
        Seed of the hints.
    space : str
        Colour space in which the method worked.
    psnr : float
        Peak signal-to-noise ratio of the 8-bit RGB picture, in dB.
    ssim : float
        Structural similarity to the true picture.
    delta_e : float
        Mean CIEDE2000 distance to the true picture.
    delta_e_edge, delta_e_texture, delta_e_far : float or None
        The same near strong edges of the true lightness, in texture away from them, and far from
        any hint, as `handtint.bench.regions` defines these; None where there is no such pixel.
    colourfulness, true_colourfulness : float
        Of the coloured and of the true picture, after Hasler and Süsstrunk.
    seconds, cpu_seconds : float
        Wall-clock and processor time of preparing and colouring, without compilation.
    iterations : int
        Iterations of the method's solver.
    """

    image: str
    split: Split
    height: int
    width: int
    method: str
    hint_kind: HintKind
    hint_count: int
    protocol: PointProtocol
    seed: int
    space: str
    psnr: float
    ssim: float
    delta_e: float
    delta_e_edge: float | None
    delta_e_texture: float | None
    delta_e_far: float | None
    colourfulness: float
    true_colourfulness: float
    seconds: float
    cpu_seconds: float
    iterations: int


HintSet: TypeAlias = tuple[HintKind, int]
"""What is simulated, and how many of them."""


@dataclass(frozen=True, slots=True)
class _Settings:
    size: int
    working_size: int | None
    protocol: PointProtocol
    seed: int
    space: Space


@dataclass(frozen=True, slots=True)
class _Picture:
    name: str
    split: Split
    rgb: NDArray[np.uint8]
    lightness: Plane
    edges: Mask
    texture: Mask
    hints: dict[HintSet, HintMap]


def run_hints(
    paths: Sequence[Path],
    methods: Sequence[str],
    *,
    points: Sequence[int] = (),
    strokes: Sequence[int] = (),
    size: int = 384,
    protocol: PointProtocol = "uniform",
    seed: int = 3,
    space: str = "lab",
    working_size: int | None = None,
    split: Split | None = None,
    model: Path | None = None,
    progress: Progress | None = None,
) -> list[HintRow]:
    """Colour photographs from simulated hints by several methods and compare with the truth.

    Each picture is brought to ``size`` (`simulate.pictures.resize`) and split into lightness
    and chroma; hints are simulated from the chroma (`handtint.simulate.hints`), the same for all
    methods; every method gets lightness and hints through `handtint.pipeline.propagate`, and its
    chroma, recomposed with the lightness to 8-bit RGB, is compared with the resized picture. Each
    method colours the first picture once more than is counted, so that no compilation is timed.

    Parameters
    ----------
    paths : sequence of Path
        Colour pictures, and folders of them.
    methods : sequence of str
        Names of methods, each with options after colons: ``harmonic:law=levin:scale=2``.
    points, strokes : sequence of int
        Numbers of points and of strokes to simulate; each number makes a set of hints.
    size : int
        Long side of the pictures, in pixels, at least 16.
    protocol : {"uniform", "zhang"}
        Where points lie.
    seed : int
        Seed of the hints, not negative.
    space : str
        Colour space of the methods.
    working_size : int, optional
        Size at which the methods work, as for `handtint.pipeline.propagate`.
    split : {"tune", "test"}, optional
        Only this half of the pictures; see `HintRow`.
    model : Path, optional
        A model for those of the methods that have the option ``model``.
    progress : Progress, optional
        Receives the progress and carries the cancellation.

    Returns
    -------
    list of HintRow
        By picture, then by hints, then by method.

    Raises
    ------
    PhotoError
        When a picture is missing or cannot be read, or a folder holds none.
    OptionError, UnknownMethod, MethodUnavailable
        When an argument, a method or one of its options is not valid.
    HintError
        When a picture is too small for strokes.
    MethodError
        When a method fails; says which one, and on what.
    Cancelled
        When ``progress.cancelled`` became true.
    """
    _check(methods, points, strokes, size, seed)
    settings = _Settings(size, working_size, protocol, seed, color.space(space))
    files = pictures.halves(paths, split)
    colorizers = {text: parse_method(text) for text in methods}
    if model is not None:
        colorizers = with_model(colorizers, model)
    for method in colorizers.values():
        check_space(method, settings.space)
    sets: list[HintSet] = [("points", n) for n in points]
    sets += [("strokes", n) for n in strokes]

    rows: list[HintRow] = []
    for file, half in files:
        picture = _open(file, half, sets, settings)
        if not rows:
            largest = picture.hints[max(sets, key=lambda s: s[1])]
            for text, method in colorizers.items():
                _colour(text, method, picture, largest, settings)
        for hint_set in picture.hints:
            for text, method in colorizers.items():
                check_cancelled(progress)
                rows.append(_measure(text, method, picture, hint_set, settings))
                if progress is not None:
                    progress.report(len(rows) / (len(files) * len(picture.hints) * len(colorizers)))
    return rows


def parse_method(text: str) -> Colorizer:
    """Method written as ``name`` or ``name:option=value:option=value``.

    Raises
    ------
    UnknownMethod, MethodUnavailable, OptionError
        When there is no such method or option, or the value is not allowed.
    """
    name, *settings = text.split(":")
    values = {}
    for setting in settings:
        option, equals, value = setting.partition("=")
        if not equals:
            raise OptionError(f"{text!r}: expected option=value after the colon, got {setting!r}")
        values[option] = value
    return options.build(registry.load(name), values)


def with_model(colorizers: dict[str, Colorizer], model: Path) -> dict[str, Colorizer]:
    """The methods, those with an option ``model`` with this one.

    Raises
    ------
    OptionError
        When no method has it.
    """
    found = {
        text: replace(cast("Any", method), model=str(model))
        for text, method in colorizers.items()
        if any(o.name == "model" for o in options.declared(type(method)))
    }
    if not found:
        raise OptionError(f"--model {model}: none of the methods uses a model; name one that does")
    return colorizers | found


def default_methods(*, baselines: bool = True) -> tuple[str, ...]:
    """Every registered method that can be loaded; baselines last, each group by name."""
    kinds = {}
    for name in registry.names():
        try:
            kinds[name] = registry.load(name).info.kind
        except MethodUnavailable:
            continue
    ordered = sorted(kinds, key=lambda name: (kinds[name] == "baseline", name))
    return tuple(name for name in ordered if baselines or kinds[name] != "baseline")


def _check(
    methods: Sequence[str], points: Sequence[int], strokes: Sequence[int], size: int, seed: int
) -> None:
    if not methods:
        raise OptionError("no method to compare; name at least one")
    if not points and not strokes:
        raise OptionError("no hints to simulate; give a number of points or of strokes")
    for name, least, values in (
        ("points", 0, points),
        ("strokes", 0, strokes),
        ("size", 16, [size]),
        ("seed", 0, [seed]),
    ):
        if min(values, default=least) < least:
            raise OptionError(f"{name} {min(values)}: must be at least {least}")


def _open(file: Path, split: Split, sets: Sequence[HintSet], settings: _Settings) -> _Picture:
    rgb = pictures.resize(read_rgb(file), settings.size)
    lightness, chroma = settings.space.from_codes(rgb)
    hints = {
        (kind, count): simulate(
            kind,
            count,
            rgb,
            chroma,
            protocol=settings.protocol,
            seed=settings.seed,
            name=file.name,
        )
        for kind, count in sets
    }
    light, _ = color.space("lab").from_codes(rgb)
    near_edges = regions.edges(light)
    textured = regions.texture(light, near_edges)
    return _Picture(file.name, split, rgb, lightness, near_edges, textured, hints)


def _measure(
    text: str, method: Colorizer, picture: _Picture, hint_set: HintSet, settings: _Settings
) -> HintRow:
    wall, cpu = time.perf_counter(), time.process_time()
    found = _colour(text, method, picture, picture.hints[hint_set], settings)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    result = np.asarray(settings.space.recompose(picture.lightness, found.chroma), np.uint8)
    height, width, _ = result.shape
    difference = metrics.delta_e_map(result, picture.rgb)
    far = regions.farthest(picture.hints[hint_set])
    return HintRow(
        image=picture.name,
        split=picture.split,
        height=height,
        width=width,
        method=text,
        hint_kind=hint_set[0],
        hint_count=hint_set[1],
        protocol=settings.protocol,
        seed=settings.seed,
        space=settings.space.name,
        psnr=metrics.psnr(result, picture.rgb),
        ssim=metrics.ssim(result, picture.rgb),
        delta_e=float(difference.mean(dtype=np.float64)),
        delta_e_edge=regions.mean_within(difference, picture.edges),
        delta_e_texture=regions.mean_within(difference, picture.texture),
        delta_e_far=regions.mean_within(difference, far),
        colourfulness=metrics.colourfulness(result),
        true_colourfulness=metrics.colourfulness(picture.rgb),
        seconds=wall,
        cpu_seconds=cpu,
        iterations=found.report.iterations,
    )


def _colour(
    text: str, method: Colorizer, picture: _Picture, hints: HintMap, settings: _Settings
) -> Colorization:
    try:
        return propagate(method, picture.lightness, hints, size=settings.working_size)
    except HandtintError as error:
        raise MethodError(f"{text} on {picture.name}: {error}") from error
