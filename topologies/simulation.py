"""A topology in one process, without root: the same switches and controller on ports in memory.

Hosts are simulated (`topologies.simulated_host`); everything between them is what the lab runs too:
`ofswitch.runtime.Switch`, the controller and its app. What needs a kernel, such as TCP, says so.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import IPv4Address
from typing import Any

from console.control import ControlError
from controller.controller import Controller
from controller.runtime import Runtime
from controller.script import ScriptError, load
from controller.settings import Settings
from ofswitch.configuration import Configuration, ConfigurationError, FailMode
from ofswitch.frame import Frame
from ofswitch.offload import complete_checksum
from ofswitch.ports import MemoryPort, PortError, memory_pair
from ofswitch.runtime import Switch as RunningSwitch
from ofswitch.runtime.commands import commands
from topologies.network import LabError, Unavailable
from topologies.plan import LabOptions
from topologies.questions import QUESTIONS, wait_for_controller
from topologies.simulated_host import SimulatedHost
from topologies.topology import End, Host, Link, Switch, Topology

PING_TIMEOUT_S = 2.0
_ASK_AGAIN_S = 0.5
_RECEIVE_AT_ONCE = 64
_CHUNK = 1 << 16

Say = Callable[[str], None]


@asynccontextmanager
async def open_simulation(
    topology: Topology, options: LabOptions, say: Say
) -> AsyncIterator[Simulation]:
    """Start a simulated network; `LabError` if it will not start.

    The controller is the first to end: it asks its switches whether they have done what they were sent.
    """
    say(f"simulation: {topology.summary}")
    async with AsyncExitStack() as stack:
        try:
            simulation = Simulation(topology)
            stack.push_async_callback(simulation.stop)
            controller = await _start_controller(options, stack, say)
            await simulation.start(options)
        except (ConfigurationError, PortError, ScriptError, ValueError) as error:
            raise LabError(str(error)) from None
        if controller is not None:
            simulation.connect(controller)
        if options.has_controller:
            await wait_for_controller(simulation)
        yield simulation


async def _start_controller(
    options: LabOptions, stack: AsyncExitStack, say: Say
) -> Controller | None:
    """Start the controller with its apps and scripts; None when that is not ours to run."""
    say(f"controller: {options.controller}")
    if options.remote or not options.has_controller:
        return None
    scripts = [load(name) for name in options.scripts]
    runtime = await stack.enter_async_context(Runtime(Settings(versions=options.versions)))
    await runtime.start(*scripts)
    return runtime.controller


def _configuration(switch: Switch, options: LabOptions) -> Configuration:
    """Return what the lab would say on the command line of the switch."""
    return Configuration(
        name=switch.name,
        dpid=switch.dpid,
        controllers=(options.remote,) if options.remote else (),
        versions=options.versions,
        fail_mode=FailMode(options.switch_fail_mode),
        datapath=options.datapath or "",
    )


class Simulation:
    """A running simulation; make one with `open_simulation`."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self._switches: dict[str, RunningSwitch] = {}
        self._hosts = {name: HostOnPort(host) for name, host in topology.hosts.items()}
        self._splices: list[asyncio.Task[None]] = []

    async def start(self, options: LabOptions) -> None:
        """Start the switches and join every two ends of a link by a pair of memory ports."""
        for switch in self.topology.switches.values():
            running = RunningSwitch(_configuration(switch, options))
            self._switches[switch.name] = running
            await running.start()
        for link in self.topology.links:
            ports = memory_pair(link.first.interface, link.second.interface)
            for end, port in sorted(zip(link, ports)):
                self._plug(end, port)

    def _plug(self, end: End, port: MemoryPort) -> None:
        """Give a node its end of a link."""
        if end.node in self._switches:
            port.port_no = end.port_no
            self._switches[end.node].add_port(port)
        else:
            self._hosts[end.node].attach(port)

    def _unplug(self, end: End) -> None:
        """Take a node's end of a link away."""
        if end.node in self._hosts:
            self._hosts[end.node].detach()
        elif end.node in self._switches:
            self._switches[end.node].delete_port(end.port_no)

    def connect(self, controller: Controller) -> None:
        """Connect every switch with the controller."""
        for switch in self._switches.values():
            splice = splice_together(controller, switch.local_controller())
            self._splices.append(asyncio.create_task(splice))

    async def stop(self) -> None:
        """Pull all cables at the same moment, so that nobody wonders about it, and stop everything."""
        for link in self.topology.links:
            for end in link:
                self._unplug(end)
        for switch in self._switches.values():
            await switch.stop()
        for splice in self._splices:
            splice.cancel()

    # --- using it ------------------------------------------------------------------------------

    def how_to_enter(self) -> str:
        """Tell that there is nothing to enter."""
        return "simulated hosts live in this process; --cli gives a prompt for them"

    async def ended(self) -> None:
        """Wait for ever."""
        await asyncio.get_running_loop().create_future()

    async def ping(self, source: str, target: str) -> float | None:
        """Send one echo request between two hosts; the round trip in ms, None when it is lost."""
        return await self._hosts[source].ping(self.topology.hosts[target].ip.ip)

    async def ask(self, switch: str, question: str, **arguments: str) -> Any:
        """Return a switch's answer to one of the `QUESTIONS`."""
        answer = commands(self._switches[switch])[question]
        try:
            return answer(**{**QUESTIONS[question].arguments, **arguments})
        except ControlError as error:
            raise LabError(str(error)) from None

    async def iperf(self, source: str, target: str, seconds: int) -> float:
        """Tell that simulated hosts have no TCP."""
        raise Unavailable("iperf needs real hosts: run oflab as root")

    async def set_link(self, link: Link, up: bool) -> None:
        """Tell that links in memory are always up."""
        raise Unavailable("simulated links are always up: run oflab as root for real ones")

    async def run(self, host: str, command: Sequence[str]) -> int:
        """Run ``ping``, the one command that simulated hosts have."""
        addresses = [word for word in command[1:] if _is_address(word)]
        if command[0] != "ping" or len(addresses) != 1:
            raise Unavailable("simulated hosts can only ping: run oflab as root for real ones")
        round_trip = await self._hosts[host].ping(IPv4Address(addresses[0]))
        print("no answer" if round_trip is None else f"{addresses[0]}: {round_trip:.3f} ms")
        return int(round_trip is None)

    async def run_in_background(self, host: str, command: Sequence[str]) -> int:
        """Tell that simulated hosts have no processes."""
        raise Unavailable("simulated hosts run nothing: run oflab as root for real ones")


