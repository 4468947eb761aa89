"""Makes an Open vSwitch do what came with 1.4 and 1.5, and prints its answers: messages in hex by xid, as JSON.

Run it behind a wall (`tests.kernel.isolation`), since a bridge is an interface.
"""

from __future__ import annotations

import json
import socket
import struct
import tempfile
from pathlib import Path

from openflow import (
    V1_4,
    V1_5,
    ApplyActions,
    BarrierRequest,
    Bucket,
    BundleAddMessage,
    BundleControl,
    BundleControlType,
    BundleFlags,
    EvictionFlags,
    EvictionProperty,
    FlowMod,
    FlowMonitor,
    FlowMonitorFlags,
    FlowMonitorStatsRequest,
    GetAsyncRequest,
    GroupDescStatsRequest,
    GroupMod,
    GroupModCommand,
    GroupType,
    Match,
    Message,
    Output,
    PortDescStatsRequest,
    RoleRequest,
    SetAsync,
    TableConfig,
    TableDescStatsRequest,
    TableMod,
    VacancyProperty,
    Version,
    encode,
)
from openflow.constants import ControllerRole, GroupId
from tests.kernel.ovs import OpenVSwitch
from tests.kernel.ovs_answers import framed
from tests.kernel.waiting import wait_for_listener

PORT = 6653
VERSIONS = (V1_4, V1_5)
BUCKETS = [Bucket([Output(1)], weight=5), Bucket([Output(2)], weight=6, watch_port=3)]
MASKS = SetAsync(
    packet_in_mask_master=0b111111,
    port_status_mask_master=0b111,
    port_status_mask_slave=0b111,
    flow_removed_mask_master=0b111111,
    role_status_mask_master=0b111,
    role_status_mask_slave=0b111,
    table_status_mask_master=0b11000,
    table_status_mask_slave=0,
    requestforward_mask_master=0b11,
    requestforward_mask_slave=0,
)
IN_BUNDLE = [FlowMod(Match(in_port=number), [ApplyActions([Output(9)])]) for number in (1, 2)]
_FLAGS = BundleFlags.ATOMIC | BundleFlags.ORDERED
_STEP = BundleControlType
_WATCHED = (
    FlowMonitorFlags.INITIAL
    | FlowMonitorFlags.ADD
    | FlowMonitorFlags.REMOVED
    | FlowMonitorFlags.INSTRUCTIONS
)  # Open vSwitch 3.1 refuses NO_ABBREV

CHANGES: dict[str, Message] = {
    "clean": FlowMod(command=3, table_id=0xFF),
    "no groups": GroupMod(GroupModCommand.DELETE, group_id=GroupId.ALL),
    "role": RoleRequest(ControllerRole.EQUAL),
    "masks": MASKS,
    "masks?": GetAsyncRequest(),
    "table": TableMod(
        1,
        TableConfig.EVICTION | TableConfig.VACANCY_EVENTS,
        [EvictionProperty(EvictionFlags.OTHER), VacancyProperty(10, 20)],
    ),
    "tables?": TableDescStatsRequest(),
    "group": GroupMod(type=GroupType.SELECT, group_id=1, buckets=BUCKETS),
    "groups?": GroupDescStatsRequest(),
    "first flow": FlowMod(Match(in_port=4), [ApplyActions([Output(9)])], priority=66),
    "monitor": FlowMonitorStatsRequest([FlowMonitor(7, flags=_WATCHED)]),
    "flow": FlowMod(Match(in_port=5), [ApplyActions([Output(9)])], priority=77),
    "open": BundleControl(3, _STEP.OPEN_REQUEST, _FLAGS),
    "add": BundleAddMessage(3, _FLAGS, IN_BUNDLE[0]),
    "add more": BundleAddMessage(3, _FLAGS, IN_BUNDLE[1]),
    "close": BundleControl(3, _STEP.CLOSE_REQUEST, _FLAGS),
    "commit": BundleControl(3, _STEP.COMMIT_REQUEST, _FLAGS),
    "ports?": PortDescStatsRequest(),
}
"""What is sent, by a name; its xid is its place behind 0x100."""
LAST = 0xFFFF


def answers(version: Version) -> list[str]:
    """Everything that comes before the answer to the last barrier."""
    found: list[str] = []
    with socket.create_connection(("127.0.0.1", PORT), 10) as connection:
        connection.sendall(struct.pack(">BBHI", version, 0, 8, 1))
        for place, message in enumerate(CHANGES.values()):
            connection.sendall(encode(message, version, xid=0x100 + place))
        connection.sendall(encode(BarrierRequest(xid=LAST), version))
        for answer in framed(connection.makefile("rb")):
            if answer[4:8] == LAST.to_bytes(4, "big"):
                break
            found.append(answer.hex())
    return found


def main() -> None:
    """Print the answers by version."""
    protocols = ",".join(version.text for version in Version)
    with tempfile.TemporaryDirectory() as folder, OpenVSwitch(Path(folder)) as ovs:
        ovs.add_bridge("changes", f"ptcp:{PORT}:127.0.0.1", protocols, [])
        wait_for_listener(PORT)
        print(json.dumps({str(version): answers(version) for version in VERSIONS}))


if __name__ == "__main__":
    main()
