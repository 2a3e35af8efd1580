"""The one protocol: a colorizer maps lightness and hints to chroma, and nothing else.

Decoding, scaling, colour spaces, recomposition, gamut and encoding exist once, in the pipeline.
So no method can alter the tones of a photograph, all methods are comparable, and a new one is a
small file. ``examples/plugin`` is a complete one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, runtime_checkable

from handtint.errors import Cancelled
from handtint.types import Chroma, Colorization, HintMap, Plane

HintUse = Literal["needed", "used", "ignored"]
Kind = Literal["guided", "learned", "union", "baseline"]


@dataclass(frozen=True, slots=True)
class MethodInfo:
    """What a method tells about itself.

    Parameters
    ----------
    title : str
        One line.
    kind : {"guided", "learned", "union", "baseline"}
        Family of the method; baselines exist to be compared with.
    hints : {"needed", "used", "ignored"}
        What it does with strokes.
    energy : str
        The energy or the algorithm, as a formula in plain text.
    reference : str
        Where it comes from: authors, title, year, DOI.
    overshoots : bool
        Whether its chroma may leave the range of the hints; if not, it keeps the maximum
        principle.
    shades : bool
        Whether the chroma of one colour follows the lightness of its surface; if not, a single
        colour is not stronger anywhere than at its stroke.
    holds_strokes : bool
        Whether hard strokes are kept exactly on the working grid.
    honours_marks : bool
        Whether nothing crosses a closed barrier, and the lightness of ignored pixels counts for
        nothing.
    proposes : bool
        Whether it makes colours of its own where no hint tells: then nothing is grey without
        hints, and colours leave the range of the hints.
    turns : bool
        Whether turning or mirroring the picture turns or mirrors the result.
    spaces : tuple of str
        Colour spaces in which it works; empty for all. The contract tests hold every method to
        what it says here.
    """

    title: str
    kind: Kind
    hints: HintUse
    energy: str
    reference: str
    overshoots: bool = False
    shades: bool = False
    holds_strokes: bool = True
    honours_marks: bool = True
    proposes: bool = False
    turns: bool = True
    spaces: tuple[str, ...] = ()


class Progress(Protocol):
    """How a running solve talks to its caller, and the caller to it."""

    def report(self, fraction: float, chroma: Chroma | None = None, /) -> None:
        """Take note of the done ``fraction`` in [0, 1] and, where cheap, the chroma so far.

        The chroma may be on a coarser grid of the same picture than the method's result.
        """

    @property
    def cancelled(self) -> bool:
        """Whether the solve is to stop; methods look at it at every iteration."""


class Part:
    """Progress of one stage as a part of the whole run.

    Parameters
    ----------
    whole : Progress
        Told of the whole run.
    first, share : float, in [0, 1]
        Where the stage begins, and how much of the run it is.
    """

    def __init__(self, whole: Progress, first: float, share: float) -> None:
        self._whole, self._first, self._share = whole, first, share

    def report(self, fraction: float, chroma: Chroma | None = None, /) -> None:
        """Pass the ``fraction`` of the stage on as a fraction of the whole."""
        self._whole.report(self._first + self._share * fraction, chroma)

    @property
    def cancelled(self) -> bool:
        """Whether the whole run is to stop."""
        return self._whole.cancelled


class Quiet:
    """Progress that carries the cancellation of a run and tells it nothing."""

    def __init__(self, whole: Progress) -> None:
        self._whole = whole

    def report(self, fraction: float, chroma: Chroma | None = None, /) -> None:
        """Keep it to itself."""

    @property
    def cancelled(self) -> bool:
        """Whether the whole run is to stop."""
        return self._whole.cancelled


def check_cancelled(progress: Progress | None) -> None:
    """Raise `Cancelled` when the caller wants the solve to stop."""
    if progress is not None and progress.cancelled:
        raise Cancelled("cancelled; nothing was written")


@runtime_checkable
class PreparedColorizer(Protocol):
    """A method bound to one photograph; fast, and called at every change of the hints."""

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None = None,
        progress: Progress | None = None,
    ) -> Colorization:
        """Colour the photograph.

        Parameters
        ----------
        hints : HintMap
            Strokes on the grid of the lightness that the method was prepared with.
        initial : ndarray, shape (H, W, 2), float32, optional
            A chroma to start from.
        progress : Progress, optional
            Receives the progress and carries the cancellation.

        Returns
        -------
        Colorization

        Raises
        ------
        Cancelled
            When ``progress.cancelled`` became true.
        """


@runtime_checkable
class Colorizer(Protocol):
    """A method: a frozen dataclass whose fields are its options (see `handtint.options`)."""

    info: ClassVar[MethodInfo]

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Bind the method to a photograph: done once a photo, may be costly.

        Parameters
        ----------
        lightness : ndarray, shape (H, W), float32, in [0, 100]
            Lightness of the photograph in the working colour space, in percent of white.
        """
