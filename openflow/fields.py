"""The match fields of OpenFlow as one table (OpenFlow 1.3.5, 7.2.3.7, table 11; 1.5.1, 7.2.3.8, table 14).

Everything that handles fields reads this table: the OXM codec takes number and width from it, 1.0's fixed match the
slot, the checks prerequisites and masks, text formats the form. A field of the specification is added here and nowhere
else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from openflow import addresses
from openflow.constants import OFPVID_PRESENT
from openflow.versions import V1_0, V1_2, V1_3, V1_4, V1_5, Version

ETH_TYPE_IPV4 = 0x0800
ETH_TYPE_ARP = 0x0806
ETH_TYPE_VLAN = 0x8100
ETH_TYPE_IPV6 = 0x86DD
ETH_TYPE_MPLS = 0x8847
ETH_TYPE_MPLS_MULTICAST = 0x8848
ETH_TYPE_QINQ = 0x88A8
ETH_TYPE_PBB = 0x88E7
ETH_TYPE_NONE = 0x05FF
"""What stands for the type of a frame that has none (802.3 without SNAP; OpenFlow 1.0.2, 5.2.3)."""

IP_PROTO_ICMP, IP_PROTO_TCP, IP_PROTO_UDP, IP_PROTO_ICMPV6, IP_PROTO_SCTP = 1, 6, 17, 58, 132

OXM_CLASS_BASIC = 0x8000
OXM_CLASS_EXPERIMENTER = 0xFFFF

Masked = tuple[int, int]
"""A value and the mask of the bits that count; bits outside the mask are zero in the value."""


class Form(Enum):
    """How a field's values look in text."""

    DECIMAL = "decimal"
    HEX = "hex"
    MAC = "mac"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """What another field must be for a field to make sense."""

    field: str
    values: frozenset[int] | None = None
    bits: int = 0

    def met_by(self, match: Mapping[str, int | Masked | bytes]) -> bool:
        """Whether `match` pins the other field to one of the values (None: to any) with the bits set."""
        value = match.get(self.field)
        if value is None or isinstance(value, bytes):
            return False
        if self.bits:
            ones = value if isinstance(value, int) else value[0] & value[1]
            return ones & self.bits == self.bits
        return self.values is None or value in self.values

    def __str__(self) -> str:
        """What the match must have, for people."""
        if self.bits:
            return f"{self.field} with the bit {self.bits:#x}"
        form = FIELDS[self.field].format
        values = " or ".join(form(value) for value in sorted(self.values or ()))
        return f"{self.field}={values}" if values else self.field


