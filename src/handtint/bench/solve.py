"""The solver against general sparse solvers: time, iterations, residual and peak memory."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from handtint.bench import scene
from handtint.bench.solve_case import Case, Measurement, Solver, Start
from handtint.colorizer import Progress, check_cancelled
from handtint.errors import OptionError

TOLERANCES = (1e-3, 1e-6)
"""Relative residuals to which the solver is run; PyAMG runs to the last."""

PEER_LIMIT = 1.1
"""Largest problem that the peers are given, in megapixels: beyond, LU takes many gigabytes."""

WARM_MEGAPIXELS = 0.26

WARM_TOLERANCE = 5e-4
"""Where a warm start stops: it leaves a mean chroma distance below 0.05 to the converged result."""

METHOD_MEGAPIXELS = (0.26, 1.0)
"""Sizes at which the default method is measured as a whole."""

# Libraries that keep idle threads spinning would be charged for them in processor time.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class SolveRow:
    """One solver on one problem.

    Parameters
    ----------
    megapixels : float
        Size of the picture, in millions of pixels.
    pixels : int
        The same, exactly.
    solver : {"handtint", "harmonic", "splu", "pyamg"}
        Ours, the default method as a whole (all grids, its own tolerance), SuperLU of scipy, or
        conjugate gradients with PyAMG's Ruge-Stüben hierarchy.
    start : {"cold", "warm"}
        From zero chroma, or from the converged solution before one more stroke.
    tolerance : float or None
        Relative residual to reach; None for direct solution and for methods.
    seconds, cpu_seconds : float or None
        Wall-clock and processor time on one thread, medians of repeated runs; None when the solver
        could not run.
        A cold run of ours counts from the lightness, edge weights included; a warm one from the
        edge weights and the hierarchy before the stroke, which live on while a person paints; the
        peers are given the matrix.
    iterations : int or None
        Iterations done.
    residual : float or None
        Relative residual of the result, ``|b - A u| / |b|``, computed in double precision; the
        larger one of the two channels. None for methods.
    reported_residual : float or None
        The one by which our solver stopped. It comes from the recurrence of conjugate gradients
        in single precision, and may be smaller than what a result in single precision can have.
    peak_bytes, bytes_per_pixel : int or None, float or None
        Rise of the resident memory above what the process held with its modules and the data that
        the time counts from; None where the system does not tell (see `handtint.bench.memory`).
    chroma_error : float or None
        Of warm starts: mean distance of the chroma to the converged one.
    note : str
        Why a value is missing, in one line.
    """

    megapixels: float
    pixels: int
    solver: Solver
    start: Start
    tolerance: float | None
    seconds: float | None
    cpu_seconds: float | None
    iterations: int | None
    residual: float | None
    reported_residual: float | None
    peak_bytes: int | None
    bytes_per_pixel: float | None
    chroma_error: float | None
    note: str


def run_solve(
    megapixels: Sequence[float],
    *,
    photos: Sequence[Path] = (),
    repeats: int = 3,
    progress: Progress | None = None,
) -> list[SolveRow]:
    """Measure the solver and its peers, each case in a process of its own.

    The problem is the harmonic one of `handtint.solvers.diffusion` with its default edge weights,
    on a square mosaic of invented photographs (`handtint.bench.scene`) or of real ones, with 50
    hard hints of random chroma. The peers solve the same system up to `PEER_LIMIT` megapixels.
    One more case, of `WARM_MEGAPIXELS`, starts warm after a new stroke, and so does the method
    ``harmonic`` at `METHOD_MEGAPIXELS`.

    Parameters
    ----------
    megapixels : sequence of float
        Sizes, in millions of pixels, from 0.01 to 100.
    photos : sequence of Path
        Pictures, and folders of them, to use instead of invented photographs.
    repeats : int
        Runs of each case whose median counts, at least 1; fewer when they take long.
    progress : Progress, optional
        Receives the progress and carries the cancellation, between cases.

    Returns
    -------
    list of SolveRow

    Raises
    ------
    OptionError
        When a size or the number of repeats is out of range.
    PhotoError
        When a photograph is missing or cannot be read, or a folder holds none.
    Cancelled
        When ``progress.cancelled`` became true.
    """
    scene.check_megapixels(megapixels)
    if repeats < 1:
        raise OptionError(f"repeats {repeats}: must be at least 1")
    cases = [
        (size, solver, start, tolerance)
        for size in megapixels
        for solver, start, tolerance in _cold_cases(size)
    ]
    cases.append((WARM_MEGAPIXELS, "handtint", "warm", WARM_TOLERANCE))
    cases.extend((size, "harmonic", "warm", None) for size in METHOD_MEGAPIXELS)
    rows = []
    with TemporaryDirectory(prefix="handtint-bench-") as folder:
        for done, (size, solver, start, tolerance) in enumerate(cases, 1):
            check_cancelled(progress)
            side = round((size * 1e6) ** 0.5)
            file = Path(folder, f"{side}.npy")
            if not file.exists():
                tiles = scene.photo_tiles(photos) if photos else scene.invented_tiles()
                np.save(file, scene.mosaic(tiles, side))
            measured = measure_apart(Case(solver, start, tolerance, str(file), repeats))
            peak = measured.peak_bytes
            rows.append(
                SolveRow(
                    megapixels=size,
                    pixels=side * side,
                    solver=solver,
                    start=start,
                    tolerance=tolerance,
                    bytes_per_pixel=None if peak is None else peak / side**2,
                    **dataclasses.asdict(measured),
                )
            )
            if progress is not None:
                progress.report(done / len(cases))
    return rows


def measure_apart(case: Case) -> Measurement:
    """Measure a case in a fresh process, so that its peak memory is its own.

    A process that the system kills, most often for its memory, gives a measurement with a note.
    """
    worker = subprocess.run(
        [sys.executable, "-m", "handtint.bench.solve_case"],
        input=json.dumps(dataclasses.asdict(case)),
        capture_output=True,
        text=True,
        env=os.environ | _ONE_THREAD,
        check=False,
    )
    if worker.returncode < 0:
        return Measurement(note=f"killed by signal {-worker.returncode}, perhaps out of memory")
    if worker.returncode:
        raise RuntimeError(f"measuring {case} failed:\n{worker.stderr}")
    return Measurement(**json.loads(worker.stdout))


def _cold_cases(megapixels: float) -> Iterator[tuple[Solver, Start, float | None]]:
    for tolerance in TOLERANCES:
        yield "handtint", "cold", tolerance
    if megapixels <= PEER_LIMIT:
        yield "splu", "cold", None
        yield "pyamg", "cold", TOLERANCES[-1]
