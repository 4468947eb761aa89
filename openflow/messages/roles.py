"""Controllers in the eyes of a switch: their roles, what becomes of them, what they ask of it.

OpenFlow 1.3.5, 7.3.9; 1.4.0, 7.4.4 and 7.4.6; 1.5.1, 7.3.5.16 and 7.4.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow import vendors
from openflow.constants import (
    ControlChannelStatus,
    ControllerRole,
    ControllerRoleReason,
    ControllerStatusReason,
)
from openflow.errors import ErrorCode
from openflow.messages.base import Message, MultipartReply, MultipartRequest, Request, since
from openflow.messages.properties import EXPERIMENTER, OfExperimenter, OfUnknownType
from openflow.messages.switch import BarrierRequest
from openflow.structs import Element, Struct
from openflow.vendors import ONF
from openflow.versions import V1_2, V1_3, V1_4, V1_5

_ROLE = "role:u32 pad4 generation_id:u64"
_STATUS = "role:u32 reason:u8 pad3 generation_id:u64 properties:RoleProperty*"
_ROLE_AND_ID = "role:u32 short_id:u16 pad2 generation_id:u64"


@dataclass(slots=True)
class RoleRequest(Request["RoleReply"]):
    """Take a role, and (1.5) a number by which other controllers know this one, 0 for none."""

    role: int = ControllerRole.NOCHANGE
    generation_id: int = 0
    short_id: int = 0
    layout = {**since(V1_2, {24: _ROLE}, until=V1_4), V1_5: {24: _ROLE_AND_ID}}


@dataclass(slots=True)
class RoleReply(Message):
    """The role that the controller now has."""

    role: int = ControllerRole.NOCHANGE
    generation_id: int = 0
    short_id: int = 0
    layout = {**since(V1_2, {25: _ROLE}, until=V1_4), V1_5: {25: _ROLE_AND_ID}}


class RoleProperty(Element):
    """More about a change of role; this class names the family."""

    __slots__ = ()
    raw = "RawRoleProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class ExperimenterRoleProperty(OfExperimenter, RoleProperty):
    """A vendor's property."""

    layout = since(V1_4, {0xFFFF: EXPERIMENTER})


@dataclass(slots=True)
class RawRoleProperty(OfUnknownType, RoleProperty):
    """A property of unknown type."""


@dataclass(slots=True)
class RoleStatus(Message):
    """The controller has another role now, without having asked for it (OpenFlow 1.4.0, 7.4.4; EXT-191 on 1.3)."""

    role: int = ControllerRole.NOCHANGE
    reason: int = ControllerRoleReason.MASTER_REQUEST
    generation_id: int = 0
    properties: Sequence[RoleProperty] = field(default_factory=list)
    layout = {
        **vendors.message(1911, _STATUS, V1_3, V1_3, by=ONF),
        **since(V1_4, {30: _STATUS}),
    }


@dataclass(slots=True)
class RequestForward(Message):
    """Another controller has changed a group or a meter, with this request (OpenFlow 1.4.0, 7.4.6).

    On 1.3 it is ONF's (EXT-305), before that Nicira's.
    """

    encloses = True

    request: Message = field(default_factory=BarrierRequest)
    layout = {
        **vendors.message(132, "request:message", last=V1_2),
        **vendors.message(2350, "request:message", V1_3, V1_3, by=ONF),
        **since(V1_4, {32: "request:message"}),
    }


class ControllerStatusProperty(Element):
    """More about a controller; this class names the family."""

    __slots__ = ()
    raw = "RawControllerStatusProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class UriProperty(ControllerStatusProperty):
    """Where the controller is, as `tls:192.0.2.1:6653`."""

    uri: bytes = b""
    layout = {V1_5: {0: "uri:rest"}}


@dataclass(slots=True)
class ExperimenterControllerStatus(OfExperimenter, ControllerStatusProperty):
    """A vendor's property."""

    layout = {V1_5: {0xFFFF: EXPERIMENTER}}


@dataclass(slots=True)
class RawControllerStatusProperty(OfUnknownType, ControllerStatusProperty):
    """A property of unknown type."""


@dataclass(slots=True)
class ControllerStatusStats(Struct):
    """A controller's role and whether its channel works."""

    short_id: int = 0
    role: int = ControllerRole.EQUAL
    reason: int = ControllerStatusReason.REQUEST
    channel_status: int = ControlChannelStatus.UP
    properties: Sequence[ControllerStatusProperty] = field(default_factory=list)
    layout = {
        V1_5: "size16 short_id:u16 role:u32 reason:u8 channel_status:u8 pad6"
        " properties:ControllerStatusProperty*"
    }


@dataclass(slots=True)
class ControllerStatus(Message):
    """Something about a controller has changed (OpenFlow 1.5.1, 7.4.7)."""

    status: ControllerStatusStats = field(default_factory=ControllerStatusStats)
    layout = {V1_5: {35: "status:ControllerStatusStats"}}


@dataclass(slots=True)
class ControllerStatusStatsRequest(MultipartRequest["ControllerStatusStatsReply"]):
    """Which controllers have you? (OpenFlow 1.5.1, 7.3.5.16)"""

    layout = {V1_5: {(18, 18): ""}}


@dataclass(slots=True)
class ControllerStatusStatsReply(MultipartReply):
    """The controllers."""

    body: list[ControllerStatusStats] = field(default_factory=list)
    layout = {V1_5: {(19, 18): "body:ControllerStatusStats*"}}
