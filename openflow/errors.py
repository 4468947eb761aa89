"""The catalogue of OpenFlow errors, and the exceptions that carry one.

A switch answers a bad request with a type and a code, and the versions number them differently. Here each error is one
name with its number in every version, so that the code that finds a fault names it once and the codec writes what
the peer's version calls it.
"""

from __future__ import annotations

from enum import Enum
from typing import Self

from openflow.versions import V1_0, V1_3, Version

Wire = tuple[int, int]
"""An error's type and code on the wire."""


class ErrorCode(Enum):
    """Every error of OpenFlow 1.0.2 (5.4.4) and 1.3.5 (7.4.4), as (1.0's numbers, 1.3's numbers)."""

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
    BAD_REQUEST__IS_SLAVE = (None, (1, 10))
    BAD_REQUEST__BAD_PORT = (None, (1, 11))
    BAD_REQUEST__BAD_PACKET = (None, (1, 12))
    BAD_REQUEST__MULTIPART_BUFFER_OVERFLOW = (None, (1, 13))

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
    BAD_ACTION__BAD_SET_TYPE = (None, (2, 13))
    BAD_ACTION__BAD_SET_LEN = (None, (2, 14))
    BAD_ACTION__BAD_SET_ARGUMENT = (None, (2, 15))

    BAD_INSTRUCTION__UNKNOWN_INST = (None, (3, 0))
    BAD_INSTRUCTION__UNSUP_INST = (None, (3, 1))
    BAD_INSTRUCTION__BAD_TABLE_ID = (None, (3, 2))
    BAD_INSTRUCTION__UNSUP_METADATA = (None, (3, 3))
    BAD_INSTRUCTION__UNSUP_METADATA_MASK = (None, (3, 4))
    BAD_INSTRUCTION__BAD_EXPERIMENTER = (None, (3, 5))
    BAD_INSTRUCTION__BAD_EXP_TYPE = (None, (3, 6))
    BAD_INSTRUCTION__BAD_LEN = (None, (3, 7))
    BAD_INSTRUCTION__EPERM = (None, (3, 8))

    BAD_MATCH__BAD_TYPE = (None, (4, 0))
    BAD_MATCH__BAD_LEN = (None, (4, 1))
    BAD_MATCH__BAD_TAG = (None, (4, 2))
    BAD_MATCH__BAD_DL_ADDR_MASK = (None, (4, 3))
    BAD_MATCH__BAD_NW_ADDR_MASK = (None, (4, 4))
    BAD_MATCH__BAD_WILDCARDS = (None, (4, 5))
    BAD_MATCH__BAD_FIELD = (None, (4, 6))
    BAD_MATCH__BAD_VALUE = (None, (4, 7))
    BAD_MATCH__BAD_MASK = (None, (4, 8))
    BAD_MATCH__BAD_PREREQ = (None, (4, 9))
    BAD_MATCH__DUP_FIELD = (None, (4, 10))
    BAD_MATCH__EPERM = (None, (4, 11))

    FLOW_MOD_FAILED__UNKNOWN = (None, (5, 0))
    FLOW_MOD_FAILED__TABLE_FULL = ((3, 0), (5, 1))
    FLOW_MOD_FAILED__BAD_TABLE_ID = (None, (5, 2))
    FLOW_MOD_FAILED__OVERLAP = ((3, 1), (5, 3))
    FLOW_MOD_FAILED__EPERM = ((3, 2), (5, 4))
    FLOW_MOD_FAILED__BAD_TIMEOUT = (None, (5, 5))
    FLOW_MOD_FAILED__BAD_COMMAND = ((3, 4), (5, 6))
    FLOW_MOD_FAILED__BAD_FLAGS = (None, (5, 7))
    FLOW_MOD_FAILED__BAD_EMERG_TIMEOUT = ((3, 3), None)

    GROUP_MOD_FAILED__GROUP_EXISTS = (None, (6, 0))
    GROUP_MOD_FAILED__INVALID_GROUP = (None, (6, 1))
    GROUP_MOD_FAILED__WEIGHT_UNSUPPORTED = (None, (6, 2))
    GROUP_MOD_FAILED__OUT_OF_GROUPS = (None, (6, 3))
    GROUP_MOD_FAILED__OUT_OF_BUCKETS = (None, (6, 4))
    GROUP_MOD_FAILED__CHAINING_UNSUPPORTED = (None, (6, 5))
    GROUP_MOD_FAILED__WATCH_UNSUPPORTED = (None, (6, 6))
    GROUP_MOD_FAILED__LOOP = (None, (6, 7))
    GROUP_MOD_FAILED__UNKNOWN_GROUP = (None, (6, 8))
    GROUP_MOD_FAILED__CHAINED_GROUP = (None, (6, 9))
    GROUP_MOD_FAILED__BAD_TYPE = (None, (6, 10))
    GROUP_MOD_FAILED__BAD_COMMAND = (None, (6, 11))
    GROUP_MOD_FAILED__BAD_BUCKET = (None, (6, 12))
    GROUP_MOD_FAILED__BAD_WATCH = (None, (6, 13))
    GROUP_MOD_FAILED__EPERM = (None, (6, 14))

    PORT_MOD_FAILED__BAD_PORT = ((4, 0), (7, 0))
    PORT_MOD_FAILED__BAD_HW_ADDR = ((4, 1), (7, 1))
    PORT_MOD_FAILED__BAD_CONFIG = (None, (7, 2))
    PORT_MOD_FAILED__BAD_ADVERTISE = (None, (7, 3))
    PORT_MOD_FAILED__EPERM = (None, (7, 4))

    TABLE_MOD_FAILED__BAD_TABLE = (None, (8, 0))
    TABLE_MOD_FAILED__BAD_CONFIG = (None, (8, 1))
    TABLE_MOD_FAILED__EPERM = (None, (8, 2))

    QUEUE_OP_FAILED__BAD_PORT = ((5, 0), (9, 0))
    QUEUE_OP_FAILED__BAD_QUEUE = ((5, 1), (9, 1))
    QUEUE_OP_FAILED__EPERM = ((5, 2), (9, 2))

    SWITCH_CONFIG_FAILED__BAD_FLAGS = (None, (10, 0))
    SWITCH_CONFIG_FAILED__BAD_LEN = (None, (10, 1))
    SWITCH_CONFIG_FAILED__EPERM = (None, (10, 2))

    ROLE_REQUEST_FAILED__STALE = (None, (11, 0))
    ROLE_REQUEST_FAILED__UNSUP = (None, (11, 1))
    ROLE_REQUEST_FAILED__BAD_ROLE = (None, (11, 2))

    METER_MOD_FAILED__UNKNOWN = (None, (12, 0))
    METER_MOD_FAILED__METER_EXISTS = (None, (12, 1))
    METER_MOD_FAILED__INVALID_METER = (None, (12, 2))
    METER_MOD_FAILED__UNKNOWN_METER = (None, (12, 3))
    METER_MOD_FAILED__BAD_COMMAND = (None, (12, 4))
    METER_MOD_FAILED__BAD_FLAGS = (None, (12, 5))
    METER_MOD_FAILED__BAD_RATE = (None, (12, 6))
    METER_MOD_FAILED__BAD_BURST = (None, (12, 7))
    METER_MOD_FAILED__BAD_BAND = (None, (12, 8))
    METER_MOD_FAILED__BAD_BAND_VALUE = (None, (12, 9))
    METER_MOD_FAILED__OUT_OF_METERS = (None, (12, 10))
    METER_MOD_FAILED__OUT_OF_BANDS = (None, (12, 11))

    TABLE_FEATURES_FAILED__BAD_TABLE = (None, (13, 0))
    TABLE_FEATURES_FAILED__BAD_METADATA = (None, (13, 1))
    TABLE_FEATURES_FAILED__BAD_TYPE = (None, (13, 2))
    TABLE_FEATURES_FAILED__BAD_LEN = (None, (13, 3))
    TABLE_FEATURES_FAILED__BAD_ARGUMENT = (None, (13, 4))
    TABLE_FEATURES_FAILED__EPERM = (None, (13, 5))

    def wire(self, version: Version) -> Wire:
        """This error's type and code in `version`; the nearest that it has, where it lacks this one."""
        return _WIRE[version].get(self) or _fallback_1_0(self)


