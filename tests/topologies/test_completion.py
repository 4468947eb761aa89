"""What the tab key offers at the prompt."""

from __future__ import annotations

import pytest

from topologies.completion import complete
from topologies.prompt import COMMANDS
from topologies.topology import parse_topology

TOPOLOGY = parse_topology("linear,2")


@pytest.mark.parametrize(
    ("before", "begun", "offered"),
    [
        ("", "h", ["h1", "h2", "help"]),
        ("", "ping", ["pingall"]),
        ("", "HO", []),
        ("h1 ping ", "", ["h1", "h2"]),
        ("iperf h1 ", "h2", ["h2"]),
        ("flows ", "", ["s1", "s2"]),
        ("link s1 ", "s", ["s1", "s2"]),
        ("link s1 s2 ", "d", ["down"]),
        ("trace ", "s", ["s1", "s2"]),
        ("trace s1 ", "i", ["in_port="]),
        ("trace s1 in_port=", "", ["s1-eth1", "s1-eth2"]),
        ("trace h9 in_port=", "", []),
        ("nodes ", "", []),
        ("fly ", "", []),
    ],
)
def test_what_may_stand_there_is_offered(before: str, begun: str, offered: list[str]) -> None:
    assert complete(TOPOLOGY, before, begun) == offered


def test_at_the_beginning_there_are_all_hosts_and_commands() -> None:
    assert set(complete(TOPOLOGY, "", "")) == {"h1", "h2", *COMMANDS} - {"HOST"}
