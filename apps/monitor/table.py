"""A table that is kept up to date, with the end of the log below. When the controller ends, it stays as it was."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

from apps.membership import Membership, Seen
from apps.monitor.output import LOG_LINES, Tail
from apps.monitor.words import clean, count, duration, metadata, milliseconds, natural, place
from controller import Controller, Event, MemberEvent, Shutdown

if TYPE_CHECKING:
    from rich.table import Table as RichTable

REFRESH_EVERY_S, SHOW_AFTER_S = 1.0, 0.1
COLUMNS = ("member", "address", "switch:port", "state", "for", "rtt", "agent", "metadata")
COLOURS = {"alive": "green", "suspect": "yellow", "failed": "red", "left": "dim"}

_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
_HEAD_LINES, _ROWS_LEAST = 3, 3


class Table:
    """On a screen of its own."""

    def __init__(
        self,
        ctrl: Controller,
        membership: Membership,
        write: Callable[[str], object],
        tail: Tail,
    ) -> None:
        self._ctrl = ctrl
        self._membership = membership
        self._write = write
        self._tail = tail
        self._last: list[str] | None = None
        self._due = False
        write(_HOME + _REST_OF_SCREEN)
        ctrl.register_cb(Event.SHUTDOWN, self._shutdown, priority=1)
        self.refresh()

    def report(self, what: str, dpid: int, member: MemberEvent) -> None:
        """This has happened to a member; what else happens at the same time is shown with it."""
        if not self._due:
            self._due = True
            self._ctrl.post_callback(SHOW_AFTER_S, self._show_due)

    def _show_due(self) -> None:
        self._due = False
        self.show()

    def refresh(self) -> None:
        """Show how things are, again and again."""
        self.show()
        self._ctrl.post_callback(REFRESH_EVERY_S, self.refresh)

    def _shutdown(self, ctrl: Controller, dpid: int, event: Shutdown) -> None:
        """From now on everything goes away, which says nothing of the members."""
        self._last = self._rendered()

    def show(self) -> None:
        """Write the table over the last one."""
        columns = shutil.get_terminal_size().columns
        log = [line[:columns] for line in self._tail.lines]
        lines = [*(self._last or self._rendered()), *log]
        text = "".join(f"{line}{_REST_OF_LINE}\n" for line in lines)
        self._write(_HOME + text + _REST_OF_SCREEN)

    def _rendered(self) -> list[str]:
        from rich.console import Console

        text, size = io.StringIO(), shutil.get_terminal_size()
        console = Console(file=text, force_terminal=True, width=size.columns)
        console.print(
            self._head(), style="bold", highlight=False, no_wrap=True, overflow="ellipsis"
        )
        console.print(self.table(max(_ROWS_LEAST, size.lines - LOG_LINES - _HEAD_LINES - 2)))
        return [*text.getvalue().splitlines(), ""]

    # --- what is in it --------------------------------------------------------------------------

    def _head(self) -> str:
        """Who we are, and how many there are of what."""
        members = self._membership.members.values()
        counts = {state: sum(seen.state == state for seen in members) for state in COLOURS}
        found = [f"{number} {state}" for state, number in counts.items() if number]
        switches = count(len(self._ctrl.switches), "switch", "switches")
        return f"{self._membership}, {switches}, {', '.join(found) or 'nobody yet'}"

    def table(self, rows_most: int) -> RichTable:
        """The members; those who need a look, if there are too many."""
        from rich.table import Table as RichTable
        from rich.text import Text

        table = RichTable(box=None, pad_edge=False)
        for column in COLUMNS:
            table.add_column(column, no_wrap=column != "metadata")
        members = sorted(self._membership.members.values(), key=lambda seen: natural(seen.name))
        shown = chosen(members, rows_most)
        for seen in shown:
            style = "" if seen.state == "alive" else COLOURS[seen.state]
            table.add_row(*map(Text, self._row(seen)), style=style)
        if len(shown) < len(members):
            table.add_row(f"and {len(members) - len(shown)} more", style="dim")
        return table

    def _row(self, seen: Seen) -> list[str]:
        return [
            clean(seen.name),
            seen.address,
            place(seen.dpid, seen.port_no),
            seen.state,
            "" if seen.since is None else duration(self._ctrl.now() - seen.since),
            milliseconds(seen.rtt_s),
            "no" if seen.passive else "yes",
            metadata(seen.meta),
        ]


def chosen(members: list[Seen], most: int) -> list[Seen]:
    """As many as there is room for, in their order; those that are not alive before others."""
    if len(members) <= most:
        return members
    first = sorted(members, key=lambda seen: seen.state == "alive")[: most - 1]
    names = {seen.name for seen in first}
    return [seen for seen in members if seen.name in names]
