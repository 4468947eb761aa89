"""Messages of experimenters with all their fields, and what Open vSwitch says when it prints them."""

from __future__ import annotations

from openflow import (
    ApplyActions,
    BundleAddMessage,
    BundleControl,
    FlowMod,
    FlowMonitor,
    FlowMonitorStatsReply,
    FlowMonitorStatsRequest,
    FlowUpdateAbbrev,
    FlowUpdateFull,
    GroupMod,
    Match,
    Message,
    Output,
    RequestForward,
    RoleStatus,
    Version,
)
from openflow import experimenters as nx
from openflow.constants import BundleControlType, FlowMonitorFlags
from openflow.versions import V1_0, V1_1, V1_2, V1_3, V1_4
from tests.openflow.examples import FRAME

METADATA = Match(reg0=5, nxm_of_in_port=3)
FORWARD = [ApplyActions([Output(2, 0)])]
MAPS = [nx.NxTlvMap(0xFFFF, 1, 4, 2)]

ON_ALL: list[tuple[Message, str]] = [
    (nx.NxRoleRequest(nx.NxRole.MASTER), "role=primary"),
    (nx.NxRoleReply(nx.NxRole.SLAVE), "role=secondary"),
    (nx.NxSetPacketInFormat(nx.NxPacketInFormat.NXT_PACKET_IN), "format=nxt_packet_in"),
    (nx.NxFlowAge(), "NXT_FLOW_AGE"),
    (nx.NxFlowModTableId(1), "enable"),
    (nx.NxSetControllerId(77), "id=77"),
    (nx.NxSetAsyncConfig(1, 2, 4, 1, 2, 1), "PACKET_IN: no_match"),
    (nx.NxTlvTableMod(nx.NxTlvTableModCommand.ADD, MAPS), "0xffff   0x1       4  tun_metadata2"),
    (nx.NxTlvTableRequest(), "NXT_TLV_TABLE_REQUEST"),
    (nx.NxTlvTableReply(124, 64, MAPS), "max option space=124 max fields=64"),
    (nx.NxCtFlushZone(9), "zone_id=9"),
    (
        nx.NxPacketIn(total_len=60, reason=1, table_id=3, cookie=0x77, match=METADATA, data=FRAME),
        "table_id=3 cookie=0x77 total_len=60 reg0=0x5,in_port=3 (via action) data_len=60",
    ),
    (
        nx.NxPacketIn2(
            [
                nx.NxPacketInPacket(FRAME),
                nx.NxPacketInFullLen(64),
                nx.NxPacketInTableId(4),
                nx.NxPacketInCookie(0x99),
                nx.NxPacketInReason(1),
                nx.NxPacketInMetadata(METADATA),
                nx.NxPacketInUserdata(b"\1\2\3"),
            ]
        ),
        "table_id=4 cookie=0x99 total_len=64 reg0=0x5,in_port=3 (via action) data_len=60",
    ),
    (
        nx.NxResume([nx.NxPacketInPacket(FRAME), nx.NxPacketInMetadata(METADATA)]),
        "reg0=0x5,in_port=3",
    ),
    (
        nx.NxFlowMod(
            Match(eth_type=0x0800, reg0=5),
            [ApplyActions([Output(2, 0), nx.NxResubmitTable(table_id=3)])],
            cookie=0x55,
            priority=77,
            idle_timeout=5,
            flags=1,
        ),
        "priority=77,ip,reg0=0x5 cookie:0x55 idle:5 send_flow_rem actions=output:2,resubmit(,3)",
    ),
    (
        nx.NxFlowRemoved(
            Match(reg0=5), cookie=0x55, priority=9, table_id=4, packet_count=11, byte_count=22
        ),
        "priority=9,reg0=0x5 reason=idle table_id=4 cookie:0x55 duration0s idle0 pkts11 bytes22",
    ),
]
"""Messages that every version has, with what Open vSwitch says of them."""

