"""A topology in the kernel: hosts in namespaces, switches and controller as processes.

`open_lab` starts everything and, however it is left, removes everything: nothing is begun before the
folder is claimed (`topologies.claim`), whose release removes all namespaces and whoever is inside.
`topologies.plan` says what is started.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ofswitch.configuration import ConfigurationError
from ofswitch.ports import PortError
from topologies import host_commands, namespaces, plan
from topologies.claim import claimed_folder
from topologies.namespaces import (
    CORE,
    NamespaceError,
    add_cables,
    add_namespaces,
    enter,
    namespace_name,
    set_interface,
)
from topologies.network import LabError, Unavailable
from topologies.plan import CONTROLLER_ADDRESS, HOST_INTERFACE, LabOptions, SwitchPlan
from topologies.processes import Program, ProgramError, find_program, require
from topologies.questions import START_TIMEOUT_S, ask_at, wait_for_controller
from topologies.relay import open_relay
from topologies.topology import Link, Topology

_LOOK_EVERY_S = 0.02

NEEDED = {
    "ip": "iproute2",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "ping": "iputils-ping",
}
"""The programs that a lab is made with, and the Debian packages they are in."""

Say = Callable[[str], None]


@asynccontextmanager
async def open_lab(topology: Topology, options: LabOptions, say: Say) -> AsyncIterator[Lab]:
    """Start a lab, telling its progress, and remove it on leaving; `LabError` if it will not start."""
    with claimed_folder() as folder:
        lab = Lab(topology, options, folder, say)
        try:
            await lab.start()
            yield lab
        except (ConfigurationError, NamespaceError, PortError, ProgramError) as error:
            raise LabError(str(error)) from error
        finally:
            await lab.stop()


class Lab:
    """A running lab; make one with `open_lab`."""

    def __init__(self, topology: Topology, options: LabOptions, folder: Path, say: Say) -> None:
        self.topology = topology
        self.owner = os.getpid()
        self._options = options
        self._folder = folder
        self._say = say
        self._core = self.namespace(CORE)
        of_hosts = {host: self.namespace(host) for host in topology.hosts}
        self._plan = SwitchPlan(topology, options, folder, of_hosts)
        self._switches: dict[str, Program] = {}
        self._programs: list[Program] = []
        self._in_background: list[Process] = []
        self._relay: asyncio.Server | None = None
        self._passing_on: asyncio.Task[None] | None = None
        """What scripts print, and what the controller says of their mistakes, on its way to the user."""

    def namespace(self, node: str) -> str:
        """Return the name of a node's namespace, for ``ip netns exec``."""
        return namespace_name(self.owner, node)

    # --- starting and stopping ---------------------------------------------------------------

    async def start(self) -> None:
        """Start everything and wait until the switches have their controller."""
        for program, package in NEEDED.items():
            require(program, package)
        self._say(f"lab {self.owner}: {self.topology.summary}")
        if warning := namespaces.neighbour_warning(len(self.topology.hosts)):
            self._say(warning)
        add_namespaces(map(self.namespace, [CORE, *self.topology.hosts]))
        add_cables(self._core, plan.cables(self.topology))
        await self._start_controller()
        await self._start_switches()

    async def stop(self) -> None:
        """Stop everything that was started, the switches first."""
        if self._relay is not None:
            self._relay.close()
        for process in self._in_background:
            await host_commands.end(process)
        await asyncio.gather(*(program.stop() for program in reversed(self._programs)))
        if self._passing_on is not None:
            await asyncio.wait([self._passing_on])

    async def _start_controller(self) -> None:
        """Start the controller, or the way to the one that runs elsewhere."""
        remote = self._options.remote
        if remote is not None:
            self._say(f"controller: {remote.dialled}")
            here = CONTROLLER_ADDRESS
            self._relay = await open_relay(self._core, here, remote, self._say)
        elif self._options.has_controller:
            self._say(f"controller: {self._options.controller}")
            ready = self._folder / "controller.ready"
            command = plan.controller_command(find_program("ofcontroller"), ready, self._options)
            controller = await self._start_program("controller", command)
            await self._wait_for_files({controller: ready})
            self._passing_on = asyncio.create_task(controller.pass_on())

    async def _start_switches(self) -> None:
        """Start all switches at once, then wait for all of them."""
        self._say(f"switches: {' '.join(self.topology.switches)}")
        program = find_program("ofswitch")
        for name, switch in self.topology.switches.items():
            command = self._plan.command(program, switch)
            self._switches[name] = await self._start_program(name, command)
        ready = {one: self._plan.ready_file(name) for name, one in self._switches.items()}
        await self._wait_for_files(ready)
        if self._options.has_controller:
            await wait_for_controller(self, self.check)

    async def _start_program(self, name: str, command: Sequence[str]) -> Program:
        log = self._folder / f"{name}.log"
        program = await Program.start(name, [*enter(self._core), *command], log)
        self._programs.append(program)
        return program

    async def _wait_for_files(self, ready: dict[Program, Path]) -> None:
        """Wait until every program has written its file; `ProgramError` when one ends instead."""
        late = list(ready)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while late := [program for program in late if not ready[program].exists()]:
                    self.check()
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            names = " ".join(program.name for program in late)
            raise LabError(f"{names}: not ready in {START_TIMEOUT_S:.0f} s") from None

    def check(self) -> None:
        """Raise `ProgramError` if a program has ended."""
        for program in self._programs:
            program.check()

    # --- using it ------------------------------------------------------------------------------

    def how_to_enter(self) -> str:
        """Tell a user how to get into a host."""
        first = next(iter(self.topology.hosts), CORE)
        return f"into host {first}: ip netns exec {self.namespace(first)} bash"

    async def ended(self) -> None:
        """Wait until a program ends; `LabError` says which, and why."""
        waiting = [asyncio.create_task(program.ended()) for program in self._programs]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        self.check()

    async def ping(self, source: str, target: str) -> float | None:
        """Send one echo request between two hosts; the round trip in ms, None when it is lost."""
        address = self.topology.hosts[target].ip.ip
        return await host_commands.ping_once(self.namespace(source), address)

    async def iperf(self, source: str, target: str, seconds: int) -> float:
        """Send TCP for so long and return what arrived, in Gbit/s; `LabError` if it cannot."""
        try:
            require("iperf3", package="iperf3")
        except ProgramError as error:
            raise Unavailable(str(error)) from None
        address = self.topology.hosts[target].ip.ip
        ends = self.namespace(source), self.namespace(target)
        return await host_commands.measure_tcp(*ends, address, seconds)

    async def ask(self, switch: str, question: str, **arguments: str) -> Any:
        """Return a switch's answer to one of the `QUESTIONS`."""
        try:
            self._switches[switch].check()
            return await ask_at(self._plan.control_socket(switch), question, arguments)
        except ProgramError as error:
            raise LabError(str(error)) from None

    async def set_link(self, link: Link, up: bool) -> None:
        """Set both ends of a link up or down; of a host's tap the one that the kernel has."""
        hosts = [end.node for end in link if end.node in self.topology.hosts]
        ends = [(self.namespace(host), HOST_INTERFACE) for host in hosts]
        try:
            for namespace, name in ends or [(self._core, end.interface) for end in link]:
                set_interface(namespace, name, up)
        except NamespaceError as error:
            ends_of_it = f"{link.first.interface} -- {link.second.interface}"
            raise LabError(f"{ends_of_it}: {error}") from None

    async def run(self, host: str, command: Sequence[str]) -> int:
        """Run a command in a host, on our terminal, and return its exit status."""
        process = await host_commands.start(self.namespace(host), command)
        return await process.wait()

    async def run_in_background(self, host: str, command: Sequence[str]) -> int:
        """Start a command in a host and return its process id."""
        options = {"stdin": DEVNULL, "start_new_session": True}
        process = await host_commands.start(self.namespace(host), command, **options)
        self._in_background.append(process)
        return process.pid
