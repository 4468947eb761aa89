"""What the command lines of benchmarks have in common: who takes part, progress, an early end, what is written."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Protocol, TypeVar

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

from benchmarks.tables import Table

Command = Callable[..., Any]


class Contender(Protocol):
    """Who may take part."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def missing(self) -> str:
        """What to install where it is not here."""


C = TypeVar("C", bound=Contender)


class Report(Protocol):
    """A module that tells what was found."""

    def tables(self, findings: Any) -> Iterable[Table]:
        """All that there is to tell."""

    def markdown(self, findings: Any) -> str:
        """The same as a document."""

    def as_json(self, findings: Any) -> str:
        """All that was measured."""


def runs_option(command: Command) -> Command:
    """Add --runs."""
    kind = click.IntRange(1)
    help_ = "Medians are told."
    return click.option("--runs", type=kind, default=5, show_default=True, help=help_)(command)


def seconds_option(words: str) -> Callable[[Command], Command]:
    """Add --seconds."""
    kind = click.FloatRange(0.1)
    return click.option("--seconds", type=kind, default=2.0, show_default=True, help=words)


def wanted_option(kind: str, kinds: str) -> Callable[[Command], Command]:
    """Add an option, named after their kind, that chooses contenders by a part of their names."""
    words = f"Only {kinds} with this in their names."
    return click.option(f"--{kind}", "wanted", multiple=True, metavar="TEXT", help=words)


def output_option(folder: str) -> Callable[[Command], Command]:
    """Add --output."""
    return click.option(
        "--output",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(folder),
        show_default=True,
        help="Where to write table.md, measurements.json and plot.png.",
    )


def console(columns: int) -> Console:
    """A console that is so wide where there is no terminal."""
    return Console(width=None if sys.stdout.isatty() else columns)


def progress(to: Console, **more: Any) -> Progress:
    """A bar that says how much is done and how long the rest takes."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=to, transient=True, **more)


@contextmanager
def interruptible(to: Console) -> Iterator[None]:
    """What is measured in this block may be interrupted; what was measured until then counts."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        to.print("[yellow]interrupted: this is what was measured until then")


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    """End it in good order, once: whoever is impatient must not keep it from clearing up behind itself."""
    for impatient in (signal.SIGINT, signal.SIGTERM):
        signal.signal(impatient, signal.SIG_IGN)
    raise KeyboardInterrupt


def present(to: Console, kind: str, known: list[C], chosen: Iterable[C]) -> list[C]:
    """Those of the chosen that are here; says which are not. Raises ClickException when none is."""
    found = []
    for contender in chosen:
        if contender.missing:
            to.print(f"[yellow]left out: {contender.name} ({contender.missing})", highlight=False)
        else:
            found.append(contender)
    if not found:
        names = ", ".join(repr(contender.name) for contender in known)
        raise click.ClickException(f"no {kind} to measure; there are {names}")
    return found


def write(
    to: Console, output: Path, findings: Any, report: Report, draw: Callable[[Any, Path], object]
) -> None:
    """Show what was found; write table.md, measurements.json and, where there is matplotlib, plot.png."""
    output.mkdir(parents=True, exist_ok=True)
    for table in report.tables(findings):
        to.print(table.rich())
    (output / "table.md").write_text(report.markdown(findings), encoding="utf-8")
    (output / "measurements.json").write_text(report.as_json(findings), encoding="utf-8")
    to.print(f"written: {output / 'table.md'}, {output / 'measurements.json'}")
    try:
        draw(findings, output / "plot.png")
        to.print(f"written: {output / 'plot.png'}")
    except ImportError:
        to.print("[yellow]no plot: pip install matplotlib (or this package's extra: bench)")
