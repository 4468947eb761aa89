"""Flow monitors: Nicira's on 1.0, ONF's on 1.3 (OpenFlow 1.4.0, 7.3.5.14; nicira-ext.h)."""

from __future__ import annotations

from typing import Any

import pytest

from ofswitch.agent import monitors as limits
from ofswitch.agent import session, watch
from openflow import (
    NO_BUFFER,
    V1_0,
    V1_3,
    ApplyActions,
    BarrierReply,
    BarrierRequest,
    BundleAddMessage,
    BundleControl,
    BundleControlType,
    ControllerRole,
    ErrorCode,
    ErrorMsg,
    FlowMod,
    FlowModCommand,
    FlowMonitor,
    FlowMonitorFlags,
    FlowMonitorStatsReply,
    FlowMonitorStatsRequest,
    FlowRemovedReason,
    FlowUpdateAbbrev,
    FlowUpdateFull,
    Group,
    GroupMod,
    GroupModCommand,
    Match,
    Message,
    MultipartFlags,
    Output,
    RoleRequest,
    encode,
)
from openflow.experimenters import FlowMonitorCancel, FlowMonitorPaused, FlowMonitorResumed
from openflow.vendors import NICIRA
from tests.ofswitch.agent.world import Controller

DELETE, MODIFY = FlowModCommand.DELETE, FlowModCommand.MODIFY
F = FlowMonitorFlags
EVERYTHING = F.INITIAL | F.ADD | F.REMOVED | F.MODIFY | F.INSTRUCTIONS | F.NO_ABBREV
"""What `ovs-ofctl monitor ... watch:` asks for."""


def flow(*ports: int, **fields: Any) -> FlowMod:
    return FlowMod(instructions=[ApplyActions([Output(one) for one in ports])], **fields)


def request(monitor_id: int = 1, flags: int = EVERYTHING, **fields: Any) -> FlowMonitorStatsRequest:
    return FlowMonitorStatsRequest([FlowMonitor(monitor_id, flags=flags, **fields)], xid=0x55)


def begin(controller: Controller, *args: Any, **fields: Any) -> list[Any]:
    """Set a monitor up; what it finds."""
    return updates(controller.ask(request(*args, **fields)))


def updates(*messages: Message) -> list[Any]:
    """Events with priorities, and the xids of what is abbreviated."""
    found = []
    for message in messages:
        assert isinstance(message, FlowMonitorStatsReply), message
        for one in message.body:
            assert isinstance(one, FlowUpdateFull | FlowUpdateAbbrev)
            is_full = isinstance(one, FlowUpdateFull)
            found.append((one.event, one.priority) if is_full else one.request_xid)
    return found


def body(message: Message) -> Any:
    """The only update of a message."""
    assert isinstance(message, FlowMonitorStatsReply)
    (update,) = message.body
    return update


def outputs(update: FlowUpdateFull) -> list[int]:
    """The ports that the entry sends to."""
    actions = [action for one in update.instructions for action in one.actions]  # type: ignore[attr-defined]
    return [action.port for action in actions]


@pytest.fixture
def other(controller: Controller) -> Controller:
    """Another controller, which changes the tables."""
    return Controller(controller.world, V1_3)


def test_it_begins_with_the_entries_that_there_are(controller: Controller) -> None:
    controller.do(flow(2, priority=1), flow(priority=2))
    assert begin(controller) == [("added", 2), ("added", 1)]
    assert begin(controller, 2, EVERYTHING & ~F.INITIAL) == []


def test_an_entry_is_described_as_it_is(controller: Controller, other: Controller) -> None:
    begin(controller)
    match = Match(eth_type=0x800, ipv4_src="10.0.0.0/8", vlan_vid=0x1005, vlan_pcp=3, ip_dscp=2)
    other.do(flow(2, match=match, priority=7, idle_timeout=5, hard_timeout=6, cookie=9))
    (reply,) = controller.read()
    update = body(reply)
    assert (reply.xid, update.event, update.cookie, update.table_id) == (0, "added", 9, 0)
    assert (update.priority, update.idle_timeout, update.hard_timeout) == (7, 5, 6)
    assert outputs(update) == [2]
    if controller.version == V1_3:
        assert update.match == match
    else:
        nxm = {"nxm_of_eth_type": 0x800, "nxm_of_ip_src": (10 << 24, 0xFF << 24)}
        assert update.match == Match(**nxm, vlan_tci=0x7005, nw_tos=8)


