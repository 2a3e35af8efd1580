"""The worker in a thread: stages, pictures, masks, caches, cancellation."""

import numpy as np
import pytest
from PIL import Image
from solving import BLUE, RED, Bench, chroma_of, frames, job, photo_file, scene, stroke

import handtint
from handtint.color import space
from handtint.errors import HintError, PhotoError
from handtint.hints import Stroke, StrokeDocument
from handtint.pipeline import STROKES_ALONE, Settings
from handtint.pipeline.grids import reduced_lightness
from handtint.pipeline.suggestions import suggest
from handtint.resample import joint_upsample
from handtint.studio import worker as module
from handtint.studio.messages import (
    FINAL,
    PREVIEW,
    PROGRESS,
    REFINED,
    Advise,
    Ended,
    Reply,
    SetBase,
    Status,
    lengthened,
    shortened,
)
from handtint.studio.pyramid import read_tile

LEFT, RIGHT = stroke(80.0, 60.0), stroke(200.0, 500.0, BLUE)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "warm_up", lambda scratch: iter(()))
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def opened(bench, tmp_path):
    assert bench.open(photo_file(tmp_path)).error is None
    return bench


def test_opening_tells_about_the_photo_and_leaves_its_levels(bench, tmp_path):
    reply = bench.open(photo_file(tmp_path, (1500, 2100)))
    opened = reply.value
    assert reply.ticket == 7
    assert (opened.height, opened.width, opened.bits, opened.levels) == (1500, 2100, 8, 3)
    assert opened.sha256 == handtint.read_photo(tmp_path / "photo.png").sha256
    sizes = [(tmp_path / f"level-{n}.gray").stat().st_size for n in range(3)]
    assert sizes == [1500 * 2100, 750 * 1050, 375 * 525]
    tile = read_tile(tmp_path, (1500, 2100), 0, 1, 2)
    assert tile == scene((1500, 2100))[1024:, 2048:].tobytes()


def test_errors_name_the_photo_as_the_person_does(bench, tmp_path):
    path = tmp_path / "source-17"
    path.write_bytes(b"no picture")
    error = bench.open(path).error
    assert isinstance(error, PhotoError)
    assert str(error).startswith("my photo.png: ")
    assert "source-17" not in str(error)
    # The worker goes on.
    assert bench.open(photo_file(tmp_path)).error is None


def test_stages_come_in_order(opened):
    messages = opened.run(job(LEFT, RIGHT, rev=5))
    pictures = frames(messages)
    stages = [f.stage for f in pictures if f.stage != PROGRESS]
    assert stages[0] == PREVIEW
    assert stages == sorted(stages)
    assert stages[-1] == FINAL
    assert all(f.rev == 5 and not f.live for f in pictures)
    assert messages[-1] == Ended(opened.newest.value, cancelled=False)
    states = [m.state for m in messages if isinstance(m, Status)]
    assert states[0] == "preview"
    assert states[-1] == "idle"
    assert pictures[0].dtype == 0
    assert pictures[-1].dtype == 1


def test_a_guide_comes_before_the_first_picture_of_its_grid(opened):
    known = set()
    for wanted in (job(LEFT), job(LEFT, RIGHT), job(LEFT, space="oklab")):
        for frame in [m for m in opened.run(wanted) if not isinstance(m, Status | Ended)]:
            grid = frame.height, frame.width, frame.space
            if frame.kind == "guide":
                assert grid not in known
                known.add(grid)
                values = np.frombuffer(frame.data, "<f2")
                assert values.size == frame.height * frame.width
                assert 0 <= values.min() < values.max() <= 100
            else:
                assert grid in known


def test_the_final_picture_is_that_of_the_pipeline(opened, tmp_path):
    photo = handtint.read_photo(tmp_path / "photo.png")
    strokes = LEFT, RIGHT, stroke(10.0, 100.0, kind="barrier", width=2.0, length=500)
    final = frames(opened.run(job(*strokes)), stage=FINAL)[0]
    document = StrokeDocument(photo.gray.shape, strokes)
    wanted = handtint.colorize(photo, document, STROKES_ALONE).chroma
    np.testing.assert_allclose(chroma_of(final), wanted, atol=0.05, rtol=1e-3)


BARRIER = stroke(60.0, 300.0, kind="barrier", width=5.0, length=800)


@pytest.mark.parametrize(
    ("shape", "strokes"),
    [
        ((150, 3600), (stroke(80.0, 60.0), stroke(100.0, 2500.0, BLUE))),
        ((200, 1500), (LEFT, stroke(40.0, 500.0, BLUE), BARRIER)),
        ((150, 3000), (LEFT, stroke(40.0, 500.0, BLUE))),
    ],
)
def test_one_plain_step_from_the_last_picture_is_the_export(bench, tmp_path, shape, strokes):
    bench.open(photo_file(tmp_path, shape))
    photo = handtint.read_photo(tmp_path / "photo.png")
    last = frames(bench.run(job(*strokes)), stage=FINAL)[-1]
    model = space("lab")
    table = model.lightness_table(photo.bits)
    light, chroma = table[photo.gray], chroma_of(last)
    coarse = reduced_lightness(photo.gray, table, chroma.shape[:2])
    found = model.recompose(light, joint_upsample(chroma, coarse, light), 8)
    document = StrokeDocument(shape, strokes)
    wanted = handtint.colorize(photo, document, STROKES_ALONE).picture()
    assert np.abs(found.astype(int) - wanted).max() <= 1


