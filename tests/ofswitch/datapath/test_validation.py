"""Actions and instructions that are refused, and with which error (OpenFlow 1.3.5, 7.4.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from openflow.actions import (
    Action,
    CopyTtlIn,
    DecMplsTtl,
    DecNwTtl,
    Enqueue,
    ExperimenterAction,
    Group,
    Output,
    PopMpls,
    PopPbb,
    PopVlan,
    PushMpls,
    PushPbb,
    PushVlan,
    RawAction,
    SetField,
    SetMplsTtl,
    SetNwTtl,
    SetVlanPcp,
    SetVlanVid,
)
from openflow.codec import encode
from openflow.constants import FlowModCommand, PortNo
from openflow.errors import ErrorCode, OpenFlowError
from openflow.experimenters import NxResubmitTable
from openflow.instructions import (
    ApplyActions,
    ClearActions,
    ExperimenterInstruction,
    GotoTable,
    Instruction,
    Meter,
    RawInstruction,
    WriteActions,
)
from openflow.match import Match
from openflow.messages.flows import FlowMod
from openflow.messages.symmetric import EchoRequest
from openflow.messages.table_config import TableMod
from openflow.versions import V1_0, V1_3, Version
from tests.ofswitch.datapath.rig import Switch

IP, ARP, MPLS = Match(eth_type=0x0800), Match(eth_type=0x0806), Match(eth_type=0x8847)
TCP = IP.replace(ip_proto=6)
TAGGED, UNTAGGED = Match(vlan_vid=(0x1000, 0x1000)), Match(vlan_vid=0)

BAD_ACTIONS: list[tuple[Action, ErrorCode]] = [
    (Output(0), ErrorCode.BAD_ACTION__BAD_OUT_PORT),
    (Output(PortNo.TABLE), ErrorCode.BAD_ACTION__BAD_OUT_PORT),
    (Output(PortNo.ANY), ErrorCode.BAD_ACTION__BAD_OUT_PORT),
    (Output(PortNo.MAX), ErrorCode.BAD_ACTION__BAD_OUT_PORT),
    (Output(0xFF00), ErrorCode.BAD_ACTION__BAD_OUT_PORT),
    (Enqueue(PortNo.FLOOD, 1), ErrorCode.BAD_ACTION__BAD_OUT_PORT),
    (Group(1), ErrorCode.BAD_ACTION__BAD_OUT_GROUP),
    (ExperimenterAction(0x2320), ErrorCode.BAD_ACTION__BAD_EXPERIMENTER),
    (NxResubmitTable(table_id=3), ErrorCode.BAD_ACTION__BAD_EXPERIMENTER),
    (SetField("reg0", 5), ErrorCode.BAD_ACTION__BAD_SET_TYPE),
    (RawAction(77), ErrorCode.BAD_ACTION__BAD_TYPE),
    (PushVlan(0x0800), ErrorCode.BAD_ACTION__BAD_ARGUMENT),
    (PushMpls(0x8100), ErrorCode.BAD_ACTION__BAD_ARGUMENT),
    (PushPbb(0x88A8), ErrorCode.BAD_ACTION__BAD_ARGUMENT),
    (SetVlanVid(0x1000), ErrorCode.BAD_ACTION__BAD_ARGUMENT),
    (SetVlanPcp(8), ErrorCode.BAD_ACTION__BAD_ARGUMENT),
    (SetNwTtl(256), ErrorCode.BAD_ACTION__BAD_ARGUMENT),
    (SetMplsTtl(-1), ErrorCode.BAD_ACTION__BAD_ARGUMENT),
    (SetField("in_port", 1), ErrorCode.BAD_ACTION__BAD_SET_TYPE),
    (SetField("metadata", 1), ErrorCode.BAD_ACTION__BAD_SET_TYPE),
    (SetField("ipv6_exthdr", 1), ErrorCode.BAD_ACTION__BAD_SET_TYPE),
    (SetField("0x8000.63", 1), ErrorCode.BAD_ACTION__BAD_SET_TYPE),
    (SetField("tp_src", 1), ErrorCode.BAD_ACTION__BAD_SET_TYPE),
    (SetField("eth_src", 1 << 48), ErrorCode.BAD_ACTION__BAD_SET_ARGUMENT),
    (SetField("eth_src", (1, 1)), ErrorCode.BAD_ACTION__BAD_SET_ARGUMENT),
    (SetField("vlan_vid", 5), ErrorCode.BAD_ACTION__BAD_SET_ARGUMENT),
]

INCONSISTENT: list[tuple[Match, list[Action]]] = [
    (Match(), [SetField("ipv4_src", 1)]),
    (ARP, [SetField("ipv4_src", 1)]),
    (IP, [SetField("tcp_dst", 1)]),
    (TCP, [SetField("udp_dst", 1)]),
    (TCP, [SetField("ip_proto", 17), SetField("tcp_dst", 1)]),
    (IP, [SetField("vlan_pcp", 1)]),
    (UNTAGGED, [SetField("vlan_vid", 0x1005)]),
    (UNTAGGED, [PopVlan()]),
    (TAGGED, [PopVlan(), SetField("vlan_pcp", 1)]),
    (ARP, [DecNwTtl()]),
    (MPLS, [SetNwTtl(5)]),
    (IP, [DecMplsTtl()]),
    (IP, [SetMplsTtl(5)]),
    (IP, [PopMpls()]),
    (IP, [PopPbb()]),
    (IP, [CopyTtlIn()]),
    (IP, [SetField("mpls_label", 5)]),
    (TCP, [PushMpls(), SetField("tcp_dst", 1)]),
    (TCP, [PushPbb(), SetField("ipv4_dst", 1)]),
    (MPLS, [PopMpls(0x0806), SetField("ipv4_src", 1)]),
    (MPLS, [PopMpls(0x0800), SetField("tcp_dst", 1)]),
    (Match(eth_type=0x88E7), [PopPbb(), SetField("pbb_isid", 1)]),
    (IP, [PushPbb(), PopVlan()]),
    (Match(), [PopMpls(0x0800), SetField("ipv4_src", 1)]),
]

CONSISTENT: list[tuple[Match, list[Action]]] = [
    (TCP, [SetField("tcp_dst", 1), SetField("ipv4_src", 1), DecNwTtl()]),
    (IP, [SetField("ip_proto", 17), SetField("udp_dst", 1)]),
    (Match(), [PushVlan(), SetField("vlan_vid", 0x1005), SetField("vlan_pcp", 1), PopVlan()]),
    (TAGGED, [SetField("vlan_pcp", 1), PopVlan()]),
    (Match(), [SetField("vlan_vid", 0x1005)]),
    (Match(), [PopVlan(), PopMpls(), PopPbb(), DecNwTtl()]),
    (Match(), [SetField("eth_type", 0x0800), SetField("ipv4_src", 1)]),
    (IP, [PushMpls(), SetField("mpls_label", 1), DecMplsTtl(), PopMpls(0x0800)]),
    (MPLS, [PopMpls(0x0800), SetField("ipv4_src", 1), DecNwTtl()]),
    (MPLS, [PopMpls(0x8100), SetField("vlan_pcp", 1)]),
    (UNTAGGED.replace(eth_type=0x8847), [PopMpls(0x0800), PushVlan(), PopVlan()]),
    (IP, [PushPbb(), SetField("pbb_isid", 1), PopPbb(), PopVlan()]),
]


def refusal(
    switch: Switch, *instructions: Instruction, match: Match | None = None, **fields: Any
) -> ErrorCode:
    """Try to add an entry; return the error."""
    change = FlowMod(match=match or Match(), instructions=list(instructions), **fields)
    return switch.refusal(change)


@pytest.mark.parametrize("instruction", [ApplyActions, WriteActions])
@pytest.mark.parametrize(("action", "code"), BAD_ACTIONS, ids=str)
def test_a_bad_action_is_refused(
    action: Action, code: ErrorCode, instruction: type[ApplyActions], switch: Switch
) -> None:
    assert refusal(switch, instruction([Output(1), action])) is code


@pytest.mark.parametrize("command", [0, 1, 2])
def test_bad_actions_are_refused_in_all_commands_that_carry_them(
    command: int, switch: Switch
) -> None:
    code = refusal(switch, ApplyActions([Group(1)]), command=command)
    assert code is ErrorCode.BAD_ACTION__BAD_OUT_GROUP


def test_deletions_do_not_look_at_actions(switch: Switch) -> None:
    switch.change(3, Group(1))


@pytest.mark.parametrize(("match", "actions"), INCONSISTENT, ids=str)
def test_an_action_that_cannot_apply_to_the_match_is_refused(
    match: Match, actions: list[Action], switch: Switch
) -> None:
    code = refusal(switch, ApplyActions(actions), match=match)
    assert code is ErrorCode.BAD_ACTION__MATCH_INCONSISTENT


@pytest.mark.parametrize(("match", "actions"), INCONSISTENT, ids=str)
def test_1_0_takes_actions_that_may_not_apply(
    match: Match, actions: list[Action], switch: Switch
) -> None:
    switch.version = V1_0
    switch.add(*actions, match=match)


@pytest.mark.parametrize(("match", "actions"), CONSISTENT, ids=str)
def test_an_action_that_applies_by_the_match_and_the_actions_before_is_taken(
    match: Match, actions: list[Action], switch: Switch
) -> None:
    switch.add(*actions, match=match)


_NONE = {PortNo.MAX, PortNo.ANY, PortNo.UNSET}


@pytest.mark.parametrize("port", [1, 4, 99, 0xFEFF, *set(PortNo) - _NONE])
def test_output_may_name_ports_that_are_not_there_yet_and_reserved_ones(
    port: int, switch: Switch
) -> None:
    if port != PortNo.TABLE:
        switch.add(Output(port))


@pytest.mark.parametrize("port", [1, 99, PortNo.LOCAL, PortNo.IN_PORT])
def test_1_0_enqueues_to_ports_in_port_and_local(port: int, switch: Switch) -> None:
    switch.version = V1_0
    switch.add(Enqueue(port, 1))


def test_written_actions_are_judged_in_the_order_in_which_they_are_done(switch: Switch) -> None:
    switch.add(WriteActions([SetField("vlan_pcp", 1), PushVlan(), Output(2)]))
    switch.add(WriteActions([DecMplsTtl(), PushMpls()]), match=IP)
    code = refusal(switch, ApplyActions([SetField("vlan_pcp", 1), PushVlan()]))
    assert code is ErrorCode.BAD_ACTION__MATCH_INCONSISTENT


def test_written_actions_are_judged_after_the_applied_ones(switch: Switch) -> None:
    switch.add(WriteActions([SetField("vlan_pcp", 1)]), ApplyActions([PushVlan()]))
    instructions = [WriteActions([DecNwTtl()]), ApplyActions([PushMpls()])]
    code = refusal(switch, *instructions, match=IP)
    assert code is ErrorCode.BAD_ACTION__MATCH_INCONSISTENT


def test_too_many_actions_are_refused(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch(max_actions=3)
    switch.add(*[Output(2)] * 3)
    code = refusal(switch, ApplyActions([Output(2)] * 4))
    assert code is ErrorCode.BAD_ACTION__TOO_MANY


@pytest.mark.parametrize(
    ("instructions", "code"),
    [
        ([RawInstruction(77)], ErrorCode.BAD_INSTRUCTION__UNKNOWN_INST),
        ([ExperimenterInstruction(1)], ErrorCode.BAD_INSTRUCTION__BAD_EXPERIMENTER),
        ([Meter(1)], ErrorCode.METER_MOD_FAILED__INVALID_METER),
        ([GotoTable(5)], ErrorCode.BAD_INSTRUCTION__BAD_TABLE_ID),
        ([GotoTable(4)], ErrorCode.BAD_INSTRUCTION__BAD_TABLE_ID),
        ([GotoTable(254)], ErrorCode.BAD_INSTRUCTION__BAD_TABLE_ID),
        ([GotoTable(255)], ErrorCode.BAD_INSTRUCTION__BAD_TABLE_ID),
        ([ClearActions(), ClearActions()], ErrorCode.BAD_INSTRUCTION__UNSUP_INST),
    ],
    ids=str,
)
def test_a_bad_instruction_is_refused(
    instructions: list[Instruction], code: ErrorCode, switch: Switch
) -> None:
    assert refusal(switch, *instructions, table_id=5) is code


def test_the_last_table_goes_nowhere(switch: Switch) -> None:
    code = refusal(switch, GotoTable(254), table_id=253)
    assert code is ErrorCode.BAD_INSTRUCTION__BAD_TABLE_ID


@pytest.mark.parametrize("version", [V1_0, V1_3])
def test_a_message_that_is_no_change_is_refused(version: Version, switch: Switch) -> None:
    switch.version = version
    assert switch.refusal(EchoRequest()) is ErrorCode.BAD_REQUEST__BAD_TYPE


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (TableMod(254), ErrorCode.TABLE_MOD_FAILED__BAD_TABLE),
        (TableMod(0, 4), ErrorCode.TABLE_MOD_FAILED__BAD_CONFIG),
        (TableMod(255, 0x8000_0000), ErrorCode.TABLE_MOD_FAILED__BAD_CONFIG),
    ],
    ids=str,
)
def test_a_bad_table_mod_is_refused(change: TableMod, code: ErrorCode, switch: Switch) -> None:
    assert switch.refusal(change) is code


def test_the_reserved_bits_of_a_table_are_kept_and_do_nothing(switch: Switch) -> None:
    assert switch.apply(TableMod(255, 3)) == []
    assert switch.apply(TableMod(7, 1)) == []


@pytest.mark.parametrize("n_tables", [0, 256])
def test_a_switch_has_1_to_255_tables(n_tables: int, make_switch: Callable[..., Switch]) -> None:
    with pytest.raises(ValueError, match=str(n_tables)):
        make_switch(n_tables=n_tables)


@pytest.mark.parametrize("vlan", [5, (5, 0x1FFF), (1, 0x1001)])
def test_a_vlan_without_a_tag_is_refused_since_no_packet_is_in_one(
    switch: Switch, vlan: int | tuple[int, int]
) -> None:
    change = FlowMod(match=Match(vlan_vid=vlan), instructions=[ApplyActions([Output(2)])])
    assert switch.refusal(change) == ErrorCode.BAD_MATCH__BAD_VALUE
    assert switch.datapath.apply_encoded(encode(change, V1_3), V1_3, 0.0) == (0, [])
    with pytest.raises(OpenFlowError, match=r"no packet has vlan_vid=0x[15]: with a tag, it is"):
        switch.apply(change)
    assert switch.apply(replace(change, command=FlowModCommand.DELETE)) == []


@pytest.mark.parametrize("vlan", [0, 0x1005, (0x1000, 0x1000), (5, 0xFFF), (0, 0x1000)])
def test_vlans_that_packets_may_be_in_are_taken(
    switch: Switch, vlan: int | tuple[int, int]
) -> None:
    switch.add(Output(2), match=Match(vlan_vid=vlan))
    assert len(switch.dump()) == 1
