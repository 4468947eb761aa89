"""An app that writes to each switch it has, again and again, and says in the cookie who writes, and in which term."""

from __future__ import annotations

import openflow as of
from controller import Controller, DatapathJoin, Event, NotConnected, Switch

EVERY_S = 0.1
ETH_TYPE = 0x88B6


class Writer:
    """Of one replica; a term is the time from one DATAPATH_JOIN to the next DATAPATH_LEAVE."""

    def __init__(self, ctrl: Controller) -> None:
        self._ctrl = ctrl
        settings = ctrl.settings.cluster
        assert settings is not None
        self._number = int(settings.replica[1:])
        self._terms = self._count = int(ctrl.now() * 16) & 0xFFFF_FFFF  # past a former life's
        ctrl.register_cb(Event.DATAPATH_JOIN, self.join)

    def join(self, ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
        """A term begins."""
        self._terms += 1
        self.write(event.switch, self._terms)

    def write(self, switch: Switch, term: int) -> None:
        """Write a flow entry, and go on soon."""
        self._count += 1
        match = of.Match(eth_type=ETH_TYPE, eth_dst=self._number << 32 | self._count)
        try:
            switch.send(of.FlowMod(match, cookie=self._number << 32 | term))
        except NotConnected:
            return
        self._ctrl.post_callback(EVERY_S, self.write, switch, term)


def init(ctrl: Controller) -> None:
    """Start the app."""
    Writer(ctrl)
