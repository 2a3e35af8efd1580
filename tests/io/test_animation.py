"""Animations: what was put in comes out, and nothing is ever lost."""

import numpy as np
import pytest
from PIL import Image, ImageSequence

from handtint.errors import OutputError
from handtint.io import check_animation, write_animation


def coloured(count, shape=(40, 60)):
    """Frames of flat colour that go from grey to red."""
    frames = np.full((count, *shape, 3), 120, np.uint8)
    frames[..., 0] = np.linspace(120, 220, count).round()[:, None, None]
    frames[:, :, 30:, 2] = 90
    return list(frames)


def read(path):
    with Image.open(path) as file:
        assert file.info.get("loop") == 0
        frames, durations = [], []
        for frame in ImageSequence.Iterator(file):
            frames.append(np.asarray(frame.convert("RGB")))
            durations.append(frame.info["duration"])
        return frames, durations


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".WEBP", ".GIF"])
def test_frames_come_back(tmp_path, suffix):
    frames = coloured(5)
    write_animation(tmp_path / f"a{suffix}", frames, xmp="<x/>")
    found, durations = read(tmp_path / f"a{suffix}")
    assert len(found) == 5
    for there, here in zip(found, frames, strict=True):
        # GIF dithers, so colours hold on the mean.
        assert np.abs(there[:, :28].mean((0, 1)) - here[0, 0]).max() < 4
        assert np.abs(there[:, 32:].mean((0, 1)) - here[0, 40]).max() < 4
    assert durations[0] > durations[1]
    assert durations[-1] > durations[0]


def test_one_and_two_frames(tmp_path):
    for count in (1, 2):
        for suffix in (".webp", ".gif"):
            path = tmp_path / f"{count}{suffix}"
            write_animation(path, coloured(count))
            with Image.open(path) as file:
                assert getattr(file, "n_frames", 1) == count


def test_webp_says_how_it_was_made(tmp_path):
    write_animation(tmp_path / "a.webp", coloured(3), xmp="<how/>")
    with Image.open(tmp_path / "a.webp") as file:
        assert file.info["xmp"] == b"<how/>"
        assert file.info["icc_profile"]


def test_other_suffixes_are_refused(tmp_path):
    for name in ("a.png", "a.mp4", "a", "a.tif"):
        with pytest.raises(OutputError, match=r"use one of \.webp, \.gif"):
            check_animation(tmp_path / name)
        with pytest.raises(OutputError):
            write_animation(tmp_path / name, coloured(2))
    assert not list(tmp_path.iterdir())


def test_nothing_is_lost(tmp_path):
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match="--force"):
        write_animation(path, coloured(2))
    with pytest.raises(OutputError, match="never"):
        write_animation(path, coloured(2), sources=[path], force=True)
    assert path.read_bytes() == b"old"
    write_animation(path, coloured(2), force=True)
    assert len(read(path)[0]) == 2
    assert list(tmp_path.iterdir()) == [path]
