"""What the server tells in English about methods and colour spaces has a Spanish text."""

import json
from importlib.resources import files

from handtint.studio.catalogue import describe_methods


def test_titles_and_helps_are_translated():
    locales = files("handtint.studio") / "static" / "locales"
    spanish = json.loads((locales / "es.json").read_text(encoding="utf-8"))["server"]
    told = describe_methods()
    texts = {space["title"] for space in told["spaces"]}
    for method in told["methods"]:
        texts |= {method["title"], *(option["help"] for option in method["options"])}
    assert not texts - spanish.keys()
    assert all(spanish.values())
