"""Messages about the switch as a whole: features, configuration, roles, tables, barriers."""

from __future__ import annotations

from dataclasses import dataclass, field

from openflow.constants import DEFAULT_MISS_SEND_LEN, ControllerRole
from openflow.messages.base import Message, text
from openflow.messages.ports import Port
from openflow.versions import V1_0, V1_3


@dataclass(slots=True)
class FeaturesRequest(Message):
    """Who are you? (OpenFlow 1.3.5, 7.3.1)"""

    layout = text("", (V1_0, 5), (V1_3, 5))


@dataclass(slots=True)
class FeaturesReply(Message):
    """The switch's identity and abilities (OpenFlow 1.3.5, 7.3.1; 1.0.2, 5.3.1).

    `ports` and `actions` (a bitmap of 1.0's action types) are only 1.0's: later versions list the ports in a
    PortDescStatsReply, and the actions in table features.
    """

    datapath_id: int = 0
    n_buffers: int = 0
    n_tables: int = 0
    auxiliary_id: int = 0
    capabilities: int = 0
    actions: int = 0
    ports: list[Port] = field(default_factory=list)
    layout = {
        V1_0: {
            6: "datapath_id:u64 n_buffers:u32 n_tables:u8 pad3 capabilities:capabilities32 actions:u32"
            " ports:Port* -auxiliary_id"
        },
        V1_3: {
            6: "datapath_id:u64 n_buffers:u32 n_tables:u8 auxiliary_id:u8 pad2 capabilities:u32 pad4"
            " -actions -ports"
        },
    }


@dataclass(slots=True)
class GetConfigRequest(Message):
    """What is your configuration? (OpenFlow 1.3.5, 7.3.2)"""

    layout = text("", (V1_0, 7), (V1_3, 7))


@dataclass(slots=True)
class GetConfigReply(Message):
    """How fragments are treated, and how much of a missed packet is sent up."""

    flags: int = 0
    miss_send_len: int = DEFAULT_MISS_SEND_LEN
    layout = text("flags:u16 miss_send_len:u16", (V1_0, 8), (V1_3, 8))


@dataclass(slots=True)
class SetConfig(Message):
    """Set how fragments are treated, and how much of a missed packet is sent up."""

    flags: int = 0
    miss_send_len: int = DEFAULT_MISS_SEND_LEN
    layout = text("flags:u16 miss_send_len:u16", (V1_0, 9), (V1_3, 9))


@dataclass(slots=True)
class TableMod(Message):
    """Configure a table; all of its bits are reserved (OpenFlow 1.3.5, 7.3.3)."""

    table_id: int = 0
    config: int = 0
    layout = {V1_3: {17: "table_id:u8 pad3 config:u32"}}


@dataclass(slots=True)
class BarrierRequest(Message):
    """Finish all that came before, then answer (OpenFlow 1.3.5, 7.3.8)."""

    layout = text("", (V1_0, 18), (V1_3, 20))


@dataclass(slots=True)
class BarrierReply(Message):
    """Everything that came before the request has taken effect."""

    layout = text("", (V1_0, 19), (V1_3, 21))


@dataclass(slots=True)
class RoleRequest(Message):
    """Take a role (OpenFlow 1.3.5, 7.3.9)."""

    role: int = ControllerRole.NOCHANGE
    generation_id: int = 0
    layout = {V1_3: {24: "role:u32 pad4 generation_id:u64"}}


@dataclass(slots=True)
class RoleReply(Message):
    """The role that the controller now has."""

    role: int = ControllerRole.NOCHANGE
    generation_id: int = 0
    layout = {V1_3: {25: "role:u32 pad4 generation_id:u64"}}


_ASYNC = (
    "packet_in_mask_master:u32 packet_in_mask_slave:u32"
    " port_status_mask_master:u32 port_status_mask_slave:u32"
    " flow_removed_mask_master:u32 flow_removed_mask_slave:u32"
)


@dataclass(slots=True)
class _AsyncConfig(Message):
    """Which asynchronous messages are wanted: a bit for each reason, as master (or equal) and as slave."""

    packet_in_mask_master: int = 0
    packet_in_mask_slave: int = 0
    port_status_mask_master: int = 0
    port_status_mask_slave: int = 0
    flow_removed_mask_master: int = 0
    flow_removed_mask_slave: int = 0


@dataclass(slots=True)
class GetAsyncRequest(Message):
    """Which asynchronous messages will you send me? (OpenFlow 1.3.5, 7.3.10)"""

    layout = {V1_3: {26: ""}}


@dataclass(slots=True)
class GetAsyncReply(_AsyncConfig):
    """The asynchronous messages that this controller gets."""

    layout = {V1_3: {27: _ASYNC}}


@dataclass(slots=True)
class SetAsync(_AsyncConfig):
    """Choose the asynchronous messages that this controller gets."""

    layout = {V1_3: {28: _ASYNC}}
