"""The HTTP interface: opening, tiles, masks, closing, and how errors come."""

import hashlib
import http.client
import io
import math
import socket
import time

import numpy as np
import pytest
from fake_solver import FakeSolver
from PIL import Image
from running import error
from samples import add, mask, png

from handtint.studio import app as app_module
from handtint.studio import gate, limits


def test_a_photo_becomes_a_project(studio, photo):
    assert studio.http.get("/api/session").json()["project"] is None
    found = studio.open(photo, "Grandma 1910.png")
    assert studio.http.get("/api/session").json()["project"] == found["id"]
    assert studio.http.get(f"/api/projects/{found['id']}").json() == found
    assert (found["name"], found["height"], found["width"]) == ("Grandma 1910.png", 30, 40)
    assert found["sha256"] == hashlib.sha256(photo).hexdigest()
    assert found["document"] == found["initial"]
    assert found["document"]["strokes"] == []
    assert (found["undo"], found["redo"], found["rev"], found["seq"]) == (0, 0, 0, 0)
    assert not found["recovered"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("../../etc/passwd", "passwd"), ("C:\\photos\\a.png", "a.png"), ("a\nb.png", "ab.png"),
     ("", "photo"), ("  ", "photo"), ("///", "photo"), ("grüße 写真.png", "grüße 写真.png")],
)  # fmt: skip
def test_names_are_only_names(studio, photo, name, shown):
    assert studio.open(photo, name)["name"] == shown


@pytest.mark.parametrize("data", [b"text", b"\x89PNG\r\n\x1a\n", png()[:200], b"GIF89a", b"%PDF"])
def test_what_is_no_photo_is_refused_by_its_own_name(studio, state, data):
    answer = studio.http.post("/api/projects", params={"name": "odd.png"}, content=data)
    message = error(answer, 415, "photo")
    assert message.startswith("odd.png")
    assert str(state) not in message
    assert not list(state.iterdir())
    assert studio.open(png())["height"] == 30


def test_an_empty_body_is_no_photo(studio):
    error(studio.http.post("/api/projects", content=b""), 400, "request")


def test_tiles_put_together_are_the_photo(studio):
    gray = np.random.default_rng(3).integers(0, 256, (1500, 2100), np.uint8)
    file = io.BytesIO()
    Image.fromarray(gray).save(file, "PNG", compress_level=0)
    found = studio.open(file.getvalue())
    at = f"/api/projects/{found['id']}/tiles"
    assert found["levels"] == 3
    whole = np.empty(gray.shape, np.uint8)
    for row in range(2):
        for column in range(3):
            answer = studio.http.get(f"{at}/0/{row}/{column}")
            assert answer.headers["content-type"] == "application/octet-stream"
            assert "max-age" in answer.headers["cache-control"]
            place = np.s_[row * 1024 : row * 1024 + 1024, column * 1024 : column * 1024 + 1024]
            part = whole[place]
            whole[place] = np.frombuffer(answer.content, np.uint8).reshape(part.shape)
    assert np.array_equal(whole, gray)
    for level in (1, 2):
        sides = [math.ceil(side / 2**level) for side in gray.shape]
        first = studio.http.get(f"{at}/{level}/0/0").content
        assert len(first) == min(sides[0], 1024) * min(sides[1], 1024)
    for none in ("0/2/0", "0/0/3", "3/0/0", "2/1/0", "-1/0/0", "0/-1/0", f"{10**30}/0/0"):
        error(studio.http.get(f"{at}/{none}"), 404, "unknown")
    error(studio.http.get(f"{at}/a/0/0"), 422, "values")


def test_too_large_a_body_is_refused_whether_its_length_is_told_or_not(studio, photo, monkeypatch):
    monkeypatch.setattr(gate, "MAX_BYTES", len(photo) + 10)
    assert studio.open(photo)["height"] == 30
    large = photo + b"\0" * 20
    for body in (large, iter([large])):
        error(studio.http.post("/api/projects", content=body), 413, "too large")
    # A length that is told wrong ends the request as well.
    line = http.client.HTTPConnection("127.0.0.1", studio.keys.port)
    line.putrequest("POST", "/api/projects")
    for name, value in (("Cookie", studio.cookie), ("X-Handtint", "1"), ("Content-Length", "1e9")):
        line.putheader(name, value)
    line.endheaders()
    assert line.getresponse().status in {400, 413}
    line.close()


