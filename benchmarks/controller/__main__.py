"""The command line of the benchmark, and the order in which things are measured."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.console import Console

from benchmarks import shell
from benchmarks.controller import plot, report
from benchmarks.controller.measure import Cell, Measurement, cells, load
from benchmarks.controller.peers import Peer, controllers
from ofbench import native
from ofbench.runtime.sockets import pin
from ofbench.settings import MODES, MOST_HOSTS, MOST_SWITCHES


def _counts(ctx: click.Context, param: click.Parameter, value: str | None) -> list[int] | None:
    if value is None:
        return None
    least, most = (1, MOST_SWITCHES) if param.name == "switches" else (2, MOST_HOSTS)
    try:
        counts = [int(text) for text in value.split(",")]
    except ValueError:
        counts = []
    if not counts or not all(least <= count <= most for count in counts):
        raise click.BadParameter(f"{value!r}: numbers from {least} to {most}, such as 16,64")
    return counts


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--switches", callback=_counts, help="Numbers of switches. [default: 1,16,64]")
@click.option("--macs", callback=_counts, help="Hosts at each switch. [default: 1000,100000]")
@click.option("--mode", "modes", type=click.Choice(MODES), multiple=True, help="[default: both]")
@shell.runs_option
@shell.seconds_option("Of each measurement, after the warm-up.")
@click.option(
    "--quick", is_flag=True, help="One run of one second each; 1 and 16 switches with 1,000 MACs."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    help="Measure ours with so many processes, too, on as many processors (besides the load's).",
)
@shell.wanted_option("controller", "controllers")
@shell.output_option("build/controller")
def main(
    switches: list[int] | None,
    macs: list[int] | None,
    modes: tuple[str, ...],
    runs: int,
    seconds: float,
    quick: bool,
    workers: int,
    wanted: tuple[str, ...],
    output: Path,
) -> None:
    """Measure controllers with fake switches, as ratios to each other.

    \b
    throughput  packet-ins as fast as the controller takes them
    latency     one packet-in at a time from each switch
    """
    console = shell.console(200)
    if not native.AVAILABLE:
        raise click.ClickException(native.MISSING)
    if quick:
        runs, seconds = 1, 1.0
    loads = cells(
        switches or ([1, 16] if quick else [1, 16, 64]),
        macs or ([1000] if quick else [1000, 100_000]),
    )
    loads = [cell for cell in loads if not modes or cell.mode in modes]
    known = controllers(workers)
    chosen = [peer for peer in known if not wanted or any(text in peer.name for text in wanted)]
    present = shell.present(console, "controller", known, chosen)
    results: list[Measurement] = []
    with shell.interruptible(console):
        _measure(console, present, loads, runs, seconds, results)
    if results:
        findings = report.Findings(present, results)
        shell.write(console, output, findings, report, plot.draw)


def _measure(
    console: Console,
    peers: list[Peer],
    loads: list[Cell],
    runs: int,
    seconds: float,
    results: list[Measurement],
) -> None:
    """Measure everything, run after run, so that a passing disturbance hits no controller alone."""
    cpus = _apart(console, max(peer.processors for peer in peers))
    # Drawn by nobody else: a thread would take the load's processor.
    with shell.progress(console, auto_refresh=False) as progress:
        task = progress.add_task("", total=runs * len(loads) * len(peers))
        for run in range(runs):
            for cell in loads:
                for peer in peers:
                    words = f"run {run + 1}: {cell.title}: {peer.name}"
                    progress.update(task, description=words, refresh=True)
                    try:
                        results.append(load(peer, cell, seconds, cpus))
                        console.print(report.line(results[-1]), highlight=False)
                    except (RuntimeError, OSError) as error:
                        console.print(f"[red]{words}: {error}", highlight=False)
                    progress.advance(task)


def _apart(console: Console, wanted: int) -> list[int]:
    """Run on the last processor from now on; returns the others, for the controllers."""
    processors = sorted(os.sched_getaffinity(0))
    pin(processors[-1])
    if len(processors) < 2:
        console.print("[yellow]only one processor: the controllers share it with the load")
        return processors
    others = processors[:-1]
    if len(others) < wanted:
        console.print(f"[yellow]{wanted} workers have {len(others)} processors between them")
    return others


if __name__ == "__main__":
    main()
