"""Flow entries as people read them."""

from __future__ import annotations

import pytest

from ofswitch.listing import format_flow, format_instructions
from openflow import (
    CONTROLLER_NO_BUFFER,
    NO_UINT64,
    Action,
    ApplyActions,
    ClearActions,
    CopyTtlIn,
    CopyTtlOut,
    DecMplsTtl,
    DecNwTtl,
    Enqueue,
    ExperimenterAction,
    ExperimenterInstruction,
    FlowStats,
    GotoTable,
    Group,
    Instruction,
    Match,
    Meter,
    Output,
    PopMpls,
    PopPbb,
    PopVlan,
    PortNo,
    PushMpls,
    PushPbb,
    PushVlan,
    RawAction,
    RawInstruction,
    SetField,
    SetMplsTtl,
    SetNwTtl,
    SetQueue,
    SetVlanPcp,
    SetVlanVid,
    WriteActions,
    WriteMetadata,
)
from openflow.structs import FAMILIES
from openflow.versions import USUAL

ACTIONS: list[tuple[Action, str]] = [
    (Output(3), "output:3"),
    (Output(PortNo.NORMAL), "NORMAL"),
    (Output(PortNo.IN_PORT), "IN_PORT"),
    (Output(PortNo.CONTROLLER, 128), "CONTROLLER:128"),
    (Output(PortNo.CONTROLLER, CONTROLLER_NO_BUFFER), "CONTROLLER"),
    (SetField("eth_dst", "00:00:00:00:00:07"), "set_field:00:00:00:00:00:07->eth_dst"),
    (SetField("ipv4_src", "10.0.0.1"), "set_field:10.0.0.1->ipv4_src"),
    (SetField("tp_src", 80), "set_field:80->tp_src"),
    (SetVlanVid(5), "mod_vlan_vid:5"),
    (SetVlanPcp(5), "mod_vlan_pcp:5"),
    (Enqueue(2, 7), "enqueue:2:7"),
    (PushVlan(0x8100), "push_vlan:0x8100"),
    (PopVlan(), "pop_vlan"),
    (PushMpls(0x8847), "push_mpls:0x8847"),
    (PopMpls(0x0800), "pop_mpls:0x0800"),
    (PushPbb(0x88E7), "push_pbb:0x88e7"),
    (PopPbb(), "pop_pbb"),
    (SetMplsTtl(3), "set_mpls_ttl:3"),
    (DecMplsTtl(), "dec_mpls_ttl"),
    (CopyTtlOut(), "copy_ttl_out"),
    (CopyTtlIn(), "copy_ttl_in"),
    (SetNwTtl(9), "mod_nw_ttl:9"),
    (DecNwTtl(), "dec_ttl"),
    (SetQueue(4), "set_queue:4"),
    (Group(8), "group:8"),
    (RawAction(99, b"\1\2"), "RawAction(type=99, data=<2 bytes: 0102>)"),
    (ExperimenterAction(1, b""), "ExperimenterAction(experimenter=0x1)"),
]

INSTRUCTIONS: list[tuple[Instruction, str]] = [
    (Meter(3), "meter:3"),
    (ApplyActions([Output(1), Output(2)]), "output:1,output:2"),
    (ClearActions(), "clear_actions"),
    (WriteActions([Output(1)]), "write_actions(output:1)"),
    (WriteMetadata(0xA), "write_metadata:0xa"),
    (WriteMetadata(0xA, 0xFF), "write_metadata:0xa/0xff"),
    (GotoTable(4), "goto_table:4"),
    (RawInstruction(99, b""), "RawInstruction(type=99)"),
    (ExperimenterInstruction(1, b""), "ExperimenterInstruction(experimenter=0x1)"),
]


@pytest.mark.parametrize(("action", "text"), ACTIONS, ids=lambda value: str(value)[:20])
def test_an_action_has_a_word(action: Action, text: str) -> None:
    assert format_instructions([ApplyActions([action])]) == text


@pytest.mark.parametrize(("instruction", "text"), INSTRUCTIONS, ids=lambda value: str(value)[:20])
def test_an_instruction_has_a_word(instruction: Instruction, text: str) -> None:
    assert format_instructions([instruction]) == text


def test_none_was_forgotten() -> None:
    assert {type(action).__name__ for action, _ in ACTIONS} >= of_switches("Action")
    shown = {type(instruction).__name__ for instruction, _ in INSTRUCTIONS}
    assert shown >= of_switches("Instruction")


def of_switches(family: str) -> set[str]:
    """The elements that a switch of ours may be sent and take."""
    return {
        name
        for name, cls in FAMILIES[family].items()
        if cls.layout.keys() & set(USUAL) and "experimenters" not in cls.__module__
    }


def test_no_actions_drop() -> None:
    assert format_instructions([]) == format_instructions([ApplyActions([])]) == "drop"


def test_an_entry_is_one_line_in_the_manner_of_ovs_ofctl() -> None:
    entry = FlowStats(
        table_id=2,
        duration_sec=12,
        duration_nsec=34_000_000,
        priority=10,
        idle_timeout=60,
        flags=1,
        cookie=0xAB,
        packet_count=7,
        byte_count=NO_UINT64,
        match=Match(in_port=1, eth_type=0x0800, ipv4_src="10.0.0.0/8"),
        instructions=[ApplyActions([Output(2)]), GotoTable(3)],
    )
    assert format_flow(entry) == (
        "cookie=0xab, duration=12.034s, table=2, n_packets=7, n_bytes=none, idle_timeout=60, "
        "send_flow_rem, priority=10,in_port=1,eth_type=0x800,ipv4_src=10.0.0.0/8 "
        "actions=output:2,goto_table:3"
    )


def test_the_entry_that_matches_everything_shows_its_priority_only() -> None:
    assert format_flow(FlowStats()).endswith("priority=0 actions=drop")
