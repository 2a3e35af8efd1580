"""Hints as a person might give them, made from the true colours of a photograph."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, maximum_filter, minimum_filter

from handtint.errors import HintError
from handtint.hints.raster import topmost
from handtint.simulate.segmentation import Labels, segment
from handtint.types import Chroma, HintMap, Mask

HintKind: TypeAlias = Literal["points", "strokes"]
PointProtocol: TypeAlias = Literal["uniform", "zhang"]

# A stroke: segments, turn and length of each (radians, pixels); the least area, in pixels, that it
# should have after it was cut at the border of its region, and how often to try for that.
_SEGMENTS = 3
_TURN = 0.9
_LENGTH = (6.0, 18.0)
_AREA = 25
_TRIES = 30


def simulate(
    kind: HintKind,
    count: int,
    rgb: NDArray[np.uint8],
    chroma: Chroma,
    *,
    protocol: PointProtocol,
    seed: int,
    name: str,
) -> HintMap:
    """Hints of one kind for one picture, fixed by the seed and the names alone.

    Parameters
    ----------
    kind : {"points", "strokes"}
        What to simulate.
    count : int
        How many; 0 gives an empty map.
    rgb : ndarray, shape (H, W, 3), uint8
        The true picture.
    chroma : ndarray, shape (H, W, 2), float32
        Its chroma, in the space of the method.
    protocol : {"uniform", "zhang"}
        Where points lie: `uniform_points` or `zhang_points`.
    seed, name : int, str
        The same seed, name of the picture, kind, count and protocol give the same hints, whatever
        else runs before or after.

    Raises
    ------
    HintError
        When the picture is too small for strokes.
    """
    key = f"{name}/{kind}/{count}/{protocol if kind == 'points' else ''}"
    rng = np.random.default_rng([seed, zlib.crc32(key.encode())])
    if kind == "strokes":
        return strokes(rgb, chroma, count, rng)
    place = {"uniform": uniform_points, "zhang": zhang_points}[protocol]
    return place(chroma, count, rng)


def uniform_points(chroma: Chroma, n: int, rng: np.random.Generator, size: int = 7) -> HintMap:
    """``n`` squares of ``size`` pixels anywhere, each with the mean chroma below it.

    All positions that lie fully inside are equally probable. Where squares overlap, the later one
    wins. In pictures narrower than ``size`` the squares are as large as fits.
    """
    return _points(chroma, n, size, lambda free: rng.integers(0, free + 1))


def zhang_points(chroma: Chroma, n: int, rng: np.random.Generator, size: int = 6) -> HintMap:
    """``n`` squares near the centre, where people tend to click, each with its mean chroma.

    Row and column of a square follow a normal law with the mean in the middle and a standard
    deviation of a quarter of the free range (H - size, W - size), clipped to that range. Where
    squares overlap, the later one wins.

    References
    ----------
    R. Zhang, J.-Y. Zhu, P. Isola, X. Geng, A. S. Lin, T. Yu and A. A. Efros, Real-time user-guided
    image colorization with learned deep priors, ACM Transactions on Graphics 36(4), 2017,
    doi:10.1145/3072959.3073703
    """
    return _points(
        chroma,
        n,
        size,
        lambda free: np.clip(np.rint(rng.normal(free / 2, free / 4)), 0, free).astype(np.int64),
    )


def points_at(chroma: Chroma, centres: Sequence[tuple[float, float]], size: int = 6) -> HintMap:
    """Squares of ``size`` pixels at given places, each with its mean chroma.

    Parameters
    ----------
    chroma : ndarray, shape (H, W, 2), float32
    centres : sequence of (float, float)
        Row and column of the centres, in pixels; squares at the border are moved inside.
    """
    wanted = iter(centres)

    def place(free: NDArray[np.int64]) -> NDArray[np.int64]:
        corner = np.rint(np.array(next(wanted)) - size / 2)
        return np.clip(corner, 0, free).astype(np.int64)

    return _points(chroma, len(centres), size, place)


def strokes(
    rgb: NDArray[np.uint8], chroma: Chroma, n: int, rng: np.random.Generator, width: float = 3.0
) -> HintMap:
    """``n`` short polylines that stay inside one region, each with the median chroma below it.

    A stroke starts anywhere inside a region of `segment`, at least one pixel from the region's
    border, has three segments of 6 to 18 pixels that turn by at most 0.9 radians, and is cut where
    it leaves the inside of its region. Of up to 30 tries, the first that covers 25 pixels is taken,
    or else the largest. Where strokes overlap, the later one wins.

    Raises
    ------
    HintError
        When no region of the picture has an inside.
    """
    return (
        strokes_within(segment(rgb), chroma, n, rng, width) if n else HintMap.empty(_shape(chroma))
    )


def strokes_within(
    regions: Labels, chroma: Chroma, n: int, rng: np.random.Generator, width: float = 3.0
) -> HintMap:
    """As `strokes`, in regions that are known already."""
    hints = HintMap.empty(_shape(chroma))
    inside = minimum_filter(regions, 3, mode="nearest") == maximum_filter(
        regions, 3, mode="nearest"
    )
    starts = np.argwhere(inside)
    if not starts.size:
        h, w = hints.shape
        raise HintError(f"no room for strokes in a picture of {w} x {h} pixels; use a larger one")
    for _ in range(n):
        stroke = _stroke(regions, inside, starts, rng, width)
        _paint(hints, stroke, np.median(chroma[stroke], axis=0))
    return hints


def _points(
    chroma: Chroma, n: int, size: int, place: Callable[[NDArray[np.int64]], NDArray[np.int64]]
) -> HintMap:
    hints = HintMap.empty(_shape(chroma))
    size = min(size, *hints.shape)
    free = np.array(hints.shape) - size
    for _ in range(n):
        row, column = place(free)
        square = (slice(row, row + size), slice(column, column + size))
        _paint(hints, square, chroma[square].mean(axis=(0, 1), dtype=np.float64))
    return hints


def _paint(hints: HintMap, where: Mask | tuple[slice, slice], colour: NDArray[np.float64]) -> None:
    hints.chroma[where] = colour
    hints.weight[where] = 1


def _stroke(
    regions: NDArray[np.int32],
    inside: Mask,
    starts: NDArray[np.int64],
    rng: np.random.Generator,
    width: float,
) -> Mask:
    shape = (inside.shape[0], inside.shape[1])
    best = np.zeros(shape, np.bool_)
    for _ in range(_TRIES):
        start = starts[rng.integers(len(starts))]
        region = inside & (regions == regions[tuple(start)])
        drawn = topmost([_polyline(start, rng)], [width], shape, shape) > 0
        parts, _ = label(region & drawn, np.ones((3, 3)))
        stroke = parts == parts[tuple(start)]
        if stroke.sum() > best.sum():
            best = stroke
        if best.sum() >= _AREA:
            break
    return best


def _polyline(start: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Corners of a random stroke from the centre of the pixel ``start``, as (row, column)."""
    angles = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.uniform(-_TURN, _TURN, _SEGMENTS))
    lengths = rng.uniform(*_LENGTH, _SEGMENTS)
    steps = lengths[:, None] * np.column_stack([np.sin(angles), np.cos(angles)])
    return np.vstack([start, start + np.cumsum(steps, axis=0)], dtype=np.float64) + 0.5


def _shape(chroma: Chroma) -> tuple[int, int]:
    h, w, _ = chroma.shape
    return h, w
