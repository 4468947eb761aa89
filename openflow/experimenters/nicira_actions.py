"""The rest of Nicira's actions (ovs-actions(7), nicira-ext.h): queues, samples, notes, headers."""

from __future__ import annotations

from dataclasses import dataclass

from openflow.actions import Action
from openflow.vendors import action
from openflow.versions import V1_3


@dataclass(slots=True)
class NxPopQueue(Action):
    """Choose the queue that was chosen before any action did."""

    layout = action(5, "pad6")


@dataclass(slots=True)
class NxNote(Action):
    """Nothing; the bytes are for whoever reads the flow table. Zeros fill them up to a length of 8 n + 6."""

    note: bytes = b""
    layout = action(8, "note:rest")


@dataclass(slots=True)
class NxFinTimeout(Action):
    """Change the entry's time-outs when it sees a TCP connection end."""

    fin_idle_timeout: int = 0
    fin_hard_timeout: int = 0
    layout = action(19, "fin_idle_timeout:u16 fin_hard_timeout:u16 pad2")


@dataclass(slots=True)
class NxSample(Action):
    """Take samples of packets for IPFIX, `probability` of 65535."""

    probability: int = 0
    collector_set_id: int = 0
    obs_domain_id: int = 0
    obs_point_id: int = 0
    layout = action(29, "probability:u16 collector_set_id:u32 obs_domain_id:u32 obs_point_id:u32")


@dataclass(slots=True)
class NxSample2(Action):
    """The same, of packets on their way out of a port."""

    probability: int = 0
    collector_set_id: int = 0
    obs_domain_id: int = 0
    obs_point_id: int = 0
    sampling_port: int = 0
    layout = action(
        38,
        "probability:u16 collector_set_id:u32 obs_domain_id:u32 obs_point_id:u32"
        " sampling_port:port16 pad6",
    )


@dataclass(slots=True)
class NxSample3(Action):
    """The same with the direction, 1 for packets that came in by the port and 2 for those that leave by it."""

    probability: int = 0
    collector_set_id: int = 0
    obs_domain_id: int = 0
    obs_point_id: int = 0
    sampling_port: int = 0
    direction: int = 0
    layout = action(
        41,
        "probability:u16 collector_set_id:u32 obs_domain_id:u32 obs_point_id:u32"
        " sampling_port:port16 direction:u8 pad5",
    )


@dataclass(slots=True)
class NxEncap(Action):
    """Put a new outer header on, of a packet type (namespace in the upper 16 bits); `properties` as they are."""

    new_pkt_type: int = 0
    header_size: int = 0
    properties: bytes = b""
    layout = action(46, "header_size:u16 new_pkt_type:u32 properties:rest", V1_3)


@dataclass(slots=True)
class NxDecap(Action):
    """Take the outer header off; 0xfffe lets it say what is under it."""

    new_pkt_type: int = 0xFFFE
    layout = action(47, "pad2 new_pkt_type:u32", V1_3)


@dataclass(slots=True)
class NxDecNshTtl(Action):
    """Take one off the TTL of the network service header."""

    layout = action(48, "pad6", V1_3)
