"""Meters (OpenFlow 1.3.5, 5.7): the place where they go, and the honest answers until then.

This switch has room for no meter. So adding one finds no room, modifying one finds none, and
deleting one, known or not, succeeds as 6.7 has it. No instruction can name a meter (`validate`).
"""

from __future__ import annotations

from typing import NoReturn

from ofswitch.datapath.refusal import refuse
from openflow.constants import MeterId, MeterModCommand
from openflow.errors import ErrorCode
from openflow.messages.meters import (
    MeterConfigStatsReply,
    MeterFeaturesStatsReply,
    MeterMod,
    MeterStatsReply,
)


class MeterTable:
    """The meters of a switch: none."""

    def apply(self, change: MeterMod) -> None:
        """Carry a METER_MOD out. Raises OpenFlowError, and then nothing has changed."""
        match change.command:
            case MeterModCommand.ADD:
                refuse(ErrorCode.METER_MOD_FAILED__OUT_OF_METERS, "this switch has no meters")
            case MeterModCommand.MODIFY:
                self._refuse_unknown(change.meter_id)
            case MeterModCommand.DELETE:
                return
            case _:
                text = f"unknown command {change.command}"
                refuse(ErrorCode.METER_MOD_FAILED__BAD_COMMAND, text)

    def stats(self, meter_id: int) -> MeterStatsReply:
        """What a meter has counted, or all of them."""
        if meter_id != MeterId.ALL:
            self._refuse_unknown(meter_id)
        return MeterStatsReply()

    def config(self, meter_id: int) -> MeterConfigStatsReply:
        """How a meter is set up, or all of them."""
        if meter_id != MeterId.ALL:
            self._refuse_unknown(meter_id)
        return MeterConfigStatsReply()

    def features(self) -> MeterFeaturesStatsReply:
        """What meters can do."""
        return MeterFeaturesStatsReply()

    def _refuse_unknown(self, meter_id: int) -> NoReturn:
        text = f"there is no meter {meter_id}"
        refuse(ErrorCode.METER_MOD_FAILED__UNKNOWN_METER, text)
