"""What a fake switch says, as bytes of a version, with the places that differ from message to message.

The codec makes each message with a value at such a place that is found nowhere else in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ofbench.frame import DST, SRC, frame
from openflow import (
    NO_BUFFER,
    ApplyActions,
    BarrierReply,
    BarrierRequest,
    DescStatsReply,
    DescStatsRequest,
    ErrorCode,
    ErrorMsg,
    FeaturesReply,
    FeaturesRequest,
    FlowMod,
    FlowStatsReply,
    FlowStatsRequest,
    GetConfigReply,
    GetConfigRequest,
    GroupDescStatsReply,
    GroupDescStatsRequest,
    GroupStatsReply,
    GroupStatsRequest,
    Match,
    Message,
    MeterConfigStatsReply,
    MeterConfigStatsRequest,
    MultipartRequest,
    Output,
    PacketIn,
    Port,
    PortDescStatsReply,
    PortDescStatsRequest,
    PortStatsReply,
    PortStatsRequest,
    QueueStatsReply,
    QueueStatsRequest,
    RoleReply,
    RoleRequest,
    TableFeaturesStatsReply,
    TableFeaturesStatsRequest,
    TableStatsReply,
    TableStatsRequest,
    Unsupported,
    Version,
    encode,
)
from openflow.framing import HEADER_SIZE
from openflow.negotiation import hello

_BUFFER, _PORT, _DPID = 0x5A5B_5C5D, 0x2A3C, 0x3132_3334_3536_3738
"""Values that nothing else has."""

BUFFERS = 256
"""How many packets a fake switch says that it can keep."""

_DESCRIPTION = DescStatsReply("ofswitch", "fake switch", "ofbench", "", "")

Answer = tuple[int, int | None, bytes, int | None]
"""Type of a request, first 16 bits of its body (None: any others), the answer, where the datapath id is."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The bytes of one version."""

    version: Version
    hello: bytes
    answers: list[Answer]
    packet_in: bytes
    places: tuple[int | None, int, int, int]
    """Where in the packet-in are the buffer, the lower half of the port, destination and source address."""
    flow_mod_buffer: int
    """Where a flow-mod names its buffer."""


def vocabulary(version: Version, size: int, *, ports: int, buffers: bool) -> Vocabulary:
    """All that fake switches have to say; `size` of the frames, and whether the switches keep them."""
    data = frame(size)
    buffer_id = _BUFFER if buffers else NO_BUFFER
    packet_in = encode(PacketIn(buffer_id, size, _PORT, data=data), version)
    start = len(packet_in) - size
    places = (
        packet_in.index(_BUFFER.to_bytes(4, "big")) if buffers else None,
        packet_in.index(_PORT.to_bytes(2, "big")),
        start + DST,
        start + SRC,
    )
    flow_mod = encode(FlowMod(buffer_id=_BUFFER), version)
    return Vocabulary(
        version,
        encode(hello(frozenset({version})), version),
        list(_answers(version, ports, BUFFERS if buffers else 0)),
        packet_in,
        places,
        flow_mod.index(_BUFFER.to_bytes(4, "big")),
    )


def bare(version: Version) -> tuple[bytes, bytes, int, int]:
    """What a controller says that only answers: greeting, answer, and where the buffer is in packet-in and answer."""
    greeting = encode(hello(frozenset({version})), version) + encode(FeaturesRequest(), version)
    match = Match(in_port=1, vlan_vid=0, eth_src=1, eth_dst=2)
    answer = encode(FlowMod(match, [ApplyActions([Output(1)])], buffer_id=_BUFFER), version)
    packet_in = encode(PacketIn(_BUFFER, in_port=1), version)
    buffer = _BUFFER.to_bytes(4, "big")
    return greeting, answer, packet_in.index(buffer), answer.index(buffer)


def _answers(version: Version, count: int, buffers: int) -> Iterator[Answer]:
    ports = [_port(number) for number in range(1, count + 1)]
    features = FeaturesReply(_DPID, buffers, 1, ports=ports if version is Version.V1_0 else [])
    message = encode(features, version)
    dpid_at = message.index(_DPID.to_bytes(8, "big"))
    yield encode(FeaturesRequest(), version)[1], None, message, dpid_at
    for request, reply in _pairs(ports):
        try:
            asked, message = encode(request, version), encode(reply, version)
        except Unsupported:
            continue  # nobody asks that in this version
        part = int.from_bytes(asked[HEADER_SIZE : HEADER_SIZE + 2], "big")
        yield asked[1], part if isinstance(request, MultipartRequest) else None, message, None
    for request, reply in ((BarrierRequest(), BarrierReply()), (RoleRequest(), RoleReply())):
        try:
            yield encode(request, version)[1], None, encode(reply, version)[1:2], None
        except Unsupported:
            continue
    yield _any_other_part(version)


def _pairs(ports: list[Port]) -> Iterator[tuple[Message, Message]]:
    """Requests that controllers send, and what is said to them. A fake switch has ports and nothing else."""
    yield GetConfigRequest(), GetConfigReply(miss_send_len=0xFFFF)
    yield DescStatsRequest(), _DESCRIPTION
    yield PortDescStatsRequest(), PortDescStatsReply(ports)
    yield PortStatsRequest(), PortStatsReply()
    yield TableStatsRequest(), TableStatsReply()
    yield TableFeaturesStatsRequest(), TableFeaturesStatsReply()
    yield FlowStatsRequest(), FlowStatsReply()
    yield QueueStatsRequest(), QueueStatsReply()
    yield GroupStatsRequest(), GroupStatsReply()
    yield GroupDescStatsRequest(), GroupDescStatsReply()
    yield MeterConfigStatsRequest(), MeterConfigStatsReply()


def _any_other_part(version: Version) -> Answer:
    """What is said to all other multipart requests."""
    asked = encode(DescStatsRequest(), version)
    code = ErrorCode.BAD_REQUEST__BAD_MULTIPART
    return asked[1], None, encode(ErrorMsg(code, asked), version), None


def _port(number: int) -> Port:
    mac = 0x0300_0000_0000 | number
    return Port(number, mac, f"eth{number}")