def _is_address(word: str) -> bool:
    try:
        IPv4Address(word)
    except ValueError:
        return False
    return True


class HostOnPort:
    """A simulated host with its network card, on the event loop."""

    def __init__(self, host: Host) -> None:
        self._port: MemoryPort | None = None
        self._replies: dict[int, asyncio.Future[None]] = {}
        self._host = SimulatedHost(host, self._send, self._answered)

    def attach(self, port: MemoryPort) -> None:
        """Plug the cable in."""
        self._port = port
        asyncio.get_running_loop().add_reader(port.fileno(), self._receive, port)

    def detach(self) -> None:
        """Pull the cable out."""
        if self._port is not None:
            asyncio.get_running_loop().remove_reader(self._port.fileno())
            self._port.close()
            self._port = None

    async def ping(self, target: IPv4Address) -> float | None:
        """Send an echo request and return the round trip in ms; None when no answer came."""
        begin = time.perf_counter()
        number = self._host.ping(target)
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(PING_TIMEOUT_S):
                while not (await asyncio.wait([reply], timeout=_ASK_AGAIN_S))[0]:
                    self._host.ask_again()
        except TimeoutError:
            return None
        finally:
            del self._replies[number]
        return (time.perf_counter() - begin) * 1000

    def _answered(self, number: int) -> None:
        reply = self._replies.get(number)
        if reply is not None and not reply.done():
            reply.set_result(None)

    def _send(self, data: bytes) -> None:
        if self._port is not None:
            self._port.send([Frame(data)])

    def _receive(self, port: MemoryPort) -> None:
        for frame in port.receive(_RECEIVE_AT_ONCE):
            self._host.receive(complete_checksum(frame).data)
        if port.gone:
            self.detach()


async def splice_together(controller: Controller, switch_end: socket.socket) -> None:
    """Carry bytes between a controller in this process and the socket that a switch made for it."""
    reader, writer = await asyncio.open_connection(sock=switch_end)
    end, _ = controller.local_connect()

    def from_controller() -> None:
        writer.write(end.read())
        if end.eof:
            writer.close()

    end.on_readable = from_controller
    from_controller()
    while data := await reader.read(_CHUNK):
        end.write(data)
        await writer.drain()
    end.close()
