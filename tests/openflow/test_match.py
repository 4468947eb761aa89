"""Matches: canonical values, text, prerequisites, and OXM with and without masks."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openflow import ErrorCode, FlowMod, Match, OpenFlowError, decode, encode
from openflow.fields import FIELDS
from openflow.match import ANY_PACKET
from openflow.versions import V1_3
from tests.openflow.match_strategies import consistent_matches, oxm_matches

IPV4_TCP = {"eth_type": 0x800, "ip_proto": 6}


def wire(match: Match) -> bytes:
    """The entries of a match in OpenFlow 1.3, without the header of the match and its padding."""
    data = encode(FlowMod(match), V1_3)[48:]
    return data[4 : int.from_bytes(data[2:4], "big")]


class TestValues:
    @pytest.mark.parametrize(
        ("name", "given_value", "value"),
        [
            ("in_port", 1, 1),
            ("in_port", "0x10", 16),
            ("eth_dst", "00:00:00:00:00:0a", 10),
            ("eth_dst", "01:00:00:00:00:00/01:00:00:00:00:00", (1 << 40, 1 << 40)),
            ("ipv4_src", "10.0.0.1", 0x0A000001),
            ("ipv4_src", "10.0.0.1/32", 0x0A000001),
            ("ipv4_src", "10.1.2.3/8", (0x0A000000, 0xFF000000)),
            ("ipv4_src", "10.1.2.3/255.0.255.0", (0x0A000200, 0xFF00FF00)),
            ("ipv4_src", ("10.1.2.3", "255.0.0.0"), (0x0A000000, 0xFF000000)),
            ("ipv6_dst", "2001:db8::/32", (0x20010DB8 << 96, 0xFFFFFFFF << 96)),
            ("vlan_vid", (0x1FFF, 0x1000), (0x1000, 0x1000)),
            ("metadata", "0x12/0xff", (0x12, 0xFF)),
            ("metadata", (5, (1 << 64) - 1), 5),
        ],
    )
    def test_a_value_has_one_form_however_it_was_given(
        self, name: str, given_value: Any, value: Any
    ) -> None:
        assert Match({name: given_value})[name] == value

    @pytest.mark.parametrize("value", [(0, 0), (7, 0), "0.0.0.0/0"])
    def test_an_empty_mask_is_a_wildcard(self, value: Any) -> None:
        assert Match(ipv4_src=value) == Match()

    @pytest.mark.parametrize(
        ("fields", "complaint"),
        [
            ({"nonsense": 1}, "there is no match field 'nonsense'"),
            ({"ip_dscp": 64}, "64 does not fit ip_dscp, which has 6 bits"),
            ({"in_port": -1}, "-1 does not fit in_port"),
            ({"ip_dscp": "64"}, "does not fit ip_dscp"),
            ({"eth_dst": "10.0.0.1"}, "not an Ethernet address"),
            ({"ipv4_src": "10.0.0"}, "10.0.0"),
            ({"ipv4_src": "10.0.0.0/33"}, "33"),
            ({"ipv4_src": None}, "takes an int, a text or"),
            ({"ipv4_src": (1, 2, 3)}, "takes an int, a text or"),
            ({"ipv4_src": (1, 1 << 32)}, "does not fit ipv4_src"),
            ({"ipv4_src": ("10.0.0.0", None)}, "ipv4_src takes an int, a text or"),
            ({"eth_type": "ip"}, "eth_type: not a number: 'ip'"),
            ({"eth_src": "00:11"}, "eth_src: not an Ethernet address: '00:11'"),
            ({"ipv4_src": "10.0.0"}, "ipv4_src: not an IPv4 address: '10.0.0'"),
            ({"ipv4_src": "10.0.0.0/x"}, "ipv4_src: not an IPv4 address: 'x'"),
            ({"ipv4_src": "10.0.0.0/33"}, "ipv4_src: a prefix of 33 bits"),
            ({"ipv6_src": "fe80:"}, "ipv6_src: not an IPv6 address: 'fe80:'"),
        ],
    )
    def test_what_is_no_value_of_its_field_is_refused(
        self, fields: dict[str, Any], complaint: str
    ) -> None:
        with pytest.raises(ValueError, match=complaint.replace("(", r"\(")):
            Match(fields)

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("dl_type", "eth_type?"),
            ("nw_src", "ipv4_src or arp_spa?"),
            ("tp_dst", "tcp_dst or udp_dst or sctp_dst or icmpv4_code or icmpv6_code?"),
            ("dl_vlan", "vlan_vid? VLAN 5 is vlan_vid=0x1005"),
            ("ip_dst", "ipv4_dst or arp_tpa?"),
            ("eth_typ", "eth_type?"),
        ],
    )
    def test_a_field_by_another_name_is_pointed_to(self, name: str, meant: str) -> None:
        with pytest.raises(ValueError, match="there is no match field") as refused:
            Match({name: 1})
        assert str(refused.value) == f"there is no match field {name!r}: did you mean {meant}"

    @pytest.mark.parametrize("fields", ["in_port=1", ["in_port"], 5])
    def test_what_is_no_mapping_is_refused(self, fields: Any) -> None:
        with pytest.raises(TypeError, match="takes name=value, or a mapping"):
            Match(fields)


class TestMapping:
    def test_equal_matches_are_equal_in_any_order(self) -> None:
        one, other = Match(in_port=1, eth_type=2), Match(eth_type=2, in_port=1)
        assert one == other
        assert hash(one) == hash(other)
        assert list(one) == list(other) == ["in_port", "eth_type"]

    def test_it_is_a_mapping(self) -> None:
        match = Match(in_port=1)
        assert isinstance(match, Mapping)
        assert (match["in_port"], match.get("in_port"), match.get("eth_type", 5)) == (1, 1, 5)
        assert ("in_port" in match, "eth_type" in match, len(match)) == (True, False, 1)
        assert dict(match) == {"in_port": 1}
        with pytest.raises(KeyError, match="has no eth_type"):
            match["eth_type"]
        with pytest.raises(KeyError, match=r"event\.in_port, on every version"):
            Match()["in_port"]
        with pytest.raises(KeyError, match=r"did you mean ipv4_src or arp_spa\?"):
            Match()["nw_src"]
        assert match != {"in_port": 1}

    def test_replace_changes_adds_and_removes(self) -> None:
        match = Match(in_port=1, eth_type=0x800)
        changed = match.replace(in_port=None, ipv4_src="10.0.0.1")
        assert changed == Match(eth_type=0x800, ipv4_src="10.0.0.1")
        assert match == Match(in_port=1, eth_type=0x800)

    def test_masked_gives_value_and_mask_of_every_field(self) -> None:
        match = Match(in_port=1, ipv4_src="10.0.0.0/8")
        assert match.masked("in_port") == (1, 0xFFFF_FFFF)
        assert match.masked("ipv4_src") == (0x0A000000, 0xFF000000)
        assert match.masked("eth_src") == (0, 0)

    def test_the_match_of_every_packet_is_empty(self) -> None:
        assert ANY_PACKET == Match() == FlowMod().match

    @given(match=oxm_matches())
    def test_it_survives_pickling(self, match: Match) -> None:
        assert pickle.loads(pickle.dumps(match)) == match


class TestText:
    @given(match=consistent_matches())
    def test_what_is_printed_can_be_read(self, match: Match) -> None:
        assert Match.parse(str(match)) == match

    def test_prefixes_are_printed_as_lengths(self) -> None:
        match = Match(eth_type=0x800, ipv4_src="10.0.0.0/8", ipv4_dst="10.0.0.1/255.0.0.255")
        assert str(match) == "eth_type=0x800,ipv4_src=10.0.0.0/8,ipv4_dst=10.0.0.1/255.0.0.255"

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("in_port", "expected FIELD=VALUE, got 'in_port'"),
            ("in_port=1,in_port=2", "in_port is given twice"),
            ("port=1", "there is no match field 'port'"),
        ],
    )
    def test_text_that_is_no_match_is_refused(self, text: str, complaint: str) -> None:
        with pytest.raises(ValueError, match=complaint):
            Match.parse(text)

    def test_spaces_and_empty_items_do_not_matter(self) -> None:
        assert Match.parse(" in_port=1 , ,eth_type=0x800") == Match(in_port=1, eth_type=0x800)


class TestCheck:
    @given(match=consistent_matches())
    def test_what_meets_its_prerequisites_is_let_through(self, match: Match) -> None:
        Match({name: value for name, value in match.items() if name in FIELDS}).check()

    def test_a_field_of_an_experimenter_is_none_of_ours(self) -> None:
        with pytest.raises(OpenFlowError) as raised:
            Match(reg0=1).check()
        assert raised.value.code == ErrorCode.BAD_MATCH__BAD_FIELD

    @pytest.mark.parametrize(
        ("name", "needed"),
        [
            ("ipv4_src", "eth_type=0x800"),
            ("tcp_src", "eth_type=0x800 or 0x86dd and ip_proto=6"),
            ("vlan_pcp", "vlan_vid with the bit 0x1000"),
            ("in_phy_port", "in_port"),
        ],
    )
    def test_a_field_without_its_prerequisites_says_which_they_are(
        self, name: str, needed: str
    ) -> None:
        with pytest.raises(OpenFlowError, match=f"{name} needs {needed}"):
            Match({name: 1}).check()

    @pytest.mark.parametrize(
        ("match", "code"),
        [
            (Match(ipv4_src=1), ErrorCode.BAD_MATCH__BAD_PREREQ),
            (Match(eth_type=0x86DD, ipv4_src=1), ErrorCode.BAD_MATCH__BAD_PREREQ),
            (Match(eth_type=0x800, tcp_src=1), ErrorCode.BAD_MATCH__BAD_PREREQ),
            (Match(eth_type=0x800, ip_proto=17, tcp_src=1), ErrorCode.BAD_MATCH__BAD_PREREQ),
            (Match(vlan_pcp=1), ErrorCode.BAD_MATCH__BAD_PREREQ),
            (Match(vlan_vid=0, vlan_pcp=1), ErrorCode.BAD_MATCH__BAD_PREREQ),
            (Match(in_phy_port=1), ErrorCode.BAD_MATCH__BAD_PREREQ),
            (Match(in_port=(1, 1)), ErrorCode.BAD_MATCH__BAD_MASK),
            (Match.of({"eth_dst": (3, 1)}), ErrorCode.BAD_MATCH__BAD_WILDCARDS),
            (Match.of({"ip_dscp": 64, "eth_type": 0x800}), ErrorCode.BAD_MATCH__BAD_VALUE),
            (Match.of({"vlan_vid": (1, 0x2FFF)}), ErrorCode.BAD_MATCH__BAD_MASK),
            (Match({"0x0002.31": b"\0"}), ErrorCode.BAD_MATCH__BAD_FIELD),
        ],
    )
    def test_what_a_switch_must_refuse_has_its_code(self, match: Match, code: ErrorCode) -> None:
        with pytest.raises(OpenFlowError) as refused:
            match.check()
        assert refused.value.code is code

    @pytest.mark.parametrize("name", [f.name for f in FIELDS.values() if not f.maskable])
    def test_a_field_that_takes_no_mask_has_none(self, name: str) -> None:
        with pytest.raises(OpenFlowError):
            Match.of({**IPV4_TCP, name: (0, 1)}).check()


# name, value as given, the entry: class, field and has-mask, length, value, mask
ENTRIES: list[tuple[str, Any, str]] = [
    ("in_port", 1, "8000 00 04 00000001"),
    ("metadata", 1, "8000 04 08 0000000000000001"),
    ("metadata", (1, 3), "8000 05 10 0000000000000001 0000000000000003"),
    ("eth_dst", 1, "8000 06 06 000000000001"),
    ("vlan_vid", 0x1005, "8000 0c 02 1005"),
    ("vlan_vid", (0x1000, 0x1000), "8000 0d 04 1000 1000"),
    ("vlan_pcp", 7, "8000 0e 01 07"),
    ("ipv4_src", "10.0.0.0/8", "8000 17 08 0a000000 ff000000"),
    ("ipv6_flabel", 0xABCDE, "8000 38 04 000abcde"),
    ("mpls_label", 0xABCDE, "8000 44 04 000abcde"),
    ("mpls_bos", 1, "8000 48 01 01"),
    ("pbb_isid", (0x10, 0xF0), "8000 4b 06 000010 0000f0"),
    ("tunnel_id", 1, "8000 4c 08 0000000000000001"),
    ("ipv6_exthdr", 0x1FF, "8000 4e 02 01ff"),
    ("0x0002.31", b"\1\2", "0002 3e 02 0102"),
    ("0x0002.31/m", b"\1\2", "0002 3f 02 0102"),
    ("0xffff:4f4e4600.53", b"ONF\0\1", "ffff 6a 05 4f4e4600 01"),
]


class TestOxm:
    @pytest.mark.parametrize(("name", "value", "entry"), ENTRIES)
    def test_an_entry_has_the_specifications_bytes(self, name: str, value: Any, entry: str) -> None:
        assert wire(Match({name: value})) == bytes.fromhex(entry)

    @given(match=oxm_matches())
    def test_whatever_it_holds_survives(self, match: Match) -> None:
        flow = decode(encode(FlowMod(match), V1_3))
        assert isinstance(flow, FlowMod)
        assert flow.match == match

    def test_prerequisites_are_sent_first(self) -> None:
        match = Match(tcp_dst=80, ip_proto=6, eth_type=0x800, in_port=1)
        assert wire(match) == wire(Match(in_port=1, eth_type=0x800, ip_proto=6, tcp_dst=80))
        assert wire(match).hex().startswith("80000004")

    @given(order=st.permutations(["in_port", "eth_src", "eth_dst"]))
    def test_a_match_that_was_read_is_sent_in_the_order_it_had(self, order: list[str]) -> None:
        entries = b"".join(wire(Match({name: 1})) for name in order)
        flow = encode(FlowMod(), V1_3)[:48]
        match = b"\0\1" + (4 + len(entries)).to_bytes(2, "big") + entries
        data = flow + match + bytes(-len(match) % 8)
        data = data[:2] + len(data).to_bytes(2, "big") + data[4:]
        assert encode(decode(data), V1_3) == data

    def test_two_experimenters_may_use_one_number(self) -> None:
        match = Match({"0xffff:00000001.5": b"\0\0\0\1", "0xffff:00000002.5": b"\0\0\0\2"})
        assert decode(encode(FlowMod(match), V1_3)) == FlowMod(match)

    def test_a_mask_of_all_ones_is_none(self) -> None:
        entry = bytes.fromhex("0001 0010 8000 17 08 0a000001 ffffffff")
        data = encode(FlowMod(), V1_3)[:48] + entry
        flow = decode(data[:2] + len(data).to_bytes(2, "big") + data[4:])
        assert isinstance(flow, FlowMod)
        assert flow.match == Match(ipv4_src="10.0.0.1")
