"""Errors that a version lacks, and that a vendor has numbered for it: bundles on 1.3, flow monitors before 1.4.

ONF numbers those of its extensions for 1.3 as experimenter's errors (EXT-230: 2300 and on). Nicira's numbers are those
of Open vSwitch: on 1.0 and 1.1 behind NXET_VENDOR, from 1.2 on as experimenter's errors (nicira-ext.h). What is not
here is said with the nearest error that the version has itself.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from openflow import V1_2, V1_3, ErrorCode, Version
from openflow.vendors import NICIRA, ONF

_EXPERIMENTER = 0xFFFF
"""OFPET_EXPERIMENTER; the code is the vendor's own, the vendor follows (OpenFlow 1.3.5, 7.4.4)."""

_NXET_VENDOR = (0xB0C2, 0)
"""NXET_VENDOR, NXVC_VENDOR_ERROR: vendor, type and code follow."""

_BUNDLE_FAILED = 2300


class VendorError(NamedTuple):
    """Type and code as the version has them, and what stands before the message at fault."""

    wire: tuple[int, int]
    head: bytes


class _Nicira(NamedTuple):
    """Type and code behind NXET_VENDOR; the code from 1.2 on, but for what those versions have themselves."""

    old: tuple[int, int]
    new: int | None = None


_OF_NICIRA: dict[ErrorCode, _Nicira] = {
    ErrorCode.ROLE_REQUEST_FAILED__BAD_ROLE: _Nicira((1, 513)),
    ErrorCode.FLOW_MONITOR_FAILED__MONITOR_EXISTS: _Nicira((1, 517), 6),
    ErrorCode.FLOW_MONITOR_FAILED__BAD_FLAGS: _Nicira((1, 518), 7),
    ErrorCode.FLOW_MONITOR_FAILED__UNKNOWN_MONITOR: _Nicira((1, 519), 8),
}

_OF_ONF: dict[ErrorCode, int] = {
    error: _BUNDLE_FAILED + error.wire(Version.V1_4)[1]
    for error in ErrorCode
    if error.name.startswith("BUNDLE_FAILED__") and error.value[2] == Version.V1_4
}


def vendor_error(error: ErrorCode, version: Version) -> VendorError | None:
    """How a vendor says this error on a version that lacks it; None for what no vendor numbered."""
    if version == V1_3 and error in _OF_ONF:
        return VendorError((_EXPERIMENTER, _OF_ONF[error]), struct.pack(">I", ONF))
    numbers = _OF_NICIRA.get(error)
    if numbers is None or version > V1_3:
        return None
    if version < V1_2:
        return VendorError(_NXET_VENDOR, struct.pack(">IHH", NICIRA, *numbers.old))
    if numbers.new is None:
        return None
    return VendorError((_EXPERIMENTER, numbers.new), struct.pack(">I", NICIRA))
