"""Sending packets to controllers that are chosen by their connection's id (NXAST_CONTROLLER, NXAST_CONTROLLER2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.actions import Action
from openflow.constants import CONTROLLER_NO_BUFFER, PacketInReason
from openflow.errors import ErrorCode
from openflow.structs import Element
from openflow.vendors import action
from openflow.versions import V1_0, since


@dataclass(slots=True)
class NxController(Action):
    """Send the packet to the controllers whose connections have this id (NxSetControllerId)."""

    max_len: int = CONTROLLER_NO_BUFFER
    controller_id: int = 0
    reason: int = PacketInReason.ACTION
    layout = action(20, "max_len:u16 controller_id:u16 reason:u8 pad1")


class NxControllerProperty(Element):
    """What NxController2 says; this class names the family."""

    __slots__ = ()
    raw = "RawNxControllerProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_ACTION__BAD_LEN


@dataclass(slots=True)
class NxMaxLen(NxControllerProperty):
    """NXAC2PT_MAX_LEN: how many bytes go to the controller."""

    max_len: int = CONTROLLER_NO_BUFFER
    layout = since(V1_0, {0: "max_len:u16 pad2"})


@dataclass(slots=True)
class NxControllerId(NxControllerProperty):
    """NXAC2PT_CONTROLLER_ID: which controllers."""

    controller_id: int = 0
    layout = since(V1_0, {1: "controller_id:u16 pad2"})


@dataclass(slots=True)
class NxReason(NxControllerProperty):
    """NXAC2PT_REASON: the reason that the packet-in gives."""

    reason: int = PacketInReason.ACTION
    layout = since(V1_0, {2: "reason:u8"})


@dataclass(slots=True)
class NxUserdata(NxControllerProperty):
    """NXAC2PT_USERDATA: what the packet-in brings along."""

    userdata: bytes = b""
    layout = since(V1_0, {3: "userdata:rest"})


@dataclass(slots=True)
class NxPause(NxControllerProperty):
    """NXAC2PT_PAUSE: the packet waits until the controller sends NxResume."""

    layout = since(V1_0, {4: ""})


@dataclass(slots=True)
class NxMeterId(NxControllerProperty):
    """NXAC2PT_METER_ID: the meter that polices these packets."""

    meter_id: int = 0
    layout = since(V1_0, {5: "meter_id:u32"})


@dataclass(slots=True)
class RawNxControllerProperty(NxControllerProperty):
    """A property of unknown type."""

    type: int = 0
    data: bytes = b""


@dataclass(slots=True)
class NxController2(Action):
    """Send the packet to controllers, as the properties say."""

    properties: Sequence[NxControllerProperty] = field(default_factory=list)
    layout = action(37, "pad6 properties:NxControllerProperty*")
