"""Learned reweighting: a first result tells how strongly edges, grey and shading should count.

Reweighted least squares replaces an energy by a quadratic one whose weights depend on the result so
far. Here a model that was trained end to end gives these weights. A first look solves the harmonic
problem with learned edge weights (`handtint.solvers.learned`); then

    E(v) = 1/2 sum_ij w_ij |v_i - v_j|^2 + 1/2 sum_i c_i |v_i - h_i / g_i|^2
           + 1/2 sum_i m_i |v_i|^2 + 1/2 sum_i n_i |v_i - a|^2,      u_i = g_i v_i,

is minimised, v = h / g at hard strokes. Two small perceptrons say what its terms weigh: w from
each edge, the pull m to grey, the pull n to the mean a of the strokes, and the shading g from each
pixel. They see the lightness, and of the first look how colours change across the edge, how firmly
strokes hold a pixel, and how light the strokes are that it has its colour from; neither positions
nor hues.

Shading begins at

    s(L) = sqrt((L + 16) / 66 * min(1, (110 - L) / 60)):

light that falls more dimly on a surface scales L + 16 and its chroma alike in CIE Lab, and near
white there is no room for chroma. So a colour is dimmer in its shadow and in its highlight, without
an edge that would keep others out.

References
----------
P. W. Holland, R. E. Welsch, "Robust regression using iteratively reweighted least-squares",
Communications in Statistics 6(9), 1977, doi:10.1080/03610927708827533.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from handtint.coefficients import Reweighter
from handtint.coefficients.perceptron import Perceptron
from handtint.solvers.diffusion import HARD
from handtint.solvers.features import Texture, box, edge_features
from handtint.solvers.grid import OFFSETS, EdgeWeights
from handtint.solvers.learned import PULL, log_weights, to_weights
from handtint.types import Chroma, HintMap, Plane

Planes = NDArray[np.float32]

FIRM_PULL = 3e-4
"""Pull to zero where it is asked how firmly strokes hold a pixel."""

LEAST_FIRM = np.float32(0.05)
"""Firmness below which a pixel counts as its own source: there the solver leaves over too much."""

EDGE_STATE = (
    "step of the first look",
    "step between places 2 pixels farther out",
    "step between places 5 pixels farther out",
    "chroma of the first look",
    "firmness",
    "distance of the lightness to that of its strokes",
)
"""What the edge model sees beyond `handtint.solvers.features.EDGE_FEATURES`."""

PIXEL_STATE = (
    "lightness",
    "lightness in 15x15",
    "squared lightness",
    "deviation in 5x5",
    "deviation in 15x15",
    "variation",
    "coherence",
    "gradient of the lightness, blurred by 1",
    "chroma of the first look",
    "firmness",
    "deviation of the first look in 15x15",
    "mean chroma of the first look",
    "lightness less that of its strokes",
    "its magnitude",
    "distance to the nearest hint",
)
"""What the pixel model sees."""

PIXEL_OUTPUTS = ("pull to grey", "shading", "pull to the mean")
"""Logarithms of the factors of `PULL`, of s(L), and of `PULL` / e^3."""

MOST_PULL, LEAST_PULL = np.float32(6), np.float32(-4)
MOST_SHADING = np.float32(1)
MOST_MEAN_PULL = np.float32(6)
MEAN_PULL = np.float32(PULL * np.exp(-3))
"""Bounds of those logarithms, and the pull to the mean where its logarithm is 0."""

_STEPS_OUT = (0, 2, 5)
_MARGIN = 8
_SMALL = np.float32(0.05)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What the models know of a photograph before there is a stroke.

    Parameters
    ----------
    texture : Texture, of shape (h, w)
    features : ndarray, shape (len(EDGE_FEATURES), 4, h, w), float32 or float16
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights of the first look.
    shading : ndarray, shape (h, w), float32
        s(L).
    """

    texture: Texture
    features: NDArray[np.floating]
    weights: EdgeWeights
    shading: Plane

    @classmethod
    def of(cls, lightness: Plane, edges: Perceptron) -> Ground:
        """From a lightness (h, w) in [0, 100] and the model of the first look's weights."""
        texture = Texture.of(lightness)
        features = edge_features(texture)
        return cls(
            texture, features, to_weights(log_weights(edges, features)), shading(texture.lightness)
        )


