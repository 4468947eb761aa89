"""Idle and hard time-outs (OpenFlow 1.3.5, 5.5)."""

from __future__ import annotations

import pytest

from openflow.actions import Output
from openflow.constants import FlowModCommand, FlowModFlags, FlowRemovedReason
from openflow.match import Match
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch, out_ports, removals

FRAME = FRAMES["IPv4 TCP"]
SEND = FlowModFlags.SEND_FLOW_REM
IDLE, HARD = FlowRemovedReason.IDLE_TIMEOUT, FlowRemovedReason.HARD_TIMEOUT


def test_an_entry_without_timeouts_stays_for_good(switch: Switch) -> None:
    switch.add(Output(2))
    assert switch.datapath.next_deadline() is None
    assert switch.advance(1e9) == []
    assert out_ports(switch.receive(FRAME)) == [2]


def test_an_idle_entry_times_out_and_says_so(switch: Switch) -> None:
    switch.now = 100.0
    switch.add(idle_timeout=10, flags=SEND, cookie=7)
    assert switch.datapath.next_deadline() == 110
    assert switch.advance(109.999) == []
    (message,) = removals(switch.advance(110))
    assert (message.reason, message.cookie, message.idle_timeout) == (IDLE, 7, 10)
    assert (message.duration_sec, message.duration_nsec) == (10, 0)
    assert switch.dump() == []
    assert switch.datapath.next_deadline() is None


def test_each_packet_puts_the_idle_timeout_off(switch: Switch) -> None:
    switch.add(Output(2), idle_timeout=10, flags=SEND)
    switch.advance(9)
    switch.receive(FRAME)
    assert switch.advance(18.9) == []
    assert switch.datapath.next_deadline() == 19
    assert [message.reason for message in removals(switch.advance(19))] == [IDLE]


def test_no_packet_puts_the_hard_timeout_off(switch: Switch) -> None:
    switch.add(Output(2), hard_timeout=10, flags=SEND)
    for now in range(10):
        switch.now = now
        switch.receive(FRAME)
    (message,) = removals(switch.advance(10))
    assert (message.reason, message.packet_count) == (HARD, 10)


@pytest.mark.parametrize(
    ("idle", "hard", "reason"), [(5, 10, IDLE), (10, 5, HARD), (5, 5, HARD)], ids=str
)
def test_the_timeout_that_comes_first_is_the_reason(
    idle: int, hard: int, reason: FlowRemovedReason, switch: Switch
) -> None:
    switch.add(idle_timeout=idle, hard_timeout=hard, flags=SEND)
    assert [message.reason for message in removals(switch.advance(100))] == [reason]


def test_an_entry_that_did_not_ask_goes_in_silence(switch: Switch) -> None:
    switch.add(idle_timeout=1)
    assert switch.advance(1) == []
    assert switch.dump() == []


def test_entries_time_out_in_all_tables_each_at_its_time(switch: Switch) -> None:
    for table_id, timeout in ((0, 3), (1, 1), (253, 2)):
        switch.add(table_id=table_id, hard_timeout=timeout, cookie=table_id)
    left = []
    while (deadline := switch.datapath.next_deadline()) is not None:
        switch.advance(deadline)
        left.append(switch.cookies())
    assert left == [{0, 253}, {0}, set()]


def test_the_next_deadline_is_never_too_late(switch: Switch) -> None:
    switch.add(hard_timeout=10, match=Match(in_port=1))
    switch.add(hard_timeout=5, match=Match(in_port=2))
    switch.change(FlowModCommand.DELETE, match=Match(in_port=2))
    deadline = switch.datapath.next_deadline()
    assert deadline is not None
    assert deadline <= 10
    switch.advance(deadline)
    assert switch.datapath.next_deadline() == 10


def test_an_entry_does_not_match_any_more_once_its_time_is_over(switch: Switch) -> None:
    switch.add(Output(2), hard_timeout=1)
    switch.advance(1)
    assert out_ports(switch.receive(FRAME)) == []
