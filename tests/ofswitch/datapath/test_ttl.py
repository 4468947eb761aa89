"""The TTL actions: decrement, set, copy in and out, and what becomes of a packet whose TTL is over."""

from __future__ import annotations

from typing import Any

import pytest

from openflow.actions import (
    CopyTtlIn,
    CopyTtlOut,
    DecMplsTtl,
    DecNwTtl,
    Output,
    PushMpls,
    SetMplsTtl,
    SetNwTtl,
)
from openflow.constants import NO_COOKIE, PacketInReason
from openflow.packet import Packet
from tests.frames import FRAMES
from tests.ofswitch.datapath.oracle import wrong_checksums
from tests.ofswitch.datapath.rig import Switch, out_ports, upcalls

IP_KINDS = [kind for kind in FRAMES if Packet(FRAMES[kind]).ip_proto is not None]
MPLS_KINDS = [kind for kind in FRAMES if Packet(FRAMES[kind]).mpls_label is not None]
every_frame = pytest.mark.parametrize("kind", FRAMES)


def ip_ttl(frame: bytes, offset: int = -1) -> int:
    """The TTL or hop limit of the IP header at an offset, or of the outermost."""
    at = offset if offset >= 0 else Packet(frame).l3_offset
    return frame[at + 8] if frame[at] >> 4 == 4 else frame[at + 7]


@pytest.mark.parametrize("kind", IP_KINDS)
def test_the_ttl_of_ip_is_set_and_decremented(kind: str, switch: Switch) -> None:
    frame = FRAMES[kind]
    assert ip_ttl(switch.edit(frame, SetNwTtl(200)).data) == 200
    edited = switch.edit(frame, SetNwTtl(200), DecNwTtl(), DecNwTtl()).data
    assert ip_ttl(edited) == 198
    assert wrong_checksums(edited) == []


@every_frame
def test_a_ttl_action_changes_nothing_where_there_is_no_such_header(
    kind: str, switch: Switch
) -> None:
    frame = FRAMES[kind]
    if kind not in IP_KINDS:
        assert switch.edit(frame, SetNwTtl(9), DecNwTtl()).data == frame
    if kind not in MPLS_KINDS:
        actions = [SetMplsTtl(9), DecMplsTtl(), CopyTtlIn(), CopyTtlOut()]
        assert switch.edit(frame, *actions).data == frame


@pytest.mark.parametrize("kind", MPLS_KINDS)
def test_the_ttl_of_a_label_is_set_and_decremented(kind: str, switch: Switch) -> None:
    frame = FRAMES[kind]
    at = Packet(frame).l3_offset + 3
    edited = switch.edit(frame, SetMplsTtl(200), DecMplsTtl()).data
    assert edited == frame[:at] + bytes([199]) + frame[at + 1 :]


@pytest.mark.parametrize(
    ("kind", "actions"),
    [
        ("IPv4 TCP", [SetNwTtl(1), DecNwTtl()]),
        ("IPv4 TCP", [SetNwTtl(0), DecNwTtl()]),
        ("IPv6 TCP", [SetNwTtl(1), DecNwTtl()]),
        ("MPLS", [SetMplsTtl(1), DecMplsTtl()]),
        ("MPLS", [SetMplsTtl(0), DecMplsTtl()]),
    ],
    ids=str,
)
def test_a_packet_whose_ttl_is_over_goes_no_further(
    kind: str, actions: list[Any], switch: Switch
) -> None:
    effects = switch.send_out(FRAMES[kind], *actions, Output(2))
    (upcall,) = upcalls(effects)
    assert (upcall.reason, upcall.cookie) == (PacketInReason.INVALID_TTL, NO_COOKIE)
    assert upcall.max_len is None
    assert upcall.frame.data == switch.edit(FRAMES[kind], actions[0]).data
    assert (len(effects), switch.drops()) == (1, {"invalid_ttl": 1})


def test_what_was_output_before_the_ttl_ran_out_stays_output(switch: Switch) -> None:
    switch.add(Output(2), SetNwTtl(1), DecNwTtl(), Output(3), cookie=7)
    effects = switch.receive(FRAMES["IPv4 TCP"])
    assert out_ports(effects) == [2]
    assert [upcall.cookie for upcall in upcalls(effects)] == [7]
    assert switch.drops() == {}


@pytest.mark.parametrize("kind", ["MPLS", "VLAN MPLS", "MPLS multicast"])
def test_ttl_is_copied_between_a_label_and_ip_under_it(kind: str, switch: Switch) -> None:
    frame = FRAMES[kind]
    at = Packet(frame).l3_offset
    copied_in = switch.edit(frame, SetMplsTtl(33), CopyTtlIn()).data
    assert ip_ttl(copied_in, at + 4) == 33
    assert wrong_checksums(copied_in) == []
    assert switch.edit(frame, SetMplsTtl(33), CopyTtlOut()).data[at + 3] == ip_ttl(frame, at + 4)


def test_ttl_is_copied_between_labels(switch: Switch) -> None:
    frame = FRAMES["MPLS stack"]
    copied_in = switch.edit(frame, SetMplsTtl(33), CopyTtlIn()).data
    assert (copied_in[17], copied_in[21]) == (33, 33)
    assert copied_in[22:] == frame[22:]
    assert switch.edit(copied_in, SetMplsTtl(1), CopyTtlOut()).data == copied_in


def test_ttl_is_copied_into_ipv6(switch: Switch) -> None:
    frame = switch.edit(FRAMES["IPv6 UDP"], PushMpls(), SetMplsTtl(33), CopyTtlIn()).data
    assert ip_ttl(frame, 18) == 33


def test_nothing_is_copied_where_the_packet_ends_under_the_label(switch: Switch) -> None:
    frame = FRAMES["MPLS"][:30]
    assert switch.edit(frame, CopyTtlIn(), CopyTtlOut()).data == frame
    assert switch.edit(frame[:18], CopyTtlIn(), CopyTtlOut()).data == frame[:18]
