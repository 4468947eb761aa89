"""Words for fields: `tcp,nw_dst=10.0.0.2,tp_dst=80`.

They are our field names and those that ovs-ofctl has: its names of fields, its shorthands for protocols.
Whoever reads a text takes out of it first what is no field (`split`, `take`), then has the fields read
(`read`), and adds what these imply (`needed`): with `tcp_dst` it is TCP, over IPv4 unless there is a field
of IPv6. Whatever is wrong raises ValueError with a sentence for the user.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

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
from openflow.match import format_value

Given = dict[str, str | None]
"""The words of a text, in their order, with their values; None for a word that stands alone."""

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
    "tun_id": "tunnel_id",
}
"""Further names of ovs-ofctl's."""

_TAGS = (ETH_TYPE_VLAN, ETH_TYPE_QINQ)
_TOS_SHIFT = 2
_UNTAGGED_1_0 = 0xFFFF

T = TypeVar("T")
Read = Callable[[str, str, Mapping[str, Any]], tuple[str, T]]
"""What a word, its value, and the fields so far amount to: a field and what it is."""


def split(text: str) -> Given:
    """Take a text apart into its words, which commas or blanks separate."""
    given: Given = {}
    for word in re.sub(r"\s*=\s*", "=", text.replace(",", " ")).split():
        name, equals, value = word.partition("=")
        name = name.lower()
        if name in given:
            raise ValueError(f"{name} is given twice")
        given[name] = value if equals else None
    return given


def take(given: Given, name: str) -> str:
    """Take one word out, and return its value; empty when it was not given."""
    if name not in given:
        return ""
    value = given.pop(name)
    if not value:
        raise ValueError(f"{name} needs a value, as in {name}=VALUE")
    return value


def read(given: Given, one: Read[T], further: Iterable[str] = ()) -> dict[str, int | T]:
    """Read protocols and fields, each of these by `one`; it may know `further` words than fields' names."""
    fields: dict[str, int | T] = {}
    for name in (name for name, value in given.items() if value is None):
        for field, number in _shorthand(name, further).items():
            _add(fields, field, number)
    for name, value in sorted(given.items(), key=lambda pair: _may_mean_several(pair[0])):
        if value is not None:
            _add(fields, *one(name, value, fields))
    return fields


def field_of(name: str, fields: Mapping[str, Any], further: Iterable[str] = ()) -> Field:
    """The field that a word means where there are these others."""
    word = plain(name)
    if word in FIELDS:
        return FIELDS[word]
    if word in KNOWN and word not in _SLOTS:
        raise ValueError(f"this switch does not know {word}")
    meant = [field for field in _SLOTS.get(word, ()) if _fits(field, fields)]
    if not meant and word not in _SLOTS:
        words = [*SHORTHANDS, *FIELDS, *_SLOTS, *_ALIASES, *further]
        raise ValueError(f"there is no field {name!r}{_nearest(name, words)}")
    if not meant or (word.startswith("tp_") and len(meant) > 1):
        which = "add tcp, udp, sctp or icmp" if word.startswith("tp_") else "no field goes with it"
        raise ValueError(f"{name} depends on the protocol: {which}")
    return meant[0]


def plain(name: str) -> str:
    """A word, or the one that it is another name for."""
    return _ALIASES.get(name, name)


def value_of(name: str, field: Field, text: str) -> int:
    """Read the value of a field, which a word has named."""
    return _READ.get(plain(name), field.parse)(text)


def needed(fields: Mapping[str, Any]) -> dict[str, int]:
    """What these fields need and is not among them; ValueError where they cannot be together."""
    found: dict[str, frozenset[int]] = {}
    for name in fields:
        for one in FIELDS[name].prerequisites if name in FIELDS else ():
            if one.bits:
                found[one.field] = frozenset({one.bits})
            else:
                found[one.field] = _both(name, one, found.get(one.field))
                _agree(name, one, fields)
    return {name: min(values) for name, values in found.items() if name not in fields}


def octet(name: str, text: str) -> int:
    """Read a number of eight bits."""
    value = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= value <= 0xFF:
        raise ValueError(f"{name}={text}: write a number from 0 to 255")
    return value


def _both(name: str, one: Prerequisite, others: frozenset[int] | None) -> frozenset[int]:
    """What satisfies this field and the others."""
    values = one.values or frozenset()
    common = values if others is None else values & others
    if not common:
        raise ValueError(f"{name} needs {one}, which does not go with the other fields")
    return common


def _agree(name: str, one: Prerequisite, fields: Mapping[str, Any]) -> None:
    given = fields.get(one.field)
    if given is not None and one.values is not None and given not in one.values:
        value = FIELDS[one.field].format(given)
        raise ValueError(f"{name} needs {one}, not {one.field}={value}")


def _shorthand(name: str, further: Iterable[str]) -> dict[str, int]:
    if name in SHORTHANDS:
        return SHORTHANDS[name]
    has_a_value = name in FIELDS or name in _SLOTS or name in _ALIASES or name in further
    more = f", as in {name}=VALUE" if has_a_value else _nearest(name, SHORTHANDS)
    raise ValueError(f"{name!r} is neither FIELD=VALUE nor one of {', '.join(SHORTHANDS)}{more}")


def _fits(field: Field, fields: Mapping[str, Any]) -> bool:
    """Whether nothing that is known speaks against a field."""
    return all(
        one.values is None or one.field not in fields or fields[one.field] in one.values
        for one in field.prerequisites
    )


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    if fields.setdefault(name, value) != value:
        one, other = (
            format_value(name, it) if name in FIELDS else it for it in (fields[name], value)
        )
        raise ValueError(f"{name} cannot be both {one} and {other}")


def _may_mean_several(word: str) -> bool:
    """Such words are read last, when the others have said which protocol it is."""
    return len(_SLOTS.get(plain(word), ())) > 1


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


_READ: dict[str, Callable[[str], int]] = {
    "eth_type": _eth_type,
    "dl_type": _eth_type,
    "vlan_vid": _vlan_vid,
    "dl_vlan": _dl_vlan,
    "nw_tos": lambda text: octet("nw_tos", text) >> _TOS_SHIFT,
}
"""Words whose values are not written as the field's are, or not only."""


def _nearest(name: str, words: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(words), 1)
    return f": did you mean {near[0]}?" if near else ""
