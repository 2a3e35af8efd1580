"""Photographs looked at before a training: no colour, damaged, or the same as another one."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from handtint.train import photos, survey
from handtint.train.survey import Look, Print


def scene(rng, height=150, width=200):
    """A picture with forms of many sizes and colours."""
    rgb = np.zeros((height, width, 3))
    for cells in (3, 6, 12, 40):
        part = rng.uniform(0, 255, (cells, cells, 3)).astype(np.uint8)
        rgb += np.asarray(Image.fromarray(part).resize((width, height), Image.Resampling.BICUBIC))
    return (rgb / 4).astype(np.uint8)


def edited(rgb):
    """The picture smaller, cut, brighter and compressed: what copies go through."""
    picture = Image.fromarray(rgb)
    w, h = picture.size
    picture = picture.crop((round(0.03 * w), 0, round(0.93 * w), round(0.9 * h)))
    picture = ImageEnhance.Brightness(picture.resize((w // 2, h // 2))).enhance(1.15)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=60)
    return np.asarray(Image.open(stream).convert("RGB"))


def named(held_out):
    """Names without end that are, or are not, kept aside."""
    return (
        name
        for name in (f"{n}.png" for n in range(10**6))
        if photos.Source(name, "any", None).held_out == held_out
    )


def looks_at(tmp_path, pictures):
    """Looks at pictures by name."""
    found = [Look(photos.Source(n, "any", tmp_path), Print.of(p)) for n, p in pictures.items()]
    return sorted(found, key=lambda item: item.source.name)


def test_copies_are_one_group_and_other_pictures_are_not(rng):
    scenes = [scene(rng) for _ in range(60)]
    pictures = [p for s in scenes for p in (s, edited(s))]
    groups = survey.groups_of([Print.of(p) for p in pictures]).reshape(60, 2)
    assert (groups[:, 0] == groups[:, 1]).sum() >= 57
    assert len(np.unique(groups[:, 0])) == 60
    assert not len(survey.groups_of([]))


def test_near_duplicates_fall_on_one_side(tmp_path, rng):
    aside, taught = named(held_out=True), named(held_out=False)
    one, two, three = scene(rng), scene(rng), scene(rng)
    pictures = {
        (leaked := next(aside)): one, next(taught): edited(one),
        (first := next(aside)): two, (second := next(aside)): edited(two),
        (alone := next(aside)): three,
        **{next(taught): scene(rng) for _ in range(20)},
    }  # fmt: skip
    looks, told = looks_at(tmp_path, pictures), []
    found = survey.split(looks, told.append)
    assert {s.name for s in found.aside} == {first, second, alone}
    assert leaked in [s.name for s in found.learn]
    assert len(found.learn) + len(found.aside) == len(pictures)
    assert [line.split()[0] for line in told] == ["1"]
    assert survey.split(looks[::-1], told.append) == found


def test_without_copies_names_alone_decide(tmp_path, rng):
    looks = looks_at(tmp_path, {f"{n}.png": scene(rng, 60, 60) for n in range(150)})
    found, told = survey.split(looks, pytest.fail), []
    assert not told
    assert found.aside == [s.source for s in looks if s.source.held_out]
    assert found.learn == [s.source for s in looks if not s.source.held_out]


def test_pictures_without_colour_and_damaged_ones_are_left_out(tmp_path, rng):
    picture = Image.fromarray(scene(rng))
    picture.save(tmp_path / "colour.png")
    grey = picture.convert("L")
    grey.save(tmp_path / "grey.png")
    sepia = ImageOps.colorize(grey, (30, 20, 10), (250, 235, 205), mid=(140, 110, 70))
    sepia.save(tmp_path / "sepia.jpg", quality=70)
    (tmp_path / "damaged.png").write_bytes(b"no picture")
    told = []
    found = survey.look(photos.find(tmp_path), told.append)
    assert [item.source.name for item in found] == ["colour.png"]
    for name in ("grey.png", "sepia.jpg", "damaged.png"):
        assert sum(name in line for line in told) == 1
