"""What `ofswitch show`, `port list` and `drops` print: tables of text from what a running switch answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Row = Sequence[Any]

_PORT_COLUMNS = (
    "no",
    "name",
    "kind",
    "hw addr",
    "link",
    "rx",
    "tx",
    "rx lost",
    "tx lost",
    "config",
)


_UNITS = ("KiB", "MiB", "GiB", "TiB")


def switch(answer: dict[str, Any]) -> str:
    """The switch at a glance."""
    alone = ", forwarding by itself now" if answer["standing_alone"] else ""
    sessions = {one["peer"]: one for one in answer["sessions"]}
    targets = [one["target"] for one in answer["controllers"]]
    others = [one for one in answer["sessions"] if one["peer"] not in targets]
    lines = [
        f"{answer['name']}: dpid {answer['dpid']}, {answer['datapath']} datapath, {answer['tables']} tables",
        f"  up for {answer['uptime_s']:.1f} s; speaks {', '.join(answer['versions'])}",
        f"  fail mode {answer['fail_mode']}{alone}",
        _generation(answer["generation_id"], answer["probe_interval_s"]),
        *(f"  controller {_target(one, sessions)}" for one in answer["controllers"]),
        *(f"  listening on {target}" for target in answer["listening"]),
        *(f"  connected: {_session(one)}" for one in others),
        *_refused(answer["refusals"]),
        ports(answer["ports"]),
    ]
    return "\n".join(lines)


def ports(answer: list[dict[str, Any]]) -> str:
    """The ports as a table."""
    if not answer:
        return "no ports"
    return _table(_PORT_COLUMNS, map(_port, answer))


def drops(answer: list[dict[str, Any]]) -> str:
    """The drop counters that are not zero."""
    if not answer:
        return "nothing was dropped"
    rows = [(one["count"], one["where"], one["name"], one["meaning"]) for one in answer]
    return _table(("packets", "where", "name", "the packet ..."), rows)


def _port(one: dict[str, Any]) -> Row:
    return (
        one["port_no"],
        one["name"],
        one["kind"],
        one["hw_addr"],
        "up" if one["link_up"] else "down",
        f"{one['rx_packets']} ({_size(one['rx_bytes'])})",
        f"{one['tx_packets']} ({_size(one['tx_bytes'])})",
        one["rx_dropped"],
        one["tx_dropped"],
        ",".join(one["config"]),
    )


def _generation(generation_id: int | None, probe_interval_s: float) -> str:
    known = "no generation id yet" if generation_id is None else f"generation id {generation_id}"
    return f"  {known}; silent controllers are probed every {probe_interval_s:g} s"


def _target(one: dict[str, Any], sessions: dict[str, dict[str, Any]]) -> str:
    """A controller that the switch was told of, and how it stands with it."""
    session = sessions.get(one["target"])
    if one["connected"] and session is not None:
        return ", ".join(filter(None, (_session(session), one["tls"])))
    tries = f", tried {one['attempts']} times" if one["attempts"] > 1 else ""
    why = f": {one['reason']}" if one["reason"] else ""
    return f"{one['target']} (not connected for {one['for_s']:.1f} s{tries}){why}"


def _session(one: dict[str, Any]) -> str:
    """A connection: version, role since when, how long it stands, what was refused."""
    stands = f"connected for {one['for_s']:.1f} s"
    if one["closed"]:
        return f"{one['peer']} (ends: {one['closed']})"
    if one["version"] is None:
        return f"{one['peer']} (no hello yet), {stands}"
    role = f"{one['role']} for {one['role_for_s']:.1f} s"
    queued = f", {_size(one['queued_bytes'])} wait for it" if one["queued_bytes"] else ""
    refused = "".join(f", {count} {name}" for name, count in sorted(one["refusals"].items()))
    return f"{one['peer']} ({one['version']}, {role}), {stands}{queued}{refused}"


def _refused(counts: dict[str, int]) -> list[str]:
    """What all controllers were refused, those that are gone as well."""
    if not counts:
        return []
    return ["  refused: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))]


def _size(octets: int) -> str:
    """A number of bytes in three digits or so."""
    if octets < 1024:
        return f"{octets} B"
    power = min((octets.bit_length() - 1) // 10, len(_UNITS))
    return f"{octets / 1024**power:.1f} {_UNITS[power - 1]}"


def _table(head: Row, rows: Any) -> str:
    """Columns as wide as they must be."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )
