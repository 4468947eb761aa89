"""How messages look when they are printed: `PacketIn(in_port=1, reason=NO_MATCH, data=<60 bytes>)`.

Made for people: what has its default is left out, numbers that have names are named, addresses are text. `str` and
`repr` of every class of the vocabulary are this; the values themselves are in the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields
from enum import Enum, IntEnum, IntFlag
from typing import Any

from openflow import constants as c
from openflow.addresses import format_mac
from openflow.fields import ENCODINGS, KNOWN
from openflow.versions import Version

Shower = Callable[[Any], str]

_SHORT = 8
"""Bytes that are shown; of more only their number is."""


def _named(enum: type[IntEnum]) -> Shower:
    """The name of a number, if it has one."""
    names = {int(member): member.name for member in enum}
    return lambda value: names.get(value) or repr(value)


def _flags(enum: type[IntFlag]) -> Shower:
    """The names of the bits that are set, and what is left of them in hex."""

    def show_flags(value: int) -> str:
        names = [str(flag.name) for flag in enum if flag & value == flag and flag]
        rest = value & ~sum(flag for flag in enum if flag & value == flag)
        return "|".join([*names, hex(rest)] if rest or not names else names)

    return show_flags


def _bytes(value: bytes) -> str:
    more = f": {value.hex()}" if len(value) <= _SHORT else ""
    return f"<{len(value)} bytes{more}>"


def _error(value: Any) -> str:
    return value.name if isinstance(value, Enum) else str(value)


def _versions(words: list[int]) -> str:
    bits = [32 * i + bit for i, word in enumerate(words) for bit in range(32) if word >> bit & 1]
    known = {int(version): str(version) for version in Version}
    return "+".join(known.get(bit, str(bit)) for bit in bits) or "none"


def _oxm_ids(words: list[int]) -> str:
    names = {field.oxm_header: field.name for field in ENCODINGS}
    names |= {field.oxm_header + field.size | 1 << 8: field.name for field in ENCODINGS}
    return f"[{', '.join(names.get(word, hex(word)) for word in words)}]"


_PORT, _GROUP, _TABLE = _named(c.PortNo), _named(c.GroupId), _named(c.TableId)
_FEATURES, _CONFIG = _flags(c.PortFeatures), _flags(c.PortConfig)

_BY_NAME: dict[str, Shower] = {
    "advertise": _FEATURES,
    "advertised": _FEATURES,
    "bitmaps": _versions,
    "capabilities": _flags(c.Capabilities),
    "config": _CONFIG,
    "cookie": hex,
    "cookie_mask": hex,
    "curr": _FEATURES,
    "data": _bytes,
    "datapath_id": "{:016x}".format,
    "error": _error,
    "ethertype": hex,
    "experimenter": hex,
    "flags": _flags(c.MultipartFlags),
    "group_id": _GROUP,
    "hw_addr": format_mac,
    "in_port": _PORT,
    "mask": _CONFIG,
    "metadata": hex,
    "metadata_mask": hex,
    "metadata_match": hex,
    "metadata_write": hex,
    "meter_id": _named(c.MeterId),
    "out_group": _GROUP,
    "out_port": _PORT,
    "oxm_ids": _oxm_ids,
    "peer": _FEATURES,
    "port": _PORT,
    "port_no": _PORT,
    "queue_id": _named(c.QueueId),
    "role": _named(c.ControllerRole),
    "state": _flags(c.PortState),
    "supported": _FEATURES,
    "table_id": _TABLE,
    "watch_group": _GROUP,
    "watch_port": _PORT,
    "wildcards": _flags(c.FlowWildcards),
}
"""How a field is shown, by its name; others are shown as they are."""

_BY_CLASS: dict[str, Shower] = {
    "FlowMod.command": _named(c.FlowModCommand),
    "FlowMod.flags": _flags(c.FlowModFlags),
    "FlowRemoved.reason": _named(c.FlowRemovedReason),
    "FlowStats.flags": _flags(c.FlowModFlags),
    "GetConfigReply.flags": _named(c.ConfigFlags),
    "GroupDesc.type": _named(c.GroupType),
    "GroupFeaturesStatsReply.capabilities": _flags(c.GroupCapabilities),
    "GroupMod.command": _named(c.GroupModCommand),
    "GroupMod.type": _named(c.GroupType),
    "MeterConfig.flags": _flags(c.MeterFlags),
    "MeterFeaturesStatsReply.capabilities": _flags(c.MeterFlags),
    "MeterMod.command": _named(c.MeterModCommand),
    "MeterMod.flags": _flags(c.MeterFlags),
    "PacketIn.reason": _named(c.PacketInReason),
    "PortStatus.reason": _named(c.PortReason),
    "SetConfig.flags": _named(c.ConfigFlags),
    "TableDesc.config": _flags(c.TableConfig),
    "TableFeatures.config": _flags(c.TableConfig),
    "TableMod.config": _flags(c.TableConfig),
    "TableStats.config": _flags(c.TableConfig),
}
"""How a field of one class is shown."""


def add_shower(field: str, shower: Shower) -> None:
    """Show a field of a class, `Class.field`, by a function of its own."""
    _BY_CLASS[field] = shower


def add_names(field: str, enum: type[IntEnum | IntFlag]) -> None:
    """Show a field of a class, `Class.field`, by the names of its values or its bits."""
    add_shower(field, _flags(enum) if issubclass(enum, IntFlag) else _named(enum))


_NOT_OF_THE_FIELD = (TypeError, ValueError, AttributeError, OverflowError)
"""What a shower raises for a value that its field cannot hold."""

_ALWAYS = frozenset({"command", "error", "reason", "role"})
"""Fields that tell what a message means, even where they have their default."""
_UNLESS_DEFAULT = frozenset({"TableFeatures.command"})
"""Fields of these names that few versions have."""


def show(value: Any) -> str:
    """An object of the vocabulary as people read it; whatever its fields hold, this raises nothing."""
    shown = [f"{field.name}={_text(value, field.name)}" for field in _worth_showing(value)]
    if getattr(value, "xid", 0):
        shown.append(f"xid={value.xid}")
    return f"{type(value).__name__}({', '.join(shown)})"


def show_field(name: str, value: Any) -> str:
    """A value of a match field as people read it, or as it is when it is none."""
    try:
        field = KNOWN[name]
        if isinstance(value, tuple):
            return "/".join(map(field.format, value))
        return field.format(value)
    except (*_NOT_OF_THE_FIELD, KeyError):
        return repr(value)


def _worth_showing(value: Any) -> Iterator[Field[Any]]:
    for field in fields(value):
        changed = getattr(value, field.name) != _default(field)
        always = (
            field.name in _ALWAYS and f"{type(value).__name__}.{field.name}" not in _UNLESS_DEFAULT
        )
        if field.repr and field.name != "xid" and (changed or always):
            yield field


def _text(value: Any, name: str) -> str:
    held = getattr(value, name)
    shower = _BY_CLASS.get(f"{type(value).__name__}.{name}") or _BY_NAME.get(name, repr)
    try:
        return shower(held)
    except _NOT_OF_THE_FIELD:
        return repr(held)


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()
