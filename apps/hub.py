"""Hub: repeats every frame out of all other ports, without asking the controller.

The smallest app: when a switch joins it gets one flow entry that matches everything. On OpenFlow 1.3 that is the
table-miss entry, without which a switch drops what no other entry matches.
"""

from __future__ import annotations

from controller import Controller, DatapathJoin, Event
from openflow import ApplyActions, FlowMod, Match, Output, PortNo


def join(ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
    """Make a new switch a hub."""
    repeat = ApplyActions([Output(PortNo.FLOOD)])
    ctrl.send(dpid, FlowMod(match=Match(), instructions=[repeat], priority=0))


def init(ctrl: Controller) -> None:
    """Start the app."""
    ctrl.register_cb(Event.DATAPATH_JOIN, join)
