"""What all benchmarks share: who takes part, an early end, and what is written."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from rich.console import Console

from benchmarks import shell
from benchmarks.tables import Table, document, number, times


class Contender(NamedTuple):
    name: str
    missing: str = ""


class Report:
    """Tells how many findings there are."""

    def tables(self, findings: list[int]) -> list[Table]:
        return [Table("Findings", ["what", "how many"], [["all", str(len(findings))]])]

    def markdown(self, findings: list[int]) -> str:
        return document("Report", "counted.", self.tables(findings))

    def as_json(self, findings: list[int]) -> str:
        return f"{findings}\n"


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=100)


def written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.fixture
def signals() -> Iterator[None]:
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)}
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


def test_who_is_not_here_is_told_and_left_out(console: Console) -> None:
    known = [Contender("here"), Contender("away", "apt-get install away")]
    assert shell.present(console, "switch", known, known) == known[:1]
    assert "left out: away (apt-get install away)" in written(console)


def test_when_nobody_is_here_those_that_might_be_are_told(console: Console) -> None:
    known = [Contender("one"), Contender("two")]
    with pytest.raises(click.ClickException, match="no switch to measure; there are 'one', 'two'"):
        shell.present(console, "switch", known, [])


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("signals")
def test_what_was_measured_before_a_signal_counts_and_the_next_signal_changes_nothing(
    console: Console, signum: signal.Signals
) -> None:
    results = []
    with shell.interruptible(console):
        results.append(1)
        signal.raise_signal(signum)
        results.append(2)
    signal.raise_signal(signum)
    assert results == [1]
    assert "interrupted" in written(console)


def test_what_was_found_is_shown_and_written(console: Console, tmp_path: Path) -> None:
    def draw(findings: list[int], path: Path) -> None:
        path.write_text(f"picture of {findings}")

    shell.write(console, tmp_path / "new", [1, 2], Report(), draw)
    assert "| all | 2 |" in (tmp_path / "new" / "table.md").read_text()
    assert (tmp_path / "new" / "measurements.json").read_text() == "[1, 2]\n"
    assert (tmp_path / "new" / "plot.png").read_text() == "picture of [1, 2]"
    assert "Findings" in written(console)


def test_without_matplotlib_the_rest_is_written(console: Console, tmp_path: Path) -> None:
    def draw(findings: list[int], path: Path) -> None:
        raise ImportError

    shell.write(console, tmp_path, [], Report(), draw)
    assert (tmp_path / "table.md").exists()
    assert "no plot: pip install matplotlib" in written(console)


def test_what_was_not_measured_is_left_blank() -> None:
    assert (number(None, 1), number(1234.56, 1)) == ("", "1,234.6")
    assert (times(None, 1.0), times(1.0, None), times(1.0, 0.0), times(3.0, 2.0)) == (
        "",
        "",
        "",
        "1.50x",
    )
