"""Training examples: photographs on the grid of the models, with hints as a person might give."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from handtint.color import space
from handtint.simulate.hints import strokes_within, uniform_points
from handtint.simulate.pictures import resize
from handtint.simulate.segmentation import Labels, segment
from handtint.types import Chroma, HintMap, Plane

GRID = 256
"""Long side of the grid on which the models are trained and work, in pixels."""

_USUAL = GRID / 384  # of the sizes of the benchmark's hints: 7 pixels and 3 pixels at 384


@dataclass(slots=True, eq=False)
class Example:
    """A photograph.

    Parameters
    ----------
    name : str
        Its file.
    rgb : ndarray, shape (H, W, 3), uint8
        The photograph, brought to the grid.
    lightness : ndarray, shape (H, W), float32
    chroma : ndarray, shape (H, W, 2), float32
        The true chroma, in CIE Lab.
    """

    name: str
    rgb: NDArray[np.uint8]
    lightness: Plane
    chroma: Chroma
    _regions: Labels | None = field(default=None, init=False)

    @classmethod
    def of(cls, name: str, rgb: NDArray[np.uint8]) -> Example:
        """Bring a photograph to the grid."""
        rgb = np.asarray(resize(rgb, GRID))
        return cls(name, rgb, *space("lab").from_codes(rgb))

    def points(self, n: int, size: int, rng: np.random.Generator) -> HintMap:
        """``n`` squares of ``size`` pixels anywhere, with their mean chroma."""
        return uniform_points(self.chroma, n, rng, size=size)

    def strokes(self, n: int, width: float, rng: np.random.Generator) -> HintMap:
        """``n`` short strokes, each inside one region, with the median chroma."""
        if self._regions is None:
            self._regions = segment(self.rgb, scale=300 * _USUAL, min_size=round(150 * _USUAL**2))
        return strokes_within(self._regions, self.chroma, n, rng, width=width)

    def random_hints(
        self,
        rng: np.random.Generator,
        points: tuple[int, int] = (6, 80),
        strokes: tuple[int, int] = (10, 36),
    ) -> HintMap:
        """Hints of random kind, number and size.

        Six in ten times points, as many as ``points`` says, with a logarithmic law, else strokes.
        Half of the time they have the size that the benchmark gives them, scaled to the grid.
        """
        usual = rng.random() < 0.5
        if rng.random() < 0.6:
            size = 5 if usual else int(rng.integers(2, 12))
            return self.points(round(np.exp(rng.uniform(*np.log(points)))), size, rng)
        width = 3 * _USUAL if usual else rng.uniform(1.5, 6)
        return self.strokes(int(rng.integers(strokes[0], strokes[1] + 1)), width, rng)


def loss(chroma: Chroma, truth: Chroma) -> tuple[float, Chroma]:
    """How far a chroma is from the true one, and the gradient.

    With the squared distance q_i at each of n pixels,

        1/2 log(mean q_i + 4) + log(mean(s_i sqrt(q_i + 1)) + 0.3),   s_i = 1 / (1 + 0.045 |t_i|):

    the logarithms of what PSNR and CIEDE2000 measure, so that neither hard nor easy photographs
    rule.

    Parameters
    ----------
    chroma, truth : ndarray, shape (..., 2), float32

    Returns
    -------
    value : float
    gradient : ndarray, shape (..., 2), float32
    """
    difference = chroma - truth
    square = (difference * difference).sum(axis=-1)
    sensitivity = 1 / (1 + 0.045 * np.sqrt((truth * truth).sum(axis=-1)))
    distance = np.sqrt(square + 1)
    energy = float(square.mean()) + 4
    perceived = float((sensitivity * distance).mean()) + 0.3
    factor = 1 / energy + sensitivity / (distance * perceived)
    gradient = difference * (factor / square.size)[..., None]
    return 0.5 * np.log(energy) + np.log(perceived), gradient.astype(np.float32)
