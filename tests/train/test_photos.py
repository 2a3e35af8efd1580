"""Finding and reading photographs to learn from."""

import io
import tarfile
import zlib

import numpy as np
import pytest
from PIL import Image

from handtint.errors import PhotoError
from handtint.train import photos


def png(value):
    stream = io.BytesIO()
    Image.fromarray(np.full((6, 8, 3), value, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


ROWS = (
    "file,shard,licence_class,width,height\n"
    "b.png,one.tar,open,500,400\n"
    "a.png,one.tar,restricted,300,900\n"
    "c.png,one.tar,open,100,90\n"
)


@pytest.fixture
def collection(tmp_path):
    (tmp_path / "manifest.csv").write_text(ROWS)
    with tarfile.open(tmp_path / "one.tar", "w") as archive:
        for name, data in (("a.png", png(1)), ("x/b.png", png(2)), ("c.png", b"broken")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return tmp_path


def names(sources):
    return [s.name for s in sources]


def test_a_manifest_tells_licences_and_sizes(collection):
    found = photos.find(collection)
    assert names(found) == ["a.png", "b.png", "c.png"]
    assert found[0].long_side == 900
    assert photos.licences(found) == {"open": 2, "restricted": 1}
    assert names(photos.find(collection, licence="open")) == ["b.png", "c.png"]
    assert names(photos.find(collection, licence="open", min_side=250)) == ["b.png"]
    with pytest.raises(PhotoError, match="openly licensed"):
        photos.find(collection, licence="open", min_side=700)


def test_patterns_choose_archives_or_pictures(collection):
    assert names(photos.find(collection, only="one.*")) == ["a.png", "b.png", "c.png"]
    with pytest.raises(PhotoError, match=r"two\.tar, t\*"):
        photos.find(collection, only="two.tar, t*")
    (collection / "manifest.csv").unlink()
    for name in ("a.png", "b.png", "c.jpg"):
        Image.fromarray(np.full((9, 9, 3), 50, np.uint8)).save(collection / name)
    assert names(photos.find(collection, only="a*, *.jpg")) == ["a.png", "c.jpg"]
    assert names(photos.find(collection, only="[ab]*")) == ["a.png", "b.png"]


def test_archives_are_read_and_damaged_pictures_left_out(collection):
    told = []
    found = list(photos.read(photos.find(collection), warn=told.append))
    assert {s.name: rgb[0, 0, 0] for s, rgb in found} == {"a.png": 1, "b.png": 2}
    (line,) = told
    assert "c.png" in line
    (collection / "one.tar").unlink()
    with pytest.raises(PhotoError, match="cannot read the archive"):
        list(photos.read(photos.find(collection)))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("file,shard\na,b\n", "no column licence_class"),
        ("file,shard,licence_class\na.png,one.tar\n", "line 2: no licence_class"),
        ("file,shard,licence_class\n,,open\n", "no file and no shard"),
        ("", "no column"),
        (b"file,shard,licence_class\n\xff\xfe,a,b\n", "cannot read"),
    ],
)
def test_broken_manifests_are_refused(tmp_path, text, what):
    (tmp_path / "manifest.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PhotoError, match=what):
        photos.find(tmp_path)


def test_any_other_folder_is_pictures(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.PNG").write_bytes(png(2))
    (tmp_path / "a.png").write_bytes(b"broken")
    (tmp_path / "notes.txt").write_text("no picture")
    found = photos.find(tmp_path)
    assert names(found) == ["a.png", "in/b.PNG"]
    assert photos.licences(found) == {photos.UNKNOWN: 2}
    told = []
    ((source, rgb),) = photos.read(found, warn=told.append)
    assert source.name == "in/b.PNG"
    assert rgb.shape == (6, 8, 3)
    assert len(told) == 1
    assert len(list(photos.read(found))) == 1
    with pytest.raises(PhotoError, match="openly licensed"):
        photos.find(tmp_path, licence="open")


def test_what_is_no_folder_or_empty_is_refused(tmp_path):
    with pytest.raises(PhotoError, match="no such folder"):
        photos.find(tmp_path / "none")
    with pytest.raises(PhotoError, match="no photo"):
        photos.find(tmp_path)


def test_one_in_ten_is_kept_aside_by_its_name_alone(tmp_path):
    sources = [photos.Source(f"{n}.jpg", "open", tmp_path / str(n)) for n in range(2000)]
    assert 140 < sum(s.held_out for s in sources) < 260
    for s in sources[:50]:
        assert s.held_out == (zlib.crc32(s.name.encode()) % 10 == 0)
        assert photos.Source(s.name, "other", tmp_path).held_out == s.held_out
