"""The match fields of Nicira and ONF, which stand beside OpenFlow's own (ovs-fields(7)).

They are named as in Open vSwitch: `reg0`, `ct_state`, `tun_src`. NXM, the format that OXM was made from, numbers the
headers of packets otherwise; those fields have the name of their header, `nxm_of_eth_dst`, since `eth_dst` is OXM's.
Our switch matches none of these.
"""

from __future__ import annotations

from openflow.fields import KNOWN, OXM_CLASS_EXPERIMENTER, Field, Form
from openflow.forms.oxm import add_field
from openflow.vendors import NICIRA, NICIRA_NSH, ONF
from openflow.versions import V1_3, V1_4

_NXM_0, _NXM_1, _ERICSSON, _PACKET_REGS = 0x0000, 0x0001, 0x1000, 0x8001
_DEC, _HEX, _MAC, _V4, _V6 = Form.DECIMAL, Form.HEX, Form.MAC, Form.IPV4, Form.IPV6
_MASK, _EXACT = True, False

Row = tuple[str, int, int, bool, Form]
"""Name, number, bits, maskable, form."""

_OF_CLASS: dict[int, tuple[Row, ...]] = {
    _NXM_0: (
        ("nxm_of_in_port", 0, 16, _EXACT, _DEC),
        ("nxm_of_eth_dst", 1, 48, _MASK, _MAC),
        ("nxm_of_eth_src", 2, 48, _MASK, _MAC),
        ("nxm_of_eth_type", 3, 16, _EXACT, _HEX),
        ("vlan_tci", 4, 16, _MASK, _HEX),
        ("nw_tos", 5, 8, _EXACT, _DEC),
        ("nxm_of_ip_proto", 6, 8, _EXACT, _DEC),
        ("nxm_of_ip_src", 7, 32, _MASK, _V4),
        ("nxm_of_ip_dst", 8, 32, _MASK, _V4),
        ("nxm_of_tcp_src", 9, 16, _MASK, _DEC),
        ("nxm_of_tcp_dst", 10, 16, _MASK, _DEC),
        ("nxm_of_udp_src", 11, 16, _MASK, _DEC),
        ("nxm_of_udp_dst", 12, 16, _MASK, _DEC),
        ("nxm_of_icmp_type", 13, 8, _EXACT, _DEC),
        ("nxm_of_icmp_code", 14, 8, _EXACT, _DEC),
        ("nxm_of_arp_op", 15, 16, _EXACT, _DEC),
        ("nxm_of_arp_spa", 16, 32, _MASK, _V4),
        ("nxm_of_arp_tpa", 17, 32, _MASK, _V4),
    ),
    _NXM_1: (
        *((f"reg{n}", n, 32, _MASK, _HEX) for n in range(16)),
        ("tun_id", 16, 64, _MASK, _HEX),
        ("nxm_nx_arp_sha", 17, 48, _MASK, _MAC),
        ("nxm_nx_arp_tha", 18, 48, _MASK, _MAC),
        ("nxm_nx_ipv6_src", 19, 128, _MASK, _V6),
        ("nxm_nx_ipv6_dst", 20, 128, _MASK, _V6),
        ("nxm_nx_icmpv6_type", 21, 8, _EXACT, _DEC),
        ("nxm_nx_icmpv6_code", 22, 8, _EXACT, _DEC),
        ("nxm_nx_nd_target", 23, 128, _MASK, _V6),
        ("nxm_nx_nd_sll", 24, 48, _MASK, _MAC),
        ("nxm_nx_nd_tll", 25, 48, _MASK, _MAC),
        ("ip_frag", 26, 8, _MASK, _DEC),
        ("nxm_nx_ipv6_label", 27, 20, _MASK, _HEX),
        ("nxm_nx_ip_ecn", 28, 8, _EXACT, _DEC),
        ("nw_ttl", 29, 8, _EXACT, _DEC),
        ("mpls_ttl", 30, 8, _EXACT, _DEC),
        ("nxm_nx_cookie", 30, 64, _MASK, _HEX),
        ("tun_src", 31, 32, _MASK, _V4),
        ("tun_dst", 32, 32, _MASK, _V4),
        ("pkt_mark", 33, 32, _MASK, _HEX),
        ("nxm_nx_tcp_flags", 34, 12, _MASK, _HEX),
        ("dp_hash", 35, 32, _MASK, _HEX),
        ("recirc_id", 36, 32, _EXACT, _DEC),
        ("conj_id", 37, 32, _EXACT, _DEC),
        ("tun_gbp_id", 38, 16, _MASK, _DEC),
        ("tun_gbp_flags", 39, 8, _MASK, _HEX),
        *((f"tun_metadata{n}", 40 + n, 992, _MASK, _HEX) for n in range(64)),
        ("tun_flags", 104, 16, _MASK, _HEX),
        ("ct_state", 105, 32, _MASK, _HEX),
        ("ct_zone", 106, 16, _EXACT, _HEX),
        ("ct_mark", 107, 32, _MASK, _HEX),
        ("ct_label", 108, 128, _MASK, _HEX),
        ("tun_ipv6_src", 109, 128, _MASK, _V6),
        ("tun_ipv6_dst", 110, 128, _MASK, _V6),
        *((f"xxreg{n}", 111 + n, 128, _MASK, _HEX) for n in range(8)),
        ("ct_nw_proto", 119, 8, _EXACT, _DEC),
        ("ct_nw_src", 120, 32, _MASK, _V4),
        ("ct_nw_dst", 121, 32, _MASK, _V4),
        ("ct_ipv6_src", 122, 128, _MASK, _V6),
        ("ct_ipv6_dst", 123, 128, _MASK, _V6),
        ("ct_tp_src", 124, 16, _MASK, _DEC),
        ("ct_tp_dst", 125, 16, _MASK, _DEC),
    ),
    _ERICSSON: (
        ("nd_reserved", 1, 32, _EXACT, _DEC),
        ("nd_options_type", 2, 8, _EXACT, _DEC),
    ),
    _PACKET_REGS: tuple((f"xreg{n}", n, 64, _MASK, _HEX) for n in range(8)),
}

