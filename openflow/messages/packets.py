"""Frames between switch and controller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from openflow.actions import Action
from openflow.constants import NO_BUFFER, NO_COOKIE, PacketInReason, PortNo
from openflow.match import ANY_PACKET, Match
from openflow.messages.base import Message, since
from openflow.packet_in import PacketInBase
from openflow.versions import V1_0, V1_1, V1_2, V1_3, V1_4, V1_5


@dataclass(slots=True)
class PacketIn(PacketInBase, Message):
    """A frame, or the head of one, sent up by the switch (OpenFlow 1.3.5, 7.4.1).

    `in_port` is part of the match on the wire from 1.2 on and a field of its own here; `match` holds the other pipeline
    fields, of which 1.1 has in_phy_port only.
    """

    buffer_id: int = NO_BUFFER
    total_len: int = 0
    in_port: int = 0
    reason: int = PacketInReason.NO_MATCH
    table_id: int = 0
    cookie: int = NO_COOKIE
    match: Match = ANY_PACKET
    data: bytes = b""
    layout = {
        V1_0: {
            10: "buffer_id:u32 total_len:u16 in_port:port16 reason:u8 pad1 data:rest"
            " -table_id -cookie -match"
        },
        V1_1: {
            10: "buffer_id:u32 in_port+match:phyport total_len:u16 reason:u8 table_id:u8 data:rest"
            " -cookie"
        },
        V1_2: {
            10: "buffer_id:u32 total_len:u16 reason:u8 table_id:u8"
            " in_port+match:oxmport pad2 data:rest -cookie"
        },
        **since(
            V1_3,
            {
                10: "buffer_id:u32 total_len:u16 reason:u8 table_id:u8 cookie:u64"
                " in_port+match:oxmport pad2 data:rest"
            },
        ),
    }

    def scapy(self) -> Any:
        """The frame as scapy dissects it; raises ImportError where scapy is not installed."""
        from scapy.layers.l2 import Ether

        return Ether(self.data)


@dataclass(slots=True)
class PacketOut(Message):
    """Send a frame, or one that the switch has buffered, through a list of actions (OpenFlow 1.3.5, 7.3.7).

    `match` holds pipeline fields other than the port that the packet starts with, from OpenFlow 1.5 on (1.5.1, 7.3.6).
    """

    buffer_id: int = NO_BUFFER
    in_port: int = PortNo.CONTROLLER
    actions: Sequence[Action] = field(default_factory=list)
    data: bytes = b""
    match: Match = ANY_PACKET
    layout = {
        V1_0: {
            13: "buffer_id:u32 in_port:port16 len16(actions) actions:Action* data:rest",
        },
        **since(
            V1_1,
            {13: "buffer_id:u32 in_port:u32 len16(actions) pad6 actions:Action* data:rest"},
            until=V1_4,
        ),
        V1_5: {
            13: "buffer_id:u32 len16(actions) pad2 in_port+match:oxmport actions:Action* data:rest"
        },
    }
