"""Monitor: shows the members of the network: where they are, how they are and since when, and their round-trip times.

On a terminal it is a table that is kept up to date, with the end of the log below; elsewhere a line for each thing that
happens. In the environment `OFSWITCH_MONITOR` chooses: `table`, `lines`, or `json`, which is an object a line. Nobody
waits for whoever should read it.
"""

from __future__ import annotations

import atexit
import io
import json
import logging
import os
import shutil
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, TextIO

from apps.membership import Membership, Seen
from apps.swim.tags import decode_tags
from console.logs import LogWriter
from controller import Controller, Event, MemberEvent
from controller.script import ScriptError

if TYPE_CHECKING:
    from rich.table import Table

requires = ("membership",)

VARIABLE = "OFSWITCH_MONITOR"
FORMS = ("table", "lines", "json")
EVENTS = [event for event in Event if event.startswith("member_")]
REFRESH_EVERY_S = 1.0
LOG_LINES = 6

_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"

COLUMNS = ("member", "address", "switch:port", "state", "for", "rtt", "agent", "metadata")
COLOURS = {"alive": "green", "suspect": "yellow", "failed": "red", "left": "dim"}


class Output:
    """Lines for somebody who may be slow, or gone: a thread writes them, and so many may wait for it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._writer: LogWriter | None = None
        try:
            self._writer = LogWriter(out.fileno())
        except (AttributeError, OSError):
            return  # no file, so nothing to wait for

    def __call__(self, text: str) -> None:
        """Write a line, or several."""
        if self._writer is None:
            print(text, file=self._out)
        else:
            self._writer.emit(logging.LogRecord("monitor", logging.INFO, "", 0, text, None, None))


class Tail(logging.Handler):
    """The last lines of the log."""

    def __init__(self, layout: logging.Formatter | None) -> None:
        super().__init__()
        self.setFormatter(layout)
        self.lines: deque[str] = deque(maxlen=LOG_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record; of a long one, the beginning."""
        self.lines.extend(map(_clean, self.format(record).splitlines()[:LOG_LINES]))


class Monitor:
    """What is shown of the members of one controller."""

    def __init__(self, ctrl: Controller, form: str, out: TextIO) -> None:
        self._ctrl = ctrl
        self._membership: Membership = ctrl.component("membership")
        self._write = Output(out)
        self._begin = ctrl.now()
        self._tail: Tail | None = None
        for event in EVENTS:
            ctrl.register_cb(event, self._reporter(event, form))
        if form == "table":
            self._tail = _log_below() if out.isatty() and sys.stderr.isatty() else Tail(None)
            self._write(_HOME + _REST_OF_SCREEN)
            atexit.register(self._show)
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
        words = [
            f"{after_s:9.3f}",
            f"{what:8}",
            f"{_clean(member.name):16}",
            f"{member.address:15}",
        ]
        words += [_place(dpid, member.port_no), rtt, _text(member.meta), _other(member)]
        self._write("  ".join(word for word in words if word).rstrip())

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
        self._write(json.dumps(told))

    # --- a table --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is there, again and again."""
        self._show()
        self._ctrl.post_callback(REFRESH_EVERY_S, self.refresh)

    def _show(self) -> None:
        """Write the table over the last one."""
        if self._tail is None:
            return
        size = shutil.get_terminal_size()
        lines = self._rendered(size.columns)[: max(4, size.lines - LOG_LINES - 2)]
        lines += [line[: size.columns] for line in self._tail.lines]
        text = "".join(f"{line}{_REST_OF_LINE}\n" for line in lines)
        self._write(_HOME + text + _REST_OF_SCREEN)

    def _rendered(self, columns: int) -> list[str]:
        from rich.console import Console

        text = io.StringIO()
        Console(file=text, force_terminal=True, width=columns).print(self.table())
        return [*text.getvalue().splitlines(), ""]

    def table(self) -> Table:
        """The members, as a table."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for column in COLUMNS:
            table.add_column(column, no_wrap=column != "metadata")
        members = sorted(self._membership.members.values(), key=lambda seen: seen.name)
        for seen in members:
            table.add_row(
                *map(Text, self._row(seen)),
                style=COLOURS[seen.state] if seen.state != "alive" else "",
            )
        table.caption = _summary(members)
        return table

    def _row(self, seen: Seen) -> list[str]:
        for_s = "" if seen.since is None else _duration(self._ctrl.now() - seen.since)
        place = _place(seen.dpid, seen.port_no)
        agent = "no" if seen.passive else "yes"
        rtt = _milliseconds(seen.rtt_s)
        return [
            _clean(seen.name),
            seen.address,
            place,
            seen.state,
            for_s,
            rtt,
            agent,
            _text(seen.meta),
        ]


def _log_below() -> Tail:
    """Have the log kept for the lines below the table, as it would be written into it."""
    root = logging.getLogger()
    tail = Tail(root.handlers[0].formatter if root.handlers else None)
    root.handlers[:] = [tail]
    return tail


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
    for unit, size, lesser, lesser_size in (("d", 86400, "h", 3600), ("h", 3600, "m", 60)):
        if whole >= size:
            return f"{whole // size}{unit}{whole % size // lesser_size}{lesser}"
    return f"{whole // 60}m{whole % 60}s" if whole >= 60 else f"{whole}s"


def _text(meta: bytes) -> str:
    """Metadata, whatever it is."""
    tags = decode_tags(meta)
    text = meta.decode(errors="replace")
    if tags is not None:
        text = ", ".join(f"{key}={value}" for key, value in tags.items())
    return _clean(text)


def _clean(text: str) -> str:
    """The same, but nothing in it that does something to a terminal."""
    return "".join(char if char.isprintable() else "·" for char in text)


def _other(member: MemberEvent) -> str:
    return f"also claimed by {member.other}" if member.other else ""


def init(ctrl: Controller) -> Monitor:
    """Start the app, in the form that the environment says."""
    form = os.environ.get(VARIABLE) or ("table" if sys.stdout.isatty() else "lines")
    if form not in FORMS:
        raise ScriptError(f"{VARIABLE}: {form!r} is none of {', '.join(FORMS)}")
    return Monitor(ctrl, form, sys.stdout)