def test_what_becomes_of_entries_is_told(controller: Controller, other: Controller) -> None:
    begin(controller)
    other.do(flow(2, priority=1))
    assert updates(*controller.read()) == [("added", 1)]
    other.do(flow(3, priority=1))
    assert updates(*controller.read()) == [("added", 1)]
    other.do(flow(1, command=MODIFY))
    assert updates(*controller.read()) == [("modified", 1)]
    other.do(flow(1, command=MODIFY))
    assert controller.read() == []
    other.do(FlowMod(command=DELETE))
    update = body(*controller.read())
    assert (update.event, update.reason) == ("removed", FlowRemovedReason.DELETE)
    assert outputs(update) == [1]


def test_time_outs_and_groups_end_entries(controller: Controller, other: Controller) -> None:
    begin(controller)
    other.do(GroupMod(group_id=1), flow(2, idle_timeout=1))
    other.do(FlowMod(priority=3, instructions=[ApplyActions([Group(1)])]))
    controller.read()
    controller.world.later(1.0)
    assert body(*controller.read()).reason == FlowRemovedReason.IDLE_TIMEOUT
    other.do(GroupMod(GroupModCommand.DELETE, group_id=1))
    if controller.version == V1_3:
        assert body(*controller.read()).reason == FlowRemovedReason.GROUP_DELETE
    else:  # which has no groups
        assert controller.read() == []


def test_only_what_was_asked_for_is_told(controller: Controller, other: Controller) -> None:
    for number, flags in enumerate((F.ADD, F.REMOVED, F.MODIFY)):
        begin(controller, number, flags | F.NO_ABBREV)
        other.do(flow(2), flow(1, command=MODIFY), FlowMod(command=DELETE))
        events = [("added", 0x8000), ("modified", 0x8000), ("removed", 0x8000)]
        assert updates(*controller.read()) == [events[(0, 2, 1)[number]]]
        controller.do(FlowMonitorCancel(number))


def test_instructions_are_left_out_unless_asked_for(controller: Controller) -> None:
    begin(controller, flags=F.ADD | F.NO_ABBREV)
    update, _ = controller.send(flow(2), BarrierRequest())
    assert body(update).instructions == []


def test_a_monitor_watches_a_table_a_match_or_a_port(
    controller: Controller, other: Controller
) -> None:
    begin(controller, 1, table_id=1)
    begin(controller, 2, match=Match(eth_type=0x800, ipv4_src="10.0.0.0/8"))
    begin(controller, 3, out_port=3)
    inside = Match(eth_type=0x800, ipv4_src="10.1.0.0/16")
    outside = Match(eth_type=0x800, ipv4_src="11.1.0.0/16")
    other.do(flow(2, priority=1), flow(2, priority=2, match=outside))
    assert controller.read() == []
    other.do(flow(2, priority=3, table_id=1), flow(2, priority=4, match=inside))
    assert updates(*controller.read()) == [("added", 3), ("added", 4)]
    other.do(flow(1, 3, priority=1))
    other.do(flow(2, priority=1))
    assert updates(*controller.read()) == [("added", 1), ("added", 1)]
    other.do(flow(2, priority=1, cookie=2))
    assert controller.read() == []


def test_several_monitors_tell_once(controller: Controller, other: Controller) -> None:
    begin(controller, 1, F.ADD | F.NO_ABBREV)
    begin(controller, 2, F.ADD | F.INSTRUCTIONS)
    other.do(flow(2))
    assert outputs(body(*controller.read())) == [2]


