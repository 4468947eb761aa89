"""Speaks experimenters' extensions with an Open vSwitch of our own, scene by scene, and prints what it says: JSON, hex.

Run it behind a wall (`tests.kernel.isolation`), since a bridge is an interface.
"""

from __future__ import annotations

import json
import socket
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openflow import (
    ApplyActions,
    BarrierRequest,
    BundleAddMessage,
    BundleControl,
    FlowMod,
    FlowModCommand,
    FlowMonitor,
    FlowMonitorStatsRequest,
    FlowStatsRequest,
    Match,
    Message,
    Output,
    PacketOut,
    PortNo,
    TableId,
    Version,
    decode,
    encode,
)
from openflow import experimenters as nx
from openflow.actions import Action
from openflow.constants import BundleControlType, FlowMonitorFlags
from openflow.versions import V1_0, V1_3, V1_5
from tests.kernel.ovs import OpenVSwitch
from tests.kernel.waiting import TIMEOUT_S, wait_for_listener
from tests.openflow.examples import FRAME
from tests.openflow.experimenters.examples import ACTIONS, SINCE_1_3

PORT = 6653
VERSIONS = (V1_0, V1_3, V1_5)
MATCH = Match(eth_type=0x0800, ip_proto=6)
MAPS = [nx.NxTlvMap(0xFFFF, 1, 4, 2)]
WATCHED = FlowMonitorFlags.INITIAL | FlowMonitorFlags.ADD | FlowMonitorFlags.INSTRUCTIONS
PAUSED = [
    nx.NxController2([nx.NxControllerId(7), nx.NxUserdata(b"\1\2\3"), nx.NxPause()]),
    nx.NxController(controller_id=7),
]
"""What pauses a packet, and where it comes out when it goes on."""

WANT_ALL = nx.NxSetAsyncConfig(7, 7, 7, 7, 7, 7)
"""What a connection that the switch has not made itself hears of."""

_HEADER = struct.Struct(">BBHI")
_BUNDLE, _ATOMIC = 5, 1


