"""Nicira's messages that set a connection up (nicira-ext.h): roles, formats, what is sent unasked, tables of options.

Roles are Nicira's own numbers (`NxRole`); 1.2 and later have RoleRequest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from openflow.messages.base import Message, Request
from openflow.structs import Struct
from openflow.vendors import message
from openflow.versions import V1_0, V1_3, since


class NxRole(IntEnum):
    """NX_ROLE_*: 1.2's EQUAL, MASTER and SLAVE less one."""

    OTHER = 0
    MASTER = 1
    SLAVE = 2


class NxFlowFormat(IntEnum):
    """NXFF_*."""

    OPENFLOW10 = 0
    NXM = 2


class NxPacketInFormat(IntEnum):
    """NXPIF_*: PacketIn, NxPacketIn or NxPacketIn2."""

    STANDARD = 0
    NXT_PACKET_IN = 1
    NXT_PACKET_IN2 = 2


class NxTlvTableModCommand(IntEnum):
    """NXTTMC_*."""

    ADD = 0
    DELETE = 1
    CLEAR = 2


@dataclass(slots=True)
class NxRoleRequest(Request["NxRoleReply"]):
    """Take a role."""

    role: int = NxRole.OTHER
    layout = message(10, "role:u32")


@dataclass(slots=True)
class NxRoleReply(Message):
    """The role that the controller now has."""

    role: int = NxRole.OTHER
    layout = message(11, "role:u32")


@dataclass(slots=True)
class NxSetFlowFormat(Message):
    """Choose the form of flow entries on 1.0: NxFlowMod's, or its own."""

    format: int = NxFlowFormat.OPENFLOW10
    layout = message(12, "format:u32", last=V1_0)


@dataclass(slots=True)
class NxFlowModTableId(Message):
    """Let the upper byte of the command of 1.0's flow-mods be the table, or not."""

    set: int = 0
    layout = message(15, "set:u8 pad7")


@dataclass(slots=True)
class NxSetPacketInFormat(Message):
    """Choose the form of packet-ins."""

    format: int = NxPacketInFormat.STANDARD
    layout = message(16, "format:u32")


@dataclass(slots=True)
class NxFlowAge(Message):
    """Let NxFlowStats say how long ago entries saw packets or changed."""

    layout = message(18, "")


@dataclass(slots=True)
class NxSetAsyncConfig(Message):
    """Choose what is sent unasked: a bit for each reason, as master (or other) and as slave."""

    packet_in_mask_master: int = 0
    packet_in_mask_slave: int = 0
    port_status_mask_master: int = 0
    port_status_mask_slave: int = 0
    flow_removed_mask_master: int = 0
    flow_removed_mask_slave: int = 0
    layout = message(
        19,
        "packet_in_mask_master:u32 packet_in_mask_slave:u32"
        " port_status_mask_master:u32 port_status_mask_slave:u32"
        " flow_removed_mask_master:u32 flow_removed_mask_slave:u32",
    )


@dataclass(slots=True)
class NxAsyncProperty(Struct):
    """What 1.4 calls an asynchronous configuration property: a kind of message and role, a bit for each reason."""

    type: int = 0
    mask: int = 0
    layout = since(V1_0, "type:u16 size16 mask:u32", until=V1_3)


@dataclass(slots=True)
class NxSetAsyncConfig2(Message):
    """SetAsync as 1.4 has it, for versions before."""

    properties: list[NxAsyncProperty] = field(default_factory=list)
    layout = message(27, "properties:NxAsyncProperty*", last=V1_3)


@dataclass(slots=True)
class NxSetControllerId(Message):
    """Give this connection an id, which NxController names."""

    controller_id: int = 0
    layout = message(20, "pad6 controller_id:u16")


@dataclass(slots=True)
class NxTlvMap(Struct):
    """A tunnel option and the number of the field `tun_metadata` that holds it."""

    option_class: int = 0
    option_type: int = 0
    option_len: int = 0
    index: int = 0
    layout = since(V1_0, "option_class:u16 option_type:u8 option_len:u8 index:u16 pad2")


@dataclass(slots=True)
class NxTlvTableMod(Message):
    """Change which tunnel options are fields."""

    command: int = NxTlvTableModCommand.ADD
    maps: list[NxTlvMap] = field(default_factory=list)
    layout = message(24, "command:u16 pad6 maps:NxTlvMap*")


@dataclass(slots=True)
class NxTlvTableRequest(Request["NxTlvTableReply"]):
    """Which tunnel options are fields?"""

    layout = message(25, "")


@dataclass(slots=True)
class NxTlvTableReply(Message):
    """The tunnel options that are fields, and how much room there is."""

    max_option_space: int = 0
    max_fields: int = 0
    maps: list[NxTlvMap] = field(default_factory=list)
    layout = message(26, "max_option_space:u32 max_fields:u16 pad10 maps:NxTlvMap*")
