"""Groups: what each type does with packets, liveness, chains, statistics (OpenFlow 1.3.5, 5.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openflow.actions import (
    Action,
    DecNwTtl,
    Group,
    Output,
    PopVlan,
    PushVlan,
    SetField,
    SetNwTtl,
    SetQueue,
)
from openflow.constants import (
    ActionType,
    FlowModCommand,
    FlowRemovedReason,
    GroupCapabilities,
    GroupId,
    GroupModCommand,
    GroupType,
    PacketInReason,
    PortConfig,
    PortNo,
    PortState,
)
from openflow.instructions import WriteActions
from openflow.match import Match
from openflow.messages.groups import (
    Bucket,
    BucketCounter,
    GroupDesc,
    GroupDescStatsRequest,
    GroupFeaturesStatsRequest,
    GroupMod,
    GroupStats,
    GroupStatsRequest,
)
from openflow.messages.ports import PortMod
from openflow.packet import Packet
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch, out_ports, port, removals, sent, upcalls

FRAME = FRAMES["IPv4 TCP"]
MODIFY, DELETE = GroupModCommand.MODIFY, GroupModCommand.DELETE
SEND_FLOW_REM = 1


def group(switch: Switch, group_id: int, kind: GroupType, *buckets: Bucket, **fields: Any) -> None:
    """Add a group."""
    switch.apply(GroupMod(group_id=group_id, type=kind, buckets=buckets, **fields))


def to(*ports: int, **fields: Any) -> Bucket:
    """A bucket that outputs to one port; with fields of the bucket."""
    return Bucket([Output(one) for one in ports], **fields)


def watching(port_no: int) -> Bucket:
    """A bucket that outputs to a port while the port is live."""
    return to(port_no, watch_port=port_no)


def link(switch: Switch, port_no: int, up: bool) -> None:
    """Let a port's link come up or go down."""
    state = PortState.LIVE if up else PortState.LINK_DOWN
    switch.datapath.update_port(port(port_no, state=state))


def stats(switch: Switch, group_id: int = GroupId.ALL) -> list[GroupStats]:
    """The groups' statistics."""
    body: list[GroupStats] = switch.ask(GroupStatsRequest(group_id)).body
    return body


def test_all_sends_a_copy_through_each_bucket_in_order(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(3), to(2), to(4))
    switch.add(Group(1))
    assert out_ports(switch.receive(FRAME)) == [3, 2, 4]


def test_each_bucket_edits_a_copy_of_its_own(switch: Switch) -> None:
    tagged = Bucket([PushVlan(), SetField("vlan_vid", 0x1005), Output(2)])
    aged = Bucket([SetNwTtl(9), Output(3)])
    group(switch, 1, GroupType.ALL, tagged, aged, to(4))
    switch.add(Group(1), Output(2))
    first, second, third, after = sent(switch.receive(FRAME))
    assert Packet(first).fields()["vlan_vid"] == 0x1005
    assert Packet(second).fields()["vlan_vid"] == 0
    assert (second[22], third, after) == (9, FRAME, FRAME)


def test_a_bucket_is_an_action_set(switch: Switch) -> None:
    """Done in the order of 5.10, the last of each type only."""
    group(switch, 1, GroupType.ALL, Bucket([Output(3), SetNwTtl(9), Output(2), PushVlan()]))
    switch.add(Group(1))
    effects = switch.receive(FRAME)
    (data,) = sent(effects)
    assert (out_ports(effects), data[12:14], data[26]) == ([2], b"\x81\x00", 9)


def test_a_bucket_does_not_see_the_packets_action_set(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(2))
    switch.add(Group(1), WriteActions([SetNwTtl(9), Output(3)]))
    before, after = sent(switch.receive(FRAME))
    assert (before[22], after[22]) == (FRAME[22], 9)


def test_a_copy_is_of_the_packet_in_its_current_state(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(2))
    switch.add(SetNwTtl(9), SetQueue(7), Group(1), SetNwTtl(8), Output(3))
    first, second = switch.receive(FRAME)
    assert (first.frame.data[22], first.queue_id) == (9, 7)  # type: ignore[union-attr]
    assert second.frame.data[22] == 8  # type: ignore[union-attr]


