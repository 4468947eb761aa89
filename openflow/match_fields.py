"""What a match may be given, for editors and type checkers: the name of each field, and whether it takes a mask.

`openflow.fields` is the table of what the fields are; nothing reads this one while a program runs. A test sees to it
that both say the same.
"""

from __future__ import annotations

from typing import TypedDict

Exact = int | str
"""A value: an int, or text as `Match.parse` reads it, such as `"00:00:00:00:00:01"`."""

Maskable = Exact | tuple[Exact, Exact]
"""The same, or a value and a mask: `"10.0.0.0/8"`, or `(0x0a000000, 0xff000000)`."""


class OpenFlowFields(TypedDict, total=False):
    """The specification's (OpenFlow 1.3.5, 7.2.3.7; 1.5.1, 7.2.3.8)."""

    in_port: Exact
    in_phy_port: Exact
    metadata: Maskable
    eth_dst: Maskable
    eth_src: Maskable
    eth_type: Exact
    vlan_vid: Maskable
    vlan_pcp: Exact
    ip_dscp: Exact
    ip_ecn: Exact
    ip_proto: Exact
    ipv4_src: Maskable
    ipv4_dst: Maskable
    tcp_src: Exact
    tcp_dst: Exact
    udp_src: Exact
    udp_dst: Exact
    sctp_src: Exact
    sctp_dst: Exact
    icmpv4_type: Exact
    icmpv4_code: Exact
    arp_op: Exact
    arp_spa: Maskable
    arp_tpa: Maskable
    arp_sha: Maskable
    arp_tha: Maskable
    ipv6_src: Maskable
    ipv6_dst: Maskable
    ipv6_flabel: Maskable
    icmpv6_type: Exact
    icmpv6_code: Exact
    ipv6_nd_target: Exact
    ipv6_nd_sll: Exact
    ipv6_nd_tll: Exact
    mpls_label: Exact
    mpls_tc: Exact
    mpls_bos: Exact
    pbb_isid: Maskable
    tunnel_id: Maskable
    ipv6_exthdr: Maskable
    pbb_uca: Exact
    tcp_flags: Maskable
    actset_output: Exact
    packet_type: Exact


class NiciraFields(TypedDict, total=False):
    """Those of Nicira and Ericsson as Open vSwitch knows them (ovs-fields(7); `openflow.experimenters.fields`)."""

    nxm_of_in_port: Exact
    nxm_of_eth_dst: Maskable
    nxm_of_eth_src: Maskable
    nxm_of_eth_type: Exact
    vlan_tci: Maskable
    nw_tos: Exact
    nxm_of_ip_proto: Exact
    nxm_of_ip_src: Maskable
    nxm_of_ip_dst: Maskable
    nxm_of_tcp_src: Maskable
    nxm_of_tcp_dst: Maskable
    nxm_of_udp_src: Maskable
    nxm_of_udp_dst: Maskable
    nxm_of_icmp_type: Exact
    nxm_of_icmp_code: Exact
    nxm_of_arp_op: Exact
    nxm_of_arp_spa: Maskable
    nxm_of_arp_tpa: Maskable
    tun_id: Maskable
    nxm_nx_arp_sha: Maskable
    nxm_nx_arp_tha: Maskable
    nxm_nx_ipv6_src: Maskable
    nxm_nx_ipv6_dst: Maskable
    nxm_nx_icmpv6_type: Exact
    nxm_nx_icmpv6_code: Exact
    nxm_nx_nd_target: Maskable
    nxm_nx_nd_sll: Maskable
    nxm_nx_nd_tll: Maskable
    ip_frag: Maskable
    nxm_nx_ipv6_label: Maskable
    nxm_nx_ip_ecn: Exact
    nw_ttl: Exact
    mpls_ttl: Exact
    nxm_nx_cookie: Maskable
    tun_src: Maskable
    tun_dst: Maskable
    pkt_mark: Maskable
    nxm_nx_tcp_flags: Maskable
    dp_hash: Maskable
    recirc_id: Exact
    conj_id: Exact
    tun_gbp_id: Maskable
    tun_gbp_flags: Maskable
    tun_flags: Maskable
    ct_state: Maskable
    ct_zone: Exact
    ct_mark: Maskable
    ct_label: Maskable
    tun_ipv6_src: Maskable
    tun_ipv6_dst: Maskable
    ct_nw_proto: Exact
    ct_nw_src: Maskable
    ct_nw_dst: Maskable
    ct_ipv6_src: Maskable
    ct_ipv6_dst: Maskable
    ct_tp_src: Maskable
    ct_tp_dst: Maskable
    nd_reserved: Exact
    nd_options_type: Exact
    nxoxm_et_dp_hash: Maskable
    tun_erspan_idx: Maskable
    tun_erspan_ver: Maskable
    tun_erspan_dir: Maskable
    tun_erspan_hwid: Maskable
    tun_gtpu_flags: Maskable
    tun_gtpu_msgtype: Maskable
    nsh_flags: Maskable
    nsh_mdtype: Exact
    nsh_np: Exact
    nsh_spi: Exact
    nsh_si: Exact
    nsh_c1: Maskable
    nsh_c2: Maskable
    nsh_c3: Maskable
    nsh_c4: Maskable
    nsh_ttl: Exact


