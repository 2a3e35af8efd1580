"""The WebSocket: edits and their acknowledgement, two pages, pictures, slow pages, rubbish."""

import asyncio
import json
import struct
import time

import pytest
from fake_solver import GRID, FakeSolver
from hypothesis import given, settings
from hypothesis import strategies as st
from running import run_alone, running
from samples import add, png

from handtint.studio import limits
from handtint.studio import log as log_module
from handtint.studio.outbox import Outbox, Picture


def document(studio, project):
    return studio.http.get(f"/api/projects/{project['id']}").json()


def test_a_page_is_welcomed_and_its_edits_are_acknowledged(studio, project):
    page = studio.page(project)
    assert page.welcome == {
        "type": "welcome", "seq": 0, "rev": 0, "initial": project["initial"], "log": []
    }  # fmt: skip
    assert page.edit(1, add("a")) == {"type": "ack", "seq": 1, "rev": 1}
    assert page.edit(2, {"op": "undo"}) == {"type": "ack", "seq": 2, "rev": 2}
    found = document(studio, project)
    assert found["log"] == [add("a"), {"op": "undo"}]
    assert (found["undo"], found["redo"], found["rev"], found["seq"]) == (0, 1, 2, 2)


def test_an_edit_that_is_sent_again_is_done_once(studio, project):
    page = studio.page(project)
    page.edit(1, add("a"))
    page.edit(2, add("b"))
    page.close()
    again = studio.page(project)
    assert again.welcome["seq"] == 2
    assert [command["op"] for command in again.welcome["log"]] == ["add", "add"]
    for seq in (1, 2):
        assert again.edit(seq, add("ab"[seq - 1])) == {"type": "ack", "seq": seq, "rev": 2}
    assert again.edit(3, {"op": "clear"})["rev"] == 3
    assert document(studio, project)["document"]["strokes"] == []


def test_an_edit_that_is_not_possible_is_refused_once_and_changes_nothing(studio, project):
    page = studio.page(project)
    page.edit(1, add("a"))
    refused = page.edit(2, {"op": "remove", "ids": ["none"]})
    assert (refused["type"], refused["seq"]) == ("refused", 2)
    assert "none" in refused["message"]
    assert page.edit(2, {"op": "remove", "ids": ["none"]})["type"] == "ack"
    assert page.hello("page")["seq"] == 2
    assert document(studio, project)["rev"] == 1


def test_a_new_page_takes_over_and_the_older_one_can_take_it_back(studio, project):
    old = studio.page(project, "old")
    old.edit(1, add("a"))
    new = studio.page(project, "new")
    assert new.welcome["seq"] == 0
    assert len(new.welcome["log"]) == 1
    old.until("superseded")
    assert old.edit(2, add("b"))["type"] == "superseded"
    new.edit(1, add("c"))
    back = old.hello("old")
    assert back["seq"] == 1
    assert [command["stroke"]["id"] for command in back["log"]] == ["a", "c"]
    new.until("superseded")
    assert old.edit(2, add("b"))["type"] == "ack"
    assert new.edit(2, add("d"))["type"] == "superseded"


def test_edits_before_hello_are_not_taken(studio, project):
    page = studio.page(project, hello=False)
    page.send(type="edit", seq=1, command=add("a"))
    assert "hello" in page.until("error")["message"]
    assert document(studio, project)["rev"] == 0


def test_pictures_come_behind_their_guide_and_tell_their_revision(studio, project):
    page = studio.page(project)
    page.edit(1, add("a"))
    header, data = page.picture(lambda header: header[5] == 1)
    magic, kind, stage, space, dtype, rev, height, width, scale, live, zero = header
    assert (magic, kind, stage, space, dtype, rev) == (b"HTF1", 0, 0, 0, 0, 1)
    assert ((height, width), scale, live, zero) == (GRID, 0.5, 0, 0)
    assert data == b"\x01" * (2 * height * width)
    page.edit(2, add("b"))
    page.picture(lambda header: header[5] == 2)
    other = studio.page(project, "other")
    other.until("status")
    guide, newest = other.frames
    assert (guide[0][1], newest[0][1]) == (1, 0)
    assert newest[0][5] == 2
    assert len(guide[1]) == 2 * height * width


def test_the_stroke_that_is_being_painted_is_shown_and_never_kept(studio, project):
    page = studio.page(project)
    page.send(type="live", stroke=add("a")["stroke"])
    page.picture(lambda header: header[9] == 1)
    solver = FakeSolver.made[0]
    assert solver.jobs[-1].live.width == 5.0
    assert solver.jobs[-1].strokes == ()
    page.send(type="live", stroke=None)
    page.picture(lambda header: header[9] == 0)
    page.send(type="live", stroke=add("b")["stroke"])
    page.edit(1, add("b"))
    assert solver.jobs[-1].live is None
    assert len(solver.jobs[-1].strokes) == 1
    assert document(studio, project)["rev"] == 1


