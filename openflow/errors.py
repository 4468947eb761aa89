"""The exceptions that carry an error of OpenFlow; the errors themselves are in `openflow.error_codes`."""

from __future__ import annotations

from typing import Self

from openflow.error_codes import ErrorCode, Wire, error_code
from openflow.versions import Version

__all__ = [
    "DecodeError",
    "EncodeError",
    "ErrorCode",
    "OpenFlowError",
    "Unsupported",
    "Wire",
    "error_code",
    "takes",
]


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


def takes(size: int) -> str:
    """What a field for an unsigned integer of so many bytes takes, in words."""
    return f"takes an int from 0 to {(1 << 8 * size) - 1}"


class Unsupported(EncodeError):
    """The version spoken cannot say this. `field` is empty when it lacks the whole message."""

    def __init__(self, message: str, field: str, version: Version, text: str = "") -> None:
        what = f"{message}.{field}" if field else message
        super().__init__(message, field, text or f"OpenFlow {version} has no {what}")
        self.version = version