def test_what_a_bucket_sets_beside_the_frame_ends_with_it(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, Bucket([SetQueue(7), SetField("tunnel_id", 5), Output(2)]))
    switch.add(Group(1), Output(3), Output(PortNo.CONTROLLER))
    first, second, upcall = switch.receive(FRAME)
    assert (first.queue_id, second.queue_id) == (7, 0)  # type: ignore[union-attr]
    assert upcall.match == Match()  # type: ignore[union-attr]


def test_a_bucket_that_is_no_ipv4_packets_ends_its_copy_only(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, Bucket([DecNwTtl(), Output(2)]), to(3))
    switch.add(SetNwTtl(1), Group(1), Output(4))
    effects = switch.receive(FRAME)
    assert out_ports(effects) == [3, 4]
    (upcall,) = upcalls(effects)
    assert upcall.reason == PacketInReason.INVALID_TTL
    assert switch.drops() == {}


def test_actions_that_cannot_apply_do_nothing(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, Bucket([PopVlan(), SetField("udp_dst", 7), Output(2)]))
    switch.add(Group(1))
    assert sent(switch.receive(FRAME)) == [FRAME]


def test_a_bucket_that_outputs_to_where_the_packet_came_from_drops_its_copy(
    switch: Switch,
) -> None:
    group(switch, 1, GroupType.ALL, to(1), to(PortNo.IN_PORT), to(2))
    switch.add(Group(1))
    assert out_ports(switch.receive(FRAME)) == [1, 2]


def test_a_group_in_the_action_set_takes_the_place_of_output(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(2))
    switch.add(WriteActions([Output(3), Group(1), SetNwTtl(9)]))
    effects = switch.receive(FRAME)
    assert out_ports(effects) == [2]
    assert sent(effects)[0][22] == 9


def test_a_packet_out_may_name_a_group(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(2), to(PortNo.NORMAL))
    assert out_ports(switch.send_out(FRAME, Group(1), in_port=1)) == [2, 2, 3, 4]


def test_an_upcall_from_a_bucket_is_its_entrys(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, Bucket([Output(PortNo.CONTROLLER, 77)]))
    switch.add(Group(1), cookie=9, priority=5)
    (upcall,) = upcalls(switch.receive(FRAME))
    assert (upcall.cookie, upcall.max_len, upcall.reason) == (9, 77, PacketInReason.ACTION)


def test_indirect_does_its_bucket(switch: Switch) -> None:
    group(switch, 1, GroupType.INDIRECT, to(2))
    switch.add(Group(1))
    assert out_ports(switch.receive(FRAME)) == [2]
    switch.apply(GroupMod(MODIFY, GroupType.INDIRECT, 1, [to(3)]))
    assert out_ports(switch.receive(FRAME)) == [3]


def test_fast_failover_does_the_first_live_bucket(switch: Switch) -> None:
    group(switch, 1, GroupType.FF, watching(2), watching(3), to(4))
    switch.add(Group(1))
    taken = []
    for number, up in [(4, True), (2, False), (3, False), (2, True), (3, True)]:
        link(switch, number, up)
        taken += out_ports(switch.receive(FRAME))
    assert taken == [2, 3, 4, 2, 2]


def test_fast_failover_without_a_live_bucket_drops(switch: Switch) -> None:
    group(switch, 1, GroupType.FF, watching(2))
    switch.add(Group(1))
    link(switch, 2, False)
    assert switch.receive(FRAME) == []
    assert switch.drops() == {"group_no_live_bucket": 1}


def test_a_port_that_is_configured_down_or_gone_is_not_live(switch: Switch) -> None:
    group(switch, 1, GroupType.FF, watching(2), watching(3), to(4))
    switch.add(Group(1))
    down, address = PortConfig.PORT_DOWN, port(2).hw_addr
    switch.apply(PortMod(2, address, config=down, mask=down))
    switch.datapath.remove_port(3)
    assert out_ports(switch.receive(FRAME)) == [4]
    switch.datapath.add_port(port(3), switch.now)
    assert out_ports(switch.receive(FRAME)) == [3]
    switch.apply(PortMod(2, address, config=0, mask=down))
    assert out_ports(switch.receive(FRAME)) == [2]


