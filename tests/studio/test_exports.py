"""Every export at full size: the same numbers as the pipeline, in files that others read."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from solving import BLUE, RED, job, photo_file, scene, stroke

import handtint
from handtint.color import space
from handtint.errors import HandtintError, HintError, OptionError, PhotoError
from handtint.hints import StrokeDocument
from handtint.pipeline import STROKES_ALONE, Strength
from handtint.pipeline.project import read_project
from handtint.studio.exports import FORMATS, Export, Order, write
from handtint.studio.log import Document, Log

sys.path.insert(0, str(Path(__file__).parent.parent / "io"))
from test_openraster import luminosity, read_strictly, recomposed, with_luminosity

LEFT, RIGHT = stroke(80.0, 60.0), stroke(200.0, 500.0, BLUE)
SOFT = stroke(80.0, 60.0, (170, 125, 110)), stroke(200.0, 500.0, (105, 120, 150))
SHAPE = (300, 700)


@pytest.fixture
def order(tmp_path):
    source = photo_file(tmp_path)

    def make(form, suffix, *strokes, base=None, **settings):
        wanted = job(*(strokes or (LEFT, RIGHT)), base=base is not None, **settings)
        return Order(wanted, form, source, base, tmp_path / f"out{suffix}", "my photo.png")

    return make


def coloured(tmp_path, strokes=(LEFT, RIGHT), method=STROKES_ALONE, **kwargs):
    document = StrokeDocument(SHAPE, strokes)
    return handtint.colorize(tmp_path / "photo.png", document, method, **kwargs)


@pytest.mark.parametrize(
    ("form", "suffix"), [("png", ".png"), ("webp", ".webp"), ("tiff", ".tif"), ("jpeg", ".jpg")]
)
def test_pictures_are_those_of_the_pipeline(order, tmp_path, form, suffix):
    path = write(order(form, suffix, vividness=1.3, opacity=0.7))
    with Image.open(path) as picture:
        assert picture.format == form.upper()
        found = np.asarray(picture.convert("RGB")).astype(float)
    if form == "tiff":  # Pillow cuts its 16 bits off to 8.
        found = tifffile.imread(path) / 257
    wanted = coloured(tmp_path, strength=Strength(1.3, 0.7)).picture()
    difference = np.abs(found - wanted)
    # JPEG has loss; 16 bits are rounded to 8 in the other picture.
    assert difference.max() <= {"jpeg": 24, "tiff": 0.51}.get(form, 0)
    packet = path.read_bytes()
    for words in (b"algorithmicallyEnhanced", b"vividness=1.3", b"opacity=0.7", b"sha256:"):
        assert words in packet


def test_16_bits_stay(tmp_path):
    tifffile.imwrite(tmp_path / "deep.tif", scene().astype(np.uint16) * 257 + 3)
    wanted = Order(job(LEFT), "tiff", tmp_path / "deep.tif", None, tmp_path / "out.tif", "deep.tif")
    assert tifffile.imread(write(wanted)).dtype == np.uint16


def test_mask(order):
    with Image.open(write(order("mask", ".png", LEFT, stroke(80.0, 90.0, kind="erase")))) as found:
        mask = np.asarray(found)
    document = StrokeDocument(SHAPE, (LEFT, stroke(80.0, 90.0, kind="erase")))
    np.testing.assert_array_equal(mask, document.to_mask())
    assert tuple(mask[80, 65]) == RED
    assert not mask[80, 100].any()


def test_mask_holds_the_base(order, tmp_path):
    base = np.zeros((*SHAPE, 3), np.uint8)
    base[10:30, 10:600] = (5, 6, 7)
    Image.fromarray(base).save(tmp_path / "base.png")
    path = write(order("mask", ".png", LEFT, base=tmp_path / "base.png"))
    with Image.open(path) as found:
        mask = np.asarray(found)
    assert tuple(mask[20, 300]) == (5, 6, 7)
    assert tuple(mask[80, 65]) == RED


def test_a_mask_without_strokes_is_black(order):
    path = write(order("mask", ".png", stroke(80.0, 60.0, kind="barrier")))
    with Image.open(path) as found:
        assert not np.asarray(found).any()


def test_colour_alone(order, tmp_path):
    # Colour modes of other programs keep luma, handtint lightness; near to grey they agree.
    path = write(order("chroma", ".png", *SOFT))
    with Image.open(path) as picture:
        flat = np.asarray(picture)
    lightness, chroma = space("lab").from_codes(flat)
    result = coloured(tmp_path, SOFT)
    _, wanted = space("lab").from_codes(result.picture())
    # The same colours, and none of the tones of the photo.
    assert np.abs(chroma - wanted).mean() < 1
    assert lightness.std() < 1
    gray = np.repeat(scene()[..., None], 3, axis=2) / 255
    laid = with_luminosity(flat / 255, luminosity(gray))
    assert np.abs(laid * 255 - result.picture()).mean() < 3


@pytest.mark.parametrize("opacity", [1.0, 0.6])
def test_layers(order, tmp_path, opacity):
    path = write(order("ora", ".ora", *SOFT, opacity=opacity, vividness=1.2))
    _, layers, merged, _ = read_strictly(path)
    assert [attributes["name"] for attributes, _ in layers] == ["strokes", "colour", "photograph"]
    strokes, colour, _ = (attributes for attributes, _ in layers)
    assert strokes["visibility"] == "hidden"
    assert colour["composite-op"] == "svg:color"
    assert float(colour["opacity"]) == opacity
    np.testing.assert_array_equal(layers[2][1], np.repeat(scene()[..., None], 3, axis=2))
    assert tuple(layers[0][1][80, 65]) == (170, 125, 110, 255)
    assert not layers[0][1][250].any()
    np.testing.assert_array_equal(
        merged, coloured(tmp_path, SOFT, strength=Strength(1.2, opacity)).picture()
    )
    assert np.abs(255 * recomposed(layers) - merged).mean() < 2


def test_strokes(order):
    path = write(order("strokes", ".jsonl"))
    assert StrokeDocument.load(path) == StrokeDocument(SHAPE, (LEFT, RIGHT))


def test_project_gives_the_document_back(order, tmp_path):
    path = write(order("project", ".handtint", opacity=0.5))
    data = read_project(path)
    assert data.source == (tmp_path / "photo.png").read_bytes()
    assert data.name == "my photo.png"
    assert data.shape == SHAPE
    document = Log.replay(Document(), data.log).document
    assert tuple(painted.stroke for painted in document.strokes) == (LEFT, RIGHT)
    assert document.settings.opacity == 0.5


def test_transparency_is_kept(tmp_path):
    alpha = np.full(SHAPE, 255, np.uint8)
    alpha[:, :50] = 0
    Image.fromarray(np.dstack([scene(), alpha]), "LA").save(tmp_path / "clear.png")
    wanted = Order(
        job(LEFT), "ora", tmp_path / "clear.png", None, tmp_path / "out.ora", "clear.png"
    )
    _, layers, merged, _ = read_strictly(write(wanted))
    for pixels in (layers[1][1], layers[2][1], merged):
        np.testing.assert_array_equal(pixels[..., 3], alpha)


@pytest.mark.parametrize(
    ("form", "suffix", "error", "message"),
    [
        ("gif", ".gif", OptionError, "unknown format gif; known are png, jpeg"),
        ("png", ".jpg", OptionError, r"out\.jpg: png needs the suffix \.png"),
    ],
)
def test_wrong_orders(order, form, suffix, error, message):
    with pytest.raises(error, match=message):
        write(order(form, suffix))


def test_without_colour_strokes_a_method_that_needs_some_asks_for_them(order):
    with pytest.raises(HintError, match=r"no colour strokes, and blending .* paint a stroke first"):
        write(order("png", ".png", stroke(80.0, 60.0, kind="barrier")))


def test_without_strokes_a_proposal_is_exported(order, tmp_path):
    empty = replace(order("png", ".png"), job=job(method="assisted"))
    with Image.open(write(empty)) as picture:
        found = np.asarray(picture)
    wanted = coloured(tmp_path, strokes=(), method="assisted").picture()
    np.testing.assert_array_equal(found, wanted)
    assert np.ptp(found.astype(int), axis=2).max() > 5


def test_a_photo_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "source").write_bytes(b"nothing")
    wanted = Order(
        job(LEFT), "png", tmp_path / "source", None, tmp_path / "out.png", "my photo.png"
    )
    with pytest.raises(PhotoError, match=r"^my photo\.png: "):
        write(wanted)


def test_a_process_of_its_own(order, tmp_path):
    assert Export(order("mask", ".png")).future.result(120) == tmp_path / "out.png"
    with pytest.raises(OptionError, match="unknown format"):
        Export(order("gif", ".gif")).future.result(120)
    stopped = Export(order("ora", ".ora"))
    stopped.stop()
    with pytest.raises(HandtintError, match="the export stopped"):
        stopped.future.result(120)
    assert not (tmp_path / "out.ora").exists()


def test_formats():
    assert FORMATS == (
        "png", "jpeg", "webp", "tiff", "mask", "chroma", "ora", "strokes", "project",
    )  # fmt: skip
