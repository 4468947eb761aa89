"""What was measured, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from ofbench.abilities import SwitchResult
from ofbench.address import Address
from ofbench.figures import Result

HEADINGS = (
    "",
    "responses/s",
    "lowest",
    "highest",
    "fairness",
    "p50 us",
    "p99 us",
    "p99.9 us",
    "unanswered",
    "in flight",
    "load busy",
)
SWITCH_HEADINGS = ("", "a second", "lowest", "highest", "p50 us", "p99 us", "lost", "error")


def controller_report(address: Address, results: Sequence[Result]) -> list[Table]:
    """A row for each mode; to be seen where there is room for it, and the same, turned."""
    title = f"Responses of the controller at {address}\n{loaded_with(results[0])}"
    return _tables(title, [HEADINGS, *map(_row, results)])


def loaded_with(result: Result) -> str:
    """The load, but for its mode."""
    load = result.settings
    return (
        f"{load.version.text}, {count(load.switches, 'switch', 'es')}, {load.hosts:,} MACs and"
        f" {count(load.ports, 'port')} each, frames of {load.frame_size} bytes"
    )


def count(number: int, what: str, plural: str = "s") -> str:
    """So many of something."""
    return f"{number:,} {what}{'' if number == 1 else plural}"


def silence(address: Address, results: Iterable[Result]) -> str | None:
    """What to say of a controller that answered nothing, at least in one mode; None of one that did."""
    silent = [result for result in results if result.packet_ins.answered == 0]
    if not silent:
        return None
    sent = sum(result.packet_ins.sent for result in silent)
    modes = " and ".join(result.settings.mode for result in silent)
    came = sum(result.total("flow_mods") + result.total("packet_outs") for result in silent)
    why = (
        f"of the {came:,} flow-mods and packet-outs that it sent, none named a packet-in"
        if came
        else "does its app answer?"
    )
    return f"{address} answered none of {sent:,} packet-ins in {modes} mode: {why}"


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
    packet_ins = result.packet_ins
    return [
        result.settings.mode,
        *(f"{rate:,.0f}" for rate in (result.rate, min(rates), max(rates))),
        f"{result.fairness:.4f}" if result.rate else "",
        *(number(times[name]) for name in ("p50", "p99", "p99.9")),
        f"{packet_ins.unanswered:,}",
        f"{packet_ins.in_flight:,}",
        f"{result.busy:.0%}",
    ]


def number(value: float | None, digits: int = 0) -> str:
    """A number for a cell; nothing when it was not measured."""
    return "" if value is None else f"{value:,.{digits}f}"


def switch_report(address: Address, result: SwitchResult) -> Table:
    """A row for each kind of message."""
    title = f"Switch {result.datapath_id:016x} at {address}, {result.settings.version.text}"
    table = Table(title=title, title_justify="left")
    for heading in SWITCH_HEADINGS:
        words = heading in ("", "error")
        table.add_column(
            heading, justify="left" if words else "right", no_wrap=not words, overflow="fold"
        )
    for ability in result.abilities:
        table.add_row(
            ability.name,
            *(f"{rate:,.0f}" for rate in (ability.rate, ability.lowest, ability.highest)),
            *(number(ability.percentile_us(percent)) for percent in (50, 99)),
            f"{ability.lost:,}" if ability.lost else "",
            ability.error or "",
        )
    return table
