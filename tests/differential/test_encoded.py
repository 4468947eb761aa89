"""Flow-mods as bytes, through the agent: taken as they came by the native datapath, one by one by the reference.

What comes back and what the tables hold then must be the same, whatever the bytes were.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ofswitch.datapath import Datapath, Effect, Limits
from openflow import V1_0, V1_3, EncodeError, FlowStatsRequest, TableId, Version, encode
from tests.differential.steps import Change
from tests.differential.strategies import flow_mods, group_mods, meter_mods
from tests.ofswitch.agent.world import Controller, World
from tests.ofswitch.datapath.rig import IMPLEMENTATIONS

pytestmark = pytest.mark.native

seen = {"taken": 0, "all": 0}
"""How many bytes of flow-mods in good order were applied as they came, and how many there were."""


def world(implementation: str) -> World:
    """A switch with small tables."""
    make: Callable[[Limits], Datapath] = IMPLEMENTATIONS[implementation]
    return World(datapath=lambda limits: Counting(make(replace(limits, max_entries=6))))


class Counting:
    """A datapath that notes how many bytes it takes as they came."""

    def __init__(self, datapath: Datapath) -> None:
        self._datapath = datapath
        self.taken = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._datapath, name)

    def apply_encoded(self, data: bytes, version: Version, now: float) -> tuple[int, list[Effect]]:
        """Apply, and note."""
        size, effects = self._datapath.apply_encoded(data, version, now)
        self.taken += size
        return size, effects


class Twins:
    """A controller of each of two switches, which get the same bytes."""

    def __init__(self, version: Version) -> None:
        self.both = [Controller(world(name), version) for name in ("reference", "native")]

    @property
    def taken(self) -> int:
        """How many bytes the native one took as they came."""
        return int(self.both[1].world.datapath.taken)

    def send(self, data: bytes) -> None:
        """Send bytes to both, and compare."""
        answers = [controller.send_bytes(data) for controller in self.both]
        assert answers[0] == answers[1]
        assert self._dump(0) == self._dump(1)

    def later(self, seconds: float) -> None:
        """Let time pass for both, and compare."""
        for controller in self.both:
            controller.world.later(seconds)
        assert self.both[0].read() == self.both[1].read()
        assert self._dump(0) == self._dump(1)

    def _dump(self, which: int) -> list[Any]:
        world = self.both[which].world
        request = FlowStatsRequest(table_id=TableId.ALL)
        entries = world.datapath.query(request, V1_3, world.now).body
        return [(entry, entry.match.fixed) for entry in entries]


@st.composite
def streams(draw: st.DrawFn, version: Version) -> list[bytes]:
    """Messages, each encoded."""
    change = flow_mods(st.just(version))
    if version == V1_3:
        change = st.one_of(change, change, change, group_mods(1), meter_mods(1))
    messages = draw(st.lists(change, min_size=1, max_size=12))
    return [data for one in messages if (data := encoded(one))]


def encoded(change: Change) -> bytes:
    """A change's bytes; none for what its version cannot say."""
    with suppress(EncodeError):
        return encode(change.message, change.version)
    return b""


def mutated(data: bytes, at: int, octets: bytes) -> bytes:
    """The message with some octets changed, but those that say where it ends."""
    place = 4 + at % (len(data) - 4)
    return (data[:place] + octets + data[place + len(octets) :])[: len(data)].ljust(
        len(data), b"\0"
    )


mutations = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 200), st.binary(min_size=1, max_size=4)),
    min_size=1,
    max_size=4,
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a controller sends, in pieces of which each is read at once."""

    version: Version
    pieces: tuple[bytes, ...]
    in_good_order: bool


@st.composite
def sessions(draw: st.DrawFn) -> Conversation:
    """Messages as they should be, or with some octets changed; each by itself, or all in one piece."""
    version = draw(st.sampled_from([V1_0, V1_3]))
    messages = draw(streams(version))
    changes = draw(st.just([]) | mutations)
    for which, at, octets in changes:
        if which < len(messages):
            messages[which] = mutated(messages[which], at, octets)
    pieces = [b"".join(messages)] if draw(st.booleans()) else messages
    return Conversation(version, tuple(pieces), in_good_order=not changes)


def converse(conversation: Conversation) -> None:
    """Say the same to both; compare after each piece, and while entries time out."""
    twins = Twins(conversation.version)
    for piece in conversation.pieces:
        twins.send(piece)
    for seconds in (0.5, 0.5, 1.0, 1.0):
        twins.later(seconds)
    if conversation.in_good_order:
        seen["taken"] += twins.taken
        seen["all"] += sum(map(len, conversation.pieces))


@settings(max_examples=600, suppress_health_check=list(HealthCheck))
@given(sessions())
def test_whatever_the_bytes_the_answers_and_the_tables_are_the_same(
    conversation: Conversation,
) -> None:
    converse(conversation)


def test_most_of_what_is_in_good_order_was_taken_as_it_came() -> None:
    assert seen["taken"] > seen["all"] // 3


@settings(max_examples=100)
@given(st.binary(max_size=120), st.sampled_from([V1_0, V1_3]), st.integers(0, 40))
def test_arbitrary_bytes_behind_a_header_are_refused_alike(
    body: bytes, version: Version, short: int
) -> None:
    twins = Twins(version)
    length = max(8, 8 + len(body) - short)
    twins.send(struct.pack(">BBHI", version, 14, length, 1) + body[: length - 8])
