"""Two connections, and a network between them that loses, repeats and reorders segments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from random import Random

from apps.membership.tcp import Connection, State
from apps.membership.tcp.segments import SYN, Segment, emit, parse


@dataclass
class Wire:
    """Carries segments between two connections; what becomes of each is drawn from a seed."""

    seed: int = 0
    loss: float = 0.0
    repeat: float = 0.0
    reorder: float = 0.0
    delay_s: float = 0.01
    now: float = 0.0
    flying: list[tuple[float, int, int, Segment]] = field(default_factory=list)
    count: int = 0
    one: Connection = field(init=False)
    other: Connection | None = None
    got: dict[int, bytearray] = field(default_factory=lambda: {0: bytearray(), 1: bytearray()})
    to_write: dict[int, bytes] = field(default_factory=dict)
    isn: int = 0xFFFF_FF00
    window: int | None = None

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.one = Connection.connect(self.isn, self.now)

    def run(self, until: float = 300.0) -> None:
        """Until nothing is to be done any more, or the time is over."""
        self._drain()
        while (when := self._next()) <= until:
            self.now = when
            self._deliver()
            for connection in self._both():
                connection.advance(self.now)
            self._drain()

    def _both(self) -> list[Connection]:
        return [c for c in (self.one, self.other) if c is not None]

    def _next(self) -> float:
        return min([*(f[0] for f in self.flying), *(c.deadline for c in self._both()), inf])

    def _drain(self) -> None:
        for index, connection in enumerate(self._both()):
            self.got[index] += connection.read()
            if index in self.to_write and not connection.greeting and not connection.closed:
                connection.write(self.to_write.pop(index), self.now)
                connection.finish(self.now)
            for segment in connection.take_segments():
                self._send(index, segment)

    def _send(self, index: int, segment: Segment) -> None:
        draw = self.rng.random
        for _ in range(2 if draw() < self.repeat else 1):
            if draw() >= self.loss:
                late = 5 * self.delay_s * draw() if draw() < self.reorder else 0.0
                self.count += 1
                self.flying.append((self.now + self.delay_s + late, self.count, index, segment))

    def _deliver(self) -> None:
        due = sorted(f for f in self.flying if f[0] <= self.now)
        self.flying = [f for f in self.flying if f[0] > self.now]
        for _, _, index, segment in due:
            if self.window is not None:
                segment = replace(segment, window=min(segment.window, self.window))
            read = parse(emit(segment, 1, 2))
            assert read is not None
            assert read[2] == segment
            self._give(index, segment)
            self._drain()

    def _give(self, index: int, segment: Segment) -> None:
        if index == 1:
            self.one.receive(segment, self.now)
        elif self.other is not None:
            self.other.receive(segment, self.now)
        elif segment.flags == SYN:
            self.other = Connection.accept(segment, 77, self.now)


def payload(size: int) -> bytes:
    """Bytes of which no part looks like another."""
    return Random(size).randbytes(size)


def opened(**options: float) -> Wire:
    """Two connections that have shaken hands."""
    wire = Wire(**options)  # type: ignore[arg-type]
    wire.run()
    assert wire.other is not None
    assert (wire.one.state, wire.other.state) == (State.OPEN, State.OPEN)
    return wire