def test_the_state_of_a_port_says_whether_it_is_live(switch: Switch) -> None:
    def state() -> int:
        return switch.datapath.ports()[1].state

    assert state() == PortState.LIVE
    link(switch, 2, False)
    assert state() == PortState.LINK_DOWN
    switch.datapath.update_port(port(2, state=0))
    assert state() == PortState.LIVE
    down = PortConfig.PORT_DOWN
    switch.apply(PortMod(2, port(2).hw_addr, config=down, mask=down))
    assert state() == 0


def test_a_bucket_that_watches_a_group_is_live_while_that_group_is(switch: Switch) -> None:
    group(switch, 1, GroupType.FF, watching(2))
    group(switch, 2, GroupType.ALL, to(2, watch_group=1), to(3, watch_group=1))
    group(switch, 3, GroupType.FF, Bucket([Group(2)], watch_group=2), to(4))
    switch.add(Group(3))
    assert out_ports(switch.receive(FRAME)) == [2, 3]
    link(switch, 2, False)
    assert out_ports(switch.receive(FRAME)) == [4]


def test_a_bucket_with_two_watches_is_live_while_one_of_them_is(switch: Switch) -> None:
    group(switch, 1, GroupType.FF, watching(2))
    group(switch, 2, GroupType.FF, to(4, watch_port=3, watch_group=1))
    switch.add(Group(2))
    link(switch, 3, False)
    assert out_ports(switch.receive(FRAME)) == [4]
    link(switch, 2, False)
    assert out_ports(switch.receive(FRAME)) == []
    link(switch, 3, True)
    assert out_ports(switch.receive(FRAME)) == [4]


def test_all_and_indirect_leave_buckets_out_that_are_not_live(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, watching(2), watching(3))
    group(switch, 2, GroupType.INDIRECT, to(4, watch_port=2))
    switch.add(Group(1), Group(2))
    assert out_ports(switch.receive(FRAME)) == [2, 3, 4]
    link(switch, 2, False)
    assert out_ports(switch.receive(FRAME)) == [3]


def test_a_group_without_buckets_drops(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL)
    switch.add(Group(1), Output(3))
    assert out_ports(switch.receive(FRAME)) == [3]
    switch.change(FlowModCommand.MODIFY, Group(1))
    switch.receive(FRAME)
    assert switch.drops() == {"group_no_live_bucket": 1}


def test_groups_may_be_chained(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(2), to(3))
    tag = Bucket([PushVlan(), Group(1), Output(4)])
    group(switch, 2, GroupType.ALL, tag, to(4))
    switch.add(Group(2))
    effects = switch.receive(FRAME)
    assert out_ports(effects) == [2, 3, 4]
    assert [len(data) - len(FRAME) for data in sent(effects)] == [4, 4, 0]


def test_one_packet_gets_so_many_copies_and_no_more(switch: Switch) -> None:
    group(switch, 0, GroupType.ALL, to(2))
    for number in range(1, 14):
        group(switch, number, GroupType.ALL, *[Bucket([Group(number - 1)])] * 2)
    switch.add(Group(13), Output(3))
    assert out_ports(switch.receive(FRAME)).count(2) < 4096
    assert sum(one.packet_count for item in stats(switch) for one in item.bucket_stats) == 4096
    assert out_ports(switch.receive(FRAME))[-1] == 3


def test_groups_and_buckets_count_what_they_process(switch: Switch) -> None:
    switch.now = 1.0
    group(switch, 5, GroupType.ALL, to(2), watching(3))
    group(switch, 7, GroupType.INDIRECT, Bucket([PushVlan(), Group(5)]))
    switch.add(Group(7), Group(7))
    link(switch, 3, False)
    switch.now = 3.25
    switch.receive(FRAME)
    size = len(FRAME)
    assert stats(switch) == [
        GroupStats(
            5, 1, 2, 2 * size + 8, 2, 250_000_000, [BucketCounter(2, 2 * size + 8), BucketCounter()]
        ),
        GroupStats(7, 1, 2, 2 * size, 2, 250_000_000, [BucketCounter(2, 2 * size)]),
    ]
    assert stats(switch, 5) == stats(switch)[:1]
    assert stats(switch, 6) == []


