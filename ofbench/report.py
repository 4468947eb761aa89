"""What was measured, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from ofbench.address import Address
from ofbench.figures import Ability, Result, microseconds, percentile

_HEADINGS = (
    "",
    "switches",
    "MACs",
    "responses/s",
    "lowest",
    "highest",
    "fairness",
    "p50 us",
    "p99 us",
    "p99.9 us",
    "unanswered",
)


def controller_report(address: Address, results: Iterable[Result]) -> list[Table]:
    """A row for each mode; to be seen where there is room for it, and the same, turned."""
    title = f"Responses of the controller at {address}"
    return _tables(title, [_HEADINGS, *map(_row, results)])


def fitting(tables: Iterable[Table], console: Console) -> Table:
    """The first of these that a terminal is wide enough for, or the last."""
    for table in tables:
        anywhere = console.options.update(max_width=1000)
        if Measurement.get(console, anywhere, table).minimum <= console.width:
            break
    return table


def _tables(title: str, rows: Sequence[Sequence[str]]) -> list[Table]:
    return [_table(title, rows), _table(title, list(zip(*rows, strict=True)))]


def _table(title: str, rows: Sequence[Sequence[str]]) -> Table:
    """A table whose first row and first column are headings. Numbers are never cut."""
    table = Table(title=title, title_justify="left")
    for heading in rows[0]:
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for row in rows[1:]:
        table.add_row(*row)
    return table


def _row(result: Result) -> list[str]:
    rates = [turn.rate for turn in result.rounds]
    times = result.percentiles()
    return [
        result.mode,
        f"{result.switches:,}",
        f"{result.hosts:,}",
        *(f"{rate:,.0f}" for rate in (result.rate, min(rates), max(rates))),
        f"{result.fairness:.4f}",
        *(number(times[name]) for name in ("p50", "p99", "p99.9")),
        f"{result.total('unanswered'):,}",
    ]


def number(value: float | None, digits: int = 0) -> str:
    """A number for a cell; nothing when it was not measured."""
    return "" if value is None else f"{value:,.{digits}f}"


def switch_report(address: Address, dpid: int, abilities: Iterable[Ability]) -> Table:
    """A row for each kind of message."""
    table = Table(title=f"Switch {dpid:016x} at {address}", title_justify="left")
    for heading in ("", "a second", "lowest", "highest", "p50 us", "p99 us", "lost", "error"):
        words = heading in ("", "error")
        table.add_column(
            heading, justify="left" if words else "right", no_wrap=not words, overflow="fold"
        )
    for ability in abilities:
        times = (microseconds(percentile(ability.times, percent)) for percent in (50, 99))
        table.add_row(
            ability.name,
            *(f"{rate:,.0f}" for rate in (ability.rate, ability.lowest, ability.highest)),
            *(number(time) for time in times),
            f"{ability.lost:,}" if ability.lost else "",
            ability.error or "",
        )
    return table
