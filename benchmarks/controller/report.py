"""What came of it: tables for the terminal and in Markdown, and the measurements as JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from statistics import median

from benchmarks.controller.measure import Cell, Measurement
from benchmarks.controller.peers import TESTCONTROLLER, Peer
from benchmarks.tables import Table, document, machine, number

FIGURES = ("responses_per_s", "fairness", "p50_us", "p99_us", "resident_mib", "load")
LOAD_IS_THE_LIMIT = 0.97


class Findings:
    """The medians of what was measured."""

    def __init__(self, peers: Iterable[Peer], measurements: Iterable[Measurement]) -> None:
        self.peers = list(peers)
        self.measurements = list(measurements)
        self._values: dict[tuple[str, Cell, str], list[float]] = defaultdict(list)
        for one in self.measurements:
            for figure in FIGURES:
                if (value := getattr(one, figure)) is not None:
                    self._values[one.peer, one.cell, figure].append(value)

    def median(self, peer: str, cell: Cell, figure: str = "responses_per_s") -> float | None:
        """A median, or None when it was not measured."""
        values = self._values.get((peer, cell, figure))
        return median(values) if values else None

    def ratio(self, peer: str, cell: Cell) -> float | None:
        """Responses per second as a multiple of ovs-testcontroller's."""
        ours, theirs = self.median(peer, cell), self.median(TESTCONTROLLER, cell)
        return ours / theirs if ours is not None and theirs else None

    def kinds(self) -> list[tuple[str, int]]:
        """Modes and hosts that were measured, in order."""
        return list(dict.fromkeys((one.cell.mode, one.cell.hosts) for one in self.measurements))

    def cells(self, mode: str, hosts: int) -> list[Cell]:
        """The cells of a mode with so many hosts, by number of switches."""
        found = {one.cell for one in self.measurements}
        return sorted(cell for cell in found if (cell.mode, cell.hosts) == (mode, hosts))

    def runs(self) -> int:
        """How many runs the medians are of."""
        return max((len(values) for values in self._values.values()), default=0)


def line(one: Measurement) -> str:
    """A measurement in words, as it comes in."""
    times = (
        f", p50 {one.p50_us:,.0f} us, p99 {one.p99_us:,.0f} us" if one.p50_us and one.p99_us else ""
    )
    rate = f"{one.responses_per_s:,.0f} responses/s, fairness {one.fairness:.4f}"
    rest = f"{one.resident_mib:,.0f} MiB, load {one.load:.0%} busy"
    return f"{one.peer}: {one.cell.title}: {rate}{times}, {rest}"


def tables(findings: Findings) -> Iterator[Table]:
    """A table for each mode and number of hosts."""
    for mode, hosts in findings.kinds():
        yield _table(findings, mode, hosts)


def _table(findings: Findings, mode: str, hosts: int) -> Table:
    cells = findings.cells(mode, hosts)
    headings = [f"{mode}, {hosts:,} MACs"]
    for cell in cells:
        plural = "" if cell.switches == 1 else "es"
        headings += [f"{cell.switches} switch{plural}: responses/s", "ratio"]
    headings += ["fairness", "p50 us", "p99 us", "MiB"]
    rows = []
    for peer in findings.peers:
        row = [peer.name]
        for cell in cells:
            row += [_rate(findings, peer.name, cell), _ratio(findings.ratio(peer.name, cell))]
        # Of the most switches.
        for figure, digits in (("fairness", 3), ("p50_us", 0), ("p99_us", 0), ("resident_mib", 0)):
            row.append(number(findings.median(peer.name, cells[-1], figure), digits))
        rows.append(row)
    most = cells[-1].switches
    title = f"{mode.capitalize()} with {hosts:,} MACs a switch (the last four columns: with {most} switches)"
    return Table(title, headings, rows)


def _rate(findings: Findings, peer: str, cell: Cell) -> str:
    """Responses per second; with a sign where the load could do no more."""
    rate, busy = findings.median(peer, cell), findings.median(peer, cell, "load")
    sign = "≥ " if busy is not None and busy > LOAD_IS_THE_LIMIT else ""
    return "" if rate is None else f"{sign}{rate:,.0f}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}x"


def markdown(findings: Findings) -> str:
    """The whole report."""
    title = "Controllers with a learning switch, under the load of fake switches"
    how = (
        "one processor for the controller, one for the load; OpenFlow 1.0; medians of"
        f" {findings.runs()} runs; ratios are to {TESTCONTROLLER} in the same run; ≥: the load could do no more."
    )
    return document(title, how, tables(findings))


def as_json(findings: Findings) -> str:
    """All that was measured, with medians and ratios."""
    found = []
    for peer in findings.peers:
        for cell in dict.fromkeys(one.cell for one in findings.measurements):
            medians = {figure: findings.median(peer.name, cell, figure) for figure in FIGURES}
            if medians["responses_per_s"] is not None:
                ratio = findings.ratio(peer.name, cell)
                found.append({"peer": peer.name, **cell._asdict(), **medians, "ratio": ratio})
    runs = [asdict(one) | {"cell": one.cell._asdict()} for one in findings.measurements]
    return json.dumps({"machine": machine(), "medians": found, "runs": runs}, indent=1) + "\n"
