"""Messages of OpenFlow 1.1, of which os-ken knows none: Open vSwitch's, and some by hand from the specification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openflow import V1_1, Capabilities, Match, Message, PortFeatures, PortState, decode, encode
from openflow import TableConfig as Config

_LINES = Path(__file__).with_name("vectors_1_1.hex").read_text().splitlines()
VECTORS = [line.split() for line in _LINES if not line.startswith("#")]

every_vector = pytest.mark.parametrize(("name", "digits"), VECTORS)


def first(name: str) -> Any:
    """The first message of a class."""
    return next(decode(bytes.fromhex(digits)) for found, digits in VECTORS if found == name)


@every_vector
def test_a_message_of_1_1_is_known_and_encodes_back(name: str, digits: str) -> None:
    data = bytes.fromhex(digits)
    message: Message = decode(data)
    assert type(message).__name__ == name
    assert encode(message, V1_1) == data


def test_a_packet_in_has_its_physical_port_in_the_match() -> None:
    message = first("PacketIn")
    assert (message.in_port, message.match) == (3, Match(in_phy_port=2))
    assert (message.buffer_id, message.total_len, message.reason, message.table_id) == (
        255,
        64,
        1,
        4,
    )
    assert message.data == bytes.fromhex("aabbccddeeff")


def test_ports_are_those_of_1_3() -> None:
    port = first("PortStatus").desc
    bits = PortFeatures
    assert (port.port_no, port.hw_addr, port.name, port.config) == (7, 10, "p7", 1)
    assert port.state == PortState.LIVE
    assert port.curr == bits.FD_1GB | bits.COPPER | bits.AUTONEG
    assert (port.curr_speed, port.max_speed) == (100_000, 1_000_000)


def test_a_removed_flow_has_its_table_and_no_hard_timeout() -> None:
    message = first("FlowRemoved")
    assert (message.cookie, message.priority, message.reason, message.table_id) == (
        0x99,
        32768,
        1,
        3,
    )
    assert (message.duration_sec, message.duration_nsec, message.idle_timeout) == (10, 20, 30)
    assert (message.packet_count, message.byte_count) == (40, 50)
    assert message.match == Match(in_port=7)


def test_a_switch_that_matches_addresses_in_arp_says_so_with_a_bit_of_1_0() -> None:
    message = first("FeaturesReply")
    assert message.capabilities & Capabilities.ARP_MATCH_IP
    assert [port.port_no for port in message.ports] == [0xFFFF_FFFE]


def test_what_becomes_of_packets_that_miss_is_told_to_the_table() -> None:
    message = first("TableMod")
    assert (message.table_id, message.config) == (1, Config.TABLE_MISS_DROP)


def test_groups_are_those_of_1_3() -> None:
    message = first("GroupMod")
    assert [(bucket.watch_port, bucket.watch_group) for bucket in message.buckets] == [
        (1, 0xFFFF_FFFF),
        (0xFFFF_FFFF, 2),
    ]
