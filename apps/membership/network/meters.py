"""The meters of a switch: with them it limits what it sends us itself (OpenFlow 1.3.5, 5.7)."""

from __future__ import annotations

import openflow as of
from apps.membership.network.limits import BURST_S
from controller import NotConnected, RequestFailed
from controller import Switch as Connected
from openflow import MeterBandType, MeterFlags, MeterModCommand


class NoneLeft(Exception):
    """The switch has no more meters."""


REFUSED = (RequestFailed, TimeoutError, NotConnected, NoneLeft)
"""What asking a switch for a meter may end in."""


class Meters:
    """Of one switch. Numbers are taken from the highest down, as others begin with the lowest."""

    def __init__(self, switch: Connected, features: of.MeterFeaturesStatsReply) -> None:
        self.switch = switch
        self._free = features.max_meter
        self._flags = MeterFlags.PKTPS | features.capabilities & MeterFlags.BURST
        self._of_port: dict[int, int] = {}

    async def find(self, port_no: int, rate: float) -> int:
        """The number of the meter that holds a port to so many frames a second. Raises one of `REFUSED`."""
        number = self._of_port.get(port_no)
        if number is None:
            if not self._free:
                raise NoneLeft
            number, self._free = self._free, self._free - 1
            await self._make(number, rate)
            self._of_port[port_no] = number
        return number

    async def _make(self, number: int, rate: float) -> None:
        """Make a meter; one of that number is left from our last connection, or another controller's."""
        band = of.DropBand(rate=round(rate), burst_size=round(rate * BURST_S))
        self.switch.send(of.MeterMod(MeterModCommand.DELETE, meter_id=number))
        await self.switch.request(of.MeterMod(MeterModCommand.ADD, self._flags, number, [band]))


async def find_meters(switch: Connected) -> Meters | None:
    """The meters of a switch, if it has any that drop packets above a rate."""
    if switch.version < of.V1_3:
        return None
    try:
        features = await switch.request(of.MeterFeaturesStatsRequest())
    except REFUSED:
        return None
    drops = features.band_types >> MeterBandType.DROP & 1
    counts_packets = features.capabilities & MeterFlags.PKTPS
    return Meters(switch, features) if features.max_meter and drops and counts_packets else None


def metered(
    action: of.Action, number: int = 0, version: of.Version = of.V1_3
) -> list[of.Instruction]:
    """Instructions that do something with a packet if a meter lets it through; 0 for no meter."""
    if number and version >= of.V1_5:
        return [of.ApplyActions([of.MeterAction(number), action])]
    held = [of.Meter(number)] if number else []
    return [*held, of.ApplyActions([action])]
