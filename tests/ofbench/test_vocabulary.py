"""What fake switches say, read back by the codec."""

from __future__ import annotations

import pytest

from ofbench.frame import DST, LEAST, MOST, SRC, frame
from ofbench.probes import round_trips, streams
from ofbench.vocabulary import bare, vocabulary
from openflow import (
    NO_BUFFER,
    SUPPORTED,
    V1_0,
    V1_3,
    DescStatsReply,
    ErrorMsg,
    FeaturesReply,
    FeaturesRequest,
    FlowMod,
    Hello,
    Match,
    Message,
    Packet,
    PacketIn,
    PacketOut,
    PortDescStatsReply,
    Version,
    decode,
    encode,
)

every_version = pytest.mark.parametrize("version", SUPPORTED, ids=str)


@pytest.mark.parametrize("size", [LEAST, 64, 1000, MOST])
def test_the_frame_is_one_that_every_controller_understands(size: int) -> None:
    data = frame(size)
    fields = Packet(data).fields()
    assert len(data) == size
    assert fields["eth_type"] == 0x0800
    assert (fields["ip_proto"], fields["udp_dst"]) == (17, 9)
    header = data[14:34]
    total = sum(int.from_bytes(header[at : at + 2], "big") for at in range(0, 20, 2))
    assert total % 0xFFFF == 0


@every_version
def test_the_places_are_where_the_codec_finds_what_is_written_there(version: Version) -> None:
    words = vocabulary(version, 64, ports=4, buffers=True)
    message = bytearray(words.packet_in)
    buffer, port, dst, src = words.places
    assert buffer is not None
    message[buffer : buffer + 4] = (77).to_bytes(4, "big")
    message[port : port + 2] = (3).to_bytes(2, "big")
    message[dst : dst + 6], message[src : src + 6] = b"\x02abcde", b"\x02vwxyz"
    packet_in = decode(bytes(message))
    assert isinstance(packet_in, PacketIn)
    assert (packet_in.buffer_id, packet_in.in_port, packet_in.total_len) == (77, 3, 64)
    assert packet_in.data[DST : DST + 6] == b"\x02abcde"
    assert packet_in.data[SRC : SRC + 6] == b"\x02vwxyz"


@every_version
def test_without_buffers_a_packet_in_names_none(version: Version) -> None:
    words = vocabulary(version, 64, ports=4, buffers=False)
    packet_in = decode(words.packet_in)
    assert words.places[0] is None
    assert isinstance(packet_in, PacketIn)
    assert packet_in.buffer_id == NO_BUFFER


@every_version
def test_every_answer_can_be_read(version: Version) -> None:
    words = vocabulary(version, 64, ports=4, buffers=True)
    assert isinstance(decode(words.hello), Hello)
    for _, _, message, dpid_at in words.answers:
        if len(message) == 1:  # the type of one that repeats its request
            continue
        read = decode(message)
        assert isinstance(read, Message)
        assert (dpid_at is not None) is isinstance(read, FeaturesReply)


@pytest.mark.parametrize(("version", "teller"), [(V1_0, FeaturesReply), (V1_3, PortDescStatsReply)])
def test_a_switch_has_the_ports_that_it_was_given(
    version: Version, teller: type[FeaturesReply | PortDescStatsReply]
) -> None:
    words = vocabulary(version, 64, ports=3, buffers=True)
    replies = [decode(message) for _, _, message, _ in words.answers if len(message) > 1]
    (reply,) = (reply for reply in replies if isinstance(reply, teller))
    ports = reply.ports if isinstance(reply, FeaturesReply) else reply.body
    assert [port.port_no for port in ports] == [1, 2, 3]


@every_version
def test_what_is_not_known_is_answered_with_an_error(version: Version) -> None:
    answers = vocabulary(version, 64, ports=4, buffers=True).answers
    (other,) = (message for asked, part, message, _ in answers[-1:])
    assert isinstance(decode(other), ErrorMsg)
    assert any(len(m) > 1 and isinstance(decode(m), DescStatsReply) for _, _, m, _ in answers)


@every_version
def test_a_flow_mod_names_its_buffer_where_it_is_looked_for(version: Version) -> None:
    words = vocabulary(version, 64, ports=4, buffers=True)
    message = bytearray(encode(FlowMod(), version))
    message[words.flow_mod_buffer : words.flow_mod_buffer + 4] = (78).to_bytes(4, "big")
    flow_mod = decode(bytes(message))
    assert isinstance(flow_mod, FlowMod)
    assert flow_mod.buffer_id == 78


@every_version
def test_the_bare_controller_greets_and_answers_in_the_version(version: Version) -> None:
    greeting, answer, buffer_in, buffer_out = bare(version)
    asked = encode(FeaturesRequest(), version)
    assert greeting.endswith(asked)
    assert isinstance(decode(greeting.removesuffix(asked)), Hello)
    assert isinstance(decode(answer), FlowMod)
    assert buffer_in == vocabulary(version, 64, ports=4, buffers=True).places[0]
    assert buffer_out == vocabulary(version, 64, ports=4, buffers=True).flow_mod_buffer


@every_version
def test_every_question_to_a_switch_can_be_read_with_any_number(version: Version) -> None:
    for probe in [*round_trips(version), *streams(version, port=2)]:
        message = bytearray(probe.message)
        for at, width in probe.places:
            message[at : at + width] = (0x0102_0304).to_bytes(width, "big")
        read = decode(bytes(message))
        if isinstance(read, FlowMod):
            assert read.match == Match(eth_dst=0x0266_0102_0304)
        if isinstance(read, PacketOut):
            assert read.data[DST + 2 : DST + 6] == bytes([1, 2, 3, 4])
