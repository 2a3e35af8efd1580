"""Chrominance blending with a learned hint kernel, and a solve that keeps strokes and edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import ClassVar

from handtint.coefficients import Kernel, load
from handtint.colorizer import MethodInfo, Part, PreparedColorizer, Progress, Quiet
from handtint.methods.coarse import Coarse
from handtint.methods.pyramid import GridSolver, Pyramid
from handtint.options import option
from handtint.resample import joint_upsample_within, reduce_area, reduce_hints
from handtint.solvers.affinities import laplace
from handtint.solvers.features import Texture, edge_features
from handtint.solvers.hint_features import PLAIN_LAW, Surroundings
from handtint.solvers.hint_kernel import blend
from handtint.solvers.hint_strokes import strokes_of
from handtint.solvers.kinship import Kinship, Planes, on_grid
from handtint.solvers.learned import PULL, clipped, log_weights, to_weights
from handtint.threads import shared
from handtint.types import Chroma, HintMap, Plane, Proposed, SolveReport


@dataclass(frozen=True)
class Blending(Coarse):
    """Each pixel mixes the colours of the strokes by learned scores; a solve makes them exact.

    On the coarsest grid the mixture of `handtint.solvers.hint_kernel` is the weak prior of the
    harmonic problem with learned edge weights. Finer grids carry the result on, as
    `handtint.methods.pyramid` tells.
    """

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Chrominance blending with a learned hint kernel",
        kind="guided",
        hints="needed",
        energy=(
            "E(u) = 1/2 sum_ij w_ij |u_i - u_j|^2 + 1/2 sum_i c_i |u_i - h_i|^2"
            " + prior/2 |u - q|^2, u = h at hard strokes; "
            "q(x) = sum_k p_k(x) g_k(x) c_k, p = softmax of learned scores; w learned"
        ),
        reference=(
            "after L. Yatziv, G. Sapiro, Fast image and video colorization using chrominance "
            "blending, IEEE Transactions on Image Processing 15(5), 2006, "
            "doi:10.1109/TIP.2005.864231"
        ),
    )

    prior: float = option(0.5, help="weight of the mixture", minimum=1e-4, maximum=100)

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Compute edge weights and features on every grid."""
        return Pyramid(lightness, self._bind, reach=self.reach, tie=self.tie)

    def mixing(self, lightness: Plane) -> Mixing:
        """What mixes the colours of the strokes on the coarsest grid."""
        return Mixing(self, lightness)

    def _bind(self, lightness: Plane, coarsest: bool) -> GridSolver:
        return _Blend(self.prior, self.mixing(lightness)) if coarsest else self.finer(lightness)


class Mixing:
    """The mixture on the coarsest grid, and the solver there, bound to a photograph.

    Parameters
    ----------
    method : Coarse
    lightness : ndarray, shape (h, w), float32, in [0, 100]
        On the coarsest grid.
    kernel : Kernel, optional
        The one of ``method.coefficients`` if not given.
    distribution : callable, optional
        Gives what `handtint.solvers.kinship.Kinship` needs, when there are strokes; for a kernel
        that asks for it.
    """

    def __init__(
        self,
        method: Coarse,
        lightness: Plane,
        kernel: Kernel | None = None,
        distribution: Callable[[], Planes] | None = None,
    ) -> None:
        self._lightness = lightness
        models = load(method.coefficients)
        self._kernel = kernel or models.kernel
        logarithms = log_weights(models.edges, edge_features(Texture.of(lightness)))
        self.learned = method.bound(to_weights(logarithms))
        self._plain = method.bound(laplace(lightness, PLAIN_LAW))
        self._surroundings = Surroundings.of(lightness, clipped(logarithms))
        self._distribution = distribution
        self._kinship: Kinship | None = None
        # The surroundings keep the distances of the last call, which one call at a time may use.
        self._lock = Lock()

    def mixture(
        self,
        hints: HintMap,
        progress: Progress | None = None,
        proposed: Proposed | None = None,
    ) -> Chroma | None:
        """The mixture on the coarsest grid; None where there is nothing to mix.

        Parameters
        ----------
        hints : HintMap, of shape (h, w)
        progress : Progress, optional
        proposed : Proposed, of shape (h, w), optional
            For a kernel that takes it as one more candidate.
        """
        shape = self._surroundings.shape
        reduced = reduce_hints(hints, shape)
        strokes = strokes_of(reduced)
        if not strokes.pixels:
            return None
        # Not from the initial chroma: the model was trained on what the solver finds without, and
        # where edges barely couple it would show through.
        (learned, _), (plain, _) = shared(
            lambda solve: solve(),
            (
                partial(self.learned, hints, prior_weight=PULL, progress=_part(progress, 0)),
                partial(self._plain, hints, progress=progress and Quiet(progress)),
            ),
        )
        with self._lock:
            mixture = blend(
                self._surroundings,
                strokes,
                reduced.barrier,
                reduce_area(plain, shape),
                reduce_area(learned, shape),
                self._kernel,
                progress,
                kinship=self._kin(),
                proposed=None if proposed is None else on_grid(proposed, shape),
            )
        return joint_upsample_within(
            mixture,
            self._surroundings.lightness,
            self._lightness,
            reduced.barrier,
            hints.barrier,
        )

    def _kin(self) -> Kinship | None:
        if self._kinship is None and self._distribution is not None:
            self._kinship = Kinship(self._distribution(), self._surroundings.shape)
        return self._kinship


class _Blend:
    """The problem on the coarsest grid, bound to a photograph."""

    def __init__(self, prior: float, mixing: Mixing) -> None:
        self._prior, self._mixing = prior, mixing

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None,
        prior: Chroma | None,
        prior_weight: float,
        progress: Progress | None,
    ) -> tuple[Chroma, SolveReport]:
        """Mix, and minimise the energy with the mixture as its prior."""
        mixture = self._mixing.mixture(hints, progress)
        if mixture is None:
            return self._mixing.learned(hints, initial=initial, progress=progress)
        return self._mixing.learned(
            hints,
            initial=mixture,
            prior=mixture,
            prior_weight=self._prior,
            progress=_part(progress, 2),
        )


def _part(progress: Progress | None, third: int) -> Progress | None:
    """Progress of a third of the work."""
    return None if progress is None else Part(progress, third / 3, 1 / 3)
