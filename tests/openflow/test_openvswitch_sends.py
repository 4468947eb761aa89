"""What Open vSwitch's `ovs-ofctl add-flow` sends in every version: we read the flow that was asked for.

The invariant: where it can say a flow in a version, the match and the instructions that we read are those written
here, and they encode back to its bytes.
"""

from __future__ import annotations

import socket
import struct
import subprocess
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

from openflow import (
    ApplyActions,
    DecNwTtl,
    FlowMod,
    GotoTable,
    Group,
    Match,
    Output,
    PopMpls,
    PopVlan,
    PortNo,
    PushVlan,
    SetField,
    SetNwTtl,
    SetQueue,
    Version,
    WriteMetadata,
    decode,
    encode,
)
from openflow.actions import CopyField, MeterAction
from openflow.instructions import Meter
from openflow.versions import V1_1, V1_2, V1_3, V1_4, V1_5
from tests.needs import needs

pytestmark = needs("ovs-ofctl")

_HEADER = struct.Struct(">BBHI")
_HELLO, _ERROR, _VENDOR, _FLOW_MOD, _MULTIPART, _BARRIER = 0, 1, 4, 14, 18, 20
_BAD_VENDOR = bytes([0, 1, 0, 3])

OUT = Output(1, 0)
IPV4 = {"eth_type": 0x0800}
SINCE_1_1, SINCE_1_2 = tuple(Version)[1:], tuple(Version)[2:]

FLOWS: list[tuple[str, Match, list[Any], tuple[Version, ...]]] = [
    (
        "in_port=3,dl_src=00:00:00:00:00:01,actions=output:1",
        Match(in_port=3, eth_src=1),
        [ApplyActions([OUT])],
        SINCE_1_1,
    ),
    (
        "tcp,nw_src=10.0.0.0/8,tp_dst=80,dl_vlan=5,dl_vlan_pcp=3,actions=mod_dl_src:00:00:00:00:00:09",
        Match(vlan_vid=0x1005, vlan_pcp=3, ip_proto=6, ipv4_src="10.0.0.0/8", tcp_dst=80, **IPV4),
        [ApplyActions([SetField("eth_src", 9)])],
        SINCE_1_1,
    ),
    (
        "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,actions=drop",
        Match(eth_dst=(1 << 40, 1 << 40)),
        [],
        SINCE_1_1,
    ),
    (
        "vlan_tci=0x1000/0x1000,actions=strip_vlan,output:1",
        Match(vlan_vid=(0x1000, 0x1000)),
        [ApplyActions([PopVlan(), OUT])],
        SINCE_1_2,
    ),
    (
        "dl_vlan=0xffff,actions=FLOOD",
        Match(vlan_vid=0),
        [ApplyActions([Output(PortNo.FLOOD, 0)])],
        SINCE_1_1,
    ),
    (
        "arp,arp_op=1,arp_tpa=1.2.3.4,actions=CONTROLLER:100",
        Match(eth_type=0x0806, arp_op=1, arp_tpa="1.2.3.4"),
        [ApplyActions([Output(PortNo.CONTROLLER, 100)])],
        SINCE_1_1,
    ),
    (
        "udp,nw_dst=1.2.0.0/255.255.0.255,nw_tos=0x20,actions=mod_nw_tos:0x40,mod_nw_src:1.1.1.1",
        Match(ip_dscp=8, ip_proto=17, ipv4_dst=(0x01020000, 0xFFFF00FF), **IPV4),
        [ApplyActions([SetField("ip_dscp", 16), SetField("ipv4_src", 0x01010101)])],
        SINCE_1_1,
    ),
    (
        "mpls,mpls_label=7,mpls_tc=3,actions=pop_mpls:0x0800,output:1",
        Match(eth_type=0x8847, mpls_label=7, mpls_tc=3),
        [ApplyActions([PopMpls(), OUT])],
        SINCE_1_1,
    ),
    (
        "metadata=0x12/0xff,actions=write_metadata:0x1/0xf,goto_table:3",
        Match(metadata=(0x12, 0xFF)),
        [WriteMetadata(1, 15), GotoTable(3)],
        SINCE_1_1,
    ),
    (
        "icmp,icmp_type=8,icmp_code=0,actions=ALL",
        Match(ip_proto=1, icmpv4_type=8, icmpv4_code=0, **IPV4),
        [ApplyActions([Output(PortNo.ALL, 0)])],
        SINCE_1_1,
    ),
    (
        "icmp6,icmp_type=135,nd_target=::1,actions=output:1",
        Match(eth_type=0x86DD, ip_proto=58, icmpv6_type=135, ipv6_nd_target="::1"),
        [ApplyActions([OUT])],
        SINCE_1_2,
    ),
    (
        "ip,actions=push_vlan:0x8100,set_field:4103->vlan_vid,set_queue:3,dec_ttl,mod_nw_ttl:3,group:4",
        Match(**IPV4),
        [
            ApplyActions(
                [
                    PushVlan(),
                    SetField("vlan_vid", 0x1007),
                    SetQueue(3),
                    DecNwTtl(),
                    SetNwTtl(3),
                    Group(4),
                ]
            )
        ],
        SINCE_1_1,
    ),
    (
        "ip,actions=meter:4,output:1",
        Match(**IPV4),
        [Meter(4), ApplyActions([OUT])],
        (V1_3, V1_4),
    ),
    (
        "ip,actions=meter:4,output:1",
        Match(**IPV4),
        [ApplyActions([MeterAction(4), OUT])],
        (V1_5,),
    ),
    (
        "ip,actions=set_field:1.2.0.0/255.255.0.0->ip_src",
        Match(**IPV4),
        [ApplyActions([SetField("ipv4_src", (0x01020000, 0xFFFF0000))])],
        (V1_5,),
    ),
    (
        "ip,actions=move:NXM_OF_IP_SRC[0..15]->NXM_OF_IP_DST[16..31]",
        Match(**IPV4),
        [ApplyActions([CopyField("ipv4_src", "ipv4_dst", 16, 0, 16)])],
        (V1_5,),
    ),
    (
        "tcp,tcp_flags=+syn-ack,actions=drop",
        Match(ip_proto=6, tcp_flags=(2, 0x12), **IPV4),
        [],
        (V1_5,),
    ),
    (
        "tun_id=5,actions=drop",
        Match(tunnel_id=5),
        [],
        (V1_3, V1_4, V1_5),
    ),
    (
        "packet_type=(1,0x800),actions=drop",
        Match(packet_type=0x10800),
        [],
        (V1_5,),
    ),
]

