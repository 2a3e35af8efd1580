"""OpenRaster files, read strictly by the specification, and their layers laid over each other."""

import io
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from handtint.errors import OutputError
from handtint.io.openraster import Layer, write_openraster

OPERATORS = {"svg:src-over", "svg:color"}


def read_strictly(path):
    """Layers (top first), attributes and pictures of a file that keeps every rule."""
    raw = path.read_bytes()
    # "The first file in the archive": at a fixed place, so that the type can be told.
    assert raw[30:38] == b"mimetype"
    assert raw[38:54] == b"image/openraster"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        infos = archive.infolist()
        names = [info.filename for info in infos]
        assert names[0] == "mimetype"
        assert infos[0].compress_type == zipfile.ZIP_STORED
        assert not infos[0].extra
        assert archive.read("mimetype") == b"image/openraster"
        assert len(set(names)) == len(names)
        methods = {info.compress_type for info in infos}
        assert methods <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        assert not any(name.startswith("/") or ".." in name for name in names)
        image = ElementTree.fromstring(archive.read("stack.xml").decode("utf-8"))
        assert image.tag == "image"
        assert [int(n) for n in image.attrib["version"].split(".")] >= [0, 0, 1]
        size = int(image.attrib["w"]), int(image.attrib["h"])
        assert [child.tag for child in image] == ["stack"]
        layers = []
        for layer in image[0]:
            assert layer.tag == "layer"
            assert set(layer.attrib) <= {
                "name", "src", "x", "y", "opacity", "visibility", "composite-op",
            }  # fmt: skip
            assert layer.attrib["composite-op"] in OPERATORS
            assert layer.attrib["visibility"] in {"visible", "hidden"}
            assert 0 <= float(layer.attrib["opacity"]) <= 1
            assert int(layer.attrib["x"]) == int(layer.attrib["y"]) == 0
            picture = Image.open(io.BytesIO(archive.read(layer.attrib["src"])))
            assert picture.format == "PNG"
            assert picture.size == size
            assert not picture.info.get("interlace")
            layers.append((layer.attrib, np.asarray(picture)))
        referenced = {attributes["src"] for attributes, _ in layers}
        assert {name for name in names if name.startswith("data/")} == referenced
        merged = Image.open(io.BytesIO(archive.read("mergedimage.png")))
        assert merged.format == "PNG"
        assert merged.size == size
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
        assert thumbnail.format == "PNG"
        assert max(thumbnail.size) == min(256, max(size))
        assert not thumbnail.info.get("interlace")
        known = {"mimetype", "stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"}
        assert set(names) == known | referenced
        return image.attrib, layers, np.asarray(merged), np.asarray(thumbnail)


def luminosity(rgb):
    return rgb @ [0.3, 0.59, 0.11]


def with_luminosity(rgb, wanted):
    """SetLum of W3C Compositing and Blending."""
    rgb = rgb + (wanted - luminosity(rgb))[..., None]
    mean = luminosity(rgb)[..., None]
    low, high = rgb.min(-1, keepdims=True), rgb.max(-1, keepdims=True)
    rgb = np.where(low < 0, mean + (rgb - mean) * mean / np.maximum(mean - low, 1e-9), rgb)
    up = (rgb - mean) * (1 - mean) / np.maximum(high - mean, 1e-9)
    return np.where(high > 1, mean + up, rgb)


def recomposed(layers):
    """The visible layers over each other, opaque as they are, as code values from 0 to 1."""
    picture = None
    for attributes, pixels in reversed(layers):
        if attributes["visibility"] == "hidden":
            continue
        rgb = pixels[..., :3] / 255
        if picture is None:
            picture = rgb
            continue
        if attributes["composite-op"] == "svg:color":
            rgb = with_luminosity(rgb, luminosity(picture))
        opacity = float(attributes["opacity"])
        picture = (1 - opacity) * picture + opacity * rgb
    return picture


@pytest.fixture
def pictures(rng):
    low = np.repeat(rng.integers(0, 256, (300, 520, 1), np.uint8), 3, axis=2)
    high = rng.integers(0, 256, (300, 520, 4), np.uint8)
    return low, high


def test_file_keeps_the_rules(tmp_path, pictures):
    low, high = pictures
    layers = [
        Layer('ink & "more"', [high], opacity=0.25, visible=False),
        Layer("photo", [low[:100], low[100:]]),
    ]
    path = tmp_path / "a.ora"
    write_openraster(path, layers, [low], shape=(300, 520), dpi=(300.0, 299.6), xmp="<x/>")
    attributes, found, merged, thumbnail = read_strictly(path)
    assert attributes["xres"] == attributes["yres"] == "300"
    assert found[0][0]["name"] == 'ink & "more"'
    assert found[0][0]["visibility"] == "hidden"
    assert float(found[0][0]["opacity"]) == 0.25
    np.testing.assert_array_equal(found[0][1], high)
    np.testing.assert_array_equal(found[1][1], low)
    np.testing.assert_array_equal(merged, low)
    assert thumbnail.shape == (148, 256, 3)


def test_thumbnail_looks_like_the_picture(tmp_path):
    y, x = np.mgrid[:900, :1200]
    smooth = np.stack([y / 4, x / 5, (y + x) / 9], axis=2).astype(np.uint8)
    bands = [smooth[top : top + 77] for top in range(0, 900, 77)]
    write_openraster(tmp_path / "a.ora", [Layer("p", [smooth])], bands, shape=(900, 1200))
    thumbnail = read_strictly(tmp_path / "a.ora")[3]
    wanted = Image.fromarray(smooth).resize((256, 192), Image.Resampling.BOX)
    assert np.abs(thumbnail.astype(int) - np.asarray(wanted)).mean() < 2


def test_small_pictures_are_not_enlarged(tmp_path):
    tiny = np.full((3, 5, 3), 7, np.uint8)
    write_openraster(tmp_path / "a.ora", [Layer("p", [tiny])], [tiny], shape=(3, 5))
    assert read_strictly(tmp_path / "a.ora")[3].shape == (3, 5, 3)


def test_16_bits(tmp_path, rng):
    deep = rng.integers(0, 65536, (20, 30, 3), np.uint16)
    write_openraster(tmp_path / "a.ora", [Layer("p", [deep])], [deep], shape=(20, 30))
    _, layers, _, thumbnail = read_strictly(tmp_path / "a.ora")
    np.testing.assert_array_equal(thumbnail, (deep >> 8).astype(np.uint8))
    assert layers[0][1].shape == (20, 30, 3)


def test_the_same_layers_give_the_same_bytes(tmp_path, pictures):
    for name in ("a.ora", "b.ora"):
        write_openraster(
            tmp_path / name, [Layer("p", [pictures[0]])], [pictures[0]], shape=(300, 520)
        )
    assert (tmp_path / "a.ora").read_bytes() == (tmp_path / "b.ora").read_bytes()


def test_all_or_nothing(tmp_path, pictures):
    path = tmp_path / "a.ora"
    path.write_bytes(b"old")

    def broken():
        yield pictures[0][:10]
        raise KeyError("broken")

    with pytest.raises(KeyError):
        write_openraster(path, [Layer("p", broken())], [], shape=(300, 520), force=True)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OutputError, match="the file exists"):
        write_openraster(path, [Layer("p", [pictures[0]])], [pictures[0]], shape=(300, 520))
    with pytest.raises(OutputError, match=r"use one of \.ora"):
        write_openraster(tmp_path / "a.png", [], [], shape=(1, 1))
