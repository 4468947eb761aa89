"""How `ofswim members` and its like talk to a running agent: by the lines of `console.control`.

`events` answers with a line of null and then with one for each event, until either side closes. `apps.swim.runtime`
listens, `apps.swim.cli` asks.
"""

from __future__ import annotations

from typing import Any

from console import control
from console.control import (
    REQUEST_MOST,
    Commands,
    ControlError,
    decode_request,
    encode_error,
    encode_request,
    encode_result,
)

__all__ = [
    "REQUEST_MOST",
    "Commands",
    "ControlError",
    "decode_reply",
    "decode_request",
    "encode_error",
    "encode_request",
    "encode_result",
]


def decode_reply(line: bytes) -> Any:
    """The result that a line carries. Raises ControlError with the agent's words if it is an error."""
    return control.decode_reply(line, "agent")
