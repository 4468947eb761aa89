"""Asks an Open vSwitch every request that there is, in every version, and prints its answers: messages in hex, as JSON.

Run it behind a wall (`tests.kernel.isolation`), since a bridge is an interface.
"""

from __future__ import annotations

import json
import socket
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openflow import (
    ApplyActions,
    BarrierRequest,
    Bucket,
    DropBand,
    FlowMod,
    GroupMod,
    GroupModCommand,
    Match,
    Message,
    MeterFlags,
    MeterMod,
    MeterModCommand,
    Output,
    SetField,
    Version,
    encode,
)
from openflow.constants import GroupId, GroupType, MeterId
from openflow.messages import MESSAGES
from tests.kernel.ovs import OpenVSwitch
from tests.kernel.waiting import wait_for_listener

PORT = 6653
LAST = 0xFFFF
"""The transaction id of the barrier behind all requests; theirs are their places in the list."""

_HEADER = struct.Struct(">BBHI")
_ACTIONS = [ApplyActions([SetField("eth_src", 5), Output(2)])]
_WEB = Match(in_port=1, eth_type=0x0800, ip_proto=6, tcp_dst=80, ipv4_src="10.0.0.0/8")
_BUCKETS = [Bucket([Output(1)], weight=5), Bucket([Output(2)], weight=6)]
_BANDS = [DropBand(rate=1000)]


def requests(version: Version) -> list[type[Message]]:
    """Every request of a version that is the specification's, but the barrier."""
    return [
        cls
        for name, cls in MESSAGES.items()
        if version in cls.layout and name.endswith("Request") and cls is not BarrierRequest
        if not cls.__module__.startswith("openflow.experimenters")
    ]


def entries(version: Version) -> Iterator[Message]:
    """What makes the answers long enough to be looked at."""
    yield FlowMod(_WEB, _ACTIONS, idle_timeout=100, cookie=7)
    yield FlowMod(Match(vlan_vid=0x1005), _ACTIONS, priority=3)
    if version > Version.V1_0:
        group = GroupId.ALL
        yield GroupMod(GroupModCommand.DELETE, group_id=group)
        yield GroupMod(type=GroupType.SELECT, group_id=1, buckets=_BUCKETS)
    if version >= Version.V1_3:
        yield MeterMod(MeterModCommand.DELETE, meter_id=MeterId.ALL)
        yield MeterMod(flags=MeterFlags.KBPS, meter_id=1, bands=_BANDS)


def framed(stream: Any) -> Iterator[bytes]:
    """The messages of a connection."""
    while head := stream.read(_HEADER.size):
        yield head + stream.read(_HEADER.unpack(head)[2] - len(head))


def ask(version: Version) -> Iterator[str]:
    """Everything that comes before the answer to the last barrier."""
    said = [*entries(version), *(cls() for cls in requests(version))]
    with socket.create_connection(("127.0.0.1", PORT), 10) as connection:
        connection.sendall(_HEADER.pack(version, 0, _HEADER.size, 1))
        for message in said:
            place = (
                requests(version).index(type(message)) if type(message) in requests(version) else 0
            )
            connection.sendall(encode(message, version, xid=0x100 + place))
        connection.sendall(encode(BarrierRequest(xid=LAST), version))
        for answer in framed(connection.makefile("rb")):
            if _HEADER.unpack_from(answer)[3] == LAST:
                return
            yield answer.hex()


def main() -> None:
    """Print the answers by version."""
    protocols = ",".join(version.text for version in Version)
    with tempfile.TemporaryDirectory() as folder, OpenVSwitch(Path(folder)) as ovs:
        ovs.add_bridge("answers", f"ptcp:{PORT}:127.0.0.1", protocols, [])
        wait_for_listener(PORT)
        print(json.dumps({str(version): list(ask(version)) for version in Version}))


if __name__ == "__main__":
    main()
