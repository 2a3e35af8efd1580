"""What a person sees at the command line."""

import io as stdio
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from handtint.color import space
from handtint.hints import Stroke, StrokeDocument


def handtint(*args, cwd, **kwargs):
    return subprocess.run(
        [sys.executable, "-c", "from handtint.cli.main import main; main()", *map(str, args)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        **kwargs,
    )


def refused(done, *words):
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if "preparing the solver" not in line]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("handtint: error: ")
    for word in words:
        assert word in lines[0]
    return True


@pytest.fixture
def folder(tmp_path, make_scene):
    gray = np.round(make_scene((60, 80)) * 2.5).astype(np.uint8)
    Image.fromarray(gray).save(tmp_path / "photo.png")
    mask = np.zeros((60, 80, 3), np.uint8)
    mask[10:14, 5:30] = (200, 120, 80)
    mask[40:44, 50:75] = (60, 110, 60)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_the_result_stands_beside_the_photo_and_keeps_its_lightness(folder):
    before = (folder / "photo.png").read_bytes()
    done = handtint("colorize", "photo.png", "--strokes", "mask.png", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "photo-colorized.png: 80x60, assisted" in done.stdout
    colour = np.asarray(Image.open(folder / "photo-colorized.png"))
    gray = np.asarray(Image.open(folder / "photo.png"))
    lab = space("lab")
    lightness, chroma = lab.from_codes(colour)
    assert np.abs(lightness - lab.lightness_table(8)[gray]).max() < 0.5
    assert chroma[30, 10, 0] > 5
    assert chroma[30, 70, 0] < 0
    assert (folder / "photo.png").read_bytes() == before
    again = handtint("colorize", "photo.png", "--strokes", "mask.png", cwd=folder)
    assert refused(again, "photo-colorized.png", "--force")
    forced = handtint("colorize", "photo.png", "--strokes", "mask.png", "--force", cwd=folder)
    assert forced.returncode == 0


def test_sixteen_bits_stay_sixteen_bits(folder, rng):
    gray = (rng.random((50, 70)) * 65535).astype(np.uint16)
    tifffile.imwrite(folder / "scan.tif", gray, resolution=(600, 600), resolutionunit="INCH")
    mask = np.zeros((50, 70, 3), np.uint8)
    mask[20:30, 20:40] = (180, 140, 90)
    Image.fromarray(mask).save(folder / "m.png")
    done = handtint("colorize", "scan.tif", "--strokes", "m.png", cwd=folder)
    assert done.returncode == 0, done.stderr
    with tifffile.TiffFile(folder / "scan-colorized.tif") as file:
        colour = file.asarray()
        assert file.pages[0].tags["XResolution"].value == (600, 1)
        assert b"algorithmicallyEnhanced" in file.pages[0].tags[700].value
    assert colour.dtype == np.uint16
    lab = space("lab")
    lightness, _ = lab.from_codes(colour)
    assert np.abs(lightness - lab.lightness_table(16)[gray]).max() < 0.01


@pytest.mark.parametrize("model", ["lab", "yuv", "oklab"])
def test_every_space_and_an_earlier_result_as_start(folder, model):
    first = handtint(
        "colorize",
        "photo.png",
        "--strokes",
        "mask.png",
        "--space",
        model,
        "--out",
        "a.png",
        cwd=folder,
    )
    assert first.returncode == 0, first.stderr
    second = handtint(
        "colorize", "photo.png", "--strokes", "mask.png", "--space", model, "--out", "b.png",
        "--initial", "a.png", cwd=folder,
    )  # fmt: skip
    assert second.returncode == 0, second.stderr
    a, b = (np.asarray(Image.open(folder / n)).astype(int) for n in ("a.png", "b.png"))
    assert np.abs(a - b).mean() < 1


def test_what_a_format_cannot_hold_is_told(folder, rng):
    tifffile.imwrite(folder / "scan.tif", (rng.random((60, 80)) * 65535).astype(np.uint16))
    done = handtint(
        "colorize", "scan.tif", "--strokes", "mask.png", "--out", "scan.jpg", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    assert "scan.jpg: reduced to 8 bits" in done.stderr


def test_options_reach_the_method(folder):
    args = ("colorize", "photo.png", "--strokes", "mask.png")
    one = handtint(*args, "-o", "max_iter=1", "-o", "tol=1e-7", "--out", "one.png", cwd=folder)
    assert one.returncode == 0
    assert "1 iterations" in one.stdout
    assert "max_iter" in one.stderr


def test_names_that_are_hard_to_write(folder):
    for name in ("-dash.png", "with space.png", "abuela ñandú 祖母.png"):
        (folder / name).write_bytes((folder / "photo.png").read_bytes())
        done = handtint("colorize", "--strokes", "mask.png", "--", name, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert (folder / f"{name[:-4]}-colorized.png").exists()


def test_a_document_of_strokes(folder):
    strokes = (Stroke(points=((30.0, 10.0), (30.0, 30.0)), width=4.0, color=(200, 120, 80)),)
    StrokeDocument(shape=(60, 80), strokes=strokes).save(folder / "strokes.jsonl")
    done = handtint("colorize", "photo.png", "--strokes", "strokes.jsonl", cwd=folder)
    assert done.returncode == 0, done.stderr


def spoil(folder, what):
    """Arguments of a command that has to be refused, and words of its message."""
    mask = np.asarray(Image.open(folder / "mask.png"))
    if what == "missing":
        return ["nowhere.png", "--strokes", "mask.png"], ["nowhere.png"]
    if what == "no strokes":
        Image.fromarray(mask * 0).save(folder / "none.png")
        return ["photo.png", "--strokes", "none.png"], ["no strokes"]
    if what == "other size":
        Image.fromarray(mask[:50]).save(folder / "small.png")
        return ["photo.png", "--strokes", "small.png"], ["80x50", "80x60", "--resize-mask"]
    if what == "text":
        (folder / "text.png").write_text("not a picture")
        return ["text.png", "--strokes", "mask.png"], ["text.png"]
    if what == "empty":
        (folder / "empty.png").touch()
        return ["empty.png", "--strokes", "mask.png"], ["empty.png"]
    if what == "truncated":
        (folder / "cut.png").write_bytes((folder / "photo.png").read_bytes()[:-200])
        return ["cut.png", "--strokes", "mask.png"], ["cut.png"]
    if what == "bomb":
        buffer = stdio.BytesIO()
        Image.new("1", (20000, 20000)).save(buffer, "PNG")
        (folder / "bomb.png").write_bytes(buffer.getvalue())
        return ["bomb.png", "--strokes", "mask.png"], ["400", "--max-megapixels"]
    if what == "method":
        return ["photo.png", "--strokes", "mask.png", "-m", "harmonik"], ["did you mean harmonic"]
    if what == "option":
        return ["photo.png", "--strokes", "mask.png", "-o", "tolx=1"], ["did you mean tol"]
    if what == "range":
        return ["photo.png", "--strokes", "mask.png", "-o", "tol=7"], ["tol=7", "[1e-07, 0.1]"]
    if what == "word":
        return ["photo.png", "--strokes", "mask.png", "-o", "tol"], ["NAME=VALUE"]
    if what == "space":
        return ["photo.png", "--strokes", "mask.png", "--space", "lob"], ["lab"]
    if what == "onto itself":
        return ["photo.png", "--strokes", "mask.png", "--out", "photo.png", "--force"], ["photo"]
    if what == "link":
        (folder / "link.png").symlink_to(folder / "photo.png")
        return ["photo.png", "--strokes", "mask.png", "--out", "link.png", "--force"], ["photo"]
    if what == "hard link":
        os.link(folder / "photo.png", folder / "hard.png")
        return ["photo.png", "--strokes", "mask.png", "--out", "hard.png", "--force"], ["photo"]
    if what == "suffix":
        return ["photo.png", "--strokes", "mask.png", "--out", "a.xyz"], [".png"]
    assert what == "folder"
    return ["photo.png", "--strokes", "mask.png", "--out", "no/where.png"], ["no"]


@pytest.mark.parametrize(
    "what",
    ["missing", "no strokes", "other size", "text", "empty", "truncated", "bomb", "method",
     "option", "range", "word", "space", "onto itself", "link", "hard link", "suffix", "folder"],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line_and_nothing_is_written(folder, what):
    photo = (folder / "photo.png").read_bytes()
    args, words = spoil(folder, what)
    before = names(folder)
    assert refused(handtint("colorize", *args, cwd=folder), *words)
    assert names(folder) == before
    assert (folder / "photo.png").read_bytes() == photo


def test_a_mask_of_another_size_is_resized_on_request(folder):
    mask = Image.open(folder / "mask.png").resize((40, 30), Image.Resampling.NEAREST)
    mask.save(folder / "small.png")
    done = handtint("colorize", "photo.png", "--strokes", "small.png", "--resize-mask", cwd=folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 3000)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_odd_photos(folder, shape, value):
    Image.fromarray(np.full(shape, value, np.uint8)).save(folder / "odd.png")
    mask = np.zeros((*shape, 4), np.uint8)
    mask[0, 0] = (200, 100, 50, 255)
    Image.fromarray(mask).save(folder / "odd-mask.png")
    done = handtint(
        "colorize", "odd.png", "--strokes", "odd-mask.png", "--strokes-kind", "rgba", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    out = np.asarray(Image.open(folder / "odd-colorized.png"))
    assert out.shape == (*shape, 3)
    if value != 128:
        assert (out == value).all()


INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
from handtint.cli.main import main
from handtint.pipeline import photograph
reduced = photograph.reduced_lightness
def told(*planes):
    found = reduced(*planes)
    print("colouring", flush=True)
    return found
photograph.reduced_lightness = told
main()
"""


def test_interrupting_leaves_nothing_behind(folder, rng):
    big = (rng.random((3000, 4000)) * 255).astype(np.uint8)
    Image.fromarray(big).save(folder / "big.png", compress_level=0)
    mask = np.zeros((3000, 4000, 3), np.uint8)
    mask[100:200, 100:200] = (200, 100, 50)
    Image.fromarray(mask).save(folder / "big-mask.png", compress_level=1)
    before = names(folder)
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "colorize", "big.png", "--strokes", "big-mask.png",
         "--size", "4000", "-o", "tol=1e-7", "-o", "max_iter=10000"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "colouring\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert names(folder) == before


def test_the_evolution_is_written_as_an_animation(folder):
    run = ("colorize", "photo.png", "--strokes", "mask.png", "--out", "c.png", "--animate")
    assert refused(handtint(*run, "e.mp4", cwd=folder), "e.mp4", ".webp, .gif")
    assert refused(handtint(*run, "photo.png", cwd=folder), ".webp, .gif")
    assert names(folder) == ["mask.png", "photo.png"]
    done = handtint(*run, "e.webp", cwd=folder)
    assert done.returncode == 0, done.stderr
    with Image.open(folder / "e.webp") as animation:
        assert animation.size == (80, 60)
        assert animation.n_frames > 3
    assert names(folder) == ["c.png", "e.webp", "mask.png", "photo.png"]
    before = (folder / "e.webp").read_bytes()
    (folder / "c.png").unlink()
    assert refused(handtint(*run, "e.webp", cwd=folder), "e.webp", "--force")
    assert names(folder) == ["e.webp", "mask.png", "photo.png"]
    assert (folder / "e.webp").read_bytes() == before
    Image.open(folder / "photo.png").save(folder / "photo.webp")
    photo = ("colorize", "photo.webp", "--strokes", "mask.png", "--out", "d.png", "--force")
    assert refused(handtint(*photo, "--animate", "photo.webp", cwd=folder), "never")
    same = ("colorize", "photo.png", "--strokes", "mask.png", "--out", "f.webp", "--force")
    assert refused(handtint(*same, "--animate", "f.webp", cwd=folder), "f.webp")


def test_an_earlier_result_is_corrected_locally(folder):
    run = ("colorize", "photo.png", "--strokes")
    assert handtint(*run, "mask.png", "--out", "a.png", cwd=folder).returncode == 0
    again = (*run, "mask.png", "--local", "--out", "b.png")
    assert refused(handtint(*again, cwd=folder), "--local", "--initial")
    assert refused(handtint(*again, "--initial", "a.png", cwd=folder), "nothing to correct")
    assert not (folder / "b.png").exists()
    only = np.zeros((60, 80, 3), np.uint8)
    only[20:24, 5:12] = (90, 60, 170)
    Image.fromarray(only).save(folder / "new.png")
    done = handtint(*run, "new.png", "--local", "--initial", "a.png", "--out", "b.png", cwd=folder)
    assert done.returncode == 0, done.stderr
    before, after = (np.asarray(Image.open(folder / n)).astype(int) for n in ("a.png", "b.png"))
    difference = np.abs(after - before).max(axis=2)
    assert difference[20:24, 5:12].min() > 10
    assert difference[:, 40:].max() <= 2


def test_vividness_and_opacity(folder):
    def picture(*args):
        done = handtint(
            "colorize", "photo.png", "--strokes", "mask.png", "--force", *args, cwd=folder
        )
        assert done.returncode == 0, done.stderr
        with Image.open(folder / "photo-colorized.png") as found:
            return np.asarray(found)

    _, plain = space("lab").from_codes(picture())
    _, vivid = space("lab").from_codes(picture("--vividness", 2))
    assert np.abs(vivid).mean() > 1.3 * np.abs(plain).mean()
    grey = picture("--opacity", 0)
    with Image.open(folder / "photo.png") as photo:
        np.testing.assert_array_equal(grey, np.repeat(np.asarray(photo)[..., None], 3, axis=2))
    done = handtint("colorize", "photo.png", "--strokes", "mask.png", "--opacity", 2, cwd=folder)
    assert done.returncode == 2
    assert "opacity" in done.stderr


def test_without_strokes_the_program_proposes_colours(folder):
    done = handtint("colorize", "photo.png", "--out", "c.png", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "c.png: 80x60, assisted" in done.stdout
    gray, colour = (np.asarray(Image.open(folder / n)) for n in ("photo.png", "c.png"))
    lightness, chroma = space("lab").from_codes(colour)
    assert np.abs(lightness - space("lab").lightness_table(8)[gray]).max() < 0.5
    assert np.abs(chroma).mean() > 0.5
    run = ("colorize", "photo.png", "--out", "d.png")
    assert refused(handtint(*run, "-m", "blending", cwd=folder), "no colour strokes")
    assert refused(handtint(*run, "--space", "yuv", cwd=folder), "works in lab, not in yuv")
    local = ("--local", "--initial", "c.png")
    assert refused(handtint(*run, *local, cwd=folder), "take another one", "blending")
    assert refused(handtint(*run, "-o", "model=none.onnx", cwd=folder), "none.onnx")
    assert not (folder / "d.png").exists()


def test_without_onnx_runtime_it_says_so_and_strokes_still_work(folder):
    def run(*args):
        code = (
            "import sys; sys.modules['onnxruntime'] = None\n"
            "from handtint.cli.main import main; main()"
        )
        return subprocess.run(
            [sys.executable, "-c", code, "colorize", "photo.png", *args],
            cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    assert refused(run(), "ONNX Runtime", "pip install onnxruntime")
    done = run("--strokes", "mask.png")
    assert done.returncode == 0
    assert "80x60, blending" in done.stdout
    assert "networks cannot be used" in done.stderr


def test_where_networks_have_no_part_strokes_alone_colour(folder):
    strokes = ("colorize", "photo.png", "--strokes", "mask.png")
    done = handtint(*strokes, "--space", "yuv", "--out", "yuv.png", cwd=folder)
    assert "80x60, blending" in done.stdout
    assert handtint(*strokes, "-m", "grey", "--out", "grey.png", cwd=folder).returncode == 0
    local = ("--initial", "grey.png", "--local", "--out", "local.png")
    done = handtint(*strokes, *local, cwd=folder)
    assert "80x60, blending" in done.stdout
    assert not done.stderr
