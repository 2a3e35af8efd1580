"""Learned reweighting: a first result tells how strongly edges, grey and shading should count.

Reweighted least squares replaces an energy by a quadratic one whose weights depend on the result so
far. Here a model that was trained end to end gives these weights. A first look solves the harmonic
problem with learned edge weights (`handtint.solvers.learned`); then

    E(v) = 1/2 sum_ij w_ij |v_i - v_j|^2 + 1/2 sum_i c_i |v_i - h_i / g_i|^2
           + 1/2 sum_i m_i |v_i|^2 + 1/2 sum_i n_i |v_i - a_i|^2,      u_i = g_i v_i,

is minimised, v = h / g at hard strokes. Two small perceptrons say what its terms weigh: w from
each edge, the pull m to grey, the pull n to the colours a of strokes that look alike
(`handtint.solvers.alike`), and the shading g from each pixel. They see the lightness, and of the
first look how colours change across the edge, how firmly strokes hold a pixel, and how unlike the
strokes it looks that it has its colour from (`LOOKS`); neither positions nor hues.

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

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from handtint.coefficients import Reweighter
from handtint.coefficients.perceptron import Perceptron
from handtint.solvers.alike import mean_of_alike
from handtint.solvers.diffusion import HARD
from handtint.solvers.features import Texture, box, edge_features
from handtint.solvers.grid import OFFSETS, EdgeWeights
from handtint.solvers.hint_strokes import Strokes, strokes_of
from handtint.solvers.learned import PULL, log_weights, to_weights
from handtint.types import Chroma, HintMap, Plane

Planes = NDArray[np.float32]

FIRM_PULL = 3e-4
"""Pull to zero where it is asked how firmly strokes hold a pixel."""

LEAST_FIRM = np.float32(0.05)
"""Firmness below which a pixel counts as its own source: there the solver leaves over too much."""

LOOKS = (
    "lightness",
    "lightness, blurred by 4",
    "log deviation in 5x5",
    "log deviation in 15x15",
    "variation",
)
"""By what a pixel is compared with the strokes that it has its colour from."""

EDGE_STATE = (
    "step of the first look",
    "step between places 2 pixels farther out",
    "step between places 5 pixels farther out",
    "chroma of the first look",
    "firmness",
    *(f"distance to its strokes in {look}" for look in LOOKS),
    "step of the colours of strokes that look alike",
    "distance of these to the first look",
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
    *(f"{look}, less that of its strokes" for look in LOOKS),
    *(f"distance to its strokes in {look}" for look in LOOKS),
    "distance to the nearest hint",
    "chroma of the strokes that look alike",
    "its distance to the first look",
    "how unlike the stroke looks that looks most alike",
)
"""What the pixel model sees."""

PIXEL_OUTPUTS = ("pull to grey", "shading", "pull to strokes that look alike")
"""Logarithms of the factors of `PULL`, of s(L), and of `PULL` / e^3."""

MOST_PULL, LEAST_PULL = np.float32(6), np.float32(-4)
MOST_SHADING = np.float32(1)
MOST_ALIKE_PULL = np.float32(6)
ALIKE_PULL = np.float32(PULL * np.exp(-3))
"""Bounds of those logarithms, and the pull to strokes that look alike where its logarithm is 0."""

_LIKENESS = np.array([0.5, 0.5, 1.0, 1.0, 0.3], np.float32)
_REACH = 0.09
"""How unlike in each of `LOOKS`, and how far in parts of the long side, a stroke may be."""

_STEPS_OUT = (0, 2, 5)
_MARGIN = 8
_SMALL = np.float32(0.05)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What the models know of a photograph before there is a stroke.

    Parameters
    ----------
    texture : Texture, of shape (h, w)
    looks : ndarray, shape (len(LOOKS), h, w), float32
    features : ndarray, shape (len(EDGE_FEATURES), 4, h, w), float32
    weights : ndarray, shape (4, hp, wp), float32
        Edge weights of the first look.
    shading : ndarray, shape (h, w), float32
        s(L).
    """

    texture: Texture
    looks: Planes
    features: Planes
    weights: EdgeWeights
    shading: Plane

    @classmethod
    def of(cls, lightness: Plane, edges: Perceptron) -> Ground:
        """From a lightness (h, w) in [0, 100] and the model of the first look's weights."""
        texture = Texture.of(lightness)
        features = edge_features(texture)
        return cls(
            texture,
            looks(texture),
            features,
            to_weights(log_weights(edges, features)),
            shading(texture.lightness),
        )

    def inputs(self, look: FirstLook) -> tuple[Planes, Planes]:
        """What the models are given: of edges (n, 4, h, w), of pixels (m, h, w)."""
        edges = np.concatenate([self.features, edge_state(look)])
        return edges, pixel_state(look, self.texture)


