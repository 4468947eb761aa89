"""The command line of the benchmark, and the order in which things are measured."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from benchmarks.controller import plot, report
from benchmarks.controller.measure import Cell, Measurement, cells, load
from benchmarks.controller.peers import Peer, controllers
from ofbench import native
from ofbench.cli import MOST_HOSTS, MOST_SWITCHES
from ofbench.runtime.controller import MODES
from ofbench.runtime.sockets import pin


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
@click.option(
    "--runs", type=click.IntRange(1), default=5, show_default=True, help="Medians are told."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1),
    default=2.0,
    show_default=True,
    help="Of each measurement, after the warm-up.",
)
@click.option(
    "--quick", is_flag=True, help="One run of one second each; 1 and 16 switches with 1,000 MACs."
)
@click.option(
    "--controller",
    "wanted",
    multiple=True,
    metavar="TEXT",
    help="Only controllers with this in their names.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/controller"),
    show_default=True,
    help="Where to write table.md, measurements.json and plot.png.",
)
def main(
    switches: list[int] | None,
    macs: list[int] | None,
    modes: tuple[str, ...],
    runs: int,
    seconds: float,
    quick: bool,
    wanted: tuple[str, ...],
    output: Path,
) -> None:
    """Measure controllers with fake switches, as ratios to each other.

    \b
    throughput  packet-ins as fast as the controller takes them
    latency     one packet-in at a time from each switch
    """
    console = Console(width=None if sys.stdout.isatty() else 200)
    if not native.AVAILABLE:
        raise click.ClickException(native.MISSING)
    if quick:
        runs, seconds = 1, 1.0
    loads = cells(
        switches or ([1, 16] if quick else [1, 16, 64]),
        macs or ([1000] if quick else [1000, 100_000]),
    )
    loads = [cell for cell in loads if not modes or cell.mode in modes]
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _interrupt)
    present = _present(console, wanted)
    results: list[Measurement] = []
    try:
        _measure(console, present, loads, runs, seconds, results)
    except KeyboardInterrupt:
        console.print("[yellow]interrupted: this is what was measured until then")
    if results:
        _tell(console, present, results, output)


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    """End it in good order, once: whoever is impatient must not leave a controller behind."""
    for impatient in (signal.SIGINT, signal.SIGTERM):
        signal.signal(impatient, signal.SIG_IGN)
    raise KeyboardInterrupt


def _present(console: Console, wanted: tuple[str, ...]) -> list[Peer]:
    known = controllers()
    chosen = [peer for peer in known if not wanted or any(text in peer.name for text in wanted)]
    for peer in chosen:
        if peer.missing:
            console.print(f"[yellow]left out: {peer.name} ({peer.missing})", highlight=False)
    present = [peer for peer in chosen if not peer.missing]
    if not present:
        names = ", ".join(repr(peer.name) for peer in known)
        raise click.ClickException(f"no controller to measure; there are {names}")
    return present


def _measure(
    console: Console,
    peers: list[Peer],
    loads: list[Cell],
    runs: int,
    seconds: float,
    results: list[Measurement],
) -> None:
    """Measure everything, run after run, so that a passing disturbance hits no controller alone."""
    cpu = _apart(console)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    # Drawn by nobody else: a thread would take the load's processor.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=runs * len(loads) * len(peers))
        for run in range(runs):
            for cell in loads:
                for peer in peers:
                    words = f"run {run + 1}: {cell.title}: {peer.name}"
                    progress.update(task, description=words, refresh=True)
                    try:
                        results.append(load(peer, cell, seconds, cpu))
                        console.print(report.line(results[-1]), highlight=False)
                    except (RuntimeError, OSError) as error:
                        console.print(f"[red]{words}: {error}", highlight=False)
                    progress.advance(task)


def _apart(console: Console) -> int:
    """Run on the last processor from now on; returns the first one, for the controllers."""
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) < 2:
        console.print("[yellow]only one processor: the controllers share it with the load")
    pin(processors[-1])
    return processors[0]


def _tell(console: Console, present: list[Peer], results: list[Measurement], output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    findings = report.Findings(present, results)
    for table in report.tables(findings):
        console.print(table.rich())
    (output / "table.md").write_text(report.markdown(findings), encoding="utf-8")
    (output / "measurements.json").write_text(report.as_json(findings), encoding="utf-8")
    console.print(f"written: {output / 'table.md'}, {output / 'measurements.json'}")
    try:
        plot.draw(findings, output / "plot.png")
        console.print(f"written: {output / 'plot.png'}")
    except ImportError:
        console.print("[yellow]no plot: pip install matplotlib (or this package's extra: bench)")


if __name__ == "__main__":
    main()
