"""Unguided heat flow: colour spreads from the hints as heat does, blind to the photograph."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from handtint.colorizer import MethodInfo, PreparedColorizer, Progress, check_cancelled
from handtint.jit import kernel
from handtint.options import option
from handtint.types import Chroma, Colorization, HintMap, Mask, Plane, SolveReport

Planes: TypeAlias = NDArray[np.float32]
"""``(2, H, W)`` float32: the chroma, a plane a channel."""

# Steps between two looks at the caller's wish to stop.
_STEPS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class SeedDiffusion:
    """Explicit heat flow from the hints, stopped after a fixed number of steps.

    From zero chroma, or from ``initial``, with a step of ``dt``::

        u <- u + dt * laplacian(u)
        u <- (1 - w) u + w h

    with the 5-point Laplacian, no flow over the borders of the picture, h and w the chroma and the
    weight of the hints: hard hints are held. The flow stops after ``steps`` steps, near or far from
    its steady state; ``residual`` is the largest change of a chroma value in the last step.

    Nothing flows through a barrier pixel, which keeps its own chroma. The lightness is not looked
    at, so ignored pixels are pixels like all others.
    """

    steps: int = option(2000, help="number of steps", minimum=1, maximum=1_000_000)
    # Above 1/4 the explicit scheme breaks the maximum principle and diverges.
    dt: float = option(0.01, help="length of a step, in squared pixels", minimum=1e-4, maximum=0.25)

    info: ClassVar[MethodInfo] = MethodInfo(
        title="Heat flow from the hints, unguided by the photograph",
        kind="baseline",
        hints="needed",
        energy="du/dt = laplacian(u), u = h on the hints; forward Euler, 5-point Laplacian",
        reference=(
            "K. W. Morton and D. F. Mayers, Numerical Solution of Partial Differential Equations, "
            "2nd ed., 2005, section 3.1"
        ),
    )

    def prepare(self, lightness: Plane, /) -> PreparedColorizer:
        """Nothing to prepare; see `handtint.colorizer.Colorizer.prepare`."""
        return _PreparedSeedDiffusion(self.steps, self.dt)


@dataclass(frozen=True, slots=True)
class _PreparedSeedDiffusion:
    steps: int
    dt: float

    def __call__(
        self,
        hints: HintMap,
        /,
        *,
        initial: Chroma | None = None,
        progress: Progress | None = None,
    ) -> Colorization:
        start = time.perf_counter()
        down, right = _conductances(hints.barrier)
        down *= self.dt
        right *= self.dt
        weight = np.pad(hints.weight, 1)
        wanted = _padded_planes(hints.chroma)
        now = _padded_planes(np.zeros_like(hints.chroma) if initial is None else initial)
        now += weight * (wanted - now)
        before = now.copy()
        for done in range(0, self.steps, _STEPS_AT_ONCE):
            check_cancelled(progress)
            for _ in range(min(_STEPS_AT_ONCE, self.steps - done)):
                now, before = before, now
                _step(before, now, down, right, wanted, weight)
            if progress is not None:
                progress.report(min(1.0, (done + _STEPS_AT_ONCE) / self.steps))
        return Colorization(
            np.ascontiguousarray(now[:, 1:-1, 1:-1].transpose(1, 2, 0)),
            SolveReport(
                iterations=self.steps,
                residual=float(np.abs(now - before).max()),
                converged=True,
                seconds=time.perf_counter() - start,
            ),
        )


def _padded_planes(chroma: Chroma) -> Planes:
    """``chroma`` as ``(2, H + 2, W + 2)``, with a frame that nothing flows to or from."""
    return np.pad(chroma.astype(np.float32).transpose(2, 0, 1), ((0, 0), (1, 1), (1, 1)))


def _conductances(barrier: Mask) -> tuple[Plane, Plane]:
    """1 from each pixel to the one below and to the right where colour may flow, 0 elsewhere."""
    passable = np.pad(~barrier, 1)
    down = np.zeros(passable.shape, np.float32)
    right = np.zeros(passable.shape, np.float32)
    down[:-1] = passable[:-1] & passable[1:]
    right[:, :-1] = passable[:, :-1] & passable[:, 1:]
    return down, right


@kernel()
def _step(u: Planes, out: Planes, down: Plane, right: Plane, wanted: Planes, weight: Plane) -> None:
    """One step of the flow from ``u`` into ``out``; planes are padded by a frame of one pixel."""
    channels, height, width = u.shape
    for c in range(channels):
        for y in range(1, height - 1):
            for x in range(1, width - 1):
                centre = u[c, y, x]
                flow = (
                    down[y, x] * (u[c, y + 1, x] - centre)
                    + down[y - 1, x] * (u[c, y - 1, x] - centre)
                    + right[y, x] * (u[c, y, x + 1] - centre)
                    + right[y, x - 1] * (u[c, y, x - 1] - centre)
                )
                moved = centre + flow
                out[c, y, x] = moved + weight[y, x] * (wanted[c, y, x] - moved)
