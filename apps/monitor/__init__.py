"""Monitor: shows the members of the network: where they are, how they are and since when, and their round-trip times.

On a terminal it is a table that is kept up to date, with the end of the log below; elsewhere a line for each thing that
happens. In the environment `OFSWITCH_MONITOR` chooses: `table`, `lines`, or `json`, which is an object a line.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import Any, TextIO

from apps.membership import Membership
from apps.monitor.lines import Lines, Objects
from apps.monitor.output import Output, Tail, take_log
from apps.monitor.table import Table
from console.lines import on_a_terminal
from controller import Controller, Event, EventType, MemberEvent
from controller.script import ScriptError

requires = ("membership",)

VARIABLE = "OFSWITCH_MONITOR"
FORMS = ("table", "lines", "json")
EVENTS = [event for event in Event if event.shows is MemberEvent]

View = Lines | Table


def start(ctrl: Controller, form: str, out: TextIO) -> View:
    """Show what happens to the members of a controller."""
    view = _view(ctrl, form, out)
    for event in EVENTS:
        ctrl.register_cb(event, _reporter(view, event))
    return view


def _view(ctrl: Controller, form: str, out: TextIO) -> View:
    membership: Membership = ctrl.component("membership")
    write = Output(out)
    if form != "table":
        return (Lines if form == "lines" else Objects)(ctrl, membership, write)
    tail = take_log() if out.isatty() and sys.stderr.isatty() else Tail()
    table = Table(ctrl, membership, write, tail)
    atexit.register(table.show)
    return table


def _reporter(view: View, event: EventType[Any]) -> Any:
    what = event.name.removeprefix("member_")
    return lambda ctrl, dpid, member: view.report(what, dpid, member)


def init(ctrl: Controller) -> View:
    """Start the app, in the form that the environment says."""
    form = os.environ.get(VARIABLE) or ("table" if on_a_terminal() else "lines")
    if form not in FORMS:
        raise ScriptError(f"{VARIABLE}: {form!r} is none of {', '.join(FORMS)}")
    return start(ctrl, form, sys.stdout)