def test_a_page_that_goes_while_painting_leaves_no_stroke(studio, project):
    page = studio.page(project)
    page.send(type="live", stroke=add("a")["stroke"])
    page.picture(lambda header: header[9] == 1)
    page.close()
    solver = FakeSolver.made[0]
    while solver.jobs[-1].live is not None:
        time.sleep(0.02)


def test_opacity_and_vividness_need_no_solve(studio, project):
    page = studio.page(project)
    page.edit(1, add("a"))
    solver = FakeSolver.made[0]
    solved = len(solver.jobs)
    page.edit(2, {"op": "settings", "settings": {"opacity": 0.25, "vividness": 1.5}})
    page.until("status", where=lambda message: message["rev"] == 2)
    assert len(solver.jobs) == solved
    # A picture of the older revision is as good for the newer one.
    studio.loop.call_soon_threadsafe(solver.frames, 1, 77)
    assert page.picture(lambda header: header[5] == 2)[1][:1] == b"\x4d"
    page.edit(3, {"op": "settings", "settings": {"method": "harmonic"}})
    assert len(solver.jobs) == solved + 1


def test_cancel_and_solve_reach_the_worker(studio, project):
    page = studio.page(project)
    solver = FakeSolver.made[0]
    jobs = len(solver.jobs)
    page.send(type="cancel")
    page.send(type="solve")
    page.send(type="ping")
    page.until("pong")
    assert solver.cancelled == 1
    assert len(solver.jobs) == jobs + 1


def test_a_worker_that_was_started_again_is_told(studio, project):
    page = studio.page(project)
    FakeSolver.made[0].restart()
    told = page.until("solver")
    assert told["event"] == "restarted"
    assert told["message"]


RUBBISH = [
    "", "{", "[]", "3", "null", '"hello"', "{}", '{"type": 3}', '{"type": ["hello"]}',
    '{"type": "explode"}', '{"type": "hello"}', '{"type": "hello", "client": "", "seq": 0}',
    '{"type": "hello", "client": "a b", "seq": 0}', '{"type": "hello", "client": "a", "seq": -1}',
    '{"type": "hello", "client": "a", "seq": 1.5}', '{"type": "hello", "client": "a", "seq": true}',
    '{"type": "hello", "client": "a", "seq": 1e400}', '{"type": "edit", "seq": 1}',
    '{"type": "edit", "seq": 0, "command": {"op": "clear"}}',
    '{"type": "edit", "seq": 9007199254740993, "command": {"op": "clear"}}',
    '{"type": "edit", "seq": "1", "command": {"op": "clear"}}',
    '{"type": "edit", "seq": 1, "command": {"op": "clear"}, "more": 1}',
    '{"type": "live"}', '{"type": "live", "stroke": 3}', '{"type": "live", "stroke": {}}',
    '{"type": "ping", "more": 1}', '{"type": "ping", "x": NaN}', '{"type": "ping", "x": Infinity}',
    "[" * 100_000, '{"type": "ping", "x": ' + "9" * 5000 + "}",
]  # fmt: skip


def test_rubbish_is_answered_in_one_line_and_harms_nothing(studio, project):
    page = studio.page(project)
    page.edit(1, add("a"))
    for text in RUBBISH:
        page.line.send(text)
        answer = page.until("error", "ack", "refused", "welcome", "pong")
        assert answer["type"] == "error", text
        assert "\n" not in answer["message"]
        assert len(answer["message"]) < 400
    page.line.send(b"\x00\xff")
    assert page.until("error")["kind"] == "message"
    assert page.edit(2, add("b")) == {"type": "ack", "seq": 2, "rev": 2}


def test_too_long_a_message_ends_the_line_and_nothing_else(studio, project):
    page = studio.page(project)
    page.edit(1, add("a"))
    # Its announcement is enough; were the message sent too, the line could break off under it.
    page.line.socket.sendall(struct.pack(">BBQ", 0x81, 0xFF, limits.MAX_MESSAGE + 1) + bytes(4))
    assert page.ended() == 1009
    again = studio.page(project)
    assert again.welcome["rev"] == 1


