"""Entry point: the commands, and how errors reach a person."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

import click

from handtint import __version__
from handtint.cli.bench import bench
from handtint.cli.bench_suggest import suggest as bench_suggest
from handtint.cli.colorize import colorize
from handtint.cli.demo import demo
from handtint.cli.export import export
from handtint.cli.methods import methods
from handtint.cli.studio import studio
from handtint.cli.suggest import suggest
from handtint.cli.train import train
from handtint.cli.uncertainty import uncertainty
from handtint.errors import HandtintError

USER_ERROR = 2
INTERRUPTED = 128 + signal.SIGINT


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="handtint")
def cli() -> None:
    """Colour for old black-and-white photographs, from a few strokes or none."""


for command in (colorize, suggest, uncertainty, studio, demo, methods, bench, train, export):
    cli.add_command(command)
bench.add_command(bench_suggest)


def main() -> None:
    """Run ``handtint``."""
    run_command(cli, "handtint")


def run_command(command: click.Command, name: str) -> None:
    """Run a command line.

    Exits with 0 on success, 2 when the user can mend what went wrong (one line says how), 130
    when interrupted. A bug keeps its traceback.
    """
    try:
        command.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(USER_ERROR)
    except click.ClickException as error:
        _fail(name, error.format_message(), USER_ERROR)
    except HandtintError as error:
        _fail(name, str(error), USER_ERROR)
    except MemoryError:
        _fail(name, "not enough memory for this photo; give a smaller one, or a smaller --size", 2)
    except (KeyboardInterrupt, click.Abort):
        _fail(name, "interrupted; nothing was written", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(USER_ERROR)


def _fail(name: str, message: str, code: int) -> NoReturn:
    line = " ".join(message.split())
    click.echo(f"{name}: error: {line}", err=True)
    sys.exit(code)