_COLUMN = {V1_0: 0, V1_3: 1}
_WIRE: dict[Version, dict[ErrorCode, Wire]] = {
    version: {code: code.value[column] for code in ErrorCode if code.value[column] is not None}
    for version, column in _COLUMN.items()
}
_CODES: dict[Version, dict[Wire, ErrorCode]] = {
    version: {wire: code for code, wire in wires.items()} for version, wires in _WIRE.items()
}

_FALLBACK_1_0: dict[str, Wire] = {
    "BAD_REQUEST": (1, 1),
    "BAD_ACTION": (2, 5),
    "BAD_INSTRUCTION": (2, 0),
    "BAD_MATCH": (1, 6),
    "FLOW_MOD_FAILED": (3, 2),
    "GROUP_MOD_FAILED": (1, 1),
    "PORT_MOD_FAILED": (4, 0),
    "TABLE_MOD_FAILED": (1, 1),
    "SWITCH_CONFIG_FAILED": (1, 5),
    "ROLE_REQUEST_FAILED": (1, 5),
    "METER_MOD_FAILED": (1, 1),
    "TABLE_FEATURES_FAILED": (1, 1),
    "BAD_REQUEST__IS_SLAVE": (1, 5),
    "BAD_REQUEST__BAD_PORT": (2, 4),
    "BAD_REQUEST__BAD_PACKET": (1, 6),
}
"""What OpenFlow 1.0 is told about an error that it has no number for: the nearest of its own, by error or by type."""


