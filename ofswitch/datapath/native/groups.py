"""Groups and meters of the native engine: Python describes and checks them, the engine uses and counts."""

from __future__ import annotations

from collections.abc import Mapping

from ofswitch.datapath.groups import GroupBucket, GroupTable
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.meters import MeterEntry, MeterTable
from ofswitch.datapath.native.module import Engine
from ofswitch.datapath.native.programs import encode_actions
from ofswitch.datapath.port_table import PortTable
from openflow.constants import GroupModCommand, MeterModCommand
from openflow.messages.groups import GroupMod, GroupStatsReply
from openflow.messages.meters import DropBand, DscpRemarkBand, MeterMod, MeterStatsReply
from openflow.versions import Version


class NativeGroups(GroupTable):
    """A group table that tells the engine of its groups, but for the end of one: `forget_groups`."""

    def __init__(self, engine: Engine, ports: PortTable, limits: Limits) -> None:
        super().__init__(ports, limits)
        self._engine = engine

    def apply(self, change: GroupMod, version: Version, now: float) -> frozenset[int]:
        """Carry a GROUP_MOD out; return the groups that it removed."""
        gone = super().apply(change, version, now)
        if change.command != GroupModCommand.DELETE:
            buckets = list(map(_bucket, self._groups[change.group_id].buckets))
            self._engine.put_group(change.group_id, change.type, buckets, now)
        return gone

    def stats(
        self, group_id: int, flow_references: Mapping[int, int], now: float
    ) -> GroupStatsReply:
        """What a group has counted, or all of them."""
        for group in self._asked(group_id):
            counted, buckets = self._engine.group_counts(group.group_id)
            group.packet_count, group.byte_count = counted
            for bucket, (packets, octets) in zip(group.buckets, buckets, strict=True):
                bucket.packet_count, bucket.byte_count = packets, octets
        return super().stats(group_id, flow_references, now)


class NativeMeters(MeterTable):
    """A meter table that tells the engine of its meters, but for the end of one: `forget_meters`."""

    def __init__(self, engine: Engine, limits: Limits) -> None:
        super().__init__(limits)
        self._engine = engine

    def apply(self, change: MeterMod, now: float) -> frozenset[int]:
        """Carry a METER_MOD out; return the meters that it removed."""
        gone = super().apply(change, now)
        if change.command != MeterModCommand.DELETE:
            bands = [_band(one.desc) for one in self._meters[change.meter_id].bands]
            self._engine.put_meter(change.meter_id, change.flags, bands, now)
        return gone

    def _copy(self, meter_id: int) -> MeterEntry:
        """A copy whose buckets are as full as the engine's are now."""
        meter = super()._copy(meter_id)
        for band, now in zip(meter.bands, self._engine.meter_tokens(meter_id), strict=True):
            band.tokens, band.last = now
        return meter

    def stats(
        self, meter_id: int, flow_references: Mapping[int, int], now: float
    ) -> MeterStatsReply:
        """What a meter has counted, or all."""
        for meter in self._asked(meter_id):
            counted, bands = self._engine.meter_counts(meter.meter_id)
            meter.packet_count, meter.byte_count = counted
            for band, (packets, octets) in zip(meter.bands, bands, strict=True):
                band.packet_count, band.byte_count = packets, octets
        return super().stats(meter_id, flow_references, now)


def _bucket(bucket: GroupBucket) -> tuple[bytes, int, int, int]:
    desc = bucket.desc
    return encode_actions(bucket.actions), desc.weight, desc.watch_port, desc.watch_group


def _band(desc: DropBand | DscpRemarkBand) -> tuple[int, int, int | None]:
    level = desc.prec_level if isinstance(desc, DscpRemarkBand) else None
    return desc.rate, desc.burst_size, level
