"""Groups: sets of buckets of actions (OpenFlow 1.3.5, 7.3.4.2 and 7.3.5.9 on; 1.5.1, 7.3.4.3).

1.5 numbers buckets, can change single ones, and makes their weight and what they watch properties, which fill the
fields that a bucket has anyway (see `openflow.forms.folds`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.actions import Action
from openflow.constants import BucketId, GroupId, GroupModCommand, GroupType, PortNo
from openflow.errors import ErrorCode
from openflow.messages.base import Message, MultipartReply, MultipartRequest, since
from openflow.messages.properties import EXPERIMENTER, OfExperimenter, OfUnknownType
from openflow.structs import Element, Struct
from openflow.versions import V1_1, V1_2, V1_3, V1_4, V1_5


class BucketProperty(Element):
    """A property of a bucket (OpenFlow 1.5.1, 7.3.4.3.1); this class names the family."""

    __slots__ = ()
    raw = "RawBucketProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class WeightProperty(BucketProperty):
    """How large a bucket's share is."""

    weight: int = 0
    layout = {V1_5: {0: "weight:u16 pad2"}}


@dataclass(slots=True)
class WatchPortProperty(BucketProperty):
    """The port that must be live for the bucket to be."""

    watch_port: int = PortNo.ANY
    layout = {V1_5: {1: "watch_port:u32"}}


@dataclass(slots=True)
class WatchGroupProperty(BucketProperty):
    """The group that must be live for the bucket to be."""

    watch_group: int = GroupId.ANY
    layout = {V1_5: {2: "watch_group:u32"}}


@dataclass(slots=True)
class ExperimenterBucketProperty(OfExperimenter, BucketProperty):
    """A vendor's property of a bucket."""

    layout = {V1_5: {0xFFFF: EXPERIMENTER}}


@dataclass(slots=True)
class RawBucketProperty(OfUnknownType, BucketProperty):
    """A property of unknown type."""


@dataclass(slots=True)
class Bucket(Struct):
    """Actions that a group does together; `weight` is for SELECT, the watches are for FF groups.

    `bucket_id` and `properties` are 1.5's; a bucket without a number is sent with that of its place in the list.
    """

    actions: Sequence[Action] = field(default_factory=list)
    weight: int = 0
    watch_port: int = PortNo.ANY
    watch_group: int = GroupId.ANY
    bucket_id: int | None = None
    properties: Sequence[BucketProperty] = field(default_factory=list)
    layout = {
        **since(
            V1_1,
            "size16 weight:u16 watch_port:u32 watch_group:u32 pad4 actions:Action*",
            until=V1_4,
        ),
        V1_5: "size16 len16(actions) bucket_id:u32 actions:Action*"
        " weight+watch_port+watch_group+properties:bucketprops",
    }
    bad_length = ErrorCode.GROUP_MOD_FAILED__BAD_BUCKET


class GroupProperty(Element):
    """A property of a group (OpenFlow 1.5.1, 7.3.4.3); this class names the family."""

    __slots__ = ()
    raw = "RawGroupProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class ExperimenterGroupProperty(OfExperimenter, GroupProperty):
    """A vendor's property of a group."""

    layout = {V1_5: {0xFFFF: EXPERIMENTER}}


@dataclass(slots=True)
class RawGroupProperty(OfUnknownType, GroupProperty):
    """A property of unknown type."""


@dataclass(slots=True)
class GroupMod(Message):
    """Add, modify or delete a group, or (1.5) buckets of it, which `command_bucket_id` names."""

    command: int = GroupModCommand.ADD
    type: int = GroupType.ALL
    group_id: int = 0
    buckets: Sequence[Bucket] = field(default_factory=list)
    command_bucket_id: int = BucketId.ALL
    properties: Sequence[GroupProperty] = field(default_factory=list)
    layout = {
        **since(V1_1, {15: "command:u16 type:u8 pad1 group_id:u32 buckets:Bucket*"}, until=V1_4),
        V1_5: {
            15: "command:u16 type:u8 pad1 group_id:u32 len16(buckets) pad2 command_bucket_id:u32"
            " buckets:buckets properties:GroupProperty*"
        },
    }


@dataclass(slots=True)
class BucketCounter(Struct):
    """What a bucket has counted."""

    packet_count: int = 0
    byte_count: int = 0
    layout = since(V1_1, "packet_count:u64 byte_count:u64")


_COUNTERS = "size16 pad2 group_id:u32 ref_count:u32 pad4 packet_count:u64 byte_count:u64"


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
        **since(
            V1_1,
            f"{_COUNTERS} bucket_stats:BucketCounter* -duration_sec -duration_nsec",
            until=V1_2,
        ),
        **since(
            V1_3,
            f"{_COUNTERS} duration_sec:u32 duration_nsec:u32 bucket_stats:BucketCounter*",
        ),
    }


@dataclass(slots=True)
class GroupDesc(Struct):
    """A group as it was set up; `properties` are 1.5's."""

    type: int = GroupType.ALL
    group_id: int = 0
    buckets: Sequence[Bucket] = field(default_factory=list)
    properties: Sequence[GroupProperty] = field(default_factory=list)
    layout = {
        **since(V1_1, "size16 type:u8 pad1 group_id:u32 buckets:Bucket*", until=V1_4),
        V1_5: "size16 type:u8 pad1 group_id:u32 len16(buckets) pad6 buckets:buckets"
        " properties:GroupProperty*",
    }


@dataclass(slots=True)
class GroupStatsRequest(MultipartRequest["GroupStatsReply"]):
    """What has a group counted, or all of them?"""

    group_id: int = GroupId.ALL
    layout = since(V1_1, {(18, 6): "group_id:u32 pad4"})


@dataclass(slots=True)
class GroupStatsReply(MultipartReply):
    """The groups' counters."""

    body: list[GroupStats] = field(default_factory=list)
    layout = since(V1_1, {(19, 6): "body:GroupStats*"})


@dataclass(slots=True)
class GroupDescStatsRequest(MultipartRequest["GroupDescStatsReply"]):
    """Which groups are there, or (1.5) how is this one set up?"""

    group_id: int = GroupId.ALL
    layout = {**since(V1_1, {(18, 7): ""}, until=V1_4), V1_5: {(18, 7): "group_id:u32 pad4"}}


@dataclass(slots=True)
class GroupDescStatsReply(MultipartReply):
    """The groups as they were set up."""

    body: list[GroupDesc] = field(default_factory=list)
    layout = since(V1_1, {(19, 7): "body:GroupDesc*"})


@dataclass(slots=True)
class GroupFeaturesStatsRequest(MultipartRequest["GroupFeaturesStatsReply"]):
    """What can groups do? 1.1 does not ask."""

    layout = since(V1_2, {(18, 8): ""})


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
    layout = since(
        V1_2,
        {
            (19, 8): "types:u32 capabilities:u32 max_groups_all:u32"
            " max_groups_select:u32 max_groups_indirect:u32 max_groups_ff:u32 actions_all:u32"
            " actions_select:u32 actions_indirect:u32 actions_ff:u32"
        },
    )
