"""Matches in NXM, as Nicira's messages on 1.0 have them."""

from __future__ import annotations

import pytest

from ofswitch.agent.nxm import from_nxm, to_nxm
from openflow import ErrorCode, Match, OpenFlowError, PortNo


@pytest.mark.parametrize(
    ("match", "nxm"),
    [
        (Match(), Match()),
        (Match(in_port=3), Match(nxm_of_in_port=3)),
        (Match(in_port=PortNo.LOCAL), Match(nxm_of_in_port=0xFFFE)),
        (
            Match(eth_src=(2, 3), eth_type=0x800),
            Match(nxm_of_eth_src=(2, 3), nxm_of_eth_type=0x800),
        ),
        (Match(vlan_vid=0x1005), Match(vlan_tci=(0x1005, 0x1FFF))),
        (Match(vlan_vid=0), Match(vlan_tci=0)),
        (Match(vlan_vid=(0x1000, 0x1000)), Match(vlan_tci=(0x1000, 0x1000))),
        (Match(vlan_vid=0x1005, vlan_pcp=3), Match(vlan_tci=0x7005)),
        (
            Match(vlan_vid=(0x1000, 0x1000), vlan_pcp=3),
            Match(vlan_tci=(0x7000, 0xF000)),
        ),
        (
            Match(ip_dscp=9, ip_ecn=1, ip_proto=6, tcp_dst=80),
            Match(nw_tos=36, nxm_nx_ip_ecn=1, nxm_of_ip_proto=6, nxm_of_tcp_dst=80),
        ),
        (Match(ipv6_flabel=7, ipv6_nd_sll=9), Match(nxm_nx_ipv6_label=7, nxm_nx_nd_sll=9)),
        (Match(sctp_src=7, metadata=(1, 3)), Match(sctp_src=7, metadata=(1, 3))),
    ],
    ids=str,
)
def test_a_match_is_the_same_in_both(match: Match, nxm: Match) -> None:
    assert (to_nxm(match), from_nxm(nxm)) == (nxm, match)


def test_what_oxm_cannot_hold_is_refused() -> None:
    with pytest.raises(OpenFlowError) as caught:
        from_nxm(Match(nxm_nx_ip_ecn=4))
    assert caught.value.code is ErrorCode.BAD_MATCH__BAD_VALUE
