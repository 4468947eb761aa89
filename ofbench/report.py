"""What was measured, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from ofbench.address import Address
from ofbench.figures import Ability, Result, microseconds, percentile


def controller_report(address: Address, results: Iterable[Result]) -> Table:
    """A row for each mode."""
    table = Table(title=f"Responses of the controller at {address}", title_justify="left")
    headings = ("", "switches", "MACs", "responses/s", "lowest", "highest", "fairness")
    for heading in (*headings, "p50 us", "p99 us", "p99.9 us", "unanswered"):
        table.add_column(heading, justify="right" if heading else "left")
    for result in results:
        table.add_row(*_row(result))
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
        table.add_column(heading, justify="right" if heading not in ("", "error") else "left")
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
