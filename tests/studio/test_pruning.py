"""Folders in which nothing was painted go; all others stay."""

import os
import time

import pytest
from fake_solver import FakeSolver
from running import running
from samples import add

from handtint.pipeline import Settings
from handtint.studio import folder
from handtint.studio.journal import Journal, Record
from handtint.studio.log import Document, Log
from handtint.studio.pruning import prune

UNDO = {"op": "undo"}
SETTINGS = {"op": "settings", "settings": {"vividness": 1.3}}


@pytest.fixture
def kept(state):
    """Makes a folder with a journal of some commands, of an age in days; tells whether it stays."""

    def kept(*commands, days=2.0, base=False, more=None, used=False):
        place = next(folder.candidates("ab" * 32))
        record = Record("a.jpg", "ab" * 32, log=Log(Document(base=base)))
        journal = Journal(place.journal, record)
        journal.rewrite()
        for seq, command in enumerate(commands, start=1):
            journal.edited("page", seq, record.log.apply(command))
        journal.close()
        if more is not None:
            with (place.path / more[0]).open("ab") as file:
                file.write(more[1])
        if not used:
            place.release(forget=False)
        then = time.time() - days * 86400
        for file in place.path.iterdir():
            os.utime(file, (then, then))
        prune()
        stays = place.path.exists()
        place.release(forget=True)
        return stays

    return kept


def test_what_was_never_painted_on_goes(kept):
    assert not kept()
    assert not kept(base=True)
    assert not kept(SETTINGS, UNDO)
    assert not kept({"op": "settings", "settings": Settings().to_json()})


def test_what_was_painted_stays(kept):
    assert kept(add("a"))
    assert kept(add("a"), UNDO)  # it can be done again
    assert kept(add("a"), {"op": "clear"})
    assert kept(SETTINGS)
    assert kept({"op": "clear"}, base=True)  # the mask below was taken away


def test_what_is_new_in_use_or_not_understood_stays(kept):
    assert kept(days=0.9)
    assert kept(used=True)
    assert kept(more=("journal.damaged", b"once"))
    assert kept(more=("journal.jsonl", b"no entry\n{}\n"))
    assert kept(more=("note.txt", b""))


def test_a_folder_without_a_lock_is_none_of_ours(state):
    (state / "other").mkdir(parents=True)
    os.utime(state / "other", (0, 0))
    prune()
    assert (state / "other").exists()


def test_a_project_that_was_only_looked_at_leaves_nothing(studio, state, photo):
    found = studio.open(photo)
    page = studio.page(found)
    page.edit(1, SETTINGS)
    page.edit(2, UNDO)
    assert list(state.iterdir())
    studio.http.delete(f"/api/projects/{found['id']}")
    assert not list(state.iterdir())


def test_the_studio_prunes_when_it_starts(state):
    place = next(folder.candidates("cd" * 32))
    journal = Journal(place.journal, Record("a.jpg", "cd" * 32))
    journal.rewrite()
    journal.close()
    place.release(forget=False)
    for file in place.path.iterdir():
        os.utime(file, (0, 0))
    with running(FakeSolver):
        assert not place.path.exists()
