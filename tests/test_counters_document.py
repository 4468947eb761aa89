"""docs/counters.md lists the counters that the code has, each with the code's words, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.membership.counters import COUNTED as ACROSS_PORTS
from apps.swim.report import meanings
from controller.counters import COUNTED
from ofswitch.agent import DROPS as AGENT_DROPS
from ofswitch.agent import REFUSALS
from ofswitch.datapath import DROPS as DATAPATH_DROPS
from ofswitch.ports import DROPS as PORT_DROPS
from ofswitch.runtime.forwarding import DROPS as THREAD_DROPS

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "counters.md"


def _tables() -> dict[str, list[list[str]]]:
    """The cells of each row, by the heading that the table stands under."""
    found: dict[str, list[list[str]]] = {}
    for section in DOCUMENT.read_text(encoding="utf-8").split("\n## ")[1:]:
        heading, _, text = section.partition("\n")
        rows = [line for line in text.splitlines() if line.startswith("| `")]
        found[heading] = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return found


def _rows(meanings: dict[str, str]) -> list[list[str]]:
    return [[f"`{name}`", meaning] for name, meaning in meanings.items()]


EXPECTED = {
    "The switch's datapath": _rows(DATAPATH_DROPS),
    "The switch's agent": _rows(AGENT_DROPS),
    "What the switch refused its controllers": _rows(REFUSALS),
    "The switch's threads": _rows(THREAD_DROPS),
    "The switch's ports": [
        [f"`{name}`", f"`{drop.loss.value}`", drop.meaning] for name, drop in PORT_DROPS.items()
    ],
    "The controller": _rows(COUNTED),
    "SWIM": _rows({**meanings()}),
    "SWIM across switch ports": _rows(ACROSS_PORTS),
}


@pytest.mark.parametrize("heading", EXPECTED)
def test_each_table_lists_the_counters_of_the_code(heading: str) -> None:
    assert _tables()[heading] == EXPECTED[heading]


def test_the_document_has_no_other_table() -> None:
    assert set(_tables()) == set(EXPECTED)


def test_the_readme_leads_to_the_document() -> None:
    assert "(docs/counters.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
