"""How a user describes a packet: `in_port=1,eth_dst=00:00:00:00:00:02,tcp,nw_dst=10.0.0.2,tp_dst=80`.

The words are our field names and those that ovs-ofctl has: its names of fields, its shorthands for
protocols. What the words imply is added: with `tcp_dst` a packet is TCP, over IPv4 unless it has a field
of IPv6.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ofswitch.trace.compose import TIMES_TO_LIVE
from openflow.constants import OFPVID_PRESENT
from openflow.fields import (
    ETH_TYPE_ARP,
    ETH_TYPE_IPV4,
    ETH_TYPE_IPV6,
    ETH_TYPE_MPLS,
    ETH_TYPE_MPLS_MULTICAST,
    ETH_TYPE_QINQ,
    ETH_TYPE_VLAN,
    FIELDS,
    IP_PROTO_ICMP,
    IP_PROTO_ICMPV6,
    IP_PROTO_SCTP,
    IP_PROTO_TCP,
    IP_PROTO_UDP,
    KNOWN,
    Field,
    Prerequisite,
)


class Described(NamedTuple):
    """A packet: the number or name of the port it comes in on ("" when that was not said), and its fields."""

    in_port: str
    fields: dict[str, int]


SHORTHANDS: dict[str, dict[str, int]] = {
    "ip": {"eth_type": ETH_TYPE_IPV4},
    "icmp": {"eth_type": ETH_TYPE_IPV4, "ip_proto": IP_PROTO_ICMP},
    "tcp": {"eth_type": ETH_TYPE_IPV4, "ip_proto": IP_PROTO_TCP},
    "udp": {"eth_type": ETH_TYPE_IPV4, "ip_proto": IP_PROTO_UDP},
    "sctp": {"eth_type": ETH_TYPE_IPV4, "ip_proto": IP_PROTO_SCTP},
    "arp": {"eth_type": ETH_TYPE_ARP},
    "ipv6": {"eth_type": ETH_TYPE_IPV6},
    "icmp6": {"eth_type": ETH_TYPE_IPV6, "ip_proto": IP_PROTO_ICMPV6},
    "tcp6": {"eth_type": ETH_TYPE_IPV6, "ip_proto": IP_PROTO_TCP},
    "udp6": {"eth_type": ETH_TYPE_IPV6, "ip_proto": IP_PROTO_UDP},
    "sctp6": {"eth_type": ETH_TYPE_IPV6, "ip_proto": IP_PROTO_SCTP},
    "mpls": {"eth_type": ETH_TYPE_MPLS},
    "mplsm": {"eth_type": ETH_TYPE_MPLS_MULTICAST},
}
"""Protocols, as ovs-ofctl calls them."""

_SLOTS = {
    slot: [field for field in FIELDS.values() if field.slot == slot]
    for slot in dict.fromkeys(field.slot for field in FIELDS.values() if field.slot)
}
"""OpenFlow 1.0's names, each with the fields that it may mean."""

_ALIASES = {
    "ip_src": "nw_src",
    "ip_dst": "nw_dst",
    "nw_ecn": "ip_ecn",
    "ip_ttl": "nw_ttl",
    "icmp_type": "icmpv4_type",
    "icmp_code": "icmpv4_code",
    "nd_target": "ipv6_nd_target",
    "nd_sll": "ipv6_nd_sll",
    "nd_tll": "ipv6_nd_tll",
}
"""Further names of ovs-ofctl's."""

_NOT_GIVEN = {
    "in_phy_port": "it is the same as in_port",
    "metadata": "it is 0 when a packet comes in, and entries write it",
    "tunnel_id": "it is 0 when a packet comes in, and entries write it",
    "ipv6_exthdr": "give such a packet in hexadecimal, with --packet",
}

_TAGS = (ETH_TYPE_VLAN, ETH_TYPE_QINQ)
_TOS_SHIFT = 2
_UNTAGGED_1_0 = 0xFFFF


def parse_packet(text: str) -> Described:
    """Read a packet's description. Raises ValueError with a sentence for the user."""
    pairs = list(_pairs(text))
    given = dict(pairs)
    for name, _ in pairs:
        if [other for other, _ in pairs].count(name) > 1:
            raise ValueError(f"{name} is given twice")
    fields = _shorthand([name for name, value in pairs if value is None])
    in_port = given.pop("in_port", None) or ""
    values = {name: value for name, value in given.items() if value is not None}
    for name in sorted(values, key=_may_mean_several):
        _add(fields, *_read(name, values[name], fields))
    return Described(in_port, complete(fields))


def complete(fields: dict[str, int]) -> dict[str, int]:
    """Add what the fields of a packet need; ValueError where they cannot be together."""
    needed: dict[str, frozenset[int]] = {}
    for name in fields:
        for one in FIELDS[name].prerequisites if name in FIELDS else ():
            if one.bits:
                needed[one.field] = frozenset({fields.get(one.field, 0) | one.bits})
            else:
                needed[one.field] = _both(name, one, needed.get(one.field))
                _agree(name, one, fields)
    return {name: min(values) for name, values in needed.items() if name not in fields} | fields


