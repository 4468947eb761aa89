"""Which version two ends speak: every pair of version sets, with and without bitmaps (OpenFlow 1.3.5, 6.3.1)."""

from __future__ import annotations

import struct
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openflow import ErrorCode, ErrorMsg, Hello, RawHelloElement, Version, VersionBitmap, decode
from openflow.codec import encode
from openflow.connection import Connection, Lost, Negotiated, Received, State
from openflow.messages import FeaturesRequest
from openflow.negotiation import agree, read_hello
from openflow.versions import SUPPORTED, USUAL, V1_0, V1_3, V1_5

NUMBERS = range(1, 7)
OURS = [frozenset(versions) for size in (1, 2) for versions in combinations(SUPPORTED, size)]
THEIRS = [frozenset(versions) for size in range(1, 7) for versions in combinations(NUMBERS, size)]


def hello(number: int, body: bytes = b"") -> bytes:
    """A hello whose header has the version `number`."""
    return struct.pack(">BBHI", number, 0, 8 + len(body), 7) + body


def bitmap(*versions: int) -> bytes:
    """An element that says these versions."""
    words = [0] * (max(versions, default=0) // 32 + 1)
    for version in versions:
        words[version // 32] |= 1 << version % 32
    element = struct.pack(f">HH{len(words)}I", 1, 4 + 4 * len(words), *words)
    return element + bytes(-len(element) % 8)


def by_the_specification(
    ours: frozenset[Version], theirs: frozenset[int], *, with_bitmap: bool
) -> int | None:
    """What 6.3.1 says, in its own order; a peer that shares no bit with us is refused (see `agree`)."""
    if with_bitmap and max(ours) > 1:
        common = ours & theirs
        return max(common) if common else None
    smaller = min(max(ours), max(theirs))
    return smaller if smaller in ours else None


@pytest.mark.parametrize("with_bitmap", [True, False], ids=["bitmap", "header"])
@pytest.mark.parametrize("ours", OURS, ids=lambda ours: "+".join(map(str, sorted(ours))))
def test_the_version_is_the_specifications(ours: frozenset[Version], with_bitmap: bool) -> None:
    for theirs in THEIRS:
        connection = Connection(ours)
        body = bitmap(*theirs) if with_bitmap else b""
        (event,) = connection.receive(hello(max(theirs), body), 0.0)
        expected = by_the_specification(ours, theirs, with_bitmap=with_bitmap)
        if expected is None:
            assert isinstance(event, Lost)
            assert connection.state is State.CLOSED
        else:
            assert event == Negotiated(Version(expected))
            assert connection.version == expected


@pytest.mark.parametrize(("ours", "theirs"), list(product(OURS, OURS)))
def test_two_of_us_agree_or_both_learn_that_they_do_not(
    ours: frozenset[Version], theirs: frozenset[Version]
) -> None:
    here, there = Connection(ours), Connection(theirs)
    events: list[Received] = []
    for _ in range(2):
        to_there, to_here = here.take_output(), there.take_output()
        events += here.receive(to_here, 0.0) + there.receive(to_there, 0.0)
    if ours & theirs:
        assert events == [Negotiated(max(ours & theirs))] * 2
    else:
        refusals = [event for event in events if isinstance(event, Lost | ErrorMsg)]
        assert len(refusals) == 2


class TestOurHello:
    def test_it_has_the_highest_version_in_its_header_and_all_in_its_bitmap(self) -> None:
        data = Connection(frozenset(USUAL)).take_output()
        assert data[0] == V1_3
        assert decode(data) == Hello([VersionBitmap([0b10010])])
        data = Connection(frozenset(SUPPORTED)).take_output()
        assert data[0] == V1_5
        assert decode(data) == Hello([VersionBitmap([0b1111110])])

    def test_that_of_1_0_is_a_bare_header(self) -> None:
        assert Connection(frozenset({V1_0})).take_output() == bytes.fromhex("01 00 0008 00000000")


MANY = frozenset(USUAL)
HELLOS: dict[str, tuple[bytes, Version]] = {
    "a version from the future": (hello(99), V1_3),
    "a version from the future, with the bitmap": (hello(99, bitmap(1, 99)), V1_0),
    "a bitmap of several words": (hello(5, bitmap(1, 4, 40)), V1_3),
    "a bitmap in 1.0's header": (hello(1, bitmap(1, 4)), V1_3),
    "an empty bitmap, which says nothing": (hello(4, bitmap()), V1_3),
    "a bitmap without words": (hello(4, b"\0\1\0\4\0\0\0\0"), V1_3),
    "an unknown element before the bitmap": (
        hello(5, bytes.fromhex("0063 0005 ff000000 00000000")[:8] + bitmap(1, 5)),
        V1_0,
    ),
    "an unknown element alone": (hello(4, bytes.fromhex("0063 0004 00000000")), V1_3),
    "two bitmaps, of which the first counts": (hello(4, bitmap(1) + bitmap(4)), V1_0),
    "a body that is none, on 1.0": (hello(1, b"hello!"), V1_0),
    "an element longer than the hello": (hello(4, b"\0\1\0\x10\0\0\0\x12"), V1_3),
    "an element shorter than its header": (hello(4, b"\0\1\0\0\0\0\0\x12"), V1_3),
    "a bitmap cut within a word": (hello(4, b"\0\1\0\6\0\0\0\0"), V1_3),
    "a bitmap, and behind it an element cut short": (
        hello(3, bitmap(1, 3) + b"\0\1\0"),
        V1_0,
    ),
    "a bitmap of two words without its padding": (hello(3, bitmap(1, 3, 40)[:12]), V1_0),
}


@pytest.mark.parametrize(("data", "version"), HELLOS.values(), ids=HELLOS.keys())
def test_a_hello_counts_as_far_as_it_can_be_read(data: bytes, version: Version) -> None:
    connection = Connection(MANY)
    connection.take_output()
    assert connection.receive(data, 0.0) == [Negotiated(version)]
    assert connection.take_output() == b""


@given(number=st.integers(0, 255), body=st.binary(max_size=64))
def test_any_hello_at_all_is_agreed_to_or_refused(number: int, body: bytes) -> None:
    connection = Connection(MANY)
    (event,) = connection.receive(hello(number, body), 0.0)
    assert isinstance(event, Negotiated | Lost)
    version = agree(MANY, number, read_hello(hello(number, body)))
    assert connection.version == version
    if version is not None:
        assert event == Negotiated(version)


def refused(data: bytes, versions: frozenset[Version] = MANY) -> tuple[list[Received], bytes]:
    connection = Connection(versions)
    connection.take_output()
    events = connection.receive(data, 0.0)
    assert connection.state is State.CLOSED
    return events, connection.take_output()


class TestRefusal:
    def test_a_peer_without_a_common_version_is_told_in_its_own_words(self) -> None:
        events, answer = refused(hello(1), frozenset({V1_3}))
        assert events == [Lost("no common version: we speak 1.3")]
        assert answer[0] == V1_0
        expected = ErrorMsg(
            ErrorCode.HELLO_FAILED__INCOMPATIBLE, b"no common version: we speak 1.3", xid=7
        )
        assert decode(answer) == expected

    def test_a_peer_of_an_unknown_version_is_told_in_ours(self) -> None:
        _, answer = refused(hello(7, bitmap(7)), frozenset({V1_3}))
        assert answer[0] == V1_3

    def test_a_message_before_the_hello_ends_the_connection(self) -> None:
        events, answer = refused(encode(FeaturesRequest(xid=9), V1_3))
        assert events == [Lost("the first bytes are no hello")]
        assert decode(answer).xid == 9

    def test_a_stranger_is_told_at_his_second_byte(self) -> None:
        events, answer = refused(b"GET / HTTP/1.1\r\n\r\n")
        assert events == [Lost("the first bytes are no hello")]
        assert isinstance(decode(answer), ErrorMsg)

    def test_a_peer_that_speaks_tls_is_told_as_such(self) -> None:
        events, _ = refused(bytes.fromhex("1603010200010001fc0303"))
        assert events == [Lost("the peer speaks TLS at a port without")]

    def test_an_error_before_the_hello_is_reported_and_not_answered(self) -> None:
        error = ErrorMsg(ErrorCode.HELLO_FAILED__INCOMPATIBLE, b"only 1.5 here")
        events, answer = refused(encode(error, V1_0))
        assert events == [Lost("refused by the peer: HELLO_FAILED__INCOMPATIBLE only 1.5 here")]
        assert answer == b""

    def test_even_an_error_that_cannot_be_read(self) -> None:
        events, answer = refused(bytes.fromhex("07 01 0008 00000000"))
        (lost,) = events
        assert isinstance(lost, Lost)
        assert lost.reason.endswith("version 0x07 is not spoken here")
        assert answer == b""

    def test_the_peers_refusal_after_our_agreement_is_an_error_like_any_other(self) -> None:
        connection = Connection(MANY)
        error = ErrorMsg(ErrorCode.HELLO_FAILED__INCOMPATIBLE, b"no")
        events = connection.receive(hello(4) + encode(error, V1_0), 0.0)
        assert events == [Negotiated(V1_3), error]


def test_a_second_hello_is_ignored() -> None:
    connection = Connection(MANY)
    connection.take_output()
    assert connection.receive(hello(4) + hello(6, bitmap(1)), 0.0) == [Negotiated(V1_3)]
    assert connection.take_output() == b""


def test_elements_that_are_unknown_survive_decoding() -> None:
    element = RawHelloElement(99, b"\x01")
    assert decode(encode(Hello([element]), V1_3)) == Hello([element])


def test_no_version_at_all_cannot_be_offered() -> None:
    with pytest.raises(ValueError, match="cannot speak"):
        Connection(frozenset())
