"""The progress of a measurement, on a terminal; next to nothing where there is none.

It is drawn when there is something new, by who tells it: a thread would take the load's processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

NOBODY = "nobody listens"
"""A phase: it is tried again. The only one that is told where there is no terminal."""

RATE = "{task.fields[phase]:14} {task.fields[rate]:>12,.0f} responses/s"


@contextmanager
def progress(console: Console, mode: str) -> Iterator[Callable[[str, float, float], None]]:
    """Show a bar while a controller is loaded, and take it away."""
    with _bar(console, RATE) as bar:
        task = bar.add_task(mode, total=1.0, phase="connecting", rate=0.0)
        bar.refresh()

        patient = False

        def watch(phase: str, part: float, rate: float) -> None:
            nonlocal patient
            if phase == NOBODY and not patient:
                patient = True
                console.print(f"{mode}: nobody listens there yet; trying again for a while")
            bar.update(task, completed=part, phase=phase, rate=rate, refresh=True)

        yield watch


@contextmanager
def steps(console: Console) -> Iterator[Callable[[str, float], None]]:
    """Show a bar while a switch is measured, and take it away."""
    with _bar(console, "") as bar:
        task = bar.add_task("connecting", total=1.0)
        bar.refresh()

        def watch(name: str, part: float) -> None:
            bar.update(task, description=name, completed=part, refresh=True)

        yield watch


def _bar(console: Console, words: str) -> Progress:
    return Progress(
        TextColumn("{task.description:12}"),
        BarColumn(),
        TextColumn(words),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        auto_refresh=False,
        disable=not console.is_terminal,
    )