def _both(name: str, one: Prerequisite, others: frozenset[int] | None) -> frozenset[int]:
    """What satisfies this field and the others."""
    values = one.values or frozenset()
    common = values if others is None else values & others
    if not common:
        raise ValueError(f"{name} needs {one}, which does not go with the other fields")
    return common


def _agree(name: str, one: Prerequisite, fields: dict[str, int]) -> None:
    given = fields.get(one.field)
    if given is not None and one.values is not None and given not in one.values:
        value = FIELDS[one.field].format(given)
        raise ValueError(f"{name} needs {one}, and this packet has {one.field}={value}")


def _pairs(text: str) -> Iterable[tuple[str, str | None]]:
    for word in re.sub(r"\s*=\s*", "=", text.replace(",", " ")).split():
        name, equals, value = word.partition("=")
        yield name.lower(), value if equals else None


def _shorthand(names: list[str]) -> dict[str, int]:
    fields: dict[str, int] = {}
    for name in names:
        if name not in SHORTHANDS:
            known = ", ".join(SHORTHANDS)
            more = f", as in {name}=VALUE" if _is_known(name) else _nearest(name, SHORTHANDS)
            raise ValueError(f"{name!r} is neither FIELD=VALUE nor one of {known}{more}")
        for field, value in SHORTHANDS[name].items():
            _add(fields, field, value)
    return fields


def _read(name: str, text: str, fields: dict[str, int]) -> tuple[str, int]:
    """The field that is meant, and its value."""
    word = _ALIASES.get(name, name)
    if word in _NOT_GIVEN:
        raise ValueError(f"{name} cannot be given: {_NOT_GIVEN[word]}")
    if "/" in text:
        raise ValueError(f"{name}={text}: a packet has one value there, without a mask")
    if word in TIMES_TO_LIVE:
        return word, _octet(name, text)
    field = _field(name, word, fields)
    return field.name, _READ.get(word, field.parse)(text)


def _field(name: str, word: str, fields: dict[str, int]) -> Field:
    """The field that a word means in a packet with these other fields."""
    if word in FIELDS:
        return FIELDS[word]
    if word in KNOWN and word not in _SLOTS:
        raise ValueError(f"this switch does not know {word}")
    meant = [field for field in _SLOTS.get(word, ()) if _fits(field, fields)]
    if not meant and word not in _SLOTS:
        words = [*SHORTHANDS, *FIELDS, *_SLOTS, *_ALIASES, *TIMES_TO_LIVE]
        raise ValueError(f"there is no field {name!r}{_nearest(name, words)}")
    if not meant or (word.startswith("tp_") and len(meant) > 1):
        which = "add tcp, udp, sctp or icmp" if word.startswith("tp_") else "no field goes with it"
        raise ValueError(f"{name} depends on the protocol: {which}")
    return meant[0]


def _fits(field: Field, fields: dict[str, int]) -> bool:
    """Whether nothing that is known of the packet speaks against a field."""
    return all(
        one.values is None or one.field not in fields or fields[one.field] in one.values
        for one in field.prerequisites
    )


def _add(fields: dict[str, int], name: str, value: int) -> None:
    if fields.setdefault(name, value) != value:
        form = FIELDS[name].format if name in FIELDS else str
        raise ValueError(f"{name} cannot be both {form(fields[name])} and {form(value)}")


def _may_mean_several(word: str) -> bool:
    """Such words are read last, when the others have said which protocol it is."""
    return len(_SLOTS.get(_ALIASES.get(word, word), ())) > 1


def _eth_type(text: str) -> int:
    value = FIELDS["eth_type"].parse(text)
    if value in _TAGS:
        raise ValueError(f"eth_type={text}: say vlan_vid=5 for a tag, and the type behind it here")
    return value


def _vlan_vid(text: str) -> int:
    """A VLAN's number, with the bit that says there is a tag or without; 0 is no tag."""
    value = FIELDS["vlan_vid"].parse(text)
    return value | OFPVID_PRESENT if value else 0


def _dl_vlan(text: str) -> int:
    value = FIELDS["eth_type"].parse(text)
    if value == _UNTAGGED_1_0:
        return 0
    if value >= OFPVID_PRESENT:
        raise ValueError(f"dl_vlan={text}: a VLAN has a number from 0 to 4095")
    return value | OFPVID_PRESENT


def _octet(name: str, text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= value <= 0xFF:
        raise ValueError(f"{name}={text}: write a number from 0 to 255")
    return value


_READ: dict[str, Callable[[str], int]] = {
    "eth_type": _eth_type,
    "dl_type": _eth_type,
    "vlan_vid": _vlan_vid,
    "dl_vlan": _dl_vlan,
    "nw_tos": lambda text: _octet("nw_tos", text) >> _TOS_SHIFT,
}
"""Words whose values are not written as the field's are, or not only."""


def _is_known(name: str) -> bool:
    return name in FIELDS or name in _SLOTS or name in _ALIASES or name in TIMES_TO_LIVE


def _nearest(name: str, words: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(words), 1)
    return f": did you mean {near[0]}?" if near else ""
