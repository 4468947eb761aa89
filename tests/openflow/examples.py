"""One filled example of every message in every version, made from the layouts: each list holds an element of each kind.

Values are such as a peer may really send, so that a dissector finds nothing to complain about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import islice
from typing import Any

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from openflow import (
    ApplyActions,
    ErrorCode,
    GroupMod,
    Match,
    Message,
    PortMod,
    Version,
)
from openflow.forms.folds import FOLDS
from openflow.forms.oxs import STAT_FIELDS
from openflow.layouts.language import (
    Int,
    Layout,
    Many,
    ManyInts,
    Nested,
    Rest,
    Special,
    Text,
    compile_layout,
)
from openflow.structs import FAMILIES, STRUCTS, Element, Struct
from openflow.versions import V1_2
from tests.openflow.property_forms import folded_fields, unfolded_kinds
from tests.openflow.strategies import SPOKEN, of_experimenter

FRAME = bytes(
    Ether(dst="00:00:00:00:00:02", src="00:00:00:00:00:01")
    / IP(src="10.0.0.1", dst="10.0.0.2")
    / UDP(sport=7, dport=9)
    / Raw(bytes(18))
)

XID = 0x0A0B0C0D

USUAL: dict[str, int] = {
    "advertise": 0x20,
    "advertised": 0x20,
    "band_types": 0b110,
    "bitmaps": 1 << 1 | 1 << 4,
    "buffer_id": 0xFFFF_FFFF,
    "capabilities": 7,
    "command": 1,
    "config": 0,
    "curr": 0x40,
    "ethertype": 0x8100,
    "experimenter": 0x00AB_CDEF,
    "flags": 1,
    "group_id": 6,
    "hw_addr": 0x0000_0000_0A01,
    "in_port": 3,
    "mask": 1,
    "max_len": 128,
    "meter_id": 5,
    "mpls_ttl": 63,
    **dict.fromkeys(("packet_in_mask_master", "packet_in_mask_slave"), 7),
    **dict.fromkeys(("port_status_mask_master", "port_status_mask_slave"), 7),
    **dict.fromkeys(("role_status_mask_master", "role_status_mask_slave"), 3),
    **dict.fromkeys(("table_status_mask_master", "table_status_mask_slave"), 0b11000),
    **dict.fromkeys(("requestforward_mask_master", "requestforward_mask_slave"), 3),
    **dict.fromkeys(("flow_stats_mask_master", "flow_stats_mask_slave"), 3),
    **dict.fromkeys(("cont_status_mask_master", "cont_status_mask_slave"), 3),
    **dict.fromkeys(("flow_removed_mask_master", "flow_removed_mask_slave"), 15),
    "next_table_ids": 9,
    "port_nos": 4,
    "n_bits": 16,
    "nw_ttl": 62,
    "oxm_ids": 0x8000_0004,
    "peer": 0x20,
    "port": 4,
    "port_no": 2,
    "out_port": 4,
    "prec_level": 1,
    "rate": 100,
    "reason": 1,
    "role": 2,
    "src_offset": 5,
    "dst_offset": 7,
    "state": 1,
    "supported": 0x60,
    "table_id": 1,
    "table_ids": 8,
    "type": 1,
    "types": 0b1111,
    "vlan_pcp": 6,
    "watch_port": 3,
}
"""What a field holds, where its name promises something; other integers get numbers of their own."""

BY_CLASS = {
    "FlowMonitor.command": 0,
    "FlowMonitor.flags": 0x0F,
    "GroupMod.command": 0,
    "GroupMod.command_bucket_id": 0xFFFF_FFFF,
    "GotoTable.table_id": 2,
    "PacketIn.total_len": len(FRAME),
    "PopMpls.ethertype": 0x86DD,
    "PushMpls.ethertype": 0x8847,
    "PushPbb.ethertype": 0x88E7,
    "SetVlanVid.vlan_vid": 7,
    "TableStatus.reason": 3,
    "VacancyProperty.vacancy": 0,
    "VacancyProperty.vacancy_down": 10,
    "VacancyProperty.vacancy_up": 20,
}
"""What a field of one class holds."""

SLOT_VALUES = {
    "vlan_vid": 0x1007,
    "vlan_pcp": 6,
    "ip_ecn": 2,
    "mpls_label": 0x1234,
    "mpls_tc": 5,
    "eth_src": 0x0A02,
    "eth_dst": 0x0A03,
    "ipv4_src": 0x0A00_0003,
    "ipv4_dst": 0x0A00_0004,
    "ip_dscp": 46,
    "tp_src": 1000,
    "tp_dst": 2000,
}
"""What OpenFlow 1.0's actions set a field to."""

