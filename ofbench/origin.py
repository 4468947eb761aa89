"""When, with what and where something was measured: what it takes to measure it again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Host:
    """The machine of the load."""

    processor: str
    processors: int
    allowed: list[int]
    """The processors that the load may run on: one, after --cpu."""
    kernel: str
    python: str
    load_average: float
    """Of the minute before."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where figures come from."""

    date: str
    """When it began, in UTC (ISO 8601)."""
    ofswitch: str
    """The version of ours."""
    host: Host
