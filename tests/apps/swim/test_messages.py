"""Messages on the wire, as memberlist writes and reads them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.swim.errors import MalformedMessage, SwimError
from apps.swim.messages import DATAGRAMS, Ack, Message, Ping, decode, encode, from_map, to_map
from tests.apps.swim.vectors import BYTES, MESSAGES


@pytest.mark.parametrize("name", MESSAGES)
def test_what_memberlist_writes_is_written(name: str) -> None:
    assert encode(MESSAGES[name]) == BYTES[name]


@pytest.mark.parametrize("name", MESSAGES)
def test_what_memberlist_writes_is_read(name: str) -> None:
    message = MESSAGES[name]
    data = BYTES[name] if message.code < 0 else BYTES[name][1:]
    assert from_map(type(message), data) == message
    if message.code in DATAGRAMS:
        assert decode(BYTES[name]) == message


def values(default: Any, name: str) -> st.SearchStrategy[Any]:
    """Values that a field may have, by its default."""
    match default:
        case bool():
            return st.booleans()
        case int():
            return st.integers(0, 0xFFFF if "port" in name else 0xFF)
        case str():
            return st.text(max_size=40)
        case _:
            return st.binary(max_size=40)


def messages() -> st.SearchStrategy[Message]:
    classes = sorted({type(message) for message in MESSAGES.values()}, key=str)
    return st.sampled_from(classes).flatmap(_of_class)


def _of_class(cls: type[Message]) -> st.SearchStrategy[Message]:
    return st.builds(
        cls, **{field.name: values(field.default, field.name) for field in fields(cls)}
    )


@given(messages())
def test_what_was_written_is_read_again(message: Message) -> None:
    assert from_map(type(message), to_map(message)) == message


@given(st.binary(max_size=60))
def test_a_name_is_any_bytes(name: bytes) -> None:
    data = b"\x00" + msgpack.packb({"Node": name}, use_bin_type=False)
    ping = decode(data)
    assert isinstance(ping, Ping)
    again = decode(encode(ping))
    assert again == ping
    assert ping.node.encode("utf-8", "surrogateescape") == name


def test_what_is_not_known_is_passed_over_and_what_is_missing_has_its_default() -> None:
    assert decode(b"\x02" + msgpack.packb({"SeqNo": 7, "Colour": [1]})) == Ack(7)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "an empty message"),
        (b"\x63\x80", "no message type 99"),
        (b"\x00", "Ping: no msgpack"),
        (b"\x00\x07", "expected a map, got int"),
        (b"\x00\x80\x80", "Ping: no msgpack"),
        (b"\x00" + msgpack.packb({"SeqNo": "one"}), "seq_no is b'one'"),
        (b"\x00" + msgpack.packb({"SeqNo": True}), "seq_no is True"),
        (b"\x00" + msgpack.packb({"SeqNo": -1}), "seq_no is -1"),
        (b"\x00" + msgpack.packb({"SeqNo": 1 << 32}), "seq_no is 4294967296"),
        (b"\x00" + msgpack.packb({"SourcePort": 1 << 16}), "source_port is 65536"),
        (b"\x00" + msgpack.packb({"Node": 1}), "node is 1"),
        (b"\x00" + msgpack.packb({"Node": "n" * 256}), "node is b'nnn"),
        (b"\x03" + msgpack.packb({"From": "\xfc" * 128}), "from_ is b'"),
        (b"\x04" + msgpack.packb({"Meta": bytes(513)}), "meta is b'"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, complaint: str) -> None:
    with pytest.raises(MalformedMessage, match=complaint):
        decode(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        message = decode(data)
    except SwimError:
        return
    assert decode(encode(message)) == message
