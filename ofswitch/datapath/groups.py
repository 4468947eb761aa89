"""Groups: what they are, which buckets process a packet, and their statistics (OpenFlow 1.3.5, 5.6).

A bucket without watches is always live; one with watches is live while the port or the group that it
watches is. A group is live while a bucket of it is. Whatever its type, a group uses live buckets
only: all of them (ALL, INDIRECT), one by hash (SELECT, see `group_select`), the first (FF).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field

from ofswitch.datapath.action_set import ActionSet
from ofswitch.datapath.flow import duration
from ofswitch.datapath.group_checks import check_group_mod
from ofswitch.datapath.group_graph import GroupGraph, forwards_to, watched_by
from ofswitch.datapath.group_select import choose, select_hash
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.port_table import PortTable
from openflow.actions import Action
from openflow.constants import (
    ActionType,
    GroupCapabilities,
    GroupId,
    GroupModCommand,
    GroupType,
    PortNo,
)
from openflow.messages.groups import (
    Bucket,
    BucketCounter,
    GroupDesc,
    GroupDescStatsReply,
    GroupFeaturesStatsReply,
    GroupMod,
    GroupStats,
    GroupStatsReply,
)
from openflow.packet import Packet
from openflow.versions import Version

_ACTIONS = sum(1 << kind for kind in ActionType if kind != ActionType.EXPERIMENTER)


@dataclass(slots=True, eq=False)
class GroupBucket:
    """A bucket, its actions in the order in which they are done, and what it has counted."""

    desc: Bucket
    actions: tuple[Action, ...] = field(init=False)
    packet_count: int = 0
    byte_count: int = 0

    def __post_init__(self) -> None:
        action_set = ActionSet()
        action_set.write(self.desc.actions)
        self.actions = tuple(action_set.in_order())

    def count(self, octets: int) -> None:
        """Note a packet that the bucket processes."""
        self.packet_count += 1
        self.byte_count += octets


@dataclass(slots=True, eq=False)
class GroupEntry:
    """One group; a MODIFY changes type and buckets, and the group's own counters go on."""

    group_id: int
    created: float
    type: int = GroupType.ALL
    buckets: tuple[GroupBucket, ...] = ()
    packet_count: int = 0
    byte_count: int = 0

    def set_up(self, kind: int, buckets: Iterable[Bucket]) -> None:
        """Be a group of this type with these buckets from now on; they count from zero."""
        self.type = kind
        self.buckets = tuple(map(GroupBucket, buckets))

    def count(self, octets: int) -> None:
        """Note a packet that the group processes."""
        self.packet_count += 1
        self.byte_count += octets

    def descriptions(self) -> list[Bucket]:
        """The buckets as they were set up."""
        return [bucket.desc for bucket in self.buckets]

    def stats(self, ref_count: int, now: float) -> GroupStats:
        """Describe what passed, for a statistics reply (7.3.5.9)."""
        seconds, nanoseconds = duration(self.created, now)
        return GroupStats(
            group_id=self.group_id,
            ref_count=ref_count,
            packet_count=self.packet_count,
            byte_count=self.byte_count,
            duration_sec=seconds,
            duration_nsec=nanoseconds,
            bucket_stats=[BucketCounter(one.packet_count, one.byte_count) for one in self.buckets],
        )


