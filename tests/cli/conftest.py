"""Running the command line."""

import sys

import pytest

from handtint.cli.main import main


@pytest.fixture
def handtint(monkeypatch, capsys):
    """Run the command in this process: exit status, standard output, standard error."""

    def run(*args):
        monkeypatch.setattr(sys, "argv", ["handtint", *map(str, args)])
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = stop.code or 0
        return status, *capsys.readouterr()

    return run
