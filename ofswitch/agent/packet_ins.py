"""From an upcall of the datapath to the packet-ins that controllers get (OpenFlow 1.3.5, 7.4.1).

A packet-in carries a finished frame: checksums that a host left to its hardware are filled in first. A super-frame
(up to 64 KiB, see `ofswitch.frame`) goes up as one head with a buffer id, since the buffered frame leaves as the
super-frame that it is. Without a buffer it goes up as the segments that it stands for, which is what a
controller can send back.
"""

from __future__ import annotations

from dataclasses import replace

from ofswitch.agent.buffers import PacketBuffers
from ofswitch.datapath.effects import Upcall
from ofswitch.frame import Frame
from ofswitch.offload import complete_checksum, segment
from openflow import (
    CONTROLLER_NO_BUFFER,
    NO_BUFFER,
    V1_0,
    PacketIn,
    PacketInReason,
    Version,
)

DATA_MOST = 0xFFFF - 128
"""Bytes of a frame that fit one message in any version, the match in front of them included."""


def packet_ins(
    upcall: Upcall, buffers: PacketBuffers, miss_send_len: int, now: float
) -> list[PacketIn]:
    """The messages for one upcall, in 1.3's terms; the frame is buffered when part of it stays here."""
    max_len = miss_send_len if upcall.max_len is None else upcall.max_len
    buffer_id = NO_BUFFER
    if max_len != CONTROLLER_NO_BUFFER:
        buffer_id = buffers.keep(upcall.frame, upcall.in_port, now)
    if buffer_id == NO_BUFFER:
        frames = segment(upcall.frame) or [complete_checksum(upcall.frame)]
        return [_packet_in(upcall, frame, NO_BUFFER, DATA_MOST) for frame in frames]
    return [_packet_in(upcall, complete_checksum(upcall.frame), buffer_id, max_len)]


def in_version(message: PacketIn, upcall: Upcall, version: Version) -> PacketIn:
    """The message as this version has it: before 1.3 only the lack of an entry is NO_MATCH."""
    if version == V1_0 and upcall.reason == PacketInReason.NO_MATCH and not upcall.miss:
        return replace(message, reason=PacketInReason.ACTION)
    return message


def _packet_in(upcall: Upcall, frame: Frame, buffer_id: int, max_len: int) -> PacketIn:
    return PacketIn(
        buffer_id=buffer_id,
        total_len=min(len(frame.data), 0xFFFF),
        in_port=upcall.in_port,
        reason=upcall.reason,
        table_id=upcall.table_id,
        cookie=upcall.cookie,
        match=upcall.match,
        data=frame.data[: min(max_len, DATA_MOST)],
    )
