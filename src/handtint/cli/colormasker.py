"""``colormaskerapp``: paint a colour mask for a photograph in the browser."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from handtint import __version__
from handtint.cli.arguments import note
from handtint.cli.main import run_command
from handtint.cli.studio import FILE, say, server_options

CLOSED_UNSAVED = 1


@click.command(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="colormaskerapp")
@click.option("--input", "photo", type=FILE, required=True, help="The photo.")
@click.option(
    "--output", type=FILE, required=True, help="The mask, a PNG; one that is there is painted on."
)
@server_options
def colormasker(photo: Path, output: Path, port: int | None, host: str, no_browser: bool) -> None:
    """Paint a colour mask: an RGB picture of the photo's size in which black is undrawn.

    The painter opens in the browser; S saves the mask. It ends when the page is closed, or at
    Ctrl-C, with exit code 0 when the mask holds all that was painted and 1 when not.
    """
    from handtint.io import check_output
    from handtint.studio.files import Output
    from handtint.studio.serve import Start, run

    check_output(output, sources=[photo], force=True, suffixes=(".png",))
    start = Start(
        "mask",
        photo,
        output if output.exists() else None,
        Output(output, "mask"),
        host=host,
        port=port or 0,
        browser=not no_browser,
    )
    project = run(start, say=say, note=note)
    if project is not None and project.saved_here and project.all_saved:
        return
    if project is not None and not project.all_saved:
        note(f"{output}: closed with unsaved strokes; they are there when you start again")
    else:
        note(f"{output}: closed without saving")
    sys.exit(CLOSED_UNSAVED)


def main() -> None:
    """Run the command; errors as for ``handtint``."""
    run_command(colormasker, "colormaskerapp")
