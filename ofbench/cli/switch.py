"""`ofbench switch`: what a switch is asked, and where the figures go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ofbench.address import Address
from ofbench.cli.ending import terminal, told, whatever_ends_it, write
from ofbench.cli.values import Place, as_json, cpu, pin, protocol
from ofbench.settings import SwitchSettings


@click.command(short_help="Measure a switch.")
@click.argument("address", type=Place())
@protocol
@click.option("--flows", type=click.IntRange(1), default=10_000, show_default=True)
@click.option("--packets", type=click.IntRange(8), default=20_000, show_default=True)
@click.option(
    "--port", type=click.IntRange(1), help="Send packet-outs to this port. [default: nowhere]"
)
@click.option(
    "--rounds", type=click.IntRange(1, 1000), default=3, show_default=True, help="Medians are told."
)
@cpu
@as_json
def switch(address: Address, cpu: int | None, json_to: Path | None, **options: Any) -> None:
    """Measure the switch at ADDRESS: tcp:HOST:PORT where it listens, or ptcp:PORT[:HOST] to wait for it.

    Its flows are added below all others, match what nobody sends, and are deleted again; those of a
    round that is cut short are left.
    """
    with told(address):
        from ofbench.abilities import SwitchResult
        from ofbench.documents import switch_document
        from ofbench.progress import steps
        from ofbench.report import switch_report
        from ofbench.runtime.machine import here_and_now
        from ofbench.runtime.switch import measure

        pin(cpu)
        console, origin = terminal(), here_and_now()
        result = SwitchResult(SwitchSettings(**options))

        def tell(cut_short_by: str | None) -> None:
            if result.passages:
                console.print(switch_report(address, result))
                write(switch_document(address, origin, result, cut_short_by), json_to)

        with whatever_ends_it(tell), steps(console) as watch:
            measure(address, result, watch)
