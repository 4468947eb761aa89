"""One core on its own, with the other side played by the test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import TypeVar

from apps.swim.address import Address
from apps.swim.config import LAN, Config
from apps.swim.core import Core
from apps.swim.effects import Connect, Effect, Event, Kind, Send
from apps.swim.members import Identity, Member
from apps.swim.messages import Alive, Message, Ping, decode, encode
from apps.swim.packet import Envelope, compound
from apps.swim.streams import Stream

VSN = bytes([1, 5, 5, 2, 5, 4])
SILENT = replace(LAN, push_pull_interval_s=1e6, reconnect_interval_s=1e6, gossip_interval_s=1e6)
M = TypeVar("M", bound=Message)


def at(number: int) -> Address:
    """The address of the member of this number."""
    return Address(bytes([10, 0, 0, number]), 7946)


def alive(number: int, incarnation: int = 1, meta: bytes = b"", port: int = 7946) -> Alive:
    """That member `h<number>` lives."""
    return Alive(incarnation, f"h{number}", at(number).ip, port, meta, VSN)


class Driven:
    """Member `h0`, which knows others by their claims, and what it has told since."""

    def __init__(self, others: int = 0, config: Config = LAN) -> None:
        self.now = 0.0
        self.config = config
        me = Identity("h0", at(0).ip, at(0).port)
        self.swim = Core(config, me, Random(1), self.now)
        self.effects: list[Effect] = []
        for number in range(1, others + 1):
            self.hear(alive(number))
        self.effects.clear()

    def hear(self, *claims: Message, source: Address | None = None) -> list[Effect]:
        """A datagram with these."""
        return self.hear_bytes(*map(encode, claims), source=source)

    def hear_bytes(self, *parts: bytes, source: Address | None = None) -> list[Effect]:
        """A datagram with these parts."""
        data = Envelope(self.config.envelope.label, self.config.envelope.keyring).seal(
            compound(list(parts)), Random(2).randbytes
        )
        return self._done(self.swim.receive(data, source or at(99), self.now))

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass, and do what is due at its time."""
        end, effects = self.now + seconds, []
        while self.swim.deadline <= end:
            self.now = self.swim.deadline
            effects += self.swim.advance(self.now)
        self.now = end
        return self._done(effects + self.swim.advance(end))

    def member(self, number: int) -> Member:
        """What it knows of a member."""
        return self.swim.members[f"h{number}"]

    def lenient(self, number: int) -> bool:
        """Whether it is with a member."""
        return self.swim.leniency.due(f"h{number}", self.now)

    def snapshot(self) -> dict[str, Member]:
        """All that it knows."""
        return dict(self.swim.members)

    def _done(self, effects: list[Effect]) -> list[Effect]:
        self.effects += effects
        return effects


def kinds(effects: Iterable[Effect]) -> list[Kind]:
    """What happened to members."""
    return [effect.kind for effect in effects if isinstance(effect, Event)]


def sent(
    effects: Iterable[Effect], cls: type[M], envelope: Envelope | None = None
) -> list[tuple[M, Address]]:
    """The messages of a type in what was sent, and to whom."""
    found = []
    for effect in effects:
        if isinstance(effect, Send):
            for part in (envelope or Envelope()).open(effect.data):
                message = decode(part) if part[0] != 8 else None
                if isinstance(message, cls):
                    found.append((message, effect.to))
    return found


def first_ping(core: Driven) -> Ping:
    """Wait for the next probe."""
    for _ in range(200):
        pings = sent(core.wait(0.01), Ping)
        if pings:
            return pings[0][0]
    raise AssertionError("nobody was probed")


def connections(effects: Iterable[Effect]) -> list[Connect]:
    """The streams that are to be opened."""
    return [effect for effect in effects if isinstance(effect, Connect)]


def joined(core: Driven) -> Stream:
    """The stream by which a core joins h50."""
    (effect,) = core.swim.join([at(50)], core.now)
    assert isinstance(effect, Connect)
    assert effect.to == at(50)
    return effect.stream