def test_own_changes_are_abbreviated(controller: Controller, other: Controller) -> None:
    begin(controller, flags=EVERYTHING & ~F.NO_ABBREV)
    first, _ = controller.send(flow(2, priority=1, xid=7), BarrierRequest())
    assert updates(first) == [7]
    other.do(flow(2, priority=2))
    assert updates(*controller.read()) == [("added", 2)]
    gone, barrier = controller.send(FlowMod(command=DELETE, xid=9), BarrierRequest())
    assert updates(gone) == [9]
    assert isinstance(barrier, BarrierReply)


def test_the_changes_of_a_bundle_are_told_when_it_is_committed(controller: Controller) -> None:
    begin(controller)
    new = Controller(controller.world, V1_3)
    begin(new, flags=F.ADD)
    for xid in (3, 4):
        new.do(BundleAddMessage(1, 0, flow(2, priority=xid, xid=xid), xid=xid))
    assert controller.read() == []
    *abbreviated, _ = new.send(BundleControl(1, BundleControlType.COMMIT_REQUEST))
    assert updates(*abbreviated) == [3, 4]
    assert updates(*controller.read()) == [("added", 3), ("added", 4)]


def test_a_cancelled_monitor_tells_no_more(controller: Controller, other: Controller) -> None:
    begin(controller, 1)
    begin(controller, 2, out_port=2)
    controller.do(FlowMonitorCancel(1))
    other.do(flow(3))
    assert controller.read() == []
    assert controller.world.datapath.watched
    controller.do(FlowMonitorCancel(2))
    assert not controller.world.datapath.watched


def test_nobody_watches_for_who_has_left(controller: Controller, other: Controller) -> None:
    begin(controller)
    controller.leave()
    assert not controller.world.datapath.watched
    other.do(flow(2))


def error_of(controller: Controller, wrong: Message) -> tuple[int, ...]:
    """The numbers of Nicira's error that comes back: type and code on 1.0, the code on 1.3."""
    (error,) = controller.send(wrong)
    assert isinstance(error, ErrorMsg)
    data, sent = error.data, encode(wrong, controller.version)[:64]
    assert data[:4] == NICIRA.to_bytes(4, "big")
    if controller.version == V1_3:
        assert data[4:] == sent
        assert isinstance(error.error, tuple)
        assert error.error[0] == 0xFFFF
        return error.error[1:]
    assert (error.error, data[8:]) == ((0xB0C2, 0), sent)
    return int.from_bytes(data[4:6], "big"), int.from_bytes(data[6:8], "big")


def test_what_is_wrong_is_said_as_open_vswitch_says_it(controller: Controller) -> None:
    is_old = controller.version == V1_0
    begin(controller)
    assert error_of(controller, request()) == ((1, 517) if is_old else (6,))
    for flags in (F.ADD | F.ONLY_OWN, F.INITIAL | F.INSTRUCTIONS):
        assert error_of(controller, request(2, flags)) == ((1, 518) if is_old else (7,))
    assert error_of(controller, FlowMonitorCancel(9)) == ((1, 519) if is_old else (8,))


def test_a_request_that_is_refused_sets_up_no_monitor(controller: Controller) -> None:
    good, bad = FlowMonitor(1, flags=EVERYTHING), FlowMonitor(2, flags=EVERYTHING, table_id=77)
    error = controller.refused(FlowMonitorStatsRequest([good, bad]))
    bad_table = ErrorCode.BAD_REQUEST__BAD_TABLE_ID
    assert error.wire(controller.version) == bad_table.wire(controller.version)
    twice = FlowMonitorStatsRequest([good, good])
    assert isinstance(controller.ask(twice), ErrorMsg)
    more = FlowMonitorStatsRequest([good], flags=MultipartFlags.MORE)
    assert isinstance(controller.ask(more), ErrorMsg)
    unknown = controller.refused(request(3, match=Match(reg0=1)))
    bad_field = ErrorCode.BAD_MATCH__BAD_FIELD
    assert unknown.wire(controller.version) == bad_field.wire(controller.version)
    assert not controller.world.datapath.watched
    assert begin(controller) == []


