"""`ofswitch show`, `flows`, `drops`: a look into a running switch."""

from __future__ import annotations

from pathlib import Path

import click

from ofswitch.cli.asking import ask, asks


@click.command()
@asks
def show(name: str, control: Path | None) -> None:
    """Show a running switch: identity, controllers, ports."""
    from ofswitch import report

    click.echo(report.switch(ask(name, control, "show")))


@click.command()
@asks
@click.argument("match", nargs=-1, metavar="")
@click.option("--table", metavar="N", default="", help="Only this table.")
def flows(name: str, control: Path | None, match: tuple[str, ...], table: str) -> None:
    """List the flow entries, a line each, as ovs-ofctl dump-flows does."""
    if match:
        raise click.UsageError(
            f"{' '.join(match)}: whole tables are listed, not what a match selects; "
            "give --table N or filter the lines, as with grep"
        )
    for line in ask(name, control, "flows", table=table):
        click.echo(line)


@click.command()
@asks
def drops(name: str, control: Path | None) -> None:
    """List what was dropped: how many packets, where, under which name, and what that means.

    What would become of a packet, and why, `ofswitch trace` tells.
    """
    from ofswitch import report

    click.echo(report.drops(ask(name, control, "drops")))
