"""The solver's benchmark: one system for all, measured apart, nothing lost when a peer is."""

import sys
from itertools import repeat

import numpy as np
import pytest

from handtint.bench import peers, scene, solve, solve_case
from handtint.bench.memory import PeakMemory
from handtint.bench.solve_case import Case, Measurement
from handtint.errors import Cancelled, OptionError
from handtint.solvers.affinities import EdgeLaw, laplace
from handtint.solvers.diffusion import diffuse

SHAPE = (23, 30)
LIGHTNESS = np.ascontiguousarray(scene.invent(64, seed=3)[: SHAPE[0], : SHAPE[1]])
# Gentle weights: single precision comes near to the exact solution.
LAW = EdgeLaw(scale=20, floor=1e-2)


WEIGHTS = laplace(LIGHTNESS, LAW)
HINTS = scene.random_hints(SHAPE)
FREE = HINTS.weight == 0


@pytest.fixture
def system():
    return peers.assemble(WEIGHTS, HINTS)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "lightness.npy"
    np.save(path, scene.invent(96, seed=0))
    return str(path)


def test_the_matrix_is_a_graph_laplacian(system):
    matrix = system.matrix.toarray()
    assert len(matrix) == FREE.sum()
    assert np.array_equal(matrix, matrix.T)
    assert (matrix - np.diag(np.diag(matrix)) <= 0).all()
    assert (matrix.sum(1) >= -1e-12).all()


def test_all_solve_the_same_system(system):
    direct, iterations = peers.solve_splu(system)
    assert iterations == 0
    iterative, iterations = peers.solve_pyamg(system, 1e-8)
    assert iterations > 0
    assert np.allclose(iterative, direct, atol=1e-4)
    ours, report = diffuse(WEIGHTS, HINTS, tol=1e-6, max_iter=500)
    assert report.converged
    assert np.allclose(ours[FREE], direct, atol=1e-2)


def test_the_residual_is_that_of_the_matrix(system):
    direct, _ = peers.solve_splu(system)
    assert peers.relative_residual(WEIGHTS, HINTS, direct) < 1e-12
    assert peers.relative_residual(WEIGHTS, HINTS, np.zeros_like(direct)) == pytest.approx(1)
    wrong = direct + np.random.default_rng(0).normal(size=direct.shape)
    error = np.linalg.norm(system.right_side - system.matrix @ wrong, axis=0)
    expected = (error / np.linalg.norm(system.right_side, axis=0)).max()
    assert peers.relative_residual(WEIGHTS, HINTS, wrong) == pytest.approx(expected)


def test_hints_grow_with_the_picture():
    small, large = (scene.random_hints((side, side)) for side in (100, 400))
    assert large.count / small.count == pytest.approx(36, rel=0.5)
    assert np.array_equal(small.chroma, scene.random_hints((100, 100)).chroma)


def test_one_more_stroke_changes_nothing_else():
    hints = scene.random_hints((96, 96))
    more = scene.one_more_stroke(hints)
    changed = (more.chroma != hints.chroma).any(2)
    assert changed.sum() == 180
    assert (more.weight[changed] == 1).all()


@pytest.mark.parametrize(
    ("solver", "start", "tolerance"),
    [
        ("handtint", "cold", 1e-3),
        ("handtint", "warm", 1e-3),
        ("splu", "cold", None),
        ("pyamg", "cold", 1e-6),
    ],
)
def test_measurements(file, solver, start, tolerance):
    measured = solve_case.measure(Case(solver, start, tolerance, file, repeats=2))
    assert measured.note == ""
    assert measured.seconds > 0
    assert measured.cpu_seconds > 0
    assert (measured.iterations == 0) == (solver == "splu")
    assert measured.residual <= 2 * (tolerance or 1e-9)
    assert (measured.reported_residual is not None) == (solver == "handtint")
    assert (measured.chroma_error is not None) == (start == "warm")


def test_a_method_is_measured_after_one_more_stroke(file):
    measured = solve_case.measure(Case("harmonic", "warm", None, file, repeats=2))
    assert measured.note == ""
    assert measured.cpu_seconds > 0
    assert measured.iterations > 0
    assert measured.chroma_error < 0.1


