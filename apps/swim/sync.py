"""Exchanging everything: push-pull over a stream, to join, every now and then, and with those that seem dead.

Rumours are told a limited number of times and may miss somebody; a push-pull mends that. In a large cluster those of
every now and then are of a part only; what has been missed is in it as long as it is new. A failed member is tried
again as often as there are failed ones among the living, so that the load of it stays the same whatever the size, and
two halves that have given each other up find together again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache, partial
from math import ceil, log2

from apps.swim.address import Address
from apps.swim.agenda import Timer
from apps.swim.context import Context
from apps.swim.effects import Connect, Deliver, Shared
from apps.swim.errors import Incompatible, MalformedMessage
from apps.swim.framing import Heard
from apps.swim.members import Member, State
from apps.swim.messages import (
    Ack,
    NodeState,
    Ping,
    PushPullHeader,
    UserHeader,
    encode,
    to_map,
)
from apps.swim.probe import Probe
from apps.swim.rules import Rules
from apps.swim.streams import Room, Stream, expect

_SCALE_FROM = 32
"""Members up to which the interval of push-pulls stays as it is."""

_PROBES_ALONE = 3
"""Probe intervals between attempts to join, while we are alone."""


def interval_scale(members: int) -> int:
    """How much longer the interval between push-pulls is in a cluster of so many."""
    if members <= _SCALE_FROM:
        return 1
    return ceil(log2(members) - log2(_SCALE_FROM)) + 1


class Sync:
    """Opens streams and serves those of others."""

    def __init__(self, context: Context, rules: Rules) -> None:
        self._context = context
        self._rules = rules
        self._seeds: list[Address] = []
        self._unmet: set[Address] = set()
        self._served = 0
        config = context.config
        room = Room(config.streams_hold_most, 2 * config.streams_most)
        self._stream = partial(Stream, context, room)
        self._timers: list[Timer] = []
        self.share: Callable[[], bytes] = bytes

    def start(self) -> None:
        """Begin somewhere within the intervals."""
        context, config = self._context, self._context.config
        draw = context.rng.random
        self._timers = [
            context.after(draw() * self._interval_s(), self._tick),
            context.after(draw() * config.reconnect_interval_s, self._reconnect),
        ]

    def stop(self) -> None:
        """Open no stream any more."""
        for timer in self._timers:
            timer.cancel()

    def join(self, seeds: Iterable[Address]) -> None:
        """Exchange everything with these, now; with whoever has not answered, and with all while we are alone, again.

        Who has never answered must be tried even when others have joined us: it may be of the other part of a network
        that is cut, and know nobody of ours.
        """
        self._seeds = list(seeds)
        self._unmet = set(self._seeds) - {self._context.at}
        for seed in self._seeds:
            self._push_pull(seed, join=True)
        self._timers[1].cancel()
        self._timers[1] = self._context.after(self._pause(), self._reconnect)

    def ping(self, probe: Probe, ping: Ping) -> None:
        """Try a probed member by a stream."""

        def answered(heard: Heard) -> bytes:
            expect(heard, Ack)
            probe.by_stream = heard.head == Ack(probe.seq_no) or probe.by_stream
            return b""

        context, at = self._context, probe.target.at
        stream = self._stream(at, probe.verdict, answered, request=partial(encode, ping))
        context.effects.append(Connect(at, stream))

    def serve(self, peer: Address) -> Stream:
        """An exchange that somebody else begins."""
        context = self._context
        deadline = context.now + context.config.stream_timeout_s
        if self._served >= context.config.streams_most:
            context.counters["streams_refused"] += 1
            refused = self._stream(peer, deadline, lambda _: b"")
            refused.done = True
            return refused
        self._served += 1
        return self._stream(peer, deadline, self._answer, on_close=self._end_service)

    # --- when -----------------------------------------------------------------------------------

    def _tick(self) -> None:
        context = self._context
        for peer in context.members.choose(
            context.rng, 1, lambda m: m.state is State.ALIVE and m.name != context.name
        ):
            self._push_pull(peer.at, some=True)
        self._timers[0] = context.after(self._interval_s(), self._tick)

    def _interval_s(self) -> float:
        context = self._context
        return interval_scale(context.members.here) * context.config.push_pull_interval_s

    def _reconnect(self) -> None:
        context = self._context
        failed, here = context.members.failed, context.members.here
        if failed and context.rng.random() * here < len(failed):
            name = context.rng.choice(sorted(failed))
            self._push_pull(context.members[name].at)
        if here <= 1:
            for seed in self._seeds:
                self._push_pull(seed, join=True)
        elif self._unmet:
            self._push_pull(context.rng.choice(sorted(self._unmet)), join=True)
        self._timers[1] = context.after(self._pause(), self._reconnect)

    def _pause(self) -> float:
        """Who should not be alone, but is, tries more often."""
        config = self._context.config
        if self._seeds and self._context.members.here <= 1:
            return min(_PROBES_ALONE * config.probe_interval_s, config.reconnect_interval_s)
        return config.reconnect_interval_s

    # --- push-pull ------------------------------------------------------------------------------

    def _push_pull(self, to: Address, *, join: bool = False, some: bool = False) -> None:
        context = self._context
        if to == context.at:
            return
        deadline = context.now + context.config.stream_timeout_s
        request = partial(self._state, join=join, some=some)
        pulled = partial(self._pulled, to)
        stream = self._stream(to, deadline, pulled, request=request)
        context.effects.append(Connect(to, stream))

    def _pulled(self, peer: Address, heard: Heard) -> bytes:
        expect(heard, PushPullHeader)
        self._merge(heard)
        self._unmet.discard(peer)
        return b""

    def _merge(self, heard: Heard) -> None:
        check_versions(heard.states, self._context.config.versions)
        self._context.counters["push_pulls"] += 1
        self._rules.merge(heard.states)
        if heard.data:
            join = isinstance(heard.head, PushPullHeader) and heard.head.join
            self._context.effects.append(Shared(heard.data, join))

    def _state(self, *, join: bool, some: bool) -> bytes:
        """All that we know, or as much as goes at a time, as one message."""
        members: Collection[Member] = self._context.members.values()
        if some and len(members) > self._context.config.push_pull_most:
            members = self._some()
        shared = self.share()
        head = encode(PushPullHeader(len(members), len(shared), join))
        return b"".join([head, *map(_state_of, members), shared])

    def _some(self) -> Collection[Member]:
        """Ourselves, those that have changed last, and the rest from somewhere on."""
        context = self._context
        members, most = context.members, context.config.push_pull_most
        chosen = {context.name: context.me}
        for member in members.latest(most // 2):
            chosen[member.name] = member
        place = int(context.rng.random() * len(members))
        while len(chosen) < most:
            member = members.at_place(place % len(members))
            chosen[member.name] = member
            place += 1
        return chosen.values()

    # --- what others ask ------------------------------------------------------------------------

    def _answer(self, heard: Heard) -> bytes:
        head, context = heard.head, self._context
        if isinstance(head, PushPullHeader):
            # Merged first: what they say of us is refuted in the answer.
            self._merge(heard)
            some = not head.join and head.nodes <= context.config.push_pull_most
            return self._state(join=head.join, some=some)
        if isinstance(head, UserHeader):
            context.effects.append(Deliver(heard.data))
            return b""
        if not isinstance(head, Ping):
            raise MalformedMessage(f"a {type(head).__name__} that nobody has asked for")
        if head.node not in ("", context.name):
            context.counters["not_for_us"] += 1
            return b""
        return encode(Ack(head.seq_no))

    def _end_service(self) -> None:
        self._served -= 1


def check_versions(states: list[NodeState], ours: bytes) -> None:
    """Refuse to merge when there is no version that all of the living, and we, understand. Raises Incompatible."""
    spoken = {s.vsn: s.name for s in states if s.state == State.ALIVE and len(s.vsn) == 6}
    spoken.setdefault(ours, "we")
    for what, least, most, now in (("protocol", 0, 1, 2), ("delegate", 3, 4, 5)):
        new, old = max(spoken, key=lambda v: v[least]), min(spoken, key=lambda v: v[most])
        low, high = new[least], old[most]
        if low > high:
            text = f"{spoken[old]}: {what} versions up to {high}; {spoken[new]}: from {low} on"
            raise Incompatible(text)
        for versions, name in spoken.items():
            if not low <= versions[now] <= high:
                text = f"{name}: {what} version {versions[now]} is not of {low} to {high}"
                raise Incompatible(text)


@lru_cache(maxsize=1 << 14)
def _state_of(member: Member) -> bytes:
    """Its state as it stands in a push-pull; members are shared and seldom change."""
    at, state = member.at, int(member.state)
    return to_map(
        NodeState(
            member.name, at.ip, at.port, member.meta, member.incarnation, state, member.versions
        )
    )