# fmt: off
NumberedFields = TypedDict("NumberedFields", {  # noqa: UP013
    "reg0": Maskable, "reg1": Maskable, "reg2": Maskable, "reg3": Maskable, "reg4": Maskable,
    "reg5": Maskable, "reg6": Maskable, "reg7": Maskable, "reg8": Maskable, "reg9": Maskable,
    "reg10": Maskable, "reg11": Maskable, "reg12": Maskable, "reg13": Maskable, "reg14": Maskable,
    "reg15": Maskable,
    "xreg0": Maskable, "xreg1": Maskable, "xreg2": Maskable, "xreg3": Maskable,
    "xreg4": Maskable, "xreg5": Maskable, "xreg6": Maskable, "xreg7": Maskable,
    "xxreg0": Maskable, "xxreg1": Maskable, "xxreg2": Maskable, "xxreg3": Maskable,
    "xxreg4": Maskable, "xxreg5": Maskable, "xxreg6": Maskable, "xxreg7": Maskable,
    "tun_metadata0": Maskable, "tun_metadata1": Maskable, "tun_metadata2": Maskable,
    "tun_metadata3": Maskable, "tun_metadata4": Maskable, "tun_metadata5": Maskable,
    "tun_metadata6": Maskable, "tun_metadata7": Maskable, "tun_metadata8": Maskable,
    "tun_metadata9": Maskable, "tun_metadata10": Maskable, "tun_metadata11": Maskable,
    "tun_metadata12": Maskable, "tun_metadata13": Maskable, "tun_metadata14": Maskable,
    "tun_metadata15": Maskable, "tun_metadata16": Maskable, "tun_metadata17": Maskable,
    "tun_metadata18": Maskable, "tun_metadata19": Maskable, "tun_metadata20": Maskable,
    "tun_metadata21": Maskable, "tun_metadata22": Maskable, "tun_metadata23": Maskable,
    "tun_metadata24": Maskable, "tun_metadata25": Maskable, "tun_metadata26": Maskable,
    "tun_metadata27": Maskable, "tun_metadata28": Maskable, "tun_metadata29": Maskable,
    "tun_metadata30": Maskable, "tun_metadata31": Maskable, "tun_metadata32": Maskable,
    "tun_metadata33": Maskable, "tun_metadata34": Maskable, "tun_metadata35": Maskable,
    "tun_metadata36": Maskable, "tun_metadata37": Maskable, "tun_metadata38": Maskable,
    "tun_metadata39": Maskable, "tun_metadata40": Maskable, "tun_metadata41": Maskable,
    "tun_metadata42": Maskable, "tun_metadata43": Maskable, "tun_metadata44": Maskable,
    "tun_metadata45": Maskable, "tun_metadata46": Maskable, "tun_metadata47": Maskable,
    "tun_metadata48": Maskable, "tun_metadata49": Maskable, "tun_metadata50": Maskable,
    "tun_metadata51": Maskable, "tun_metadata52": Maskable, "tun_metadata53": Maskable,
    "tun_metadata54": Maskable, "tun_metadata55": Maskable, "tun_metadata56": Maskable,
    "tun_metadata57": Maskable, "tun_metadata58": Maskable, "tun_metadata59": Maskable,
    "tun_metadata60": Maskable, "tun_metadata61": Maskable, "tun_metadata62": Maskable,
    "tun_metadata63": Maskable,
}, total=False)
# fmt: on
"""Nicira's registers, and the options of tunnels."""


class MatchFields(OpenFlowFields, NiciraFields, NumberedFields, total=False):
    """All of them."""
