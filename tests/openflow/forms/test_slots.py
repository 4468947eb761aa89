"""Matches of fixed size: what 1.0's and 1.1's have in common. What their bytes mean is tested for each by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openflow import EncodeError, FlowMod, Match, Unsupported, decode, encode
from openflow.forms import fixed_match, standard_match
from openflow.versions import V1_0, V1_1, V1_3, Version
from tests.openflow.match_strategies import consistent_matches, fixed_matches, standard_matches


class Kind(NamedTuple):
    """A version's match."""

    size: int
    head: bytes
    """What each begins with."""
    reader: Callable[[bytes, int, int], tuple[Match, int]]
    writer: Callable[[Match, bytearray], None]
    sayable: st.SearchStrategy[Match]

    def read(self, data: bytes) -> Match:
        match, stop = self.reader(data, 0, len(data))
        assert stop == self.size
        return match

    def written(self, match: Match) -> bytes:
        out = bytearray()
        self.writer(match, out)
        return bytes(out)


FIXED = Kind(
    fixed_match.SIZE,
    b"",
    fixed_match.read_fixed_match,
    fixed_match.write_fixed_match,
    fixed_matches(),
)
STANDARD = Kind(
    standard_match.SIZE,
    b"\0\0\0\x58",
    standard_match.read_standard_match,
    standard_match.write_standard_match,
    standard_matches(),
)

every_kind = pytest.mark.parametrize("kind", [FIXED, STANDARD], ids=["fixed", "standard"])


@every_kind
class TestBytes:
    @given(data=st.data())
    def test_a_match_survives(self, kind: Kind, data: st.DataObject) -> None:
        match = data.draw(kind.sayable)
        assert kind.read(kind.written(match)) == match

    @settings(max_examples=300)
    @given(data=st.data())
    def test_any_bytes_go_out_as_they_came_in(self, kind: Kind, data: st.DataObject) -> None:
        rest = kind.size - len(kind.head)
        raw = kind.head + data.draw(st.binary(min_size=rest, max_size=rest))
        assert kind.written(kind.read(raw)) == raw

    @given(match=consistent_matches())
    def test_what_is_written_is_read_again_or_refused_by_name(
        self, kind: Kind, match: Match
    ) -> None:
        refused = None
        try:
            data = kind.written(match)
        except EncodeError as error:
            refused = error.field
        assert refused in match if refused else kind.read(data) == match


@pytest.mark.parametrize(("version", "other"), [(V1_0, V1_1), (V1_1, V1_0), (V1_1, V1_3)])
def test_the_bytes_of_another_version_are_not_taken_for_its_own(
    version: Version, other: Version
) -> None:
    message = decode(encode(FlowMod(Match(eth_src=7)), version))
    again = decode(encode(message, other))
    assert isinstance(again, FlowMod)
    assert again.match == Match(eth_src=7)


IPV4, ARP, IPV6 = {"eth_type": 0x0800}, {"eth_type": 0x0806}, {"eth_type": 0x86DD}
# versions, the match, the field at fault
UNSUPPORTED: dict[str, tuple[tuple[Version, ...], dict[str, Any], str]] = {
    "an address of IPv6": ((V1_0, V1_1), IPV6 | {"ipv6_src": 1}, "ipv6_src"),
    "an ECN": ((V1_0, V1_1), IPV4 | {"ip_ecn": 1}, "ip_ecn"),
    "metadata": ((V1_0,), {"metadata": 1}, "metadata"),
    "an unknown field": ((V1_0, V1_1), {"0x0001.31": b"\0"}, "0x0001.31"),
    "some bits of an Ethernet address": ((V1_0,), {"eth_dst": (1, 1)}, "eth_dst"),
    "some bits of a type": ((V1_0, V1_1), {"eth_type": (0x800, 0xF00)}, "eth_type"),
    "a mask that is no prefix": ((V1_0,), IPV4 | {"ipv4_src": (1, 1)}, "ipv4_src"),
    "some bits of a VLAN id": ((V1_0, V1_1), {"vlan_vid": (0x1001, 0x1001)}, "vlan_vid"),
    "any tag, without its priority": ((V1_0,), {"vlan_vid": (0x1000, 0x1000)}, "vlan_vid"),
    "a port that takes more than sixteen bits": ((V1_0,), {"in_port": 70000}, "in_port"),
    "a wide ARP opcode": ((V1_0, V1_1), ARP | {"arp_op": 0x100}, "arp_op"),
}


@pytest.mark.parametrize(
    ("version", "fields", "name"),
    [
        pytest.param(version, fields, name, id=f"{version}, {words}")
        for words, (versions, fields, name) in UNSUPPORTED.items()
        for version in versions
    ],
)
def test_what_a_version_cannot_match_is_unsupported_by_name(
    version: Version, fields: dict[str, Any], name: str
) -> None:
    with pytest.raises(Unsupported) as refused:
        encode(FlowMod(Match(fields)), version)
    assert (refused.value.message, refused.value.field) == ("FlowMod", f"match.{name}")


@pytest.mark.parametrize("version", [V1_0, V1_1], ids=str)
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"ipv4_src": 1}, "ipv4_src"),
        ({"ip_proto": 6}, "ip_proto"),
        (IPV4 | {"tcp_dst": 80}, "tcp_dst"),
        (IPV4 | {"ip_proto": 17, "tcp_dst": 80}, "tcp_dst"),
        ({"vlan_pcp": 1}, "vlan_pcp"),
        ({"vlan_vid": 0, "vlan_pcp": 1}, "vlan_pcp"),
    ],
)
def test_a_field_that_would_be_ignored_is_refused_rather_than_sent(
    version: Version, fields: dict[str, Any], name: str
) -> None:
    with pytest.raises(EncodeError, match="ignores it unless") as refused:
        encode(FlowMod(Match(fields)), version)
    assert (refused.value.message, refused.value.field) == ("FlowMod", f"match.{name}")


@pytest.mark.parametrize("version", [V1_0, V1_1], ids=str)
def test_a_vlan_id_without_its_present_bit_is_refused_rather_than_sent_as_no_tag(
    version: Version,
) -> None:
    with pytest.raises(EncodeError, match="lacks the bit OFPVID_PRESENT") as refused:
        encode(FlowMod(Match(vlan_vid=5)), version)
    assert (refused.value.message, refused.value.field) == ("FlowMod", "match.vlan_vid")
