"""What the studio gives: exports, masks and projects that are saved, and a full disk."""

import io
import time

import numpy as np
from fake_solver import FakeSolver
from PIL import Image
from running import error, running
from samples import add, mask

from handtint.studio import exports
from handtint.studio.files import SUFFIXES, Output


def test_an_export_is_a_file_to_download_and_leaves_nothing(studio, photo):
    found = studio.open(photo, 'Großma "1".png')
    page = studio.page(found)
    page.edit(1, add("a"))
    answer = studio.http.post(f"/api/projects/{found['id']}/export", json={"format": "mask"})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert "filename*=utf-8''Gro%C3%9Fma" in answer.headers["content-disposition"]
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert np.asarray(picture)[10, 15].tolist() == [200, 60, 40]
    scratch = FakeSolver.made[0].scratch
    deadline = time.monotonic() + 30
    while list(scratch.glob("*mask*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not list(scratch.glob("*mask*"))


def test_a_project_file_holds_the_strokes_and_their_history(studio, photo):
    found = studio.open(photo)
    page = studio.page(found)
    page.edit(1, add("a"))
    page.edit(2, add("b"))
    page.edit(3, {"op": "undo"})
    file = studio.http.post(f"/api/projects/{found['id']}/export", json={"format": "project"})
    again = studio.open(file.content, "x.handtint")
    assert again["id"] != found["id"]
    assert again["name"] == "photo.png"
    assert [stroke["id"] for stroke in again["document"]["strokes"]] == ["a"]
    assert (again["undo"], again["redo"], len(again["log"])) == (1, 1, 3)
    assert not again["recovered"]


def test_saving_needs_a_file_to_save_to(studio, project):
    error(studio.http.post(f"/api/projects/{project['id']}/save"), 409, "state")


def test_each_export_has_a_name():
    assert tuple(SUFFIXES) == exports.FORMATS


def test_the_mask_painter_saves_its_mask_and_forgets_what_is_saved(tmp_path, state, photo):
    source, output = tmp_path / "gray.png", tmp_path / "mask.png"
    source.write_bytes(photo)
    opening = {"path": source, "name": "gray.png", "output": Output(output, "mask")}
    with running(FakeSolver, "mask", opening) as studio:
        told = studio.http.get("/api/session").json()
        assert (told["mode"], told["output"]) == ("mask", "mask.png")
        at = f"/api/projects/{told['project']}"
        page = studio.page({"id": told["project"]})
        page.edit(1, add("a"))
        assert studio.http.post(f"{at}/save").json() == {"saved_rev": 1, "name": "mask.png"}
        assert studio.http.get(at).json()["saved_rev"] == 1
        error(studio.http.post("/api/projects", content=photo), 409, "state")
        error(studio.http.delete(at), 409, "state")
    with Image.open(output) as picture:
        assert picture.mode == "RGB"
        assert np.asarray(picture)[10, 15].tolist() == [200, 60, 40]
    assert not list(state.iterdir())
    with running(FakeSolver, "mask", {**opening, "mask": output}) as studio:
        found = studio.http.get(f"/api/projects/{studio.sessions.first.id}").json()
        assert found["document"]["base"]
        assert not found["recovered"]
        studio.page(found).edit(1, add("b"))
    # Not saved: there again, above the same mask.
    with running(FakeSolver, "mask", {**opening, "mask": output}) as studio:
        found = studio.http.get(f"/api/projects/{studio.sessions.first.id}").json()
        assert found["recovered"]
        assert found["document"]["base"]
        assert [stroke["id"] for stroke in found["document"]["strokes"]] == ["b"]
        # Told once: not at every reload of the page.
        studio.page(found).close()
        while studio.sessions.first.pages:
            time.sleep(0.02)
        assert not studio.http.get(f"/api/projects/{found['id']}").json()["recovered"]
    # Another mask by now: the strokes are not mixed into it.
    output.write_bytes(mask())
    with running(FakeSolver, "mask", {**opening, "mask": output}) as studio:
        found = studio.http.get(f"/api/projects/{studio.sessions.first.id}").json()
        assert found["document"]["strokes"] == []


def test_a_project_file_is_saved_back(tmp_path, state, photo):
    with running(FakeSolver) as studio:
        found = studio.open(photo)
        studio.page(found).edit(1, add("a"))
        file = studio.http.post(f"/api/projects/{found['id']}/export", json={"format": "project"})
    path = tmp_path / "x.handtint"
    path.write_bytes(file.content)
    opening = {"path": path, "name": path.name, "output": Output(path, "project")}
    for number in range(2, 4):
        with running(FakeSolver, opening=opening) as studio:
            found = studio.http.get(f"/api/projects/{studio.sessions.first.id}").json()
            assert len(found["document"]["strokes"]) == number - 1
            assert found["saved_rev"] == found["rev"]
            studio.page(found).edit(found["seq"] + 1, add(f"b{number}"))
            saved = studio.http.post(f"/api/projects/{found['id']}/save").json()
            assert saved == {"saved_rev": found["rev"] + 1, "name": "x.handtint"}


def test_a_full_disk_at_saving_keeps_the_old_mask_and_says_so(tmp_path, photo, monkeypatch):
    source, output = tmp_path / "gray.png", tmp_path / "mask.png"
    source.write_bytes(photo)
    opening = {"path": source, "name": "gray.png", "output": Output(output, "mask")}
    with running(FakeSolver, "mask", opening) as studio:
        at = f"/api/projects/{studio.sessions.first.id}"
        page = studio.page({"id": studio.sessions.first.id})
        page.edit(1, add("a"))
        studio.http.post(f"{at}/save")
        before = output.read_bytes()
        page.edit(2, add("b"))
        with monkeypatch.context() as patch:

            def full(*_):
                raise OSError(28, "No space left on device")

            patch.setattr("handtint.io.atomic.os.fsync", full)
            answer = studio.http.post(f"{at}/save")
        assert "No space left" in error(answer, 409, "output")
        assert output.read_bytes() == before
        assert studio.http.get(at).json()["saved_rev"] == 1
        assert studio.http.post(f"{at}/save").json()["saved_rev"] == 2
