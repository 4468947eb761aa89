"""The table, and the same as a document and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.failover.measure import FAULTS, Outcome
from benchmarks.tables import Table, document, number


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was measured."""

    coordinator: str
    outcomes: list[Outcome]


def tables(findings: Findings) -> Iterator[Table]:
    """One row for each kind of failure."""
    headings = ["a replica", "runs", "outage s", "least", "most", "flows failed", "pings", "lost"]
    rows = [_row([o for o in findings.outcomes if o.fault == name]) for name in FAULTS]
    title = f"Failover, mastership by {findings.coordinator}: until new flows work again (median)"
    yield Table(title, headings, [row for row in rows if row])


def _row(outcomes: list[Outcome]) -> list[str]:
    if not outcomes:
        return []
    outages = [outcome.outage_s for outcome in outcomes]
    return [
        FAULTS[outcomes[0].fault].words,
        str(len(outcomes)),
        *(number(figure, 2) for figure in (median(outages), min(outages), max(outages))),
        f"{median(outcome.flows_failed for outcome in outcomes):g}",
        f"{sum(outcome.pings for outcome in outcomes):,}",
        f"{sum(outcome.pings_lost for outcome in outcomes):,}",
    ]


def markdown(findings: Findings) -> str:
    """A document."""
    how = "three replicas, eight switches in a row; 100 pings and 100 new flows a second cross all"
    return document("Failover", how, tables(findings))


def as_json(findings: Findings) -> str:
    """All that was measured."""
    return json.dumps(asdict(findings), indent=1)