def test_a_missing_peer_is_a_note(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyamg", None)
    measured = solve_case.measure(Case("pyamg", "cold", 1e-6, file, repeats=1))
    assert measured == Measurement(note=measured.note)
    assert "handtint[bench]" in measured.note


def test_lack_of_memory_is_a_note(file, monkeypatch):
    def exhausted(system):
        raise MemoryError

    monkeypatch.setattr(peers, "solve_splu", exhausted)
    measured = solve_case.measure(Case("splu", "cold", None, file, repeats=1))
    assert measured == Measurement(note="not enough memory")


def test_a_fresh_process_measures_the_same(file):
    case = Case("splu", "cold", None, file, repeats=1)
    here, apart = solve_case.measure(case), solve.measure_apart(case)
    assert apart.residual == pytest.approx(here.residual, abs=1e-10)
    assert apart.note == ""


def test_a_bug_in_the_process_keeps_its_traceback(tmp_path):
    with pytest.raises(RuntimeError, match=r"Traceback[\s\S]*FileNotFoundError"):
        solve.measure_apart(Case("splu", "cold", None, str(tmp_path / "absent.npy"), repeats=1))


class Counter:
    """Counts reports; asks to stop after some of them."""

    def __init__(self, stop_after):
        self.fractions = []
        self.stop_after = stop_after

    def report(self, fraction, chroma=None, /):
        self.fractions.append(fraction)

    @property
    def cancelled(self):
        return len(self.fractions) >= self.stop_after


@pytest.fixture
def quick(monkeypatch):
    """Cases are recorded instead of measured, and pictures are small."""
    cases = []

    def measure(case):
        cases.append((case, np.load(case.lightness).shape))
        return Measurement(1.0, 2.0, 3, 1e-4, peak_bytes=10_000_000)

    monkeypatch.setattr(solve, "measure_apart", measure)
    monkeypatch.setattr(scene, "invented_tiles", lambda: repeat(np.zeros((512, 512))))
    return cases


def test_run_solve_measures_every_case(quick):
    progress = Counter(100)
    rows = solve.run_solve([0.01, 4], repeats=2, progress=progress)
    told = [(row.megapixels, row.solver, row.start, row.tolerance) for row in rows]
    assert told == [
        (0.01, "handtint", "cold", 1e-3),
        (0.01, "handtint", "cold", 1e-6),
        (0.01, "splu", "cold", None),
        (0.01, "pyamg", "cold", 1e-6),
        (4, "handtint", "cold", 1e-3),
        (4, "handtint", "cold", 1e-6),
        (0.26, "handtint", "warm", 5e-4),
        (0.26, "harmonic", "warm", None),
        (1, "harmonic", "warm", None),
    ]
    assert [shape for _, shape in quick] == [(100, 100)] * 4 + [(2000, 2000)] * 2 + [
        (510, 510),
        (510, 510),
        (1000, 1000),
    ]
    assert all(case.repeats == 2 for case, _ in quick)
    assert rows[0].pixels == 10_000
    assert rows[0].bytes_per_pixel == 1000
    assert progress.fractions[-1] == 1


def test_run_solve_can_be_cancelled(quick):
    with pytest.raises(Cancelled):
        solve.run_solve([0.01], progress=Counter(2))
    assert len(quick) == 2


@pytest.mark.parametrize("arguments", [([0.001], 3), ([200], 3), ([1], 0)])
def test_run_solve_refuses(arguments):
    megapixels, repeats = arguments
    with pytest.raises(OptionError):
        solve.run_solve(megapixels, repeats=repeats)


def test_peak_memory_counts_what_is_gone():
    # So large that it is never taken from what earlier tests left in the heap (mallopt(3)).
    with PeakMemory() as large:
        np.ones(8_000_000).sum()
    with PeakMemory() as nothing:
        pass
    if sys.platform == "linux":
        assert 62e6 < large.bytes < 72e6
        assert nothing.bytes < 2e6
    else:
        assert large.bytes is nothing.bytes is None
