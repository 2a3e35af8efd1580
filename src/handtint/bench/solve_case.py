"""One case of `handtint.bench.solve`, measured in this process.

Run as ``python -m handtint.bench.solve_case`` with the case as JSON on the standard input; the
measurement comes as JSON on the standard output.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from handtint.bench import peers, scene
from handtint.bench.memory import PeakMemory
from handtint.errors import HandtintError
from handtint.methods.harmonic import Harmonic
from handtint.solvers.affinities import EdgeLaw, laplace
from handtint.solvers.diffusion import Diffusion, diffuse
from handtint.solvers.grid import EdgeWeights
from handtint.types import Chroma, HintMap, Plane, SolveReport

T = TypeVar("T")

Solver: TypeAlias = Literal["handtint", "harmonic", "splu", "pyamg"]
Start: TypeAlias = Literal["cold", "warm"]

_CONVERGED = 1e-6
_MAX_ITERATIONS = 1000
# No further run when those so far took longer, in seconds.
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement to make; see `handtint.bench.solve.SolveRow` for the fields."""

    solver: Solver
    start: Start
    tolerance: float | None
    lightness: str
    repeats: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured; see `handtint.bench.solve.SolveRow` for the fields."""

    seconds: float | None = None
    cpu_seconds: float | None = None
    iterations: int | None = None
    residual: float | None = None
    reported_residual: float | None = None
    peak_bytes: int | None = None
    chroma_error: float | None = None
    note: str = ""


def measure(case: Case) -> Measurement:
    """Measure a case; a peer that is missing or runs out of memory gives a note."""
    lightness = np.load(case.lightness)
    hints = scene.random_hints((lightness.shape[0], lightness.shape[1]))
    try:
        if case.solver == "harmonic":
            return _measure_method(case, lightness, hints)
        if case.solver != "handtint":
            return _measure_peer(case, lightness, hints)
        if case.start == "warm":
            return _measure_warm(case, lightness, hints)
        return _measure_cold(case, lightness, hints)
    except HandtintError as error:
        return Measurement(note=str(error))
    except MemoryError:
        return Measurement(note="not enough memory")


def _solve(
    lightness: Plane, hints: HintMap, tolerance: float | None
) -> tuple[EdgeWeights, Chroma, SolveReport]:
    weights = laplace(lightness, EdgeLaw())
    return weights, *diffuse(weights, hints, tol=tolerance or 0, max_iter=_MAX_ITERATIONS)


def _measure_cold(case: Case, lightness: Plane, hints: HintMap) -> Measurement:
    _solve(lightness[:64, :64], scene.random_hints((64, 64)), _CONVERGED)  # compiles the kernels
    (weights, chroma, report), measured = _timed(
        lambda: _solve(lightness, hints, case.tolerance), case.repeats
    )
    return _with_report(measured, weights, hints, chroma, report)


def _measure_warm(case: Case, lightness: Plane, hints: HintMap) -> Measurement:
    weights, start, _ = _solve(lightness, hints, _CONVERGED)
    more = scene.one_more_stroke(hints)
    problem = Diffusion(weights)

    def again(tolerance: float | None) -> tuple[Chroma, SolveReport]:
        return problem(more, initial=start, tol=tolerance or 0, max_iter=_MAX_ITERATIONS)

    converged, _ = again(_CONVERGED)
    (chroma, report), measured = _timed(
        lambda: again(case.tolerance),
        case.repeats,
        before=lambda: problem(hints, initial=start),
    )
    error = float(np.linalg.norm(chroma - converged, axis=2).mean())
    measured = dataclasses.replace(measured, chroma_error=error)
    return _with_report(measured, weights, more, chroma, report)


def _measure_method(case: Case, lightness: Plane, hints: HintMap) -> Measurement:
    more = scene.one_more_stroke(hints)
    converged = Harmonic(tol=_CONVERGED, max_iter=_MAX_ITERATIONS).prepare(lightness)(more)
    prepared = Harmonic().prepare(lightness)
    prepared(hints)
    found, measured = _timed(lambda: prepared(more), case.repeats, before=lambda: prepared(hints))
    return dataclasses.replace(
        measured,
        iterations=found.report.iterations,
        reported_residual=found.report.residual,
        chroma_error=float(np.linalg.norm(found.chroma - converged.chroma, axis=2).mean()),
    )


def _measure_peer(case: Case, lightness: Plane, hints: HintMap) -> Measurement:
    weights = laplace(lightness, EdgeLaw())
    system = peers.assemble(weights, hints)
    (solution, iterations), measured = _timed(
        lambda: (
            peers.solve_splu(system)
            if case.tolerance is None
            else peers.solve_pyamg(system, case.tolerance)
        ),
        case.repeats,
    )
    residual = peers.relative_residual(weights, hints, solution)
    return dataclasses.replace(measured, iterations=iterations, residual=residual)


def _timed(
    work: Callable[[], T], repeats: int, before: Callable[[], object] = lambda: None
) -> tuple[T, Measurement]:
    """Result of the last run, median times, and the peak memory of the first run.

    ``before`` is called before each run and does not count.
    """
    walls: list[float] = []
    cpus: list[float] = []
    peak = PeakMemory()
    while True:
        before()
        wall, cpu = time.perf_counter(), time.process_time()
        if walls:
            result = work()
        else:
            with peak:
                result = work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        if len(walls) == repeats or sum(walls) > _PATIENCE:
            return result, Measurement(median(walls), median(cpus), peak_bytes=peak.bytes)


def _with_report(
    measured: Measurement,
    weights: EdgeWeights,
    hints: HintMap,
    chroma: Chroma,
    report: SolveReport,
) -> Measurement:
    return dataclasses.replace(
        measured,
        iterations=report.iterations,
        residual=peers.relative_residual(weights, hints, chroma[hints.weight == 0]),
        reported_residual=report.residual,
        note="" if report.converged else "stopped before it converged",
    )


if __name__ == "__main__":
    json.dump(dataclasses.asdict(measure(Case(**json.load(sys.stdin)))), sys.stdout)
