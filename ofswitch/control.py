"""How `ofswitch show` and its like talk to a running switch: by the lines of `console.control`.

`ofswitch.runtime` listens, `ofswitch.cli` asks.
"""

from __future__ import annotations

from typing import Any

from console import control
from console.control import (
    REQUEST_MOST,
    Commands,
    ControlError,
    answer,
    encode_error,
    encode_request,
)

__all__ = [
    "REQUEST_MOST",
    "Commands",
    "ControlError",
    "answer",
    "decode_reply",
    "encode_error",
    "encode_request",
]


def decode_reply(line: bytes) -> Any:
    """The result that a line carries. Raises ControlError with the switch's words if it is an error."""
    return control.decode_reply(line, "switch")
