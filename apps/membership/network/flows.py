"""The flow entries that a switch gets, of the highest priorities and the same on every version of OpenFlow.

What is sent to our Ethernet address comes up, as do the questions for our IP address, and nobody else may send from our
address. On a switch with meters they go through one; and a port that sends too much gets one of its own. On a switch
without, such a port is cut off from us for a while.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import openflow as of
from apps.membership.network.limits import CUT_S, HELD_S, Port
from apps.membership.network.meters import REFUSED, Meters, find_meters, metered
from apps.membership.network.station import Station
from apps.membership.options import Options
from controller import Controller
from openflow import FlowModCommand

CONTROLLERS = "membership/controllers"
"""The shared map of the Ethernet and IP addresses of all controllers of a cluster, by name."""

ALL = of.PortNo.ANY
HIGHEST = 0xFFFF
_OURS, _FORGED, _OF_PORT = HIGHEST - 3, HIGHEST - 2, HIGHEST - 1
_COOKIE = 0x6F66_6D65_6D62_6572
_TO_US = of.Output(of.PortNo.CONTROLLER, of.CONTROLLER_NO_BUFFER)

log = logging.getLogger(__name__)


class Flows:
    """The entries of all switches, and their meters."""

    def __init__(self, ctrl: Controller, station: Station, options: Options) -> None:
        self._ctrl = ctrl
        self._station = station
        self._rate, self._port_rate = options.rate, options.port_rate
        self._meters: dict[int, Meters] = {}
        self._restrained: dict[Port, float] = {}
        """Until when ports are held back."""
        ctrl.shared(CONTROLLERS)[options.name] = (station.mac, station.ip)

    # --- switches -------------------------------------------------------------------------------

    def join(self, dpid: int) -> None:
        """Have a switch send up what is for us, and not any more what was for its last controller."""
        for other in self._others():
            for mod in (*_up(other), _forged(other)):
                mod.command = FlowModCommand.DELETE_STRICT
                self._ctrl.send(dpid, mod)
        for mod in (*_up(self._station, instructions=metered(_TO_US)), _forged(self._station)):
            self._ctrl.send(dpid, mod)
        self._ctrl.post_callback(0, self._limit, dpid)

    def leave(self, dpid: int) -> None:
        """A switch is gone."""
        self._meters.pop(dpid, None)
        self._restrained = {port: end for port, end in self._restrained.items() if port[0] != dpid}

    def _others(self) -> Iterator[Station]:
        """The addresses that other controllers of our cluster have, or have had."""
        ours = self._station.mac
        for value in self._ctrl.shared(CONTROLLERS).values():
            match value:
                case (int() as mac, bytes() as ip) if mac != ours and mac >> 48 == 0:
                    yield Station(mac, ip)

    # --- limits ---------------------------------------------------------------------------------

    async def _limit(self, dpid: int) -> None:
        """Have what a switch sends up go through a meter, if it has any."""
        switch = self._ctrl.switches.get(dpid)
        meters = None if switch is None else await find_meters(switch)
        if meters is None:
            return
        try:
            await self._put_through(meters, ALL, self._rate)
        except REFUSED as error:
            log.info("switch %016x has meters that cannot be used: %s", dpid, error)
            return  # what a switch refuses changes nothing
        if meters.switch.connected:
            self._meters[dpid] = meters

    def restrain(self, dpid: int, port_no: int) -> bool:
        """Have a switch send up less of what comes from a port, for a while; False while it does so already."""
        now, port = self._ctrl.now(), (dpid, port_no)
        if now < self._restrained.get(port, now):
            return False  # this was on its way
        meters = self._meters.get(dpid)
        if meters is None:
            self._cut(dpid, port_no)
        else:
            self._restrained[port] = now + HELD_S
            self._ctrl.post_callback(0, self._hold, meters, port_no)
        return True

    def _cut(self, dpid: int, port_no: int) -> None:
        log.warning("port %d of switch %016x sends too much; cut for %d s", port_no, dpid, CUT_S)
        self._restrained[dpid, port_no] = self._ctrl.now() + CUT_S
        for mod in _up(self._station, port_no, hard_timeout=CUT_S):
            self._ctrl.send(dpid, mod)

    async def _hold(self, meters: Meters, port_no: int) -> None:
        dpid = meters.switch.dpid
        try:
            await self._put_through(meters, port_no, self._port_rate)
        except REFUSED:
            if dpid in self._ctrl.switches:
                self._cut(dpid, port_no)
            return
        text = "port %d of switch %016x sends too much; held to %g frames a second for %d s"
        log.warning(text, port_no, dpid, self._port_rate, HELD_S)

    async def _put_through(self, meters: Meters, port_no: int, rate: float) -> None:
        """Have what comes from a port, or from all, go through a meter of its own. Raises one of REFUSED."""
        switch, number = meters.switch, await meters.find(port_no, rate)
        instructions = metered(_TO_US, number, switch.version)
        timeout_s = 0 if port_no == ALL else HELD_S
        for mod in _up(self._station, port_no, instructions=instructions, hard_timeout=timeout_s):
            await switch.request(mod)


def _up(station: Station, port_no: int = ALL, **more: Any) -> Iterator[of.FlowMod]:
    """Entries for what is sent to us, by all ports or by one."""
    for match in station.matches():
        if port_no != ALL:
            match = of.Match({**match, "in_port": port_no})
        priority = _OURS if port_no == ALL else _OF_PORT
        yield of.FlowMod(match, priority=priority, cookie=_COOKIE, **more)


def _forged(station: Station) -> of.FlowMod:
    """The entry for what is sent from our address, by others."""
    return of.FlowMod(of.Match(eth_src=station.mac), priority=_FORGED, cookie=_COOKIE)
