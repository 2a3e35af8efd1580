"""All or nothing: what is refused beforehand, and what an error during writing leaves behind."""

import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from handtint.errors import OutputError
from handtint.io import check_output, read_photo, read_rgb, write_picture
from handtint.io.atomic import replacing

NOISE = np.random.default_rng(31).integers(0, 256, (64, 64, 3)).astype(np.uint8)


def refusal(path, **options):
    with pytest.raises(OutputError) as raised:
        check_output(path, **options)
    message = str(raised.value)
    assert "\n" not in message
    return message


def write(path, **options):
    return write_picture(path, [NOISE[:20], NOISE[20:]], shape=(64, 64), bits=8, **options)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".PNG"])
def test_a_free_place_is_accepted_and_left_free(tmp_path, suffix):
    check_output(tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.gif", "a", "a.bmp", "png", "a.png.", "a.tif\nf"])
def test_unknown_suffixes_are_refused_with_a_list_of_the_known(tmp_path, name):
    message = refusal(tmp_path / name)
    assert ".png, .jpg, .jpeg, .webp, .tif, .tiff" in message


def test_places_that_cannot_be_written_are_refused(tmp_path):
    assert "there is no folder" in refusal(tmp_path / "none" / "a.png")
    (tmp_path / "file").touch()
    assert "there is no folder" in refusal(tmp_path / "file" / "a.png")
    (tmp_path / "folder.png").mkdir()
    assert "no regular file" in refusal(tmp_path / "folder.png", force=True)
    os.mkfifo(tmp_path / "pipe.png")
    assert "no regular file" in refusal(tmp_path / "pipe.png", force=True)
    assert "too long" in refusal(tmp_path / f"{'x' * 300}.png")
    assert "null" in refusal(f"{tmp_path}/a\0.png")


def test_write_protection_is_respected(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.touch()
    # The tests may run as a user for whom nothing is protected.
    monkeypatch.setattr(os, "access", lambda place, mode: Path(place) != path)
    assert "file is write-protected" in refusal(path, force=True)
    monkeypatch.setattr(os, "access", lambda place, mode: Path(place) != tmp_path)
    assert "folder" in refusal(tmp_path / "b.png")


def test_an_existing_file_is_replaced_by_force_only(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    assert "--force" in refusal(path)
    with pytest.raises(OutputError, match="--force"):
        write(path)
    assert path.read_bytes() == b"old"
    check_output(path, force=True)
    write(path, force=True)
    np.testing.assert_array_equal(read_rgb(path), NOISE)
    assert list(tmp_path.iterdir()) == [path]


def test_the_source_is_never_overwritten(tmp_path):
    source = tmp_path / "Photo é.png"
    Image.fromarray(NOISE).save(source)
    before = source.read_bytes()
    (tmp_path / "link.png").symlink_to(source)
    (tmp_path / "hard.png").hardlink_to(source)
    (tmp_path / "elsewhere").symlink_to(tmp_path)
    photo = read_photo(source)
    names = [
        "Photo é.png",
        "./Photo é.png",
        "elsewhere/Photo é.png",
        "link.png",
        "hard.png",
        "photo É.PNG",
        "Photo e\u0301.png",
    ]
    for name in names:
        message = refusal(tmp_path / name, sources=[tmp_path / "other.png", source], force=True)
        assert "never overwritten" in message
        with pytest.raises(OutputError, match="never overwritten"):
            write(tmp_path / name, photo=photo, force=True)
    assert source.read_bytes() == before


def test_a_link_to_another_file_keeps_pointing_to_it(tmp_path):
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "a.png"
    target.write_bytes(b"old")
    link = tmp_path / "link.png"
    link.symlink_to(target)
    write(link, force=True)
    assert link.is_symlink()
    np.testing.assert_array_equal(read_rgb(target), NOISE)


@pytest.mark.parametrize(
    "name", ["a b.png", "фото.png", "-x.png", "line\nbreak.png", "x" * 251 + ".png"]
)
def test_any_name_will_do(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write(name)
    np.testing.assert_array_equal(read_rgb(name), NOISE)
    assert [path.name for path in Path().iterdir()] == [name]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".webp"])
@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (KeyboardInterrupt, KeyboardInterrupt),
        (RuntimeError, RuntimeError),
        (MemoryError, MemoryError),
    ],
)
def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(
    tmp_path, suffix, raised, expected
):
    def bands():
        yield NOISE[:20]
        raise raised

    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(expected):
        write_picture(path, bands(), shape=(64, 64), bits=8, force=True)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS])
def test_errors_of_the_system_are_named(tmp_path, monkeypatch, call, number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    if call == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OutputError) as raised:
        write(path, force=True)
    assert os.strerror(number) in str(raised.value)
    assert str(path) in str(raised.value)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path):
    path = tmp_path / "a.png"
    with pytest.raises(OutputError, match="by now"), replacing(path, force=False) as file:
        file.write(b"new")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_the_new_file_is_on_the_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    calls = []
    real_fsync, real_replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append("fsync"), real_fsync(fd))[1])
    monkeypatch.setattr(
        Path, "replace", lambda a, b: (calls.append("replace"), real_replace(a, b))[1]
    )
    write(tmp_path / "a.png")
    assert calls == ["fsync", "replace", "fsync"]


def test_new_files_have_the_usual_permissions(tmp_path):
    (tmp_path / "plain").touch()
    write(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


FULL_DISK = """
    import resource, signal, sys
    import numpy as np
    from handtint.errors import OutputError
    from handtint.io import write_picture

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    for path in sys.argv[1:]:
        try:
            write_picture(path, [noise], shape=(200, 200), bits=8, force=True)
        except OutputError as error:
            print(error)
"""


def test_a_full_disk(tmp_path):
    paths = [tmp_path / f"a{suffix}" for suffix in (".png", ".tif", ".jpg", ".webp")]
    for path in paths:
        path.write_bytes(b"old")
    program = textwrap.dedent(FULL_DISK)
    done = subprocess.run(
        [sys.executable, "-c", program, *paths], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert done.stderr == ""
    assert len(lines) == len(paths)
    for path, line in zip(paths, lines, strict=True):
        assert line.startswith(f"{path}: ")
        assert os.strerror(errno.EFBIG) in line
        assert path.read_bytes() == b"old"
    assert sorted(tmp_path.iterdir()) == sorted(paths)
