"""What an agent tells, as plain values for JSON, and as text that people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apps.swim.counters import COUNTED
from apps.swim.effects import Event, Kind
from apps.swim.members import Member
from apps.swim.tags import decode_tags

Values = dict[str, Any]


def member_values(member: Member, now: float, rtt_s: float | None = None) -> Values:
    """Of one member; `now` as the core's time."""
    return {
        "name": member.name,
        "address": str(member.at),
        "state": member.state.name.lower(),
        **_meta(member),
        "incarnation": member.incarnation,
        "since_s": round(max(0.0, now - member.since), 3),
        "rtt_s": rtt_s,
    }


def event_values(event: Event, time: float) -> Values:
    """Of something that has happened at a time (as `time.time` has it)."""
    other = {"other": str(event.other)} if event.other is not None else {}
    member = event.member
    return {
        "time": round(time, 3),
        "event": event.kind.value,
        "name": member.name,
        "address": str(member.at),
        **other,
        **_meta(member),
        "incarnation": member.incarnation,
    }


def _meta(member: Member) -> Values:
    tags = decode_tags(member.meta)
    return {"tags": tags} if tags is not None else {"tags": None, "meta": member.meta.hex()}


# --- text -------------------------------------------------------------------------------------------

_SAID = {
    Kind.MEMBER_JOIN: "has joined",
    Kind.MEMBER_SUSPECT: "is suspected: it does not answer",
    Kind.MEMBER_CLEARED: "is no longer suspected",
    Kind.MEMBER_FAILED: "has failed",
    Kind.MEMBER_LEAVE: "has left",
    Kind.MEMBER_UPDATE: "has new metadata",
    Kind.MEMBER_CONFLICT: "NAME CONFLICT",
}


def sentence(event: Event, ours: str = "") -> str:
    """An event, for a log; `ours` is our own name."""
    name, said = event.member.name, _SAID[event.kind]
    if event.kind is Kind.MEMBER_CONFLICT:
        us = ", and it is ours: start one of the two with another --name" if name == ours else ""
        return f"{said}: {name} is at {event.member.at}, and also at {event.other}{us}"
    return f"{name} ({event.member.at}) {said}"


def members(found: Iterable[Values]) -> str:
    """The table of members."""
    rows = [["NAME", "ADDRESS", "STATE", "FOR", "RTT", "META"]]
    for one in sorted(found, key=lambda one: str(one["name"])):
        rtt = "-" if one["rtt_s"] is None else f"{one['rtt_s'] * 1000:.1f} ms"
        name, address, state = (str(one[key]) for key in ("name", "address", "state"))
        rows.append([name, address, state, _duration(one["since_s"]), rtt, _tags(one)])
    return _table(rows)


def event(found: Values) -> str:
    """An event, in a line."""
    other = f" also at {found['other']}" if "other" in found else ""
    word = str(found["event"]).removeprefix("member_")
    return f"{word:9} {found['name']} {found['address']}{other} {_tags(found)}".rstrip()


def keys(found: Values) -> str:
    """The table of keys, and how many members have and use each."""
    rows = [["KEY", "HAVE IT", "USE IT"]]
    for key, of in found["keys"].items():
        rows.append([key, *(f"{of[how]} of {found['members']}" for how in ("have", "use"))])
    return _table(rows)


def info(found: Values) -> str:
    """What `ofswim info` shows."""
    states = ", ".join(f"{count} {state}" for state, count in found["members"].items() if count)
    health = found["health"]
    lines = [
        f"{found['name']} at {found['address']}, ofswim {found['version']}",
        f"members: {states}",
        f"health: {health}" + (" (well)" if health == 0 else " (unwell: it probes more slowly)"),
        f"encrypted: {_yes(found['encrypted'])}; speaks to Serf: {_yes(found['serf'])}",
        *([f"label: {found['label']}"] if found["label"] else []),
    ]
    if found["counters"]:
        rows = [[str(n), name, meanings().get(name, "")] for name, n in found["counters"].items()]
        lines += ["", _table(sorted(rows, key=lambda row: row[1]))]
    return "\n".join(lines)


def meanings() -> Mapping[str, str]:
    """What each counter counts."""
    from apps.swim.transport.counters import COUNTED as SHELL

    return {**COUNTED, **SHELL}


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _tags(found: Values) -> str:
    if found["tags"] is None:
        return f"0x{found['meta']}"
    return " ".join(f"{key}={value}" for key, value in sorted(found["tags"].items()))


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _table(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    )
