"""GROUP_MODs that a controller does not get (OpenFlow 1.3.5, 6.5 and 7.4.4).

Where the specification leaves it to the switch: every type of group may watch ports and groups, and
may forward to groups. Loops are refused, those through watched groups too, and so are chains of more
groups than `max_group_chain`, since each packet is carried through to the end. A group that others
refer to is not deleted, unless all are. A watched port need not be there (yet): it is not live.
"""

from __future__ import annotations

from collections.abc import Sequence

from ofswitch.datapath.group_graph import GroupGraph, forwards_to, watched_by
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.refusal import refuse
from ofswitch.datapath.validate import Context, check_actions
from openflow.constants import GroupId, GroupModCommand, GroupType, PortNo
from openflow.errors import ErrorCode
from openflow.messages.groups import Bucket, GroupMod
from openflow.versions import Version

_TYPES = frozenset(GroupType)
_WATCHABLE = frozenset({PortNo.ANY, PortNo.LOCAL})


def check_group_mod(change: GroupMod, groups: GroupGraph, limits: Limits, version: Version) -> None:
    """Refuse a change that cannot be made to these groups."""
    match change.command:
        case GroupModCommand.ADD:
            _check_add(change, groups, limits)
            _check_group(change, groups, Context(limits, version, groups=groups))
        case GroupModCommand.MODIFY:
            if change.group_id not in groups:
                text = f"there is no group {change.group_id}"
                refuse(ErrorCode.GROUP_MOD_FAILED__UNKNOWN_GROUP, text)
            _check_group(change, groups, Context(limits, version, groups=groups))
        case GroupModCommand.DELETE:
            if change.group_id in groups and groups.is_referred_to(change.group_id):
                text = f"another group refers to group {change.group_id}"
                refuse(ErrorCode.GROUP_MOD_FAILED__CHAINED_GROUP, text)
        case _:
            text = f"unknown command {change.command}"
            refuse(ErrorCode.GROUP_MOD_FAILED__BAD_COMMAND, text)


def _check_add(change: GroupMod, groups: GroupGraph, limits: Limits) -> None:
    if change.group_id > GroupId.MAX:
        text = f"{change.group_id:#x} is no group number"
        refuse(ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP, text)
    if change.group_id in groups:
        text = f"there is a group {change.group_id} already"
        refuse(ErrorCode.GROUP_MOD_FAILED__GROUP_EXISTS, text)
    if len(groups) >= limits.max_groups:
        text = f"there are {limits.max_groups} groups, which is the most"
        refuse(ErrorCode.GROUP_MOD_FAILED__OUT_OF_GROUPS, text)


def _check_group(change: GroupMod, groups: GroupGraph, context: Context) -> None:
    if change.type not in _TYPES:
        text = f"unknown group type {change.type}"
        refuse(ErrorCode.GROUP_MOD_FAILED__BAD_TYPE, text)
    if change.type == GroupType.INDIRECT and len(change.buckets) != 1:
        text = f"an indirect group has one bucket, not {len(change.buckets)}"
        refuse(ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP, text)
    most = context.limits.max_buckets
    if len(change.buckets) > most:
        text = f"{len(change.buckets)} buckets in one group; {most} is the most"
        refuse(ErrorCode.GROUP_MOD_FAILED__OUT_OF_BUCKETS, text)
    _check_chain(change.group_id, change.buckets, groups, context.limits)
    for bucket in change.buckets:
        _check_bucket(bucket, change.type, groups, context)


def _check_chain(
    group_id: int, buckets: Sequence[Bucket], groups: GroupGraph, limits: Limits
) -> None:
    references = forwards_to(buckets) | watched_by(buckets)
    if groups.would_loop(group_id, references):
        text = f"group {group_id} would forward to itself, or watch itself"
        refuse(ErrorCode.GROUP_MOD_FAILED__LOOP, text)
    if groups.chain_length(group_id, references) > limits.max_group_chain:
        text = f"a chain of more than {limits.max_group_chain} groups"
        refuse(ErrorCode.GROUP_MOD_FAILED__CHAINING_UNSUPPORTED, text)


def _check_bucket(bucket: Bucket, kind: int, groups: GroupGraph, context: Context) -> None:
    if bucket.weight and kind != GroupType.SELECT:
        text = "only the buckets of a select group have weights"
        refuse(ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP, text)
    watch_port, watch_group = bucket.watch_port, bucket.watch_group
    if watch_port not in _WATCHABLE and not 1 <= watch_port <= context.limits.max_port:
        text = f"{watch_port} is no port to watch"
        refuse(ErrorCode.GROUP_MOD_FAILED__BAD_WATCH, text)
    if watch_group != GroupId.ANY and watch_group not in groups:
        text = f"there is no group {watch_group} to watch"
        refuse(ErrorCode.GROUP_MOD_FAILED__BAD_WATCH, text)
    check_actions(bucket.actions, context)
