"""A small network in one process: many cores, one heap of events, and a seed for everything that is left to chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from random import Random

from apps.swim.address import Address
from apps.swim.config import LAN, Config
from apps.swim.core import Core
from apps.swim.effects import Connect, Deliver, Effect, Event, Kind, Send
from apps.swim.members import Identity, State
from apps.swim.streams import Stream

CHUNK = 700
"""Bytes that a stream carries at a time, so that what is read is cut anywhere."""


@dataclass(slots=True)
class Faults:
    """What the network does to datagrams; who is in different `groups` cannot reach each other at all."""

    loss: float = 0.0
    duplication: float = 0.0
    delay: tuple[float, float] = (0.001, 0.01)
    groups: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Host:
    """A member, what it has told, and whether it runs."""

    swim: Core
    at: Address
    up: bool = True
    events: list[tuple[float, Kind, str]] = field(default_factory=list)
    delivered: list[bytes] = field(default_factory=list)
    wake_at: float = 1e300

    def kinds(self, name: str) -> list[Kind]:
        """What has happened to a member, by this one's account."""
        return [kind for _, kind, about in self.events if about == name]


class World:
    """Hosts by name, and the time."""

    def __init__(self, seed: int, faults: Faults | None = None, config: Config = LAN) -> None:
        self.rng = Random(seed)
        self.faults = faults or Faults()
        self.config = config
        self.now = 0.0
        self.hosts: dict[str, Host] = {}
        self.sent = 0
        self._by_address: dict[Address, str] = {}
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    # --- who is there ---------------------------------------------------------------------------

    def add(self, name: str, join: str | None = None, meta: bytes = b"") -> Host:
        """Start a member, at the address that goes with its name if it was there before."""
        number = list(self.hosts).index(name) if name in self.hosts else len(self.hosts)
        at = Address(bytes([10, 0, number >> 8, number & 0xFF]), 7946)
        rng = Random(self.rng.getrandbits(64))
        swim = Core(self.config, Identity(name, at.ip, at.port, meta), rng, self.now)
        host = self.hosts[name] = Host(swim, at)
        self._by_address[at] = name
        self._wake(name)
        if join is not None:
            self.do(name, host.swim.join([self.hosts[join].at], self.now))
        return host

    def cluster(self, size: int) -> list[str]:
        """Members that have joined the first of them."""
        names = [f"m{number}" for number in range(size)]
        for name in names:
            self.add(name, names[0] if name != names[0] else None)
        return names

    def crash(self, name: str) -> None:
        """Stop a member without a word."""
        self.hosts[name].up = False

    def partition(self, *groups: Iterable[str]) -> None:
        """Cut the network; without groups, heal it."""
        self.faults.groups = {name: n for n, group in enumerate(groups) for name in group}

    def view(self, name: str) -> dict[str, State]:
        """The state of every member, as one sees it."""
        return {m.name: m.state for m in self.hosts[name].swim.members.values()}

    def agreed(self, names: Iterable[str]) -> bool:
        """Whether these all see each other alive, in the same incarnation and with the same metadata."""
        names = list(names)
        for name in names:
            members = self.hosts[name].swim.members
            for other in names:
                seen, truth = members.find(other), self.hosts[other].swim.me
                if seen is None or seen.state is not State.ALIVE:
                    return False
                if (seen.incarnation, seen.meta) != (truth.incarnation, truth.meta):
                    return False
        return True

    # --- time -----------------------------------------------------------------------------------

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self._heap and self._heap[0][0] <= end:
            self.now, _, action = heappop(self._heap)
            action()
        self.now = end

    def until(self, holds: Callable[[], bool], most: float, step: float = 0.1) -> float:
        """Let time pass until something holds; the time it took. Fails when it takes too long."""
        start = self.now
        while not holds():
            assert self.now - start < most, f"not within {most} s"
            self.run(step)
        return self.now - start

    # --- effects --------------------------------------------------------------------------------

    def do(self, name: str, effects: list[Effect]) -> None:
        """Carry out what a member wants."""
        host = self.hosts[name]
        for effect in effects:
            if isinstance(effect, Send):
                assert len(effect.data) <= self.config.budget
                self._send(name, effect)
            elif isinstance(effect, Connect):
                self._at(self.now + self._delay(), partial(self._connect, name, effect))
            elif isinstance(effect, Event):
                host.events.append((self.now, effect.kind, effect.member.name))
            elif isinstance(effect, Deliver):
                host.delivered.append(effect.data)
        self._wake(name)

    def _send(self, name: str, send: Send) -> None:
        self.sent += 1
        copies = 2 if self.rng.random() < self.faults.duplication else 1
        for _ in range(copies):
            if self.rng.random() >= self.faults.loss:
                self._at(self.now + self._delay(), partial(self._arrive, name, send))

    def _arrive(self, name: str, send: Send) -> None:
        to = self._reached(name, send.to)
        if to is not None:
            host = self.hosts[to]
            self.do(to, host.swim.receive(send.data, self.hosts[name].at, self.now))

    def _connect(self, name: str, connect: Connect) -> None:
        stream, to = connect.stream, self._reached(name, connect.to)
        if not self.hosts[name].up:
            return
        if to is None:
            self._at(stream.deadline, lambda: self.do(name, stream.close(self.now, "no route")))
            return
        served = self.hosts[to].swim.stream(self.hosts[name].at, self.now)
        while not (stream.done and served.done):
            if not self._pump(stream, to, served) and not self._pump(served, name, stream):
                break
        self.do(to, served.close(self.now))
        self.do(name, stream.close(self.now))

    def _pump(self, writer: Stream, to: str, reader: Stream) -> bool:
        """Carry what one side has written to the other."""
        output = writer.take_output()
        for start in range(0, len(output), CHUNK):
            self.do(to, reader.receive(output[start : start + CHUNK], self.now))
        return bool(output)

    def _reached(self, name: str, at: Address) -> str | None:
        """Who gets what a member sends there, if anybody does."""
        to = self._by_address.get(at)
        groups = self.faults.groups
        if to is None or not self.hosts[to].up or groups.get(name) != groups.get(to):
            return None
        return to

    # --- the heap -------------------------------------------------------------------------------

    def _delay(self) -> float:
        return self.rng.uniform(*self.faults.delay)

    def _at(self, when: float, action: Callable[[], None]) -> None:
        self._count += 1
        heappush(self._heap, (when, self._count, action))

    def _wake(self, name: str) -> None:
        host = self.hosts[name]
        deadline = host.swim.deadline
        if deadline < host.wake_at:
            host.wake_at = deadline
            self._at(max(deadline, self.now), partial(self._advance, host, name))

    def _advance(self, host: Host, name: str) -> None:
        if self.hosts[name] is not host or not host.up:
            return
        host.wake_at = 1e300
        self.do(name, host.swim.advance(self.now))
