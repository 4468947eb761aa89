"""Adding, changing and deleting entries: what is selected, what is replaced, what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from openflow.actions import Enqueue, Output
from openflow.constants import (
    NO_UINT64,
    FlowModCommand,
    FlowModFlags,
    FlowRemovedReason,
    PortNo,
)
from openflow.errors import ErrorCode
from openflow.instructions import WriteActions
from openflow.match import Match
from openflow.messages.flows import AggregateStatsRequest, FlowMod
from openflow.versions import V1_0, V1_3
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch, instructions, out_ports, removals

ADD, MODIFY, MODIFY_STRICT, DELETE, DELETE_STRICT = FlowModCommand
SEND, OVERLAP = FlowModFlags.SEND_FLOW_REM, FlowModFlags.CHECK_OVERLAP
FRAME = FRAMES["IPv4 TCP"]
IP = Match(eth_type=0x0800)

ENTRIES: dict[int, dict[str, Any]] = {
    1: {"match": Match()},
    2: {"match": IP},
    3: {"match": IP.replace(ipv4_src="10.0.0.0/8")},
    4: {"match": IP.replace(ipv4_src="10.1.0.0/16")},
    5: {"match": IP.replace(ipv4_src="10.1.2.3", ip_proto=6, tcp_dst=80)},
    6: {"match": IP.replace(ipv4_src="10.0.0.0/8"), "priority": 9},
    7: {"match": Match(vlan_vid=(0x1000, 0x1000))},
    8: {"match": Match(vlan_vid=0x1005, vlan_pcp=3), "table_id": 1},
}
"""Entries by cookie."""


@pytest.fixture
def full(switch: Switch) -> Switch:
    """A switch with the entries above, the one with cookie N sending to port N."""
    for cookie, fields in ENTRIES.items():
        switch.add(Output(cookie), cookie=cookie, **fields)
    return switch


SELECTIONS: list[tuple[dict[str, Any], set[int]]] = [
    ({}, {1, 2, 3, 4, 5, 6, 7}),
    ({"match": IP}, {2, 3, 4, 5, 6}),
    ({"match": IP.replace(ipv4_src="10.0.0.0/8")}, {3, 4, 5, 6}),
    ({"match": IP.replace(ipv4_src="10.1.0.0/16")}, {4, 5}),
    ({"match": IP.replace(ipv4_src="10.1.2.3")}, {5}),
    ({"match": IP.replace(ipv4_src="10.1.2.4")}, set()),
    ({"match": IP.replace(ipv4_src="128.0.0.0/1")}, set()),
    ({"match": Match(vlan_vid=(0x1000, 0x1000))}, {7}),
    ({"match": Match(vlan_vid=0x1005), "table_id": 1}, {8}),
    ({"cookie": 4, "cookie_mask": 6}, {4, 5}),
    ({"cookie": 0xFF, "cookie_mask": 0}, {1, 2, 3, 4, 5, 6, 7}),
]


@pytest.mark.parametrize(("fields", "cookies"), SELECTIONS, ids=str)
def test_a_deletion_takes_the_entries_that_are_as_specific_or_more(
    fields: dict[str, Any], cookies: set[int], full: Switch
) -> None:
    full.change(DELETE, **fields)
    assert full.cookies(table_id=255) == set(ENTRIES) - cookies


@pytest.mark.parametrize(("fields", "cookies"), SELECTIONS, ids=str)
def test_a_modification_takes_the_same_entries(
    fields: dict[str, Any], cookies: set[int], full: Switch
) -> None:
    full.change(MODIFY, Output(99), **fields)
    assert full.cookies(out_port=99) == cookies


@pytest.mark.parametrize(("fields", "cookies"), SELECTIONS, ids=str)
def test_statistics_are_of_the_same_entries(
    fields: dict[str, Any], cookies: set[int], full: Switch
) -> None:
    fields = {"table_id": 0} | fields
    assert full.cookies(**fields) == cookies
    assert full.ask(AggregateStatsRequest(**fields)).flow_count == len(cookies)


@pytest.mark.parametrize(
    ("fields", "cookies"),
    [
        ({"match": IP}, {2}),
        ({"match": IP.replace(ipv4_src="10.0.0.0/8"), "priority": 9}, {6}),
        ({"match": IP.replace(ipv4_src="10.0.0.0/8"), "priority": 8}, set()),
        ({"match": IP.replace(ipv4_src="10.0.0.0/9")}, set()),
        ({"match": IP, "cookie": 3, "cookie_mask": 1}, set()),
    ],
    ids=str,
)
def test_a_strict_deletion_takes_the_one_entry_with_this_match_and_priority(
    fields: dict[str, Any], cookies: set[int], full: Switch
) -> None:
    full.change(DELETE_STRICT, **fields)
    assert full.cookies() == set(ENTRIES) - cookies


def test_a_deletion_can_be_limited_to_entries_that_output_to_a_port(full: Switch) -> None:
    full.add(WriteActions([Output(3)]), cookie=20, priority=1)
    full.version = V1_0
    full.add(Enqueue(3, 1), cookie=21, priority=2)
    full.version = V1_3
    full.change(DELETE, out_port=3)
    assert full.cookies() == set(ENTRIES) - {3}


def test_entries_without_a_group_are_not_selected_by_one(full: Switch) -> None:
    full.change(DELETE, out_group=1)
    assert full.cookies() == set(ENTRIES)
    assert full.cookies(out_group=1) == set()


def test_deleted_entries_are_reported_when_they_asked_for_it(switch: Switch) -> None:
    switch.add(cookie=1, priority=1)
    switch.add(cookie=2, priority=2, flags=SEND, idle_timeout=60, hard_timeout=90, match=IP)
    switch.receive(FRAME)
    switch.now = 2.5
    (message,) = removals(switch.change(DELETE))
    assert (message.match, message.cookie, message.priority) == (IP, 2, 2)
    assert message.reason == FlowRemovedReason.DELETE
    assert (message.idle_timeout, message.hard_timeout) == (60, 90)
    assert (message.duration_sec, message.duration_nsec) == (2, 500_000_000)
    assert (message.packet_count, message.byte_count) == (1, len(FRAME))


def test_an_entry_replaces_the_one_with_the_same_match_and_priority(switch: Switch) -> None:
    switch.add(Output(2), match=Match(eth_src=1, eth_dst=2), cookie=1, flags=SEND)
    effects = switch.add(Output(3), match=Match(eth_dst=2, eth_src=1), cookie=2)
    assert effects == []
    assert switch.cookies() == {2}


def test_a_replacement_keeps_its_place_among_equal_priorities(switch: Switch) -> None:
    switch.add(Output(2), match=IP)
    switch.add(Output(3), match=Match(in_port=1))
    switch.add(Output(4), match=IP)
    assert out_ports(switch.receive(FRAME)) == [4]


@pytest.mark.parametrize(
    ("match", "priority", "overlaps"),
    [
        (IP.replace(ip_proto=6), 5, True),
        (IP, 5, True),
        (Match(), 5, True),
        (Match(in_port=1), 5, True),
        (Match(), 6, False),
        (Match(eth_type=0x86DD), 5, False),
        (IP.replace(ipv4_dst="10.1.0.0/16"), 5, True),
        (IP.replace(ipv4_dst="11.0.0.0/8"), 5, False),
        (IP.replace(ipv4_dst="8.0.0.0/5"), 5, True),
    ],
    ids=str,
)
def test_an_entry_that_overlaps_is_refused_when_it_asks_for_the_check(
    match: Match, priority: int, overlaps: bool, switch: Switch
) -> None:
    switch.add(match=IP.replace(ipv4_dst="10.0.0.0/8"), priority=5)
    change = FlowMod(match=match, priority=priority, flags=OVERLAP)
    if overlaps:
        assert switch.refusal(change) is ErrorCode.FLOW_MOD_FAILED__OVERLAP
    else:
        switch.apply(change)
    change.flags = 0
    switch.apply(change)


def test_a_full_table_refuses_entries_but_not_replacements(
    make_switch: Callable[..., Switch],
) -> None:
    switch = make_switch(max_entries=2)
    for port in (1, 2):
        switch.add(Output(3), match=Match(in_port=port))
    change = FlowMod(match=Match(in_port=3))
    assert switch.refusal(change) is ErrorCode.FLOW_MOD_FAILED__TABLE_FULL
    change.table_id = 1
    switch.apply(change)
    switch.add(Output(4), match=Match(in_port=2))
    switch.change(DELETE, match=Match(in_port=1))
    switch.add(match=Match(in_port=3))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (FlowMod(command=5), ErrorCode.FLOW_MOD_FAILED__BAD_COMMAND),
        (FlowMod(table_id=254), ErrorCode.FLOW_MOD_FAILED__BAD_TABLE_ID),
        (FlowMod(table_id=255), ErrorCode.FLOW_MOD_FAILED__BAD_TABLE_ID),
        (FlowMod(command=DELETE, table_id=254), ErrorCode.FLOW_MOD_FAILED__BAD_TABLE_ID),
        (FlowMod(flags=1 << 5), ErrorCode.FLOW_MOD_FAILED__BAD_FLAGS),
        (FlowMod(flags=1 << 15), ErrorCode.FLOW_MOD_FAILED__BAD_FLAGS),
        (FlowMod(match=Match(ipv4_src=1)), ErrorCode.BAD_MATCH__BAD_PREREQ),
        (FlowMod(match=Match(ip_proto=6)), ErrorCode.BAD_MATCH__BAD_PREREQ),
        (FlowMod(match=Match(eth_type=(8, 8))), ErrorCode.BAD_MATCH__BAD_MASK),
        (FlowMod(match=Match({"0x8000.50": b"x"})), ErrorCode.BAD_MATCH__BAD_FIELD),
        (FlowMod(command=DELETE, match=Match(ipv4_src=1)), ErrorCode.BAD_MATCH__BAD_PREREQ),
    ],
    ids=str,
)
def test_a_flow_mod_that_cannot_be_is_refused(
    change: FlowMod, code: ErrorCode, full: Switch
) -> None:
    assert full.refusal(change) is code


@pytest.mark.parametrize("timeout", ["idle_timeout", "hard_timeout"])
def test_1_0_has_no_room_for_emergency_entries(timeout: str, switch: Switch) -> None:
    switch.version = V1_0
    change = FlowMod(flags=FlowModFlags.EMERG)
    assert switch.refusal(change) is ErrorCode.FLOW_MOD_FAILED__TABLE_FULL
    setattr(change, timeout, 1)
    assert switch.refusal(change) is ErrorCode.FLOW_MOD_FAILED__BAD_EMERG_TIMEOUT


def test_1_0_deletes_no_normal_entry_with_the_emergency_flag(switch: Switch) -> None:
    switch.version = V1_0
    switch.add(cookie=1)
    switch.change(DELETE, flags=FlowModFlags.EMERG)
    assert switch.cookies() == {1}


def test_an_entry_can_be_told_not_to_count(switch: Switch) -> None:
    flags = FlowModFlags.NO_PKT_COUNTS
    switch.add(Output(2), flags=flags, match=IP)
    switch.receive(FRAME)
    assert (switch.entry().packet_count, switch.entry().byte_count) == (NO_UINT64, len(FRAME))
    reply = switch.ask(AggregateStatsRequest())
    assert (reply.packet_count, reply.byte_count) == (0, len(FRAME))
    switch.add(Output(2), flags=FlowModFlags.NO_BYT_COUNTS, match=IP)
    switch.receive(FRAME)
    assert (switch.entry().packet_count, switch.entry().byte_count) == (1, NO_UINT64)


def test_counters_survive_a_modification_and_the_place_of_the_entry_does_too(
    switch: Switch,
) -> None:
    switch.add(Output(2), match=IP)
    switch.receive(FRAME)
    switch.change(MODIFY_STRICT, Output(PortNo.IN_PORT), match=IP)
    assert out_ports(switch.receive(FRAME)) == [1]
    assert switch.entry().packet_count == 2


def test_what_the_sender_does_with_its_message_afterwards_does_not_matter(switch: Switch) -> None:
    change = FlowMod(instructions=instructions([Output(2)]))
    switch.apply(change)
    change.instructions.clear()
    assert out_ports(switch.receive(FRAME)) == [2]
