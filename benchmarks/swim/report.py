"""What came of it: a table for each condition, the sizes side by side, what is rare in detail; and all as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from benchmarks.swim.cells import Cell
from benchmarks.swim.chances import times_at_least
from benchmarks.swim.contenders import CONDITIONS, OURS
from benchmarks.swim.findings import FIGURES, Findings
from benchmarks.swim.measure import Measurement
from benchmarks.tables import Table, document, machine, number

HOW = (
    "all times in protocol periods of a second. At most {runs} seeds: times are means of all crashes, the first"
    " detection with its standard error; what is per hour is of all that time, the rest medians. Who crashes has"
    " run well: a slow member is often suspected when it crashes, which would count as finding out in no time."
    " First detection: from a crash until somebody suspects it, or gives it up where there is no suspicion. False"
    " positives: how often a member that runs well is given up, per member and hour, by the average other member."
    " Lost: the part of running members that others take for dead in the end, slow ones included. Bytes are those"
    " of datagrams and streams, without headers of UDP and TCP. Where members are slow, nothing counts for the"
    " first two minutes of a cluster, and the largest clusters of ours begin with what they would have learned by"
    " then of who is slow; the tables of false positives are of clusters that live for half an hour or less."
)
_COLUMNS = {
    "first detection": "detected",
    "given up": "given_up",
    "known to all": "known",
    "not known to all": "missed",
    "false positives/h": "false_per_hour",
    "slow given up/h": "slow_per_hour",
    "lost": "lost",
    "bytes/s": "bytes_per_s",
    "datagrams/s": "datagrams_per_s",
    "member hours": "member_hours",
}
_SHARES = ("missed", "lost")
_WHOLE = ("bytes_per_s", "member_hours")
_SEEDS = "seeds"


def line(one: Measurement) -> str:
    """A measurement in words, as it comes in."""
    detected, known = "no crash seen", "never known to all"
    if one.detected is not None:
        detected = f"first detection {one.detected.value:.2f} ± {one.detected.error:.2f}"
    if one.known is not None:
        known = f"known to all {one.known.value:.1f}"
    return (
        f"{one.contender}: {one.cell.title}: {detected}, {known}, false positives"
        f" {one.per_hour(one.false_events):.2g}/h, {one.bytes_per_s:,.0f} bytes/s"
    )


def tables(findings: Findings) -> Iterator[Table]:
    """All of them."""
    for condition in findings.conditions():
        yield _table(findings, condition)
    yield _by_size(findings, "Bytes/s of a member", "bytes_per_s", 0)
    yield _by_size(findings, "Datagrams/s of a member", "datagrams_per_s", 2)
    for condition in findings.conditions():
        if CONDITIONS[condition].rare:
            title = f"Bytes/s of a member in its first minute, {condition}"
            yield _by_size(findings, title, "first_bytes_per_s", 0)
            yield _rare(findings, condition)


def _table(findings: Findings, condition: str) -> Table:
    rows = []
    for contender in findings.contenders:
        for cell in findings.cells(condition):
            if findings.ones(contender.name, cell):
                figures = (_words(findings, contender.name, cell, one) for one in _COLUMNS.values())
                rows.append([contender.name, f"{cell.size:,}", *figures])
    return Table(condition[0].upper() + condition[1:], [condition, "members", *_COLUMNS], rows)


def _words(findings: Findings, contender: str, cell: Cell, figure: str) -> str:
    value = findings.figure(contender, cell, figure)
    if value is None:
        return "never"
    if figure in _SHARES:
        return "< 0.1%" if 0 < value < 0.0005 else f"{value:.1%}" if value else "0"
    if figure.endswith("per_hour"):
        return f"{value:.2g}"
    if figure == "detected" and (mean := findings.mean(contender, cell, figure)) is not None:
        return f"{value:.2f} ± {mean.error:.2f}"
    return number(value, 0 if figure in _WHOLE else 2)


def _by_size(findings: Findings, title: str, figure: str, digits: int) -> Table:
    """The sizes side by side, so that it can be seen whether a member's load grows with its cluster."""
    sizes = findings.sizes()
    rows = []
    for contender in findings.contenders:
        for condition in findings.conditions():
            cells = [Cell(condition, size) for size in sizes]
            values = [findings.figure(contender.name, cell, figure) for cell in cells]
            if any(value is not None for value in values):
                words = (number(value, digits) for value in values)
                rows.append([contender.name, condition, *words])
    return Table(title, ["members:", "", *(f"{size:,}" for size in sizes)], rows)


def _rare(findings: Findings, condition: str) -> Table:
    """What false positives there were, and how many times ours."""
    rows = []
    for cell in findings.cells(condition):
        for contender in findings.contenders:
            if findings.ones(contender.name, cell):
                hours, events, incidents = (
                    findings.figure(contender.name, cell, figure) or 0
                    for figure in ("member_hours", "false_events", "incidents")
                )
                counted = [f"{cell.size:,}", f"{hours:,.0f}", f"{events:,}", f"{incidents:,}"]
                rate = f"{incidents / hours:.2g}"
                rows.append(
                    [contender.name, *counted, rate, _ratio(findings, contender.name, cell)]
                )
    title = (
        f"False positives, {condition}: members given up by another, members given up at all, and"
        " these as a multiple of ours (with 95 % confidence at least)"
    )
    headings = ["", "members", "member hours", "by another", "at all", "at all/h", "times ours"]
    return Table(title, headings, rows)


def _ratio(findings: Findings, contender: str, cell: Cell) -> str:
    if contender == OURS or not findings.ones(OURS, cell):
        return ""
    incidents, hours, ours, our_hours = (
        findings.figure(name, cell, figure) or 0
        for name in (contender, OURS)
        for figure in ("incidents", "member_hours")
    )
    least = f"at least {times_at_least(int(incidents), hours, int(ours), our_hours):,.1f}"
    return f"{incidents / hours / (ours / our_hours):,.1f} ({least})" if ours else least


def markdown(findings: Findings) -> str:
    """The whole report."""
    how = HOW.format(runs=findings.runs())
    speeds = [
        f"{speed:.1f} with {size:,} members, {condition}"
        for condition, size, speed in findings.speeds()
    ]
    if speeds:
        how += f" Seconds of ours that a second of one processor simulates: {'; '.join(speeds)}."
    return document("Finding out who has failed, in simulation", how, tables(findings))


def as_json(findings: Findings) -> str:
    """All that was measured, with what comes of all seeds."""
    found = []
    for contender in findings.contenders:
        for cell in dict.fromkeys(one.cell for one in findings.measured):
            if findings.ones(contender.name, cell):
                figures = {one: findings.figure(contender.name, cell, one) for one in FIGURES}
                found.append({"contender": contender.name, **cell._asdict(), **figures})
    runs = [asdict(one) | {"cell": one.cell._asdict()} for one in findings.measured]
    return json.dumps({"machine": machine(), "figures": found, _SEEDS: runs}, indent=1) + "\n"
