import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handtint.color import names, space
from handtint.errors import HintError, OutputError
from handtint.hints import MaskHints, Stroke, StrokeDocument, Strokes, is_document
from handtint.hints import document as module

HEADER = '{"handtint": "strokes", "version": 2, "height": 20, "width": 30}'
STROKE = '{"kind": "color", "color": [200, 80, 60], "width": 3, "points": [[4, 5], [6.5, 7]]}'

code = st.integers(0, 255)
coordinate = st.floats(-1e7, 1e7)
points = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=4).map(tuple)
width = st.floats(0, 1e7, exclude_min=True)
strokes = st.one_of(
    st.builds(Stroke, points, width, st.tuples(code, code, code), st.just("color")),
    st.builds(
        Stroke,
        points,
        width,
        st.none(),
        st.sampled_from(["neutral", "barrier", "ignore", "erase"]),
    ),
    points.flatmap(
        lambda path: st.builds(
            Stroke,
            st.just(path),
            width,
            st.just((1, 2, 3)),
            st.just("color"),
            st.lists(st.floats(0, 1, exclude_min=True), min_size=len(path), max_size=len(path)).map(
                tuple
            ),
        )
    ),
)
sides = st.integers(1, 1_000_000)


def line(at, kind="color", color=(200, 80, 60), width=6.0):
    return Stroke(((at, 5.0), (at, 25.0)), width, color if kind == "color" else None, kind)


@given(st.builds(StrokeDocument, st.tuples(sides, sides), st.lists(strokes).map(tuple)))
def test_file_keeps_everything(tmp_path_factory, document):
    path = tmp_path_factory.getbasetemp() / "kept.jsonl"
    document.save(path)
    assert StrokeDocument.load(path) == document
    assert is_document(path)


def test_editing_makes_a_new_document():
    before = StrokeDocument((20, 30))
    after = before.with_stroke(line(4.0))
    assert before.strokes == ()
    assert after.strokes == (line(4.0),)
    assert after.shape == before.shape


def changed(text, **values):
    return json.dumps(json.loads(text) | values)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[1, 2]", "JSON object"),
        ("[" * 100_000, "not valid JSON"),
        ('{"handtint": "project"}', "not a stroke document"),
        (changed(HEADER, version=3), "version 3 is newer than 2"),
        (changed(HEADER, version="1"), "version is '1'"),
        (changed(HEADER, version=True), "version is True"),
        (changed(HEADER, version=0), "version is 0"),
        (changed(HEADER, height=0), "height 0"),
        (changed(HEADER, height=2.5), "height 2.5"),
        (changed(HEADER, width=10**9), "width 1000000000"),
        (changed(HEADER, depth=3), "unknown key 'depth'"),
        ('{"handtint": "strokes", "version": 1, "height": 20}', "width missing"),
    ],
)
def test_malformed_header(tmp_path, header, message):
    path = tmp_path / "strokes.jsonl"
    path.write_text(header + "\n" + STROKE + "\n")
    with pytest.raises(HintError, match=message) as caught:
        StrokeDocument.load(path)
    assert f"{path}: line 1: " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("stroke", "message"),
    [
        ("", "not valid JSON"),
        ("null", "JSON object"),
        (STROKE[:-1], "not valid JSON"),
        (STROKE.replace("6.5", "NaN"), "NaN is no JSON number"),
        (STROKE.replace("6.5", "-Infinity"), "-Infinity is no JSON number"),
        (STROKE.replace("6.5", "1e999"), "point"),
        (STROKE.replace("6.5", "1e8"), "point"),
        (STROKE.replace("6.5", '"6"'), "point"),
        (STROKE.replace("6.5", "true"), "point"),
        (STROKE.replace("6.5", "1" * 400), "point"),
        (STROKE.replace("6.5", "1" * 5000), "not valid JSON"),
        (changed(STROKE, points=[[1, 2, 3]]), "point"),
        (changed(STROKE, points=[[1]]), "point"),
        (changed(STROKE, points=[1, 2]), "points are"),
        (changed(STROKE, points=["ab"]), "points are"),
        (changed(STROKE, points={}), "points are"),
        (changed(STROKE, points=[]), "0 points"),
        (changed(STROKE, width=0), "width is 0"),
        (changed(STROKE, width=-3), "width is -3"),
        (changed(STROKE, width=None), "width is None"),
        (changed(STROKE, width=1e9), "width is 1000000000.0"),
        (STROKE.replace("3", "1e999", 1), "width is inf"),
        (changed(STROKE, pressure=[1]), "1 values of pressure; must be one for each of the 2"),
        (changed(STROKE, pressure=[0.5, 0]), "pressure is 0;"),
        (changed(STROKE, pressure=[0.5, 1.5]), "pressure is 1.5;"),
        (changed(STROKE, pressure=[True, 1]), "pressure is True;"),
        (changed(STROKE, pressure=["1", 1]), "pressure is '1';"),
        (changed(STROKE, pressure=1), "pressure is 1; must be a list"),
        (changed(STROKE, kind="erase"), "has no color"),
        (changed(STROKE, kind="eraser"), "unknown kind of stroke 'eraser'"),
        (changed(STROKE, kind=["color"]), "unknown kind of stroke"),
        (changed(STROKE, kind="x" * 10_000), "unknown kind of stroke"),
        (changed(STROKE, color=None), "color is None"),
        (changed(STROKE, color=[1, 2]), "color is"),
        (changed(STROKE, color=[1, 2, 256]), "color is"),
        (changed(STROKE, color=[1, 2, -1]), "color is"),
        (changed(STROKE, color=[1, 2, 3.0]), "color is"),
        (changed(STROKE, color="red"), "color is 'red'"),
        (changed(STROKE, kind="barrier"), "has no color"),
        (changed(STROKE, opacity=1), "unknown key 'opacity'"),
        ('{"kind": "color", "color": [1, 2, 3]}', "points, width missing"),
    ],
)
def test_malformed_stroke(tmp_path, stroke, message):
    path = tmp_path / "strokes.jsonl"
    path.write_text("\n".join([HEADER, STROKE, stroke, STROKE, ""]))
    with pytest.raises(HintError, match=message) as caught:
        StrokeDocument.load(path)
    assert f"{path}: line 3: " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("new", [{"pressure": [0.5, 1]}, {"kind": "erase", "color": None}])
