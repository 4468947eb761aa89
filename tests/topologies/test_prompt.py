"""The prompt, on a network that only takes notes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from topologies.interrupts import Interrupts
from topologies.lines import Lines
from topologies.network import LabError
from topologies.prompt import COMMANDS, Prompt
from topologies.topology import Link, parse_topology

NOTHING_MATCHES: dict[str, Any] = {
    "packet": "in_port=1",
    "steps": [],
    "outputs": [],
    "controllers": [],
    "drop": {"name": "table_miss", "meaning": "matched nothing"},
    "summary": "dropped: table_miss",
}


class Notes:
    """A network of two hosts that notes what it is asked for."""

    topology = parse_topology("single,2")

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def how_to_enter(self) -> str:
        return ""

    async def ended(self) -> None:
        raise LabError("never")

    async def ping(self, source: str, target: str) -> float | None:
        return 1.0

    async def iperf(self, source: str, target: str, seconds: int) -> float:
        self.asked.append(("iperf", source, target))
        return 9.5

    async def ask(self, switch: str, question: str, **arguments: str) -> Any:
        self.asked.append((question, switch, *arguments.values()))
        return NOTHING_MATCHES if question == "trace" else []

    async def set_link(self, link: Link, up: bool) -> None:
        self.asked.append((link.first.interface, link.second.interface, up))

    async def run(self, host: str, command: Sequence[str]) -> int:
        self.asked.append((host, *command))
        return 0

    async def run_in_background(self, host: str, command: Sequence[str]) -> int:
        self.asked.append((host, "background", *command))
        return 4711


def say(*lines: str) -> tuple[list[tuple[Any, ...]], str]:
    """Type lines; return what the network was asked for and what was written."""
    typed: Iterator[str] = iter(lines)
    written: list[str] = []

    def read(prompt: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    notes = Notes()
    asyncio.run(Prompt(notes, Interrupts(), written.append).run(Lines(read)))
    return notes.asked, "\n".join(written[1:])


def test_a_line_that_begins_with_a_host_is_a_command_there() -> None:
    asked, _ = say("h1 ping -c 1 h2", "h2 sh -c 'ls | wc'")
    assert asked == [("h1", "ping", "-c", "1", "10.0.0.2"), ("h2", "sh", "-c", "ls | wc")]


def test_a_whole_word_that_is_a_host_becomes_its_address() -> None:
    asked, _ = say("h1 iperf3 --client h2", "h1 serf agent --name=h1")
    assert asked == [("h1", "iperf3", "--client", "10.0.0.2"), ("h1", "serf", "agent", "--name=h1")]


def test_an_ampersand_leaves_it_in_the_background() -> None:
    asked, written = say("h1 iperf3 -s &")
    assert asked == [("h1", "background", "iperf3", "-s")]
    assert written == "4711"


def test_pingall_writes_the_matrix() -> None:
    assert say("pingall")[1].endswith("0% dropped (2/2 received)")


def test_iperf_takes_two_hosts_or_the_first_and_the_last() -> None:
    asked, written = say("iperf", "iperf h2 h1")
    assert asked == [("iperf", "h1", "h2"), ("iperf", "h2", "h1")]
    assert "TCP h2 -> h1: 9.50 Gbit/s" in written


def test_flows_are_chosen_by_words_of_theirs() -> None:
    asked, _ = say("flows", "flows s1 tcp,out_port=2 ip", "flows arp")
    assert asked == [("flows", "s1", which) for which in ("", "tcp,out_port=2,ip", "arp")]


@pytest.mark.parametrize("question", ["ports", "drops"])
def test_switches_are_asked_by_name_or_all(question: str) -> None:
    asked, _ = say(question, f"{question} s1")
    assert asked == [(question, "s1")] * 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("fly", "'fly' is neither a host nor a command"),
        ("h1", "give a command"),
        ("flows s9", "'s9' is no switch; there are s1"),
        ("iperf h1 h1", "name two of the hosts"),
        ("iperf h1 h9", "name two of the hosts"),
        ("h1 echo 'open", "cannot read this line"),
        ("HOST", "put a host's name there"),
        ("h1 &", "give a command"),
        ("link", "name two nodes with a link"),
        ("link h1 h2 down", "name two nodes with a link"),
        ("link h1 s1", "then down or up"),
        ("trace", "name two hosts, or a switch and a packet"),
        ("trace h1", "name two of the hosts"),
        ("trace s9 in_port=1", "name two hosts, or a switch and a packet"),
        ("trace s1 arp", "say where the packet comes in"),
        ("trace s1 in_port=1,arq", "did you mean arp?"),
    ],
)
def test_a_mistake_is_told_and_the_prompt_goes_on(line: str, reason: str) -> None:
    asked, written = say(line, "nodes")
    assert asked == []
    assert reason in written
    assert "10.0.0.2" in written


def test_a_link_is_named_by_its_nodes_in_any_order() -> None:
    asked, _ = say("link h1 s1 down", "link s1 h1 up")
    assert asked == [("h1-eth0", "s1-eth1", False), ("h1-eth0", "s1-eth1", True)]


def test_nodes_and_links_tell_the_topology() -> None:
    _, written = say("nodes", "links")
    assert "h1     10.0.0.1  00:00:00:00:00:01" in written
    assert "s1     datapath 0000000000000001" in written
    assert "h2-eth0 -- s1-eth2" in written


def test_help_names_every_command_once() -> None:
    _, written = say("help")
    names = [line.split()[0] for line in written.split("\n")]
    assert names == [name for name in COMMANDS if name != "quit"]


@pytest.mark.parametrize("word", ["exit", "quit"])
def test_exit_ends_it(word: str) -> None:
    assert say(word, "pingall") == ([], "")


def test_empty_lines_and_comments_do_nothing() -> None:
    assert say("", "   ", "# pingall") == ([], "")


def test_a_packet_is_traced_at_a_switch() -> None:
    asked, written = say("trace s1 in_port=s1-eth1 arp", "trace s1 in_port=1,arp")
    assert [(question, switch, port) for question, switch, port, _ in asked] == [
        ("trace", "s1", "s1-eth1"),
        ("trace", "s1", "1"),
    ]
    assert written.count("dropped: table_miss\n  the packet matched nothing") == 2


def test_a_ping_is_followed_until_it_is_lost() -> None:
    asked, written = say("trace h1 h2")
    assert [one[:3] for one in asked] == [("trace", "s1", "1")]
    assert written.splitlines() == [
        "ARP request h1 -> h2",
        "  s1: dropped: table_miss",
        "at s1, on s1-eth1:",
        "  in_port=1",
        "  dropped: table_miss",
        "    the packet matched nothing",
        "the ARP request does not reach h2",
    ]
