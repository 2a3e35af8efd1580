"""Project files: what is written comes back; what is damaged or hostile is refused in one line."""

import hashlib
import io
import json
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handtint.errors import OutputError, ProjectError
from handtint.hints import Stroke, StrokeDocument
from handtint.pipeline import project as module
from handtint.pipeline.project import ProjectData, read_project, write_project

SOURCE = b"\xff\xd8\xff the bytes of a photo"
DIGEST = hashlib.sha256(SOURCE).hexdigest()
STROKE = Stroke(((4.0, 5.0), (6.5, 7.0)), 3.0, (200, 80, 60), "color", (0.5, 1.0))
DOCUMENT = StrokeDocument((20, 30), (STROKE,))
COMMANDS = ({"op": "add", "stroke": {"id": "a"}}, {"op": "undo"}, {"op": "redo"})
MANIFEST = {
    "handtint": "project",
    "version": 1,
    "name": "a.jpg",
    "height": 20,
    "width": 30,
    "sha256": DIGEST,
    "source": "source.jpg",
    "base": None,
}

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
commands = st.lists(st.dictionaries(st.text(), values, max_size=4), max_size=5).map(tuple)


@settings(deadline=None)  # It waits for the disk.
@given(
    names,
    commands,
    st.binary(),
    st.none() | st.binary(min_size=1),
    st.booleans(),
    st.dictionaries(st.text(), values, max_size=3),
)
def test_what_is_written_comes_back(tmp_path_factory, name, log, source, base, whole, begun):
    path = tmp_path_factory.getbasetemp() / "kept.handtint"
    digest = hashlib.sha256(source).hexdigest()
    data = ProjectData(source, name, digest, log, base, (3, 4), begun)
    extra = {"document": StrokeDocument((3, 4)), "preview": b"\xff\xd8"} if whole else {}
    write_project(path, data, **extra)
    assert read_project(path) == data


def test_a_project_may_do_without_its_photo(tmp_path):
    data = ProjectData(None, "a.jpg", DIGEST, COMMANDS)
    write_project(tmp_path / "a.handtint", data)
    assert read_project(tmp_path / "a.handtint") == data


def test_other_programs_can_read_the_strokes(tmp_path):
    path = tmp_path / "a.handtint"
    write_project(
        path, ProjectData(SOURCE, "a.jpg", DIGEST), document=DOCUMENT, preview=b"\xff\xd8"
    )
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names_ = archive.namelist()
        archive.extract("strokes.jsonl", tmp_path)
        assert archive.read("source.jpg") == SOURCE
        assert json.loads(archive.read("manifest.json"))["height"] == 20
    assert names_ == ["manifest.json", "log.jsonl", "strokes.jsonl", "source.jpg", "preview.jpg"]
    assert StrokeDocument.load(tmp_path / "strokes.jsonl") == DOCUMENT
    assert read_project(path).shape == (20, 30)


@pytest.mark.parametrize(
    ("content", "entry"),
    [
        (b"\x89PNG\r\n", "base.png"),
        (b"II*\0", "base.tif"),
        (b"RIFFxxxxWEBP", "base.webp"),
        (b"BM..", "base.bmp"),
        (b'{"handtint": "strokes"', "base.jsonl"),
        (b"else", "base.bin"),
    ],
)
def test_files_are_named_by_their_content(tmp_path, content, entry):
    path = tmp_path / "a.handtint"
    write_project(path, ProjectData(SOURCE, "a", DIGEST, (), content))
    with zipfile.ZipFile(path) as archive:
        assert archive.read(entry) == content
    assert read_project(path).base == content


def test_the_same_project_gives_the_same_bytes(tmp_path):
    data = ProjectData(SOURCE, "a.jpg", DIGEST, COMMANDS)
    for name in ("a.handtint", "b.handtint"):
        write_project(tmp_path / name, data, document=DOCUMENT)
    assert (tmp_path / "a.handtint").read_bytes() == (tmp_path / "b.handtint").read_bytes()


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.handtint"
    write_project(path, ProjectData(SOURCE, "a.jpg", DIGEST))
    old = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_project(path, ProjectData(SOURCE, "a.jpg", DIGEST, COMMANDS))
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


# -- files that are no good


