"""The command line of the benchmark: cells are measured, the largest first, in a process for each processor."""

from __future__ import annotations

import signal
from multiprocessing import Pool
from pathlib import Path

import click
from rich.console import Console

from benchmarks import shell
from benchmarks.swim import plot, report
from benchmarks.swim.cells import Cell, plan, seeds
from benchmarks.swim.contenders import CONDITIONS, CONTENDERS, SIZES, Contender
from benchmarks.swim.findings import Findings
from benchmarks.swim.measure import Measurement, measure

_QUICK_PART = 0.25
_LEAST_SIZE, _MOST_SIZE = 3, 65_536


def _sizes(ctx: click.Context, param: click.Parameter, value: str | None) -> list[int] | None:
    if value is None:
        return None
    try:
        sizes = [int(text) for text in value.split(",")]
    except ValueError:
        sizes = []
    if not sizes or not all(_LEAST_SIZE <= size <= _MOST_SIZE for size in sizes):
        text = f"{value!r}: numbers from {_LEAST_SIZE} to {_MOST_SIZE}, such as 16,128"
        raise click.BadParameter(text)
    return sizes


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--sizes", callback=_sizes, help="Members. [default: 16,128,1024,8192]")
@click.option(
    "--condition", "conditions", type=click.Choice(list(CONDITIONS)), multiple=True,
    help="Only under this. [default: all]",
)  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Of the first run.")
@click.option(
    "--runs", type=click.IntRange(1),
    help="Each of another seed. [default: 3 or 6 where one is too few, else 1]",
)  # fmt: skip
@click.option("--quick", is_flag=True, help="One run, a quarter of the time; 16 and 128 members.")
@click.option("--jobs", type=click.IntRange(1), help="Processes. [default: one for a processor]")
@shell.wanted_option("protocol", "protocols")
@shell.output_option("build/swim")
def main(
    sizes: list[int] | None,
    conditions: tuple[str, ...],
    seed: int,
    runs: int | None,
    quick: bool,
    jobs: int | None,
    wanted: tuple[str, ...],
    output: Path,
) -> None:
    """Compare protocols of membership in simulation.

    \b
    ours                     as configured by the preset lan
    SWIM                     as its paper has it, with suspicion
    SWIM without suspicion   the same, but who fails a probe is dead
    mirage-swim's rules      neither suspicion nor incarnations

    The whole takes more than three hours of a processor, and a process with 8,192 members
    up to 10 GB of memory.
    """
    console = shell.console(200)
    chosen = [one for one in CONTENDERS if not wanted or any(text in one.name for text in wanted)]
    present = shell.present(console, "protocol", list(CONTENDERS), chosen)
    sizes = sizes or list(SIZES[:2] if quick else SIZES)
    cells = [Cell(name, size) for size in sizes for name in conditions or CONDITIONS]
    runs = 1 if quick else runs
    todo = [
        (one, cell, number)
        for cell in cells
        for one in present
        for number in range(seed, seed + (runs or seeds(one, cell)))
    ]
    results: list[Measurement] = []
    with shell.interruptible(console):
        _measure(console, todo, _QUICK_PART if quick else 1.0, jobs, results)
    if results:
        places = {(one.name, *rest): place for place, (one, *rest) in enumerate(todo)}
        results.sort(key=lambda one: places[one.contender, one.cell, one.seed])
        shell.write(console, output, Findings(present, results), report, plot.draw)


def _measure(
    console: Console,
    todo: list[tuple[Contender, Cell, int]],
    part: float,
    jobs: int | None,
    results: list[Measurement],
) -> None:
    todo = sorted(todo, key=lambda task: (-task[1].size, -plan(task[0], task[1], part).member_s))
    tasks = [(one.name, cell, seed, part) for one, cell, seed in todo]
    with (
        shell.progress(console) as progress,
        Pool(jobs, initializer=_leave_interrupts_to_the_parent) as pool,
    ):
        bar = progress.add_task("", total=len(tasks))
        for words, found in pool.imap_unordered(_task, tasks):
            if isinstance(found, Measurement):
                results.append(found)
                console.print(report.line(found), highlight=False)
            else:
                console.print(f"[red]{words}: {found}", highlight=False)
            progress.update(bar, description=words, advance=1)


def _task(task: tuple[str, Cell, int, float]) -> tuple[str, Measurement | str]:
    """Measure; what goes wrong costs only this."""
    name, cell, seed, _ = task
    words = f"seed {seed}: {cell.title}: {name}"
    try:
        return words, measure(*task)
    except Exception as error:  # noqa: BLE001 (the others are measured all the same)
        return words, f"{type(error).__name__}: {error}"


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


if __name__ == "__main__":
    main()
