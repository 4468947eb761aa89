"""What os-ken read from a message, as a tree of JSON, against what we read from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from openflow import Message, Version
from openflow.addresses import parse_ipv4, parse_ipv6, parse_mac
from openflow.forms.oxs import STAT_FIELDS
from tests.openflow.examples import integers_in

NAMES = {
    "actions_all": "actions",
    "actions_ff": "actions",
    "actions_indirect": "actions",
    "actions_select": "actions",
    "bitmaps": "versions",
    "flow_removed_mask_master": "flow_removed_mask",
    "flow_removed_mask_slave": "flow_removed_mask",
    "max_groups_all": "max_groups",
    "max_groups_ff": "max_groups",
    "max_groups_indirect": "max_groups",
    "max_groups_select": "max_groups",
    "next_table_ids": "table_ids",
    "packet_in_mask_master": "packet_in_mask",
    "packet_in_mask_slave": "packet_in_mask",
    "port_status_mask_master": "port_status_mask",
    "port_status_mask_slave": "port_status_mask",
}
"""What os-ken calls a field otherwise; several of ours may be one list of its."""
ALSO_CALLED = {
    "config": "capabilities",
    "flags": "monitor_flags",
    "flow_count": "ref_count",
    "monitor_id": "id",
    "request_xid": "xid",
    "watch_group": "watch",
    "watch_port": "watch",
    **{
        f"{kind}_mask{role}": "mask"
        for kind in ("packet_in", "port_status", "flow_removed", "role_status", "table_status")
        for role in ("", "_master", "_slave")
    },
    **{f"requestforward_mask_{role}": "mask" for role in ("master", "slave")},
    **{f"flow_stats_mask_{role}": "mask" for role in ("master", "slave")},
    **{f"cont_status_mask_{role}": "mask" for role in ("master", "slave")},
}
"""What os-ken calls a field in another version or class."""
COMPARED_ELSEWHERE = {"bitmaps", "experimenter", "in_port", "oxm_ids", "value", "xid"}
"""Words of a bitmap, OXM headers and values of match fields, which os-ken takes apart; what its JSON leaves out."""

PORTS_OF_1_0 = {"in_port", "out_port", "port", "port_no"}
BITS_OF_1_0 = {"advertised", "capabilities", "curr", "peer", "supported"}


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a tree of JSON, with the name of the field that holds it."""
    if (
        isinstance(value, dict)
        and isinstance(value.get("field"), str)
        and value["field"] in STAT_FIELDS
    ):
        held = value["value"]
        names = STAT_FIELDS[value["field"]].fields
        yield from zip(names, held if isinstance(held, list | tuple) else [held], strict=True)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, number(value)


def number(value: Any) -> Any:
    """An address as an integer, as we hold it."""
    for parse in (parse_mac, parse_ipv4, parse_ipv6) if isinstance(value, str) else ():
        try:
            return parse(value)
        except ValueError:
            continue
    return value


def as_sent(name: str, value: int, version: Version) -> int:
    """A value as it stands in a message of this version: 1.0's ports have 16 bits."""
    return value & 0xFFFF if version == Version.V1_0 and name in PORTS_OF_1_0 else value


def disagreements(message: Message, version: Version, tree: Any) -> dict[str, Counter[int]]:
    """Integers of ours, by os-ken's name of the field, that os-ken did not read."""
    theirs: dict[str, Counter[Any]] = {}
    for name, value in leaves(tree):
        theirs.setdefault(name, Counter())[value] += 1
    elsewhere = COMPARED_ELSEWHERE | (BITS_OF_1_0 if version == Version.V1_0 else set())
    ours: dict[str, Counter[int]] = {}
    for name, value in integers_in(message, version):
        if name not in elsewhere:
            ours.setdefault(NAMES.get(name, name), Counter())[as_sent(name, value, version)] += 1
    nothing: Counter[Any] = Counter()
    return {
        name: lost
        for name, held in ours.items()
        if (
            lost := held
            - theirs.get(name, nothing)
            - theirs.get(ALSO_CALLED.get(name, ""), nothing)
        )
    }