ON_1_0: list[tuple[Message, str]] = [
    (nx.NxSetFlowFormat(nx.NxFlowFormat.NXM), "format=nxm"),
    (nx.NxSetAsyncConfig2([nx.NxAsyncProperty(0, 1)]), "PACKET_IN: no_match"),
    (
        nx.NxFlowStatsRequest(match=Match(reg0=5), table_id=3, out_port=7),
        "table=3 out_port=7 reg0=0x5",
    ),
    (
        nx.NxFlowStatsReply(
            [
                nx.NxFlowStats(
                    table_id=3,
                    priority=8,
                    idle_age=4,
                    hard_age=6,
                    cookie=0x44,
                    packet_count=3,
                    byte_count=180,
                    match=Match(reg0=5),
                    instructions=FORWARD,
                )
            ]
        ),
        "table=3, n_packets=3, n_bytes=180, idle_age=3, hard_age=5, priority=8,reg0=0x5 actions=",
    ),
    (nx.NxAggregateStatsRequest(match=Match(reg0=5)), "NXST_AGGREGATE request (xid=0x0): reg0=0x5"),
    (nx.NxAggregateStatsReply(1, 2, 3), "packet_count=1 byte_count=2 flow_count=3"),
]

MONITOR = FlowMonitorStatsRequest(
    [
        FlowMonitor(
            monitor_id=7,
            flags=FlowMonitorFlags.ADD | FlowMonitorFlags.INSTRUCTIONS,
            out_port=5,
            table_id=3,
            match=Match(reg0=5),
        )
    ]
)
UPDATES = FlowMonitorStatsReply(
    [
        FlowUpdateFull("added", table_id=3, cookie=0x66, match=Match(reg0=5), instructions=FORWARD),
        FlowUpdateFull("removed", table_id=4, reason=2, match=Match(reg0=6)),
        FlowUpdateAbbrev(request_xid=0x1234),
    ]
)
BUNDLED = BundleAddMessage(5, 1, FlowMod(Match(in_port=1), FORWARD))

LATER: list[tuple[Version, Message, str]] = [
    *((version, nx.FlowMonitorCancel(5), "id=5") for version in (V1_0, V1_1, V1_2, V1_3)),
    (V1_3, nx.FlowMonitorPaused(), "ONFT_FLOW_MONITOR_PAUSED"),
    (V1_3, nx.FlowMonitorResumed(), "ONFT_FLOW_MONITOR_RESUMED"),
    (V1_2, nx.FlowMonitorPaused(), "NXT_FLOW_MONITOR_PAUSED"),
    (V1_2, nx.FlowMonitorResumed(), "NXT_FLOW_MONITOR_RESUMED"),
    *(
        (version, MONITOR, "id=7 flags=add,actions out_port=5 table=3 reg0=0x5")
        for version in (V1_0, V1_1, V1_2, V1_3, V1_4)
    ),
    *(
        (version, UPDATES, "event=ADDED table=3 cookie=0x66 reg0=0x5 actions=output:2")
        for version in (V1_0, V1_1, V1_2, V1_3, V1_4)
    ),
    *(
        (version, UPDATES, "event=DELETED reason=delete table=4 cookie=0 reg0=0x6")
        for version in (V1_0, V1_1, V1_2, V1_3, V1_4)
    ),
    *((version, UPDATES, "event=ABBREV xid=0x1234") for version in (V1_0, V1_2, V1_3)),
    (
        V1_3,
        BundleControl(5, BundleControlType.COMMIT_REQUEST, 1),
        "bundle_id=0x5 type=COMMIT_REQUEST flags=atomic",
    ),
    (V1_3, BUNDLED, "ADD in_port=1 actions=output:2"),
    (V1_3, RoleStatus(role=2, generation_id=17), "role=primary generation_id=17"),
    (V1_3, RequestForward(GroupMod(group_id=5)), "ADD group_id=5,type=all"),
    (V1_2, RequestForward(GroupMod(group_id=5)), "ADD group_id=5,type=all"),
]
"""Messages of some versions."""

MESSAGES: list[tuple[Version, Message, str]] = [
    *((version, *row) for version in Version for row in ON_ALL),
    *((V1_0, *row) for row in ON_1_0),
    *LATER,
]
"""All of them."""
