"""``handtint studio``: paint strokes in the browser and watch colour follow the brush."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from handtint.cli.arguments import note

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)


def server_options(command: F) -> F:
    """Add ``--port``, ``--host`` and ``--no-browser``."""
    command = click.option("--no-browser", is_flag=True, help="Only print the address.")(command)
    command = click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        help="Address of this machine to listen on; others can reach any but the default.",
    )(command)
    return click.option(
        "--port",
        type=click.IntRange(1, 65535),
        help="Port to listen on.  [default: a free one]",
    )(command)


@click.command()
@click.argument("photo", type=FILE, required=False, metavar="[PHOTO|PROJECT]")
@click.option("--strokes", type=FILE, help="A mask or marked photo to begin with.")
@server_options
def studio(
    photo: Path | None, strokes: Path | None, port: int | None, host: str, no_browser: bool
) -> None:
    """Paint strokes in the browser and watch colour follow the brush.

    The page is served on this machine only. Its address, with a token that is valid once, is
    printed and opened in the browser. What is painted is kept, and is there again when the same
    photo is opened; Ctrl-C ends.
    """
    if strokes is not None and photo is None:
        raise click.UsageError("--strokes go with a photo; name it")
    from handtint.studio.files import Output
    from handtint.studio.finding import is_archive
    from handtint.studio.serve import Start, run

    output = Output(photo, "project") if photo is not None and is_archive(photo) else None
    run(
        Start("studio", photo, strokes, output, host=host, port=port or 0, browser=not no_browser),
        say=say,
        note=note,
    )


def say(line: str) -> None:
    """Print a line at once, whoever reads it."""
    click.echo(line)
    sys.stdout.flush()
