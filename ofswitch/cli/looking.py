"""`ofswitch show`, `flows`, `drops`: a look into a running switch."""

from __future__ import annotations

import click

from console.asking import Running
from ofswitch.cli.asking import asks


@click.command()
@asks
def show(switch: Running) -> None:
    """Show a running switch: identity, controllers, ports."""
    from ofswitch import report

    click.echo(report.switch(switch.ask("show")))


@click.command()
@asks
@click.argument("match", nargs=-1, metavar="")
@click.option("--table", metavar="N", default="", help="Only this table.")
def flows(switch: Running, match: tuple[str, ...], table: str) -> None:
    """List the flow entries, a line each, as ovs-ofctl dump-flows does."""
    if match:
        raise click.UsageError(
            f"{' '.join(match)}: whole tables are listed, not what a match selects; "
            "give --table N or filter the lines, as with grep"
        )
    for line in switch.ask("flows", table=table):
        click.echo(line)


@click.command()
@asks
def drops(switch: Running) -> None:
    """List what was dropped: how many packets, where, under which name, and what that means.

    What would become of a packet, and why, `ofswitch trace` tells.
    """
    from ofswitch import report

    click.echo(report.drops(switch.ask("drops")))
