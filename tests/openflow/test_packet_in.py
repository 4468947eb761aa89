"""A packet-in is a dataclass like every message, whatever keeps its fields."""

from __future__ import annotations

import copy
import dataclasses
import gc
import pickle
import weakref
from typing import Any

import pytest

import openflow as of
from openflow.match import ANY_PACKET

FRAME = bytes.fromhex("0200000000aa0200000000bb0800") + bytes(50)


def packet_in() -> of.PacketIn:
    """One with something in every field."""
    return of.PacketIn(7, 64, 3, 1, 2, 9, of.Match(metadata=5), FRAME, xid=11)


def test_its_fields_are_those_of_the_dataclass() -> None:
    names = ["buffer_id", "total_len", "in_port", "reason", "table_id", "cookie", "match", "data"]
    assert [field.name for field in dataclasses.fields(of.PacketIn)] == ["xid", *names]
    message = packet_in()
    assert dataclasses.astuple(message)[0] == 11
    assert [getattr(message, name) for name in names[:3]] == [7, 64, 3]


def test_defaults_are_what_the_class_says() -> None:
    message = of.PacketIn()
    assert message.buffer_id == of.NO_BUFFER
    assert message.reason is of.PacketInReason.NO_MATCH
    assert message.match is ANY_PACKET
    assert message.data == b""


def test_what_is_set_is_the_very_object() -> None:
    message = packet_in()
    for field in dataclasses.fields(message):
        held: Any = object()
        setattr(message, field.name, held)
        assert getattr(message, field.name) is held


def test_equality_is_that_of_the_fields() -> None:
    assert packet_in() == packet_in()
    for field in dataclasses.fields(of.PacketIn):
        assert dataclasses.replace(packet_in(), **{field.name: 999}) != packet_in()


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_copies_are_equal(copied: Any) -> None:
    message = packet_in()
    assert copied(message) == message
    assert type(copied(message)) is of.PacketIn


def test_it_takes_no_other_attributes() -> None:
    with pytest.raises(AttributeError):
        packet_in().other = 1  # type: ignore[attr-defined]


def test_its_packet_is_made_once_and_follows_its_data() -> None:
    message = packet_in()
    assert message.packet is message.packet
    assert message.packet.eth_src == 0x0200_0000_00BB
    kept = message.packet
    message.data = bytes(6) + bytes.fromhex("0200000000cc0800")
    assert message.packet.eth_src == 0x0200_0000_00CC
    assert kept.eth_src == 0x0200_0000_00BB


def test_its_packet_knows_the_length_on_the_link() -> None:
    assert of.PacketIn(total_len=1500, data=FRAME).packet.total_len == 1500


class Marker:
    """Something to be told of the end of."""


def test_a_circle_of_references_is_collected() -> None:
    message: Any = packet_in()
    marker = Marker()
    end = weakref.ref(marker)
    message.match = [message, marker]
    del message, marker
    gc.collect()
    assert end() is None
