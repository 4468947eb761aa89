"""A cluster in one process: many members, one heap of what is to come, and one random generator for all chance.

What the members speak does not matter here, as long as they are driven as `apps.swim.core` is: `host.Node`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Any, Generic

from apps.swim.address import Address
from apps.swim.config import BARE
from apps.swim.core import Core
from apps.swim.effects import Connect, Deliver, Effect, Event, Send
from apps.swim.members import Identity, Member, Roster
from apps.swim.simulation.faults import WELL, Faults
from apps.swim.simulation.host import Host, N
from apps.swim.simulation.network import Network, within
from apps.swim.streams import Stream

if TYPE_CHECKING:
    from random import Random

_CHUNK = 700
"""Bytes that a stream carries at a time, so that what is read is cut anywhere."""

_CLOCKS_APART_S = 1000.0
_ROUNDING_S = 1e-6

Make = Callable[[Identity, "Random", float, Roster], N]
Watch = Callable[[Host[N], Event], None]


class Crowd(Generic[N]):
    """Hosts by name, and the time. `make` makes the protocol of each."""

    def __init__(
        self, rng: Random, make: Make[N], faults: Faults = WELL, *, versions: bytes = BARE
    ) -> None:
        self.rng = rng
        self.now = 0.0
        self.hosts: dict[str, Host[N]] = {}
        self.network = Network(rng, faults)
        self.watch: Watch[N] | None = None
        self.after_each: Callable[[Host[N]], None] | None = None
        self.recording = True
        self.datagrams = self.datagram_bytes = self.stream_bytes = 0
        self._make = make
        self._versions = versions
        self._by_address: dict[Address, Host[N]] = {}
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0

    # --- who is there ---------------------------------------------------------------------------

    def add(
        self, name: str, join: str | None = None, meta: bytes = b"", roster: Roster | None = None
    ) -> Host[N]:
        """Start a member, at the address that goes with its name if it was there before."""
        known = self.hosts.get(name)
        number = known.number if known else len(self.hosts)
        at = known.at if known else _address(number)
        rate, offset = self._draw_clock()
        identity = Identity(name, at.ip, at.port, meta)
        shown = self.now * rate + offset
        host = Host(
            name,
            number,
            at,
            self._make(identity, self.rng, shown, roster or Roster()),
            rate,
            offset,
        )
        self.hosts[name] = self._by_address[at] = host
        slow = self.faults.slow
        if slow and slow.holds(number):
            host.slow = True
            self._in(within(self.rng, slow.run_s), self._stall, host)
        self._wake(host, host.swim.deadline)
        if join is not None:
            self.carry_out(host, host.swim.join([self.hosts[join].at], shown))
        return host

    def acquainted(self, size: int) -> list[str]:
        """Members that all know each other from the beginning."""
        names = [f"m{number}" for number in range(size)]
        start = len(self.hosts)
        roster = Roster(
            Member(name, _address(start + n), b"", self._versions, 1)
            for n, name in enumerate(names)
        )
        for name in names:
            self.add(name, roster=roster)
        return names

    def crash(self, name: str) -> None:
        """Stop a member without a word."""
        self.hosts[name].up = False

    @property
    def sent_bytes(self) -> int:
        """All that members have sent, in datagrams and streams, without the heads of UDP and TCP."""
        return self.datagram_bytes + self.stream_bytes

    @property
    def faults(self) -> Faults:
        """What goes wrong. Who is slow was settled when it was started."""
        return self.network.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.network.faults = faults

    def partition(self, *groups: Iterable[str]) -> None:
        """Cut the network; without groups, heal it."""
        self.network.partition(groups)

    # --- time -----------------------------------------------------------------------------------

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end, heap = self.now + seconds, self._heap
        while heap and heap[0][0] <= end:
            self.now, _, action, arguments = heappop(heap)
            action(*arguments)
        self.now = end

    def until(self, holds: Callable[[], bool], most: float, step: float = 0.1) -> float:
        """Let time pass until something holds; the time it took. Fails when it takes too long."""
        start = self.now
        while not holds():
            if self.now - start >= most:
                raise AssertionError(f"not within {most} s")
            self.run(step)
        return self.now - start

    # --- effects --------------------------------------------------------------------------------

    def do(self, name: str, effects: list[Effect]) -> None:
        """Carry out what a member wants."""
        self.carry_out(self.hosts[name], effects)

    def carry_out(self, host: Host[N], effects: list[Effect]) -> None:
        """Send, connect, and write down what has happened."""
        for effect in effects:
            if type(effect) is Send:
                self._send(host, effect)
            elif type(effect) is Connect:
                self._in(self.network.exchange_s(), self._exchange, host, effect)
            elif type(effect) is Event:
                self._happened(host, effect)
            elif type(effect) is Deliver and self.recording:
                host.delivered.append(effect.data)
        if self.after_each is not None:
            self.after_each(host)
        self._wake(host, host.swim.deadline)

    def _happened(self, host: Host[N], event: Event) -> None:
        if self.recording:
            host.events.append((self.now, event.kind, event.member.name))
        if self.watch is not None:
            self.watch(host, event)

    # --- datagrams ------------------------------------------------------------------------------

    def _send(self, host: Host[N], send: Send) -> None:
        self.datagrams += 1
        self.datagram_bytes += len(send.data)
        to = self._by_address.get(send.to)
        if to is None or not self.network.passes(host.name, to.name):
            return
        for delay in self.network.delays():
            self._at(self.now + delay, self._arrive, to, send.data, host.at)

    def _arrive(self, host: Host[N], data: bytes, source: Address) -> None:
        if not host.up:
            return
        if host.stalled:
            slow = self.faults.slow
            if slow is None or len(host.backlog) < slow.backlog:
                host.backlog.append((data, source))
            return
        self.carry_out(host, host.swim.receive(data, source, host.clock(self.now)))

    # --- streams --------------------------------------------------------------------------------

    def _exchange(self, host: Host[N], connect: Connect) -> None:
        """An exchange comes to its end, if both sides are there."""
        if not host.up:
            return
        stream, to = connect.stream, self._by_address.get(connect.to)
        left = host.when(stream.deadline) - self.now
        if host.stalled:
            self._at(host.stalled_until, self._exchange, host, connect)
        elif left <= 0:
            self.carry_out(host, stream.close(host.clock(self.now), "not in time"))
        elif to is None or not to.up or not self.network.connects(host.name, to.name):
            self._in(left + _ROUNDING_S, self._exchange, host, connect)
        elif to.stalled:
            soonest = min(to.stalled_until, self.now + left + _ROUNDING_S)
            self._at(soonest, self._exchange, host, connect)
        else:
            self._pump(host, stream, to)

    def _pump(self, host: Host[N], stream: Stream, to: Host[N]) -> None:
        assert isinstance(to.swim, Core), "only cores have streams"
        served = to.swim.stream(host.at, to.clock(self.now))
        while not (stream.done and served.done):
            if not self._carry(stream, to, served) and not self._carry(served, host, stream):
                break
        for side, end in ((to, served), (host, stream)):
            self.carry_out(side, end.close(side.clock(self.now)))
            if end.failure:
                side.failures.append(end.failure)

    def _carry(self, writer: Stream, to: Host[N], reader: Stream) -> bool:
        """Carry what one side has written to the other."""
        output = writer.take_output()
        self.stream_bytes += len(output)
        for start in range(0, len(output), _CHUNK):
            part = output[start : start + _CHUNK]
            self.carry_out(to, reader.receive(part, to.clock(self.now)))
        return bool(output)

    # --- machines -------------------------------------------------------------------------------

    def stall(self, name: str, seconds: float) -> None:
        """A member's process stands still for so long."""
        host = self.hosts[name]
        if not host.stalled:
            host.stalled, host.stalled_until = True, self.now + seconds
            self._in(seconds, self._resume, host)

    def _stall(self, host: Host[N]) -> None:
        """One that is slow stands still again; not any more, once there are to be no slow ones."""
        slow = self.faults.slow
        if slow and self.hosts.get(host.name) is host:
            self.stall(host.name, within(self.rng, slow.stall_s))

    def _resume(self, host: Host[N]) -> None:
        host.stalled = False
        slow = self.faults.slow
        if slow and host.slow:
            self._in(within(self.rng, slow.run_s), self._stall, host)
        if slow is None or slow.timers_first:
            self._look_at_clock(host)
        while host.backlog:
            self._arrive(host, *host.backlog.popleft())
        self._look_at_clock(host)

    def _look_at_clock(self, host: Host[N]) -> None:
        if not host.up:
            return
        host.wake_at = inf
        shown, deadline = host.clock(self.now), host.swim.deadline
        if deadline >= shown + _ROUNDING_S:
            # What it was to be woken for is settled.
            self._wake(host, deadline)
        else:
            self.carry_out(host, host.swim.advance(max(shown, deadline)))

    def _wake(self, host: Host[N], deadline: float) -> None:
        """Have it look at its clock when it wants to."""
        when = host.when(deadline)
        if when < host.wake_at and host.up:
            host.wake_at = when = max(when, self.now)
            self._at(when, self._timer, host, when)

    def _timer(self, host: Host[N], when: float) -> None:
        if host.wake_at == when and not host.stalled:
            self._look_at_clock(host)

    def _draw_clock(self) -> tuple[float, float]:
        skew = self.faults.skew
        if not skew:
            return 1.0, 0.0
        return within(self.rng, (1 - skew, 1 + skew)), within(self.rng, (0, _CLOCKS_APART_S))

    def _in(self, seconds: float, action: Callable[..., None], *arguments: Any) -> None:
        self._at(self.now + seconds, action, *arguments)

    def _at(self, when: float, action: Callable[..., None], *arguments: Any) -> None:
        self._count += 1
        heappush(self._heap, (when, self._count, action, arguments))


def _address(number: int) -> Address:
    return Address(bytes([10, number >> 16, (number >> 8) & 0xFF, number & 0xFF]), 7946)
