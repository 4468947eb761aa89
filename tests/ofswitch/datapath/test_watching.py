"""What happens to flow entries, told to whoever watches them (OpenFlow 1.4.0, 7.3.5.14)."""

from __future__ import annotations

import pytest

from ofswitch.datapath import Effect, FlowChanged
from openflow.actions import Group, Output
from openflow.constants import FlowModCommand, FlowModFlags, FlowRemovedReason, GroupType
from openflow.instructions import ApplyActions
from openflow.match import Match
from openflow.messages.flows import FlowMod
from openflow.messages.groups import Bucket, GroupMod
from openflow.versions import V1_0
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch

ADD, MODIFY, DELETE = FlowModCommand.ADD, FlowModCommand.MODIFY, FlowModCommand.DELETE


@pytest.fixture(autouse=True)
def watched(switch: Switch) -> None:
    switch.datapath.watched = True


def told(effects: list[Effect]) -> list[tuple[str, int, int]]:
    """What happened, to the entry of which priority, and why."""
    notes = [one for one in effects if isinstance(one, FlowChanged)]
    return [(note.event, note.entry.priority, note.reason) for note in notes]


def test_nobody_is_told_what_nobody_wants_to_hear(switch: Switch) -> None:
    switch.datapath.watched = False
    assert switch.add(Output(2)) == switch.change(DELETE) == []


def test_an_entry_comes_changes_and_goes(switch: Switch) -> None:
    match = Match(in_port=1)
    (added,) = switch.add(Output(2), match=match, priority=7, cookie=5, idle_timeout=3, table_id=1)
    assert isinstance(added, FlowChanged)
    (entry,) = switch.dump()
    assert (added.event, added.entry, added.before) == ("added", entry, None)
    (modified,) = switch.change(MODIFY, Output(3), table_id=1)
    assert isinstance(modified, FlowChanged)
    assert modified.entry.instructions == [ApplyActions([Output(3)])]
    assert list(modified.before or []) == [ApplyActions([Output(2)])]
    (removed,) = switch.change(DELETE, table_id=0xFF)
    assert isinstance(removed, FlowChanged)
    assert (removed.event, removed.reason) == ("removed", FlowRemovedReason.DELETE)
    assert removed.entry.match == match


def test_an_entry_in_the_place_of_another_is_added(switch: Switch) -> None:
    switch.add(Output(2))
    (note,) = switch.add(Output(3))
    assert isinstance(note, FlowChanged)
    assert (note.event, list(note.before or [])) == ("added", [ApplyActions([Output(2)])])


def test_a_change_that_changes_nothing_is_not_told(switch: Switch) -> None:
    switch.add(Output(2))
    assert switch.change(MODIFY, Output(2)) == []
    switch.version = V1_0
    assert told(switch.change(MODIFY, Output(2), cookie=9)) == [("modified", 0x8000, 0)]


def test_time_outs_are_told_whoever_else_wants_to_know(switch: Switch) -> None:
    switch.add(Output(2), priority=1, idle_timeout=5)
    switch.add(Output(2), priority=2, hard_timeout=5, flags=FlowModFlags.SEND_FLOW_REM)
    assert sorted(told(switch.advance(6.0))) == [
        ("removed", 1, FlowRemovedReason.IDLE_TIMEOUT),
        ("removed", 2, FlowRemovedReason.HARD_TIMEOUT),
    ]


def test_entries_go_with_their_group(switch: Switch) -> None:
    switch.apply(GroupMod(0, GroupType.ALL, 1, [Bucket(actions=[Output(2)])]))
    switch.add(Group(1), priority=4)
    gone = switch.apply(GroupMod(command=2, group_id=1))
    assert told(gone) == [("removed", 4, FlowRemovedReason.GROUP_DELETE)]


def test_changes_together_are_told_for_each(switch: Switch) -> None:
    changes = [
        FlowMod(priority=1),
        FlowMod(priority=2),
        FlowMod(command=DELETE, table_id=0xFF),
    ]
    outcomes = switch.datapath.apply_together(changes, switch.version, switch.now)
    assert [told(one) for one in outcomes] == [
        [("added", 1, 0)],
        [("added", 2, 0)],
        [("removed", 2, 2), ("removed", 1, 2)],
    ]
    assert told(switch.add(priority=3)) == [("added", 3, 0)]


def test_packets_are_no_changes(switch: Switch) -> None:
    switch.add(Output(2))
    assert told(switch.receive(FRAMES["IPv4 TCP"])) == []