def test_monitors_are_bounded(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MONITORS_MOST", 2)
    begin(controller, 1)
    begin(controller, 2)
    assert isinstance(controller.ask(request(3)), ErrorMsg)


def test_a_slave_may_watch(other: Controller, controller: Controller) -> None:
    other.ask(RoleRequest(ControllerRole.SLAVE, 1))
    begin(other)
    controller.do(flow(2, buffer_id=NO_BUFFER))
    assert updates(*other.read()) == [("added", 0x8000)]


# --- who does not read ----------------------------------------------------------------------------------------


@pytest.fixture
def paused(
    controller: Controller, other: Controller, monkeypatch: pytest.MonkeyPatch
) -> Controller:
    """A controller with a monitor, and entries of priority 1 and 2, whose watch has paused."""
    begin(controller)
    other.do(flow(2, priority=1), flow(2, priority=2))
    controller.read()
    monkeypatch.setattr(watch, "WAITS_MOST", 10)
    other.do(flow(2, priority=3))
    return controller


def test_who_does_not_read_is_told_of_the_pause_and_then_what_has_changed(
    paused: Controller, other: Controller
) -> None:
    other.do(flow(3, priority=2, command=MODIFY), flow(1, priority=4), flow(1, priority=5))
    other.do(FlowMod(command=FlowModCommand.DELETE_STRICT, priority=1))
    other.do(FlowMod(command=FlowModCommand.DELETE_STRICT, priority=5))
    added, pause, gone, changed, resumed = paused.read()
    assert updates(added) == [("added", 3)]
    assert isinstance(pause, FlowMonitorPaused)
    assert updates(gone) == [("removed", 1)]
    assert updates(changed) == [("added", 4), ("modified", 3), ("modified", 2)]
    assert isinstance(resumed, FlowMonitorResumed)
    other.do(flow(3, priority=9))
    assert updates(paused.read()[0]) == [("added", 9)]


def test_a_pause_in_which_nothing_happens_just_ends(paused: Controller) -> None:
    assert [type(one) for one in paused.read()[1:]] == [FlowMonitorPaused, FlowMonitorResumed]


def test_an_entry_replaced_in_a_pause_is_known_to_who_watches(
    paused: Controller, other: Controller
) -> None:
    other.do(flow(3, priority=1), flow(3, priority=2))
    other.do(FlowMod(command=FlowModCommand.DELETE_STRICT, priority=2))
    _, _, gone, changed, _ = paused.read()
    assert updates(gone) == [("removed", 2)]
    assert updates(changed) == [("added", 1)]


def test_who_missed_too_much_is_told_everything(
    paused: Controller, other: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MISSED_MOST", 2)
    other.do(*(flow(2, priority=10 + number) for number in range(4)))
    other.do(FlowMod(command=FlowModCommand.DELETE_STRICT, priority=10))
    _, _, gone, everything, resumed = paused.read()
    assert updates(gone) == [("removed", 10)]
    assert updates(everything) == [("added", one) for one in (13, 12, 11, 3, 2, 1)]
    assert isinstance(resumed, FlowMonitorResumed)


def test_who_never_reads_is_given_up_and_nobody_else_suffers(
    paused: Controller, other: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "OUTPUT_MOST", paused.session.waits + 100)
    other.do(flow(2, priority=9), flow(2, priority=9))
    assert not paused.session.closed
    other.do(FlowMod(command=DELETE), flow(3))
    assert "does not read" in paused.session.closed


def test_what_happens_while_the_first_entries_are_told_comes_after_them(
    controller: Controller, other: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 600
    monkeypatch.setattr(session, "OUTPUT_HIGH", 1000)
    other.do(*(flow(2, priority=1, match=Match(eth_dst=number)) for number in range(many)))
    controller.session.feed(encode(request(), controller.version), controller.world.now)
    controller.world.agent.receive_from(controller.session, b"", controller.world.now)
    assert controller.session.congested
    other.do(FlowMod(command=DELETE, priority=1))
    said = controller.read()
    events = [
        one.event
        for message in said
        if isinstance(message, FlowMonitorStatsReply)
        for one in message.body
    ]
    assert events == ["added"] * many + ["removed"] * many
