"""An app that tells on its standard output, a line each, which switches it is given and which it loses."""

from __future__ import annotations

import json

from controller import Controller, DatapathJoin, DatapathLeave, Event


def tell(what: str, dpid: int, why: str = "") -> None:
    """Print a line."""
    print(json.dumps({"what": what, "dpid": dpid, "why": why}), flush=True)


def join(ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
    """It is ours."""
    tell("join", dpid)


def leave(ctrl: Controller, dpid: int, event: DatapathLeave) -> None:
    """It is not."""
    tell("leave", dpid, event.reason)


def init(ctrl: Controller) -> None:
    """Start the app."""
    ctrl.register_cb(Event.DATAPATH_JOIN, join)
    ctrl.register_cb(Event.DATAPATH_LEAVE, leave)
