"""What a running network offers, whether the kernel carries it or one process simulates it.

`topologies.lab` and `topologies.simulation` implement it; tests, prompt and demonstration use
nothing else, so they work with both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from topologies.topology import Link, Topology


class LabError(Exception):
    """Something that the network cannot do; the text says what, and what to do instead."""


class Unavailable(LabError):
    """Something that would need more than is there: root, or a program that is not installed."""


class Network(Protocol):
    """Hosts and switches that are up."""

    topology: Topology

    def how_to_enter(self) -> str:
        """Tell a user how to get into a host."""

    async def ended(self) -> None:
        """Wait until the network is no longer whole; `LabError` says what has ended."""

    async def ping(self, source: str, target: str) -> float | None:
        """Send one echo request between two hosts; the round trip in ms, None when it is lost."""

    async def iperf(self, source: str, target: str, seconds: int) -> float:
        """Send TCP for so long and return what arrived, in Gbit/s; `LabError` if it cannot."""

    async def ask(self, switch: str, question: str, **arguments: str) -> Any:
        """Return a switch's answer to one of the `topologies.questions.QUESTIONS`.

        `LabError` says why it refuses to answer.
        """

    async def set_link(self, link: Link, up: bool) -> None:
        """Connect the two ends of a link, or disconnect them: both then tell that it is down."""

    async def run(self, host: str, command: Sequence[str]) -> int:
        """Run a command in a host, on our terminal, and return its exit status."""

    async def run_in_background(self, host: str, command: Sequence[str]) -> int:
        """Start a command in a host and return its process id."""
