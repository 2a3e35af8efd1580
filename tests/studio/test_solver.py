"""The solver with real worker processes: requests, jobs, cancellation, deaths, the end."""

import os
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from solving import BLUE, PATIENCE, Ear, chroma_of, job, photo_file, stroke

from handtint.errors import HandtintError, PhotoError
from handtint.studio.messages import Frame, Restarted, Status
from handtint.studio.solver import MOST_DEATHS, Solver

LEFT, RIGHT = stroke(80.0, 60.0), stroke(200.0, 500.0, BLUE)
SLOW = {"method": "tgv", "options": {"max_iter": 10_000, "tol": 1e-7}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("solver")


@pytest.fixture(scope="module")
def shared(folder):
    """A solver that has a photo open, and its ear."""
    ear = Ear()
    solver = Solver(folder, ear)
    opened = solver.open(photo_file(folder), "photo.png").result(PATIENCE)
    assert (opened.height, opened.width, opened.levels) == (300, 700, 1)
    yield solver, ear
    solver.close()


@pytest.fixture
def studio(shared):
    """The same, its events forgotten."""
    solver, ear = shared
    solver.submit(job(rev=0))
    ear.idle(0)
    ear.events.clear()
    return solver, ear


def solving(rev):
    return lambda e: isinstance(e, Status) and e.state == "solving" and e.rev == rev


def state(name, rev):
    return lambda e: isinstance(e, Status) and e.state == name and e.rev == rev


def test_a_job_gives_pictures(studio):
    solver, ear = studio
    solver.submit(job(LEFT, RIGHT, rev=3))
    final = chroma_of(ear.final(3))
    assert final[250, 30, 1] > 0 > final[250, 680, 1]
    ear.idle(3)


def test_the_newest_job_wins(studio):
    solver, ear = studio
    strokes = [stroke(20.0 + 10 * n, 60.0) for n in range(20)]
    for rev in range(1, 21):
        solver.submit(job(*strokes[:rev], rev=rev))
    ear.idle(20)
    revs = [e.rev for e in ear.events if isinstance(e, Frame) and e.kind == "chroma"]
    assert revs == sorted(revs)
    assert revs[-1] == 20
    # The strokes that were never sent alone are there all the same.
    solver.submit(job(*strokes, rev=21))
    np.testing.assert_allclose(chroma_of(ear.final(21)), chroma_of(ear.final(20)), atol=1.0)


def test_cancel(studio):
    solver, ear = studio
    solver.submit(job(LEFT, RIGHT, rev=4, **SLOW))
    ear.wait(solving(4))
    solver.cancel()
    ear.wait(state("cancelled", 4))
    solver.submit(job(LEFT, rev=5))
    ear.idle(5)
    assert not any(isinstance(e, Frame) and e.rev == 4 and e.stage == 3 for e in ear.events)


def test_cancel_does_not_wait_for_a_worker_that_does_not_listen(studio):
    solver, ear = studio
    solver.submit(job(LEFT, RIGHT, rev=13, **SLOW))
    ear.wait(solving(13))
    before = solver.worker_pid
    os.kill(before, signal.SIGSTOP)
    solver.cancel()
    ear.wait(state("cancelled", 13))
    assert not any(isinstance(e, Restarted) for e in ear.events)
    solver.submit(job(LEFT, rev=14))
    ear.idle(14)
    assert solver.worker_pid != before


def test_cancelling_nothing(studio):
    solver, ear = studio
    solver.cancel()
    solver.submit(job(LEFT, rev=6))
    ear.idle(6)


def test_a_file_that_is_no_photo(studio, folder):
    solver, _ = studio
    path = folder / "text"
    path.write_text("no photo")
    with pytest.raises(PhotoError, match=r"^holiday\.jpg: this is not a PNG"):
        solver.open(path, "holiday.jpg").result(PATIENCE)
    with pytest.raises(HandtintError, match="the mask: cannot be read"):
        solver.set_base(folder / "nothing").result(PATIENCE)


def test_a_killed_worker_is_replaced(studio):
    solver, ear = studio
    solver.submit(job(LEFT, RIGHT, rev=7, **SLOW))
    ear.wait(solving(7))
    before = solver.worker_pid
    os.kill(before, signal.SIGKILL)
    assert "nothing was lost" in ear.wait(lambda e: isinstance(e, Restarted)).message
    mark = len(ear.events)
    ear.wait(solving(7), since=mark)
    assert solver.worker_pid != before
    solver.submit(job(LEFT, RIGHT, rev=8))
    ear.final(8)
    ear.idle(8)


def test_a_worker_that_dies_idle_comes_back_with_the_picture(studio):
    solver, ear = studio
    solver.submit(job(LEFT, rev=9))
    ear.idle(9)
    mark = len(ear.events)
    os.kill(solver.worker_pid, signal.SIGKILL)
    ear.wait(state("idle", 9), since=mark)


def test_a_job_that_kills_three_workers_is_given_up(studio):
    solver, ear = studio
    solver.submit(job(LEFT, RIGHT, rev=10, **SLOW))
    for _ in range(MOST_DEATHS):
        mark = len(ear.events)
        ear.wait(solving(10), since=max(mark - 1, 0))
        os.kill(solver.worker_pid, signal.SIGKILL)
        ear.wait(lambda e: isinstance(e, Restarted), since=mark)
    failed = ear.wait(state("failed", 10))
    assert "stopped 3 times" in failed.message
    solver.submit(job(LEFT, rev=11))
    ear.final(11)


def test_requests_survive_a_death(tmp_path):
    ear = Ear()
    solver = Solver(tmp_path, ear)
    try:
        future = solver.open(photo_file(tmp_path), "photo.png")
        os.kill(solver.worker_pid, signal.SIGKILL)
        assert future.result(PATIENCE).height == 300
    finally:
        solver.close()


def test_nothing_to_export_without_a_photo(tmp_path):
    solver = Solver(tmp_path, Ear())
    try:
        with pytest.raises(HandtintError, match="there is no photo yet"):
            solver.export(job(LEFT), "png", tmp_path / "x.png", "x").result(PATIENCE)
    finally:
        solver.close()


def test_the_end_leaves_no_process_and_no_waiting_future(tmp_path):
    solver = Solver(tmp_path, Ear())
    pid = solver.worker_pid
    future = solver.open(photo_file(tmp_path), "photo.png")
    solver.close()
    solver.close()
    with pytest.raises(PhotoError, match="closed"):
        future.result(PATIENCE)
    with pytest.raises(PhotoError, match="closed"):
        solver.open(tmp_path / "photo.png", "photo.png").result(PATIENCE)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < until
        time.sleep(0.05)
    assert not [
        t
        for t in threading.enumerate()
        if t.name.startswith("handtint ") and t.is_alive() and t in solver._threads
    ]


def test_export_runs_beside_a_solve(studio, tmp_path):
    solver, ear = studio
    solver.submit(job(LEFT, RIGHT, rev=12, **SLOW))
    ear.wait(solving(12))
    future = solver.export(job(LEFT, RIGHT, rev=12), "png", tmp_path / "out.png", "photo.png")
    assert future.result(PATIENCE) == tmp_path / "out.png"
    with pytest.raises(HandtintError, match="no colour strokes"):
        solver.export(job(), "png", tmp_path / "none.png", "photo.png").result(PATIENCE)
    assert not (tmp_path / "none.png").exists()
    solver.cancel()


def test_advice_survives_the_death_of_the_worker(studio):
    solver, ear = studio
    solver.submit(job(LEFT, rev=21))
    ear.idle(21)
    spots = solver.spots().result(PATIENCE)
    assert spots and all(0 < spot.x < 1 and 0 < spot.y < 1 for spot in spots)
    os.kill(solver.worker_pid, signal.SIGKILL)
    again = solver.spots().result(PATIENCE)  # about the same strokes
    # Sums of matrix products may be taken in another order: equal in float32, not to the bit.
    assert [replace(s, gain=0.0) for s in again] == [replace(s, gain=0.0) for s in spots]
    np.testing.assert_allclose([s.gain for s in again], [s.gain for s in spots], rtol=1e-5)
    assert solver.palette(spots[0].x, spots[0].y).result(PATIENCE)
