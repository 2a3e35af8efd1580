"""Local correction: a changed stroke acts where it reaches, and the rest of a result stays.

1. A stroke pixel is *changed* when its chroma, as the screen shows it, is not that of the earlier
   result there.
2. The window holds the pixels within a quarter of the long side of a changed one. Only its
   bounding box is solved; outside the window the earlier chroma stays as it is.
3. The method itself says how far the changed strokes reach: it colours the box from the chroma 1
   at changed strokes and 0 at all others and beyond the window. The result is the influence a.
4. It colours the box again, from all strokes and the earlier chroma as soft hints of the weight
   HOLD max(0, 1 - 2 a)^2: held where the change does not reach, free where it decides.

So any method that takes hints can correct, and keeps its own edges while it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from handtint.color import Space
from handtint.colorizer import Colorizer, Progress
from handtint.errors import HintError
from handtint.types import Chroma, Colorization, HintMap, Mask, Plane

CHANGED = 6.0
"""Chroma difference from which a stroke pixel is changed, in percent of white."""

REACH = 0.25
"""How far a changed stroke can reach, in long sides of the picture."""

HOLD = 0.9
"""Weight of the earlier chroma where no change reaches."""

_UNIT = 30.0


def changed_strokes(hints: HintMap, lightness: Plane, earlier: Chroma, space: Space) -> Mask:
    """Stroke pixels whose colour is not that of an earlier result.

    Both are compared as they are shown, so that strokes which the gamut made paler are no change.
    The distance is a mean over the stroke pixels in a 3 by 3 neighbourhood, because strokes and
    picture may have been brought to the grid in different ways.

    Parameters
    ----------
    hints : HintMap, of shape (h, w)
        The strokes.
    lightness : ndarray, shape (h, w), float32, in [0, 100]
        Lightness of the photograph.
    earlier : ndarray, shape (h, w, 2), float32
        Chroma of the earlier result.
    space : Space
        Colour space of all three.

    Returns
    -------
    ndarray, shape (h, w), bool
    """
    drawn = hints.weight > 0
    _, shown = space.from_codes(space.recompose(lightness, hints.chroma, 16))
    distance = np.where(drawn, np.linalg.norm(shown - earlier, axis=2), 0)
    total = ndimage.uniform_filter(distance.astype(np.float64), 3, mode="constant")
    share = ndimage.uniform_filter(drawn.astype(np.float64), 3, mode="constant")
    found: Mask = drawn & (total > CHANGED * share)
    return found


def correct(
    method: Colorizer,
    lightness: Plane,
    hints: HintMap,
    earlier: Chroma,
    space: Space,
    *,
    progress: Progress | None = None,
) -> Colorization:
    """Bring an earlier result into line with strokes that were added or changed since.

    A stroke that was erased leaves its colour behind, for nothing says where it was.

    Parameters
    ----------
    method : Colorizer
        The method.
    lightness : ndarray, shape (h, w), float32, in [0, 100]
        Lightness of the photograph.
    hints : HintMap, of shape (h, w)
        All strokes, or only the new ones.
    earlier : ndarray, shape (h, w, 2), float32
        Chroma of the earlier result.
    space : Space
        Colour space of all three.
    progress : Progress, optional
        Told the fraction, not the chroma, for that is of a part of the picture; cancellation.

    Returns
    -------
    Colorization
        Its chroma is ``earlier`` outside the window.

    Raises
    ------
    HintError
        When no stroke differs from the earlier result.
    Cancelled
        When ``progress.cancelled`` became true.
    """
    changed = changed_strokes(hints, lightness, earlier, space)
    if not changed.any():
        raise HintError(
            "no stroke differs from the earlier result, so there is nothing to correct; paint "
            "one, or leave out the local correction"
        )
    window = ndimage.distance_transform_edt(~changed) <= REACH * max(lightness.shape)
    box = ndimage.find_objects(window.astype(np.int8))[0]
    prepared = method.prepare(np.ascontiguousarray(lightness[box]))
    part, window, changed, before = _cut(hints, box), window[box], changed[box], earlier[box]

    influence = prepared(
        _influence_hints(part, changed, window), progress=_part(progress, 0.0, 0.5)
    ).chroma[..., 0]
    hold = HOLD * np.clip(1 - 2 * influence / _UNIT, 0, 1) ** 2
    hold[~window] = HOLD
    found = prepared(
        _held_hints(part, before, hold.astype(np.float32)),
        initial=np.ascontiguousarray(before),
        progress=_part(progress, 0.5, 0.5),
    )
    chroma = earlier.copy()
    chroma[box][window] = found.chroma[window]
    return Colorization(chroma, found.report)


def _cut(hints: HintMap, box: tuple[slice, slice]) -> HintMap:
    return HintMap(
        np.ascontiguousarray(hints.chroma[box]),
        np.ascontiguousarray(hints.weight[box]),
        np.ascontiguousarray(hints.barrier[box]),
        np.ascontiguousarray(hints.ignore[box]),
    )


def _influence_hints(hints: HintMap, changed: Mask, window: Mask) -> HintMap:
    chroma = np.zeros_like(hints.chroma)
    chroma[changed, 0] = _UNIT
    weight = np.where(window | (hints.weight > 0), hints.weight, np.float32(1))
    return HintMap(chroma, weight, hints.barrier, hints.ignore)


def _held_hints(hints: HintMap, before: Chroma, hold: Plane) -> HintMap:
    drawn = hints.weight > 0
    chroma = np.where(drawn[..., None], hints.chroma, before)
    return HintMap(chroma, np.where(drawn, hints.weight, hold), hints.barrier, hints.ignore)


@dataclass(frozen=True, slots=True)
class _Fractions:
    """Progress of a part of the run, without pictures."""

    whole: Progress
    first: float
    share: float

    def report(self, fraction: float, chroma: Chroma | None = None, /) -> None:
        self.whole.report(self.first + self.share * fraction)

    @property
    def cancelled(self) -> bool:
        return self.whole.cancelled


def _part(progress: Progress | None, first: float, share: float) -> Progress | None:
    return None if progress is None else _Fractions(progress, first, share)