@dataclass(frozen=True, slots=True, eq=False)
class FirstLook:
    """What is known of strokes before weights are found anew; all float32.

    Parameters
    ----------
    values : ndarray, shape (h, w, 2)
        The harmonic solution for the hints divided by s(L).
    firmness : ndarray, shape (h, w), in [0, 1]
        The harmonic solution for hints of 1, with `FIRM_PULL`: how firmly strokes hold a pixel.
    source : ndarray, shape (h, w), in [0, 100]
        Lightness of the strokes that a pixel has its colour from.
    distance : ndarray, shape (h, w)
        To the nearest hint, in pixels.
    """

    values: Chroma
    firmness: Plane
    source: Plane
    distance: Plane

    @classmethod
    def of(cls, values: Chroma, held: Chroma, hints: HintMap, lightness: Plane) -> FirstLook:
        """From the two solutions.

        Parameters
        ----------
        values : ndarray, shape (h, w, 2), float32
            For `shaded` hints.
        held : ndarray, shape (h, w, 2), float32
            For `asking_who` hints.
        hints : HintMap, of shape (h, w)
        lightness : ndarray, shape (h, w), float32, in [0, 100]
        """
        firmness = np.clip(held[..., 0], 0, 1)
        own = LEAST_FIRM * lightness
        source = np.clip((held[..., 1] + own) / (firmness + LEAST_FIRM), 0, 100)
        far = distance_transform_edt(hints.weight == 0).astype(np.float32)
        return cls(values, firmness, source.astype(np.float32), far)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """The quadratic energy E.

    Parameters
    ----------
    logarithms : ndarray, shape (4, h, w), float32
        Of the edge weights, before they are clipped.
    weights : ndarray, shape (4, hp, wp), float32
        w.
    outputs : ndarray, shape (3, h, w), float32
        Of the pixel model, before they are clipped; see `PIXEL_OUTPUTS`.
    pull, mean_pull, shading : ndarray, shape (h, w), float32
        m, n and g.
    mean : ndarray, shape (2,), float32
        a.
    hints : HintMap
        The terms beside the first as one (soft) hint a pixel.
    """

    logarithms: Planes
    weights: EdgeWeights
    outputs: Planes
    pull: Plane
    mean_pull: Plane
    shading: Plane
    mean: Planes
    hints: HintMap


def shading(lightness: Plane) -> Plane:
    """s(L) of a lightness (h, w) in [0, 100]; see the module's docstring."""
    room = np.minimum(1, (110 - lightness) / 60)
    return np.asarray(np.sqrt((lightness + 16) / 66 * room), np.float32)


def shaded(hints: HintMap, by: Plane) -> HintMap:
    """Hints divided by a shading (h, w)."""
    return replace(hints, chroma=hints.chroma / by[..., None])


def asking_who(hints: HintMap, lightness: Plane) -> HintMap:
    """Hints of 1 and, in the second channel, of the lightness (h, w) where they are."""
    return replace(hints, chroma=np.stack([np.ones_like(lightness), lightness], axis=2))


def edge_state(look: FirstLook, lightness: Plane) -> Planes:
    """`EDGE_STATE` of each edge, shape (len(EDGE_STATE), 4, h, w), float32."""
    h, w = lightness.shape
    out = np.empty((len(EDGE_STATE), len(OFFSETS), h, w), np.float32)
    size = np.log(np.linalg.norm(look.values, axis=2) + 1)
    firm = np.log(look.firmness + np.float32(0.1))
    off = _SMALL * np.abs(lightness - look.source)
    channels = [_padded(look.values[..., n]) for n in range(2)]
    planes = [_padded(plane) for plane in (size, firm, off)]
    for k in range(len(OFFSETS)):
        for row, out_by in enumerate(_STEPS_OUT):
            first, second = (
                _at(c, k, -out_by, (h, w)) - _at(c, k, out_by + 1, (h, w)) for c in channels
            )
            out[row, k] = np.log(np.hypot(first, second) + np.float32(0.1))
        here, there = zip(
            *((_at(p, k, 0, (h, w)), _at(p, k, 1, (h, w))) for p in planes), strict=True
        )
        for n in range(3):
            out[len(_STEPS_OUT) + n, k] = (here[n] + there[n]) / 2
    return out