_OF_EXPERIMENTER: dict[int, tuple[Row, ...]] = {
    NICIRA: (
        ("nxoxm_et_dp_hash", 0, 32, _MASK, _HEX),
        ("tun_erspan_idx", 11, 20, _MASK, _HEX),
        ("tun_erspan_ver", 12, 8, _MASK, _DEC),
        ("tun_erspan_dir", 13, 8, _MASK, _DEC),
        ("tun_erspan_hwid", 14, 8, _MASK, _HEX),
        ("tun_gtpu_flags", 15, 8, _MASK, _HEX),
        ("tun_gtpu_msgtype", 16, 8, _MASK, _DEC),
    ),
    NICIRA_NSH: (
        ("nsh_flags", 1, 8, _MASK, _DEC),
        ("nsh_mdtype", 2, 8, _EXACT, _DEC),
        ("nsh_np", 3, 8, _EXACT, _DEC),
        ("nsh_spi", 4, 24, _EXACT, _HEX),
        ("nsh_si", 5, 8, _EXACT, _DEC),
        *((f"nsh_c{n}", 5 + n, 32, _MASK, _HEX) for n in range(1, 5)),
        ("nsh_ttl", 10, 8, _EXACT, _DEC),
    ),
}

_WIDTHS = {"nsh_spi": 4}
"""Bytes that a field takes where its bits need fewer."""

_ONF_UNTIL_1_4 = ("tcp_flags", "actset_output")
"""Fields of 1.5 that ONF had before, by the same numbers."""

_READ_ONLY = frozenset({"ct_state", "ct_zone", "recirc_id", "conj_id", "dp_hash", "ip_frag"})


def _known(row: Row, oxm_class: int, experimenter: int = 0) -> None:
    name, number, bits, maskable, form = row
    writable = name not in _READ_ONLY
    width = _WIDTHS.get(name, 0)
    field = Field(
        name, number, bits, maskable, form, (), "", writable, oxm_class, experimenter, width
    )
    add_field(field)


def _known_before(name: str) -> None:
    later = KNOWN[name]
    field = Field(
        name,
        later.number,
        later.bits,
        later.maskable,
        later.form,
        later.prerequisites,
        "",
        later.writable,
        OXM_CLASS_EXPERIMENTER,
        ONF,
        since=V1_3,
        until=V1_4,
    )
    add_field(field)


for _class, _rows in _OF_CLASS.items():
    for _row in _rows:
        _known(_row, _class)
for _experimenter, _rows in _OF_EXPERIMENTER.items():
    for _row in _rows:
        _known(_row, OXM_CLASS_EXPERIMENTER, _experimenter)
for _name in _ONF_UNTIL_1_4:
    _known_before(_name)
