"""What the server tells in English has a Spanish text, and a key by which the page finds it."""

import ast
import itertools
import json
import pickle
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from handtint import io, registry, studio
from handtint.errors import HintError, PhotoError
from handtint.studio.catalogue import describe_methods
from handtint.studio.wording import PREFIX, renamed, said, to_json, words_of

BY_KIND = {"output", "photo", "project", "values"}
"""Keys of what other parts of handtint say, by what it is about."""


def catalogue(language):
    locales = files("handtint.studio") / "static" / "locales"
    return json.loads((locales / f"{language}.json").read_text(encoding="utf-8"))


def calls_of_said():
    """Key and names of the values, wherever the studio says something with a key."""
    for path in Path(studio.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "said":
                key = node.args[0]
                names = {keyword.arg for keyword in node.keywords}
                yield (key.value if isinstance(key, ast.Constant) else None), names


def test_titles_and_helps_are_translated():
    spanish = catalogue("es")["server"]
    told = describe_methods()
    texts = {space["title"] for space in told["spaces"]}
    for method in told["methods"]:
        texts |= {method["title"], *(option["help"] for option in method["options"])}
    assert not texts - spanish.keys()
    assert all(spanish.values())


def pattern_of(node):
    """A text of the code, {1}, {2} for what is put into it."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    numbers = itertools.count(1)
    return "".join(
        part.value if isinstance(part, ast.Constant) else f"{{{next(numbers)}}}" for part in parts
    )


def remarks():
    """What reading a photo remarks on it, and what is said of methods that are not there."""
    for path in (Path(io.__file__).parent).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "notes.append",
                "raster.warnings.append",
            ):
                text = node.args[0]
                if isinstance(text, ast.JoinedStr | ast.Constant):
                    yield pattern_of(text)
    for node in ast.walk(ast.parse(Path(registry.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "MethodUnavailable":
            yield pattern_of(node.args[0])


def test_remarks_on_photos_and_methods_are_translated():
    spanish, found = catalogue("es")["server"], set(remarks())
    assert len(found) >= 14
    assert not found - spanish.keys()
    for text in found:
        names = sorted(name for _, name, _, _ in Formatter().parse(text) if name)
        there = sorted(name for _, name, _, _ in Formatter().parse(spanish[text]) if name)
        assert there == names, text


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_key_that_the_server_can_send_is_in_the_catalogue(language):
    texts = catalogue(language)
    known = {key.removeprefix(PREFIX) for key in texts if key.startswith(PREFIX)}
    calls = [(key, names) for key, names in calls_of_said() if key is not None]
    assert {key for key, _ in calls} | BY_KIND == known
    for key, names in calls:
        wanted = {name for _, name, _, _ in Formatter().parse(texts[PREFIX + key]) if name}
        assert names == wanted or None in names, key


def test_only_kinds_are_said_without_naming_the_key():
    assert [names for key, names in calls_of_said() if key is None] == [{"reason"}]


def test_a_key_and_its_values_survive_the_way_from_the_worker():
    error = pickle.loads(pickle.dumps(HintError(said("too_many", count=4))))
    assert str(error) == "4 photos are open already; close one of them first"
    assert to_json(words_of(error)) == {
        "message": str(error),
        "key": "server.too_many",
        "values": {"count": 4},
    }
    assert to_json(words_of(HintError("as it is"))) == {"message": "as it is"}


def test_errors_name_the_persons_files():
    error = PhotoError("source-17: no picture")
    assert str(renamed(error, {"source-17": "a.png"})) == "a.png: no picture"
    keyed = PhotoError(said("closed"))
    assert renamed(keyed, {"source-17": "a.png"}) is keyed