CASES = [
    pytest.param(*row[:3], version, id=f"{version}-{row[0]}") for row in FLOWS for version in row[3]
]


def answers(message: bytes) -> bytes:
    """What ovs-ofctl waits for, before it goes on: nothing is known, every barrier is passed."""
    version, type_, _, xid = _HEADER.unpack_from(message)
    match type_:
        case 4:
            return _HEADER.pack(version, _ERROR, 12 + len(message), xid) + _BAD_VENDOR + message
        case 18:
            return _HEADER.pack(version, _MULTIPART + 1, 16, xid) + message[8:10] + bytes(6)
        case 20:
            return _HEADER.pack(version, _BARRIER + 1, 8, xid)
    return b""


def framed(stream: Any) -> Iterator[bytes]:
    """The messages of a connection, up to its end."""
    while head := stream.read(_HEADER.size):
        yield head + stream.read(_HEADER.unpack(head)[2] - len(head))


def serve(server: socket.socket, version: Version, messages: list[bytes]) -> None:
    """Be a switch that takes note of what it is sent."""
    connection, _ = server.accept()
    with connection, connection.makefile("rb") as stream:
        connection.sendall(_HEADER.pack(version, _HELLO, 8, 1))
        for message in framed(stream):
            messages.append(message)
            connection.sendall(answers(message))


def sent(version: Version, flow: str) -> FlowMod:
    """The flow-mod that ovs-ofctl makes of a flow's text, which encodes back to its bytes."""
    messages: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=serve, args=(server, version, messages))
        thread.start()
        target = f"tcp:127.0.0.1:{server.getsockname()[1]}"
        command = ["ovs-ofctl", "-O", version.text, "--no-names", "add-flow", target, flow]
        subprocess.run(command, check=True, capture_output=True, timeout=20)
        thread.join(5)
    (data,) = (message for message in messages if message[1] == _FLOW_MOD)
    message = decode(data)
    assert encode(message, version) == data
    assert isinstance(message, FlowMod)
    return message


@pytest.mark.parametrize(("flow", "match", "instructions", "version"), CASES)
def test_a_flow_is_read_as_it_was_asked_for(
    flow: str, match: Match, instructions: list[Any], version: Version
) -> None:
    message = sent(version, flow)
    assert message.match == match
    assert message.instructions == instructions


@pytest.mark.parametrize("version", [V1_1, V1_2, V1_3])
def test_flags_and_timeouts_are_read(version: Version) -> None:
    message = sent(
        version, "idle_timeout=4,hard_timeout=6,send_flow_rem,check_overlap,actions=drop"
    )
    assert (message.idle_timeout, message.hard_timeout, message.flags) == (4, 6, 3)


@pytest.mark.parametrize("version", [V1_4, V1_5])
def test_importance_is_read(version: Version) -> None:
    assert sent(version, "importance=7,actions=drop").importance == 7
