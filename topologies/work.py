"""What ``oflab`` does with a network once it is up: tests, a prompt, or waiting for Ctrl-C."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

from topologies.completion import complete
from topologies.interrupts import Interrupts
from topologies.lines import standard_input
from topologies.network import LabError, Network
from topologies.pingall import pingall
from topologies.plan import LabOptions
from topologies.prompt import Prompt
from topologies.topology import Topology

IPERF_SECONDS = 3
FAILED = 1

Say = Callable[[str], None]
Use = Callable[[Network, Interrupts], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user wants of the network."""

    tests: tuple[str, ...] = ()
    prompt: bool = False

    async def fulfil(self, network: Network, interrupts: Interrupts) -> int:
        """Run the tests, then the prompt; without either wait for Ctrl-C. Return the exit status."""
        status = 0
        for test in self.tests:
            status = max(status, await TESTS[test](network))
        if self.prompt:
            with standard_input(partial(complete, network.topology)) as lines:
                await Prompt(network, interrupts).run(lines)
        elif not self.tests:
            print(network.how_to_enter())
            print("running until Ctrl-C")
            await network.ended()
        return status


async def test_pingall(network: Network) -> int:
    """Print the matrix; fails when a ping was lost."""
    matrix = await pingall(network)
    print(matrix)
    return 0 if matrix.received == matrix.sent else FAILED


async def test_iperf(network: Network) -> int:
    """Print what TCP from the first host to the last achieves; fails when it does not pass."""
    hosts = list(network.topology.hosts)
    if len(hosts) < 2:
        raise LabError("iperf needs two hosts")
    rate = await network.iperf(hosts[0], hosts[-1], IPERF_SECONDS)
    print(f"TCP {hosts[0]} -> {hosts[-1]}: {rate:.2f} Gbit/s")
    return 0


TESTS: dict[str, Callable[[Network], Awaitable[int]]] = {
    "pingall": test_pingall,
    "iperf": test_iperf,
}


def open_network(
    topology: Topology, options: LabOptions, simulate: bool, say: Say
) -> AbstractAsyncContextManager[Network]:
    """Return the lab, or its simulation, ready to be entered."""
    if simulate:
        from topologies.simulation import open_simulation

        return open_simulation(topology, options, say)
    from topologies.lab import open_lab

    return open_lab(topology, options, say)


def run(network: AbstractAsyncContextManager[Network], use: Use) -> int:
    """Start a network, use it and remove it; return the exit status. `LabError` is for the user."""
    interrupts = Interrupts()

    async def work() -> int:
        task = asyncio.current_task()
        assert task is not None
        with interrupts.cancelling(task):
            async with network as running:
                return await use(running, interrupts)

    try:
        return asyncio.run(work())
    except asyncio.CancelledError:
        return interrupts.exit_status
