"""Suggested places against random ones: the same hints but for their places."""

import pytest
from PIL import Image
from quarters import coloured_quarters

from handtint.bench.suggest import run_suggest
from handtint.errors import OptionError, PhotoError


@pytest.fixture
def folder(tmp_path):
    for n, name in enumerate(("a.png", "b.png", "c.png")):
        Image.fromarray(coloured_quarters(64, noise=3, seed=n)).save(tmp_path / name)
    return tmp_path


def test_rows_are_complete_and_equal_without_points(folder):
    rows = run_suggest([folder], points=(0, 3), size=64, every=2, first=0)
    assert [(r.image, r.points, r.placement) for r in rows] == [
        (image, points, placement)
        for image in ("a.png", "c.png")
        for points in (0, 3)
        for placement in ("suggested", "uniform", "zhang")
    ]
    for n in (0, 6):
        assert len({(r.psnr, r.delta_e) for r in rows[n : n + 3]}) == 1
        assert len({r.psnr for r in rows[n + 3 : n + 6]}) == 3
        assert min(r.psnr for r in rows[n + 3 : n + 6]) > rows[n].psnr - 1
    alone = run_suggest([folder / "c.png"], points=(3,), size=64)
    assert alone == rows[9:]


@pytest.mark.parametrize(
    "wrong", [{"points": (-1,)}, {"points": ()}, {"size": 8}, {"every": 0}, {"first": 9}]
)
def test_wrong_arguments_are_refused(folder, wrong):
    with pytest.raises(OptionError):
        run_suggest([folder], **wrong)


def test_a_missing_picture_is_told(tmp_path):
    with pytest.raises(PhotoError, match="no such"):
        run_suggest([tmp_path / "x.png"])