def test_version_1_knows_no_pressure_and_no_eraser(tmp_path, new):
    path = tmp_path / "strokes.jsonl"
    old = changed(HEADER, version=1)
    path.write_text(f"{old}\n{STROKE}\n")
    assert StrokeDocument.load(path).strokes[0].pressure is None
    path.write_text(f"{old}\n{changed(STROKE, **new)}\n")
    with pytest.raises(HintError, match=r"line 2: .* need version 2"):
        StrokeDocument.load(path)


def test_text_of_another_encoding(tmp_path):
    path = tmp_path / "strokes.jsonl"
    path.write_bytes(HEADER.encode() + b'\n{"kind": "\xff"}\n')
    with pytest.raises(HintError, match="line 2: not valid JSON"):
        StrokeDocument.load(path)


def test_limits(tmp_path, monkeypatch):
    path = tmp_path / "strokes.jsonl"
    path.write_text("\n".join([HEADER, STROKE, STROKE, STROKE]))
    assert len(StrokeDocument.load(path).strokes) == 3
    with monkeypatch.context() as limited:
        limited.setattr(module, "MAX_STROKES", 2)
        with pytest.raises(HintError, match="3 strokes; at most 2"):
            StrokeDocument.load(path)
    monkeypatch.setattr(module, "MAX_POINTS", 5)
    with pytest.raises(HintError, match="line 4: more than 5 points"):
        StrokeDocument.load(path)


def test_enormous_file_is_not_read(tmp_path):
    path = tmp_path / "strokes.jsonl"
    with path.open("wb") as file:
        file.truncate(module.MAX_BYTES + 1)
    with pytest.raises(HintError, match="no stroke document"):
        StrokeDocument.load(path)


def test_missing_file(tmp_path):
    for read in (StrokeDocument.load, is_document):
        with pytest.raises(HintError, match=r"none\.jsonl: cannot be read"):
            read(tmp_path / "none.jsonl")


def test_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "strokes.jsonl"
    old, new = StrokeDocument((20, 30)), StrokeDocument((20, 30), (line(4.0),))
    old.save(path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OutputError, match="No space left"):
        new.save(path)
    assert StrokeDocument.load(path) == old
    assert list(tmp_path.iterdir()) == [path]


