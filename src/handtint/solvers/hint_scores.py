"""Scores and gains of strokes at many pixels, without keeping the features that they come from.

What `handtint.solvers.hint_view.View.at` and `handtint.solvers.kinship.informed` list for every
pair of pixel and stroke, and `handtint.solvers.hint_pairs.Pairs` evaluates, is here made and used a
row of pixels at a time, so that it stays in the processor's inner cache. The result is the same but
for rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from handtint.coefficients import Kernel
from handtint.jit import inlined, kernel
from handtint.solvers.hint_features import SMALL, UNREACHED
from handtint.solvers.hint_pairs import LEAST_OF, OF_PAIR, taken_apart
from handtint.solvers.hint_view import View, fallbacks_of, fill_differences, of_pixel
from handtint.solvers.kinship import MOST_LACK, of_networks
from handtint.types import Plane, Proposed

Planes = NDArray[np.float32]

_ROW = 256
_USUAL = len(OF_PAIR)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What decides about the mixture at P pixels; all float32.

    Parameters
    ----------
    scores, gains : ndarray, shape (n, P)
        Of the strokes, as the models give them; the scores of strokes that reach no pixel are
        -inf there.
    pixels : ndarray, shape (f, P)
        What the model of the common candidates is given.
    fallbacks : ndarray, shape (m, P, 2)
        These candidates.
    """

    scores: Planes
    gains: Planes
    pixels: Planes
    fallbacks: Planes


def scored(
    view: View, where: slice, models: Kernel, lack: Planes | None, proposed: Proposed | None
) -> Scored:
    """Evaluate the models of the strokes at some pixels.

    Parameters
    ----------
    view : View
        Of the photograph and its n strokes.
    where : slice
        The flat indices of the pixels.
    models : Kernel
        Whose model of pairs has two layers.
    lack : ndarray, shape (n, h * w), float32, optional
        `Kinship.lack`, for the inputs `KINDRED` and `UNION`.
    proposed : Proposed, optional
        For the inputs `UNION`.
    """
    here = np.ascontiguousarray(view.descriptors[:, where])
    solutions = view.solutions[:, where]
    learned = np.ascontiguousarray(solutions[1].T)
    n, count = view.chroma.shape[0], here.shape[1]
    lacking = np.empty((0, 0), np.float32) if lack is None else lack
    proposal = np.empty((2, 0), np.float32)
    if proposed is not None:
        proposal = np.ascontiguousarray(proposed.chroma.reshape(-1, 2)[where].T)
    given = _Given(
        view.found.planes,
        view.found.slots,
        where.start,
        here,
        view.groups,
        learned,
        view.chroma,
        lacking,
        proposal,
    )
    least, mean = np.empty((_LEASTS, count), np.float32), np.empty((count, 2), np.float32)
    _survey(given, least, mean)
    by_pair, by_pixel, by_stroke = taken_apart(
        models.pairs, of_pixel(here, least[: len(LEAST_OF)]), view.of_strokes
    )
    scores, gains = np.empty((2, n, count), np.float32)
    _, (weights, bias) = models.pairs.layers
    _evaluate(
        given,
        least[_LACK],
        _even(by_pair),
        _even(by_pixel),
        _even(by_stroke),
        models.pairs.leak,
        _even(weights.T),
        bias,
        scores,
        gains,
    )
    pixels = view.pixel_features(
        here, solutions, least[: len(LEAST_OF)], least[_ENTROPY], least[_NEAREST]
    )
    fallbacks = fallbacks_of(mean, solutions)
    if lack is not None:
        more, fallbacks = of_networks(where, least[_LACK], least[_PROPOSAL], fallbacks, proposed)
        pixels = np.concatenate([pixels, more])
    return Scored(scores, gains, pixels, fallbacks)


def _even(rows: Planes) -> Planes:
    """Rows, of which there are an even number: a row of zeros is added if it is odd."""
    return np.pad(rows, ((0, rows.shape[0] % 2), (0, 0)))


class _Given(NamedTuple):
    """What both kernels are given of P pixels, from the flat index ``start`` on."""

    planes: Planes
    slots: NDArray[np.intp]
    start: int
    here: Planes
    groups: Planes
    learned: Planes
    colours: Planes
    lack: Planes
    proposal: Planes


# Rows of what a pixel knows of all strokes, after the least of the values `LEAST_OF`.
_NEAREST, _LACK, _PROPOSAL, _ENTROPY = range(len(LEAST_OF), len(LEAST_OF) + 4)
_LEASTS = len(LEAST_OF) + 4

# FARTHEST is the logarithm of 2 more.
_FAR = np.float32(400)