def test_an_upload_that_is_broken_off_leaves_nothing(studio, project, photo):
    with socket.create_connection(("127.0.0.1", studio.keys.port)) as line:
        lines = ["POST /api/projects HTTP/1.1", f"Host: 127.0.0.1:{studio.keys.port}",
                 f"Cookie: {studio.cookie}", "X-Handtint: 1", "Content-Length: 5000"]  # fmt: skip
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + photo)
        while not list(studio.sessions.uploads.glob("tmp*")):
            time.sleep(0.02)
    while list(studio.sessions.uploads.glob("tmp*")):
        time.sleep(0.02)
    assert studio.open(photo)["id"] != project["id"]


def test_a_wish_has_a_bound_too(studio, project):
    body = b'{"format": "png", "x": "' + b"a" * limits.MAX_JSON + b'"}'
    at = f"/api/projects/{project['id']}/export"
    # Often: an answer that is lost with its connection is so only now and then.
    for content in [body, *(iter([body]) for _ in range(30))]:
        answer = studio.http.post(at, content=content, headers={"Content-Type": "application/json"})
        error(answer, 413, "too large")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"format": "exe"}', b'{"format": 3}',
                                  b'{"format": "../png"}', b"\xff", b"[" * 30_000])  # fmt: skip
def test_a_malformed_wish_is_refused(studio, project, body):
    answer = studio.http.post(
        f"/api/projects/{project['id']}/export",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 500])
def test_a_damaged_project_file_is_refused(studio, data):
    answer = studio.http.post("/api/projects", params={"name": "x.handtint"}, content=data)
    message = error(answer, 415, "project")
    assert "upload" not in message


def test_a_mask_can_be_laid_below_once(studio, photo):
    found = studio.open(photo)
    at = f"/api/projects/{found['id']}"
    page = studio.page(found)
    page.edit(1, add("a"))
    error(studio.http.get(f"{at}/base.png"), 404, "unknown")
    error(studio.http.post(f"{at}/mask", content=b"no mask"), 415, "photo")
    assert not studio.http.get(at).json()["document"]["base"]
    laid = studio.http.post(f"{at}/mask", content=mask()).json()
    assert laid["document"]["base"]
    assert laid["initial"]["base"]
    assert [stroke["id"] for stroke in laid["document"]["strokes"]] == ["a"]
    assert laid["rev"] == 2
    assert page.until("welcome")["initial"]["base"]
    picture = studio.http.get(f"{at}/base.png")
    assert picture.headers["content-type"] == "image/png"
    error(studio.http.post(f"{at}/mask", content=mask()), 409, "state")
    assert FakeSolver.made[0].jobs[-1].base


def test_a_closed_project_is_gone_and_its_strokes_are_kept(studio, photo):
    found = studio.open(photo)
    page = studio.page(found)
    page.edit(1, add("a"))
    at = f"/api/projects/{found['id']}"
    assert studio.http.delete(at).status_code == 204
    error(studio.http.get(at), 404, "unknown")
    assert page.ended() is not None
    assert FakeSolver.made[0].closed
    again = studio.open(photo)
    assert again["recovered"]
    assert [stroke["id"] for stroke in again["document"]["strokes"]] == ["a"]
    assert studio.http.delete(f"/api/projects/{again['id']}?forget=1").status_code == 204
    assert not studio.open(photo)["recovered"]


def test_a_project_without_strokes_leaves_nothing(studio, state, photo):
    found = studio.open(photo)
    assert list(state.iterdir())
    studio.http.delete(f"/api/projects/{found['id']}")
    assert not list(state.iterdir())


