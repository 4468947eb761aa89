"""`ofswitch port`: the ports of a running switch."""

from __future__ import annotations

import click

from console.asking import Running
from ofswitch.cli.asking import asks
from ofswitch.cli.run import PORTS_HELP


@click.group()
def port() -> None:
    """Add, delete or list the ports of a running switch."""


@port.command("add", epilog=PORTS_HELP)
@asks
@click.argument("spec")
def port_add(switch: Running, spec: str) -> None:
    """Open the port SPEC and add it to the switch NAME."""
    added = switch.ask("add_port", spec=spec)
    click.echo(f"port {added['port_no']}: {added['name']}")


@port.command("delete")
@asks
@click.argument("port")
def port_delete(switch: Running, port: str) -> None:
    """Delete PORT, a name or a number, from the switch NAME."""
    switch.ask("delete_port", port=port)


@port.command("list")
@asks
def port_list(switch: Running) -> None:
    """List the ports of the switch NAME with their counters."""
    from ofswitch import report

    click.echo(report.ports(switch.ask("ports")))
