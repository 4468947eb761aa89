"""What a version can match of a frame's fields: `Match.from_packet` leaves the rest out.

Of the matches of fixed size that is what their slots mean in such a frame; of OXM, the fields that the version has.
"""

from __future__ import annotations

from collections.abc import Mapping

from openflow.fields import KNOWN
from openflow.forms.fixed_match import SLOTS as SLOTS_OF_1_0
from openflow.forms.slots import VLAN_SLOTS, Slots
from openflow.forms.standard_match import SLOTS as SLOTS_OF_1_1
from openflow.versions import V1_0, V1_1, Version

_SLOTS = {V1_0: SLOTS_OF_1_0, V1_1: SLOTS_OF_1_1}

_RARE = "ipv6_exthdr"
"""Says how a datagram is built rather than whose it is; Open vSwitch does not match it."""


def matchable(fields: Mapping[str, int], version: int) -> dict[str, int]:
    """Those of a frame's fields that the version matches. Raises TypeError for what is no version."""
    if not isinstance(version, Version):
        text = f"the version is that of the switch, as in switch.version, not {version!r}"
        raise TypeError(f"{text}; a port is given by name: in_port=1")
    slots = _SLOTS.get(version)
    if slots is not None:
        return _in_slots(fields, slots)
    return {
        name: value
        for name, value in fields.items()
        if KNOWN[name].since <= version and name != _RARE
    }


def _in_slots(fields: Mapping[str, int], slots: Slots) -> dict[str, int]:
    names = slots.names(fields.get("eth_type"), fields.get("ip_proto", fields.get("arp_op")))
    said = {*names.values(), *(name for name, slot in slots.of.items() if slot in VLAN_SLOTS)}
    if fields.get("arp_op", 0) > 0xFF:
        said.discard("arp_op")
    return {name: value for name, value in fields.items() if name in said}
