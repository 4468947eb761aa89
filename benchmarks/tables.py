"""Figures as people read them: tables for the terminal and in Markdown, and the machine that they are of."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass

import rich.table


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words; the first column is what a row is about."""

    title: str
    headings: list[str]
    rows: list[list[str]]

    def rich(self) -> rich.table.Table:
        """For a terminal."""
        table = rich.table.Table(title=self.title, title_justify="left")
        for at, heading in enumerate(self.headings):
            table.add_column(heading, justify="right" if at else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For a document."""
        ruler = ["---", *["---:"] * (len(self.headings) - 1)]
        lines = [" | ".join(row) for row in (self.headings, ruler, *self.rows)]
        return f"## {self.title}\n\n" + "".join(f"| {line} |\n" for line in lines)


def document(title: str, how: str, tables: Iterable[Table]) -> str:
    """A whole report in Markdown; `how` says what was measured, behind the machine that it was measured on."""
    parts = [f"# {title}\n", f"{machine()}; {how}\n", *(table.markdown() for table in tables)]
    return "\n".join(parts)


def machine() -> str:
    """What it was measured on."""
    return f"{os.cpu_count()} processors, Linux {platform.release()}, Python {platform.python_version()}"


def number(value: float | None, digits: int) -> str:
    """A figure, or nothing where it was not measured."""
    return "" if value is None else f"{value:,.{digits}f}"


def times(value: float | None, other: float | None) -> str:
    """A figure as a multiple of another, or nothing where one is missing."""
    return f"{value / other:.2f}x" if value is not None and other else ""
