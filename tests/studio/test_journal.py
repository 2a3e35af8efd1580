"""Nothing that was acknowledged is lost: the journal and the folder it lies in."""

import errno
import json

import pytest
from samples import add

from handtint.pipeline import Settings
from handtint.studio import folder as folders
from handtint.studio import journal
from handtint.studio.journal import Journal, Record
from handtint.studio.log import Document, Log
from handtint.studio.scratch import Scratch, sweep


@pytest.fixture
def record():
    return Record("photo.png", "ab" * 32)


def painted(path, record, number=3):
    """A journal with so many strokes, not closed."""
    kept = Journal(path, record)
    kept.rewrite()
    for seq in range(1, number + 1):
        command = record.log.apply(add(f"s{seq}"))
        record.rev += 1
        record.note_client("page", seq)
        kept.edited("page", seq, command)
    return kept


def same(a, b):
    assert a.log.document == b.log.document
    assert a.log.commands == b.log.commands
    assert (a.rev, a.clients, a.saved_rev, a.disk) == (b.rev, b.clients, b.saved_rev, b.disk)
    assert (a.name, a.sha256, a.base) == (b.name, b.sha256, b.base)


def test_what_was_appended_is_there_without_closing(tmp_path, record):
    kept = painted(tmp_path / "journal.jsonl", record)
    same(journal.read(kept.path), record)
    record.saved_rev, record.disk = 3, "cd" * 32
    kept.saved()
    same(journal.read(kept.path), record)
    kept.close()
    same(journal.read(kept.path), record)


def test_it_tells_with_which_settings_the_work_began(tmp_path, record):
    begun = Document(settings=Settings("levin"))
    path = tmp_path / "journal.jsonl"
    kept = Journal(path, Record("a.jpg", "ab" * 32, log=Log(begun)))
    kept.rewrite()
    kept.close()
    assert journal.read(path).log.document == begun
    # Those of version 1 began with the defaults.
    older = json.loads(path.read_bytes())
    del older["initial_settings"]
    path.write_bytes(json.dumps(older | {"version": 1}).encode() + b"\n")
    assert journal.read(path).log.document == Document()


def test_a_snapshot_holds_what_the_appended_lines_held(tmp_path, record):
    kept = painted(tmp_path / "journal.jsonl", record)
    kept.rewrite()
    assert kept.path.read_bytes().count(b"\n") == 1
    same(journal.read(kept.path), record)
    kept.close()


def test_a_crash_at_any_byte_loses_no_line_that_was_whole(tmp_path, record):
    kept = painted(tmp_path / "journal.jsonl", record)
    kept.close()
    whole = kept.path.read_bytes()
    start = whole.index(b"\n") + 1
    cut = tmp_path / "cut.jsonl"
    for length in range(start, len(whole) + 1):
        cut.write_bytes(whole[:length])
        found = journal.read(cut)
        lines = whole[:length].count(b"\n") - 1
        # A last line without its end may be whole as well.
        assert found.rev in {lines, lines + 1}
        assert len(found.log.document.strokes) == found.rev
        assert found.damage is None


def test_damage_in_the_middle_keeps_what_was_before_and_the_file(tmp_path, record):
    kept = painted(tmp_path / "journal.jsonl", record)
    kept.close()
    lines = kept.path.read_bytes().split(b"\n")
    lines[2] = b"\0" * len(lines[2])
    kept.path.write_bytes(b"\n".join(lines))
    found = journal.read(kept.path)
    assert [stroke.id for stroke in found.log.document.strokes] == ["s1"]
    assert "line 3" in found.damage
    assert (tmp_path / "journal.damaged").read_bytes() == b"\n".join(lines)


@pytest.mark.parametrize(
    "first",
    [b"", b"\0\0", b"[]", b"{}", b'{"handtint": "journal", "version": 99}', b"\xff\xfe",
     b'{"handtint": "journal", "version": 1}', b'{"handtint": "strokes", "version": 1}',
     b'{"handtint":"journal","version":1,"name":"a","sha256":"b","rev":0,"clients":[],"base":null,'
     b'"initial_base":false,"log":[],"saved":0,"disk":null}',
     b"[" * 100_000],
)  # fmt: skip
def test_a_journal_that_is_none_is_kept_beside(tmp_path, first):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(first + b"\n")
    found = journal.read(path)
    assert found.damage
    assert found.log.commands == []
    assert (tmp_path / "journal.damaged").read_bytes() == first + b"\n"


def test_edits_while_the_file_is_written_anew_follow_the_snapshot(tmp_path, record):
    kept = painted(tmp_path / "journal.jsonl", record)
    older = kept.snapshot()
    for name in "ab":
        record.log.apply(add(name))
        record.rev += 1
        kept.edited("page", record.rev, record.log.commands[-1])
        record.note_client("page", record.rev)
        if name == "a":
            newer = kept.snapshot()
    # Until then, the old file is whole.
    assert journal.read(kept.path).rev == 3
    kept.replace(older)
    assert journal.read(kept.path).rev == 3
    kept.replace(newer)
    same(journal.read(kept.path), record)
    kept.close()


class FullDisk:
    """An open file on a disk without space."""

    def write(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self):
        pass


def test_a_full_disk_is_told_and_all_is_written_when_there_is_space(tmp_path, record):
    kept = painted(tmp_path / "journal.jsonl", record)
    kept._file.close()
    kept._file = FullDisk()
    record.log.apply(add("late"))
    record.rev += 1
    kept.edited("page", 4, record.log.commands[-1])
    assert "No space left" in kept.trouble
    record.log.apply(add("later"))
    record.rev += 1
    kept.edited("page", 5, record.log.commands[-1])
    assert journal.read(kept.path).rev == 3
    kept.replace(kept.snapshot())
    assert kept.trouble is None
    same(journal.read(kept.path), record)
    kept.close()


def test_a_folder_that_cannot_be_written_is_told(tmp_path, record):
    (tmp_path / "file").write_text("no folder")
    kept = Journal(tmp_path / "file" / "journal.jsonl", record)
    kept.rewrite()
    assert kept.trouble
    kept.edited("page", 1, {"op": "undo"})
    kept.sync()
    kept.close()


def test_a_folder_in_use_is_left_to_its_user(state):
    first = next(folders.candidates("ab" * 32))
    second = next(folders.candidates("ab" * 32))
    assert first.path != second.path
    assert second.path.name == first.path.name + ".2"
    first.release(forget=False)
    third = next(folders.candidates("ab" * 32))
    assert third.path == first.path
    third.release(forget=True)
    assert not third.path.exists()
    second.release(forget=False)
    assert second.path.is_dir()


def test_folders_are_for_the_person_alone(state):
    folder = next(folders.candidates("ab" * 32, "mask /there/m.png"))
    assert folder.path.stat().st_mode & 0o077 == 0
    assert folder.path.parent == state
    assert "/" not in folder.path.name
    folder.release(forget=True)


def test_scratch_of_dead_servers_is_swept_and_that_of_living_ones_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mine = Scratch()
    held = mine.fresh()
    dead = Scratch()
    dead.fresh()
    # As a process leaves it that is killed.
    dead._lock.close()
    strange = tmp_path / "handtint-studio-strange"
    strange.mkdir()
    link = tmp_path / "handtint-studio-link"
    link.symlink_to(tmp_path)
    sweep()
    assert held.is_dir()
    assert not dead.path.exists()
    assert strange.is_dir()
    assert link.is_symlink()
    mine.close()
    assert not mine.path.exists()
