"""The catalogue of OpenFlow errors, with each one's number in every version (OpenFlow 1.5.1, 7.5.4).

A switch answers a bad request with a type and a code, and the versions number them differently. Here each error is one
name, so that the code that finds a fault names it once and the codec writes what the peer's version calls it.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

from openflow.versions import V1_0, V1_2, V1_3, V1_4, V1_5, Version

Wire = tuple[int, int]
"""An error's type and code on the wire."""


class ErrorCode(Enum):
    """Every error of OpenFlow 1.0.2 (5.4.4) to 1.5.1 (7.5.4).

    The values are 1.0's numbers, the later versions' numbers, and, where these are not all versions from 1.1 on, the
    first and the last that have it.
    """

    HELLO_FAILED__INCOMPATIBLE = ((0, 0), (0, 0))
    HELLO_FAILED__EPERM = ((0, 1), (0, 1))

    BAD_REQUEST__BAD_VERSION = ((1, 0), (1, 0))
    BAD_REQUEST__BAD_TYPE = ((1, 1), (1, 1))
    BAD_REQUEST__BAD_MULTIPART = ((1, 2), (1, 2))
    BAD_REQUEST__BAD_EXPERIMENTER = ((1, 3), (1, 3))
    BAD_REQUEST__BAD_EXP_TYPE = ((1, 4), (1, 4))
    BAD_REQUEST__EPERM = ((1, 5), (1, 5))
    BAD_REQUEST__BAD_LEN = ((1, 6), (1, 6))
    BAD_REQUEST__BUFFER_EMPTY = ((1, 7), (1, 7))
    BAD_REQUEST__BUFFER_UNKNOWN = ((1, 8), (1, 8))
    BAD_REQUEST__BAD_TABLE_ID = (None, (1, 9))
    BAD_REQUEST__IS_SLAVE = (None, (1, 10), V1_2)
    BAD_REQUEST__BAD_PORT = (None, (1, 11), V1_2)
    BAD_REQUEST__BAD_PACKET = (None, (1, 12), V1_2)
    BAD_REQUEST__MULTIPART_BUFFER_OVERFLOW = (None, (1, 13), V1_3)
    BAD_REQUEST__MULTIPART_REQUEST_TIMEOUT = (None, (1, 14), V1_4)
    BAD_REQUEST__MULTIPART_REPLY_TIMEOUT = (None, (1, 15), V1_4)
    BAD_REQUEST__MULTIPART_BAD_SCHED = (None, (1, 16), V1_5)
    BAD_REQUEST__PIPELINE_FIELDS_ONLY = (None, (1, 17), V1_5)
    BAD_REQUEST__UNKNOWN = (None, (1, 18), V1_5)

    BAD_ACTION__BAD_TYPE = ((2, 0), (2, 0))
    BAD_ACTION__BAD_LEN = ((2, 1), (2, 1))
    BAD_ACTION__BAD_EXPERIMENTER = ((2, 2), (2, 2))
    BAD_ACTION__BAD_EXP_TYPE = ((2, 3), (2, 3))
    BAD_ACTION__BAD_OUT_PORT = ((2, 4), (2, 4))
    BAD_ACTION__BAD_ARGUMENT = ((2, 5), (2, 5))
    BAD_ACTION__EPERM = ((2, 6), (2, 6))
    BAD_ACTION__TOO_MANY = ((2, 7), (2, 7))
    BAD_ACTION__BAD_QUEUE = ((2, 8), (2, 8))
    BAD_ACTION__BAD_OUT_GROUP = (None, (2, 9))
    BAD_ACTION__MATCH_INCONSISTENT = (None, (2, 10))
    BAD_ACTION__UNSUPPORTED_ORDER = ((3, 5), (2, 11))
    BAD_ACTION__BAD_TAG = (None, (2, 12))
    BAD_ACTION__BAD_SET_TYPE = (None, (2, 13), V1_2)
    BAD_ACTION__BAD_SET_LEN = (None, (2, 14), V1_2)
    BAD_ACTION__BAD_SET_ARGUMENT = (None, (2, 15), V1_2)
    BAD_ACTION__BAD_SET_MASK = (None, (2, 16), V1_5)
    BAD_ACTION__BAD_METER = (None, (2, 17), V1_5)

    BAD_INSTRUCTION__UNKNOWN_INST = (None, (3, 0))
    BAD_INSTRUCTION__UNSUP_INST = (None, (3, 1))
    BAD_INSTRUCTION__BAD_TABLE_ID = (None, (3, 2))
    BAD_INSTRUCTION__UNSUP_METADATA = (None, (3, 3))
    BAD_INSTRUCTION__UNSUP_METADATA_MASK = (None, (3, 4))
    BAD_INSTRUCTION__BAD_EXPERIMENTER = (None, (3, 5))
    BAD_INSTRUCTION__BAD_EXP_TYPE = (None, (3, 6), V1_2)
    BAD_INSTRUCTION__BAD_LEN = (None, (3, 7), V1_2)
    BAD_INSTRUCTION__EPERM = (None, (3, 8), V1_2)
    BAD_INSTRUCTION__DUP_INST = (None, (3, 9), V1_4)

    BAD_MATCH__BAD_TYPE = (None, (4, 0))
    BAD_MATCH__BAD_LEN = (None, (4, 1))
    BAD_MATCH__BAD_TAG = (None, (4, 2))
    BAD_MATCH__BAD_DL_ADDR_MASK = (None, (4, 3))
    BAD_MATCH__BAD_NW_ADDR_MASK = (None, (4, 4))
    BAD_MATCH__BAD_WILDCARDS = (None, (4, 5))
    BAD_MATCH__BAD_FIELD = (None, (4, 6))
    BAD_MATCH__BAD_VALUE = (None, (4, 7))
    BAD_MATCH__BAD_MASK = (None, (4, 8), V1_2)
    BAD_MATCH__BAD_PREREQ = (None, (4, 9), V1_2)
    BAD_MATCH__DUP_FIELD = (None, (4, 10), V1_2)
    BAD_MATCH__EPERM = (None, (4, 11), V1_2)

    FLOW_MOD_FAILED__UNKNOWN = (None, (5, 0))
    FLOW_MOD_FAILED__TABLE_FULL = ((3, 0), (5, 1))
    FLOW_MOD_FAILED__BAD_TABLE_ID = (None, (5, 2))
    FLOW_MOD_FAILED__OVERLAP = ((3, 1), (5, 3))
    FLOW_MOD_FAILED__EPERM = ((3, 2), (5, 4))
    FLOW_MOD_FAILED__BAD_TIMEOUT = (None, (5, 5))
    FLOW_MOD_FAILED__BAD_COMMAND = ((3, 4), (5, 6))
    FLOW_MOD_FAILED__BAD_FLAGS = (None, (5, 7), V1_2)
    FLOW_MOD_FAILED__BAD_EMERG_TIMEOUT = ((3, 3), None)
    FLOW_MOD_FAILED__CANT_SYNC = (None, (5, 8), V1_4)
    FLOW_MOD_FAILED__BAD_PRIORITY = (None, (5, 9), V1_4)
    FLOW_MOD_FAILED__IS_SYNC = (None, (5, 10), V1_4)

    GROUP_MOD_FAILED__GROUP_EXISTS = (None, (6, 0))
    GROUP_MOD_FAILED__INVALID_GROUP = (None, (6, 1))
    GROUP_MOD_FAILED__WEIGHT_UNSUPPORTED = (None, (6, 2))
    GROUP_MOD_FAILED__OUT_OF_GROUPS = (None, (6, 3))
    GROUP_MOD_FAILED__OUT_OF_BUCKETS = (None, (6, 4))
    GROUP_MOD_FAILED__CHAINING_UNSUPPORTED = (None, (6, 5))
    GROUP_MOD_FAILED__WATCH_UNSUPPORTED = (None, (6, 6))
    GROUP_MOD_FAILED__LOOP = (None, (6, 7))
    GROUP_MOD_FAILED__UNKNOWN_GROUP = (None, (6, 8))
    GROUP_MOD_FAILED__CHAINED_GROUP = (None, (6, 9), V1_2)
    GROUP_MOD_FAILED__BAD_TYPE = (None, (6, 10), V1_2)
    GROUP_MOD_FAILED__BAD_COMMAND = (None, (6, 11), V1_2)
    GROUP_MOD_FAILED__BAD_BUCKET = (None, (6, 12), V1_2)
    GROUP_MOD_FAILED__BAD_WATCH = (None, (6, 13), V1_2)
    GROUP_MOD_FAILED__EPERM = (None, (6, 14), V1_2)
    GROUP_MOD_FAILED__UNKNOWN_BUCKET = (None, (6, 15), V1_5)
    GROUP_MOD_FAILED__BUCKET_EXISTS = (None, (6, 16), V1_5)

    PORT_MOD_FAILED__BAD_PORT = ((4, 0), (7, 0))
    PORT_MOD_FAILED__BAD_HW_ADDR = ((4, 1), (7, 1))
    PORT_MOD_FAILED__BAD_CONFIG = (None, (7, 2))
    PORT_MOD_FAILED__BAD_ADVERTISE = (None, (7, 3))
    PORT_MOD_FAILED__EPERM = (None, (7, 4), V1_2)

    TABLE_MOD_FAILED__BAD_TABLE = (None, (8, 0))
    TABLE_MOD_FAILED__BAD_CONFIG = (None, (8, 1))
    TABLE_MOD_FAILED__EPERM = (None, (8, 2), V1_2)

    QUEUE_OP_FAILED__BAD_PORT = ((5, 0), (9, 0))
    QUEUE_OP_FAILED__BAD_QUEUE = ((5, 1), (9, 1))
    QUEUE_OP_FAILED__EPERM = ((5, 2), (9, 2))

    SWITCH_CONFIG_FAILED__BAD_FLAGS = (None, (10, 0))
    SWITCH_CONFIG_FAILED__BAD_LEN = (None, (10, 1))
    SWITCH_CONFIG_FAILED__EPERM = (None, (10, 2), V1_2)

    ROLE_REQUEST_FAILED__STALE = (None, (11, 0), V1_2)
    ROLE_REQUEST_FAILED__UNSUP = (None, (11, 1), V1_2)
    ROLE_REQUEST_FAILED__BAD_ROLE = (None, (11, 2), V1_2)
    ROLE_REQUEST_FAILED__ID_UNSUP = (None, (11, 3), V1_5)
    ROLE_REQUEST_FAILED__ID_IN_USE = (None, (11, 4), V1_5)

    METER_MOD_FAILED__UNKNOWN = (None, (12, 0), V1_3)
    METER_MOD_FAILED__METER_EXISTS = (None, (12, 1), V1_3)
    METER_MOD_FAILED__INVALID_METER = (None, (12, 2), V1_3)
    METER_MOD_FAILED__UNKNOWN_METER = (None, (12, 3), V1_3)
    METER_MOD_FAILED__BAD_COMMAND = (None, (12, 4), V1_3)
    METER_MOD_FAILED__BAD_FLAGS = (None, (12, 5), V1_3)
    METER_MOD_FAILED__BAD_RATE = (None, (12, 6), V1_3)
    METER_MOD_FAILED__BAD_BURST = (None, (12, 7), V1_3)
    METER_MOD_FAILED__BAD_BAND = (None, (12, 8), V1_3)
    METER_MOD_FAILED__BAD_BAND_VALUE = (None, (12, 9), V1_3)
    METER_MOD_FAILED__OUT_OF_METERS = (None, (12, 10), V1_3)
    METER_MOD_FAILED__OUT_OF_BANDS = (None, (12, 11), V1_3)

    TABLE_FEATURES_FAILED__BAD_TABLE = (None, (13, 0), V1_3)
    TABLE_FEATURES_FAILED__BAD_METADATA = (None, (13, 1), V1_3)
    TABLE_FEATURES_FAILED__BAD_TYPE = (None, (13, 2), V1_3, V1_3)
    TABLE_FEATURES_FAILED__BAD_LEN = (None, (13, 3), V1_3, V1_3)
    TABLE_FEATURES_FAILED__BAD_ARGUMENT = (None, (13, 4), V1_3, V1_3)
    TABLE_FEATURES_FAILED__EPERM = (None, (13, 5), V1_3)
    TABLE_FEATURES_FAILED__BAD_CAP = (None, (13, 6), V1_5)
    TABLE_FEATURES_FAILED__BAD_MAX_ENT = (None, (13, 7), V1_5)
    TABLE_FEATURES_FAILED__BAD_FEATURES = (None, (13, 8), V1_5)
    TABLE_FEATURES_FAILED__BAD_COMMAND = (None, (13, 9), V1_5)
    TABLE_FEATURES_FAILED__TOO_MANY = (None, (13, 10), V1_5)

    BAD_PROPERTY__BAD_TYPE = (None, (14, 0), V1_4)
    BAD_PROPERTY__BAD_LEN = (None, (14, 1), V1_4)
    BAD_PROPERTY__BAD_VALUE = (None, (14, 2), V1_4)
    BAD_PROPERTY__TOO_MANY = (None, (14, 3), V1_4)
    BAD_PROPERTY__DUP_TYPE = (None, (14, 4), V1_4)
    BAD_PROPERTY__BAD_EXPERIMENTER = (None, (14, 5), V1_4)
    BAD_PROPERTY__BAD_EXP_TYPE = (None, (14, 6), V1_4)
    BAD_PROPERTY__BAD_EXP_VALUE = (None, (14, 7), V1_4)
    BAD_PROPERTY__EPERM = (None, (14, 8), V1_4)

    ASYNC_CONFIG_FAILED__INVALID = (None, (15, 0), V1_4)
    ASYNC_CONFIG_FAILED__UNSUPPORTED = (None, (15, 1), V1_4)
    ASYNC_CONFIG_FAILED__EPERM = (None, (15, 2), V1_4)

    FLOW_MONITOR_FAILED__UNKNOWN = (None, (16, 0), V1_4)
    FLOW_MONITOR_FAILED__MONITOR_EXISTS = (None, (16, 1), V1_4)
    FLOW_MONITOR_FAILED__INVALID_MONITOR = (None, (16, 2), V1_4)
    FLOW_MONITOR_FAILED__UNKNOWN_MONITOR = (None, (16, 3), V1_4)
    FLOW_MONITOR_FAILED__BAD_COMMAND = (None, (16, 4), V1_4)
    FLOW_MONITOR_FAILED__BAD_FLAGS = (None, (16, 5), V1_4)
    FLOW_MONITOR_FAILED__BAD_TABLE_ID = (None, (16, 6), V1_4)
    FLOW_MONITOR_FAILED__BAD_OUT = (None, (16, 7), V1_4)

    BUNDLE_FAILED__UNKNOWN = (None, (17, 0), V1_4)
    BUNDLE_FAILED__EPERM = (None, (17, 1), V1_4)
    BUNDLE_FAILED__BAD_ID = (None, (17, 2), V1_4)
    BUNDLE_FAILED__BUNDLE_EXIST = (None, (17, 3), V1_4)
    BUNDLE_FAILED__BUNDLE_CLOSED = (None, (17, 4), V1_4)
    BUNDLE_FAILED__OUT_OF_BUNDLES = (None, (17, 5), V1_4)
    BUNDLE_FAILED__BAD_TYPE = (None, (17, 6), V1_4)
    BUNDLE_FAILED__BAD_FLAGS = (None, (17, 7), V1_4)
    BUNDLE_FAILED__MSG_BAD_LEN = (None, (17, 8), V1_4)
    BUNDLE_FAILED__MSG_BAD_XID = (None, (17, 9), V1_4)
    BUNDLE_FAILED__MSG_UNSUP = (None, (17, 10), V1_4)
    BUNDLE_FAILED__MSG_CONFLICT = (None, (17, 11), V1_4)
    BUNDLE_FAILED__MSG_TOO_MANY = (None, (17, 12), V1_4)
    BUNDLE_FAILED__MSG_FAILED = (None, (17, 13), V1_4)
    BUNDLE_FAILED__TIMEOUT = (None, (17, 14), V1_4)
    BUNDLE_FAILED__BUNDLE_IN_PROGRESS = (None, (17, 15), V1_4)
    BUNDLE_FAILED__SCHED_NOT_SUPPORTED = (None, (17, 16), V1_5)
    BUNDLE_FAILED__SCHED_FUTURE = (None, (17, 17), V1_5)
    BUNDLE_FAILED__SCHED_PAST = (None, (17, 18), V1_5)

    def wire(self, version: Version) -> Wire:
        """This error's type and code in `version`; the nearest that it has, where it lacks this one."""
        return _wires(version).get(self) or _nearest(self).wire(version)


