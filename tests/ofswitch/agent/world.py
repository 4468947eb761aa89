"""A switch without sockets: an agent on a datapath, controllers that speak bytes to it, a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ofswitch.agent import Agent, ForShell, Identity
from ofswitch.datapath import Limits, ReferenceDatapath
from ofswitch.datapath.effects import Transmit
from ofswitch.frame import Frame, Offload
from openflow import (
    V1_0,
    V1_3,
    ApplyActions,
    BarrierReply,
    BarrierRequest,
    ErrorMsg,
    FlowMod,
    Hello,
    Match,
    Message,
    Output,
    Port,
    PortNo,
    Version,
    VersionBitmap,
    decode,
    encode,
)
from openflow.framing import split

DPID = 0x1234
MAC = 0x0200_0000_0000
BOTH = frozenset({V1_0, V1_3})


class Controller:
    """A controller on the other end of a session."""

    def __init__(self, world: World, version: Version = V1_3, *, dialled: bool = True) -> None:
        self.world = world
        self.version = version
        self.session = world.agent.open_session("test", world.now, dialled=dialled)
        self._bytes = bytearray()
        self._send(encode(Hello([VersionBitmap.of(frozenset({version}))]), version))
        assert isinstance(self.read()[0], Hello)

    def send(self, *messages: Message) -> list[Any]:
        """Send messages in one piece, and return everything that comes back."""
        return self.send_bytes(b"".join(encode(message, self.version) for message in messages))

    def send_bytes(self, data: bytes) -> list[Any]:
        """Send bytes, and return everything that comes back."""
        self._send(data)
        return self.read()

    def ask(self, request: Message) -> Any:
        """Send a request, and return the one message that comes back."""
        (reply,) = self.send(request)
        assert reply.xid == request.xid
        return reply

    def do(self, *changes: Message) -> None:
        """Send changes that no error may come back for."""
        replies = self.send(*changes, BarrierRequest(xid=0xBA))
        assert [type(reply) for reply in replies] == [BarrierReply]

    def refused(self, request: Message) -> Any:
        """Send a request, and return the error that comes back."""
        error = self.ask(request)
        assert isinstance(error, ErrorMsg), error
        assert error.data == encode(request, self.version)[:64]
        return error.error

    def read(self) -> list[Any]:
        """Take everything that the switch has to say."""
        while output := self.session.take_output(1 << 16):
            self._bytes += output
        found, consumed = split(self._bytes, 1 << 30)
        del self._bytes[:consumed]
        return list(map(decode, found))

    def leave(self) -> None:
        """Close the connection."""
        self.world.agent.close_session(self.session, "left", self.world.now)

    def _send(self, data: bytes) -> None:
        world = self.world
        world.effects += world.agent.receive_from(self.session, data, world.now)
        while self.session.waiting:
            world.effects += world.agent.receive_from(self.session, b"", world.now)


class World:
    """A switch with three ports, 1 to 3."""

    def __init__(
        self,
        *,
        standalone: bool = False,
        tables: int = 4,
        packet_in_rate: int = 0,
        datapath: Callable[[Limits], Any] = ReferenceDatapath,
    ) -> None:
        self.now = 1000.0
        self.effects: list[ForShell] = []
        self.datapath = datapath(Limits(n_tables=tables))
        self.agent = Agent(
            Identity("s1", DPID, "reference", lambda: "1.2.3"),
            self.datapath,
            versions=BOTH,
            standalone=standalone,
            packet_in_rate=packet_in_rate,
            now=self.now,
        )
        for number in (1, 2, 3):
            self.add_port(number)

    def add_port(self, number: int) -> None:
        """Plug a port in."""
        desc = Port(number, MAC + number, f"p{number}")
        self.effects += self.agent.change_ports(
            lambda: self.datapath.add_port(desc, self.now), self.now
        )

    def arrive(self, data: bytes, port: int = 1, offload: Offload | None = None) -> list[Transmit]:
        """A frame comes in; return what goes out."""
        self.take()
        self.effects += self.agent.receive(port, [Frame(data, offload)], self.now)
        return self.take()

    def take(self) -> list[Transmit]:
        """What was transmitted since the last time."""
        sent = [effect for effect in self.effects if isinstance(effect, Transmit)]
        self.effects.clear()
        return sent

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.effects += self.agent.advance(self.now)


def frame(length: int = 60, mark: int = 0, eth_type: int = 0x88B5) -> bytes:
    """An Ethernet frame of this length."""
    head = bytes.fromhex("000000000002000000000001") + eth_type.to_bytes(2, "big")
    return (head + mark.to_bytes(4, "big")).ljust(length, b"\xaa")


def to_controller(max_len: int = 0xFFFF, **more: Any) -> FlowMod:
    """A flow entry that sends everything to the controller."""
    return FlowMod(
        instructions=[ApplyActions([Output(PortNo.CONTROLLER, max_len)])], priority=0, **more
    )


def forward(out: int, match: Match | None = None, **more: Any) -> FlowMod:
    """A flow entry that outputs to a port."""
    return FlowMod(match or Match(), [ApplyActions([Output(out)])], **more)


def ports_of(sent: list[Transmit]) -> Iterator[int]:
    """Where frames went."""
    return iter([one.port_no for one in sent])
