"""``handtint methods``: what there is to choose from."""

from __future__ import annotations

import textwrap

import click

WIDTH = 88


@click.group(invoke_without_command=True)
@click.pass_context
def methods(context: click.Context) -> None:
    """List the methods; 'handtint methods show NAME' tells all about one."""
    if context.invoked_subcommand is not None:
        return
    from handtint import registry
    from handtint.errors import MethodUnavailable

    names = registry.names()
    width = max(len(name) for name in names)
    for name in names:
        try:
            info = registry.load(name).info
            line = f"{info.title} ({info.kind}, hints {info.hints})"
        except MethodUnavailable as error:
            line = f"unavailable: {error}"
        click.echo(f"{name:{width}}  {line}")


@methods.command(no_args_is_help=True)
@click.argument("name")
def show(name: str) -> None:
    """Show the energy, source and options of the method NAME."""
    from handtint import registry
    from handtint.options import declared

    method = registry.load(name)
    info = method.info
    click.echo(f"{name}: {info.title}")
    click.echo(f"  kind    {info.kind}")
    click.echo(f"  hints   {info.hints}")
    click.echo(_field("energy", info.energy))
    click.echo(_field("source", info.reference))
    options = declared(method)
    if not options:
        click.echo("  options none")
        return
    click.echo("  options (-o NAME=VALUE)")
    for o in options:
        default = str(o.default).lower() if o.type is bool else f"{o.default}"
        click.echo(f"    {o.name} = {default}   ({o.domain})")
        click.echo(textwrap.indent(textwrap.fill(o.help, WIDTH - 8), " " * 8))


def _field(name: str, text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=f"  {name:8}", subsequent_indent=" " * 10)