class GroupTable(Container[int]):
    """The groups of a switch by number."""

    def __init__(self, ports: PortTable, limits: Limits) -> None:
        self._ports = ports
        self._limits = limits
        self._groups: dict[int, GroupEntry] = {}
        self._graph = GroupGraph()

    def __contains__(self, group_id: object) -> bool:
        return group_id in self._groups

    def apply(self, change: GroupMod, version: Version, now: float) -> frozenset[int]:
        """Carry a GROUP_MOD out; return the groups that it removed.

        Raises OpenFlowError, and then nothing has changed.
        """
        check_group_mod(change, self._graph, self._limits, version)
        if change.command == GroupModCommand.DELETE:
            return self._delete(change.group_id)
        group = self._groups.setdefault(change.group_id, GroupEntry(change.group_id, now))
        group.set_up(change.type, change.buckets)
        references = forwards_to(change.buckets) | watched_by(change.buckets)
        self._graph.put(change.group_id, references)
        return frozenset()

    def save(self) -> Callable[[], None]:
        """Keep which groups there are, and as they are; what is returned makes it so again."""
        groups, graph = {one: copy(group) for one, group in self._groups.items()}, self._graph
        self._graph = deepcopy(graph)

        def restore() -> None:
            self._groups, self._graph = groups, graph

        return restore

    def _delete(self, group_id: int) -> frozenset[int]:
        gone = frozenset(
            self._groups if group_id == GroupId.ALL else {group_id} & set(self._groups)
        )
        for one in gone:
            self._graph.remove(one)
            del self._groups[one]
        return gone

    def __getitem__(self, group_id: int) -> GroupEntry:
        """Return a group that there is."""
        return self._groups[group_id]

    def choose(self, group: GroupEntry, packet: Packet) -> list[GroupBucket]:
        """Return the buckets of a group that shall process a packet."""
        live = [bucket for bucket in group.buckets if self._bucket_is_live(bucket.desc, {})]
        match group.type:
            case GroupType.FF:
                return live[:1]
            case GroupType.SELECT:
                place = choose(select_hash(packet), [bucket.desc.weight for bucket in live])
                return [] if place is None else [live[place]]
            case _:
                return live

    def _bucket_is_live(self, bucket: Bucket, known: dict[int, bool]) -> bool:
        port_no, group_id = bucket.watch_port, bucket.watch_group
        if port_no == PortNo.ANY and group_id == GroupId.ANY:
            return True
        port = self._ports.get(port_no)
        if port is not None and port.is_live:
            return True
        return group_id != GroupId.ANY and self._is_live(group_id, known)

    def _is_live(self, group_id: int, known: dict[int, bool]) -> bool:
        """Whether a group has a live bucket; `known` keeps what was found on the way."""
        if group_id not in known:
            buckets = self._groups[group_id].buckets
            known[group_id] = any(self._bucket_is_live(one.desc, known) for one in buckets)
        return known[group_id]

    def stats(
        self, group_id: int, flow_references: Mapping[int, int], now: float
    ) -> GroupStatsReply:
        """What a group has counted, or all of them; how many flow entries refer to each is given."""
        references = Counter(flow_references)
        for one in self._groups.values():
            references.update(forwards_to(one.descriptions()))
        groups = self._asked(group_id)
        return GroupStatsReply(body=[one.stats(references[one.group_id], now) for one in groups])

    def _asked(self, group_id: int) -> list[GroupEntry]:
        if group_id == GroupId.ALL:
            return [self._groups[one] for one in sorted(self._groups)]
        return [self._groups[group_id]] if group_id in self._groups else []

    def descriptions(self) -> GroupDescStatsReply:
        """The groups as they were set up."""
        groups = self._asked(GroupId.ALL)
        body = [GroupDesc(one.type, one.group_id, one.descriptions()) for one in groups]
        return GroupDescStatsReply(body=body)

    def features(self) -> GroupFeaturesStatsReply:
        """What groups can do."""
        return group_features(self._limits)


def group_features(limits: Limits) -> GroupFeaturesStatsReply:
    """What groups can do: all types alike; the most groups are those of all types together."""
    most = limits.max_groups
    return GroupFeaturesStatsReply(
        types=sum(1 << kind for kind in GroupType),
        capabilities=sum(GroupCapabilities),
        max_groups_all=most,
        max_groups_select=most,
        max_groups_indirect=most,
        max_groups_ff=most,
        actions_all=_ACTIONS,
        actions_select=_ACTIONS,
        actions_indirect=_ACTIONS,
        actions_ff=_ACTIONS,
    )
