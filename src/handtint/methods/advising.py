"""Where one more stroke would help most, and which colours are likely there."""

from __future__ import annotations

from dataclasses import dataclass, fields
from threading import Lock

import numpy as np

from handtint.inference.likely import Likely, likely_colours
from handtint.inference.placing import Place, best_places
from handtint.inference.propose import Proposer, sized
from handtint.inference.session import Planes
from handtint.methods.proposing import Proposing
from handtint.methods.pyramid import without
from handtint.types import HintMap, Mask, Plane


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where a stroke would help.

    Parameters
    ----------
    x, y : float
        Its centre, from the left and from the top: in pixels of the photo as
        `handtint.pipeline.suggest` gives it, as shares of width and height as `Adviser` does.
    gain : float, in (0, 1]
        Share of the expected error of the chroma that a stroke here takes away, beyond what the
        spots before it in the list do.
    colours : tuple of Likely
        Likely colours, the likeliest first.
    """

    x: float
    y: float
    gain: float
    colours: tuple[Likely, ...]


class Adviser:
    """Advice for one photograph whose strokes change.

    The networks are asked once for the same strokes. Calls from several threads wait for each
    other.

    Parameters
    ----------
    lightness : ndarray, shape (H, W), float32, in [0, 100]
        L* of the photograph, on the grid of the hints.
    asking : Proposing, optional
        Which networks are asked; those of the package if not given.

    Raises
    ------
    MethodUnavailable
        When there is no network, one is damaged, or ONNX Runtime is missing.
    """

    def __init__(self, lightness: Plane, asking: Proposing | None = None) -> None:
        self._asking = asking or Proposing()
        self._models = self._asking.models()
        self._lock = Lock()
        self._photograph = lightness
        self._last: tuple[HintMap, Planes] | None = None
        self._bind(np.zeros(lightness.shape, np.bool_))

    def spots(self, hints: HintMap, count: int = 5) -> list[Spot]:
        """The places where strokes would help most.

        Parameters
        ----------
        hints : HintMap, of shape (H, W)
            The strokes so far.
        count : int
            How many; a longer list begins like a shorter one.

        Returns
        -------
        list of Spot
            The most helpful first; none where a hint, a barrier or an ignored pixel is. Fewer than
            ``count`` when there is no room for more.
        """
        with self._lock:
            likely = self._asked(hints)
            found = best_places(likely, self._lightness, hints, count)
        return [self._spot(likely, place) for place in found]

    def palette(self, hints: HintMap, x: float, y: float) -> tuple[Likely, ...]:
        """The likely colours of a place; see `handtint.inference.likely.likely_colours`.

        Parameters
        ----------
        hints : HintMap, of shape (H, W)
            The strokes so far.
        x, y : float, in [0, 1]
            The place, as shares of width and height.
        """
        with self._lock:
            return self._colours(self._asked(hints), x, y)

    def _spot(self, likely: Planes, place: Place) -> Spot:
        return Spot(place.x, place.y, place.gain, self._colours(likely, place.x, place.y))

    def _colours(self, likely: Planes, x: float, y: float) -> tuple[Likely, ...]:
        h, w, _ = likely.shape
        row, column = (min(max(int(n * at), 0), n - 1) for n, at in ((h, y), (w, x)))
        return likely_colours(likely[row, column], float(self._coarse[row, column]))

    def _asked(self, hints: HintMap) -> Planes:
        """Probabilities (h, w, Q) for the hints; asked for when these are new."""
        if self._last is not None and _same(self._last[0], hints):
            return self._last[1]
        if not np.array_equal(self._ignored, hints.ignore):
            self._bind(hints.ignore)
        likely = self._asking.distribution(self._proposer, self._models, hints)
        self._coarse = np.clip(sized(self._lightness, likely.shape[:2]), 0, 100)
        self._last = (HintMap(*(getattr(hints, name).copy() for name in _PLANES)), likely)
        return likely

    def _bind(self, ignored: Mask) -> None:
        """Set up for a lightness that is not to be trusted somewhere."""
        self._ignored = ignored.copy()
        seen = self._photograph
        self._lightness = without(seen, ignored) if ignored.any() else seen
        self._proposer = Proposer(self._lightness)


_PLANES = tuple(field.name for field in fields(HintMap))


def _same(a: HintMap, b: HintMap) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in _PLANES)
