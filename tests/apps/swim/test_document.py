"""docs/swim.md says what is so."""

from __future__ import annotations

from pathlib import Path

import click

from apps.swim.cli import main
from apps.swim.config import PRESETS
from apps.swim.suspicion import least_timeout

DOCUMENT = Path(__file__).parents[3] / "docs" / "swim.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def rows(after: str) -> list[list[str]]:
    """The cells of the first table behind some words, without its head."""
    lines = TEXT[TEXT.index(after) :].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|---"))
    table = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


def test_it_leads_to_the_counters() -> None:
    assert "(counters.md)" in TEXT


def test_its_table_of_presets_is_that_of_the_code() -> None:
    table = [cells[1:] for cells in rows("## Presets")]
    for column, name in enumerate(("lan", "wan", "local", "fast")):
        config = PRESETS[name]
        suspect = least_timeout(config.suspicion_mult, 10, config.probe_interval_s)
        times = [
            config.probe_interval_s,
            config.gossip_interval_s,
            suspect,
            suspect * config.suspicion_max_mult,
            config.push_pull_interval_s,
            config.reconnect_interval_s,
        ]
        assert [row[column] for row in table] == [f"{seconds:g} s" for seconds in times]


def test_it_names_every_command() -> None:
    assert isinstance(main, click.Group)
    for name, command in main.commands.items():
        assert f"`ofswim {name}" in TEXT
        if isinstance(command, click.Group):
            for word in command.commands:
                assert f"`{word}`" in TEXT or f"`ofswim {name} {word}" in TEXT
