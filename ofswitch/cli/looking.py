"""`ofswitch show`, `flows`, `drops`: a look into a running switch."""

from __future__ import annotations

import click

from console.asking import Running
from console.options import as_json
from ofswitch.cli.asking import asks, tell


@click.command()
@asks
@as_json
def show(switch: Running, as_json: bool) -> None:
    """Show a running switch: identity, controllers, ports."""
    from ofswitch import report

    tell(switch.ask("show"), report.switch, as_json=as_json)


_WHICH = """
\b
WHICH chooses entries, in the words of ovs-ofctl. Shown are those that match only such packets:
  ofswitch flows s1 table=0,tcp,nw_dst=10.0.0.0/8
  ofswitch flows s1 in_port=s1-h1 out_port=2
  ofswitch flows s1 out_port=controller
  ofswitch flows s1 cookie=0x700/0xf00
"""


@click.command(epilog=_WHICH)
@asks
@click.argument("which", nargs=-1)
@click.option("--table", metavar="N", help="Only this table, as table=N does.")
def flows(switch: Running, which: tuple[str, ...], table: str | None) -> None:
    """List the flow entries, a line each, as ovs-ofctl dump-flows does."""
    from ofswitch.words.entries import parse_entries

    words = ",".join(which if table is None else (*which, f"table={table}"))
    try:
        parse_entries(words)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    for line in switch.ask("flows", which=words):
        click.echo(line)


@click.command()
@asks
@as_json
def drops(switch: Running, as_json: bool) -> None:
    """List what was dropped: how many packets, where, under which name, and what that means.

    What would become of a packet, and why, `ofswitch trace` tells.
    """
    from ofswitch import report

    tell(switch.ask("drops"), report.drops, as_json=as_json)