@dataclass(frozen=True)
class Field:
    """One match field; `bits` is its width, `slot` its place in OpenFlow 1.0's fixed match.

    `experimenter` is whose field of the class OXM_CLASS_EXPERIMENTER it is; `width` the bytes that it takes where they
    are more than its bits need; `since` and `until` are the first and the last version that have it so in their OXM.
    """

    name: str
    number: int
    bits: int
    maskable: bool
    form: Form
    prerequisites: tuple[Prerequisite, ...]
    slot: str
    writable: bool
    oxm_class: int = OXM_CLASS_BASIC
    experimenter: int = 0
    width: int = 0
    since: Version = V1_0
    until: Version = V1_5

    @cached_property
    def size(self) -> int:
        """Bytes that a value takes on the wire; the fields of 20 bits take four (table 11)."""
        return self.width or (4 if self.bits == 20 else (self.bits + 7) // 8)

    @cached_property
    def ones(self) -> int:
        """The mask that makes every bit count."""
        return (1 << self.bits) - 1

    @cached_property
    def oxm_header(self) -> int:
        """The 32-bit OXM header of an unmasked value (OpenFlow 1.3.5, 7.2.3.2)."""
        return self.oxm_class << 16 | self.number << 9 | len(self.oxm_id) - 4 + self.size

    @cached_property
    def oxm_id(self) -> bytes:
        """What stands in OXM headers for the field as such: class, number, and the experimenter behind the length."""
        head = (self.oxm_class << 16 | self.number << 9).to_bytes(4, "big")
        experimental = self.oxm_class == OXM_CLASS_EXPERIMENTER
        return head + self.experimenter.to_bytes(4, "big") if experimental else head

    def oxm_head(self, masked: bool = False) -> bytes:
        """All that stands before the value: the header, and the experimenter's number if it is one's."""
        header = self.oxm_header + (self.size + (1 << 8) if masked else 0)
        return header.to_bytes(4, "big") + self.oxm_id[4:]

    @property
    def needed(self) -> str:
        """What must stand in a match beside this field, for people."""
        return " and ".join(map(str, self.prerequisites))

    def parse(self, text: str) -> int:
        """Read one value; raise ValueError, which names the field, when it is none of this field's."""
        try:
            value = _PARSE[self.form](text)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None
        if not 0 <= value <= self.ones:
            raise ValueError(f"{text!r} does not fit {self.name}, which has {self.bits} bits")
        return value

    def format(self, value: int) -> str:
        """Write one value the way people read it."""
        return _FORMAT[self.form](value)


def _parse_number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise ValueError(f"not a number: {text!r}") from None


_PARSE: dict[Form, Callable[[str], int]] = {
    Form.DECIMAL: _parse_number,
    Form.HEX: _parse_number,
    Form.MAC: addresses.parse_mac,
    Form.IPV4: addresses.parse_ipv4,
    Form.IPV6: addresses.parse_ipv6,
}
_FORMAT: dict[Form, Callable[[int], str]] = {
    Form.DECIMAL: str,
    Form.HEX: hex,
    Form.MAC: addresses.format_mac,
    Form.IPV4: addresses.format_ipv4,
    Form.IPV6: addresses.format_ipv6,
}


def _is(field: str, *values: int) -> Prerequisite:
    return Prerequisite(field, frozenset(values) or None)


_IP = (_is("eth_type", ETH_TYPE_IPV4, ETH_TYPE_IPV6),)
_IPV4 = (_is("eth_type", ETH_TYPE_IPV4),)
_IPV6 = (_is("eth_type", ETH_TYPE_IPV6),)
_ARP = (_is("eth_type", ETH_TYPE_ARP),)
_MPLS = (_is("eth_type", ETH_TYPE_MPLS, ETH_TYPE_MPLS_MULTICAST),)
_PBB = (_is("eth_type", ETH_TYPE_PBB),)
_TCP = (*_IP, _is("ip_proto", IP_PROTO_TCP))
_UDP = (*_IP, _is("ip_proto", IP_PROTO_UDP))
_SCTP = (*_IP, _is("ip_proto", IP_PROTO_SCTP))
_ICMPV4 = (*_IPV4, _is("ip_proto", IP_PROTO_ICMP))
_ICMPV6 = (*_IPV6, _is("ip_proto", IP_PROTO_ICMPV6))
_ND = (*_ICMPV6, _is("icmpv6_type", 135, 136))
_ND_SOLICIT = (*_ICMPV6, _is("icmpv6_type", 135))
_ND_ADVERT = (*_ICMPV6, _is("icmpv6_type", 136))
_VLAN = (Prerequisite("vlan_vid", bits=OFPVID_PRESENT),)

_MASK, _EXACT = True, False
_DEC, _HEX, _MAC, _V4, _V6 = Form.DECIMAL, Form.HEX, Form.MAC, Form.IPV4, Form.IPV6

# name, number, bits, maskable, form, prerequisites, slot in OpenFlow 1.0's match
_TABLE: tuple[tuple[str, int, int, bool, Form, tuple[Prerequisite, ...], str], ...] = (
    ("in_port", 0, 32, _EXACT, _DEC, (), "in_port"),
    ("in_phy_port", 1, 32, _EXACT, _DEC, (_is("in_port"),), ""),
    ("metadata", 2, 64, _MASK, _HEX, (), ""),
    ("eth_dst", 3, 48, _MASK, _MAC, (), "dl_dst"),
    ("eth_src", 4, 48, _MASK, _MAC, (), "dl_src"),
    ("eth_type", 5, 16, _EXACT, _HEX, (), "dl_type"),
    ("vlan_vid", 6, 13, _MASK, _HEX, (), "dl_vlan"),
    ("vlan_pcp", 7, 3, _EXACT, _DEC, _VLAN, "dl_vlan_pcp"),
    ("ip_dscp", 8, 6, _EXACT, _DEC, _IP, "nw_tos"),
    ("ip_ecn", 9, 2, _EXACT, _DEC, _IP, ""),
    ("ip_proto", 10, 8, _EXACT, _DEC, _IP, "nw_proto"),
    ("ipv4_src", 11, 32, _MASK, _V4, _IPV4, "nw_src"),
    ("ipv4_dst", 12, 32, _MASK, _V4, _IPV4, "nw_dst"),
    ("tcp_src", 13, 16, _EXACT, _DEC, _TCP, "tp_src"),
    ("tcp_dst", 14, 16, _EXACT, _DEC, _TCP, "tp_dst"),
    ("udp_src", 15, 16, _EXACT, _DEC, _UDP, "tp_src"),
    ("udp_dst", 16, 16, _EXACT, _DEC, _UDP, "tp_dst"),
    ("sctp_src", 17, 16, _EXACT, _DEC, _SCTP, "tp_src"),
    ("sctp_dst", 18, 16, _EXACT, _DEC, _SCTP, "tp_dst"),
    ("icmpv4_type", 19, 8, _EXACT, _DEC, _ICMPV4, "tp_src"),
    ("icmpv4_code", 20, 8, _EXACT, _DEC, _ICMPV4, "tp_dst"),
    ("arp_op", 21, 16, _EXACT, _DEC, _ARP, "nw_proto"),
    ("arp_spa", 22, 32, _MASK, _V4, _ARP, "nw_src"),
    ("arp_tpa", 23, 32, _MASK, _V4, _ARP, "nw_dst"),
    ("arp_sha", 24, 48, _MASK, _MAC, _ARP, ""),
    ("arp_tha", 25, 48, _MASK, _MAC, _ARP, ""),
    ("ipv6_src", 26, 128, _MASK, _V6, _IPV6, ""),
    ("ipv6_dst", 27, 128, _MASK, _V6, _IPV6, ""),
    ("ipv6_flabel", 28, 20, _MASK, _HEX, _IPV6, ""),
    ("icmpv6_type", 29, 8, _EXACT, _DEC, _ICMPV6, "tp_src"),
    ("icmpv6_code", 30, 8, _EXACT, _DEC, _ICMPV6, "tp_dst"),
    ("ipv6_nd_target", 31, 128, _EXACT, _V6, _ND, ""),
    ("ipv6_nd_sll", 32, 48, _EXACT, _MAC, _ND_SOLICIT, ""),
    ("ipv6_nd_tll", 33, 48, _EXACT, _MAC, _ND_ADVERT, ""),
    ("mpls_label", 34, 20, _EXACT, _DEC, _MPLS, ""),
    ("mpls_tc", 35, 3, _EXACT, _DEC, _MPLS, ""),
    ("mpls_bos", 36, 1, _EXACT, _DEC, _MPLS, ""),
    ("pbb_isid", 37, 24, _MASK, _HEX, _PBB, ""),
    ("tunnel_id", 38, 64, _MASK, _HEX, (), ""),
    ("ipv6_exthdr", 39, 9, _MASK, _HEX, _IPV6, ""),
)

_READ_ONLY = frozenset({"in_port", "in_phy_port", "metadata", "ipv6_exthdr"})
"""What SET_FIELD cannot write: they are no header fields (OpenFlow 1.3.5, 7.2.5) or stand for many."""

_OF_1_3 = frozenset({"mpls_bos", "pbb_isid", "tunnel_id", "ipv6_exthdr"})
"""What 1.2 has not; it has the others."""

FIELDS: dict[str, Field] = {
    row[0]: Field(
        *row, writable=row[0] not in _READ_ONLY, since=V1_3 if row[0] in _OF_1_3 else V1_2
    )
    for row in _TABLE
}
"""Every match field of 1.3 by name, in the order of OXM numbers: the catalogue, which our switch matches."""

BY_NUMBER: dict[int, Field] = {field.number: field for field in FIELDS.values()}
"""Every field of the catalogue by its number."""

_LATER = (
    Field("pbb_uca", 41, 1, _EXACT, _DEC, _PBB, "", True, since=V1_4),
    Field("tcp_flags", 42, 12, _MASK, _HEX, _TCP, "", False, since=V1_5),
    Field("actset_output", 43, 32, _EXACT, _DEC, (), "", False, since=V1_5),
    Field("packet_type", 44, 32, _EXACT, _HEX, (), "", False, since=V1_5),
)

EXTENSIONS: dict[str, Field] = {field.name: field for field in _LATER}
"""Match fields of later versions and of experimenters by name: the codec knows them, our switch does not."""

KNOWN: dict[str, Field] = FIELDS | EXTENSIONS
"""The catalogue and the extensions."""

ENCODINGS: list[Field] = list(KNOWN.values())
"""Every way in which some version writes a field: one may be an experimenter's before it is the specification's."""


def add_extension(field: Field) -> None:
    """Make a field known by its name, or another way to write one that is; before anything is encoded."""
    ENCODINGS.append(field)
    EXTENSIONS.setdefault(field.name, field)
    KNOWN.setdefault(field.name, field)


def oxm_fields(version: Version) -> list[Field]:
    """The fields that a version has in OXM; of one that has no OXM of its own, all that experimenters may carry."""
    if version < V1_2:
        return ENCODINGS
    return [field for field in ENCODINGS if field.since <= version <= field.until]


def hint(name: str) -> str:
    """What to add for somebody who names a field that there is not; it may be 1.0's name, or mistyped."""
    meant = _meant_by(name)
    text = f": did you mean {' or '.join(meant)}?" if meant else ""
    return f"{text} VLAN 5 is vlan_vid=0x1005" if "vlan_vid" in meant else text


def formerly(name: str) -> list[str]:
    """The fields that have this name, or had it in 1.0 or elsewhere: `nw_src` was that of two."""
    former = _FORMER.get(name, name)
    had_it = [field.name for field in FIELDS.values() if field.slot == former]
    return had_it or ([former] if former in KNOWN else [])


def _meant_by(name: str) -> list[str]:
    from difflib import get_close_matches

    return formerly(name) or get_close_matches(name, KNOWN, 1)


_FORMER = {
    "ip_src": "nw_src",
    "ip_dst": "nw_dst",
    "ip_tos": "nw_tos",
    "nw_ecn": "ip_ecn",
    "tos": "nw_tos",
    "vlan_tci": "dl_vlan",
}
"""Other names of fields (Open vSwitch's, and what comes to mind), by what 1.0 or the catalogue calls them."""

PIPELINE_FIELDS = ("in_port", "in_phy_port", "metadata", "tunnel_id")
"""Fields that come with a packet but stand in no header (OpenFlow 1.3.5, 7.2.3.9)."""
