"""What the slots of a match of fixed size mean, as OpenFlow 1.0 and 1.1 have it.

Some slots mean different fields by what else is matched: `nw_src` is the IPv4 source, or ARP's sender address; `tp_src`
a TCP, UDP or SCTP port, or the ICMP type. A slot is the field of the catalogue whose prerequisites the match
meets; where there is none, the specification says that the slot is ignored, and so it is. To write a field that the
reader would ignore is an error: the entry would match more than was asked for.

Where the slots stand, and how they say that bits do not count, is each version's own: `openflow.forms.fixed_match` and
`openflow.forms.standard_match`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import lru_cache

from openflow.constants import OFPVID_NONE, OFPVID_PRESENT
from openflow.errors import EncodeError, Unsupported
from openflow.fields import FIELDS, Field
from openflow.match import Match, Value
from openflow.versions import Version

VLAN_SLOTS = ("dl_vlan", "dl_vlan_pcp")
"""What stands in these depends on each other, and on nothing else."""

VLAN_NONE = 0xFFFF
"""In dl_vlan: frames without a tag."""

TAGGED = (OFPVID_PRESENT, OFPVID_PRESENT)
"""The vlan_vid of any tag."""


class Slots:
    """The slots of a version's match."""

    def __init__(
        self, version: Version, more: Mapping[str, str] | None = None, opaque: Container[int] = ()
    ) -> None:
        """`more` are slots beside those of the catalogue, by field; in a frame of an `opaque` type there is nothing."""
        self.version = version
        self.of = {field.name: field.slot for field in FIELDS.values() if field.slot}
        """The slot of each field."""
        self.of |= more or {}
        self._opaque = opaque
        self.names = lru_cache(maxsize=1024)(self._names)
        """What the slots mean when this dl_type and nw_proto are matched, or None: a field for each slot."""

    def _names(self, dl_type: int | None, nw_proto: int | None) -> Mapping[str, str]:
        """The first field of each slot whose prerequisites are met."""
        fields: dict[str, Value] = {}
        if dl_type is not None and dl_type not in self._opaque:
            fields["eth_type"] = dl_type
        names: dict[str, str] = {}
        for name, slot in self.of.items():
            known = slot in names or slot in VLAN_SLOTS
            if known or not all(needed.met_by(fields) for needed in FIELDS[name].prerequisites):
                continue
            names[slot] = name
            if slot == "nw_proto" and nw_proto is not None:
                fields[name] = nw_proto
        return names

    def names_in(self, match: Match) -> Mapping[str, str]:
        """What the slots mean in a match."""
        dl_type, nw_proto = match.get("eth_type"), match.get("ip_proto", match.get("arp_op"))
        return self.names(
            dl_type if isinstance(dl_type, int) else None,
            nw_proto if isinstance(nw_proto, int) else None,
        )

    def number(self, field: Field, value: int) -> int:
        """What stands in the slot of a number. Raises EncodeError for one that does not fit."""
        if value > field.ones:
            raise EncodeError("Match", field.name, f"{value:#x} does not fit {field.bits} bits")
        if field.slot == "nw_tos":
            return value << 2
        if field.slot == "nw_proto" and value > 0xFF:
            text = f"OpenFlow {self.version} matches 8 bits of {field.name} only"
            raise Unsupported("Match", field.name, self.version, text)
        return value

    def no_mask(self, name: str) -> Unsupported:
        """The version cannot say a field's mask."""
        text = f"OpenFlow {self.version} has no such mask for {name}"
        return Unsupported("Match", name, self.version, text)

    def ignored(self, name: str) -> EncodeError:
        """The version's switches ignore a field where its prerequisites are not matched."""
        needed = FIELDS[name].needed
        text = f"OpenFlow {self.version} ignores it unless the match has {needed}, too"
        return EncodeError("Match", name, text)


def vlan_id(value: int) -> int:
    """What stands in dl_vlan."""
    if value == OFPVID_NONE:
        return VLAN_NONE
    if not value & OFPVID_PRESENT:
        text = f"{value:#x} lacks the bit OFPVID_PRESENT: 0x1000 | VLAN id is a tag, 0 is none"
        raise EncodeError("Match", "vlan_vid", text)
    return value & 0xFFF
