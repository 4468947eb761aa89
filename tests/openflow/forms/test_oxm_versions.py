"""Which match fields a version knows, and what becomes of those that it does not (OpenFlow 1.5.1, table 14)."""

from __future__ import annotations

from typing import Any

import pytest

from openflow import (
    FlowMod,
    Match,
    PacketIn,
    PacketOut,
    SetField,
    Unsupported,
    Version,
    decode,
    encode,
)
from openflow.actions import CopyField
from openflow.fields import FIELDS, KNOWN, OXM_CLASS_BASIC, oxm_fields
from openflow.versions import V1_1, V1_2, V1_3, V1_4, V1_5

FIRST: dict[str, Version] = {
    "mpls_bos": V1_3,
    "pbb_isid": V1_3,
    "tunnel_id": V1_3,
    "ipv6_exthdr": V1_3,
    "packet_type": V1_5,
}
"""The first version with a field, of those that no experimenter had before; all others are 1.2's."""

LATER = [
    (name, version)
    for name, first in FIRST.items()
    for version in Version
    if V1_2 <= version < first
]


@pytest.mark.parametrize(("name", "version"), LATER)
def test_a_field_of_a_later_version_is_unsupported_by_name(name: str, version: Version) -> None:
    with pytest.raises(Unsupported) as refused:
        encode(FlowMod(Match({name: 1})), version)
    assert (refused.value.field, refused.value.version) == (f"match.{name}", version)


@pytest.mark.parametrize(("name", "version"), LATER)
def test_a_field_of_a_later_version_is_kept_as_bytes(name: str, version: Version) -> None:
    first = FIRST[name]
    later = bytearray(encode(FlowMod(Match({name: 1})), first))
    later[0] = version
    read = decode(bytes(later))
    assert isinstance(read, FlowMod)
    field = KNOWN[name]
    assert read.match == Match({f"0x8000.{field.number}": (1).to_bytes(field.size, "big")})
    assert encode(read, version) == bytes(later)


def test_the_catalogue_is_1_3s() -> None:
    basic = [field for field in oxm_fields(V1_3) if field.oxm_class == OXM_CLASS_BASIC]
    assert basic == list(FIELDS.values())


@pytest.mark.parametrize("value", [7, (7, 15)])
def test_a_field_of_1_5_survives(value: Any) -> None:
    match = Match(eth_type=0x0800, ip_proto=6, tcp_flags=value, packet_type=0)
    message = FlowMod(match)
    assert decode(encode(message, V1_5)) == message


class TestSetField:
    def test_it_sets_some_bits_from_1_5_on(self) -> None:
        message = PacketOut(actions=[SetField("ipv4_src", (0x0A000000, 0xFF000000))])
        assert decode(encode(message, V1_5)) == message
        for version in (V1_2, V1_3, V1_4):
            with pytest.raises(Unsupported) as refused:
                encode(message, version)
            assert refused.value.field == "actions[0].value"

    def test_on_1_1_each_field_has_its_action(self) -> None:
        fields = {"vlan_vid": 0x1007, "vlan_pcp": 3, "ip_ecn": 1, "mpls_label": 9, "mpls_tc": 2}
        message = PacketOut(actions=[SetField(name, value) for name, value in fields.items()])
        data = encode(message, V1_1)
        assert decode(data) == message
        types = [data[24 + 8 * place : 26 + 8 * place] for place in range(len(fields))]
        assert [int.from_bytes(code, "big") for code in types] == [1, 2, 8, 13, 14]

    def test_a_vlan_id_without_its_bit_is_none_on_1_1(self) -> None:
        with pytest.raises(Unsupported) as refused:
            encode(PacketOut(actions=[SetField("vlan_vid", 7)]), V1_1)
        assert refused.value.field == "actions[0].value"

    @pytest.mark.parametrize(("name", "code"), [("sctp_src", 9), ("udp_dst", 10), ("tp_dst", 10)])
    def test_any_transports_port_is_the_same_action_on_1_1(self, name: str, code: int) -> None:
        data = encode(PacketOut(actions=[SetField(name, 5)]), V1_1)
        assert data[24:32] == bytes([0, code, 0, 8, 0, 5, 0, 0])


class TestCopyField:
    @pytest.mark.parametrize(
        ("src", "dst", "size"),
        [
            ("eth_src", "eth_dst", 24),
            ("0x80007e02", "metadata", 24),
            ("0xffff5608:00abcdef", "metadata", 24),
            ("0xffff5608:00abcdef", "0xffff5808:00abcdef", 32),
        ],
    )
    def test_headers_are_names_or_digits(self, src: str, dst: str, size: int) -> None:
        message = PacketOut(actions=[CopyField(src, dst, 16, 1, 2)])
        data = encode(message, V1_5)
        assert decode(data) == message
        assert int.from_bytes(data[34:36], "big") == size

    @pytest.mark.parametrize("name", ["nonsense", "0x123", "0xffff0102", "0x80007e02:00000001"])
    def test_what_is_no_header_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="is no field that there is") as refused:
            encode(PacketOut(actions=[CopyField(dst=name)]), V1_5)
        assert refused.value.field == "actions[0].dst"  # type: ignore[attr-defined]


class TestPorts:
    @pytest.mark.parametrize("physical", [3, 9])
    def test_1_1_has_the_physical_port_beside(self, physical: int) -> None:
        match = Match(in_phy_port=physical) if physical != 3 else Match()
        message = PacketIn(in_port=3, match=match, data=b"frame")
        data = encode(message, V1_1)
        assert data[12:20] == bytes([0, 0, 0, 3, 0, 0, 0, physical])
        read = decode(data)
        assert isinstance(read, PacketIn)
        assert (read.in_port, read.match, read.data) == (3, match, b"frame")

    def test_1_5_sends_packets_out_with_a_match(self) -> None:
        message = PacketOut(in_port=7, match=Match(metadata=5), data=b"frame")
        assert decode(encode(message, V1_5)) == message
        with pytest.raises(Unsupported) as refused:
            encode(message, V1_4)
        assert refused.value.field == "match"
