"""What the server says to a person: in English, with a key by which the page finds its language.

The English texts stand in the page's own catalogue, ``static/locales/en.json``, under ``server.``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from handtint.errors import HandtintError

PREFIX: Final = "server."
"""How the keys of these texts begin in the catalogues."""

_ENGLISH: Final = Path(__file__).with_name("static") / "locales" / "en.json"


class Said(str):
    """An English text that knows its key and the values in it; it survives pickling."""

    key: str
    values: dict[str, str | int]


def said(key: str, **values: str | int) -> Said:
    """The English text of a key.

    Parameters
    ----------
    key : str
        As in the catalogues, without `PREFIX`.
    **values : str or int
        What its placeholders stand for.
    """
    text = Said(_english()[PREFIX + key].format(**values))
    text.key, text.values = PREFIX + key, values
    return text


def words_of(error: Exception) -> str:
    """The text of an error, with its key where it has one: ``str(error)`` would drop that."""
    text = error.args[0] if error.args else None
    return text if isinstance(text, Said) else str(error)


def to_json(text: str) -> dict[str, Any]:
    """A text for the page; one without a key is shown as it is."""
    if isinstance(text, Said):
        return {"message": text, "key": text.key, "values": text.values}
    return {"message": text}


def renamed(error: HandtintError, names: dict[str, str]) -> HandtintError:
    """An error that names the person's files, not the copies that were read.

    Parameters
    ----------
    error : HandtintError
        The very same is returned when it names none.
    names : dict
        The person's names by what is to be replaced, once each.
    """
    text = str(error)
    for path, name in names.items():
        text = text.replace(path, name, 1)
    return error if text == str(error) else type(error)(text)


@cache
def _english() -> dict[str, str]:
    catalogue: dict[str, str] = json.loads(_ENGLISH.read_text(encoding="utf-8"))
    return catalogue
