"""Messages of experimenters, by Open vSwitch: it prints of ours what we meant, and we read of its what it meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from openflow import (
    BundleControl,
    FlowMonitor,
    FlowMonitorStatsRequest,
    Match,
    Message,
    Version,
    decode,
    encode,
)
from openflow import experimenters as nx
from openflow.addresses import parse_ipv4
from openflow.constants import BundleControlType, FlowMonitorFlags
from openflow.versions import V1_0, V1_2, V1_3, V1_4, V1_5
from tests.needs import needs
from tests.openflow.examples import FRAME
from tests.openflow.experimenters.message_examples import MAPS, MESSAGES, METADATA
from tests.openflow.experimenters.ovs_ofctl import asked, printed, sent

pytestmark = needs("ovs-ofctl")


def case_id(value: object) -> str:
    return type(value).__name__ if isinstance(value, Message) else ""


@pytest.mark.parametrize(("version", "message", "words"), MESSAGES, ids=case_id)
def test_open_vswitch_prints_what_we_meant(
    tmp_path: Path, version: Version, message: Message, words: str
) -> None:
    data = encode(message, version)
    assert decode(data) == message
    assert words in printed(tmp_path, data)


def read(data: bytes) -> Message:
    """A message of Open vSwitch's, which goes out as it came in."""
    message = decode(data)
    assert encode(message, Version(data[0])) == data
    message.xid = 0
    return message


class TestWhatOpenVSwitchSends:
    def test_questions_for_flows_of_1_0(self, tmp_path: Path) -> None:
        data = asked(tmp_path, V1_0, "dump-flows", "reg0=5,table=3", after=nx.NxSetFlowFormat)
        assert read(data) == nx.NxFlowStatsRequest(match=Match(reg0=5), table_id=3)
        data = asked(tmp_path, V1_0, "dump-aggregate", "reg0=5", after=nx.NxSetFlowFormat)
        assert read(data) == nx.NxAggregateStatsRequest(match=Match(reg0=5))

    @pytest.mark.parametrize("version", [V1_0, V1_2, V1_3, V1_4])
    def test_flow_monitors(self, tmp_path: Path, version: Version) -> None:
        watch = "watch:!initial,!modify,!own,table=3,reg0=5,out_port=2"
        message = read(asked(tmp_path, version, "monitor", watch))
        flags = FlowMonitorFlags.ADD | FlowMonitorFlags.REMOVED | FlowMonitorFlags.INSTRUCTIONS
        monitor = FlowMonitor(0, 2, flags=flags, table_id=3, match=Match(reg0=5))
        assert message == FlowMonitorStatsRequest([monitor])

    def test_bundles_of_1_3(self, tmp_path: Path) -> None:
        data = asked(tmp_path, V1_3, "add-flow", "actions=1", options=["--bundle"])
        message = read(data)
        assert isinstance(message, BundleControl)
        assert message.type == BundleControlType.OPEN_REQUEST

    def test_tables_of_tunnel_options(self, tmp_path: Path) -> None:
        mapping = "{class=0xffff,type=1,len=4}->tun_metadata2"
        (data,) = sent(tmp_path, V1_3, "add-tlv-map", mapping)
        assert read(data) == nx.NxTlvTableMod(nx.NxTlvTableModCommand.ADD, MAPS)
        assert read(asked(tmp_path, V1_3, "dump-tlv-map")) == nx.NxTlvTableRequest()

    def test_connections_to_forget(self, tmp_path: Path) -> None:
        (data,) = sent(tmp_path, V1_3, "ct-flush-zone", "5")
        assert read(data) == nx.NxCtFlushZone(5)
        original = "ct_nw_src=10.1.1.1,ct_nw_proto=17,ct_tp_dst=1"
        (data,) = sent(
            tmp_path, V1_3, "ct-flush", "zone=5", original, "ct_nw_dst=10.1.1.9,ct_nw_proto=17"
        )
        message = read(data)
        assert isinstance(message, nx.NxCtFlush)
        first, second, zone = message.properties
        assert first == nx.NxCtTupleOrig([nx.NxCtSrc(mapped("10.1.1.1")), nx.NxCtDstPort(1)])
        assert second == nx.NxCtTupleReply([nx.NxCtDst(mapped("10.1.1.9"))])
        assert zone == nx.NxCtZoneId(5)
        assert message.ip_proto == 17

    @pytest.mark.parametrize("version", [V1_0, V1_3, V1_5])
    def test_questions_for_ipfix(self, tmp_path: Path, version: Version) -> None:
        data = asked(tmp_path, version, "dump-ipfix-bridge")
        assert read(data) == nx.NxIpfixBridgeStatsRequest()
        data = asked(tmp_path, version, "dump-ipfix-flow")
        assert read(data) == nx.NxIpfixFlowStatsRequest()


def mapped(address: str) -> int:
    """An IPv4 address as the IPv6 address ::ffff:a.b.c.d."""
    return 0xFFFF << 32 | parse_ipv4(address)


class TestPacketIns:
    def test_the_port_has_32_bits_whichever_field_says_it(self) -> None:
        assert nx.NxPacketIn(match=Match(nxm_of_in_port=0xFFFE)).in_port == 0xFFFF_FFFE
        assert nx.NxPacketIn(match=Match(in_port=7)).in_port == 7
        assert nx.NxPacketIn().in_port is None

    def test_properties_are_found_by_class(self) -> None:
        packet_in = nx.NxPacketIn2([nx.NxPacketInPacket(FRAME), nx.NxPacketInMetadata(METADATA)])
        assert packet_in.packet.eth_dst == 2
        assert packet_in.in_port == 3
        assert packet_in.find(nx.NxPacketInCookie) is None

    def test_a_paused_packet_goes_on_with_what_was_changed(self) -> None:
        state = nx.NxPacketInContinuation(b"private")
        paused = nx.NxPacketIn2([nx.NxPacketInPacket(FRAME), state])
        resumed = paused.resume(nx.NxPacketInPacket(b"other"), nx.NxPacketInMetadata(METADATA))
        expected = [nx.NxPacketInPacket(b"other"), state, nx.NxPacketInMetadata(METADATA)]
        assert resumed == nx.NxResume(expected)


def test_a_monitor_of_1_3_may_come_without_the_head_of_its_match() -> None:
    head = "04120030 00000000 ffff0000 00000000 4f4e4600 0000074e"
    bare = bytes.fromhex(f"{head} 00000001 000f 0008 00000002 03 000000 00010004 00000005")
    message = decode(bare)
    assert isinstance(message, FlowMonitorStatsRequest)
    assert message.body[0].match == Match(reg0=5)
    assert encode(message, V1_3) == bare
