"""`ofbench bare`."""

from __future__ import annotations

from contextlib import suppress

import click

from ofbench.address import Address
from ofbench.cli.ending import told
from ofbench.cli.values import Place, cpu, pin, protocol
from openflow.versions import Version


@click.command(short_help="Be a controller that only answers.")
@click.argument("address", type=Place(listen=True))
@protocol
@cpu
def bare(address: Address, version: Version, cpu: int | None) -> None:
    """Be a controller at ADDRESS (ptcp:PORT[:HOST]) that answers every packet-in and does nothing else.

    What it reaches is the most that `ofbench controller` can drive on a machine. Runs until Ctrl-C.
    """
    with told(address):
        from ofbench.runtime.controller import serve_bare

        pin(cpu)
        with suppress(KeyboardInterrupt):
            serve_bare(address, version)
