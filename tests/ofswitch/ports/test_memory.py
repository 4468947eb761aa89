"""Links in memory."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofswitch.frame import HEADER_SIZE, NEEDS_CSUM, Frame, Offload
from ofswitch.ports import MemoryPort, memory_pair, open_port
from ofswitch.ports.base import FRAME_MAX

FRAME = Frame(bytes(60))
starts = st.integers(0, 100)
unfinished = starts.map(lambda start: Offload(NEEDS_CSUM, 0, 0, 0, start, 16))
frames = st.builds(Frame, st.binary(min_size=14, max_size=200), st.none() | unfinished)


@pytest.fixture
def pair() -> Iterator[tuple[MemoryPort, MemoryPort]]:
    ends = memory_pair("a", "b")
    yield ends
    for end in ends:
        end.close()


Pair = tuple[MemoryPort, MemoryPort]


@given(st.lists(frames, max_size=20))
def test_what_one_end_sends_the_other_receives(sent: list[Frame]) -> None:
    a, b = memory_pair("a", "b")
    with closing(a), closing(b):
        assert a.send(sent) == len(sent)
        assert b.receive(100) == sent


def test_a_frame_of_64_kib_passes_whole_with_its_metadata(pair: Pair) -> None:
    frame = Frame(bytes(FRAME_MAX), Offload(NEEDS_CSUM, 1, 54, 1448, 34, 16))
    frame = Frame(bytes(12) + b"\x08\x00" + frame.data[14:], frame.offload)
    assert pair[0].send([frame]) == 1
    assert pair[1].receive(1) == [frame]


def test_it_is_readable_when_a_frame_waits(pair: Pair) -> None:
    assert select.select([pair[1]], [], [], 0)[0] == []
    pair[0].send([FRAME])
    assert select.select([pair[1]], [], [], 0)[0] == [pair[1]]


def test_a_full_queue_drops_by_name(pair: Pair) -> None:
    frame = Frame(bytes(60_000))
    sent = pair[0].send([frame] * 1000)
    assert 10 < sent < 1000
    assert pair[0].counters.drops == {"tx_queue_full": 1000 - sent}
    assert len(pair[1].receive(2000)) == sent


def test_closing_one_end_takes_the_other_down(pair: Pair) -> None:
    a, b = pair
    assert a.link_up()
    b.close()
    assert not a.link_up()
    assert a.send([FRAME]) == 0
    assert a.counters.drops == {"tx_link_down": 1}
    assert a.receive(9) == []
    assert a.gone


def test_a_closed_end_neither_sends_nor_receives(pair: Pair) -> None:
    pair[0].close()
    pair[0].close()
    assert pair[0].receive(9) == []
    assert pair[0].send([FRAME]) == 0
    assert pair[0].fileno() == -1


def test_an_end_that_is_down_takes_the_link_of_the_other_down(pair: Pair) -> None:
    pair[0].set_up(False)
    assert not pair[0].link_up()
    assert not pair[1].link_up()


def test_a_runt_is_dropped_by_name() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    port = MemoryPort("a", ours)
    theirs.send(bytes(HEADER_SIZE + 13))
    theirs.send(bytes(3))
    theirs.send(bytes(HEADER_SIZE + 14))
    assert port.receive(9) == [Frame(bytes(14))]
    assert port.counters.drops == {"rx_too_short": 2}
    assert port.counters.rx_errors == 2
    port.close()
    theirs.close()


def test_ends_have_addresses_of_their_own(pair: Pair) -> None:
    assert pair[0].hw_addr != pair[1].hw_addr


def test_a_spec_makes_both_ends() -> None:
    port = open_port("memory:m1,no=4")
    assert isinstance(port, MemoryPort)
    assert port.peer is not None
    assert (port.name, port.kind, port.port_no, port.peer.name) == ("m1", "memory", 4, "m1-peer")
    port.peer.send([FRAME])
    assert port.receive(1) == [FRAME]
    assert port.link_id is None
    port.close()
    port.peer.close()