@cache
def _wires(version: Version) -> dict[ErrorCode, Wire]:
    """The numbers of every error that a version has."""
    numbers = {code: _number(version, *code.value) for code in ErrorCode}
    return {code: wire for code, wire in numbers.items() if wire is not None}


def _number(
    version: Version,
    oldest: Wire | None,
    later: Wire | None,
    first: Version = Version.V1_1,
    last: Version = V1_5,
) -> Wire | None:
    if version == V1_0:
        return oldest
    return later if first <= version <= last else None


@cache
def _codes(version: Version) -> dict[Wire, ErrorCode]:
    return {wire: code for code, wire in _wires(version).items()}


_NEAREST: dict[str, str] = {
    "ASYNC_CONFIG_FAILED": "BAD_REQUEST__BAD_TYPE",
    "BAD_ACTION": "BAD_ACTION__BAD_ARGUMENT",
    "BAD_ACTION__BAD_SET_MASK": "BAD_ACTION__BAD_SET_ARGUMENT",
    "BAD_INSTRUCTION": "BAD_INSTRUCTION__UNSUP_INST",
    "BAD_INSTRUCTION__BAD_LEN": "BAD_REQUEST__BAD_LEN",
    "BAD_INSTRUCTION__EPERM": "BAD_REQUEST__EPERM",
    "BAD_INSTRUCTION__UNSUP_INST": "BAD_ACTION__BAD_TYPE",
    "BAD_MATCH": "BAD_MATCH__BAD_FIELD",
    "BAD_MATCH__BAD_FIELD": "BAD_REQUEST__BAD_LEN",
    "BAD_MATCH__BAD_MASK": "BAD_MATCH__BAD_WILDCARDS",
    "BAD_MATCH__EPERM": "BAD_REQUEST__EPERM",
    "BAD_PROPERTY": "BAD_REQUEST__BAD_LEN",
    "BAD_PROPERTY__EPERM": "BAD_REQUEST__EPERM",
    "BAD_REQUEST": "BAD_REQUEST__BAD_TYPE",
    "BAD_REQUEST__BAD_PACKET": "BAD_REQUEST__BAD_LEN",
    "BAD_REQUEST__BAD_PORT": "BAD_ACTION__BAD_OUT_PORT",
    "BAD_REQUEST__IS_SLAVE": "BAD_REQUEST__EPERM",
    "BUNDLE_FAILED": "BAD_REQUEST__BAD_TYPE",
    "BUNDLE_FAILED__SCHED_FUTURE": "BUNDLE_FAILED__BAD_FLAGS",
    "BUNDLE_FAILED__SCHED_NOT_SUPPORTED": "BUNDLE_FAILED__BAD_FLAGS",
    "BUNDLE_FAILED__SCHED_PAST": "BUNDLE_FAILED__BAD_FLAGS",
    "FLOW_MOD_FAILED": "FLOW_MOD_FAILED__UNKNOWN",
    "FLOW_MOD_FAILED__BAD_EMERG_TIMEOUT": "FLOW_MOD_FAILED__BAD_TIMEOUT",
    "FLOW_MOD_FAILED__IS_SYNC": "FLOW_MOD_FAILED__EPERM",
    "FLOW_MOD_FAILED__UNKNOWN": "FLOW_MOD_FAILED__EPERM",
    "FLOW_MONITOR_FAILED": "BAD_REQUEST__BAD_MULTIPART",
    "GROUP_MOD_FAILED": "GROUP_MOD_FAILED__INVALID_GROUP",
    "GROUP_MOD_FAILED__BUCKET_EXISTS": "GROUP_MOD_FAILED__BAD_BUCKET",
    "GROUP_MOD_FAILED__INVALID_GROUP": "BAD_REQUEST__BAD_TYPE",
    "GROUP_MOD_FAILED__UNKNOWN_BUCKET": "GROUP_MOD_FAILED__BAD_BUCKET",
    "METER_MOD_FAILED": "BAD_REQUEST__BAD_TYPE",
    "PORT_MOD_FAILED": "PORT_MOD_FAILED__BAD_PORT",
    "ROLE_REQUEST_FAILED": "BAD_REQUEST__EPERM",
    "ROLE_REQUEST_FAILED__ID_IN_USE": "ROLE_REQUEST_FAILED__UNSUP",
    "ROLE_REQUEST_FAILED__ID_UNSUP": "ROLE_REQUEST_FAILED__UNSUP",
    "SWITCH_CONFIG_FAILED": "BAD_REQUEST__EPERM",
    "TABLE_FEATURES_FAILED": "BAD_REQUEST__BAD_TYPE",
    "TABLE_FEATURES_FAILED__BAD_ARGUMENT": "BAD_PROPERTY__BAD_VALUE",
    "TABLE_FEATURES_FAILED__BAD_CAP": "TABLE_FEATURES_FAILED__BAD_ARGUMENT",
    "TABLE_FEATURES_FAILED__BAD_FEATURES": "TABLE_FEATURES_FAILED__BAD_ARGUMENT",
    "TABLE_FEATURES_FAILED__BAD_LEN": "BAD_PROPERTY__BAD_LEN",
    "TABLE_FEATURES_FAILED__BAD_MAX_ENT": "TABLE_FEATURES_FAILED__BAD_ARGUMENT",
    "TABLE_FEATURES_FAILED__BAD_TYPE": "BAD_PROPERTY__BAD_TYPE",
    "TABLE_FEATURES_FAILED__TOO_MANY": "TABLE_FEATURES_FAILED__BAD_ARGUMENT",
    "TABLE_MOD_FAILED": "BAD_REQUEST__BAD_TYPE",
}
"""What a version is told about an error that it has no number for: another one, by error or by type.

That one may have a nearest of its own, until there is one that the version has.
"""


def _nearest(error: ErrorCode) -> ErrorCode:
    return ErrorCode[_NEAREST.get(error.name) or _NEAREST[error.name.partition("__")[0]]]


def error_code(type_: int, code: int, version: Version) -> ErrorCode | None:
    """The error with these numbers in `version`; None for one that this catalogue does not know."""
    return _codes(version).get((type_, code))
