"""Frames made of fields: the fields are theirs, and so are lengths and checksums."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet, inet6
from scapy.layers.l2 import Ether

from ofswitch.trace.compose import SHORTEST, compose
from ofswitch.words.packets import complete
from openflow.fields import FIELDS
from openflow.packet import Packet

KINDS = {
    "tcp": {"ipv4_src", "ipv4_dst", "tcp_src", "tcp_dst", "ip_dscp", "ip_ecn"},
    "udp over IPv6": {"ipv6_src", "ipv6_dst", "udp_src", "udp_dst", "ipv6_flabel", "ip_dscp"},
    "sctp": {"ipv4_src", "sctp_src", "sctp_dst"},
    "icmp": {"ipv4_dst", "icmpv4_type", "icmpv4_code"},
    "nd solicitation": {"ipv6_dst", "ipv6_nd_target", "ipv6_nd_sll"},
    "nd advertisement": {"ipv6_src", "ipv6_nd_target", "ipv6_nd_tll"},
    "arp": {"arp_op", "arp_spa", "arp_tpa", "arp_sha", "arp_tha"},
    "mpls": {"mpls_label", "mpls_tc", "mpls_bos"},
    "pbb": {"pbb_isid"},
}


@st.composite
def fields(draw: st.DrawFn) -> dict[str, int]:
    """Fields that a packet may have together."""
    kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    names = draw(st.sets(st.sampled_from(sorted(kind)), min_size=1))
    chosen = {name: draw(st.integers(0, FIELDS[name].ones)) for name in names}
    chosen["eth_dst"] = draw(st.integers(0, FIELDS["eth_dst"].ones))
    if draw(st.booleans()):
        chosen |= {"vlan_vid": draw(st.integers(0x1000, 0x1FFF)), "vlan_pcp": 5}
    return complete(chosen)


@given(wanted=fields())
def test_a_frame_has_the_fields_that_it_was_made_of(wanted: dict[str, int]) -> None:
    frame = compose(wanted)
    assert Packet(frame).fields().items() >= wanted.items()
    assert len(frame) >= SHORTEST


@pytest.mark.parametrize(
    ("wanted", "layer"),
    [
        ({"ipv4_src": 0x0A000001, "tcp_dst": 80, "nw_ttl": 9}, inet.TCP),
        ({"ipv4_dst": 0x0A000002, "udp_src": 53}, inet.UDP),
        ({"ipv4_dst": 0x0A000002, "icmpv4_type": 8}, inet.ICMP),
        ({"ipv6_dst": 0x20010DB8 << 96 | 2, "tcp_src": 7, "nw_ttl": 1}, inet.TCP),
        ({"ipv6_src": 1, "icmpv6_type": 128}, inet6.ICMPv6EchoRequest),
        ({"ipv6_nd_target": 5, "ipv6_nd_sll": 6}, inet6.ICMPv6ND_NS),
    ],
    ids=str,
)
def test_checksums_are_as_scapy_has_them(wanted: dict[str, int], layer: Any) -> None:
    parsed = Ether(compose(complete(wanted)))
    for part in (parsed.payload, parsed[layer]):
        for name in {"chksum", "cksum"} & set(part.fields):
            found = getattr(part, name)
            part.delfieldval(name)
            assert getattr(Ether(bytes(parsed))[type(part)], name) == found


def test_fields_that_no_packet_has_together_are_refused() -> None:
    with pytest.raises(ValueError, match="no packet with the other fields has tcp_dst=0x50"):
        compose({"eth_type": 0x0806, "tcp_dst": 80})
