"""Messages as people read them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields
from typing import Any

import pytest

from openflow import (
    ApplyActions,
    BarrierRequest,
    Capabilities,
    ErrorCode,
    ErrorMsg,
    FeaturesReply,
    FlowMod,
    FlowModCommand,
    FlowModFlags,
    GroupMod,
    Hello,
    Match,
    Message,
    Output,
    PacketIn,
    PacketInReason,
    PacketOut,
    Port,
    PortFeatures,
    PortMod,
    PortNo,
    PortReason,
    PortState,
    PortStatus,
    RoleReply,
    SetConfig,
    SetField,
    TableFeatures,
    TableFeaturesStatsReply,
    Version,
    VersionBitmap,
)
from openflow.messages.tables import OxmProperty
from openflow.show import _BY_CLASS, _BY_NAME
from openflow.structs import STRUCTS
from tests.openflow.examples import every_example, parts

SHOWN: list[tuple[Any, str]] = [
    (BarrierRequest(), "BarrierRequest()"),
    (BarrierRequest(xid=7), "BarrierRequest(xid=7)"),
    (
        PacketIn(in_port=1, reason=PacketInReason.NO_MATCH, data=bytes(60)),
        "PacketIn(in_port=1, reason=NO_MATCH, data=<60 bytes>)",
    ),
    (
        PacketOut(in_port=3, actions=[Output(PortNo.FLOOD)], data=b"\1\2"),
        "PacketOut(in_port=3, actions=[Output(port=FLOOD)], data=<2 bytes: 0102>)",
    ),
    (
        FlowMod(
            Match(in_port=1, eth_dst="00:00:00:00:00:02"),
            [ApplyActions([SetField("ipv4_dst", "10.0.0.1"), Output(2)])],
            command=FlowModCommand.DELETE_STRICT,
            cookie=0xFF,
            flags=FlowModFlags.SEND_FLOW_REM | FlowModFlags.CHECK_OVERLAP,
        ),
        (
            "FlowMod(match=Match(in_port=1,eth_dst=00:00:00:00:00:02),"
            " instructions=[ApplyActions(actions=[SetField(ipv4_dst=10.0.0.1), Output(port=2)])],"
            " command=DELETE_STRICT, cookie=0xff, flags=SEND_FLOW_REM|CHECK_OVERLAP)"
        ),
    ),
    (
        PortStatus(
            PortReason.MODIFY,
            Port(1, 0x0A, "eth0", state=PortState.LINK_DOWN, curr=PortFeatures.FD_10GB | 1 << 30),
        ),
        (
            "PortStatus(reason=MODIFY, desc=Port(port_no=1, hw_addr=00:00:00:00:00:0a, name='eth0',"
            " state=LINK_DOWN, curr=FD_10GB|0x40000000))"
        ),
    ),
    (
        FeaturesReply(datapath_id=10, capabilities=Capabilities.FLOW_STATS),
        "FeaturesReply(datapath_id=000000000000000a, capabilities=FLOW_STATS)",
    ),
    (
        ErrorMsg(ErrorCode.BAD_ACTION__BAD_OUT_PORT, bytes(64)),
        "ErrorMsg(error=BAD_ACTION__BAD_OUT_PORT, data=<64 bytes>)",
    ),
    (ErrorMsg((99, 1)), "ErrorMsg(error=(99, 1))"),
    (
        Hello([VersionBitmap.of(frozenset({Version.V1_0, Version.V1_3}))]),
        "Hello(elements=[VersionBitmap(bitmaps=1.0+1.3)])",
    ),
    (Hello([VersionBitmap([0, 1])]), "Hello(elements=[VersionBitmap(bitmaps=32)])"),
    (RoleReply(role=2), "RoleReply(role=MASTER)"),
    (SetConfig(flags=1), "SetConfig(flags=FRAG_DROP)"),
    (GroupMod(group_id=5), "GroupMod(command=ADD, group_id=5)"),
    (
        TableFeaturesStatsReply(
            [TableFeatures(properties=[OxmProperty(oxm_ids=[0x8000_0A02, 5])])]
        ),
        "TableFeaturesStatsReply(body=[TableFeatures(properties=[OxmProperty(oxm_ids=[eth_type, 0x5])])])",
    ),
    (SetField("tp_src", 80), "SetField(tp_src=80)"),
    # What a field cannot hold is shown all the same.
    (
        PacketOut(in_port="x", actions=None, data=None),
        "PacketOut(in_port='x', actions=None, data=None)",
    ),  # type: ignore[arg-type]
    (PortMod(hw_addr=-1, mask="y"), "PortMod(hw_addr=-1, mask='y')"),  # type: ignore[arg-type]
    (FlowMod(command=99), "FlowMod(command=99)"),
    (SetField("ipv4_src", 1 << 40), f"SetField(ipv4_src={1 << 40})"),
    (SetField("eth_src", None), "SetField(eth_src=None)"),
    (SetField("nonsense", b"x"), "SetField(nonsense=b'x')"),
]


@pytest.mark.parametrize(("value", "text"), SHOWN, ids=[text[:40] for _, text in SHOWN])
def test_what_is_printed_is_short_and_named(value: Any, text: str) -> None:
    assert repr(value) == str(value) == text


@every_example
def test_whatever_a_field_holds_it_can_be_printed(version: Version, message: Message) -> None:
    for _, part in parts(deepcopy(message)):
        for field in fields(part):
            for wrong in (None, -1, 1 << 200, "text", b"bytes", [None], {}, object()):
                setattr(part, field.name, wrong)
                repr(message), repr(part)


@every_example
def test_every_message_can_be_printed(version: Version, message: Message) -> None:
    assert repr(message).startswith(f"{type(message).__name__}(")
    assert repr(type(message)()).startswith(f"{type(message).__name__}(")


def test_every_rule_is_for_a_field_that_there_is() -> None:
    names = {
        f"{name}.{field}"
        for name, cls in STRUCTS.items()
        for field in getattr(cls, "__dataclass_fields__", ())
    }
    assert set(_BY_CLASS) <= names
    assert set(_BY_NAME) <= {name.partition(".")[2] for name in names}
