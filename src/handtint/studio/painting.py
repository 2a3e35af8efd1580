"""One photograph in the worker: what is computed once and kept while the strokes change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handtint.color import space as color_space
from handtint.color.srgb import Bits
from handtint.colorizer import Colorizer, PreparedColorizer
from handtint.hints import Canvas, LayeredStrokes, MaskHints, Stroke, StrokeDocument
from handtint.hints.canvas import hints_of
from handtint.hints.layers import laid_over
from handtint.jit import kernel
from handtint.methods.fast import Fast
from handtint.pipeline import DEFAULT_SIZE, Settings
from handtint.pipeline.grids import climb, reduced_lightness, shape_of, whole_steps
from handtint.resample import fit
from handtint.types import Chroma, HintMap, Mask, Plane

SMALL, LARGE = 512, DEFAULT_SIZE
"""Long sides of the grids: of the first pictures, and of the one that exports are made from."""

MOST_CARRIED = 2867
"""Longest side to which a picture is carried up for the page: up to here one step leads from
twice the large grid to the photo. A finer picture would be hundreds of megabytes there."""

_MOST_PREPARED = 6
_CLEAR_CHANGE = 6.0
"""Change of the preview, in percent of white, from which it is shown as it is."""

Key = tuple[str, tuple[tuple[str, object], ...], str]
"""Method, its options and the colour space."""


def key_of(settings: Settings) -> Key:
    """What of the settings decides about the chroma."""
    return settings.method, tuple(sorted(settings.options.items())), settings.space


class Painting:
    """A photograph, a mask below the strokes, and all that methods have prepared for them.

    Parameters
    ----------
    gray : ndarray, shape (H, W), uint8 or uint16
        Grey code values.
    bits : {8, 16}
        Their depth.
    base : MaskHints or StrokeDocument, optional
        What lies below the strokes of a job that asks for it.
    """

    def __init__(
        self,
        gray: NDArray[np.uint8] | NDArray[np.uint16],
        bits: Bits,
        base: MaskHints | StrokeDocument | None = None,
    ) -> None:
        self.gray, self.bits, self.base = gray, bits, base
        self.shape = (gray.shape[0], gray.shape[1])
        self._shapes = {size: fit(self.shape, size) for size in (SMALL, LARGE)}
        self._grids = {size: _Grid(self, shape) for size, shape in self._shapes.items()}
        self._lightness: dict[tuple[tuple[int, int], str], Plane] = {}
        self._prepared: OrderedDict[tuple[int, Key], PreparedColorizer] = OrderedDict()
        self._fast: dict[str, PreparedColorizer] = {}
        self._methods: dict[Key, Colorizer] = {}

    @property
    def sizes(self) -> tuple[int, ...]:
        """Grids on which the chosen method is run, the last one being that of exports."""
        return (LARGE,) if max(self.shape) <= SMALL else (SMALL, LARGE)

    def lightness(self, size: int, space: str) -> Plane:
        """Lightness on the small or the large grid."""
        return self.lightness_on(self._shapes[size], space)

    def lightness_on(self, shape: tuple[int, int], space: str) -> Plane:
        """Lightness on a grid of a shape."""
        if (shape, space) not in self._lightness:
            table = color_space(space).lightness_table(self.bits)
            self._lightness[shape, space] = reduced_lightness(self.gray, table, shape)
        return self._lightness[shape, space]

    def hints(self, size: int, strokes: tuple[Stroke, ...], base: bool, space: str) -> HintMap:
        """Strokes, and the base if it is wanted, on a grid."""
        return self._grids[size].hints(strokes, base, space)

    def carried(
        self,
        chroma: Chroma,
        strokes: tuple[Stroke, ...],
        base: bool,
        space: str,
        check: Callable[[], None],
    ) -> Chroma:
        """A chroma as far up towards the photo's size as the page cannot carry it itself.

        The page does one step, without barriers; an export does several, which barriers bound
        (`handtint.pipeline.result`). Those before the last, and with barriers that one too, are
        done here, as far as `MOST_CARRIED`.

        Parameters
        ----------
        chroma : ndarray, shape (h, w, 2), float32
            On the large grid.
        strokes, base, space
            As for `hints`.
        check : callable
            Called between the parts of the work; raises to end it.

        Returns
        -------
        ndarray, shape (h', w', 2), float32
            The very same where nothing is to be done.
        """
        barred = self.hints(LARGE, strokes, base, space).barrier.any()
        document = StrokeDocument(self.shape, strokes)
        below = self.base if base else None
        drawn = document if below is None else LayeredStrokes(below, document)

        def barrier(shape: tuple[int, int]) -> Mask:
            check()
            found = drawn.hint_map(shape, space).barrier
            check()
            return found

        start = shape_of(chroma)
        shapes = [
            shape
            for shape in whole_steps(start, self.shape, barrier=bool(barred))
            if max(shape) <= MOST_CARRIED
        ]
        finer = (self.lightness_on(shape, space) for shape in shapes)
        lightness = self.lightness_on(start, space)
        return climb(chroma, lightness, finer, barrier if barred else None)[0]

    def fast(self, space: str) -> PreparedColorizer:
        """The method of the preview, on the small grid."""
        if space not in self._fast:
            self._fast[space] = Fast().prepare(self.lightness(SMALL, space))
        return self._fast[space]

    def method(self, settings: Settings) -> Colorizer:
        """The chosen method; looking it up among all that are installed takes a while."""
        key = key_of(settings)
        if key not in self._methods:
            self._methods[key] = settings.colorizer()
        return self._methods[key]

    def is_prepared(self, size: int, settings: Settings) -> bool:
        """Whether `prepared` has it at once."""
        return (size, key_of(settings)) in self._prepared

    def prepared(self, size: int, settings: Settings) -> PreparedColorizer:
        """The chosen method on a grid; those that were not used for long are forgotten."""
        key = (size, key_of(settings))
        if key not in self._prepared:
            while len(self._prepared) >= _MOST_PREPARED:
                self._prepared.popitem(last=False)
            lightness = self.lightness(size, settings.space)
            self._prepared[key] = self.method(settings).prepare(lightness)
        self._prepared.move_to_end(key)
        return self._prepared[key]


class _Grid:
    """A grid of one size: hints on it."""

    def __init__(self, painting: Painting, shape: tuple[int, int]) -> None:
        self._painting, self._shape = painting, shape
        self._canvas = Canvas(painting.shape, shape)
        self._base: dict[str, HintMap] = {}

    def hints(self, strokes: tuple[Stroke, ...], base: bool, space: str) -> HintMap:
        top = self._canvas.draw(strokes)
        hints = hints_of(top, strokes, space)
        below = self._painting.base
        if below is None or not base:
            return hints
        if space not in self._base:
            self._base[space] = below.hint_map(self._shape, space)
        return laid_over(self._base[space], hints, top)


@dataclass(slots=True)
class Preview:
    """The preview on the small grid, in keeping with the last picture of the chosen method.

    Two methods differ everywhere, if only a little, and a picture that jumps to and fro under the
    brush is hard to look at. So the preview is that last picture plus what changed in the fast
    method's one since; where that changed clearly, the fast method's picture itself.

    Parameters
    ----------
    key : Key or None
        Settings of the last picture; None when there is none.
    """

    key: Key | None = None
    _last: Chroma | None = None
    _fast_then: Chroma | None = None

    def follow(self, key: Key, fast: Chroma, hints: HintMap) -> Chroma:
        """The picture to show while the chosen method has not come to it.

        Parameters
        ----------
        key : Key
            Settings now.
        fast : ndarray, shape (h, w, 2), float32
            What the fast method makes of the strokes now.
        hints : HintMap, of shape (h, w)
            The strokes now.

        Returns
        -------
        ndarray, shape (h, w, 2), float32
        """
        if key != self.key or self._last is None or self._fast_then is None:
            return fast
        shown = np.empty_like(fast)
        _follow(fast, self._fast_then, self._last, hints.chroma, hints.weight, shown)
        return shown

    def settle(self, key: Key, chroma: Chroma, fast: Chroma) -> None:
        """Remember a picture of the chosen method, and the fast method's of the same strokes."""
        self.key, self._last, self._fast_then = key, chroma, fast


@kernel()
def _follow(
    fast: Chroma, fast_then: Chroma, last: Chroma, wanted: Chroma, weight: Plane, shown: Chroma
) -> None:
    height, width = weight.shape
    for i in range(height):
        for j in range(width):
            da, db = fast[i, j, 0] - fast_then[i, j, 0], fast[i, j, 1] - fast_then[i, j, 1]
            change = np.sqrt(da * da + db * db) / np.float32(_CLEAR_CHANGE)
            part = min(change, np.float32(1))
            for k in range(2):
                kept = last[i, j, k] + fast[i, j, k] - fast_then[i, j, k]
                shown[i, j, k] = kept + part * (fast[i, j, k] - kept)
                if weight[i, j] >= 1:
                    shown[i, j, k] = wanted[i, j, k]