class Dialog:
    """A connection on which everything said is followed by a barrier, and all that comes before its reply is heard."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self._connection = socket.create_connection(("127.0.0.1", PORT), TIMEOUT_S)
        self._stream = self._connection.makefile("rb")
        self._connection.sendall(_HEADER.pack(version, 0, _HEADER.size, 1))
        self._barriers = 0x1000
        self.say()

    def send(self, *messages: Message) -> None:
        """Send messages; their transaction ids are their places."""
        for place, message in enumerate(messages):
            self._connection.sendall(encode(message, self.version, xid=0x100 + place))

    def say(self, *messages: Message) -> list[bytes]:
        """Send messages; what the switch says until all are done."""
        self._barriers += 1
        self.send(*messages)
        self._connection.sendall(encode(BarrierRequest(), self.version, xid=self._barriers))
        heard: list[bytes] = []
        while head := self._stream.read(_HEADER.size):
            _, _, length, xid = _HEADER.unpack(head)
            if xid == self._barriers:
                return heard
            heard.append(head + self._stream.read(length - _HEADER.size))
        raise ConnectionError("Open vSwitch is gone")

    def hear(self, cls: type[Message]) -> list[bytes]:
        """What the switch says up to the first message of a class, which may come whenever it likes."""
        heard: list[bytes] = []
        while not heard or not isinstance(decode(heard[-1]), cls):
            head = self._stream.read(_HEADER.size)
            heard.append(head + self._stream.read(_HEADER.unpack(head)[2] - len(head)))
        return heard

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._connection.close()


def actions_of(version: Version) -> list[list[Action]]:
    """The actions that the version has, and that need no other match or mapping."""
    rows = ACTIONS if version == V1_0 else ACTIONS + SINCE_1_3
    left_out = ("resubmit(,3,ct)", "encap", "decap", "delete_field")
    left_out += ("move:", "load:") if version == V1_5 else ()
    left_out += ("userdata",) if version == V1_0 else ()  # Open vSwitch misaligns it in an answer
    return [actions for text, actions in rows if not any(word in text for word in left_out)]


def flows(dialog: Dialog) -> list[bytes]:
    """Entries with each of the actions, and then all of them read back."""
    made = [
        FlowMod(MATCH, [ApplyActions(actions)], priority=100 + place)
        for place, actions in enumerate(actions_of(dialog.version))
    ]
    return dialog.say(*made, FlowStatsRequest())


def packets(dialog: Dialog) -> list[bytes]:
    """A packet-in that pauses a packet, and the one after it went on."""
    out = Output(PortNo.TABLE)
    load = [] if dialog.version == V1_5 else [nx.NxRegLoad("reg3[]", 0x33)]
    heard = dialog.say(
        WANT_ALL,
        nx.NxSetPacketInFormat(nx.NxPacketInFormat.NXT_PACKET_IN2),
        nx.NxSetControllerId(7),
        FlowMod(Match(in_port=PortNo.LOCAL), [ApplyActions([*load, *PAUSED])], priority=9),
    )
    dialog.send(PacketOut(in_port=PortNo.LOCAL, actions=[out], data=FRAME))
    heard += dialog.hear(nx.NxPacketIn2)
    paused: Any = decode(heard[-1])
    dialog.send(paused.resume())
    return heard + dialog.hear(nx.NxPacketIn2)


def older_packets(dialog: Dialog) -> list[bytes]:
    """A packet-in as Nicira had it at first."""
    heard = dialog.say(
        WANT_ALL,
        nx.NxSetPacketInFormat(nx.NxPacketInFormat.NXT_PACKET_IN),
        nx.NxSetControllerId(7),
        FlowMod(Match(in_port=PortNo.LOCAL), [ApplyActions(PAUSED[1:])], priority=9),
    )
    out = Output(PortNo.TABLE)
    dialog.send(PacketOut(in_port=PortNo.LOCAL, actions=[out], data=FRAME))
    return heard + dialog.hear(nx.NxPacketIn)


def settings(dialog: Dialog) -> list[bytes]:
    """Roles, options of tunnels, what is sent unasked, connections to forget, counters of IPFIX."""
    return dialog.say(
        nx.NxRoleRequest(nx.NxRole.MASTER),
        nx.NxTlvTableMod(nx.NxTlvTableModCommand.CLEAR),
        nx.NxTlvTableMod(nx.NxTlvTableModCommand.ADD, MAPS),
        nx.NxTlvTableRequest(),
        WANT_ALL,
        nx.NxCtFlushZone(5),
        nx.NxFlowAge(),
    )


def monitors(dialog: Dialog) -> list[bytes]:
    """What a monitor says of an entry that is there, and of one that another connection adds."""
    heard = dialog.say(
        FlowMod(MATCH, [ApplyActions([Output(1, 0)])], priority=1),
        FlowMonitorStatsRequest([FlowMonitor(7, flags=WATCHED, table_id=0)]),
    )
    other = Dialog(dialog.version)
    other.say(FlowMod(MATCH, [ApplyActions([Output(2, 0)])], priority=2))
    other.close()
    return heard + dialog.say()


def bundles(dialog: Dialog) -> list[bytes]:
    """A bundle, from its opening to its entry."""
    return dialog.say(
        BundleControl(_BUNDLE, BundleControlType.OPEN_REQUEST, _ATOMIC),
        BundleAddMessage(_BUNDLE, _ATOMIC, FlowMod(MATCH, [], priority=77, xid=0x101)),
        BundleControl(_BUNDLE, BundleControlType.COMMIT_REQUEST, _ATOMIC),
        FlowStatsRequest(),
    )


def old_flows(dialog: Dialog) -> list[bytes]:
    """1.0's flows in Nicira's form."""
    added = nx.NxFlowMod(
        Match(reg0=5, eth_type=0x0800),
        [ApplyActions([nx.NxResubmitTable(table_id=3)])],
        table_id=2,
        priority=9,
        cookie=0x55,
        flags=1,
    )
    heard = dialog.say(
        WANT_ALL,
        nx.NxSetFlowFormat(nx.NxFlowFormat.NXM),
        nx.NxFlowModTableId(1),
        added,
        nx.NxFlowStatsRequest(table_id=2),
        nx.NxAggregateStatsRequest(table_id=2),
    )
    dialog.send(nx.NxFlowMod(table_id=2, command=FlowModCommand.DELETE))
    return heard + dialog.hear(nx.NxFlowRemoved)


Scene = Callable[[Dialog], list[bytes]]
SCENES: list[tuple[Scene, tuple[Version, ...]]] = [
    (flows, VERSIONS),
    (packets, VERSIONS),
    (older_packets, VERSIONS),
    (settings, VERSIONS),
    (monitors, (V1_0, V1_3)),
    (bundles, (V1_3, V1_5)),
    (old_flows, (V1_0,)),
]
"""Each scene has a connection and empty tables of its own."""


def play(scene: Scene, version: Version) -> list[str]:
    """What is heard in a scene."""
    dialog = Dialog(version)
    table_id = 0 if version == V1_0 else TableId.ALL
    dialog.say(FlowMod(command=FlowModCommand.DELETE, table_id=table_id))
    heard = scene(dialog)
    dialog.close()
    return [data.hex() for data in heard]


def main() -> None:
    """Print what is heard, by scene and version."""
    protocols = ",".join(version.text for version in VERSIONS)
    with tempfile.TemporaryDirectory() as folder, OpenVSwitch(Path(folder)) as ovs:
        ovs.add_bridge("nxbr", f"ptcp:{PORT}:127.0.0.1", protocols, [])
        wait_for_listener(PORT)
        heard = {
            f"{scene.__name__} {version}": play(scene, version)
            for scene, versions in SCENES
            for version in versions
        }
        print(json.dumps(heard))


if __name__ == "__main__":
    main()
