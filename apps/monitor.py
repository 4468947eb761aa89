"""Monitor: shows the members of the network: where they are, how they are and since when, and their round-trip times.

On a terminal it is a table that is kept up to date; elsewhere a line for each thing that happens. In the environment
`OFSWITCH_MONITOR` chooses: `table`, `lines`, or `json`, which is an object a line.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

from apps.membership import Membership, Seen
from apps.swim.tags import decode_tags
from controller import Controller, Event, MemberEvent
from controller.script import ScriptError

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

requires = ("membership",)

VARIABLE = "OFSWITCH_MONITOR"
FORMS = ("table", "lines", "json")
EVENTS = [event for event in Event if event.startswith("member_")]
REFRESH_EVERY_S = 1.0

COLUMNS = ("member", "address", "switch:port", "state", "for", "round trip", "kind", "metadata")
COLOURS = {"alive": "green", "suspect": "yellow", "failed": "red", "left": "dim"}


class Monitor:
    """What is shown of the members of one controller."""

    def __init__(self, ctrl: Controller, form: str, out: TextIO) -> None:
        self._ctrl = ctrl
        self._membership: Membership = ctrl.component("membership")
        self._out = out
        self._begin = ctrl.now()
        self._live: Live | None = None
        for event in EVENTS:
            ctrl.register_cb(event, self._reporter(event, form))
        if form == "table":
            self._live = self._open_table()
            self.refresh()

    # --- lines ----------------------------------------------------------------------------------

    def _reporter(self, event: Event, form: str) -> Any:
        write = {"table": self._no_line, "lines": self._line, "json": self._object}[form]
        what = event.value.removeprefix("member_")
        return lambda ctrl, dpid, member: write(what, dpid, member)

    def _no_line(self, what: str, dpid: int, member: MemberEvent) -> None:
        self._show()

    def _line(self, what: str, dpid: int, member: MemberEvent) -> None:
        seen = self._membership.member(member.name)
        rtt = _milliseconds(seen.rtt_s) if seen is not None else ""
        after_s = self._ctrl.now() - self._begin
        words = [f"{after_s:9.3f}", f"{what:8}", f"{member.name:16}", f"{member.address:15}"]
        words += [_place(dpid, member.port_no), rtt, _text(member.meta), _other(member)]
        print("  ".join(word for word in words if word).rstrip(), file=self._out, flush=True)

    def _object(self, what: str, dpid: int, member: MemberEvent) -> None:
        seen = self._membership.member(member.name)
        told = {
            "event": what,
            "time": round(self._ctrl.now() - self._begin, 6),
            "name": member.name,
            "address": member.address,
            "dpid": f"{dpid:016x}",
            "port": member.port_no,
            "mac": None if member.mac is None else f"{member.mac:012x}",
            "state": member.state,
            "rtt_s": seen.rtt_s if seen is not None else None,
            "incarnation": member.incarnation,
            "passive": member.passive,
            "meta": _text(member.meta),
            "other": member.other,
        }
        print(json.dumps(told), file=self._out, flush=True)

    # --- a table --------------------------------------------------------------------------------

    def _open_table(self) -> Live:
        from rich.console import Console
        from rich.live import Live

        live = Live(
            console=Console(file=self._out, force_terminal=True),
            auto_refresh=False,
            transient=False,
        )
        live.start()
        atexit.register(live.stop)
        return live

    def refresh(self) -> None:
        """Show what is there, again and again."""
        self._show()
        self._ctrl.post_callback(REFRESH_EVERY_S, self.refresh)

    def _show(self) -> None:
        if self._live is not None:
            self._live.update(self.table(), refresh=True)

    def table(self) -> Table:
        """The members, as a table."""
        from rich.table import Table

        table = Table(*COLUMNS, box=None, pad_edge=False)
        members = sorted(self._membership.members.values(), key=lambda seen: seen.name)
        for seen in members:
            table.add_row(
                *self._row(seen), style=COLOURS[seen.state] if seen.state != "alive" else ""
            )
        table.caption = _summary(members)
        return table

    def _row(self, seen: Seen) -> list[str]:
        for_s = "" if seen.since is None else _duration(self._ctrl.now() - seen.since)
        place = _place(seen.dpid, seen.port_no)
        kind = "no agent" if seen.passive else "agent"
        rtt = _milliseconds(seen.rtt_s)
        return [seen.name, seen.address, place, seen.state, for_s, rtt, kind, _text(seen.meta)]


def _summary(members: list[Seen]) -> str:
    counts = {state: sum(seen.state == state for seen in members) for state in COLOURS}
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "nobody yet"


def _place(dpid: int, port_no: int) -> str:
    return f"{dpid:x}:{port_no}" if port_no else "?"


def _milliseconds(rtt_s: float | None) -> str:
    return "" if rtt_s is None else f"{rtt_s * 1000:.2f} ms"


def _duration(seconds: float) -> str:
    """A time in its two greatest units."""
    whole = int(seconds)
    for unit, size, lesser, lesser_size in (
        ("d", 86400, "h", 3600),
        ("h", 3600, "min", 60),
        ("min", 60, "s", 1),
    ):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // lesser_size} {lesser}"
    return f"{whole} s"


def _text(meta: bytes) -> str:
    """Metadata, whatever it is, as something that does no harm to a terminal."""
    tags = decode_tags(meta)
    text = meta.decode(errors="replace")
    if tags is not None:
        text = ", ".join(f"{key}={value}" for key, value in tags.items())
    return "".join(char if char.isprintable() else "·" for char in text)


def _other(member: MemberEvent) -> str:
    return f"also claimed by {member.other}" if member.other else ""


def init(ctrl: Controller) -> Monitor:
    """Start the app, in the form that the environment says."""
    form = os.environ.get(VARIABLE) or ("table" if sys.stdout.isatty() else "lines")
    if form not in FORMS:
        raise ScriptError(f"{VARIABLE}: {form!r} is none of {', '.join(FORMS)}")
    return Monitor(ctrl, form, sys.stdout)
