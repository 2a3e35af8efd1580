"""Arguments that several commands share, and what they say while they work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

SPACES = ("lab", "yuv", "yuv709", "oklab")


def method_options(command: F) -> F:
    """Add ``-m METHOD``, ``-o NAME=VALUE`` and ``--space``."""
    command = click.option(
        "--space",
        default="lab",
        show_default=True,
        metavar="|".join(SPACES),
        help="Colour space: its lightness is the photo's, its chroma is made.",
    )(command)
    command = click.option(
        "-o",
        "--option",
        "options",
        multiple=True,
        metavar="NAME=VALUE",
        help="Option of the method; see 'handtint methods show METHOD'.",
    )(command)
    return click.option(
        "-m",
        "--method",
        metavar="METHOD",
        help="How colour is made; see 'handtint methods'.  [default: assisted; with --local or in "
        "another --space, blending]",
    )(command)


def parse_options(pairs: Sequence[str]) -> dict[str, str]:
    """Options from ``NAME=VALUE`` words; the last one wins."""
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"-o {pair}: must be NAME=VALUE")
        values[name] = value
    return values


def note(message: str) -> None:
    """Tell the person something beside the result, on standard error."""
    click.echo(f"handtint: {message}", err=True)


@contextmanager
def saying_when_compiling() -> Iterator[None]:
    """Say so when the kernels have to be compiled inside the ``with`` block."""
    from handtint.jit import notify_compilation

    with notify_compilation(
        lambda: note("preparing the solver for this machine, once (it can take a minute) ...")
    ):
        yield