@dataclass(frozen=True, slots=True, eq=False)
class FirstLook:
    """What is known of strokes before weights are found anew; all float32.

    Parameters
    ----------
    values : ndarray, shape (h, w, 2)
        The harmonic solution for the hints divided by s(L).
    firmness : ndarray, shape (h, w), in [0, 1]
        The harmonic solution for hints of 1, with `FIRM_PULL`: how firmly strokes hold a pixel.
    off : ndarray, shape (len(LOOKS), h, w)
        `looks` of a pixel less those of the strokes that it has its colour from.
    distance : ndarray, shape (h, w)
        To the nearest hint, in pixels.
    alike : ndarray, shape (h, w, 2)
        a, the mean colour of the strokes that look alike, divided by s(L).
    unlike : ndarray, shape (h, w)
        How unlike the nearest of them looks.
    """

    values: Chroma
    firmness: Plane
    off: Planes
    distance: Plane
    alike: Chroma
    unlike: Plane

    @classmethod
    def of(
        cls, values: Chroma, held: Sequence[Chroma], hints: HintMap, ground: Ground
    ) -> FirstLook:
        """From the solutions.

        Parameters
        ----------
        values : ndarray, shape (h, w, 2), float32
            For `shaded` hints.
        held : sequence of ndarray, shape (h, w, 2), float32
            For each of `asking_who`.
        hints : HintMap, of shape (h, w)
        ground : Ground, of shape (h, w)
        """
        looks = ground.looks
        firmness = np.clip(held[0][..., 0], 0, 1)
        carried = np.concatenate([np.moveaxis(plane, 2, 0) for plane in held])[1:]
        # Of its own looks the share LEAST_FIRM: where no stroke holds it, it is its own source.
        off = (firmness * looks - carried) / (firmness + LEAST_FIRM)
        far = distance_transform_edt(hints.weight == 0).astype(np.float32)
        pixels = strokes_of(hints).pixels
        alike, unlike = values, np.zeros_like(firmness)
        if pixels:
            colours = shaded(hints, ground.shading).chroma.reshape(-1, 2)
            strokes = Strokes(pixels, np.stack([colours[p].mean(axis=0) for p in pixels]))
            alike, unlike = mean_of_alike(looks / _LIKENESS[:, None, None], strokes, _REACH)
        return cls(values, firmness, off.astype(np.float32), far, alike, unlike)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """The quadratic energy E.

    Parameters
    ----------
    edges, pixels : ndarray, shapes (n, 4, h, w) and (m, h, w), float32
        What the models were given.
    logarithms : ndarray, shape (4, h, w), float32
        Of the edge weights, before they are clipped.
    weights : ndarray, shape (4, hp, wp), float32
        w.
    outputs : ndarray, shape (3, h, w), float32
        Of the pixel model, before they are clipped; see `PIXEL_OUTPUTS`.
    pull, alike_pull, shading : ndarray, shape (h, w), float32
        m, n and g.
    alike : ndarray, shape (h, w, 2), float32
        a.
    hints : HintMap
        The terms beside the first as one (soft) hint a pixel.
    """

    edges: Planes
    pixels: Planes
    logarithms: Planes
    weights: EdgeWeights
    outputs: Planes
    pull: Plane
    alike_pull: Plane
    shading: Plane
    alike: Chroma
    hints: HintMap


def shading(lightness: Plane) -> Plane:
    """s(L) of a lightness (h, w) in [0, 100]; see the module's docstring."""
    room = np.minimum(1, (110 - lightness) / 60)
    return np.asarray(np.sqrt((lightness + 16) / 66 * room), np.float32)


def shaded(hints: HintMap, by: Plane) -> HintMap:
    """Hints divided by a shading (h, w)."""
    return replace(hints, chroma=hints.chroma / by[..., None])


def looks(texture: Texture) -> Planes:
    """`LOOKS` of each pixel, shape (len(LOOKS), h, w), float32."""
    rows = (
        _SMALL * texture.lightness,
        _SMALL * texture.blurred[2],
        np.log(texture.near + np.float32(0.3)),
        np.log(texture.wide + np.float32(0.3)),
        texture.variation,
    )
    return np.stack(rows).astype(np.float32)