def test_a_log_that_has_grown_too_long_is_made_anew(studio, project, monkeypatch):
    page = studio.page(project)
    page.edit(1, add("a"))
    monkeypatch.setattr(log_module, "MAX_LOG", 5)
    for seq in range(2, 6):
        page.edit(seq, {"op": "move", "ids": ["a"], "by": [1, 0]})
    page.send(type="edit", seq=6, command=add("b"))
    assert page.until("ack")["rev"] == 6
    told = page.until("welcome")
    assert [command["op"] for command in told["log"]] == ["add", "add"]
    assert (told["rev"], told["seq"]) == (6, 6)
    assert told["log"][0]["stroke"]["points"][0] == [7, 4]
    assert page.edit(7, {"op": "undo"})["rev"] == 7


def test_a_page_of_a_project_that_is_closed_ends(studio, project):
    page = studio.page(project)
    studio.http.delete(f"/api/projects/{project['id']}")
    assert page.ended() is not None


def test_the_mask_painter_hears_of_pages_coming_and_going(studio, project):
    seen = []
    studio.sessions.on_page = seen.append
    one, two = studio.page(project, "a"), studio.page(project, "b")
    one.close()
    two.close()
    while seen[-1:] != [0]:
        time.sleep(0.02)
    assert seen == [1, 2, 1, 0]


def test_a_slow_page_has_one_picture_and_one_status_waiting():
    async def scenario():
        box = Outbox({(0, 2, 2): b"guide"})
        box.post({"type": "ack", "seq": 1})
        for number in range(1000):
            box.show(Picture((0, 2, 2), b"picture %d" % number))
            box.tell({"type": "status", "rev": number})
        sent = [await box.take() for _ in range(4)]
        assert json.loads(sent[0])["type"] == "ack"
        assert sent[1:3] == [b"guide", b"picture 999"]
        assert json.loads(sent[3])["rev"] == 999
        box.show(Picture((0, 2, 2), b"next"))
        assert await box.take() == b"next"
        waiting = asyncio.ensure_future(box.take())
        await asyncio.sleep(0)
        assert not waiting.done()
        box.close()
        assert await waiting is None

    run_alone(scenario)


def test_a_page_that_never_reads_is_given_up():
    async def scenario():
        box = Outbox({})
        for seq in range(10_000):
            box.post({"type": "ack", "seq": seq})
        sent = 0
        while await box.take() is not None:
            sent += 1
        assert sent < 5000

    run_alone(scenario)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
WORDS = ["type", "hello", "edit", "live", "client", "seq", "command", "op", "add", "change", "ids",
         "by", "stroke", "id", "kind", "color", "width", "points", "pressure", "settings", "method",
         "options", "opacity", "undo", "redo", "clear", "move", "remove", "a"]  # fmt: skip
NEAR = st.recursive(
    st.sampled_from([*WORDS, 0, 1, -1, 1.5, True, None, "", [1, 2], [[1, 2]], [255, 0, 3]]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)
    ),
    max_leaves=12,
)


@st.composite
def near_messages(draw):
    """Messages that are almost right, in one place or another."""
    stroke = {**add("a")["stroke"], **draw(st.dictionaries(st.sampled_from(WORDS), NEAR))}
    command = draw(
        st.sampled_from(["add", "remove", "change", "move", "clear", "settings", "undo", "redo"])
    )
    parts = {
        "stroke": stroke, "ids": draw(NEAR), "by": draw(NEAR), "settings": draw(NEAR),
        "kind": draw(NEAR), "color": draw(NEAR), "width": draw(NEAR),
    }  # fmt: skip
    keys = draw(st.sets(st.sampled_from(sorted(parts)), max_size=3))
    body = {"op": command, **{key: parts[key] for key in keys}}
    return draw(
        st.sampled_from([
            {"type": "edit", "seq": draw(st.integers(1, 10**6)), "command": body},
            {"type": "edit", "seq": draw(st.integers(1, 10**6)), "command": draw(NEAR)},
            {"type": "live", "stroke": stroke},
            {"type": "hello", "client": "page", "seq": draw(st.integers(0, 9))},
            {"type": "hello", "client": draw(NEAR), "seq": draw(NEAR)},
        ])
    )  # fmt: skip


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDTINT_STATE", str(tmp_path_factory.mktemp("state")))
        with running(FakeSolver) as studio:
            project = studio.open(png())
            yield studio, project, studio.page(project)


@settings(max_examples=300, deadline=None)
@given(message=st.one_of(JSON.map(json.dumps), NEAR.map(json.dumps), st.text(),
                         near_messages().map(json.dumps)))  # fmt: skip
def test_no_message_breaks_the_line_or_the_document(fuzzed, message):
    studio, project, page = fuzzed
    page.line.send(message)
    page.send(type="ping")
    page.until("pong")
    found = document(studio, project)
    again = log_module.Log.replay(log_module.Document.fresh(base=False), found["log"])
    assert again.document.to_json() == found["document"]
