"""Two connections back to back under any order of sending, delivery in pieces, silence and damage.

The invariants: both ends speak the same version; what is delivered is what was sent, in its order; every request that
was answered has its own reply; output is counted right; a connection is lost at most once, and dead afterwards.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from openflow import (
    BarrierReply,
    BarrierRequest,
    EchoReply,
    EchoRequest,
    FlowStats,
    FlowStatsReply,
    FlowStatsRequest,
    Message,
    MultipartFlags,
    PacketOut,
    Version,
)
from openflow.connection import Connection, Lost, Negotiated, Received, State
from openflow.requests import Answer
from openflow.versions import SUPPORTED

VERSIONS = [frozenset(SUPPORTED), *(frozenset({version}) for version in SUPPORTED)]
PROBE_AFTER_S = 10.0


class End:
    """A connection with the wire behind it, and what became of both."""

    def __init__(self, versions: frozenset[Version]) -> None:
        self.connection = Connection(versions, probe_after_s=PROBE_AFTER_S)
        self.versions = versions
        self.wire = bytearray()
        self.expected: list[Message] = []
        self.asked: dict[int, Message] = {}
        self.lost = 0

    @property
    def ready(self) -> bool:
        return self.connection.state is State.READY

    def flush(self) -> None:
        queued = self.connection.queued
        data = self.connection.take_output()
        assert len(data) == queued
        self.wire += data


class TwoEnds(RuleBasedStateMachine):
    ends: list[End]

    @initialize(ours=st.sampled_from(VERSIONS), theirs=st.sampled_from(VERSIONS))
    def open(self, ours: frozenset[Version], theirs: frozenset[Version]) -> None:
        self.ends = [End(ours), End(theirs)]
        self.now = 0.0
        self.damaged = False

    @rule(side=st.integers(0, 1), size=st.integers(1, 200))
    def deliver(self, side: int, size: int) -> None:
        """Some bytes that one end wrote arrive at the other."""
        source, target = self.ends[side], self.ends[1 - side]
        source.flush()
        data = bytes(source.wire[:size])
        del source.wire[:size]
        was_closed = target.connection.state is State.CLOSED
        events = target.connection.receive(data, self.now)
        assert not (was_closed and events)
        for event in events:
            self.happened(target, source, event)

    def happened(self, target: End, source: End, event: Received) -> None:
        match event:
            case Negotiated(version):
                common = target.versions & source.versions
                assert self.damaged or version == max(common, default=version)
            case Lost():
                target.lost += 1
            case Answer(xid, request, reply):
                assert target.asked.pop(xid) == request
                assert isinstance(reply, BarrierReply | FlowStatsReply)
                if isinstance(reply, FlowStatsReply):
                    assert [entry.priority for entry in reply.body] == [xid % 7, xid % 11]
            case BarrierRequest(xid=xid):
                source.asked[xid]
                target.connection.send(BarrierReply(xid=xid))
            case FlowStatsRequest(xid=xid):
                for priority, flags in ((xid % 7, MultipartFlags.MORE), (xid % 11, 0)):
                    body = [FlowStats(priority=priority)]
                    target.connection.send(FlowStatsReply(body, xid=xid, flags=flags))
            case EchoRequest() | EchoReply():
                pass
            case Message() if not self.damaged and target.lost == source.lost == 0:
                assert event == source.expected.pop(0)

    @precondition(lambda self: any(end.ready for end in self.ends))
    @rule(side=st.integers(0, 1), data=st.binary(max_size=100))
    def send(self, side: int, data: bytes) -> None:
        end = self.ends[side]
        if end.ready:
            message = PacketOut(data=data)
            xid = end.connection.send(message)
            end.expected.append(PacketOut(data=data, xid=xid))

    @precondition(lambda self: any(end.ready for end in self.ends))
    @rule(side=st.integers(0, 1), request=st.sampled_from([BarrierRequest, FlowStatsRequest]))
    def request(self, side: int, request: type[Message]) -> None:
        end = self.ends[side]
        if end.ready:
            message = request()
            end.asked[end.connection.request(message)] = message

    @rule(seconds=st.floats(0, 15))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        for end in self.ends:
            end.lost += len(end.connection.advance(self.now))

    @precondition(lambda self: not self.damaged)
    @rule(side=st.integers(0, 1), garbage=st.binary(min_size=1, max_size=20))
    def damage(self, side: int, garbage: bytes) -> None:
        """Bytes get into the stream that nobody sent."""
        self.ends[side].flush()
        self.ends[side].wire += garbage
        self.damaged = True

    @rule(side=st.integers(0, 1))
    def close(self, side: int) -> None:
        end = self.ends[side]
        if end.connection.state is not State.CLOSED:
            end.connection.close("enough")
            end.lost += 1

    @invariant()
    def versions_agree(self) -> None:
        spoken = {end.connection.version for end in getattr(self, "ends", []) if end.ready}
        if not getattr(self, "damaged", True):
            assert len(spoken) <= 1

    @invariant()
    def the_end_comes_once(self) -> None:
        for end in getattr(self, "ends", []):
            assert end.lost == (end.connection.state is State.CLOSED)

    @invariant()
    def waiting_is_what_was_asked(self) -> None:
        for end in getattr(self, "ends", []):
            assert set(end.connection.requests.waiting) <= set(end.asked)


TestTwoEnds = TwoEnds.TestCase
TestTwoEnds.settings = settings(max_examples=100, stateful_step_count=40)
