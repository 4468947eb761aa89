"""Bundles: changes that take effect together, and (1.5) at a time of their own.

OpenFlow 1.4.0, 7.3.9; 1.5.1, 7.3.5.17 and 7.3.9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow import vendors
from openflow.constants import BundleControlType
from openflow.errors import ErrorCode
from openflow.messages.base import Message, MultipartReply, MultipartRequest, Request, since
from openflow.messages.properties import EXPERIMENTER, OfExperimenter, OfUnknownType
from openflow.messages.switch import BarrierRequest
from openflow.structs import Element, Struct
from openflow.vendors import ONF
from openflow.versions import V1_3, V1_4, V1_5


@dataclass(slots=True)
class Time(Struct):
    """A point in time, since the beginning of 1970, or a span (OpenFlow 1.5.1, 7.3.9.4)."""

    seconds: int = 0
    nanoseconds: int = 0
    layout = {V1_5: "seconds:u64 nanoseconds:u32 pad4"}


class BundleProperty(Element):
    """A property of a bundle or of a message in it; this class names the family, which ONF's bundles for 1.3 share."""

    __slots__ = ()
    raw = "RawBundleProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class TimeProperty(BundleProperty):
    """When the bundle is to take effect."""

    sched_time: Time = field(default_factory=Time)
    layout = {V1_5: {1: "pad4 sched_time:Time"}}


@dataclass(slots=True)
class ExperimenterBundleProperty(OfExperimenter, BundleProperty):
    """A vendor's property."""

    layout = since(V1_3, {0xFFFF: EXPERIMENTER})


@dataclass(slots=True)
class RawBundleProperty(OfUnknownType, BundleProperty):
    """A property of unknown type."""


_CONTROL = "bundle_id:u32 type:u16 flags:u16 properties:BundleProperty*"
_ADD = "bundle_id:u32 pad2 flags:u16 message+properties:bundled"


@dataclass(slots=True)
class BundleControl(Request["BundleControl"]):
    """Open, close, commit or discard a bundle; replies are of this class, too. On 1.3 it is ONF's (EXT-230)."""

    bundle_id: int = 0
    type: int = BundleControlType.OPEN_REQUEST
    flags: int = 0
    properties: Sequence[BundleProperty] = field(default_factory=list)
    layout = {
        **vendors.message(2300, _CONTROL, V1_3, V1_3, by=ONF),
        **since(V1_4, {33: _CONTROL}),
    }


@dataclass(slots=True)
class BundleAddMessage(Message):
    """Put a message into a bundle, whose `xid` is to be that of this one."""

    encloses = True

    bundle_id: int = 0
    flags: int = 0
    message: Message = field(default_factory=BarrierRequest)
    properties: Sequence[BundleProperty] = field(default_factory=list)
    layout = {**vendors.message(2301, _ADD, V1_3, V1_3, by=ONF), **since(V1_4, {34: _ADD})}


class BundleFeaturesProperty(Element):
    """What a switch can do with bundles; this class names the family."""

    __slots__ = ()
    raw = "RawBundleFeaturesProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class TimeFeatures(BundleFeaturesProperty):
    """How exactly, how far ahead and how late bundles may be scheduled, and what time it is."""

    sched_accuracy: Time = field(default_factory=Time)
    sched_max_future: Time = field(default_factory=Time)
    sched_max_past: Time = field(default_factory=Time)
    timestamp: Time = field(default_factory=Time)
    layout = {
        V1_5: {
            1: "pad4 sched_accuracy:Time sched_max_future:Time sched_max_past:Time timestamp:Time"
        }
    }


@dataclass(slots=True)
class ExperimenterBundleFeatures(OfExperimenter, BundleFeaturesProperty):
    """A vendor's property."""

    layout = {V1_5: {0xFFFF: EXPERIMENTER}}


@dataclass(slots=True)
class RawBundleFeaturesProperty(OfUnknownType, BundleFeaturesProperty):
    """A property of unknown type."""


@dataclass(slots=True)
class BundleFeaturesStatsRequest(MultipartRequest["BundleFeaturesStatsReply"]):
    """What can you do with bundles? `feature_request_flags`, BundleFeatureFlags, says what the properties are for."""

    feature_request_flags: int = 0
    properties: Sequence[BundleFeaturesProperty] = field(default_factory=list)
    layout = {V1_5: {(18, 19): "feature_request_flags:u32 pad4 properties:BundleFeaturesProperty*"}}


@dataclass(slots=True)
class BundleFeaturesStatsReply(MultipartReply):
    """What the switch can do with bundles: BundleFlags, and properties."""

    capabilities: int = 0
    properties: Sequence[BundleFeaturesProperty] = field(default_factory=list)
    layout = {V1_5: {(19, 19): "capabilities:u16 pad6 properties:BundleFeaturesProperty*"}}
