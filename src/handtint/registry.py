"""Methods, found through the entry-point group ``handtint.colorizers``.

Listing the names imports none of them; a third-party package adds a method without touching this
one; a method that cannot be loaded breaks only itself.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from handtint.colorizer import Colorizer
from handtint.errors import MethodUnavailable, UnknownMethod
from handtint.options import did_you_mean

GROUP = "handtint.colorizers"


def names() -> tuple[str, ...]:
    """Names of all registered methods, sorted; imports none of them."""
    return tuple(sorted(_entries()))


def load(name: str) -> type[Colorizer]:
    """Class of the method ``name``.

    Raises
    ------
    UnknownMethod
        When no method has this name; near names are suggested.
    MethodUnavailable
        When it is registered but cannot be imported, or is not a method.
    """
    entries = _entries()
    if name not in entries:
        raise UnknownMethod(
            f"unknown method {name!r}; known are {', '.join(sorted(entries))}"
            f"{did_you_mean(name, entries)}"
        )
    try:
        method = entries[name].load()
    except Exception as error:
        raise MethodUnavailable(
            f"method {name!r} ({entries[name].value}) cannot be loaded: "
            f"{type(error).__name__}: {error}; reinstall or remove its package"
        ) from error
    if not (isinstance(method, type) and hasattr(method, "info") and hasattr(method, "prepare")):
        raise MethodUnavailable(
            f"method {name!r} ({entries[name].value}) is not a colorizer: it needs a class "
            "attribute info and a method prepare"
        )
    return method


def _entries() -> dict[str, EntryPoint]:
    return {e.name: e for e in entry_points(group=GROUP)}
