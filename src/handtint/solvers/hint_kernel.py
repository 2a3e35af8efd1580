"""A learned hint kernel: how likely each stroke's colour is the colour of each pixel.

Chrominance blending mixes the colours of strokes by their distance along the photograph. Here the
mixing weights are learned, from several such distances and from how alike pixel and stroke look:

    u(x) = sum_k p_k(x) g_k(x) c_k,   p(x) = softmax over k of s_k(x).

The candidates k are the colours c of the strokes and four that no single stroke has: the mean of
the strokes, the solutions of two harmonic problems (Laplace weights and learned weights), and
grey. The scores s and the gains g in (LEAST_GAIN, 1), which take chroma from places that are
darker, lighter or of another texture, come from two small perceptrons: one sees each pair of pixel
and stroke (`PAIR_FEATURES`), one each pixel (`PIXEL_FEATURES`). Neither sees positions or hues,
only distances and differences, so the result turns with the picture and with the colours: an
absurd colour reaches as far as a likely one.

References
----------
L. Yatziv, G. Sapiro, "Fast image and video colorization using chrominance blending", IEEE
Transactions on Image Processing 15(5), 2006, doi:10.1109/TIP.2005.864231.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handtint.coefficients import Kernel
from handtint.colorizer import Progress, check_cancelled
from handtint.solvers.hint_features import Surroundings
from handtint.solvers.hint_scores import Scored, scored
from handtint.solvers.hint_strokes import Strokes
from handtint.solvers.hint_view import Chunk, View
from handtint.solvers.kinship import Kinship
from handtint.threads import shared
from handtint.types import Chroma, Mask, Proposed

Planes = NDArray[np.float32]

LEAST_GAIN = np.float32(0.4)


@dataclass(frozen=True, slots=True)
class Mixture:
    """The mixture at P pixels, and what its gradient needs.

    Parameters
    ----------
    chroma : ndarray, shape (P, 2), float32
    shares : ndarray, shape (n + m, P), float32, with m common candidates
        The mixing weights p.
    gains : ndarray, shape (n + 1, P), float32
        The gains of the strokes and, last, that of the fallbacks.
    """

    chroma: Planes
    shares: Planes
    gains: Planes


def mix(chunk: Chunk, chroma: Planes, models: Kernel) -> Mixture:
    """Mix the candidates at the pixels of a chunk; ``chroma`` (n, 2) is that of the strokes."""
    scores, gains = chunk.pairs.evaluated(models.pairs)
    scores[~chunk.reached] = -np.inf
    return _mixed(Scored(scores, gains, chunk.pixels, chunk.fallbacks), chroma, models)


def _mixed(scored: Scored, chroma: Planes, models: Kernel) -> Mixture:
    n, common = chroma.shape[0], scored.fallbacks.shape[0]
    scores, gains = scored.scores, scored.gains
    found = models.fallbacks(scored.pixels)
    shares = np.concatenate([scores, found[:common]])
    shares -= shares.max(axis=0)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=0)
    gains = gain(np.concatenate([gains, found[common:]]))
    mixed = (shares[:n] * gains[:n]).T @ chroma
    rest = np.einsum("kp,kpc->pc", shares[n:], scored.fallbacks)
    return Mixture(mixed + rest * gains[n][:, None], shares, gains)


def gain(values: Planes) -> Planes:
    """LEAST_GAIN + (1 - LEAST_GAIN) / (1 + exp(v - 1))."""
    falling = 1 / (1 + np.exp(np.clip(values - 1, -15, 15)))
    return np.asarray(LEAST_GAIN + (1 - LEAST_GAIN) * falling, np.float32)


def blend(
    surroundings: Surroundings,
    strokes: Strokes,
    barrier: Mask,
    laplace: Chroma,
    learned: Chroma,
    models: Kernel,
    progress: Progress | None = None,
    *,
    kinship: Kinship | None = None,
    proposed: Proposed | None = None,
) -> Chroma:
    """The mixture at every pixel; see the module's docstring.

    Parameters
    ----------
    surroundings, strokes
        The photograph and its n >= 1 strokes.
    barrier : ndarray, shape (h, w), bool
        Pixels that no way leads over.
    laplace, learned : ndarray, shape (h, w, 2), float32
        The harmonic solutions.
    models : Kernel
        The perceptrons, for the inputs `PLAIN`, `KINDRED` or `UNION` of `handtint.solvers.kinship`:
    kinship : Kinship, optional
        Of the photograph, on the same grid: for `KINDRED` and `UNION`.
    proposed : Proposed, optional
        What networks propose for the strokes, on the same grid: for `UNION`.
    progress : Progress, optional
        Asked for cancellation at every chunk.

    Returns
    -------
    ndarray, shape (h, w, 2), float32

    Raises
    ------
    Cancelled
        When ``progress.cancelled`` became true.
    """
    h, w = surroundings.shape
    out = np.zeros((h * w, 2), np.float32)
    found = surroundings.log_distances(strokes, barrier, progress)
    lack = None if kinship is None else kinship.lack(strokes)
    view = View(surroundings, strokes, found, laplace, learned)

    def fill(where: slice) -> None:
        check_cancelled(progress)
        given = scored(view, where, models, lack, proposed)
        out[where] = _mixed(given, strokes.chroma, models).chroma

    shared(fill, view.pieces())
    return out.reshape(h, w, 2)