def test_cannot_save_into_a_missing_folder(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        StrokeDocument((20, 30)).save(tmp_path / "none" / "strokes.jsonl")


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", b'{"handtint": "project"}', b"[]", b"\xff\xfe{"]
)
def test_other_files_are_no_documents(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    assert not is_document(path)


@pytest.mark.parametrize("name", names())
def test_hint_map_has_the_chroma_of_the_strokes(name):
    document = StrokeDocument((20, 30), (line(5.0), line(15.0, "neutral")))
    hints = document.hint_map((20, 30), name)
    _, chroma = space(name).from_codes(np.array([[200, 80, 60]], np.uint8))
    np.testing.assert_allclose(hints.chroma[5, 10], chroma[0], rtol=1e-6)
    assert not hints.chroma[15].any()
    assert hints.weight[5, 10] == hints.weight[15, 10] == 1
    assert not hints.chroma[hints.weight == 0].any()
    assert not hints.barrier.any()
    assert not hints.ignore.any()


@pytest.mark.parametrize(
    ("below", "above"),
    [("barrier", "color"), ("color", "barrier"), ("color", "ignore"), ("ignore", "neutral")],
)
def test_the_stroke_on_top_decides(below, above):
    hints = StrokeDocument((20, 30), (line(5.0, below), line(5.0, above))).hint_map((10, 15), "lab")
    wanted = {"color": hints.weight > 0, "neutral": hints.weight > 0}
    wanted |= {"barrier": hints.barrier, "ignore": hints.ignore}
    assert wanted[above].any()
    assert not (wanted[below] & ~wanted[above]).any()
    assert ((hints.weight > 0).astype(int) + hints.barrier + hints.ignore <= 1).all()


@pytest.mark.parametrize("below", ["color", "neutral", "barrier", "ignore"])
def test_an_eraser_leaves_nothing(below):
    above = Stroke(((5.0, 5.0), (5.0, 12.0)), 8.0, None, "erase")
    document = StrokeDocument((20, 30), (line(5.0, below), above))
    hints = document.hint_map((20, 30), "lab")
    marked = (hints.weight > 0) | hints.barrier | hints.ignore
    assert not marked[:, :13].any()
    assert marked[5, 18:24].all()
    assert not hints.chroma[:, :13].any()
    assert not document.to_mask()[:, :13].any()
    gray = np.full((20, 30), 77, np.uint8)
    assert (document.overlay(gray)[:, :13] == 77).all()
    assert (document.overlay(gray)[5, 20] != 77).any()


def test_pressure_makes_a_stroke_thinner():
    whole = line(10.0, width=10.0)
    thin = Stroke(whole.points, 10.0, whole.color, "color", (1.0, 0.2))
    wide = StrokeDocument((20, 30), (whole,)).hint_map((20, 30), "lab").weight
    tapered = StrokeDocument((20, 30), (thin,)).hint_map((20, 30), "lab").weight
    assert tapered[:, 5].sum() == wide[:, 5].sum() == 10
    assert tapered[:, 24].sum() < 4
    assert (tapered <= wide).all()


def test_mask_of_a_document_gives_the_same_hints():
    document = StrokeDocument(
        (20, 30),
        (
            line(3.0),
            line(9.0, "neutral"),
            line(15.0, color=(0, 0, 0)),
            line(16.0, color=(9, 99, 9)),
        ),
    )
    mask = document.to_mask()
    direct = document.hint_map((20, 30), "oklab")
    through = MaskHints.from_picture(mask, np.zeros((20, 30), np.uint8), "mask").hint_map(
        (20, 30), "oklab"
    )
    np.testing.assert_array_equal(through.weight, direct.weight)
    np.testing.assert_allclose(through.chroma, direct.chroma, atol=1e-4)
    assert (mask[12, 10] == 1).all()


def test_mask_leaves_barriers_out():
    covered = StrokeDocument((20, 30), (line(5.0), line(5.0, "barrier"), line(9.0, "ignore")))
    np.testing.assert_array_equal(
        covered.to_mask(), StrokeDocument((20, 30), (line(5.0),)).to_mask()
    )


def test_overlay_changes_the_strokes_alone():
    kinds = ("color", "neutral", "barrier", "ignore")
    document = StrokeDocument(
        (40, 60), tuple(line(5.0 + 10 * n, kind) for n, kind in enumerate(kinds))
    )
    gray = np.full((20, 30), 77, np.uint8)
    picture = document.overlay(gray)
    hints = document.hint_map((20, 30), "lab")
    drawn = (hints.weight > 0) | hints.barrier | hints.ignore
    assert (picture[~drawn] == 77).all()
    assert (picture[drawn] != 77).any(axis=1).all()
    assert tuple(picture[2, 6]) == (200, 80, 60)


def test_satisfies_the_protocol():
    assert isinstance(StrokeDocument((20, 30)), Strokes)
