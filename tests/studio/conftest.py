"""A studio server with a stand-in for its worker, and small photos."""

import pytest
from fake_solver import FakeSolver
from running import running
from samples import png


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """The folder in which the studio keeps its state, for this test alone."""
    folder = tmp_path / "state"
    monkeypatch.setenv("HANDTINT_STATE", str(folder))
    return folder


@pytest.fixture
def photo():
    return png()


@pytest.fixture
def studio():
    FakeSolver.made.clear()
    with running(FakeSolver) as found:
        yield found


@pytest.fixture
def project(studio, photo):
    return studio.open(photo)
