"""The flow entries that a switch gets, of the highest priorities and the same on every version of OpenFlow.

What is sent to our Ethernet address comes up, as do the questions for our IP address, and nobody else may send from our
address. A port that sends too much is cut off from us for a while.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import openflow as of
from apps.membership.network.limits import CUT_S
from apps.membership.network.station import Station
from controller import Controller
from openflow import FlowModCommand

CONTROLLERS = "membership/controllers"
"""The shared map of the Ethernet and IP addresses of all controllers of a cluster, by name."""

HIGHEST = 0xFFFF
_OURS, _FORGED, _CUT = HIGHEST - 3, HIGHEST - 2, HIGHEST - 1
_COOKIE = 0x6F66_6D65_6D62_6572

log = logging.getLogger(__name__)


class Flows:
    """The entries of all switches."""

    def __init__(self, ctrl: Controller, station: Station, name: str) -> None:
        self._ctrl = ctrl
        self._station = station
        ctrl.shared(CONTROLLERS)[name] = (station.mac, station.ip)

    def join(self, dpid: int) -> None:
        """Have a switch send up what is for us, and not any more what was for its last controller."""
        for other in self._others():
            for match in other.matches():
                self._flow(dpid, match, _OURS, command=FlowModCommand.DELETE_STRICT)
            forged = of.Match(eth_src=other.mac)
            self._flow(dpid, forged, _FORGED, command=FlowModCommand.DELETE_STRICT)
        up = [of.ApplyActions([of.Output(of.PortNo.CONTROLLER, of.CONTROLLER_NO_BUFFER)])]
        for match in self._station.matches():
            self._flow(dpid, match, _OURS, instructions=up)
        self._flow(dpid, of.Match(eth_src=self._station.mac), _FORGED)

    def cut(self, dpid: int, port_no: int) -> None:
        """Have a switch drop what a port sends to us, for a while."""
        log.warning("port %d of switch %016x sends too much; cut for %d s", port_no, dpid, CUT_S)
        for match in self._station.matches():
            self._flow(dpid, of.Match({**match, "in_port": port_no}), _CUT, hard_timeout=CUT_S)

    def _flow(self, dpid: int, match: of.Match, priority: int, **more: Any) -> None:
        self._ctrl.send(dpid, of.FlowMod(match, priority=priority, cookie=_COOKIE, **more))

    def _others(self) -> Iterator[Station]:
        """The addresses that other controllers of our cluster have, or have had."""
        ours = self._station.mac
        for value in self._ctrl.shared(CONTROLLERS).values():
            match value:
                case (int() as mac, bytes() as ip) if mac != ours and mac >> 48 == 0:
                    yield Station(mac, ip)
