"""Messages about the switch as a whole: features, configuration, barriers."""

from __future__ import annotations

from dataclasses import dataclass, field

from openflow.constants import DEFAULT_MISS_SEND_LEN
from openflow.messages.base import Message, Request, since
from openflow.messages.ports import Port
from openflow.versions import V1_0, V1_1, V1_2, V1_3


@dataclass(slots=True)
class FeaturesRequest(Request["FeaturesReply"]):
    """Who are you? (OpenFlow 1.3.5, 7.3.1)"""

    layout = since(V1_0, {5: ""})


_FEATURES = "datapath_id:u64 n_buffers:u32 n_tables:u8"
_PORTS = "pad4 ports:Port* -actions -auxiliary_id"


@dataclass(slots=True)
class FeaturesReply(Message):
    """The switch's identity and abilities (OpenFlow 1.3.5, 7.3.1; 1.0.2, 5.3.1).

    `ports` is for versions before 1.3, which lists them in a PortDescStatsReply; `actions`, a bitmap of 1.0's action
    types, only for 1.0.
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
            6: f"{_FEATURES} pad3 capabilities:capabilities32 actions:u32 ports:Port* -auxiliary_id"
        },
        V1_1: {6: f"{_FEATURES} pad3 capabilities:arpcapabilities32 {_PORTS}"},
        V1_2: {6: f"{_FEATURES} pad3 capabilities:u32 {_PORTS}"},
        **since(
            V1_3, {6: f"{_FEATURES} auxiliary_id:u8 pad2 capabilities:u32 pad4 -actions -ports"}
        ),
    }


@dataclass(slots=True)
class GetConfigRequest(Request["GetConfigReply"]):
    """What is your configuration? (OpenFlow 1.3.5, 7.3.2)"""

    layout = since(V1_0, {7: ""})


@dataclass(slots=True)
class GetConfigReply(Message):
    """How fragments are treated, and how much of a missed packet is sent up."""

    flags: int = 0
    miss_send_len: int = DEFAULT_MISS_SEND_LEN
    layout = since(V1_0, {8: "flags:u16 miss_send_len:u16"})


@dataclass(slots=True)
class SetConfig(Message):
    """Set how fragments are treated, and how much of a missed packet is sent up."""

    flags: int = 0
    miss_send_len: int = DEFAULT_MISS_SEND_LEN
    layout = since(V1_0, {9: "flags:u16 miss_send_len:u16"})


@dataclass(slots=True)
class BarrierRequest(Request["BarrierReply"]):
    """Finish all that came before, then answer (OpenFlow 1.3.5, 7.3.8)."""

    layout = {V1_0: {18: ""}, **since(V1_1, {20: ""})}


@dataclass(slots=True)
class BarrierReply(Message):
    """Everything that came before the request has taken effect."""

    layout = {V1_0: {19: ""}, **since(V1_1, {21: ""})}