def asking_who(hints: HintMap, looks: Planes) -> list[HintMap]:
    """Hints of 1 and, in the further channels, of the looks (5, h, w) where they are."""
    planes = np.concatenate([np.ones_like(looks[:1]), looks])
    return [
        replace(hints, chroma=np.ascontiguousarray(np.moveaxis(planes[n : n + 2], 0, 2)))
        for n in range(0, planes.shape[0], 2)
    ]


def edge_state(look: FirstLook) -> Planes:
    """`EDGE_STATE` of each edge, shape (len(EDGE_STATE), 4, h, w), float32."""
    h, w = look.firmness.shape
    out = np.empty((len(EDGE_STATE), len(OFFSETS), h, w), np.float32)
    size = np.log(np.linalg.norm(look.values, axis=2) + 1)
    apart = np.log(np.linalg.norm(look.alike - look.values, axis=2) + 1)
    firm = np.log(look.firmness + np.float32(0.1))
    channels = [_padded(look.values[..., n]) for n in range(2)]
    likely = [_padded(look.alike[..., n]) for n in range(2)]
    planes = [_padded(plane) for plane in (size, firm, *np.abs(look.off), apart)]
    for k in range(len(OFFSETS)):
        for row, out_by in enumerate(_STEPS_OUT):
            first, second = (
                _at(c, k, -out_by, (h, w)) - _at(c, k, out_by + 1, (h, w)) for c in channels
            )
            out[row, k] = np.log(np.hypot(first, second) + np.float32(0.1))
        here, there = zip(
            *((_at(p, k, 0, (h, w)), _at(p, k, 1, (h, w))) for p in planes), strict=True
        )
        means = [(one + other) / 2 for one, other in zip(here, there, strict=True)]
        step = np.hypot(*(_at(c, k, 0, (h, w)) - _at(c, k, 1, (h, w)) for c in likely))
        out[len(_STEPS_OUT) :, k] = *means[:-1], np.log(step + np.float32(0.1)), means[-1]
    return out


def pixel_state(look: FirstLook, texture: Texture) -> Planes:
    """`PIXEL_STATE` of each pixel, shape (len(PIXEL_STATE), h, w), float32."""
    light = texture.lightness
    chroma = np.linalg.norm(look.values, axis=2)
    means = [box(np.ascontiguousarray(look.values[..., n]), 15) for n in range(2)]
    variance = box(chroma * chroma, 15) - means[0] ** 2 - means[1] ** 2
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
        *look.off,
        *np.abs(look.off),
        np.log(look.distance + 2),
        np.log(np.linalg.norm(look.alike, axis=2) + 1),
        np.log(np.linalg.norm(look.alike - look.values, axis=2) + 1),
        np.log(look.unlike + np.float32(0.1)),
    )
    return np.stack(rows).astype(np.float32)


def problem(model: Reweighter, ground: Ground, look: FirstLook, hints: HintMap) -> Problem:
    """E of a photograph, its strokes and a first look.

    Parameters
    ----------
    model : Reweighter
    ground : Ground, of shape (h, w)
    look : FirstLook, of shape (h, w)
    hints : HintMap, of shape (h, w)
    """
    edges, pixels = ground.inputs(look)
    logarithms = log_weights(model.edges, edges)
    found = model.pixels(pixels.reshape(pixels.shape[0], -1))
    outputs = found.reshape(len(PIXEL_OUTPUTS), *hints.shape)
    pull = PULL * np.exp(np.clip(outputs[0], LEAST_PULL, MOST_PULL))
    gain = ground.shading * np.exp(np.clip(outputs[1], -MOST_SHADING, MOST_SHADING))
    alike_pull = ALIKE_PULL * np.exp(np.clip(outputs[2], -MOST_ALIKE_PULL, MOST_ALIKE_PULL))
    return Problem(
        edges,
        pixels,
        logarithms,
        to_weights(logarithms),
        outputs,
        pull.astype(np.float32),
        alike_pull.astype(np.float32),
        gain.astype(np.float32),
        look.alike,
        _with_pulls(hints, gain, pull, alike_pull, look.alike),
    )


def _with_pulls(
    hints: HintMap, gain: Plane, pull: Plane, alike_pull: Plane, alike: Chroma
) -> HintMap:
    """The quadratic terms at each pixel as one hint; hard ones stay as they are."""
    hard = hints.weight >= HARD
    soft = np.where(hard, 0, hints.weight / (1 - np.minimum(hints.weight, HARD)))
    total = soft + pull + alike_pull
    asked = soft[..., None] * (hints.chroma / gain[..., None]) + alike_pull[..., None] * alike
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
