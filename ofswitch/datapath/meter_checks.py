"""METER_MODs that a controller does not get (OpenFlow 1.3.5, 6.7 and 7.4.4).

There are no virtual meters: SLOWPATH and CONTROLLER are no numbers that can be added. Rates are
kilobits unless PKTPS says packets; no flag for the unit is as good as KBPS. A band that would let
nothing through, for a rate or a burst of 0, is refused. A meter may have no bands, and then counts.
"""

from __future__ import annotations

from collections.abc import Collection

from ofswitch.datapath.limits import Limits
from ofswitch.datapath.refusal import refuse
from openflow.constants import MeterFlags, MeterId, MeterModCommand
from openflow.errors import ErrorCode
from openflow.messages.meters import DropBand, DscpRemarkBand, MeterBand, MeterMod

_FLAGS = sum(MeterFlags)
_BOTH_UNITS = MeterFlags.KBPS | MeterFlags.PKTPS
_MOST_RAISED = 2
"""From the lowest drop precedence to the highest (RFC 2597)."""


def check_meter_mod(change: MeterMod, meters: Collection[int], limits: Limits) -> None:
    """Refuse a change that cannot be made to these meters."""
    match change.command:
        case MeterModCommand.ADD:
            _check_add(change, meters, limits)
            _check_meter(change, limits)
        case MeterModCommand.MODIFY:
            if change.meter_id not in meters:
                text = f"there is no meter {change.meter_id}"
                refuse(ErrorCode.METER_MOD_FAILED__UNKNOWN_METER, text)
            _check_meter(change, limits)
        case MeterModCommand.DELETE:
            return
        case _:
            text = f"unknown command {change.command}"
            refuse(ErrorCode.METER_MOD_FAILED__BAD_COMMAND, text)


def _check_add(change: MeterMod, meters: Collection[int], limits: Limits) -> None:
    if not 1 <= change.meter_id <= MeterId.MAX:
        text = f"{change.meter_id:#x} is no meter number, and there are no virtual meters"
        refuse(ErrorCode.METER_MOD_FAILED__INVALID_METER, text)
    if change.meter_id in meters:
        text = f"there is a meter {change.meter_id} already"
        refuse(ErrorCode.METER_MOD_FAILED__METER_EXISTS, text)
    if len(meters) >= limits.max_meters:
        text = f"there are {limits.max_meters} meters, which is the most"
        refuse(ErrorCode.METER_MOD_FAILED__OUT_OF_METERS, text)


def _check_meter(change: MeterMod, limits: Limits) -> None:
    flags = change.flags
    if flags & ~_FLAGS or flags & _BOTH_UNITS == _BOTH_UNITS:
        refuse(ErrorCode.METER_MOD_FAILED__BAD_FLAGS, f"no such flags together: {flags:#x}")
    if len(change.bands) > limits.max_bands:
        text = f"{len(change.bands)} bands in one meter; {limits.max_bands} is the most"
        refuse(ErrorCode.METER_MOD_FAILED__OUT_OF_BANDS, text)
    for band in change.bands:
        _check_band(band, bool(flags & MeterFlags.BURST))


def _check_band(band: MeterBand, has_burst: bool) -> None:
    if not isinstance(band, DropBand | DscpRemarkBand):
        refuse(ErrorCode.METER_MOD_FAILED__BAD_BAND, f"unknown: {band}")
    if not band.rate:
        refuse(ErrorCode.METER_MOD_FAILED__BAD_RATE, "a band has a rate of 0")
    if has_burst and not band.burst_size:
        refuse(ErrorCode.METER_MOD_FAILED__BAD_BURST, "a band has a burst of 0")
    if isinstance(band, DscpRemarkBand) and not 1 <= band.prec_level <= _MOST_RAISED:
        text = f"a drop precedence cannot be raised by {band.prec_level}"
        refuse(ErrorCode.METER_MOD_FAILED__BAD_BAND_VALUE, text)
