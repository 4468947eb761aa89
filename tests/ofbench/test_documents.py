"""What is written is what docs/ofbench.md tells of, no more and no less."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ofbench.abilities import Passage, SwitchResult
from ofbench.address import parse_address
from ofbench.documents import Document, controller_document, switch_document
from ofbench.figures import Result, Round
from ofbench.origin import Host, Origin
from ofbench.report import HEADINGS, SWITCH_HEADINGS
from ofbench.settings import LoadSettings, SwitchSettings

DOCS = Path(__file__).parent.parent.parent / "docs" / "ofbench.md"
PLACE = parse_address("127.0.0.1")
ORIGIN = Origin("2026-01-02T03:04:05+00:00", "1.2", Host("a", 2, [1], "Linux 6", "3.11", 0.5))


def of_a_controller() -> Document:
    turn = Round(1.0, [10, 20], sent=31, in_flight=1, times=Counter({5000: 1}), course=[(1.0, 30)])
    return controller_document(PLACE, ORIGIN, [Result(LoadSettings(), rounds=[turn])], None)


def of_a_switch() -> Document:
    passage = Passage("echo", 2, 2, 1.0, Counter({5000: 2}))
    return switch_document(PLACE, ORIGIN, SwitchResult(SwitchSettings(), 5, [passage]), "interrupt")


def keys(value: Any, above: str = "") -> Iterator[str]:
    """Each key, behind those of the objects that it is in."""
    if isinstance(value, list):
        for item in value:
            yield from keys(item, above)
    if isinstance(value, dict):
        for key, inside in value.items():
            yield above + key
            yield from keys(inside, f"{above}{key}.")


def told(heading: str, text: str) -> set[str]:
    """What stands in the first columns of the tables under such a heading."""
    tables = re.findall(rf"^\| {heading} \| \|\n\|---\|---\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    cells = (row.split("|")[1] for table in tables for row in table.splitlines())
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_each_key_that_is_written_is_told_and_each_that_is_told_is_written() -> None:
    written = {*keys(of_a_controller()), *keys(of_a_switch())}
    assert told("key", DOCS.read_text()) == written


def test_each_column_of_the_tables_is_told() -> None:
    assert told("column", DOCS.read_text()) == {*HEADINGS, *SWITCH_HEADINGS} - {""}


def test_what_it_takes_to_measure_again_is_written() -> None:
    written = of_a_controller()
    assert written["address"] == "tcp:127.0.0.1:6653"
    assert written["date"] == "2026-01-02T03:04:05+00:00"
    assert written["host"]["allowed"] == [1]
    assert written["settings"]["protocol"] == "OpenFlow10"
    assert written["results"][0]["most_in_flight"] == 4096


def test_what_was_measured_is_written() -> None:
    (result,) = of_a_controller()["results"]
    assert (result["responses_per_s"], result["fairness"]) == (30, 0.9)
    assert result["latency_us"]["p50"] == 5
    assert result["packet_ins"] == {"sent": 31, "answered": 30, "unanswered": 0, "in_flight": 1}
    assert result["rounds"][0]["latency_ns"] == [[5000, 1]]


def test_who_was_measured_and_what_ended_it_is_written() -> None:
    written = of_a_switch()
    assert (written["datapath_id"], written["cut_short_by"]) == ("0000000000000005", "interrupt")
    assert [ability["p50_us"] for ability in written["abilities"]] == [5]