def test_what_refers_to_a_group_is_counted(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(2))
    group(switch, 2, GroupType.ALL, Bucket([Group(1)]), Bucket([Group(1)]))
    group(switch, 3, GroupType.ALL, to(2, watch_group=1))
    switch.add(Group(1), WriteActions([Group(2)]))
    switch.add(Group(1), priority=7)
    switch.send_out(FRAME, Group(1))
    assert [one.ref_count for one in stats(switch)] == [3, 1, 0]


def test_groups_are_described_as_they_were_set_up(switch: Switch) -> None:
    buckets = [
        Bucket([Output(3), SetNwTtl(9)], weight=3, watch_port=2),
        Bucket([], weight=0, watch_group=9),
    ]
    group(switch, 9, GroupType.FF, watching(2))
    group(switch, 4, GroupType.SELECT, *buckets)
    assert switch.ask(GroupDescStatsRequest()).body == [
        GroupDesc(GroupType.SELECT, 4, buckets),
        GroupDesc(GroupType.FF, 9, [watching(2)]),
    ]


def test_a_modify_keeps_the_groups_counters_and_restarts_the_buckets(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(2), to(3))
    switch.add(Group(1))
    switch.now = 2.0
    switch.receive(FRAME)
    switch.apply(GroupMod(MODIFY, GroupType.FF, 1, [watching(4)]))
    assert out_ports(switch.receive(FRAME)) == [4]
    (one,) = stats(switch)
    assert (one.packet_count, one.duration_sec, one.ref_count) == (2, 2, 1)
    assert one.bucket_stats == [BucketCounter(1, len(FRAME))]


def test_groups_can_do_all_that_there_is(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch(max_groups=5)
    features = switch.ask(GroupFeaturesStatsRequest())
    assert features.types == sum(1 << kind for kind in GroupType)
    assert features.capabilities == sum(GroupCapabilities)
    assert features.actions_all == features.actions_select == features.actions_indirect
    assert features.actions_ff >> ActionType.GROUP & 1
    assert features.max_groups_all == features.max_groups_ff == 5


def test_deleting_a_group_removes_the_entries_that_refer_to_it(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(2))
    group(switch, 2, GroupType.ALL, to(2))
    fields: list[tuple[int, int, list[Action]]] = [
        (1, 0, [Output(2), Group(1)]),
        (2, 0, [Group(2)]),
        (3, 5, [Group(1)]),
        (4, 0, [Output(1)]),
    ]
    for cookie, table_id, actions in fields:
        switch.add(*actions, cookie=cookie, priority=cookie, table_id=table_id, flags=SEND_FLOW_REM)
    switch.add(WriteActions([Group(1)]), cookie=6, table_id=6)
    gone = removals(switch.apply(GroupMod(DELETE, group_id=1)))
    reason = FlowRemovedReason.GROUP_DELETE
    assert [(one.cookie, one.table_id, one.reason) for one in gone] == [
        (1, 0, reason),
        (3, 5, reason),
    ]
    assert switch.cookies() == {2, 4}
    assert [one.group_id for one in stats(switch)] == [2]


def test_all_groups_can_be_deleted_at_once(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(2))
    group(switch, 2, GroupType.ALL, Bucket([Group(1)]))
    switch.add(Group(2), cookie=1)
    switch.add(Output(2), cookie=2, priority=2)
    switch.apply(GroupMod(DELETE, group_id=GroupId.ALL))
    assert (stats(switch), switch.cookies()) == ([], {2})
    group(switch, 2, GroupType.ALL)


def test_entries_are_selected_by_the_group_that_they_name(switch: Switch) -> None:
    group(switch, 1, GroupType.ALL, to(2))
    group(switch, 2, GroupType.ALL, Bucket([Group(1)]))
    switch.add(Group(1), cookie=1, priority=1)
    switch.add(WriteActions([Group(2)]), cookie=2, priority=2)
    switch.add(Group(1), WriteActions([Group(2)]), cookie=3, priority=3)
    assert switch.cookies(out_group=1) == {1, 3}
    assert switch.cookies(out_group=9) == set()
    switch.change(FlowModCommand.MODIFY, Output(2), out_group=9)
    assert switch.cookies(out_group=1) == set()
    switch.change(FlowModCommand.MODIFY, Group(2))
    switch.change(FlowModCommand.DELETE, out_group=1)
    assert switch.cookies() == {1, 2, 3}
    switch.change(FlowModCommand.DELETE, out_group=2)
    assert switch.cookies() == set()
