"""Pings that are told and not sent, through networks that one process simulates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from openflow import V1_3, ApplyActions, FlowMod, Match, Output
from topologies.ping_trace import trace_ping
from topologies.plan import LabOptions
from topologies.simulation import Simulation, open_simulation
from topologies.topology import parse_topology

Check = Callable[[Simulation], Coroutine[Any, Any, None]]


def run(topology: str, test: Check, controller: str = "none", **options: Any) -> None:
    """Run a test in a network."""

    async def simulated() -> None:
        settings = LabOptions(controller=controller, **options)
        async with open_simulation(
            parse_topology(topology), settings, lambda line: None
        ) as network:
            await test(network)

    asyncio.run(simulated())


async def lines(network: Simulation, source: str, target: str) -> list[str]:
    """What is told of a ping."""
    return [line async for line in trace_ping(network, source, target)]


def test_a_ping_that_succeeds_is_four_packets_through_every_switch() -> None:
    async def test(network: Simulation) -> None:
        told = await lines(network, "h1", "h3")
        assert [line for line in told if not line.startswith("  ")] == [
            "ARP request h1 -> h3",
            "ARP reply h3 -> h1",
            "echo request h1 -> h3",
            "echo reply h3 -> h1",
        ]
        assert told[1:5] == [
            "  s1: forwarded to s1-eth2 (2)",
            "  s2: forwarded to s2-eth1 (1) and s2-eth3 (3)",
            "  s3: forwarded to s3-eth1 (1)",
            "  reaches h3",
        ]
        assert await network.ask("s2", "drops") == []
        assert await network.ping("h1", "h3") is not None
        assert "  s2: forwarded to s2-eth2 (2)" in await lines(network, "h3", "h1")

    run("linear,3", test, fail_mode="standalone")


def test_a_ping_that_fails_is_told_in_full_where_it_ends() -> None:
    async def test(network: Simulation) -> None:
        for switch in network._switches.values():
            forward = [
                FlowMod(
                    match=Match(in_port=one, eth_type=0x0800),
                    instructions=[ApplyActions([Output(3 - one)])],
                )
                for one in (1, 2)
            ]
            for change in forward:
                switch.agent.datapath.apply(change, V1_3, switch.now())
        told = await lines(network, "h1", "h2")
        assert told[:3] == [
            "ARP request h1 -> h2",
            "  s1: dropped: table_miss",
            "at s1, on s1-eth1:",
        ]
        assert "  table 0: none of 2 entries matches" in told
        assert told[-1] == "the ARP request does not reach h2"

    run("single,2", test, fail_mode="secure")


def test_what_goes_to_a_controller_is_left_to_it() -> None:
    async def test(network: Simulation) -> None:
        told = await lines(network, "h1", "h2")
        assert told[1:3] == [
            "  s1: to the controller",
            "  whether it reaches h2 is the controller's to say",
        ]
        assert [line for line in told if not line.startswith("  ")][-1] == "echo reply h2 -> h1"

    run("single,2", test, "learning_switch")
