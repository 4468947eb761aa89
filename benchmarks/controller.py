"""Controllers under the load of fake switches: responses per second, and the ratio to each peer in the same run.

    python -m benchmarks.controller [--switches 1,16] [--macs 1000] [--seconds 3] [--rounds 3]

The controller has one processor, the load another.
"""

from __future__ import annotations

import os
from statistics import median

import click
from rich.console import Console
from rich.table import Table

from benchmarks import fake_switches
from benchmarks.peers import Peer, controllers, running

MOST_SWITCHES = 255
"""Their addresses hold the datapath id in an octet."""


def measure(peer: Peer, switches: int, macs: int, seconds: float, *, latency: bool) -> float:
    """Responses per second of one controller in one round."""
    with running(peer, cpu=0) as port:
        fakes = [
            fake_switches.connect("127.0.0.1", port, dpid, macs) for dpid in range(1, switches + 1)
        ]
        try:
            return fake_switches.run(fakes, seconds, latency=latency).rate
        finally:
            for fake in fakes:
                fake.sock.close()


def _counts(ctx: click.Context, param: click.Parameter, value: str) -> list[int]:
    try:
        counts = [int(text) for text in value.split(",")]
    except ValueError:
        counts = []
    if not counts or not all(1 <= count <= MOST_SWITCHES for count in counts):
        raise click.BadParameter(f"{value!r}: numbers from 1 to {MOST_SWITCHES}, such as 1,16")
    return counts


@click.command()
@click.option(
    "--switches", callback=_counts, default="1,16", show_default=True, help="Numbers of switches."
)
@click.option(
    "--macs", type=click.IntRange(2, 65536), default=1000, show_default=True, help="Per switch."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1),
    default=3.0,
    show_default=True,
    help="Counted time of a round, after a second's warm-up.",
)
@click.option(
    "--rounds", type=click.IntRange(1), default=3, show_default=True, help="The median is printed."
)
def main(switches: list[int], macs: int, seconds: float, rounds: int) -> None:
    """Measure this controller and its peers with fake switches, cbench-style.

    \b
    throughput  packet-ins as fast as the controller takes them
    latency     one packet-in at a time from each switch
    """
    console = Console()
    try:
        _compare(console, switches, macs, seconds, rounds)
    except (RuntimeError, OSError) as error:
        raise click.ClickException(str(error)) from None


def _compare(console: Console, switches: list[int], macs: int, seconds: float, rounds: int) -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    peers = [peer for peer in controllers() if not peer.missing]
    for peer in controllers():
        if peer.missing:
            console.print(f"[yellow]left out: {peer.name} ({peer.missing})")
    table = Table(title=f"responses/s, {macs} addresses a switch, medians of {rounds} rounds")
    for heading in ("mode", "switches", *(peer.name for peer in peers)):
        table.add_column(heading, justify="right")
    for mode in ("throughput", "latency"):
        for count in switches:
            rates = _rates(console, peers, count, macs, seconds, rounds, mode)
            ours = rates[0]
            cells = [f"{ours:,.0f}", *(_ratio(ours, rate) for rate in rates[1:])]
            table.add_row(mode, str(count), *cells)
    console.print(table)


def _ratio(ours: float, rate: float) -> str:
    return f"{rate:,.0f} (we: {ours / rate:.2f}x)" if rate else "0"


def _rates(
    console: Console,
    peers: list[Peer],
    count: int,
    macs: int,
    seconds: float,
    rounds: int,
    mode: str,
) -> list[float]:
    measured: dict[str, list[float]] = {peer.name: [] for peer in peers}
    for turn in range(rounds):
        for peer in peers:
            rate = measure(peer, count, macs, seconds, latency=mode == "latency")
            measured[peer.name].append(rate)
            console.print(f"{mode}, {count} switches, round {turn + 1}: {peer.name} {rate:,.0f}/s")
    return [median(measured[peer.name]) for peer in peers]


if __name__ == "__main__":
    main()