def test_the_same_photo_twice_at_once_is_two_projects(studio, photo):
    one, two = studio.open(photo), studio.open(photo)
    studio.page(one).edit(1, add("a"))
    assert studio.http.get(f"/api/projects/{two['id']}").json()["document"]["strokes"] == []


def test_only_so_many_photos_are_open(studio):
    opened = [studio.open(png(seed=seed)) for seed in range(limits.MAX_PROJECTS)]
    pages = [studio.page(found) for found in opened]
    answer = studio.http.post("/api/projects", content=png(seed=99))
    assert "close one" in error(answer, 409, "projects")
    pages[2].close()
    while len(studio.sessions.get(opened[2]["id"]).pages):
        time.sleep(0.02)
    assert studio.open(png(seed=99))["height"] == 30
    error(studio.http.get(f"/api/projects/{opened[2]['id']}"), 404, "unknown")


def test_without_a_place_for_the_journal_work_goes_on_and_the_page_is_told(
    studio, photo, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("HANDTINT_STATE", str(tmp_path / "file"))
    found = studio.open(photo)
    page = studio.page(found)
    told = page.until("error")
    assert told["kind"] == "journal"
    assert "cannot be kept" in told["message"]
    assert page.edit(1, add("a"))["type"] == "ack"
    answer = studio.http.post(f"/api/projects/{found['id']}/export", json={"format": "project"})
    assert answer.content.startswith(b"PK")


def test_methods_are_described_with_their_options(studio):
    told = studio.http.get("/api/methods").json()
    methods = {method["name"]: method for method in told["methods"]}
    assert told["default"] in methods
    kinds = [method["kind"] == "baseline" for method in told["methods"]]
    assert kinds == sorted(kinds)
    assert any(kinds)
    assert {space["name"] for space in told["spaces"]} == {"lab", "yuv", "yuv709", "oklab"}
    option = methods["harmonic"]["options"][0]
    assert set(option) == {
        "name", "type", "default", "help", "minimum", "maximum", "choices"
    }  # fmt: skip


def test_a_method_that_cannot_be_loaded_is_named_apart(studio, monkeypatch):
    from handtint import registry
    from handtint.errors import MethodUnavailable
    from handtint.studio.catalogue import describe_methods

    load = registry.load

    def broken(name):
        if name == "levin":
            raise MethodUnavailable("method 'levin' cannot be loaded: ImportError")
        return load(name)

    monkeypatch.setattr(registry, "load", broken)
    describe_methods.cache_clear()
    told = studio.http.get("/api/methods").json()
    describe_methods.cache_clear()
    assert [entry["name"] for entry in told["unavailable"]] == ["levin"]
    assert "levin" not in {method["name"] for method in told["methods"]}


@pytest.mark.parametrize(
    ("path", "kind"),
    [("js/state.js", "text/javascript; charset=utf-8"), ("index.html", "text/html; charset=utf-8")],
)
def test_files_have_their_types_on_every_machine(studio, path, kind):
    answer = studio.http.get(f"/static/{path}")
    assert answer.headers["content-type"] == kind
    again = studio.http.get(f"/static/{path}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_the_page_is_served(studio):
    answer = studio.http.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text == (app_module.STATIC / "index.html").read_text()


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/api", "/api/projects/"])
def test_there_is_no_more_than_that(studio, path):
    error(studio.http.get(path), 404, "unknown")


def test_advice_is_told_in_pixels_of_the_photo(studio, project):
    at = f"/api/projects/{project['id']}"
    (spot,) = studio.http.get(f"{at}/advice").json()["spots"]
    assert (spot["row"], spot["column"], spot["gain"]) == (7.5, 20, 0.3)
    assert spot["colors"][0] == {"rgb": [200, 60, 40], "share": 0.75}
    (colour,) = studio.http.get(f"{at}/palette/29/0").json()["colors"]
    assert colour["rgb"] == [round(255 * 0.5 / 40), round(255 * 29.5 / 30), 0]
    error(studio.http.get(f"{at}/palette/30/0"), 404, "unknown")
    error(studio.http.get(f"{at}/palette/-1/0"), 404, "unknown")