FIXED_MATCH = Match(
    in_port=1,
    eth_src="00:00:00:00:00:01",
    eth_dst="00:00:00:00:00:02",
    vlan_vid=0x1005,
    vlan_pcp=3,
    eth_type=0x0800,
    ip_dscp=46,
    ip_proto=6,
    ipv4_src="10.1.0.0/16",
    ipv4_dst="10.2.0.1",
    tcp_src=1000,
    tcp_dst=2000,
)
STANDARD_MATCH = Match(
    in_port=1,
    metadata=(0x10, 0xF0),
    eth_src="00:00:00:00:00:01",
    eth_dst="00:00:00:00:00:02/ff:ff:ff:00:00:00",
    vlan_vid=0x1005,
    vlan_pcp=3,
    eth_type=0x0800,
    ip_dscp=46,
    ip_proto=6,
    ipv4_src="10.1.0.0/16",
    ipv4_dst="10.2.0.1",
    tcp_src=1000,
    tcp_dst=2000,
)
OXM_MATCH = Match(
    in_port=1,
    metadata=(0x10, 0xF0),
    eth_src="00:00:00:00:00:01",
    eth_dst="00:00:00:00:00:02/ff:ff:ff:00:00:00",
    eth_type=0x86DD,
    vlan_vid=0x1005,
    vlan_pcp=3,
    ip_dscp=46,
    ip_proto=58,
    ipv6_src="2001:db8::/32",
    ipv6_flabel=0xABCDE,
    icmpv6_type=135,
    icmpv6_code=0,
    ipv6_nd_target="2001:db8::1",
    ipv6_nd_sll="00:00:00:00:00:0a",
)


class _Filler:
    """Makes one object of each class, with a number of its own in each field that nothing better is known for."""

    def __init__(self, version: Version, without: frozenset[str]) -> None:
        self._version = version
        self._without = without
        self._count = 0

    def fill(self, cls: type[Struct], text: str) -> Any:
        layout = compile_layout(text)
        arguments: dict[str, Any] = {name: held[0] for name, held in layout.constants.items()}
        for step in layout.steps:
            arguments |= self._held(cls, layout, step)
        if arguments.get("event") == "removed":
            arguments["instructions"] = []
        return cls(**arguments)

    def _held(self, cls: type[Struct], layout: Layout, step: object) -> dict[str, Any]:
        match step:
            case Int(name=name, size=size):
                return {name: self._integer(cls, layout, name, size)}
            case Text(name=name):
                return {name: f"the {name}"[:15]}
            case Rest(name=name):
                return {name: _bytes(cls)}
            case ManyInts(name=name):
                return {name: [USUAL[name]]}
            case Nested(name=name, type=type_):
                return {name: self._all(type_)[0]}
            case Many(name=name, type=type_):
                return {name: self._all(type_)}
            case Special(names=names, form=form):
                return dict(zip(names, self._special(form, names), strict=True))
        return {}

    def _integer(self, cls: type[Struct], layout: Layout, name: str, size: int) -> int:
        if "field" in layout.constants:
            return SLOT_VALUES[layout.constants["field"][0]]
        known = BY_CLASS.get(f"{cls.__name__}.{name}")
        return self._named(name, size) if known is None else known

    def _named(self, name: str, size: int) -> int:
        known = USUAL.get(name)
        return self._number(size) if known is None else known

    def _number(self, size: int = 4) -> int:
        self._count += 1
        return self._count if size == 1 else 0x0100 + self._count

    def _all(self, name: str) -> list[Any]:
        """One of each kind of a family; one of a structure."""
        cls = STRUCTS[name]
        if not issubclass(cls, Element):
            return [self.fill(cls, cls.layout[self._version])]
        return [
            self.fill(kind, text)
            for kind in FAMILIES[name].values()
            if kind.__name__ not in self._without and not of_experimenter(kind)
            for text in kind.layout.get(self._version, {}).values()
        ]

    def _enclosed(self, cls: type[Message]) -> Message:
        """A message that may be within another."""
        (text,) = cls.layout[self._version].values()
        message: Message = self.fill(cls, text)
        message.xid = XID
        return message

    def _unfolded(self, form: str) -> list[Any]:
        """One of each kind that does not fill fields of the structure itself."""
        return [
            self.fill(kind, kind.layout[self._version][code])
            for kind, code in unfolded_kinds(form, self._version)
            if kind.__name__ not in self._without
        ]

    def _special(self, form: str, names: tuple[str, ...]) -> tuple[Any, ...]:
        match form:
            case "fixedmatch":
                return (FIXED_MATCH,)
            case "oxm":
                return (OXM_MATCH,)
            case "late":
                return (self._number(),)
            case "standardmatch":
                return (STANDARD_MATCH,)
            case "phyport":
                return (3, Match(in_phy_port=2))
            case "oxs":
                return (*(self._number() for _ in names[1:]), {"idle_time": (0x13, 0)})
            case "oxmheaders":
                return ("metadata", "tunnel_id")
            case "oxmport":
                later = {"tunnel_id": 0x12} if self._version > V1_2 else {}
                return (3, Match(metadata=0x11, **later))
            case "oxmfield":
                return ("ipv6_dst", 0x2001_0DB8 << 96 | 1)
            case "error":
                return (ErrorCode.BAD_REQUEST__BAD_TYPE,)
            case "applied":
                return ([ApplyActions([*self._all("Action")])],)
        return self._listed(form, names)

    def _listed(self, form: str, names: tuple[str, ...]) -> tuple[Any, ...]:
        match form:
            case "buckets":
                return ([replace(bucket, bucket_id=7) for bucket in self._all("Bucket")],)
            case "oxms":
                return ([("packet_type", 0), ("packet_type", 1 << 16 | 0x800)],)
            case "message":
                return (self._enclosed(GroupMod),)
            case "bundled":
                return (self._enclosed(PortMod), self._all("BundleProperty"))
            case _ if form in FOLDS:
                folded = folded_fields(form, names, self._version)
                sizes = [step.size for _, steps in folded for step in steps]
                numbers = [self._named(*pair) for pair in zip(names, sizes, strict=False)]
                return (*numbers, self._unfolded(form))
        raise AssertionError(f"no example of the form {form}")


