"""`ofswitch port`: the ports of a running switch."""

from __future__ import annotations

import re
from pathlib import Path

import click

from console.asking import Running
from console.options import as_json
from ofswitch.cli.asking import asks, tell
from ofswitch.cli.run import PORTS_HELP


@click.group()
def port() -> None:
    """Add, delete or list the ports of a running switch."""


@port.command("add", epilog=PORTS_HELP)
@asks
@click.argument("spec")
def port_add(switch: Running, spec: str) -> None:
    """Open the port SPEC and add it to the switch NAME."""
    added = switch.ask("add_port", spec=_checked(spec))
    click.echo(f"port {added['port_no']}: {added['name']}")


@port.command("delete")
@asks
@click.argument("port")
def port_delete(switch: Running, port: str) -> None:
    """Delete PORT, a name or a number, from the switch NAME."""
    switch.ask("delete_port", port=port)


@port.command("list")
@asks
@as_json
def port_list(switch: Running, as_json: bool) -> None:
    """List the ports of the switch NAME with their counters."""
    from ofswitch import report

    tell(switch.ask("ports"), report.ports, as_json=as_json)


_FILE = re.compile(r"(?<=[:,])(read|write)=([^,]+)")


def _checked(spec: str) -> str:
    """A specification that may work, with its files as they are found from anywhere: the switch runs elsewhere."""
    from ofswitch.ports.spec import PortError, parse_spec

    try:
        kind = parse_spec(spec).kind
    except PortError as error:
        raise click.UsageError(str(error)) from None
    if kind != "pcap":
        return spec
    return _FILE.sub(lambda found: f"{found[1]}={Path(found[2]).absolute()}", spec)