@kernel()
def _survey(given: _Given, least: Planes, mean: Planes) -> None:
    """What pixels know of the strokes that reach them: the least values, and the mean colour."""
    planes, slots, start, here, groups, learned, colours, lack, proposal = given
    count = here.shape[1]
    stop = start + count
    reaching = np.zeros(count, np.float32)
    mean[:] = 0
    least[:4] = UNREACHED
    least[_NEAREST], least[_PROPOSAL], least[_LACK] = _FAR, _FAR, MOST_LACK
    for i in range(slots.size):
        reach = planes[slots[i], 4, start:stop]
        for row, d in ((0, 0), (1, 2), (2, 4)):
            out, value = least[row], planes[slots[i], d, start:stop]
            for p in range(count):
                out[p] = min(out[p], value[p])
        light, group = here[0], groups[0, i]
        out = least[3]
        for p in range(count):
            value_here = SMALL * abs(light[p] - group)
            out[p] = min(out[p], value_here if reach[p] < UNREACHED else UNREACHED)
        _nearer(least[_NEAREST], learned, colours, i, reach)
        if proposal.shape[1]:
            _nearer(least[_PROPOSAL], proposal, colours, i, reach)
        if lack.shape[0]:
            out, value = least[_LACK], lack[i, start:stop]
            for p in range(count):
                out[p] = min(out[p], value[p] if reach[p] < UNREACHED else MOST_LACK)
        for p in range(count):
            share = np.float32(1) if reach[p] < UNREACHED else np.float32(0)
            reaching[p] += share
            mean[p, 0] += share * colours[i, 0]
            mean[p, 1] += share * colours[i, 1]
    for row in (_NEAREST, _PROPOSAL):
        for p in range(count):
            least[row, p] = np.log(least[row, p] + np.float32(2))
    for p in range(count):
        mean[p] /= max(reaching[p], np.float32(1))
    _fill_entropy(planes, slots, start, least[0], least[_ENTROPY])


@inlined()
def _nearer(out: Plane, chroma: Planes, colours: Planes, i: int, reach: Plane) -> None:
    """``out = min(out, |chroma - colour|)`` where the stroke reaches."""
    for p in range(out.size):
        a, b = chroma[0, p] - colours[i, 0], chroma[1, p] - colours[i, 1]
        off = np.sqrt(a * a + b * b)
        out[p] = min(out[p], off if reach[p] < UNREACHED else _FAR)


@inlined()
def _fill_entropy(
    planes: Planes, slots: NDArray[np.intp], start: int, least: Plane, out: Plane
) -> None:
    """-sum_k q_k log q_k of q_k = exp(2 (least - d_k)) / sum, d the log distances."""
    total, weighted = np.zeros(out.size, np.float32), np.zeros(out.size, np.float32)
    for i in range(slots.size):
        value = planes[slots[i], 0, start : start + out.size]
        for p in range(out.size):
            below = 2 * (least[p] - value[p])
            near = np.exp(below)
            total[p] += near
            weighted[p] += near * below
    for p in range(out.size):
        out[p] = np.log(total[p]) - weighted[p] / total[p]


@kernel()
def _evaluate(
    given: _Given,
    least_lack: Plane,
    by_pair: Planes,
    by_pixel: Planes,
    by_stroke: Planes,
    leak: np.float32,
    weights: Planes,
    bias: Planes,
    scores: Planes,
    gains: Planes,
) -> None:
    """Both outputs of the model of pairs, stroke after stroke, a row of pixels at a time."""
    planes, slots, start, here, groups, learned, colours, lack, proposal = given
    units, features = by_pair.shape
    n, count = scores.shape
    values = np.zeros((features, _ROW), np.float32)
    hidden = np.zeros((2, _ROW), np.float32)
    for first in range(0, count, _ROW):
        size = min(_ROW, count - first)
        begin = start + first
        for i in range(n):
            for d in range(5):
                values[d, :size] = planes[slots[i], d, begin : begin + size]
            fill_differences(here, groups, learned, colours, i, first, size, values)
            if lack.shape[0]:
                row = lack[i, begin : begin + size]
                for p in range(size):
                    values[_USUAL, p] = row[p]
                    values[_USUAL + 1, p] = row[p] - least_lack[first + p]
            if proposal.shape[1]:
                for p in range(size):
                    a = proposal[0, first + p] - colours[i, 0]
                    b = proposal[1, first + p] - colours[i, 1]
                    off = np.sqrt(a * a + b * b)
                    values[_USUAL + 2, p] = SMALL * off
                    values[_USUAL + 3, p] = np.log(off + np.float32(2))
            score, gain = scores[i, first : first + size], gains[i, first : first + size]
            score[:], gain[:] = bias[0], bias[1]
            for j in range(0, units, 2):
                for side in range(2):
                    row, unit = hidden[side], j + side
                    base, constant = by_pixel[unit, first : first + size], by_stroke[unit, i]
                    for p in range(size):
                        row[p] = base[p] + constant
                _add_products(hidden[0], hidden[1], by_pair[j], by_pair[j + 1], values)
                for side in range(2):
                    row = hidden[side]
                    a, b = weights[j + side]
                    for p in range(size):
                        value = max(row[p], leak * row[p])
                        score[p] += a * value
                        gain[p] += b * value
            for p in range(size):
                if values[4, p] >= UNREACHED:
                    score[p] = -np.inf


@inlined()
def _add_products(
    first: Plane, second: Plane, by_first: Planes, by_second: Planes, values: Planes
) -> None:
    """Add the products of weights (n,) and values (n, _ROW) to two rows.

    Two rows and four values at once, and as many as are known when this is compiled: so each number
    is loaded less often.
    """
    n = by_first.size
    for k in range(0, n - 3, 4):
        a, b, c, d = by_first[k], by_first[k + 1], by_first[k + 2], by_first[k + 3]
        e, f, g, h = by_second[k], by_second[k + 1], by_second[k + 2], by_second[k + 3]
        for p in range(_ROW):
            w, x, y, z = values[k, p], values[k + 1, p], values[k + 2, p], values[k + 3, p]
            first[p] += a * w + b * x + (c * y + d * z)
            second[p] += e * w + f * x + (g * y + h * z)
    for k in range(n - n % 4, n):
        a, b = by_first[k], by_second[k]
        for p in range(_ROW):
            first[p] += a * values[k, p]
            second[p] += b * values[k, p]