def _bytes(cls: type[Struct]) -> bytes:
    """Data that an object of this class may carry, and that needs no padding behind it."""
    if cls.__name__ in ("PacketIn", "PacketOut"):
        return FRAME
    if cls.__name__ == "ErrorMsg":
        return bytes.fromhex("04 05 0008 00000001")  # a FEATURES_REQUEST
    return b"" if cls.__name__ == "TypeId" else bytes(range(1, 9))


def example(version: Version, cls: type[Message], without: frozenset[str] = frozenset()) -> Message:
    """A message of this class with all fields set that the version has; elements of all kinds but `without`."""
    (text,) = cls.layout[version].values()
    message: Message = _Filler(version, without).fill(cls, text)
    message.xid = XID
    return message


EXAMPLES = [(version, example(version, cls)) for version, cls in SPOKEN]
"""Every message that every version has."""


def parts(value: Struct, path: str = "") -> Iterator[tuple[str, Struct]]:
    """An object and all within it, with the path to each."""
    yield path, value
    for field in fields(value):
        held = getattr(value, field.name)
        name = f"{path}.{field.name}" if path else field.name
        for index, item in enumerate(held if isinstance(held, list) else [held]):
            if isinstance(item, Struct):
                yield from parts(item, f"{name}[{index}]" if isinstance(held, list) else name)


def absent_in(value: Struct, layout: Layout) -> Iterator[str]:
    """The fields whose values say that what would hold them is left out."""
    for step in layout.steps:
        match step:
            case Special(names=names, form="oxs"):
                stats = {field.fields: field.absent for field in STAT_FIELDS.values()}
                groups = [(of, absent) for of, absent in stats.items() if set(of) <= set(names)]
            case Special(names=names, form=form) if form in FOLDS:
                absent = [held.absent for held in FOLDS[form].helds]
                left = iter(names)
                groups = [(tuple(islice(left, len(held))), held) for held in absent]
            case _:
                continue
        for of, held in groups:
            if tuple(getattr(value, name) for name in of) == held:
                yield from of


def integers_in(value: Any, version: Version) -> Iterator[tuple[str, int]]:
    """Every integer that this version carries of an object and of those within it, with its field's name.

    Experimenters' parts are left out: others name their fields otherwise, or do not know them.
    """
    texts = value.layout.get(version, "instructions:Instruction*")  # 1.0's list of actions
    texts = [texts] if isinstance(texts, str) else texts.values()
    layouts = [compile_layout(text) for text in texts]
    carried = {name for layout in layouts for name in layout.order}
    carried -= {name for layout in layouts for name in absent_in(value, layout)}
    for field in fields(value):
        held = getattr(value, field.name)
        for item in held if isinstance(held, list) else [held]:
            if isinstance(item, Struct):
                if not of_experimenter(type(item)):
                    yield from integers_in(item, version)
            elif isinstance(item, int) and field.name in carried:
                yield field.name, int(item)


def message_id(value: object) -> str:
    """How pytest calls a version or a message."""
    return type(value).__name__ if isinstance(value, Message) else str(value)


every_example = pytest.mark.parametrize(("version", "message"), EXAMPLES, ids=message_id)
