"""The command line of the benchmark, and the order in which things are measured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console

from benchmarks import shell
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
@shell.runs_option
@shell.seconds_option("Of each measurement.")
@click.option(
    "--quick",
    is_flag=True,
    help="One run of one second each, of the kinds of port that are the default.",
)
@click.option("--minutes", type=click.FloatRange(0), help="Begin no further run after so long.")
@shell.wanted_option("switch", "switches")
@click.option("--rules", callback=_choice, default=",".join(RULES), show_default=True)
@click.option(
    "--traffic",
    "flows",
    callback=_choice,
    default=",".join(TRAFFIC),
    show_default=True,
    help="Flows.",
)
@shell.output_option("build/datapath")
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
    console = shell.console(160)
    if complaint := measure.why_not():
        raise click.ClickException(complaint)
    if quick:
        runs, seconds = 1, 1.0
    present = _present(console, wanted, quick)
    sessions = plan(present, rules, tuple(flows))
    results: list[Measurement] = []
    try:
        with shell.interruptible(console):
            traffic.program()
            _measure(console, sessions, runs, seconds, Budget(minutes), results)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    if results:
        findings = report.Findings(present, results)
        shell.write(console, output, findings, report, plot.draw)


def _present(console: Console, wanted: tuple[str, ...], quick: bool) -> list[Switch]:
    known = switches()
    chosen = [
        switch
        for switch in known
        if (any(text in switch.name for text in wanted) if wanted else switch.quick or not quick)
    ]
    return shell.present(console, "switch", known, chosen)


def _measure(
    console: Console,
    sessions: list[Session],
    runs: int,
    seconds: float,
    budget: Budget,
    results: list[Measurement],
) -> None:
    """Measure all sessions, run after run, so that a passing disturbance hits no switch alone."""
    broken: set[str] = set()
    with shell.progress(console) as progress:
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


if __name__ == "__main__":
    main()
