"""What came of it: tables for the terminal and in Markdown, and the measurements as JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from statistics import median

from benchmarks.datapath.measure import TRAFFIC, Measurement
from benchmarks.datapath.rules import MILLION, ONE_FLOW, RULES, Rules
from benchmarks.datapath.switches import Switch
from benchmarks.tables import Table, document, machine, number, times

BRIDGE = "Linux bridge, veth"
OPEN_VSWITCH = "Open vSwitch"
ALL_THAT_WAS_SENT = 0.97
"""The part from which on it is the sender that limits the rate."""

UNITS = {
    "packets_per_s": "{:,.0f} packets/s",
    "offered_per_s": "of {:,.0f}",
    "process_ns": "{:,.0f} ns each in its process",
    "machine_ns": "{:,.0f} ns of the machine",
    "gbit_per_s": "{:.2f} Gbit/s",
    "p50_us": "{:,.1f} us",
    "p99_us": "{:,.1f} us for 99 %",
    "mean_us": "{:,.1f} us on average",
    "lost": "{:.0f} lost",
    "flow_mods_per_s": "{:,.0f} flow-mods/s",
    "million_s": "{:.2f} s for a million",
    "resident_mib": "{:,.0f} MiB resident",
}
TRAFFIC_TITLES = {
    "1": "one flow",
    "1000": "1,000 flows",
    "100000": "100,000 flows",
    "new": "every packet new",
}


class Findings:
    """The medians of what was measured."""

    def __init__(self, switches: Iterable[Switch], measurements: Iterable[Measurement]) -> None:
        self.switches = list(switches)
        self.values: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
        for switch, rules, traffic, figures in measurements:
            for figure, value in figures.items():
                self.values[switch, rules, traffic, figure].append(value)

    def median(self, switch: str, rules: str, traffic: str, figure: str) -> float | None:
        """A median, or None when it was not measured."""
        values = self.values.get((switch, rules, traffic, figure))
        return median(values) if values else None

    def rate(self, switch: str, rules: str = ONE_FLOW.name, traffic: str = "1") -> float | None:
        """Packets per second."""
        return self.median(switch, rules, traffic, "packets_per_s")

    def told(self, switch: str, rules: str = ONE_FLOW.name, traffic: str = "1") -> str:
        """Millions of packets per second; with a sign where the sender had no more to offer."""
        rate = self.rate(switch, rules, traffic)
        offered = self.median(switch, rules, traffic, "offered_per_s")
        if rate is None:
            return ""
        sign = "≥ " if offered and rate > ALL_THAT_WAS_SENT * offered else ""
        return sign + (f"{rate / 1e6:.3f}" if rate >= 100_000 else f"{rate / 1e6:.4f}")

    def runs(self) -> int:
        """How many runs the medians are of."""
        return max((len(values) for values in self.values.values()), default=0)


def line(measurement: Measurement) -> str:
    """A measurement in words, as it comes in."""
    switch, rules, traffic, figures = measurement
    told = ", ".join(UNITS[figure].format(value) for figure, value in figures.items())
    return f"{switch}: {RULES[rules].title}, {TRAFFIC_TITLES.get(traffic, traffic)}: {told}"


def tables(findings: Findings) -> Iterator[Table]:
    """All that there is to tell."""
    yield _peers(findings)
    for rules in RULES.values():
        if any((switch.name, rules.name) in measured(findings) for switch in findings.switches):
            yield _under(rules, findings)
    set_up = _set_up(findings)
    if set_up.rows:
        yield set_up


def measured(findings: Findings) -> set[tuple[str, str]]:
    """The switches and rules of which there are packets per second, and which take rules."""
    takers = {switch.name for switch in findings.switches if switch.takes_rules}
    return {key[:2] for key in findings.values if key[3] == "packets_per_s" and key[0] in takers}


def _peers(findings: Findings) -> Table:
    """One rule and one flow: how close to the bare loop, and to the peers."""
    headings = ["one L2 flow", "M packets/s", "of bare loop", "of bridge", "of Open vSwitch"]
    headings += ["ns/packet, process", "machine", "TCP Gbit/s", "of bridge", "p50 us", "p99 us"]
    rows = []
    for switch in findings.switches:
        rate = findings.rate(switch.name)
        tcp = findings.median(switch.name, ONE_FLOW.name, "tcp", "gbit_per_s")
        row = [
            switch.name,
            findings.told(switch.name),
            times(rate, findings.rate(switch.yardstick)),
        ]
        row += [times(rate, findings.rate(BRIDGE))]
        row += [times(rate, findings.rate(f"{OPEN_VSWITCH}, {switch.ports}"))]
        for figure in ("process_ns", "machine_ns"):
            row.append(number(findings.median(switch.name, ONE_FLOW.name, "1", figure), 0))
        row += [number(tcp, 1)]
        row += [times(tcp, findings.median(BRIDGE, ONE_FLOW.name, "tcp", "gbit_per_s"))]
        for figure in ("p50_us", "p99_us"):
            row.append(number(findings.median(switch.name, ONE_FLOW.name, "ping", figure), 0))
        rows.append(row)
    return Table(f"Against the peers, medians of {findings.runs()} runs", headings, rows)


def _under(rules: Rules, findings: Findings) -> Table:
    """Packets per second with one set of rules; in parentheses as a part of the same switch's with one L2 flow."""
    headings = [
        rules.title,
        *(TRAFFIC_TITLES[traffic] for traffic in TRAFFIC),
        "least, of Open vSwitch",
    ]
    rows = []
    for switch in findings.switches:
        if (switch.name, rules.name) not in measured(findings):
            continue
        row, ratios = [switch.name], []
        for traffic in TRAFFIC:
            rate = findings.rate(switch.name, rules.name, traffic)
            peer = findings.rate(f"{OPEN_VSWITCH}, {switch.ports}", rules.name, traffic)
            told = findings.told(switch.name, rules.name, traffic)
            part = times(rate, findings.rate(switch.name))
            row.append(f"{told} ({part})" if part else told)
            if rate and peer:
                ratios.append(rate / peer)
        rows.append([*row, f"{min(ratios):.2f}x" if ratios else ""])
    return Table(f"M packets/s with {rules.title} (of the same switch's one flow)", headings, rows)


def _set_up(findings: Findings) -> Table:
    rows = []
    for switch in findings.switches:
        adds = findings.median(switch.name, ONE_FLOW.name, "adding flows", "flow_mods_per_s")
        resident = findings.median(switch.name, MILLION.name, "adding flows", "resident_mib")
        if adds or resident:
            rows.append([switch.name, number(adds, 0), number(resident, 0)])
    return Table("Adding flows", ["", "flow-mods/s", "MiB with 1,000,000 flows"], rows)


def markdown(findings: Findings) -> str:
    """The whole report."""
    how = f"frames of 64 octets; medians of {findings.runs()} runs; ≥: all that was sent."
    return document("Switches between two hosts", how, tables(findings))


def as_json(findings: Findings) -> str:
    """All that was measured, with medians."""
    names = ("switch", "rules", "traffic", "figure")
    cells = [
        {**dict(zip(names, key)), "median": median(values), "runs": values}
        for key, values in findings.values.items()
    ]
    return json.dumps({"machine": machine(), "cells": cells}, indent=1) + "\n"
