"""1.0's numbers against the neutral ones, value by value as OpenFlow 1.0.2 prints them."""

from __future__ import annotations

import pytest

from openflow import Capabilities, FlowModFlags, PortFeatures, PortNo
from openflow.layouts.kinds import TRANSLATIONS, Inexpressible

PORTS = {
    1: 1,
    0xFEFF: 0xFEFF,
    0xFF00: PortNo.MAX,
    0xFFF8: PortNo.IN_PORT,
    0xFFF9: PortNo.TABLE,
    0xFFFA: PortNo.NORMAL,
    0xFFFB: PortNo.FLOOD,
    0xFFFC: PortNo.ALL,
    0xFFFD: PortNo.CONTROLLER,
    0xFFFE: PortNo.LOCAL,
    0xFFFF: PortNo.ANY,  # 1.0's OFPP_NONE
}
BITS = {
    "features": {
        1 << 0: PortFeatures.HD_10MB,
        1 << 1: PortFeatures.FD_10MB,
        1 << 2: PortFeatures.HD_100MB,
        1 << 3: PortFeatures.FD_100MB,
        1 << 4: PortFeatures.HD_1GB,
        1 << 5: PortFeatures.FD_1GB,
        1 << 6: PortFeatures.FD_10GB,
        1 << 7: PortFeatures.COPPER,
        1 << 8: PortFeatures.FIBER,
        1 << 9: PortFeatures.AUTONEG,
        1 << 10: PortFeatures.PAUSE,
        1 << 11: PortFeatures.PAUSE_ASYM,
    },
    "capabilities": {
        1 << 0: Capabilities.FLOW_STATS,
        1 << 1: Capabilities.TABLE_STATS,
        1 << 2: Capabilities.PORT_STATS,
        1 << 3: Capabilities.STP,
        1 << 5: Capabilities.IP_REASM,
        1 << 6: Capabilities.QUEUE_STATS,
        1 << 7: Capabilities.ARP_MATCH_IP,
    },
    "flowflags": {
        1 << 0: FlowModFlags.SEND_FLOW_REM,
        1 << 1: FlowModFlags.CHECK_OVERLAP,
        1 << 2: FlowModFlags.EMERG,
    },
}


@pytest.mark.parametrize(("wire", "neutral"), PORTS.items())
def test_a_port_keeps_its_meaning(wire: int, neutral: int) -> None:
    port = TRANSLATIONS["port"]
    assert (port.decode(wire), port.encode(neutral)) == (neutral, wire)


def test_every_port_number_of_1_0_survives() -> None:
    port = TRANSLATIONS["port"]
    assert all(port.encode(port.decode(wire)) == wire for wire in range(1 << 16))


@pytest.mark.parametrize("number", [0xFF00, 0xFFFF, 0x1_0000, 0xFFFF_FEFF])
def test_a_port_number_that_1_0_has_no_room_for_is_refused(number: int) -> None:
    with pytest.raises(Inexpressible, match=f"no port {number}, only up to 65279"):
        TRANSLATIONS["port"].encode(number)


def test_all_queues_of_all_ports_are_asked_for_with_1_0s_own_number() -> None:
    port = TRANSLATIONS["anyport"]
    assert port.encode(PortNo.ANY) == 0xFFFC
    assert {port.decode(wire) for wire in (0xFFFC, 0xFFFF)} == {PortNo.ANY}
    assert port.encode(port.decode(7)) == 7


@pytest.mark.parametrize(
    ("name", "wire", "neutral"),
    [(name, *pair) for name, pairs in BITS.items() for pair in pairs.items()],
)
def test_a_bit_keeps_its_meaning(name: str, wire: int, neutral: int) -> None:
    bits = TRANSLATIONS[name]
    assert (bits.decode(wire), bits.encode(neutral)) == (neutral, wire)


@pytest.mark.parametrize("name", ["features", "capabilities"])
def test_abilities_that_1_0_has_no_bit_for_are_left_out(name: str) -> None:
    known = sum(BITS[name])
    assert TRANSLATIONS[name].encode(0xFFFF_FFFF) == known
    assert TRANSLATIONS[name].encode(TRANSLATIONS[name].decode(0xFFFF_FFFF)) == known


def test_flags_that_1_0_has_no_bit_for_are_refused() -> None:
    with pytest.raises(Inexpressible, match="no flags 0x4"):
        TRANSLATIONS["flowflags"].encode(FlowModFlags.RESET_COUNTS)


@pytest.mark.parametrize(
    ("name", "known", "lacking"),
    [
        ("basicflags", FlowModFlags.CHECK_OVERLAP, FlowModFlags.RESET_COUNTS),
        ("resetflags", FlowModFlags.RESET_COUNTS, FlowModFlags.NO_PKT_COUNTS),
    ],
)
def test_1_1_and_1_2_have_the_first_of_1_3s_flags(
    name: str, known: FlowModFlags, lacking: FlowModFlags
) -> None:
    assert TRANSLATIONS[name].encode(known) == TRANSLATIONS[name].decode(known) == known
    with pytest.raises(Inexpressible, match=f"no flags {lacking:#x}"):
        TRANSLATIONS[name].encode(lacking)


def test_1_1_sets_vlan_ids_without_the_bit_that_there_is_a_tag() -> None:
    vid = TRANSLATIONS["vidpresent"]
    assert (vid.encode(0x1007), vid.decode(7)) == (7, 0x1007)
    with pytest.raises(Inexpressible, match="OFPVID_PRESENT"):
        vid.encode(7)


def test_the_type_of_service_carries_the_dscp_in_its_upper_bits() -> None:
    dscp = TRANSLATIONS["dscp"]
    assert (dscp.encode(46), dscp.decode(0xB8), dscp.decode(0xBB)) == (0xB8, 46, 46)
