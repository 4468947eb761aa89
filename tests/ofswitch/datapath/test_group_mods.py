"""GROUP_MODs that are refused, and those that just are not (OpenFlow 1.3.5, 6.5 and 7.4.4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from openflow.actions import Action, Group, Output, SetField
from openflow.constants import GroupId, GroupModCommand, GroupType, PortNo
from openflow.errors import ErrorCode
from openflow.messages.groups import Bucket, GroupDescStatsRequest, GroupMod
from tests.ofswitch.datapath.rig import Switch

MODIFY, DELETE = GroupModCommand.MODIFY, GroupModCommand.DELETE
OUTPUT = Bucket([Output(2)])


def bucket(*actions: Action) -> GroupMod:
    """Add group 9 with a bucket of these actions."""
    return GroupMod(group_id=9, buckets=[Bucket(list(actions))])


REFUSED = [
    (GroupMod(group_id=1), ErrorCode.GROUP_MOD_FAILED__GROUP_EXISTS),
    (GroupMod(type=4), ErrorCode.GROUP_MOD_FAILED__BAD_TYPE),
    (GroupMod(group_id=GroupId.MAX + 1), ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP),
    (GroupMod(group_id=GroupId.ALL), ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP),
    (GroupMod(group_id=GroupId.ANY), ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP),
    (GroupMod(MODIFY, group_id=9), ErrorCode.GROUP_MOD_FAILED__UNKNOWN_GROUP),
    (GroupMod(MODIFY, group_id=GroupId.ALL), ErrorCode.GROUP_MOD_FAILED__UNKNOWN_GROUP),
    (GroupMod(MODIFY, type=9, group_id=1), ErrorCode.GROUP_MOD_FAILED__BAD_TYPE),
    (GroupMod(3), ErrorCode.GROUP_MOD_FAILED__BAD_COMMAND),
    (GroupMod(type=GroupType.INDIRECT), ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP),
    (
        GroupMod(type=GroupType.INDIRECT, buckets=[OUTPUT, OUTPUT]),
        ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP,
    ),
    (GroupMod(buckets=[Bucket(weight=1)]), ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP),
    (
        GroupMod(type=GroupType.FF, buckets=[Bucket(weight=1, watch_port=1)]),
        ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP,
    ),
    (GroupMod(buckets=[Bucket(watch_port=0)]), ErrorCode.GROUP_MOD_FAILED__BAD_WATCH),
    (GroupMod(buckets=[Bucket(watch_port=PortNo.ALL)]), ErrorCode.GROUP_MOD_FAILED__BAD_WATCH),
    (GroupMod(buckets=[Bucket(watch_group=8)]), ErrorCode.GROUP_MOD_FAILED__BAD_WATCH),
    (GroupMod(buckets=[OUTPUT] * 5), ErrorCode.GROUP_MOD_FAILED__OUT_OF_BUCKETS),
    (bucket(Group(8)), ErrorCode.BAD_ACTION__BAD_OUT_GROUP),
    (bucket(Output(0)), ErrorCode.BAD_ACTION__BAD_OUT_PORT),
    (bucket(Output(PortNo.TABLE)), ErrorCode.BAD_ACTION__BAD_OUT_PORT),
    (bucket(SetField("in_port", 1)), ErrorCode.BAD_ACTION__BAD_SET_TYPE),
    (bucket(SetField("vlan_vid", 1)), ErrorCode.BAD_ACTION__BAD_SET_ARGUMENT),
    (bucket(Group(9)), ErrorCode.GROUP_MOD_FAILED__LOOP),
    (GroupMod(group_id=9, buckets=[Bucket(watch_group=9)]), ErrorCode.GROUP_MOD_FAILED__LOOP),
    (
        GroupMod(MODIFY, group_id=1, buckets=[Bucket([Group(3)])]),
        ErrorCode.GROUP_MOD_FAILED__LOOP,
    ),
    (
        GroupMod(MODIFY, group_id=1, buckets=[Bucket(watch_group=2)]),
        ErrorCode.GROUP_MOD_FAILED__LOOP,
    ),
    (GroupMod(DELETE, group_id=1), ErrorCode.GROUP_MOD_FAILED__CHAINED_GROUP),
    (GroupMod(DELETE, group_id=2), ErrorCode.GROUP_MOD_FAILED__CHAINED_GROUP),
]


@pytest.fixture
def chained(make_switch: Callable[..., Switch]) -> Switch:
    """A switch whose group 3 forwards to 2, which watches 1."""
    switch = make_switch(max_buckets=4, max_groups=5)
    switch.apply(GroupMod(group_id=1, buckets=[OUTPUT]))
    switch.apply(GroupMod(group_id=2, buckets=[Bucket([Output(3)], watch_group=1)]))
    switch.apply(GroupMod(group_id=3, buckets=[Bucket([Group(2)])]))
    return switch


@pytest.mark.parametrize(("change", "code"), REFUSED, ids=str)
def test_a_bad_change_is_refused(change: GroupMod, code: ErrorCode, chained: Switch) -> None:
    before = chained.ask(GroupDescStatsRequest())
    assert chained.refusal(change) is code
    assert chained.ask(GroupDescStatsRequest()) == before


def test_there_is_room_for_so_many_groups(chained: Switch) -> None:
    chained.apply(GroupMod(group_id=0))
    chained.apply(GroupMod(group_id=GroupId.MAX))
    code = ErrorCode.GROUP_MOD_FAILED__OUT_OF_GROUPS
    assert chained.refusal(GroupMod(group_id=6)) is code
    chained.apply(GroupMod(MODIFY, group_id=0, buckets=[OUTPUT]))
    chained.apply(GroupMod(DELETE, group_id=0))
    chained.apply(GroupMod(group_id=6))


def test_deleting_a_group_that_is_not_there_succeeds(chained: Switch) -> None:
    for group_id in (9, GroupId.MAX + 1, GroupId.ANY):
        assert chained.apply(GroupMod(DELETE, 77, group_id, [OUTPUT] * 9)) == []


def test_a_chain_is_taken_apart_from_its_beginning(chained: Switch) -> None:
    for group_id in (3, 2, 1):
        chained.apply(GroupMod(DELETE, group_id=group_id))
    assert chained.ask(GroupDescStatsRequest()).body == []


def test_a_group_that_refers_to_others_no_more_lets_them_go(chained: Switch) -> None:
    chained.apply(GroupMod(MODIFY, group_id=2, buckets=[OUTPUT]))
    chained.apply(GroupMod(DELETE, group_id=1))
    chained.apply(GroupMod(group_id=1, buckets=[Bucket([Group(3)])]))


def test_two_ways_to_one_group_are_no_loop(chained: Switch) -> None:
    chained.apply(GroupMod(group_id=4, buckets=[Bucket([Group(1)]), Bucket([Group(3)])]))


def test_a_chain_is_so_long_and_no_longer(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch(max_group_chain=3)
    too_long = ErrorCode.GROUP_MOD_FAILED__CHAINING_UNSUPPORTED
    for number in range(6):
        switch.apply(GroupMod(group_id=number))

    def to(*others: int) -> list[Bucket]:
        return [Bucket([Group(other)]) for other in others]

    switch.apply(GroupMod(MODIFY, group_id=2, buckets=to(1)))
    switch.apply(GroupMod(MODIFY, group_id=3, buckets=to(1, 2)))
    assert switch.refusal(GroupMod(MODIFY, group_id=4, buckets=to(3))) is too_long
    assert switch.refusal(GroupMod(MODIFY, group_id=1, buckets=to(0))) is too_long
    switch.apply(GroupMod(MODIFY, group_id=3, buckets=to(1, 0)))
    switch.apply(GroupMod(MODIFY, group_id=1, buckets=to(0)))


def test_a_port_that_is_not_there_yet_may_be_watched(chained: Switch) -> None:
    chained.apply(GroupMod(group_id=9, buckets=[Bucket(watch_port=77)]))
    chained.apply(GroupMod(group_id=8, buckets=[Bucket(watch_port=PortNo.LOCAL)]))
