"""Groups: sets of buckets of actions (OpenFlow 1.3.5, 7.3.4.2 and 7.3.5.9 on)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.actions import Action
from openflow.constants import GroupId, GroupModCommand, GroupType, PortNo
from openflow.errors import ErrorCode
from openflow.messages.base import Message, MultipartReply, MultipartRequest
from openflow.structs import Struct
from openflow.versions import V1_3


@dataclass(slots=True)
class Bucket(Struct):
    """Actions that a group does together; `weight` is for SELECT, the watches are for FF groups."""

    actions: Sequence[Action] = field(default_factory=list)
    weight: int = 0
    watch_port: int = PortNo.ANY
    watch_group: int = GroupId.ANY
    layout = {
        V1_3: "size16 weight:u16 watch_port:u32 watch_group:u32 pad4 actions:Action*",
    }
    bad_length = ErrorCode.GROUP_MOD_FAILED__BAD_BUCKET


@dataclass(slots=True)
class GroupMod(Message):
    """Add, modify or delete a group."""

    command: int = GroupModCommand.ADD
    type: int = GroupType.ALL
    group_id: int = 0
    buckets: Sequence[Bucket] = field(default_factory=list)
    layout = {V1_3: {15: "command:u16 type:u8 pad1 group_id:u32 buckets:Bucket*"}}


@dataclass(slots=True)
class BucketCounter(Struct):
    """What a bucket has counted."""

    packet_count: int = 0
    byte_count: int = 0
    layout = {V1_3: "packet_count:u64 byte_count:u64"}


@dataclass(slots=True)
class GroupStats(Struct):
    """What a group has counted."""

    group_id: int = 0
    ref_count: int = 0
    packet_count: int = 0
    byte_count: int = 0
    duration_sec: int = 0
    duration_nsec: int = 0
    bucket_stats: list[BucketCounter] = field(default_factory=list)
    layout = {
        V1_3: "size16 pad2 group_id:u32 ref_count:u32 pad4 packet_count:u64 byte_count:u64"
        " duration_sec:u32 duration_nsec:u32 bucket_stats:BucketCounter*"
    }


@dataclass(slots=True)
class GroupDesc(Struct):
    """A group as it was set up."""

    type: int = GroupType.ALL
    group_id: int = 0
    buckets: Sequence[Bucket] = field(default_factory=list)
    layout = {V1_3: "size16 type:u8 pad1 group_id:u32 buckets:Bucket*"}


@dataclass(slots=True)
class GroupStatsRequest(MultipartRequest):
    """What has a group counted, or all of them?"""

    group_id: int = GroupId.ALL
    layout = {V1_3: {(18, 6): "group_id:u32 pad4"}}


@dataclass(slots=True)
class GroupStatsReply(MultipartReply):
    """The groups' counters."""

    body: list[GroupStats] = field(default_factory=list)
    layout = {V1_3: {(19, 6): "body:GroupStats*"}}


@dataclass(slots=True)
class GroupDescStatsRequest(MultipartRequest):
    """Which groups are there?"""

    layout = {V1_3: {(18, 7): ""}}


@dataclass(slots=True)
class GroupDescStatsReply(MultipartReply):
    """The groups as they were set up."""

    body: list[GroupDesc] = field(default_factory=list)
    layout = {V1_3: {(19, 7): "body:GroupDesc*"}}


@dataclass(slots=True)
class GroupFeaturesStatsRequest(MultipartRequest):
    """What can groups do?"""

    layout = {V1_3: {(18, 8): ""}}


@dataclass(slots=True)
class GroupFeaturesStatsReply(MultipartReply):
    """What groups can do: bitmaps of types and of each type's actions, the most groups of each type."""

    types: int = 0
    capabilities: int = 0
    max_groups_all: int = 0
    max_groups_select: int = 0
    max_groups_indirect: int = 0
    max_groups_ff: int = 0
    actions_all: int = 0
    actions_select: int = 0
    actions_indirect: int = 0
    actions_ff: int = 0
    layout = {
        V1_3: {
            (19, 8): "types:u32 capabilities:u32 max_groups_all:u32"
            " max_groups_select:u32 max_groups_indirect:u32 max_groups_ff:u32 actions_all:u32"
            " actions_select:u32 actions_indirect:u32 actions_ff:u32"
        }
    }
