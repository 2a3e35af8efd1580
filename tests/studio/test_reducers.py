"""The page and the server make the same document of the same log, and refuse the same commands."""

import json
import random
import subprocess
from pathlib import Path

from handtint.errors import HintError
from handtint.studio.log import Log

RUNNER = Path(__file__).parent / "js" / "replay.js"
KINDS = ["color", "neutral", "barrier", "ignore", "erase"]
SETTINGS = [
    {"opacity": 0.5},
    {"vividness": 1.25, "opacity": 1.0},
    {"method": "harmonic", "options": {}},
    {"method": "variational", "options": {}},
    {"space": "oklab"},
]


def some_color(rng):
    return [rng.randrange(256) for _ in "rgb"]


def some_stroke(rng, name):
    kind = rng.choice(KINDS)
    # Halves and quarters are exact in both languages, whatever is added to them.
    points = [[rng.randrange(400) / 4, rng.randrange(400) / 4] for _ in range(rng.randint(1, 4))]
    stroke = {
        "id": name,
        "kind": kind,
        # Now and then a colour where none belongs, or none where one does: refused.
        "color": some_color(rng) if (kind == "color") != (rng.random() < 0.05) else None,
        "width": rng.randint(1, 40) / 2,
        "points": points,
    }
    if rng.random() < 0.3:
        stroke["pressure"] = [rng.randint(1, 16) / 16 for _ in points]
    return stroke


def some_ids(rng, count):
    """Ids of strokes; some are gone, or never were."""
    return [f"s{rng.randrange(count + 1)}" for _ in range(rng.randint(0, 3))]


def some_command(rng, count):
    op = rng.choices(
        ["add", "remove", "change", "move", "clear", "settings", "undo", "redo"],
        [40, 6, 10, 8, 2, 8, 16, 12],
    )[0]
    match op:
        case "add":
            again = rng.random() < 0.05
            return {"op": op, "stroke": some_stroke(rng, f"s{count - again}")}
        case "remove":
            return {"op": op, "ids": some_ids(rng, count)}
        case "change":
            change = {"op": op, "ids": some_ids(rng, count)}
            if rng.random() < 0.5:
                change["kind"] = rng.choice(KINDS)
            if rng.random() < 0.5:
                change["color"] = some_color(rng)
            if rng.random() < 0.5:
                change["width"] = rng.randint(1, 40) / 2
            return change
        case "move":
            by = [rng.randint(-40, 40) / 4, rng.randint(-40, 40) / 4]
            return {"op": op, "ids": some_ids(rng, count), "by": by}
        case "settings":
            return {"op": op, "settings": rng.choice(SETTINGS)}
    return {"op": op}


def some_log(seed):
    rng = random.Random(seed)
    log = []
    for _ in range(rng.randint(0, 60)):
        log.append(some_command(rng, sum(c["op"] == "add" for c in log)))
    return log


def outcome(commands):
    log, refused = Log(), []
    for place, command in enumerate(commands):
        try:
            log.apply(command)
        except HintError:
            refused.append(place)
    document = log.document.to_json()
    assert Log.replay(log.initial, log.commands).document.to_json() == document
    return {
        "document": document,
        "replayed": document,
        "undo": log.undo_depth,
        "redo": log.redo_depth,
        "refused": refused,
    }


def test_random_logs_have_the_same_outcome_on_both_sides():
    logs = [some_log(seed) for seed in range(200)]
    done = subprocess.run(
        ["node", str(RUNNER)], input="\n".join(map(json.dumps, logs)) + "\n",
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(logs)
    refused = 0
    for log, line in zip(logs, lines, strict=True):
        here = outcome(log)
        assert json.loads(line) == here, log
        refused += len(here["refused"])
    assert refused > 250