def test_small_photos_have_no_refined_stage(bench, tmp_path):
    bench.open(photo_file(tmp_path, (200, 300)))
    stages = [f.stage for f in frames(bench.run(job(stroke(80.0, 60.0))))]
    assert REFINED not in stages
    assert stages[-1] == FINAL
    assert all(f.height == 200 for f in frames(bench.run(job(stroke(80.0, 60.0)))))


def test_strokes_colour_their_half(opened):
    final = frames(opened.run(job(LEFT, RIGHT)), stage=FINAL)[0]
    _, inks = space("lab").from_codes(np.array([RED, BLUE], np.uint8))
    chroma = chroma_of(final)
    np.testing.assert_allclose(chroma[80, 90], inks[0], atol=0.1)
    np.testing.assert_allclose(chroma[200, 530], inks[1], atol=0.1)
    assert chroma[250, 30, 1] > 0 > chroma[250, 680, 1]


def test_without_strokes_there_is_no_colour(opened):
    pictures = frames(opened.run(job()))
    assert [f.stage for f in pictures] == [FINAL]
    assert not chroma_of(pictures[0]).any()
    assert frames(opened.run(job(LEFT)), stage=FINAL)
    again = frames(opened.run(job()))
    assert not chroma_of(again[-1]).any()


def test_erased_strokes_are_no_strokes(opened):
    eraser = stroke(80.0, 50.0, kind="erase", width=40.0, length=90.0)
    assert not chroma_of(frames(opened.run(job(LEFT, eraser)))[-1]).any()


