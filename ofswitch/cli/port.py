"""`ofswitch port`: the ports of a running switch."""

from __future__ import annotations

from pathlib import Path

import click

from ofswitch.cli.asking import ask, asks
from ofswitch.cli.run import PORTS_HELP


@click.group()
def port() -> None:
    """Add, delete or list the ports of a running switch."""


@port.command("add", epilog=PORTS_HELP)
@asks
@click.argument("spec")
def port_add(name: str, spec: str, control: Path | None) -> None:
    """Open the port SPEC and add it to the switch NAME."""
    added = ask(name, control, "add_port", spec=spec)
    click.echo(f"port {added['port_no']}: {added['name']}")


@port.command("delete")
@asks
@click.argument("port")
def port_delete(name: str, port: str, control: Path | None) -> None:
    """Delete PORT, a name or a number, from the switch NAME."""
    ask(name, control, "delete_port", port=port)


@port.command("list")
@asks
def port_list(name: str, control: Path | None) -> None:
    """List the ports of the switch NAME with their counters."""
    from ofswitch import report

    click.echo(report.ports(ask(name, control, "ports")))
