"""The command log: what it does, what it refuses, and that undo and redo are exact."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import add

from handtint.errors import HandtintError
from handtint.pipeline import Settings
from handtint.studio import log as log_module
from handtint.studio.log import Document, Log

IDS = [f"s{number}" for number in range(6)]


@st.composite
def commands(draw):
    """A command that may or may not fit the document."""
    some = st.lists(st.sampled_from(IDS), max_size=3)
    kinds = st.sampled_from(["color", "neutral", "barrier", "ignore", "erase"])
    match draw(st.sampled_from(["add", "add", "add", "remove", "change", "move", "clear",
                                "settings", "undo", "undo", "redo"])):  # fmt: skip
        case "add":
            return add(draw(st.sampled_from(IDS)), draw(kinds), width=draw(st.floats(0.5, 50)))
        case "remove":
            return {"op": "remove", "ids": draw(some)}
        case "change":
            parts = {"kind": draw(kinds), "color": [1, 2, 3], "width": 7}
            chosen = draw(st.sets(st.sampled_from(sorted(parts))))
            return {"op": "change", "ids": draw(some), **{key: parts[key] for key in chosen}}
        case "move":
            by = [draw(st.floats(-9, 9)), draw(st.floats(-9, 9))]
            return {"op": "move", "ids": draw(some), "by": by}
        case "settings":
            return {"op": "settings", "settings": {"opacity": draw(st.floats(0, 1))}}
        case operation:
            return {"op": operation}


def applied(log, command):
    try:
        log.apply(command)
    except HandtintError:
        return False
    return True


@settings(max_examples=200, deadline=None)
@given(st.lists(commands(), max_size=40), st.booleans())
def test_undo_and_redo_give_back_every_earlier_document(script, base):
    log = Log(Document(base=base))
    # The slow, obvious twin: whole documents on two stacks.
    past, future, now = [], [], log.document
    for command in script:
        before = log.document
        if not applied(log, command):
            assert log.document is before
            continue
        if command["op"] == "undo":
            future.append(now)
            now = past.pop()
        elif command["op"] == "redo":
            past.append(now)
            now = future.pop()
        else:
            past.append(now)
            future.clear()
            now = log.document
        assert log.document == now
        assert (log.undo_depth, log.redo_depth) == (len(past), len(future))
    sent = json.loads(json.dumps(log.commands))
    again = Log.replay(Document(base=base), sent)
    assert again.document == log.document
    assert (again.undo_depth, again.redo_depth) == (log.undo_depth, log.redo_depth)


@settings(max_examples=50, deadline=None)
@given(st.lists(commands(), max_size=40), st.booleans())
def test_a_compacted_log_has_the_same_outcome(script, base):
    log = Log(Document(base=base))
    for command in script:
        applied(log, command)
    short = log.compacted(base=base)
    assert short.document == log.document
    assert all(command["op"] in {"clear", "settings", "add"} for command in short.commands)
    below = log.with_base()
    assert below.document.base
    assert below.document.strokes == log.document.strokes


def test_a_fresh_document_has_the_method_for_painting(monkeypatch):
    assert Document.fresh(base=True) == Document(base=True, settings=Settings("semantic"))
    monkeypatch.setattr("handtint.inference.model.usable", lambda: False)
    assert Document.fresh(base=False) == Document(settings=Settings("blending"))


def test_a_log_stays_with_the_settings_it_began_with():
    log = Log(Document(settings=Settings("levin")))
    assert log.blank
    log.apply(add("a"))
    for other in (log.compacted(base=False), log.with_base()):
        assert other.initial.settings == Settings("levin")
        assert [command["op"] for command in other.commands] == ["add"]
    log.apply({"op": "settings", "settings": {"method": "harmonic"}})
    log.apply({"op": "undo"})
    assert log.document.settings == Settings("levin")


def test_unchanged_strokes_stay_the_same_objects():
    log = Log()
    for name in "abc":
        log.apply(add(name))
    a, b, c = log.document.strokes
    log.apply({"op": "move", "ids": ["b"], "by": [1, 1]})
    assert log.document.strokes[0] is a
    assert log.document.strokes[2] is c
    log.apply({"op": "undo"})
    assert log.document.strokes[1] is b


def test_kinds_and_colours_go_together():
    log = Log()
    log.apply(add("a"))
    log.apply({"op": "change", "ids": ["a"], "kind": "barrier"})
    assert log.document.strokes[0].stroke.color is None
    with pytest.raises(HandtintError, match="needs a colour"):
        log.apply({"op": "change", "ids": ["a"], "kind": "color"})
    log.apply({"op": "change", "ids": ["a"], "kind": "color", "color": [9, 8, 7]})
    assert log.document.strokes[0].to_json()["color"] == [9, 8, 7]


def test_clear_takes_the_base_away_and_undo_brings_it_back():
    log = Log(Document(base=True))
    log.apply({"op": "clear"})
    assert not log.document.base
    log.apply({"op": "undo"})
    assert log.document.base


HUGE = 10**400


def stroke(**changes):
    return {"op": "add", "stroke": {**add("x")["stroke"], **changes}}


def without(key):
    kept = add("x")["stroke"]
    del kept[key]
    return {"op": "add", "stroke": kept}


@pytest.mark.parametrize(
    "command",
    [
        None, 3, [], "add", {}, {"op": None}, {"op": ["add"]}, {"op": "explode"}, {"op": "undo"},
        {"op": "redo"}, {"op": "add"}, {"op": "add", "stroke": None}, {"op": "clear", "more": 1},
        stroke(id=""), stroke(id="a" * 25), stroke(id="a b"), stroke(id="ä"), stroke(id=7),
        stroke(id="there"), stroke(kind="spray"), stroke(kind=None), stroke(kind=["color"]),
        stroke(color=None), stroke(color=[1, 2]), stroke(color=[1, 2, 256]), stroke(color="red"),
        stroke(color=[1, 2, 3.5]), stroke(color=[True, 2, 3]), stroke(kind="erase"),
        stroke(width=0), stroke(width=-1), stroke(width=math.nan), stroke(width=math.inf),
        stroke(width="3"), stroke(width=None), stroke(width=True), stroke(width=HUGE),
        stroke(points=[]), stroke(points=None), stroke(points=[[1]]), stroke(points=[[1, 2, 3]]),
        stroke(points=[[1, math.nan]]), stroke(points=[[1, math.inf]]), stroke(points=[[1, HUGE]]),
        stroke(points=[["1", 2]]), stroke(points=[{"r": 1}]), stroke(points="abc"),
        stroke(pressure=[1]), stroke(pressure=[0, 1]), stroke(pressure=[1, 2]),
        stroke(pressure=[1, math.nan]), stroke(pressure="ab"), stroke(pressure=[None, 1]),
        stroke(more=1), without("id"), without("kind"), without("color"), without("points"),
        {"op": "remove", "ids": "there"}, {"op": "remove", "ids": ["none"]},
        {"op": "remove", "ids": [3]}, {"op": "remove", "ids": {"there": 1}},
        {"op": "move", "ids": ["there"], "by": [1]}, {"op": "move", "ids": ["there"], "by": None},
        {"op": "move", "ids": ["there"], "by": [math.nan, 0]},
        {"op": "move", "ids": ["there"], "by": [HUGE, 0]},
        {"op": "move", "ids": ["there"], "by": [1e7, 1e7]},
        {"op": "change", "ids": ["there"], "width": 0},
        {"op": "change", "ids": ["there"], "kind": 3}, {"op": "change", "ids": ["there"], "x": 1},
        {"op": "change", "ids": ["there"], "color": [1, 2, -3]},
        {"op": "settings", "settings": None}, {"op": "settings", "settings": {"colour": 1}},
        {"op": "settings", "settings": {"opacity": 2}},
        {"op": "settings", "settings": {"opacity": math.nan}},
        {"op": "settings", "settings": {"vividness": -1}},
        {"op": "settings", "settings": {"method": "nothing"}},
        {"op": "settings", "settings": {"method": {}}},
        {"op": "settings", "settings": {"space": "hsv"}},
        {"op": "settings", "settings": {"options": {"nothing": 1}}},
        {"op": "settings", "settings": {"options": [1]}},
    ],
)  # fmt: skip
def test_what_is_not_possible_is_refused_in_one_line_and_changes_nothing(command):
    log = Log()
    log.apply(add("there"))
    log.apply({"op": "clear"})
    log.apply({"op": "undo"})
    log.apply({"op": "settings", "settings": {"opacity": 0.5}})
    before = (log.document, list(log.commands), log.undo_depth, log.redo_depth)
    if command == {"op": "undo"}:
        log = Log()
        before = (log.document, [], 0, 0)
    with pytest.raises(HandtintError) as refusal:
        log.apply(command)
    assert (log.document, log.commands, log.undo_depth, log.redo_depth) == before
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400


def test_there_are_bounds_for_strokes_points_and_commands(monkeypatch):
    monkeypatch.setattr(log_module, "MAX_STROKES", 3)
    monkeypatch.setattr(log_module, "MAX_POINTS", 7)
    log = Log()
    for name in "abc":
        log.apply(add(name))
    with pytest.raises(HandtintError, match="at most 3 strokes"):
        log.apply(add("d"))
    log.apply({"op": "remove", "ids": ["c"]})
    with pytest.raises(HandtintError, match="at most 7 points"):
        log.apply(add("d", points=[(1, 1)] * 4))
    monkeypatch.setattr(log_module, "MAX_LOG", 10)
    while not log.full:
        log.apply({"op": "clear"})
    assert len(log.commands) == 11
    with pytest.raises(HandtintError, match="command 11"):
        Log.replay(Document(), log.commands)


def test_a_replay_names_the_first_command_that_is_wrong():
    with pytest.raises(HandtintError, match="command 2: there is a stroke a already"):
        Log.replay(Document(), [add("a"), add("a")])
