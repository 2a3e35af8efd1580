"""Pieces of a computation in threads."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from handtint import threads
from handtint.threads import shared


@pytest.fixture(autouse=True)
def many_processors(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")


def blas_threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_results_come_in_the_order_of_the_pieces():
    assert shared(lambda n: n * n, range(100)) == [n * n for n in range(100)]
    assert shared(lambda n: n, []) == []


def test_pieces_run_side_by_side():
    met = threading.Barrier(3, timeout=20)
    assert sorted(shared(lambda _: met.wait(), range(3))) == [0, 1, 2]


def test_one_thread_is_enough_where_the_environment_says_so(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    here = threading.get_ident()
    assert set(shared(lambda _: threading.get_ident(), range(4))) == {here}


def test_the_environment_may_say_nothing_or_nonsense(monkeypatch):
    for said in ("", "many", "2,1"):
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        assert threads.asked_for() == 0
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert threads.asked_for() == 0
    assert shared(lambda n: n + 1, range(3)) == [1, 2, 3]


def test_the_first_failure_is_raised():
    def work(n):
        if n in {3, 5}:
            raise ValueError(str(n))
        return n

    with pytest.raises(ValueError, match="3"):
        shared(work, range(40))


def test_blas_rests_meanwhile_and_is_as_before_afterwards():
    np.ones((8, 8)) @ np.ones((8, 8))
    before = blas_threads()

    def nested(_):
        shared(lambda n: n, range(4))
        return blas_threads()

    for seen in shared(nested, range(6)):
        assert set(seen) <= {1}
    assert blas_threads() == before
    with pytest.raises(ZeroDivisionError):
        shared(lambda n: 1 // n, range(3))
    assert blas_threads() == before