def _fallback_1_0(error: ErrorCode) -> Wire:
    return _FALLBACK_1_0.get(error.name) or _FALLBACK_1_0[error.name.partition("__")[0]]


def error_code(type_: int, code: int, version: Version) -> ErrorCode | None:
    """The error with these numbers in `version`; None for one that this catalogue does not know."""
    return _CODES.get(version, {}).get((type_, code))


class OpenFlowError(Exception):
    """Something that is answered with an OFPT_ERROR; when it is raised, nothing has changed.

    `code` is the error to answer with, `text` says who did what wrong.
    """

    def __init__(self, code: ErrorCode, text: str = "") -> None:
        super().__init__(text or code.name)
        self.code = code
        self.text = text or code.name


class DecodeError(OpenFlowError):
    """The peer sent bytes that are not what they claim to be.

    `message` and `field` name what was being read, `offset` counts bytes from the start of the message.
    """

    def __init__(self, code: ErrorCode, message: str, field: str, offset: int, text: str) -> None:
        super().__init__(code, f"{message}.{field} at byte {offset}: {text}")
        self.message = message
        self.field = field
        self.offset = offset


class EncodeError(ValueError):
    """We were asked to write a value that its field cannot hold. Nothing has been sent.

    `message` names the message (or, outside of one, the structure) and `field` the path to the value in it, such as
    `instructions[0].actions[2].port`; it is empty for the message as a whole.
    """

    def __init__(self, message: str, field: str, text: str) -> None:
        super().__init__(message, field, text)
        self.message = message
        self.field = field
        self.text = text

    def within(self, message: str, name: str) -> Self:
        """The same error, seen from the structure around."""
        self.message = message
        self.field = f"{name}.{self.field}" if self.field else name
        return self

    def __str__(self) -> str:
        return (
            f"{self.message}.{self.field}: {self.text}"
            if self.field
            else f"{self.message}: {self.text}"
        )


class Unsupported(EncodeError):
    """The version spoken cannot say this. `field` is empty when it lacks the whole message."""

    def __init__(self, message: str, field: str, version: Version, text: str = "") -> None:
        what = f"{message}.{field}" if field else message
        super().__init__(message, field, text or f"OpenFlow {version} has no {what}")
        self.version = version
