"""Meters: rates that packets are held to (OpenFlow 1.3.5, 7.3.4.4 and 7.3.5.12 on)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.constants import MeterId, MeterModCommand
from openflow.messages.base import Message, MultipartReply, MultipartRequest, since
from openflow.structs import Element, Struct
from openflow.versions import V1_3, V1_4, V1_5


class MeterBand(Element):
    """What happens above a rate; this class names the family. Rates are kbit/s or packets/s."""

    __slots__ = ()
    raw = "RawMeterBand"


@dataclass(slots=True)
class DropBand(MeterBand):
    """Drop what is above the rate."""

    rate: int = 0
    burst_size: int = 0
    layout = since(V1_3, {1: "rate:u32 burst_size:u32 pad4"})


@dataclass(slots=True)
class DscpRemarkBand(MeterBand):
    """Raise the drop precedence in the DSCP of what is above the rate."""

    rate: int = 0
    burst_size: int = 0
    prec_level: int = 0
    layout = since(V1_3, {2: "rate:u32 burst_size:u32 prec_level:u8 pad3"})


@dataclass(slots=True)
class ExperimenterBand(MeterBand):
    """A vendor's band."""

    rate: int = 0
    burst_size: int = 0
    experimenter: int = 0
    data: bytes = b""
    layout = since(V1_3, {0xFFFF: "rate:u32 burst_size:u32 experimenter:u32 data:rest"})


@dataclass(slots=True)
class RawMeterBand(MeterBand):
    """A band of unknown type."""

    type: int = 0
    data: bytes = b""


@dataclass(slots=True)
class MeterMod(Message):
    """Add, modify or delete a meter."""

    command: int = MeterModCommand.ADD
    flags: int = 0
    meter_id: int = 0
    bands: Sequence[MeterBand] = field(default_factory=list)
    layout = since(V1_3, {29: "command:u16 flags:u16 meter_id:u32 bands:MeterBand*"})


@dataclass(slots=True)
class MeterBandStats(Struct):
    """What a band has counted."""

    packet_band_count: int = 0
    byte_band_count: int = 0
    layout = since(V1_3, "packet_band_count:u64 byte_band_count:u64")


@dataclass(slots=True)
class MeterStats(Struct):
    """What a meter has counted; `flow_count`, on 1.5 called ref_count, is how many flows or groups use it."""

    meter_id: int = 0
    flow_count: int = 0
    packet_in_count: int = 0
    byte_in_count: int = 0
    duration_sec: int = 0
    duration_nsec: int = 0
    band_stats: list[MeterBandStats] = field(default_factory=list)
    layout = since(
        V1_3,
        "meter_id:u32 size16 pad6 flow_count:u32 packet_in_count:u64 byte_in_count:u64"
        " duration_sec:u32 duration_nsec:u32 band_stats:MeterBandStats*",
    )


@dataclass(slots=True)
class MeterConfig(Struct):
    """A meter as it was set up."""

    flags: int = 0
    meter_id: int = 0
    bands: Sequence[MeterBand] = field(default_factory=list)
    layout = since(V1_3, "size16 flags:u16 meter_id:u32 bands:MeterBand*")


@dataclass(slots=True)
class MeterStatsRequest(MultipartRequest["MeterStatsReply"]):
    """What has a meter counted, or all of them?"""

    meter_id: int = MeterId.ALL
    layout = since(V1_3, {(18, 9): "meter_id:u32 pad4"})


@dataclass(slots=True)
class MeterStatsReply(MultipartReply):
    """The meters' counters."""

    body: list[MeterStats] = field(default_factory=list)
    layout = since(V1_3, {(19, 9): "body:MeterStats*"})


@dataclass(slots=True)
class MeterConfigStatsRequest(MultipartRequest["MeterConfigStatsReply"]):
    """How is a meter set up, or all of them?"""

    meter_id: int = MeterId.ALL
    layout = since(V1_3, {(18, 10): "meter_id:u32 pad4"})


@dataclass(slots=True)
class MeterConfigStatsReply(MultipartReply):
    """The meters as they were set up."""

    body: list[MeterConfig] = field(default_factory=list)
    layout = since(V1_3, {(19, 10): "body:MeterConfig*"})


@dataclass(slots=True)
class MeterFeaturesStatsRequest(MultipartRequest["MeterFeaturesStatsReply"]):
    """What can meters do?"""

    layout = since(V1_3, {(18, 11): ""})


_FEATURES = "max_meter:u32 band_types:u32 capabilities:u32 max_bands:u8 max_color:u8 pad2"


@dataclass(slots=True)
class MeterFeaturesStatsReply(MultipartReply):
    """What meters can do: bitmaps of band types and of flags, and the most meters, bands, colours.

    `features`, MeterFeatureFlags, is 1.5's (OpenFlow 1.5.1, 7.3.5.13); Open vSwitch 3.1 leaves it out, which is None.
    """

    max_meter: int = 0
    band_types: int = 0
    capabilities: int = 0
    max_bands: int = 0
    max_color: int = 0
    features: int | None = 0
    layout = {
        **since(V1_3, {(19, 11): _FEATURES}, until=V1_4),
        V1_5: {(19, 11): f"{_FEATURES} features:late"},
    }
