"""The demonstration, ``oflab demo``: what somebody sees first of this project.

A network comes up, everybody pings everybody, TCP runs, and then the switch is asked what it learned
on the way.
"""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table

from topologies.interrupts import Interrupts
from topologies.network import Network, Unavailable
from topologies.pingall import PingMatrix, pingall
from topologies.questions import QUESTIONS

TOPOLOGY = "single,3"
IPERF_SECONDS = 3
WIDTH = 100
"""Columns that the flow table needs, also where nobody knows how wide the terminal is."""

NEXT = """Next:
  sudo oflab --topo tree,2,3 --cli           a prompt, for h1 ping h9 and more
  sudo oflab --controller ./my_script.py     your own controller
  oflab --help, ofswitch --help, ofcontroller --help"""


async def show(network: Network, interrupts: Interrupts) -> int:
    """Show everything; return the exit status: 0 when all pings arrived and TCP passed."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.width = max(console.width, WIDTH)
    switch = next(iter(network.topology.switches))

    _head(console, f"A network is up: {network.topology.summary}")
    console.print(_controllers(await network.ask(switch, "show")))

    _head(console, "Every host pings every other")
    matrix = await pingall(network)
    console.print(_matrix(matrix), matrix.result)

    _head(console, "TCP between the first host and the last, offloads untouched")
    console.print(await _tcp(network))

    _head(console, f"The flow table that the controller has set up in {switch}")
    console.print(_flows(network, await network.ask(switch, "flows")))

    _head(console, f"Packets that {switch} dropped")
    console.print(QUESTIONS["drops"].format(await network.ask(switch, "drops")))

    console.print(f"\n{NEXT}")
    return 0 if matrix.received == matrix.sent else 1


def _head(console: Console, text: str) -> None:
    console.print(f"\n{text}", style="bold")


def _controllers(answer: dict[str, Any]) -> str:
    """Tell who controls a switch, from its answer to ``show``."""
    sessions = [f"{one['peer']} by {one['version']}" for one in answer["sessions"]]
    return f"{answer['name']} is controlled from {', '.join(sessions) or 'nowhere'}"


def _matrix(matrix: PingMatrix) -> RenderableType:
    """Return the round trips as a table, one row for each source."""
    table = _table("ms", *matrix.hosts)
    for source in matrix.hosts:
        times = [matrix.round_trips.get((source, target)) for target in matrix.hosts]
        cells = ["lost" if time is None else f"{time:.2f}" for time in times]
        cells[matrix.hosts.index(source)] = ""
        table.add_row(source, *cells)
    return table


async def _tcp(network: Network) -> str:
    """Measure TCP, or say what is missing for that."""
    hosts = list(network.topology.hosts)
    try:
        rate = await network.iperf(hosts[0], hosts[-1], IPERF_SECONDS)
    except Unavailable as reason:
        return f"left out: {reason}"
    return f"{hosts[0]} -> {hosts[-1]}: {rate:.2f} Gbit/s"


def _flows(network: Network, lines: list[str]) -> RenderableType:
    """Return the flow entries as a table, with hosts' names for their addresses."""
    table = _table("packets", "bytes", "priority", "match", "actions")
    for line in lines:
        counters, actions = line.split(" actions=")
        *head, what = counters.split(", ")
        values = dict(word.split("=") for word in head if "=" in word)
        priority, _, match = what.removeprefix("priority=").partition(",")
        for host in network.topology.hosts.values():
            match = match.replace(host.mac_text, host.name)
        table.add_row(values["n_packets"], values["n_bytes"], priority, match or "any", actions)
    return table


def _table(*columns: str) -> Table:
    return Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
