"""``handtint studio`` and ``colormaskerapp`` as processes: address, end, exit codes, crashes."""

import concurrent.futures
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from websockets.sync.client import connect

PATIENCE = 120
STUDIO = "from handtint.cli.main import main; main()"
MASKER = "from handtint.cli.colormasker import main; main()"


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "gray photo.png"
    gray = np.random.default_rng(5).integers(0, 256, (60, 80), np.uint8)
    Image.fromarray(gray).save(path)
    return path


@contextmanager
def started(code, *args, tmp_path, cwd=None):
    """A process whose address has been read; its standard output follows."""
    environment = {**os.environ, "HANDTINT_STATE": str(tmp_path / "state")}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args), "--no-browser"],
        cwd=cwd or tmp_path, env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        line = process.stdout.readline()
        assert line.startswith("http://"), line + process.stderr.read()
        yield process, line.strip()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process):
    """Exit code, standard output, standard error."""
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err
    return process.returncode, out, err


def refused(code, *args, tmp_path):
    """The one line of an error that the person can mend."""
    environment = {**os.environ, "HANDTINT_STATE": str(tmp_path / "state")}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args), "--no-browser"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 2, done
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if ": error: " in line]
    assert len(lines) == 1, done.stderr
    return lines[0]


class Page:
    """A page without a browser."""

    def __init__(self, address):
        match = re.fullmatch(r"http://([^/]+)/\?token=(\S+)", address)
        self.host = match[1]
        self.http = httpx.Client(
            base_url=f"http://{self.host}", headers={"X-Handtint": "1"}, timeout=PATIENCE
        )
        assert self.http.get("/", params={"token": match[2]}).status_code == 200
        self.at = f"/api/projects/{self.http.get('/api/session').json()['project']}"
        self.seq = self.project()["seq"]

    def __enter__(self):
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        self._line = connect(
            f"ws://{self.host}{self.at}/socket", origin=f"http://{self.host}",
            additional_headers={"Cookie": cookie}, max_size=None, open_timeout=PATIENCE,
        )  # fmt: skip
        self.line = self._line.__enter__()
        self.send(type="hello", client="tester", seq=self.seq)
        self.until("welcome")
        return self

    def __exit__(self, *_):
        self._line.__exit__(None, None, None)
        self.http.close()

    def project(self):
        return self.http.get(self.at).json()

    def send(self, **message):
        self.line.send(json.dumps(message))

    def until(self, *kinds):
        while True:
            text = self.line.recv(timeout=PATIENCE)
            if isinstance(text, str) and json.loads(text)["type"] in kinds:
                return json.loads(text)

    def picture(self, rev):
        """Wait for a picture of this revision or a newer one."""
        while True:
            data = self.line.recv(timeout=PATIENCE)
            newer = isinstance(data, bytes) and int.from_bytes(data[8:12], "little") >= rev
            if newer and data[4] == 0:
                return data

    def paint(self, name, color, points, width=9):
        self.seq += 1
        stroke = {"id": name, "kind": "color", "color": color, "width": width, "points": points}
        self.send(type="edit", seq=self.seq, command={"op": "add", "stroke": stroke})
        return self.until("ack", "refused")

    def save(self):
        answer = self.http.post(f"{self.at}/save")
        assert answer.status_code == 200, answer.text