def pixel_state(look: FirstLook, texture: Texture) -> Planes:
    """`PIXEL_STATE` of each pixel, shape (len(PIXEL_STATE), h, w), float32."""
    light = texture.lightness
    chroma = np.linalg.norm(look.values, axis=2)
    means = [box(np.ascontiguousarray(look.values[..., n]), 15) for n in range(2)]
    variance = box(chroma * chroma, 15) - means[0] ** 2 - means[1] ** 2
    off = _SMALL * (light - look.source)
    rows = (
        light / 50,
        box(light, 15) / 50,
        light * light / 2500,
        np.log(texture.near + np.float32(0.3)),
        np.log(texture.wide + np.float32(0.3)),
        texture.variation,
        texture.coherence,
        np.log(texture.gradients[1] + np.float32(0.2)),
        np.log(chroma + 1),
        np.log(look.firmness + np.float32(0.1)),
        np.log(np.sqrt(np.maximum(variance, 0)) + np.float32(0.5)),
        np.full_like(light, np.log(chroma.mean() + 1)),
        off,
        np.abs(off),
        np.log(look.distance + 2),
    )
    return np.stack(rows).astype(np.float32)


def problem(
    model: Reweighter, ground: Ground, edges: Planes, pixels: Planes, hints: HintMap
) -> Problem:
    """E of a photograph, its strokes and a first look.

    Parameters
    ----------
    model : Reweighter
    ground : Ground, of shape (h, w)
    edges : ndarray, shape (n, 4, h, w), float32
        The features of ``ground`` followed by `edge_state`.
    pixels : ndarray, shape (len(PIXEL_STATE), h, w), float32
        `pixel_state`.
    hints : HintMap, of shape (h, w)
    """
    logarithms = log_weights(model.edges, edges)
    found = model.pixels(pixels.reshape(pixels.shape[0], -1))
    outputs = found.reshape(len(PIXEL_OUTPUTS), *hints.shape)
    pull = PULL * np.exp(np.clip(outputs[0], LEAST_PULL, MOST_PULL))
    gain = ground.shading * np.exp(np.clip(outputs[1], -MOST_SHADING, MOST_SHADING))
    mean_pull = MEAN_PULL * np.exp(np.clip(outputs[2], -MOST_MEAN_PULL, MOST_MEAN_PULL))
    mean = shaded(hints, ground.shading).mean_chroma
    return Problem(
        logarithms,
        to_weights(logarithms),
        outputs,
        pull.astype(np.float32),
        mean_pull.astype(np.float32),
        gain.astype(np.float32),
        mean,
        _with_pulls(hints, gain, pull, mean_pull, mean),
    )


def _with_pulls(
    hints: HintMap, gain: Plane, pull: Plane, mean_pull: Plane, mean: Planes
) -> HintMap:
    """The quadratic terms at each pixel as one hint; hard ones stay as they are."""
    hard = hints.weight >= HARD
    soft = np.where(hard, 0, hints.weight / (1 - np.minimum(hints.weight, HARD)))
    total = soft + pull + mean_pull
    asked = soft[..., None] * (hints.chroma / gain[..., None]) + mean_pull[..., None] * mean
    chroma = np.where(hard[..., None], hints.chroma / gain[..., None], asked / total[..., None])
    weight = np.where(hard, hints.weight, total / (1 + total))
    return replace(hints, chroma=chroma.astype(np.float32), weight=weight.astype(np.float32))


def _padded(plane: Plane) -> Plane:
    return np.pad(plane, _MARGIN, mode="edge")


def _at(padded: Plane, k: int, steps: int, shape: tuple[int, int]) -> Plane:
    """A padded plane seen ``steps`` along the k-th direction from each pixel."""
    (dy, dx), (h, w) = OFFSETS[k], shape
    y, x = _MARGIN + steps * dy, _MARGIN + steps * dx
    return padded[y : y + h, x : x + w]
