"""The progress of a load, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ofbench.runtime import Watch


@contextmanager
def progress(console: Console, mode: str) -> Iterator[Watch]:
    """Show a bar while a load runs, and forget it; nothing where there is no terminal."""
    columns = (
        TextColumn("{task.description:12}"),
        BarColumn(),
        TextColumn("{task.fields[phase]:14} {task.fields[rate]:>12,.0f} responses/s"),
        TimeRemainingColumn(),
    )
    # Drawn when there is something new, by who tells it: a thread would take the load's processor.
    with Progress(
        *columns,
        console=console,
        transient=True,
        auto_refresh=False,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(mode, total=1.0, phase="connecting", rate=0.0)
        bar.refresh()

        def watch(phase: str, part: float, rate: float) -> None:
            bar.update(task, completed=part, phase=phase, rate=rate)
            bar.refresh()

        yield watch