def test_a_live_stroke_is_previewed_only(opened):
    opened.run(job(LEFT))
    messages = opened.run(job(LEFT, live=RIGHT, rev=9))
    pictures = frames(messages)
    assert [f.stage for f in pictures] == [PREVIEW]
    assert pictures[0].live
    _, inks = space("lab").from_codes(np.array([BLUE], np.uint8))
    at = chroma_of(pictures[0])[200 * 512 // 700, 530 * 512 // 700]
    np.testing.assert_allclose(at, inks[0], atol=1.0)
    # It is gone with the next job.
    assert chroma_of(frames(opened.run(job(LEFT)), stage=FINAL)[0])[200, 530, 1] > -5


def test_preview_keeps_to_the_last_picture(opened):
    final = frames(opened.run(job(LEFT, RIGHT)), stage=FINAL)[0]
    preview = frames(opened.run(job(LEFT, RIGHT)), stage=PREVIEW)[0]
    small = chroma_of(preview)
    rows = (np.arange(small.shape[0]) * 300) // small.shape[0]
    columns = (np.arange(small.shape[1]) * 700) // small.shape[1]
    large = chroma_of(final)[rows[:, None], columns]
    assert np.abs(small - large).mean() < 1.5 * preview.scale


@pytest.mark.parametrize("method", ["grey", "flat-tint", "fast", "harmonic"])
def test_other_methods(opened, method):
    pictures = frames(opened.run(job(LEFT, RIGHT, method=method)))
    assert pictures[-1].stage == FINAL
    assert chroma_of(pictures[-1]).any() == (method != "grey")


def test_a_method_that_ignores_strokes_runs_without(opened):
    pictures = frames(opened.run(job(method="grey")))
    assert [f.stage for f in pictures][-1] == FINAL


def test_failing_methods_are_reported(opened, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("ouch")

    monkeypatch.setattr(module.Painting, "prepared", broken)
    messages = opened.run(job(LEFT))
    failed = [m for m in messages if isinstance(m, Status) and m.state == "failed"]
    assert [m.message for m in failed] == ["the method blending failed: RuntimeError: ouch"]
    monkeypatch.undo()
    assert frames(opened.run(job(LEFT)), stage=FINAL)


def test_superseded_jobs_are_left(opened):
    first = opened.submit(job(LEFT, rev=1))
    second = opened.submit(job(LEFT, RIGHT, rev=2))
    messages = opened.until_end(second)
    assert next(m for m in messages if isinstance(m, Ended)) == Ended(first, cancelled=True)
    assert frames(messages, stage=FINAL)[0].rev != 1
    assert len(frames(messages, stage=FINAL)) == 1


def test_a_solve_stops_when_it_is_not_wanted(opened):
    slow = job(LEFT, RIGHT, method="tgv", options={"max_iter": 10_000, "tol": 1e-7})
    serial = opened.submit(slow)
    for message in opened.messages():
        if isinstance(message, Status) and message.state == "solving":
            opened.newest.value += 1
            break
    messages = opened.until_end(serial)
    assert messages[-1] == Ended(serial, cancelled=True)
    assert not frames(messages, stage=FINAL)


# -- masks


def mask_file(folder):
    mask = np.zeros((300, 700, 4), np.uint8)
    mask[100:120, 400:600] = (*BLUE, 255)
    path = folder / "mask.png"
    Image.fromarray(mask).save(path)
    return path


def test_a_mask_lies_below_when_it_is_asked_for(bench, tmp_path):
    assert bench.open(photo_file(tmp_path), mask_file(tmp_path)).error is None
    with Image.open(tmp_path / "base.png") as picture:
        drawn = np.asarray(picture)
    assert drawn.shape == (300, 700, 4)
    assert tuple(drawn[110, 500]) == (*BLUE, 255)
    assert not drawn[50].any()
    assert not chroma_of(frames(bench.run(job()))[-1]).any()
    colored = chroma_of(frames(bench.run(job(base=True)), stage=FINAL)[0])
    assert colored[110, 500, 1] < -20
    eraser = stroke(110.0, 380.0, kind="erase", width=60.0, length=260.0)
    assert not chroma_of(frames(bench.run(job(eraser, base=True)))[-1]).any()


def test_a_mask_can_come_later(opened, tmp_path):
    opened.run(job(LEFT))
    opened.ours.send(SetBase(3, mask_file(tmp_path)))
    assert opened.reply().error is None
    colored = chroma_of(frames(opened.run(job(LEFT, base=True)), stage=FINAL)[0])
    assert colored[110, 500, 1] < -20
    assert colored[80, 90, 0] > 20


def test_a_document_can_be_the_mask(bench, tmp_path):
    marks = stroke(5.0, 340.0, kind="barrier", width=3.0, length=2.0)
    StrokeDocument((300, 700), (RIGHT, marks)).save(tmp_path / "old.jsonl")
    assert bench.open(photo_file(tmp_path), tmp_path / "old.jsonl").error is None
    colored = chroma_of(frames(bench.run(job(base=True)), stage=FINAL)[0])
    assert colored[200, 530, 1] < -20
    with Image.open(tmp_path / "base.png") as picture:
        assert np.asarray(picture)[200, 530, 3] == 255


@pytest.mark.parametrize("shape", [(300, 701), (100, 100)])
def test_masks_of_other_sizes_are_refused(bench, tmp_path, shape):
    StrokeDocument(shape, (RIGHT,)).save(tmp_path / "old.jsonl")
    error = bench.open(photo_file(tmp_path), tmp_path / "old.jsonl").error
    assert isinstance(error, HintError)
    assert f"{shape[1]}x{shape[0]}" in str(error)


# -- strokes on the way


def test_strokes_that_were_sent_are_not_sent_again(rng):
    known = [stroke(float(n), 1.0) for n in range(12)]
    before = ()
    there = ()
    for _ in range(200):
        count = rng.integers(0, 8)
        now = tuple(known[i] for i in rng.integers(0, len(known), count))
        entries = shortened(now, before)
        there = lengthened(entries, there)
        assert there == now
        assert all(a is b for a, b in zip(there, now, strict=True))
        fresh = [e for e in entries if isinstance(e, Stroke)]
        assert not {id(e) for e in fresh} & {id(s) for s in before}
        before = now
    grown = (*known, stroke(99.0, 1.0))
    assert shortened(grown, tuple(known)) == (range(12), grown[-1])


def test_default_settings_are_those_of_the_command_line():
    assert Settings() == Settings("blending", {}, "lab", 1.0, 1.0)


def test_advice_comes_beside_the_work_and_is_about_the_strokes_that_were_sent(opened, tmp_path):
    opened.run(job(LEFT))
    opened.ours.send(Advise(3, None))
    serial = opened.submit(job(LEFT, RIGHT, rev=2))  # It does not wait for the advice.
    messages, replies = [], []
    for message in opened.messages():
        (replies if isinstance(message, Reply) else messages).append(message)
        if replies and messages and messages[-1] == Ended(serial, cancelled=False):
            break
    assert replies[0].ticket == 3 and replies[0].error is None
    photo = handtint.read_photo(tmp_path / "photo.png")
    wanted = suggest(photo, StrokeDocument(photo.gray.shape, (LEFT,)), count=len(replies[0].value))
    height, width = photo.gray.shape
    for found, want in zip(replies[0].value, wanted, strict=True):
        assert (found.x * width, found.y * height) == pytest.approx((want.x, want.y))
        assert found.colours == want.colours
    opened.ours.send(Advise(4, (wanted[0].x / width, wanted[0].y / height)))
    assert opened.reply().value


def test_advice_without_a_photo_is_an_error(bench):
    bench.ours.send(Advise(1, None))
    assert "no photo yet" in str(bench.reply().error)