def children(pid):
    """Process ids of the children, from /proc."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def gone(pids):
    """Wait for processes to end, however their remains are dealt with."""
    deadline = time.monotonic() + PATIENCE
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline, pids
        time.sleep(0.05)
    return True


def _runs(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def test_the_studio_colours_exports_and_ends_at_ctrl_c(tmp_path, photo):
    with (
        started(STUDIO, "studio", photo, tmp_path=tmp_path) as (process, address),
        Page(address) as page,
    ):
        assert page.paint("a", [200, 30, 40], [[10, 10], [10, 60]])["type"] == "ack"
        page.picture(1)
        picture = page.http.post(f"{page.at}/export", json={"format": "png"})
        assert picture.status_code == 200, picture.text
        (tmp_path / "out.png").write_bytes(picture.content)
        with Image.open(tmp_path / "out.png") as made:
            assert made.size == (80, 60)
            colour = np.asarray(made.convert("RGB")).astype(int)[10, 30]
        assert colour[0] > colour[1] + 5
        workers = children(process.pid)
        assert workers
        # As a terminal does it: to all processes of the group.
        os.killpg(process.pid, signal.SIGINT)
        code, out, err = ended(process)
    assert (code, out, err) == (0, "", "")
    assert gone(workers)


def test_ctrl_c_in_the_middle_of_an_export_ends_it_without_a_traceback(tmp_path, photo):
    with (
        started(STUDIO, "studio", photo, tmp_path=tmp_path) as (process, address),
        Page(address) as page,
        concurrent.futures.ThreadPoolExecutor() as pool,
    ):
        page.paint("a", [200, 30, 40], [[10, 10], [10, 60]])
        wish = pool.submit(page.http.post, f"{page.at}/export", json={"format": "tiff"})
        before = set(children(process.pid))
        while set(children(process.pid)) <= before and not wish.done():
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        code, out, err = ended(process)
        wish.exception(PATIENCE)
    assert (code, out, err) == (0, "", "")


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path, photo):
    with started(STUDIO, "studio", photo, tmp_path=tmp_path) as (process, address):
        workers = children(process.pid)
        with Page(address) as page:
            for number in range(20):
                page.paint(f"s{number}", [10, 90, 200], [[number, 5], [number, 70]])
            process.kill()
            process.wait(PATIENCE)
    assert gone(workers)
    with started(STUDIO, "studio", photo, tmp_path=tmp_path) as (process, address):
        with Page(address) as page:
            found = page.project()
            assert found["recovered"]
            assert len(found["document"]["strokes"]) == 20
            assert found["undo"] == 20
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == 0


def test_a_killed_worker_is_replaced_and_the_page_is_told(tmp_path, photo):
    with started(STUDIO, "studio", photo, tmp_path=tmp_path) as (process, address):
        with Page(address) as page:
            page.paint("a", [200, 30, 40], [[10, 10], [10, 60]])
            page.picture(1)
            for pid in children(process.pid):
                if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text():
                    os.kill(pid, signal.SIGKILL)
            assert page.until("solver")["event"] == "restarted"
            page.paint("b", [20, 130, 40], [[50, 10], [50, 60]])
            page.picture(2)
        process.send_signal(signal.SIGINT)
        assert ended(process)[0] == 0


def test_the_mask_painter_from_start_to_end(tmp_path, photo):
    (tmp_path / "elsewhere").mkdir()
    here = {"tmp_path": tmp_path, "cwd": tmp_path / "elsewhere"}
    asked = ("--input", "../gray photo.png", "--output", "mask.png")
    output = tmp_path / "elsewhere" / "mask.png"
    with started(MASKER, *asked, **here) as (process, address):
        with Page(address) as page:
            page.paint("a", [200, 30, 40], [[10.5, 10.5], [10.5, 60.5]])
            page.paint("b", [0, 0, 0], [[40.5, 40.5]])
            page.save()
            assert process.poll() is None
        code, out, err = ended(process)
    assert code == 0, err
    assert out == "mask.png: saved, 80x60 pixels\n"
    with Image.open(output) as picture:
        assert (picture.mode, picture.size) == ("RGB", (80, 60))
        mask = np.asarray(picture)
    row, column = np.mgrid[:60, :80]
    stroke = (row - 10) ** 2 + (column - np.clip(column, 10, 60)) ** 2 <= 4.5**2
    dot = (row - 40) ** 2 + (column - 40) ** 2 <= 4.5**2
    expected = np.zeros((60, 80, 3), np.uint8)
    expected[stroke], expected[dot] = (200, 30, 40), (1, 1, 1)
    assert np.array_equal(mask, expected)
    # Painted on; closed with something unsaved; and there again.
    with started(MASKER, *asked, **here) as (process, address):
        with Page(address) as page:
            assert page.project()["document"]["base"]
            page.paint("c", [5, 6, 7], [[55.5, 5.5]])
        code, out, err = ended(process)
        assert code == 1
        assert "unsaved" in err
    assert np.array_equal(np.asarray(Image.open(output)), expected)
    with started(MASKER, *asked, **here) as (process, address), Page(address) as page:
        assert page.project()["recovered"]
        page.save()
        process.send_signal(signal.SIGINT)
        assert ended(process)[0] == 0
    more = np.asarray(Image.open(output))
    assert more[55, 5].tolist() == [5, 6, 7]
    assert np.array_equal(more[:50], expected[:50])


def test_a_mask_without_strokes_can_be_saved_and_opened_again(tmp_path, photo):
    asked = ("--input", photo, "--output", "mask.png")
    for _ in range(2):
        with started(MASKER, *asked, tmp_path=tmp_path) as (process, address):
            with Page(address) as page:
                assert not page.project()["document"]["base"]
                page.save()
            assert ended(process)[0] == 0
    assert not np.asarray(Image.open(tmp_path / "mask.png")).any()


def test_a_reload_does_not_end_the_mask_painter_and_closing_without_saving_is_1(tmp_path, photo):
    asked = ("--input", photo, "--output", "mask.png")
    with started(MASKER, *asked, tmp_path=tmp_path) as (process, address):
        page = Page(address)
        for _ in range(2):
            page._line = None
            with page:
                page.until("status")
                before = page.http
                page.http = httpx.Client(
                    base_url=before.base_url, headers=before.headers,
                    cookies=before.cookies, timeout=PATIENCE,
                )  # fmt: skip
                before.close()
                assert process.poll() is None
        code, _, err = ended(process)
    assert code == 1
    assert "without saving" in err
    assert not (tmp_path / "mask.png").exists()


def test_ctrl_c_before_any_page_is_1(tmp_path, photo):
    asked = ("--input", photo, "--output", "mask.png")
    with started(MASKER, *asked, tmp_path=tmp_path) as (process, _):
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert ended(process)[0] == 1


def test_what_the_person_can_mend_is_one_line_and_2(tmp_path, photo):
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "small.png").write_bytes(b"")
    Image.new("RGB", (5, 5), (200, 1, 1)).save(tmp_path / "other.png")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        mask = ("--input", photo, "--output")
        for code, args, words in (
            (STUDIO, ("studio", "none.png"), "none.png"),
            (STUDIO, ("studio", tmp_path), "no file"),
            (STUDIO, ("studio", "text.png"), "text.png: this is not a PNG"),
            (STUDIO, ("studio", "small.png"), "small.png: the file is empty"),
            (STUDIO, ("studio", "--port", port), f"--port {port}: another program uses it"),
            (STUDIO, ("studio", "--host", "0.0.0.0"), "every address"),
            (STUDIO, ("studio", "--host", "192.0.2.1"), "no address of this machine"),
            (STUDIO, ("studio", "--strokes", "x.png"), "--strokes"),
            (STUDIO, ("studio", photo, "--strokes", "other.png"), "80x60"),
            (MASKER, (*mask, "none/mask.png"), "no folder"),
            (MASKER, (*mask, "mask.jpg"), ".png"),
            (MASKER, (*mask, photo), "source"),
            (MASKER, (*mask, "other.png"), "80x60"),
            (MASKER, (*mask, "text.png"), "text.png"),
            (MASKER, (*mask, tmp_path), "suffix"),
        ):
            assert words in refused(code, *args, tmp_path=tmp_path)
    assert not list((tmp_path / "state").glob("*/source"))


def test_a_port_that_is_asked_for_is_taken_and_an_upload_does_not_hold_up_the_end(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with started(STUDIO, "studio", "--port", port, tmp_path=tmp_path) as (process, address):
        assert address.startswith(f"http://127.0.0.1:{port}/?token=")
        entered = httpx.get(address)
        cookie = entered.headers["set-cookie"].partition(";")[0]
        with socket.create_connection(("127.0.0.1", port)) as line:
            lines = ["POST /api/projects HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Cookie: {cookie}",
                     "X-Handtint: 1", "Content-Length: 9", "", "half"]  # fmt: skip
            line.sendall("\r\n".join(lines).encode())
            time.sleep(0.2)
            os.killpg(process.pid, signal.SIGINT)
            assert ended(process) == (0, "", "")
