"""The command line of the benchmark, and the order in which things are measured."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
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

from benchmarks.datapath import measure, plot, report, traffic
from benchmarks.datapath.measure import TRAFFIC, Measurement, Session
from benchmarks.datapath.rules import MILLION, ONE_FLOW, RULES
from benchmarks.datapath.switches import Switch, switches


def plan(present: list[Switch], rules: list[str], flows: tuple[str, ...]) -> list[Session]:
    """What one run measures. What takes no rules is the same with all of them, and measured once."""
    sessions = []
    for switch in present:
        if not switch.takes_rules:
            sessions.append(Session(switch, ONE_FLOW, ("1",)))
            continue
        chosen = [RULES[name] for name in rules if name != MILLION.name or switch.holds_a_million]
        sessions += [Session(switch, chosen_rules, flows) for chosen_rules in chosen]
        sessions.append(Session(switch, ONE_FLOW, (), set_up=True))
    return sessions


class Budget:
    """The time that may pass before no further run is begun."""

    def __init__(self, minutes: float | None) -> None:
        self._until = time.monotonic() + minutes * 60 if minutes else None

    def is_spent(self) -> bool:
        """Whether it has passed."""
        return self._until is not None and time.monotonic() > self._until


def _choice(context: click.Context, param: click.Parameter, value: str) -> list[str]:
    known = RULES if param.name == "rules" else TRAFFIC
    chosen = [word for word in value.split(",") if word]
    for word in chosen:
        if word not in known:
            raise click.BadParameter(f"{word!r} is none of {', '.join(known)}")
    return chosen


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--runs", type=click.IntRange(1), default=5, show_default=True, help="Medians are told."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1),
    default=2.0,
    show_default=True,
    help="Of each measurement.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="One run of one second each, of the kinds of port that are the default.",
)
@click.option("--minutes", type=click.FloatRange(0), help="Begin no further run after so long.")
@click.option(
    "--switch",
    "wanted",
    multiple=True,
    metavar="TEXT",
    help="Only switches with this in their names.",
)
@click.option("--rules", callback=_choice, default=",".join(RULES), show_default=True)
@click.option(
    "--traffic",
    "flows",
    callback=_choice,
    default=",".join(TRAFFIC),
    show_default=True,
    help="Flows.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/datapath"),
    show_default=True,
    help="Where to write table.md, measurements.json and plot.png.",
)
def main(
    runs: int,
    seconds: float,
    quick: bool,
    minutes: float | None,
    wanted: tuple[str, ...],
    rules: list[str],
    flows: list[str],
    output: Path,
) -> None:
    """Measure switches between two hosts, as ratios to each other."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    if complaint := measure.why_not():
        raise click.ClickException(complaint)
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _interrupt)
    if quick:
        runs, seconds = 1, 1.0
    present = _present(console, wanted, quick)
    sessions = plan(present, rules, tuple(flows))
    results: list[Measurement] = []
    try:
        traffic.program()
        _measure(console, sessions, runs, seconds, Budget(minutes), results)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        console.print("[yellow]interrupted: this is what was measured until then")
    if results:
        _tell(console, present, results, output)


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    """End it in good order, once: whoever is impatient must not keep it from taking the namespaces away."""
    for impatient in (signal.SIGINT, signal.SIGTERM):
        signal.signal(impatient, signal.SIG_IGN)
    raise KeyboardInterrupt


def _present(console: Console, wanted: tuple[str, ...], quick: bool) -> list[Switch]:
    chosen = [
        switch
        for switch in switches()
        if (any(text in switch.name for text in wanted) if wanted else switch.quick or not quick)
    ]
    for switch in chosen:
        if switch.missing:
            console.print(f"[yellow]left out: {switch.name} ({switch.missing})")
    present = [switch for switch in chosen if not switch.missing]
    if not present:
        names = ", ".join(repr(switch.name) for switch in switches())
        raise click.ClickException(f"no switch to measure; there are {names}")
    return present


def _measure(
    console: Console,
    sessions: list[Session],
    runs: int,
    seconds: float,
    budget: Budget,
    results: list[Measurement],
) -> None:
    """Measure all sessions, run after run, so that a passing disturbance hits no switch alone."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    broken: set[str] = set()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=runs * len(sessions))
        for run in range(runs):
            if run and budget.is_spent():
                console.print(f"[yellow]the time is up after {run} of {runs} runs")
                return
            for session in sessions:
                progress.update(task, description=f"run {run + 1}: {session.title}")
                if session.title not in broken:
                    for measurement in _guarded(console, session, seconds, broken):
                        results.append(measurement)
                        console.print(report.line(measurement), highlight=False)
                progress.advance(task)


def _guarded(
    console: Console, session: Session, seconds: float, broken: set[str]
) -> Iterator[Measurement]:
    """The measurements of a session; one that fails is told, and not tried in further runs."""
    try:
        yield from measure.measure(session, seconds)
    except (RuntimeError, OSError) as error:
        broken.add(session.title)
        console.print(f"[red]{session.title}: {error}", highlight=False)


def _tell(
    console: Console, present: list[Switch], results: list[Measurement], output: Path
) -> None:
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
