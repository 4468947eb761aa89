"""Matches as Nicira's messages on 1.0 have them: NXM numbers the headers of packets otherwise than OXM (nicira-ext.h).

A field without a number in NXM keeps OXM's, as in Open vSwitch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openflow import ErrorCode, Match, OpenFlowError, PortNo
from openflow.constants import OFPVID_PRESENT
from openflow.fields import KNOWN

_NAMES: dict[str, str] = {
    **{
        f"nxm_of_{name}": name
        for name in (
            *("eth_dst", "eth_src", "eth_type", "ip_proto", "tcp_src", "tcp_dst"),
            *("udp_src", "udp_dst", "arp_op", "arp_spa", "arp_tpa"),
        )
    },
    **{
        f"nxm_nx_{name}": name
        for name in (
            *("arp_sha", "arp_tha", "ipv6_src", "ipv6_dst", "icmpv6_type", "icmpv6_code"),
            "ip_ecn",
        )
    },
    "nxm_of_ip_src": "ipv4_src",
    "nxm_of_ip_dst": "ipv4_dst",
    "nxm_of_icmp_type": "icmpv4_type",
    "nxm_of_icmp_code": "icmpv4_code",
    "nxm_nx_ipv6_label": "ipv6_flabel",
    "nxm_nx_nd_target": "ipv6_nd_target",
    "nxm_nx_nd_sll": "ipv6_nd_sll",
    "nxm_nx_nd_tll": "ipv6_nd_tll",
}
"""Names of fields that are the same but for their numbers."""

_NXM_OF = {name: nxm for nxm, name in _NAMES.items()}

_RESERVED = 0xFF00
"""The first of 1.0's reserved ports; the others count the same ones up to 2^32."""

_UPPER = 0xFFFF_0000
_VID, _PCP = 0x1FFF, 0xE000
_DSCP_SHIFT = 2

Masked = tuple[str, int, int]
"""A field's name, value and mask."""


def to_nxm(match: Match) -> Match:
    """The match with NXM's fields in the place of OXM's."""
    vlan: list[tuple[int, int]] = []
    fields: list[Masked] = []
    for name, value, mask in _fields(match):
        match name:
            case "in_port":
                fields.append(("nxm_of_in_port", value & 0xFFFF, 0xFFFF))
            case "ip_dscp":
                fields.append(("nw_tos", value << _DSCP_SHIFT, 0xFF))
            case "vlan_vid":
                vlan.append((value, mask if value or mask != _VID else 0xFFFF))
            case "vlan_pcp":
                vlan.append((value << 13, _PCP))
            case _:
                fields.append(_renamed(name, _NXM_OF.get(name, name), value, mask))
    if vlan:
        value, mask = (sum(part) for part in zip(*vlan, strict=True))
        fields.append(("vlan_tci", value, mask))
    return _match(fields)


def from_nxm(match: Match) -> Match:
    """The match with OXM's fields in the place of NXM's. Raises OpenFlowError for what OXM's cannot hold."""
    try:
        return _match(one for field in _fields(match) for one in _of_oxm(*field))
    except ValueError as error:
        raise OpenFlowError(ErrorCode.BAD_MATCH__BAD_VALUE, str(error)) from None


def _of_oxm(name: str, value: int, mask: int) -> Iterator[Masked]:
    match name:
        case "nxm_of_in_port":
            yield "in_port", value | _UPPER if value >= _RESERVED else value, int(PortNo.ANY)
        case "nw_tos":
            yield "ip_dscp", value >> _DSCP_SHIFT, 0x3F
        case "vlan_tci":
            if mask & _VID:
                yield "vlan_vid", value & _VID, mask & _VID
            if mask & _PCP and value & OFPVID_PRESENT:
                yield "vlan_pcp", value >> 13, 7
        case _:
            yield _renamed(name, _NAMES.get(name, name), value, mask)


def _fields(match: Match) -> Iterator[Masked]:
    for name in match:
        yield name, *match.masked(name)


def _renamed(name: str, other: str, value: int, mask: int) -> Masked:
    """A field under another name; some have more bits there."""
    return other, value, _ones(other) if mask == _ones(name) else mask


def _ones(name: str) -> int:
    return (1 << KNOWN[name].bits) - 1


def _match(fields: Iterable[Masked]) -> Match:
    found = {name: value if mask == _ones(name) else (value, mask) for name, value, mask in fields}
    return Match(found)
