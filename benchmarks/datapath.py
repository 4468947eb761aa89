"""Switches between two hosts: packets per second, TCP throughput, round trip, and ratios in the same run.

    python -m benchmarks.datapath [--seconds 3] [--rounds 3]

All switches learn addresses as an Ethernet switch does; the hosts keep their default offloads. Needs root and iperf3.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from statistics import median

import click
from rich.console import Console
from rich.table import Table

from benchmarks.network import ADDRESSES, Switch, in_host, run, switches

FIGURES = ("thousand packets/s", "TCP Gbit/s", "round trip us")


def measure(switch: Switch, seconds: float) -> tuple[float, float, float]:
    """Thousands of 64-byte frames per second that arrive, TCP Gbit/s, median round trip in microseconds."""
    with switch.start():
        _wait_for_ping()
        return _packets(seconds) / 1000, _tcp(seconds), _round_trip()


def _wait_for_ping() -> None:
    deadline = time.monotonic() + 20
    command = in_host(0, "ping", "-c", "1", "-W", "1", ADDRESSES[1])
    while subprocess.run(command, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            raise RuntimeError("no ping gets through")


def _packets(seconds: float) -> float:
    target = run(*in_host(1, "cat", "/sys/class/net/eth0/address")).strip()
    command = in_host(0, sys.executable, "-m", "benchmarks.flood", "eth0", target, str(seconds))
    before = _received()
    run(*command)
    return (_received() - before) / seconds


def _received() -> int:
    return int(run(*in_host(1, "cat", "/sys/class/net/eth0/statistics/rx_packets")))


def _tcp(seconds: float) -> float:
    """Gbit/s; 0 when the connection never comes about."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(in_host(1, "iperf3", "-s", "-1"), **quiet) as server:
        time.sleep(0.3)
        command = in_host(0, "iperf3", "-J", "-c", ADDRESSES[1], "-t", str(seconds))
        command += ["--connect-timeout", "3000"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        with contextlib.suppress(ProcessLookupError):
            server.terminate()
    end = json.loads(done.stdout or "{}").get("end", {})
    return float(end.get("sum_received", {}).get("bits_per_second", 0)) / 1e9


def _round_trip() -> float:
    text = run(*in_host(0, "ping", "-c", "300", "-i", "0.002", "-q", ADDRESSES[1]))
    found = re.search(r"= [\d.]+/([\d.]+)/", text)
    return float(found[1]) * 1000 if found else float("nan")


@click.command()
@click.option(
    "--seconds",
    type=click.FloatRange(1),
    default=3.0,
    show_default=True,
    help="Time of each measurement.",
)
@click.option(
    "--rounds", type=click.IntRange(1), default=3, show_default=True, help="Medians are printed."
)
def main(seconds: float, rounds: int) -> None:
    """Measure this switch and its peers between two network namespaces."""
    console = Console()
    if os.geteuid() or not shutil.which("iperf3"):
        raise click.ClickException("this needs root, and iperf3 (apt-get install iperf3)")
    for switch in switches():
        if switch.missing:
            console.print(f"[yellow]left out: {switch.name} ({switch.missing})")
    present = [switch for switch in switches() if not switch.missing]
    results: dict[str, list[tuple[float, ...]]] = {switch.name: [] for switch in present}
    for turn in range(rounds):
        for switch in present:
            try:
                figures = measure(switch, seconds)
            except (RuntimeError, OSError) as error:
                raise click.ClickException(f"{switch.name}: {error}") from None
            results[switch.name].append(figures)
            shown = ", ".join(f"{value:,.1f} {what}" for value, what in zip(figures, FIGURES))
            console.print(f"round {turn + 1}: {switch.name}: {shown}")
    console.print(_table(results, rounds))


def _table(results: dict[str, list[tuple[float, ...]]], rounds: int) -> Table:
    table = Table(title=f"between two namespaces, medians of {rounds} rounds; x: ours over this")
    table.add_column("switch")
    for figure in FIGURES:
        table.add_column(figure, justify="right")
    medians = {name: [median(column) for column in zip(*rows)] for name, rows in results.items()}
    ours = next(iter(medians.values()))
    for name, values in medians.items():
        ratios = [f" ({mine / value:.2f}x)" if value else "" for mine, value in zip(ours, values)]
        table.add_row(name, *(f"{value:,.1f}{ratio}" for value, ratio in zip(values, ratios)))
    return table


if __name__ == "__main__":
    main()