def packed(entries, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return stream.getvalue()


def project(manifest=None, log=b"", **entries):
    found = {"manifest.json": json.dumps(MANIFEST | (manifest or {})).encode(), "log.jsonl": log}
    found |= {"source.jpg": SOURCE} | entries
    return [(name, content) for name, content in found.items() if content is not None]


def refused(tmp_path, content, message):
    path = tmp_path / "a.handtint"
    path.write_bytes(content)
    with pytest.raises(ProjectError, match=message) as caught:
        read_project(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert len(text) < 500


def test_a_good_one_is_read(tmp_path):
    path = tmp_path / "a.handtint"
    path.write_bytes(packed(project(log=b'{"op":"clear"}\n')))
    assert read_project(path).log == ({"op": "clear"},)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/passwd",
        "source.exe",
        "source",
        "source.jpg/x",
        "Source.jpg",
        "..\\x",
        "sub/log.jsonl",
        "readme.txt",
    ],
)
def test_unknown_names(tmp_path, name):
    refused(tmp_path, packed([*project(), (name, b"x")]), "unknown entry")
    assert [p.name for p in tmp_path.iterdir()] == ["a.handtint"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"handtint": "strokes"}, "no project file of handtint"),
        ({"version": 3}, "version 3 is newer than 2, the newest known; update"),
        ({"settings": ["levin"]}, "settings are .*; must be an object"),
        ({"version": "1"}, "version is '1'"),
        ({"version": 0}, "version is 0"),
        ({"name": ""}, "name is ''"),
        ({"name": "x" * 1001}, "name is 'xxx"),
        ({"name": 3}, "name is 3"),
        ({"sha256": "00"}, "sha256 is '00'"),
        ({"sha256": "0" * 64}, "not the one that was painted on"),
        ({"height": 0}, "height and width are"),
        ({"height": None}, "height and width are"),
        ({"width": 10**9}, "height and width are"),
        ({"source": "source.png"}, r"source\.png is missing"),
        ({"source": "../a"}, r"source is '\.\./a'"),
        ({"source": "base.png"}, r"source is 'base\.png'"),
        ({"base": "base.png"}, r"base\.png is missing"),
        ({"base": 4}, "base is 4"),
    ],
)
def test_wrong_manifests(tmp_path, change, message):
    refused(tmp_path, packed(project(change)), message)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"manifest.json": None}, r"manifest\.json is missing"),
        ({"manifest.json": b"["}, r"manifest\.json: not valid JSON"),
        ({"manifest.json": b"[" * 60_000}, r"manifest\.json: not valid JSON"),
        ({"manifest.json": b"[]"}, r"manifest\.json: must be a JSON object"),
        ({"manifest.json": b'{"handtint":"project","version":1}'}, "lacks base, height"),
        ({"manifest.json": b"\xff{}"}, r"manifest\.json: not valid JSON"),
        ({"log.jsonl": None}, r"log\.jsonl is missing"),
        ({"log.jsonl": b"{}\n{"}, r"log\.jsonl, line 2: not valid JSON"),
        ({"log.jsonl": b"{}\n\n{}"}, r"log\.jsonl, line 2: not valid JSON"),
        ({"log.jsonl": b"{}\n3"}, r"log\.jsonl, line 2: must be a JSON object, is 3"),
        ({"log.jsonl": b'{"a": NaN}'}, r"log\.jsonl, line 1: .*NaN is no JSON number"),
        ({"manifest.json": b" " * 70_000}, r"manifest\.json has 70000 bytes; at most 65536"),
    ],
)
def test_wrong_entries(tmp_path, entries, message):
    good = dict(project())
    refused(
        tmp_path, packed([(n, c) for n, c in (good | entries).items() if c is not None]), message
    )


def test_bombs_are_refused_unopened(tmp_path, monkeypatch):
    monkeypatch.setitem(module._LIMITS, "source", 1_000_000)
    monkeypatch.setattr(module, "_get", None)
    bomb = b"\xff\xd8\xff" + bytes(1_000_000)
    refused(tmp_path, packed(project(**{"source.jpg": bomb})), "source.jpg has 1000003 bytes")


def test_an_entry_that_lies_about_its_size(tmp_path):
    # The directory says 10 bytes, the packed data hold 100 times as many.
    content = bytearray(packed(project(**{"source.jpg": b"x" * 1000})))
    at = content.rindex(b"source.jpg")
    directory = content.rindex(b"PK\x01\x02", 0, at)
    content[directory + 24 : directory + 28] = struct.pack("<I", 10)
    refused(tmp_path, bytes(content), "damaged|not as long")


def test_two_entries_of_a_name(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = packed([*project(), ("log.jsonl", b"{}")])
    refused(tmp_path, content, r"two entries log\.jsonl")


def test_other_packings(tmp_path):
    refused(tmp_path, packed(project(), zipfile.ZIP_LZMA), "packed in a way")
    content = bytearray(packed(project()))
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1
    refused(tmp_path, bytes(content), "encrypted")


def test_too_many_commands(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_COMMANDS", 3)
    refused(tmp_path, packed(project(log=b"{}\n" * 4)), "4 commands; at most 3 are read")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all" * 10])
def test_other_files(tmp_path, content):
    refused(tmp_path, content, "no project file")


def test_no_file(tmp_path):
    with pytest.raises(ProjectError, match=r"none\.handtint: it cannot be opened: No such file"):
        read_project(tmp_path / "none.handtint")
    with pytest.raises(ProjectError, match="it cannot be opened"):
        read_project(tmp_path)


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300
)
@given(st.data())
def test_damaged_files_give_an_error_or_the_same(tmp_path, data):
    """Whatever happens to the bytes of a project, there is a good project or a `ProjectError`."""
    content = bytearray(packed(project(log=b'{"op":"clear"}\n')))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        what = data.draw(st.sampled_from(["flip", "cut", "insert", "copy"]))
        if what == "flip" and content:
            content[at] ^= data.draw(st.integers(1, 255))
        elif what == "cut":
            del content[at : at + data.draw(st.integers(1, 64))]
        elif what == "insert":
            content[at:at] = data.draw(st.binary(max_size=32))
        else:
            content[at:at] = content[: data.draw(st.integers(0, 200))]
    path = tmp_path / "fuzzed.handtint"
    path.write_bytes(content)
    try:
        found = read_project(path)
    except ProjectError as error:
        assert "\n" not in str(error)
        return
    assert found.source in (None, SOURCE)
    assert all(isinstance(command, dict) for command in found.log)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from([*MANIFEST, "more"]), values, max_size=4),
    st.lists(st.binary(max_size=20) | values.map(lambda v: json.dumps(v).encode()), max_size=4),
)
def test_strange_contents_give_an_error_or_commands(tmp_path, change, lines):
    path = tmp_path / "strange.handtint"
    path.write_bytes(packed(project(change, b"\n".join(lines))))
    try:
        found = read_project(path)
    except ProjectError as error:
        assert "\n" not in str(error)
        return
    assert isinstance(found.name, str)
    assert all(isinstance(command, dict) for command in found.log)
