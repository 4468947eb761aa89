"""A whole switch on asyncio: ports, datapath, agent, connections, control socket.

`Switch.start` brings it up in this order: the control socket, which is what two switches of one name would fight for;
ports; listeners; then it is ready, and begins to dial its controllers. `stop` takes everything back.

From code, without root, with a port in memory and a controller in the same process:

    switch = Switch(Configuration("s1", dpid=1))
    await switch.start()
    ours, theirs = memory_pair("p1", "h1")
    switch.add_port(ours)
    controller_end = switch.local_controller()      # a connected socket
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack

from console.tls.contexts import Contexts
from ofswitch.agent import Agent, ForShell, Identity
from ofswitch.configuration import Address, Configuration, FailMode
from ofswitch.datapath.effects import Effect, PortChanged, Transmit, Upcall
from ofswitch.frame import Frame
from ofswitch.ports import Port, PortError, open_port
from ofswitch.ports.spec import PortSpec
from ofswitch.runtime.commands import commands
from ofswitch.runtime.control import ControlServer
from ofswitch.runtime.datapaths import make_datapath
from ofswitch.runtime.dialling import Target, dial
from ofswitch.runtime.forwarding import make_forwarding
from ofswitch.runtime.listening import Listener
from ofswitch.runtime.ports import PortSet, describe
from ofswitch.runtime.transport import LINGER_S, Link, Refusal
from openflow import PortConfig

log = logging.getLogger("ofswitch")

MOST_VISITORS = 64
"""Connections that listeners accept at a time."""


class Switch:
    """A switch that runs on the current event loop. Raises CredentialsError when those for TLS do not fit."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._loop = asyncio.get_running_loop()
        datapath, kind = make_datapath(configuration)
        self.agent = Agent(
            Identity(configuration.name, configuration.dpid, kind, _software),
            datapath,
            versions=configuration.versions,
            standalone=configuration.fail_mode is FailMode.STANDALONE,
            packet_in_rate=configuration.packet_in_rate,
            probe_after_s=configuration.probe_interval_s,
            now=self._loop.time(),
        )
        self.ports = PortSet(self._frames_received, self._link_changed, self._port_gone)
        self.ports.forwarding = make_forwarding(
            configuration, datapath, self._packets_forwarded, self._number_gone
        )
        self._contexts = Contexts(configuration.tls) if configuration.tls else None
        self.links: list[Link] = []
        self.listeners: list[Address] = []
        self.targets = [Target(address, self._loop.time()) for address in configuration.controllers]
        self.started_at = self._loop.time()
        self._dialling: list[asyncio.Task[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._stack = AsyncExitStack()

    def now(self) -> float:
        """Seconds on the clock of everything in this switch."""
        return self._loop.time()

    # --- life ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Bring everything up, or raise ConfigurationError, PortError or ControlError and leave nothing."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Give everything back."""
        for task in self._dialling:
            task.cancel()
        await asyncio.gather(*self._dialling, return_exceptions=True)
        for link in list(self.links):
            link.close("the switch ends")
        if self.links:
            await asyncio.wait([link.gone for link in self.links], timeout=LINGER_S)
            for link in list(self.links):
                link.abort()
        await self._stack.aclose()
        self.ports.close()
        if self.ports.forwarding is not None:
            self.ports.forwarding.close()
        if self._timer is not None:
            self._timer.cancel()

    async def _start(self) -> None:
        configuration = self.configuration
        if configuration.control is not None:
            server = ControlServer(configuration.control, commands(self))
            self._stack.push_async_callback(server.close)
            await server.start()
        self.ports.watch()
        numbers = [self._plug(spec) for spec in configuration.ports]
        for number in numbers:  # so that the first frames find all ports there
            self._receive_from(number)
        for address in configuration.listen:
            await self._listen(address)
        for target in self.targets:
            link = self._link_maker(str(target), dialled=True)
            self._dialling.append(asyncio.create_task(dial(target, link, self._contexts)))
        self._schedule()

    async def _listen(self, address: Address) -> None:
        listener = await Listener.open(address, self._visitor, self._contexts)
        self._stack.callback(listener.close)
        self.listeners.append(listener.address)
        log.info("listening on %s", listener.address.listened_at)

    # --- ports -----------------------------------------------------------------------------------------------

    def add_port(self, what: PortSpec | str | Port) -> int:
        """Add a port, opening it if need be, and return its number. Raises PortError, and then nothing is left."""
        number = self._plug(what)
        self._receive_from(number)
        return number

    def _plug(self, what: PortSpec | str | Port) -> int:
        """Make a port part of the switch, without receiving from it yet. Raises PortError, and then nothing is left."""
        forwarding = self.ports.forwarding
        queues = 1 if forwarding is None else forwarding.queues
        port = what if isinstance(what, Port) else open_port(what, queues)
        try:
            number = self.ports.add(port)
        except PortError:
            port.close()
            raise
        datapath, now = self.agent.datapath, self._loop.time()
        desc = describe(port, number)
        self._change_ports(lambda: datapath.add_port(desc, now, lambda: port.counters))
        log.info("port %d: %s %s", number, port.kind, port.name)
        return number

    def _receive_from(self, number: int) -> None:
        """Begin to receive from a port. Raises PortError, and then it is gone."""
        try:
            self.ports.poll(number)
        except PortError:
            self.delete_port(number)
            raise

    def delete_port(self, number: int) -> None:
        """Remove a port and close it."""
        port = self.ports.remove(number)
        datapath = self.agent.datapath
        self._change_ports(lambda: datapath.remove_port(number))
        log.info("port %d: %s deleted", number, port.name)

    def _link_changed(self, port: Port) -> None:
        number = self.ports.number_of(port)
        if number is None:
            return
        desc = describe(port, number)
        if port.gone:
            self._port_gone(port)
            return
        self._change_ports(lambda: self.agent.datapath.update_port(desc))

    def _number_gone(self, number: int) -> None:
        port = self.ports.get(number)
        if port is not None:
            self._port_gone(port)

    def _port_gone(self, port: Port) -> None:
        number = self.ports.number_of(port)
        if number is not None:
            log.warning("port %d: %s has disappeared", number, port.name)
            self.delete_port(number)

    def _change_ports(self, change: Callable[[], list[Effect]]) -> None:
        self.carry_out(self.agent.change_ports(change, self._loop.time()))

    def _frames_received(self, number: int, frames: list[Frame]) -> None:
        self.carry_out(self.agent.receive(number, frames, self._loop.time()))

    def _packets_forwarded(self, effects: list[Transmit | Upcall]) -> None:
        """Native threads leave this to us."""
        self.carry_out(self.agent.carry_on(effects, self._loop.time()))

    # --- connections -----------------------------------------------------------------------------------------

    def local_controller(self) -> socket.socket:
        """Connect a controller in this process: its end of the connection, which is in control from its hello on."""
        ours, theirs = socket.socketpair()
        link = self._link_maker("local", dialled=True)
        task = asyncio.create_task(_connect(self._loop, link, ours))
        self._dialling.append(task)
        return theirs

    def _visitor(self) -> asyncio.Protocol:
        """Receive one who came to a listener, unless there are too many already."""
        if sum(not link.dialled for link in self.links) < MOST_VISITORS:
            return self._link_maker("", dialled=False)()
        log.warning("%d connections to listeners are open: no more", MOST_VISITORS)
        return Refusal()

    def _link_maker(self, peer: str, *, dialled: bool) -> Callable[[], Link]:
        def make() -> Link:
            link = Link(self, dialled=dialled, peer=peer)
            self.links.append(link)
            link.gone.add_done_callback(lambda _: self.links.remove(link))
            return link

        return make

    # --- effects ---------------------------------------------------------------------------------------------

    def carry_out(self, effects: list[ForShell]) -> None:
        """Transmit frames, a batch for each port; configure ports; write what waits for controllers."""
        batches: dict[int, list[Frame]] = {}
        for effect in effects:
            match effect:
                case Transmit(port_no, frame):
                    batches.setdefault(port_no, []).append(frame)
                case PortChanged(_, desc):
                    self._transmit(batches)
                    self.ports.set_up(desc.port_no, not desc.config & PortConfig.PORT_DOWN)
        self._transmit(batches)
        for link in list(self.links):
            link.flush()
        self._schedule()

    def _transmit(self, batches: dict[int, list[Frame]]) -> None:
        for number, frames in batches.items():
            self.ports.send(number, frames)
        batches.clear()

    def _schedule(self) -> None:
        """See to it that `_advance` runs when the agent has something to do."""
        deadline = self.agent.deadline()
        if deadline is None or (self._timer is not None and self._timer.when() <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._advance)

    def _advance(self) -> None:
        self._timer = None
        try:
            self.carry_out(self.agent.advance(self._loop.time()))
        finally:  # whatever happened, time goes on
            self._schedule()


async def _connect(
    loop: asyncio.AbstractEventLoop, link: Callable[[], Link], end: socket.socket
) -> None:
    end.setblocking(False)
    await loop.connect_accepted_socket(link, end)


def _software() -> str:
    """The version that is installed; found when it is asked for, since looking takes as long as all else."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ofswitch")
    except PackageNotFoundError:
        return "unknown"
